"""The text of statements is what `ruff format` leaves as it is, and reads as the tree meant."""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chainrule.backend.layout import expression, header, literal, statement

COMPOUND = (ast.If, ast.While, ast.For, ast.With, ast.FunctionDef)


def ruff(source: str) -> str:
    """The source as `ruff format` leaves it, whatever the project says about widths."""
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    program = [str(beside)] if beside.exists() else [sys.executable, "-m", "ruff"]
    done = subprocess.run(
        [*program, "format", "--isolated", "-"], input=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines_of(node: ast.stmt, indent: int, comment: str | None = None) -> list[str]:
    write = header if isinstance(node, COMPOUND) else statement
    return write(node, indent, comment)


def file_of(items: list[tuple[ast.stmt, int, str | None]]) -> str:
    """One function that holds each statement, under its number and at its indentation."""
    lines = ["def whole():"]
    for number, (node, indent, comment) in enumerate(items):
        lines += ["    " * level + "if test:" for level in range(1, indent)]
        lines.append("    " * indent + f"# <{number}>")
        lines += lines_of(node, indent, comment)
        if isinstance(node, COMPOUND):
            lines.append("    " * (indent + 1) + "pass")
    return "\n".join(lines) + "\n"


def chunks(source: str) -> list[str]:
    """The lines of each statement, without what stands around it."""
    texts = [text.partition(">\n")[2] for text in source.split("# <")[1:]]
    drop = ("if test:", "pass", "")
    return ["\n".join(it for it in text.split("\n") if it.strip() not in drop) for text in texts]


def assert_untouched(items: list[tuple[ast.stmt, int, str | None]]) -> None:
    source = file_of(items)
    for mine, theirs in zip(chunks(source), chunks(ruff(source)), strict=True):
        assert mine == theirs


# ruff: noqa: E501
STATEMENTS = """
x = rate * x
x = x - rate * x * x
steps += 1
error = hidden @ params["w1"] + params["b1"] - y
result = np.sum(error**2)
derror = seed * 2 * error
return result, (hidden.T @ derror, derror.sum(axis=0))
d = x @ params["w0"] + params["b0"]
dd = dhidden * (d > 0.0)
dparams = {"w0": x.T @ dd, "b0": dd.sum(axis=0), "w1": hidden.T @ derror, "b1": derror.sum(axis=0)}
squares = np.sum((x[:, None, :] - centres[None, :, :]) ** 2, axis=2)
return np.sum(top[:, 0] + np.log(np.sum(np.exp(logits - top), axis=1)))
dlogits = seed / i[:, None] * g
dc = dlogits[:, :, None] * -c
return result, (np.sum(dc, axis=1), -np.sum(dc, axis=0), np.sum(dlogits, axis=0))
return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
return h, (float(dw0), float(dx0), float(dw1), float(dx1), float(dw2))
dg = -dh * h / g
B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
dA[1:-1, 1:-1] = 0
dB[1:-1, :-2] += a
for x, h, saved in zip(reversed(xs), reversed(h_saved), reversed(cell_saved)): pass
for i, y in zip(reversed(range(n)), reversed(y_saved)): pass
for position, (value, gradient) in enumerate(zip(values_of_the_forward_part, gradients_so_far)): pass
for x in reversed(x_saved): pass
for a, in pairs: pass
for _ in range(int(np.ceil(total_number_of_steps / steps_per_iteration)) + additional_steps): pass
dh, dW_x, dU_x = cell_backward(saved, h, x, W, U, dh)
h, saved = cell_forward(h, x, W, U)
dW += dW_x
while x > 1.0: pass
while np.linalg.norm(residual) > tolerance * np.linalg.norm(right_hand_side) and k < maximum: pass
if x > 4.0: pass
if not np.allclose(gradient, reference, rtol=1e-4, atol=1e-6) or not np.isfinite(gradient).all(): pass
if isinstance(x, np.ndarray) and x.dtype == np.float64 and x.ndim == 2 and not x.flags.writeable: pass
def f(a: float, *, seed: float = 1.0) -> float: pass
def neuron_adjoint(w0, x0, w1, x1, w2, *, seed=1.0): pass
def log_likelihood_adjoint(x, centres, log_weights, temperature, regularisation, *, seed=1.0): pass
def f(x: np.ndarray, centres: np.ndarray, log_weights: np.ndarray) -> tuple[np.ndarray, float]: pass
def f(x, /, y=1, *args, z: int = 2, **kwargs): pass
def a_function_with_a_long_name(its_one_parameter: SomeRatherLongAnnotation = None) -> None: pass
with np.errstate(divide="ignore"): pass
with np.errstate(divide="ignore", over="ignore", invalid="ignore", under="ignore") as old_state: pass
with open(name_of_the_first_file) as first, open(name_of_the_second_file, mode="w") as second: pass
assert x.shape == y.shape
assert x.shape == y.shape, "the two must have the same shape, for what follows broadcasts neither"
raise ValueError("the matrix is singular")
raise TypeError(f"expected an array of rank {rank} and dtype {dtype}, got {type(x).__name__}")
raise ValueError("the matrix is singular to working precision") from error_of_the_factorization
del a, b[0]
del something_long[1:-1, 1:-1], something_longer[1:-1, 1:-1], something_still_longer[1:-1, 1:-1]
return
return x
return (x,)
return value, (d_first_parameter, d_second_parameter, d_third_parameter, d_fourth_parameter, d5)
return a_rather_long_name_of_a_function(first_argument, second_argument) + another_long_name(z)
return lambda dy: (dy * saved_value_of_the_first_factor, dy * saved_value_of_the_second_factor)
x = 1 if y > 0 else -1
gradient = compute_gradient(x, y) if gradient_is_wanted else np.zeros_like(initial_gradient_of_x)
keep = left_edge <= positions_of_the_particles <= right_edge and speeds < the_largest_speed_seen
x = a if b else c if d else e
x = not a
x = -(a**2)
x = (-a) ** b
x = a**-b
x = 2**x.real
x = f(x) ** 2
x = x[i + 1 :]
x = x[:, : n // 2, ::-1]
x = x[a.start : a.stop]
x = x[lower:upper:step]
x = x[-1]
x = x[..., None]
x = ()
x = (1,)
x, = y
x = yield
x = [i**2 for i in range(n) if i % 2]
x = {k: v for k, v in zip(names_of_the_parameters, values_of_the_parameters) if v is not None}
x = sum(weight * value for weight, value in zip(weights_of_the_quadrature, values_at_the_nodes))
x = f(*args, **kwargs)
x = f"{a!r:>{width}} {b['c']} {x**2:.3f}"
x = 'it\\'s "quoted"'
x = lambda u, v=1, *rest: u + v
x: float = 1.0
self.weights: dict[str, np.ndarray] = {"first": np.zeros((3, 4)), "second": np.zeros((4, 5))}
first = second = third = some_function_of_many_arguments(argument_one, argument_two, argument_3)
x = model.layers[0].weights.reshape(-1, 3).sum(axis=0).astype(np.float64).copy(order="F").ravel()
query = table.where(column == value).order_by(column).limit(number_of_rows_wanted).all().first()
d_parameters["encoder.layers.0.weight"] = x_saved_of_the_first_layer.T @ d_output_of_the_first
d_parameters["encoder.layers.0.weight"][:, 1:-1] = a_name_that_is_long_but_cannot_be_broken_up
x = a_very_long_name_that_cannot_be_broken_in_any_place_and_fills_a_line_by_itself_x_y_and_zzzzz
message = "a string that is longer than the line may be, and that stays as it is: nobody breaks it"
y = np.einsum("ij,jk->ik", first_matrix_of_the_product, second_matrix_of_the_product, optimize=1)
f = (u[2:, 1:-1] - 2 * u[1:-1, 1:-1] + u[:-2, 1:-1]) / dx**2 + (u[1:-1, 2:] - 2 * u[1:-1, 1:-1] + u[1:-1, :-2]) / dy**2
k4 = rhs(t + step, [position + step * velocity for position, velocity in zip(positions, k3)], *args)
total = alpha * (first + second) + beta * (third - fourth) * (fifth + sixth) - gamma / (1.0 + seventh) ** 2
print(name, "ok" if good else "FAIL", getattr(adjoint, "__name__", ""), *values, sep=", ", end="")
y_saved.append((y, dy_of_the_previous_iteration, something_else_that_the_backward_part_reads, z))
np.multiply(first_factor_of_the_product, second_factor_of_the_product, out=buffer_of_the_product)
np.add.at(d_table_of_embeddings, indices_of_the_tokens.reshape(-1), d_output.reshape(-1, width))
(a or b)[0] += c
residual = np.concatenate([boundary_left - u[0], (u[2:] - 2 * u[1:-1] + u[:-2]) / dx**2 - source(x[1:-1], u[1:-1], *parameters), boundary_right - u[-1]])
return -0.5 * np.sum(((y - predictions(parameters, x)) / sigma) ** 2) - n * np.log(sigma) - 0.5 * n * np.log(2 * np.pi) + log_prior(parameters, means_of_the_prior, deviations_of_the_prior)
d_state = (np.exp(-(w0 * x0 + w1 * x1 + w2)) / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2))) ** 2 * d_output if saved_branch_of_the_forward_part else np.zeros_like(state)) + d_state_of_the_next_iteration * retained_fraction
gradients["decoder"][name] += scale * (d_output.reshape(batch_size, number_of_heads, -1) @ np.swapaxes(saved["values"][name], -1, -2)).reshape(batch_size, -1, width).sum(axis=0) / np.sqrt(width_of_a_head)
if np.abs(f(x_right)) < tolerance or np.abs(x_right - x_left) < tolerance * max(1.0, np.abs(x_left), np.abs(x_right)) or iteration == maximum_number_of_iterations: pass
import numpy as np, scipy.special
from .module import *
from chainrule.runtime import unbroadcast, zeros_of_the_same_shape, own, next_of_a_tape, keep_and_take
global a, b
nonlocal count
pass
break
continue
"""

COMMENTS = (
    None,
    "# g = 1 + f",
    "# as many turns as were taken, each decided by the value that decided it",
    "# noqa: E501, and more words than there is room for",
)


def table() -> list[ast.stmt]:
    return [ast.parse(line).body[0] for line in STATEMENTS.strip().split("\n")]


def formatted_together(items: list[tuple[ast.stmt, int, str | None]]) -> None:
    """Statements that may not stand together in a function are left out."""
    unfit = (ast.Global, ast.Nonlocal, ast.Break, ast.Continue, ast.Import, ast.ImportFrom)
    assert_untouched([item for item in items if not isinstance(item[0], unfit)])


@pytest.mark.parametrize("shift", range(4))
def test_ruff_leaves_the_table_as_it_is(shift: int) -> None:
    formatted_together([(node, 1 + (i + shift) % 4, None) for i, node in enumerate(table())])


@pytest.mark.parametrize("comment", COMMENTS[1:])
def test_ruff_leaves_comments_where_they_are(comment: str) -> None:
    formatted_together([(node, 1 + i % 3, comment) for i, node in enumerate(table())])


def test_ruff_leaves_the_outermost_level_as_it_is() -> None:
    simple = [node for node in table() if isinstance(node, ast.Assign | ast.AugAssign)]
    source = "\n".join("\n".join(statement(node)) for node in simple) + "\n"
    assert ruff(source) == source
    imports = [node for node in table() if isinstance(node, ast.Import | ast.ImportFrom)]
    source = "\n".join("\n".join(statement(node)) for node in imports) + "\n"
    assert ruff(source) == source


def read(lines: list[str], node: ast.stmt) -> ast.stmt:
    body = ["    pass"] if isinstance(node, COMPOUND) else []
    return ast.parse("\n".join([*lines, *body])).body[0]


def test_the_text_reads_as_the_tree() -> None:
    for node in table():
        if isinstance(node, ast.Delete):
            continue  # a long one is put in parentheses, which are those of a tuple
        assert ast.dump(read(lines_of(node, 0), node)) == ast.dump(node)


def test_a_long_sum_is_broken_before_its_operators() -> None:
    (node,) = ast.parse("total = first_term * " + " * ".join("abcdefgh") + " + " + "x" * 60).body
    assert statement(node, 1) == [
        "    total = (",
        "        first_term * a * b * c * d * e * f * g * h",
        "        + " + "x" * 60,
        "    )",
    ]


def test_a_returned_tuple_is_put_in_parentheses() -> None:
    (node,) = ast.parse(
        "return value, (" + ", ".join(f"d_parameter_{i}" for i in range(6)) + ")"
    ).body
    assert statement(node, 1) == [
        "    return (",
        "        value,",
        "        (",
        *(f"            d_parameter_{i}," for i in range(6)),
        "        ),",
        "    )",
    ]


def test_a_comment_stands_behind_the_last_line() -> None:
    (node,) = ast.parse("x = y").body
    assert statement(node, 2, "# x") == ["        x = y  # x"]


def test_an_if_may_continue_another() -> None:
    (node,) = ast.parse("if x > 0: pass").body
    assert header(node, 1, elif_=True) == ["    elif x > 0:"]


def test_decorators_stand_above_the_definition() -> None:
    (node,) = ast.parse("@adjoint( np.exp )\ndef exp( g , ans ): pass").body
    assert header(node, 1) == ["    @adjoint(np.exp)", "    def exp(g, ans):"]


def test_docstrings_keep_their_lines() -> None:
    node = ast.Expr(ast.Constant("First.\n\n    More.\n    "))
    assert statement(node, 1) == ['    """First.', "", "    More.", '    """']


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("1E5", "1e5"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("1.E+5", "1.0e5"),
        ("0XfF", "0xFF"),
        ("0B1", "0b1"),
        ("1J", "1j"),
        ("1_000", "1_000"),
        ("'a'", '"a"'),
        ("'say \"a\"'", "'say \"a\"'"),
        ("U'it\\'s'", '"it\'s"'),
        ("R'\\d'", 'R"\\d"'),
        ("'\\xAB'", '"\\xab"'),
        ("'''a'''", '"""a"""'),
    ],
)
def test_literals_are_spelled_as_ruff_spells_them(text: str, spelled: str) -> None:
    assert literal(text) == spelled
    assert ruff(f"x = {text}\n") == f"x = {spelled}\n"


def test_a_literal_of_the_users_is_a_name() -> None:
    power = ast.BinOp(ast.Name("1E-3"), ast.Pow(), ast.Constant(-2))
    assert expression(power) == "1e-3**-2"
    assert expression(ast.Attribute(ast.Name("2"), "real")) == "(2).real"


def test_constants_that_are_no_literals_are_expressions() -> None:
    assert expression(ast.BinOp(ast.Constant(-1), ast.Pow(), ast.Constant(2))) == "(-1) ** 2"
    assert expression(ast.BinOp(ast.Constant(2), ast.Mult(), ast.Constant(-1.5))) == "2 * -1.5"


def test_a_tree_that_no_text_reads_as_is_refused() -> None:
    with pytest.raises(ValueError, match="no text reads as this tree"):
        expression(ast.Constant(float("nan")))


def test_deep_trees_do_not_end_the_stack() -> None:
    limit = sys.getrecursionlimit()
    total: ast.expr = ast.Name("x0")
    for i in range(1, 600):
        total = ast.BinOp(total, ast.Add(), ast.Name(f"x{i}"))
    assert statement(ast.Assign([ast.Name("y")], total))[-2:] == ["    + x599", ")"]
    assert sys.getrecursionlimit() == limit


def test_a_statement_takes_a_fraction_of_a_millisecond() -> None:
    nodes = [node for node in table() if len(ast.unparse(node)) < 60]
    for node in nodes:
        lines_of(node, 1)
    start = time.perf_counter()
    for node in nodes:
        lines_of(node, 1)
    assert (time.perf_counter() - start) / len(nodes) < 3e-3  # 0.1 ms on an idle machine


# Random statements.

NAMES = (
    "a b x dx np rate total params hidden log_weights gradient_of_loss a_rather_long_name".split()
)
BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.Mod, ast.BitAnd)
COMPARISONS = (ast.Lt, ast.GtE, ast.Eq, ast.In, ast.NotIn, ast.IsNot)
ATOMS = [0, 1, 0.5, 1e-3, 100000, "w0", "a longer string", None, True]


class Generator:
    """Random expressions and statements that hold them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self) -> ast.expr:
        return ast.Name(self.random.choice(NAMES))

    def expressions(self, depth: int, least: int, most: int) -> list[ast.expr]:
        return [self.expression(depth) for _ in range(self.random.randint(least, most))]

    def expression(self, depth: int) -> ast.expr:
        if depth <= 0 or self.random.random() < 0.15:
            if self.random.random() < 0.7:
                return self.name()
            if self.random.random() < 0.2:
                return ast.Name(self.random.choice(("1e-3", "0x1F", "2.50", "1j")))
            return ast.Constant(self.random.choice(ATOMS))
        kinds: list[Callable[[int], ast.expr]]
        kinds = [self.binary] * 6 + [self.sum, self.call, self.call, self.call, self.subscript]
        kinds += [self.subscript, self.unary, self.comparison, self.boolean, self.conditional]
        kinds += [self.attribute, self.display, self.dict, self.comprehension]
        return self.random.choice(kinds)(depth - 1)

    def binary(self, depth: int) -> ast.expr:
        operator = self.random.choice(BINARY)()
        return ast.BinOp(self.expression(depth), operator, self.expression(depth))

    def sum(self, depth: int) -> ast.expr:
        total = self.expression(depth)
        for term in self.expressions(depth - 1, 1, 6):
            total = ast.BinOp(total, ast.Add(), term)
        return total

    def unary(self, depth: int) -> ast.expr:
        operator = self.random.choice((ast.USub, ast.Not, ast.Invert))()
        return ast.UnaryOp(operator, self.expression(depth))

    def comparison(self, depth: int) -> ast.expr:
        others = self.expressions(depth, 1, 2)
        operators = [self.random.choice(COMPARISONS)() for _ in others]
        return ast.Compare(self.expression(depth), operators, others)

    def boolean(self, depth: int) -> ast.expr:
        operator = self.random.choice((ast.And, ast.Or))()
        return ast.BoolOp(operator, self.expressions(depth, 2, 4))

    def conditional(self, depth: int) -> ast.expr:
        return ast.IfExp(*self.expressions(depth, 3, 3))

    def attribute(self, depth: int) -> ast.expr:
        return ast.Attribute(self.expression(depth), self.random.choice(("T", "some_attribute")))

    def call(self, depth: int) -> ast.expr:
        keywords = [
            ast.keyword(f"axis{i}", value) for i, value in enumerate(self.expressions(depth, 0, 2))
        ]
        function = self.random.choice(
            (self.name(), ast.Attribute(ast.Name("np"), "sum"), self.attribute(depth))
        )
        return ast.Call(function, self.expressions(depth, 0, 3), keywords)

    def subscript(self, depth: int) -> ast.expr:
        indices: list[ast.expr] = []
        for value in self.expressions(depth, 1, 3):
            whole = self.random.random() < 0.5
            end = None if self.random.random() < 0.5 else self.expression(min(depth, 1))
            indices.append(value if whole else ast.Slice(None if end is None else value, end))
        index = indices[0] if len(indices) == 1 else ast.Tuple(indices)
        return ast.Subscript(self.name(), index)

    def display(self, depth: int) -> ast.expr:
        return self.random.choice((ast.Tuple, ast.List))(self.expressions(depth, 0, 4))

    def dict(self, depth: int) -> ast.expr:
        values = self.expressions(depth, 0, 3)
        keys: list[ast.expr | None] = [self.expression(0) for _ in values]
        return ast.Dict(keys, values)

    def comprehension(self, depth: int) -> ast.expr:
        tests = self.expressions(depth, 0, 1)
        clause = ast.comprehension(self.name(), self.expression(depth), tests, 0)
        return ast.ListComp(self.expression(depth), [clause])

    def target(self) -> ast.expr:
        kinds = (self.name(), self.name(), self.subscript(0), ast.Attribute(self.name(), "value"))
        return self.random.choice((*kinds, ast.Tuple([self.name() for _ in range(3)])))

    def statement(self) -> ast.stmt:
        value = self.expression(self.random.randint(1, 4))
        more = self.expressions(2, 1, 3)
        kinds: list[ast.stmt] = [
            ast.Assign([self.target()], value),
            ast.Assign([self.target(), self.target()], value),
            ast.AugAssign(self.random.choice((self.name(), self.subscript(1))), ast.Add(), value),
            ast.Return(value),
            ast.Return(ast.Tuple([value, *more])),
            ast.Expr(ast.Call(ast.Attribute(self.name(), "append"), [value, *more], [])),
            ast.For(self.name(), ast.Call(ast.Name("zip"), [value, *more], []), [], []),
            ast.For(ast.Tuple([self.name(), self.name()]), value, [], []),
            ast.If(value, [], []),
            ast.While(value, [], []),
            ast.Assert(value, ast.Constant("a message")),
        ]
        return self.random.choice(kinds)


def random_items(seed: int, count: int) -> list[tuple[ast.stmt, int, str | None]]:
    generator = Generator(seed)
    items: list[tuple[ast.stmt, int, str | None]] = []
    while len(items) < count:
        node = generator.statement()
        if len(ast.unparse(ast.fix_missing_locations(node))) < 300:
            items.append((node, generator.random.randint(1, 4), None))
    return items


@pytest.mark.parametrize("seed", range(4))
def test_ruff_leaves_random_statements_as_they_are(seed: int) -> None:
    assert_untouched(random_items(seed, 400))


@pytest.mark.fuzz
def test_ruff_leaves_any_statement_as_it_is() -> None:
    end = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "60"))
    seed = random.randrange(1 << 30)
    while time.monotonic() < end:
        seed += 1
        assert_untouched(random_items(seed, 400))
