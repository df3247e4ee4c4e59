def detached_adjoint(a: float, b: float, c: float, d: float, e: float, *, seed=1.0):
    """Return (value, gradients) with respect to (a, b, c, d, e).

    c never reaches the result: zeros.
    """
    if not (
        type(a) is float
        and type(b) is float
        and type(c) is float
        and type(d) is float
        and type(e) is float
    ):
        raise TypeError(
            "detached_adjoint was made for a: float, b: float, c: float, d: float, e: float"
        )
    # Forward
    g = c
    h = (a + b) * g
    result = d * h + e

    # Backward
    # return d * ((a + b) * stop_gradient(c)) + e
    df = seed * d * g
    return result, (df, df, 0.0, seed * h, seed)
