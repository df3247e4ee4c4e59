"""Expressions as mathematics."""

import pytest

from chainrule.show import formula
from chainrule.show.formula import derivative, latex, parse, plain, product, substitute


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a * (b + c)", "a · (b + c)"),
        ("a - (b - c)", "a - (b - c)"),
        ("1 / g", "1/g"),
        ("1 / (2 * r)", "1/(2 · r)"),
        ("a * -1", "a · (-1)"),
        ("-(x / y**2)", "-x/y²"),
        ("x ** (y - 1)", "x^(y - 1)"),
        ("np.exp(e)", "exp(e)"),
        ("T(x) @ g", "xᵀ @ g"),
        ("[x >= y]", "[x ≥ y]"),
        ("np.sum(x, axis=1)", "sum(x, axis=1)"),
        ("x[1:, 0]", "x[1:, 0]"),
        ("a if b else c", "a if b else c"),
    ],
)
def test_plain_text(text, said):
    assert plain(parse(text)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("w0 * x0", r"w_{0} \cdot x_{0}"),
        ("1 / g", r"\frac{1}{g}"),
        ("np.exp(e)", r"\exp\left(e\right)"),
        ("np.sqrt(x)", r"\sqrt{x}"),
        ("T(x) @ g", r"x^{\top} \, g"),
        ("x ** 2", "x^{2}"),
        ("[x > y]", "[x > y]"),
        ("alpha + log_weights", r"\alpha + \mathrm{log\_weights}"),
        ("np.sum(x, axis=1)", r"\operatorname{sum}\left(x, \texttt{axis=1}\right)"),
        ("self.w", r"\mathrm{self}.w"),
        ("x[1:]", r"x_{\texttt{1:}}"),
        ("(a + b) * c", r"\left(a + b\right) \cdot c"),
    ],
)
def test_latex(text, said):
    assert latex(parse(text)) == said


def test_a_derivative_is_a_fraction():
    upstream = derivative(parse("h"), parse("f"))
    step = product(upstream, parse("exp(e)"))
    assert plain(step) == "∂h/∂f · exp(e)"
    assert latex(step) == r"\frac{\partial h}{\partial f} \cdot \exp\left(e\right)"


def test_substitution_leaves_out_what_is_plain():
    assert plain(substitute("y * x**(y - 1)", {"x": parse("c"), "y": parse("2")})) == "2 · c"
    assert plain(substitute("y * x**(y - 1)", {"x": parse("c"), "y": parse("3")})) == "3 · c²"
    assert plain(substitute("y * x**(y - 1)", {"y": parse("1")})) == "x⁰"


def test_long_names_and_signs_are_safe_in_latex():
    assert formula.escaped(r"50% {a_b} \ ~^") == (
        r"50\% \{a\_b\} \textbackslash  \textasciitilde \textasciicircum "
    )
