"""Expressions as mathematics: as text (``∂h/∂f · exp(e)``) and in LaTeX.

A formula is a Python expression tree, so that the user's own statements and the local derivatives
of `partials` are printed alike. One word is added: a call of ``∂`` is a derivative, ``∂(h, e)``.
"""

from __future__ import annotations

import ast
import re
from typing import TypeAlias

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""How tightly a piece of text holds together."""

Piece: TypeAlias = tuple[str, int]

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<"),
    ast.LtE: ("≤", r"\le"),
    ast.Gt: (">", ">"),
    ast.GtE: ("≥", r"\ge"),
    ast.Eq: ("=", "="),
    ast.NotEq: ("≠", r"\ne"),
}
LATEX_FUNCTIONS = {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "det"}
GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
    + "nu xi pi rho sigma tau phi chi psi omega".split()
)


def parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def derivative(of: ast.expr, by: ast.expr) -> ast.expr:
    """``∂of/∂by``."""
    return ast.Call(ast.Name("∂"), [of, by], [])


def product(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, ast.Mult(), right)


class _Substitute(ast.NodeTransformer):
    def __init__(self, named: dict[str, ast.expr]) -> None:
        self.named = named

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.named.get(node.id, node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """With what is plain left out: ``2 * x ** (2 - 1)`` is ``2 * x``."""
        left, right = self.visit(node.left), self.visit(node.right)
        if (
            isinstance(left, ast.Constant)
            and isinstance(right, ast.Constant)
            and isinstance(node.op, ast.Sub)
        ):
            return _constant(left.value - right.value)  # type: ignore[operator]
        if isinstance(node.op, ast.Pow) and _is(right, 1):
            return left  # type: ignore[no-any-return]
        if isinstance(node.op, ast.Mult) and _is(left, 1):
            return right  # type: ignore[no-any-return]
        return ast.BinOp(left, node.op, right)


def _is(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and node.value == number


def _constant(value: complex) -> ast.expr:
    if isinstance(value, int | float) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def substitute(template: str, named: dict[str, ast.expr]) -> ast.expr:
    """An expression with its names replaced."""
    return _Substitute(named).visit(parse(template))  # type: ignore[no-any-return]


def plain(node: ast.expr) -> str:
    """An expression as text: ``∂h/∂g · (-1/g²)``."""
    return _Plain().write(node)[0]


def latex(node: ast.expr) -> str:
    """An expression in LaTeX."""
    return _Latex().write(node)[0]


class _Plain:
    """Writes expressions as text; what it has no sign for is left as Python."""

    times, at, compared = " · ", " @ ", 0

    def write(self, node: ast.expr) -> Piece:
        if isinstance(node, ast.BinOp):
            return self.binary(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return f"-{self.inside(node.operand, PRODUCT)}", SIGN
        if isinstance(node, ast.Call):
            return self.call(node)
        if (
            isinstance(node, ast.Compare)
            and len(node.ops) == 1
            and type(node.ops[0]) in COMPARISONS
        ):
            sign = COMPARISONS[type(node.ops[0])][self.compared]
            return f"{self.inside(node.left)} {sign} {self.inside(node.comparators[0])}", SUM
        if isinstance(node, ast.List):
            return f"[{', '.join(self.inside(e) for e in node.elts)}]", ATOM
        return self.leaf(node)

    def leaf(self, node: ast.expr) -> Piece:
        return ast.unparse(node), ATOM

    def inside(self, node: ast.expr, tight: int = SUM, right: bool = False) -> str:
        """The text of a part, between brackets where it would fall apart or begins with a sign."""
        text, holds = self.write(node)
        return self.bracket(text) if holds < tight or right and text.startswith("-") else text

    def bracket(self, text: str) -> str:
        return f"({text})"

    def binary(self, node: ast.BinOp) -> Piece:
        op = node.op
        if isinstance(op, ast.Add | ast.Sub):
            sign, tight = ("+", SUM) if isinstance(op, ast.Add) else ("-", PRODUCT)
            return f"{self.inside(node.left)} {sign} {self.inside(node.right, tight, True)}", SUM
        if isinstance(op, ast.Mult | ast.MatMult):
            sign = self.times if isinstance(op, ast.Mult) else self.at
            return (
                f"{self.inside(node.left, PRODUCT)}{sign}{self.inside(node.right, PRODUCT, True)}",
                PRODUCT,
            )
        if isinstance(op, ast.Div):
            return self.quotient(node)
        if isinstance(op, ast.Pow):
            return self.power(node.left, node.right)
        return self.leaf(node)

    def quotient(self, node: ast.BinOp) -> Piece:
        return f"{self.inside(node.left, SIGN)}/{self.inside(node.right, POWER, True)}", PRODUCT

    def power(self, base: ast.expr, exponent: ast.expr) -> Piece:
        text = self.inside(exponent, ATOM)
        raised = text.translate(RAISED) if re.fullmatch(r"-?\d+", text) else f"^{text}"
        return f"{self.inside(base, ATOM)}{raised}", POWER

    def call(self, node: ast.Call) -> Piece:
        args = [self.inside(a) for a in node.args]
        args += [f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords if k.arg]
        name = called(node)
        if name == "∂":
            return f"∂{args[0]}/∂{args[1]}", POWER
        if name == "T" and len(args) == 1:
            return f"{self.inside(node.args[0], ATOM)}ᵀ", ATOM
        return f"{name}({', '.join(args)})", ATOM


def called(node: ast.Call) -> str:
    """The last word of the function that is called: ``exp`` of ``np.exp``."""
    text = ast.unparse(node.func)
    return text.rpartition(".")[2] if re.fullmatch(r"[\w.∂]+", text) else text


class _Latex(_Plain):
    times, at, compared = r" \cdot ", r" \, ", 1

    def leaf(self, node: ast.expr) -> Piece:
        if isinstance(node, ast.Name):
            return latex_name(node.id), ATOM
        if isinstance(node, ast.Subscript):
            index = escaped(ast.unparse(node.slice))
            return rf"{self.inside(node.value, ATOM)}_{{\texttt{{{index}}}}}", ATOM
        if isinstance(node, ast.Attribute):
            return rf"{self.inside(node.value, ATOM)}.{latex_name(node.attr)}", ATOM
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return ast.unparse(node), ATOM
        return rf"\texttt{{{escaped(ast.unparse(node))}}}", ATOM

    def bracket(self, text: str) -> str:
        return rf"\left({text}\right)"

    def quotient(self, node: ast.BinOp) -> Piece:
        return rf"\frac{{{self.inside(node.left)}}}{{{self.inside(node.right)}}}", POWER

    def power(self, base: ast.expr, exponent: ast.expr) -> Piece:
        return f"{self.inside(base, ATOM)}^{{{self.inside(exponent)}}}", POWER

    def call(self, node: ast.Call) -> Piece:
        name, args = called(node), [self.inside(a) for a in node.args]
        if name == "∂":
            return rf"\frac{{\partial {args[0]}}}{{\partial {args[1]}}}", POWER
        if name == "T" and len(args) == 1:
            return rf"{self.inside(node.args[0], ATOM)}^{{\top}}", ATOM
        if name == "sqrt" and len(args) == 1:
            return rf"\sqrt{{{args[0]}}}", ATOM
        args += [
            rf"\texttt{{{escaped(f'{k.arg}={ast.unparse(k.value)}')}}}"
            for k in node.keywords
            if k.arg
        ]
        word = rf"\{name}" if name in LATEX_FUNCTIONS else rf"\operatorname{{{escaped(name)}}}"
        return rf"{word}\left({', '.join(args)}\right)", ATOM


def latex_name(name: str) -> str:
    """A variable in LaTeX: ``w0`` is ``w_{0}``, ``alpha`` the letter, ``log_weights`` a word."""
    stem, digits = re.fullmatch(r"(.*?)_?(\d*)", name).groups()  # type: ignore[union-attr]
    if not stem:
        return escaped(name)
    if stem in GREEK:
        word = rf"\{stem}"
    else:
        word = stem if len(stem) == 1 else rf"\mathrm{{{escaped(stem)}}}"
    return f"{word}_{{{digits}}}" if digits else word


def escaped(text: str) -> str:
    """Text in which LaTeX reads nothing but letters."""
    text = text.replace("\\", r"\textbackslash ")
    return (
        re.sub(r"([&%$#_{}])", r"\\\1", text)
        .replace("~", r"\textasciitilde ")
        .replace("^", r"\textasciicircum ")
    )
