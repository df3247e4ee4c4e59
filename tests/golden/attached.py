def attached_adjoint(a: float, b: float, c: float, d: float, e: float, *, seed=1.0):
    """Return (value, gradients) with respect to (a, b, c, d, e)."""
    if not (
        type(a) is float
        and type(b) is float
        and type(c) is float
        and type(d) is float
        and type(e) is float
    ):
        raise TypeError(
            "attached_adjoint was made for a: float, b: float, c: float, d: float, e: float"
        )
    # Forward
    f = a + b
    g = f * c
    result = d * g + e

    # Backward
    # return d * ((a + b) * c) + e
    dg = seed * d
    df = dg * c
    return result, (df, df, dg * f, seed * g, seed)
