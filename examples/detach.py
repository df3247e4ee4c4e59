"""Detaching a value: what the derivative of the rest is, and how the graph shows the cut."""

import chainrule
from chainrule import stop_gradient


def attached(a: float, b: float, c: float, d: float, e: float) -> float:
    return d * ((a + b) * c) + e


def detached(a: float, b: float, c: float, d: float, e: float) -> float:
    return d * ((a + b) * stop_gradient(c)) + e


POINT = (1.2, 2.2, 0.2, 0.8, 7.0)
attached_gradient = chainrule.grad(attached, ...)
detached_gradient = chainrule.grad(detached, ...)


def main() -> None:
    print("f = d*((a + b)*c) + e at a=1.2, b=2.2, c=0.2, d=0.8, e=7\n")
    print(f"f = {attached(*POINT):.3f}, and {detached(*POINT):.3f} with c detached.\n")
    print("     attached  detached")
    gradients = zip("abcde", attached_gradient(*POINT), detached_gradient(*POINT))
    for name, with_c, without_c in gradients:
        print(f"d{name}   {with_c:8.3f}  {without_c:8.3f}")

    print("\nAttached:\n")
    print(attached_gradient.graph(*POINT))
    print("\nDetached:\n")
    print(detached_gradient.graph(*POINT))

    print("\nWhy dc is zero:", detached_gradient.why("c"))
    print("\nThe backward part has no statement for c:\n")
    print(detached_gradient.source)


if __name__ == "__main__":
    main()
