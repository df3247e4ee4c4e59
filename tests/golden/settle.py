def settle_adjoint(x: float, rate: float, *, seed=1.0):
    """Return (value, gradients) with respect to (x, rate)."""
    if not (type(x) is float and type(rate) is float):
        raise TypeError("settle_adjoint was made for x: float, rate: float")
    # Forward
    x_saved = []
    steps = 0
    while x > 1.0:
        x_saved.append(x)
        if x > 4.0:
            x = x * rate
        else:
            x = x - rate * x * x
        steps += 1
        if steps == 50:
            break
    result = x * x

    # Backward
    # return x * x
    dx = seed * 2 * x
    # while x > 1.0:
    drate = 0.0
    for x in reversed(x_saved):
        if x > 4.0:
            # x = x * rate
            drate += dx * x
            dx = dx * rate
        else:
            # x = x - rate * x * x
            g = dx * x
            dx = dx - dx * (rate * x) - g * rate
            drate -= g * x
    return result, (dx, drate)
