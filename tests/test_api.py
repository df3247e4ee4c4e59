"""What users call: gradients, seeds, aux, buffers, text; each checked against numbers known from elsewhere."""

import functools
import inspect
import os
import subprocess
import sys

import numpy as np
import pytest

import chainrule
from chainrule import errors, grad, value_and_grad, vjp, zero_grad


def curve(x, y):
    return 3 * x**3 - y**2


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float) -> float:
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def loss(w, x):
    return np.sum((x @ w) ** 2)


def pair(x):
    return x * x, {"a": 3 * x, "b": np.exp(x)}


def same(one, other):
    """Equal to the bit, in kind, dtype and shape."""
    assert type(one) is type(other)
    if isinstance(one, tuple | list):
        assert len(one) == len(other)
        for a, b in zip(one, other):
            same(a, b)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype and one.shape == other.shape
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


# The ways to ask


def test_the_neuron():
    wanted = (-0.1966, 0.3932, -0.3932, -0.5898, 0.1966)
    value, gradient = value_and_grad(neuron, ...)(2.0, -1.0, -3.0, -2.0, -3.0)
    assert value == neuron(2.0, -1.0, -3.0, -2.0, -3.0)
    np.testing.assert_allclose(gradient, wanted, atol=5e-5)
    assert [type(g) for g in gradient] == [float] * 5
    h = value
    np.testing.assert_allclose(gradient[-1], h * (1 - h), rtol=1e-14)


@grad
def cube(x: float) -> float:
    return x**3


@grad(wrt="w")
def by_name(x, w):
    return x * w * w


@value_and_grad(argnums=(0, 1), has_aux=True)
def with_all(x, w):
    return x * w, "aux"


def test_as_a_decorator():
    assert cube(2.0) == 12.0
    assert by_name(2.0, 3.0) == 12.0
    assert with_all(2.0, 3.0) == ((6.0, "aux"), (3.0, 2.0))
    assert grad()(lambda x: x * x)(3.0) == 6.0


def test_decorating_costs_nothing():
    def f(x):
        yield x

    for made in (grad(f), grad(f, "nothing"), grad(5), value_and_grad(int)):
        assert isinstance(made, chainrule.derivative.Derivative)


def test_derivatives_of_derivatives():
    def f(x: float) -> float:
        return x**4

    assert grad(grad(f))(2.0) == 48.0
    assert grad(grad(grad(f)))(2.0) == 48.0
    assert grad(grad(curve, "x"), "x")(2.0, 1.0) == 36.0
    assert grad(grad(lambda x, y: x * x * y, "x"), "y")(2.0, 3.0) == 4.0
    assert value_and_grad(grad(f))(2.0) == (32.0, 48.0)
    text = grad(grad(f)).source
    scope = {}
    exec(text, scope)
    (adjoint,) = (thing for name, thing in scope.items() if name.endswith("_adjoint"))
    assert adjoint(2.0) == (32.0, 48.0)


def test_the_second_derivative_of_the_neuron():
    at = (2.0, -1.0, -3.0, -2.0, -3.0)
    h = neuron(*at)
    wanted = h * (1 - h) * (1 - 2 * h)
    np.testing.assert_allclose(grad(grad(neuron, "w2"), "w2")(*at), wanted, rtol=1e-12)
    step = 1e-5
    ahead, behind = (grad(neuron)(*at[:-1], at[-1] + s) for s in (step, -step))
    found = grad(grad(neuron), "w2")(*at)
    np.testing.assert_allclose(found, (ahead - behind) / (2 * step), rtol=1e-8)


def test_a_second_derivative_without_annotations():
    d = grad(grad(lambda x: x**4))
    assert d(2.0) == 48.0
    assert "def " in d.source


# Kinds


@pytest.mark.parametrize(
    "x",
    [
        3.0,
        np.float64(3.0),
        np.float32(3.0),
        np.float16(3.0),
        np.array(3.0),
        np.array([3.0]),
        np.array([[3.0]], np.float32),
        np.array([3.0], ">f8"),
    ],
)
def test_kind_dtype_and_shape_are_kept(x):
    value, gradient = value_and_grad(lambda x: x * x)(x)
    same(value, x * x)
    assert type(gradient) is type(x)
    assert np.shape(gradient) == np.shape(x) and gradient == 6.0
    if not isinstance(x, float):
        assert gradient.dtype.newbyteorder("=") == x.dtype.newbyteorder("=")


def test_gradients_are_the_callers_own():
    x, w = np.ones(3), np.array([1.0, 2.0, 3.0])
    for f in (lambda x, w: np.sum(x), lambda x, w: np.sum(x + w), lambda x, w: x @ w):
        dx, dw = grad(f, ...)(x, w)
        for one, others in ((dx, (x, w, dw)), (dw, (x, w, dx))):
            assert one.flags.writeable
            assert not any(np.shares_memory(one, other) for other in others)
            one[:] = 7.0
    same(x, np.ones(3))
    same(w, np.array([1.0, 2.0, 3.0]))


def test_exceptions_are_the_functions_own():
    def f(x, n):
        assert n > 0, "n must be positive"
        if n > 10:
            raise KeyError(n)
        return x / (n - 1)

    d = grad(f)
    with pytest.raises(AssertionError, match="n must be positive"):
        d(1.0, 0)
    with pytest.raises(KeyError, match="11"):
        d(1.0, 11)
    with pytest.raises(ZeroDivisionError):
        d(1.0, 1)
    with pytest.raises(TypeError):
        d()
    with pytest.raises(TypeError):
        d(1.0, 2, 3)
    assert d(1.0, 3) == 0.5


# Seeds


def test_the_vector_seed_of_the_issue():
    x, y = np.array([2.0, 3.0]), np.array([6.0, 4.0])
    dx, dy = grad(curve, ...).seeded(np.ones(2))(x, y)
    same(dx, np.array([36.0, 81.0]))
    same(dy, np.array([-12.0, -8.0]))
    z, (dx, _) = value_and_grad(curve, ...).seeded(np.array([1.0, 10.0]))(x, y)
    same(z, curve(x, y))
    same(dx, np.array([36.0, 810.0]))


def test_without_a_seed_the_error_shows_the_ways_out():
    with pytest.raises(errors.SeedMissing) as caught:
        grad(curve)(np.array([2.0, 3.0]), np.array([6.0, 4.0]))
    text = str(caught.value)
    assert "CR112" in text and "shape (2,)" in text
    assert "grad(curve).seeded(v)(" in text and "has_aux=True" in text
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "x", [2.0, np.float64(2.0), np.array(2.0), np.array([2.0]), np.array([[[2.0]]])]
)
def test_a_result_of_one_element_counts_as_a_scalar(x):
    assert grad(curve)(x, 1.0) == 36.0
    assert grad(curve).seeded(2.0)(x, 1.0) == 72.0
    assert grad(curve).seeded(np.full(np.shape(x), 2.0))(x, 1.0) == 72.0


@pytest.mark.parametrize("seed", [np.ones(3), np.ones(1), np.ones((2, 1)), np.ones((1, 2))])
def test_a_seed_of_another_shape(seed):
    with pytest.raises(errors.SeedMismatch, match="CR113") as caught:
        grad(curve).seeded(seed)(np.ones(2), np.ones(2))
    assert str(seed.shape) in str(caught.value) and "(2,)" in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_seeds_of_a_structure():
    e = np.exp(2.0)
    d = grad(pair)
    np.testing.assert_allclose(d.seeded((1.0, {"a": 2.0, "b": 3.0}))(2.0), 10.0 + 3 * e, rtol=1e-14)
    assert d.seeded((1.0, {"a": 2.0, "b": None}))(2.0) == 10.0
    assert d.seeded((None, {"a": 2.0, "b": None}))(2.0) == 6.0
    assert d.seeded((1.0, None))(2.0) == 4.0
    assert d.seeded((1.0, {"b": None, "a": 2.0}))(2.0) == 10.0
    assert d.seeded(None)(2.0) == 0.0


@pytest.mark.parametrize(
    "f, seeds",
    [
        (lambda x: (x * x, np.sin(x)), ((1.0, None), (1.0, 1.0))),
        (
            lambda x: (x, {"a": x * x, "b": np.sin(x)}),
            ((1.0, {"a": 1.0, "b": None}), (1.0, {"a": 1.0, "b": 1.0})),
        ),
    ],
)
def test_none_in_a_seed_costs_nothing(f, seeds):
    text, full = (grad(f).seeded(seed).specialize(2.0).source for seed in seeds)
    text, full = (t.partition("# Backward")[2] for t in (text, full))
    assert "cos" in full
    assert "cos" not in text


@pytest.mark.parametrize(
    "seed",
    [
        1.0,
        (1.0,),
        (1.0, 2.0, 3.0),
        (1.0, {"a": 2.0}),
        (1.0, {"a": 2.0, "b": 1.0, "c": 3.0}),
        (1.0, 2.0),
        (1.0, (2.0, 3.0)),
        ({"a": 1.0}, {"a": 2.0, "b": 3.0}),
    ],
)
def test_a_seed_of_another_structure(seed):
    with pytest.raises((errors.SeedMismatch, errors.SeedMissing)):
        grad(pair).seeded(seed)(2.0)


@pytest.mark.parametrize(
    "seed",
    [1j, "a", b"a", object(), np.array(1j), np.array(["a"]), (1.0, "a"), {"a": 1.0, "b": 1j}],
)
def test_a_seed_that_is_no_number(seed):
    with pytest.raises(errors.SeedMismatch, match="is none"):
        grad(pair).seeded(seed)


@pytest.mark.parametrize(
    "f, seed",
    [
        (lambda x: (x, x * x), [1.0, 2.0]),
        (lambda x: [x, x * x], (1.0, 2.0)),
        (lambda x: (x, x * x), np.ones(2)),
        (lambda x: x * x, (1.0,)),
        (lambda x: x * x, np.ones(1)),
        (lambda x: x * x, np.ones((1, 1))),
    ],
)
def test_a_seed_is_of_the_very_structure(f, seed):
    for call in (grad(f).seeded(seed), lambda x: vjp(f, x)[1](seed)):
        with pytest.raises((errors.SeedMismatch, errors.SeedMissing)):
            call(3.0)


@pytest.mark.parametrize("seed", [2, np.float32(2.0), np.array(2.0), np.int64(2)])
def test_a_seed_is_any_real_number(seed):
    assert grad(lambda x: x * x).seeded(seed)(3.0) == 12.0


def test_a_result_of_a_structure_without_a_seed():
    with pytest.raises(errors.SeedMissing, match="tuple of 2"):
        grad(pair)(2.0)


def test_a_seeded_derivative_is_one_of_the_same_kind():
    d = value_and_grad(curve, "y").seeded(np.ones(2))
    assert isinstance(d, chainrule.derivative.Derivative)
    assert d.primal is curve
    value, gradient = d.seeded(np.zeros(2))(np.ones(2), np.ones(2))
    same(gradient, np.zeros(2) * -1.0)
    assert repr(d) == repr(value_and_grad(curve, "y"))


def test_the_seed_is_not_changed():
    seed = np.array([1.0, 2.0])
    d = grad(lambda x: x).seeded(seed)
    gradient = d(np.ones(2))
    gradient += 5.0
    same(seed, np.array([1.0, 2.0]))


def test_seeds_and_second_derivatives():
    assert grad(grad(lambda x: x**3)).seeded(2.0)(2.0) == 24.0


def test_the_seed_of_an_inner_derivative():
    assert grad(grad(lambda x: x**3).seeded(2.0))(2.0) == 24.0


# Aux


def test_aux():
    def f(x):
        y = x * x
        return np.sum(y), {"y": y, "name": "aux"}

    x = np.arange(3.0)
    gradient, aux = grad(f, has_aux=True)(x)
    same(gradient, 2 * x)
    assert aux["name"] == "aux"
    same(aux["y"], x * x)
    (value, aux), gradient = value_and_grad(f, has_aux=True)(x)
    assert value == 5.0
    same(gradient, 2 * x)
    same(aux["y"], x * x)


def test_aux_and_a_seed():
    found = grad(lambda x: (x * x, "aux"), has_aux=True).seeded(np.array([1.0, 2.0]))(np.ones(2))
    same(found, (np.array([2.0, 4.0]), "aux"))


@pytest.mark.parametrize("f", [lambda x: x * x, lambda x: (x, 1, 2), lambda x: {"a": x}])
def test_aux_takes_a_pair(f):
    with pytest.raises(errors.ResultNotNumeric, match="has_aux=True takes"):
        grad(f, has_aux=True)(2.0)


# Buffers


def test_batches_add_up():
    w, x = np.array([1.0, 2.0, 3.0]), np.arange(12.0).reshape(4, 3)
    buffer = zero_grad(w)
    d = grad(loss).into(buffer)
    first = d(w, x[:2])
    assert first is buffer
    assert d(w, x[2:]) is buffer
    np.testing.assert_allclose(buffer, 2 * x.T @ (x @ w), rtol=1e-14)
    assert zero_grad(buffer, clear=True) is buffer
    same(buffer, np.zeros(3))
    same(d(w, x[:2]), 2 * x[:2].T @ (x[:2] @ w))


def test_losses_share_parameters():
    def one(p, x):
        return np.sum(p["w"] * x) + p["b"] * 3

    def two(p, x):
        return np.sum(p["w"] ** 2) * p["b"]

    p = {"w": np.array([1.0, 2.0]), "b": 2.0, "n": 3}
    x = np.array([10.0, 20.0])
    buffers = zero_grad(p)
    array = buffers["w"]
    for f in (one, two):
        buffers = grad(f).into(buffers)(p, x)
    assert buffers["w"] is array and buffers["n"] is None
    same(array, x + 4 * p["w"])
    assert buffers["b"] == 3.0 + 5.0 and type(buffers["b"]) is float


def test_buffers_of_every_kind_of_derivative():
    assert grad(lambda x: x * x).into(1.0)(3.0) == 7.0
    assert grad(curve, ...).into((0.0, 1.0))(2.0, 3.0) == (36.0, -5.0)
    assert value_and_grad(lambda x: x * x).into(1.0)(3.0) == (9.0, 7.0)
    assert grad(lambda x: (x * x, "aux"), has_aux=True).into(1.0)(3.0) == (7.0, "aux")
    found = value_and_grad(lambda x: (x * x, "aux"), has_aux=True).into(1.0)(3.0)
    assert found == ((9.0, "aux"), 7.0)
    buffer = np.ones(2)
    assert grad(curve).seeded(np.ones(2)).into(buffer)(np.ones(2), np.ones(2)) is buffer
    same(buffer, np.full(2, 10.0))


def test_a_buffer_without_axes():
    buffer = np.array(1.0)
    found = grad(lambda x: x * x).into(buffer)(np.array(3.0))
    assert found is buffer and buffer == 7.0


def test_a_buffer_keeps_its_dtype():
    buffer = np.zeros(2, np.float32)
    grad(lambda x: np.sum(x * x)).into(buffer)(np.ones(2, np.float32))
    same(buffer, np.full(2, 2.0, np.float32))


def test_a_buffer_that_overlaps_an_argument():
    w, x = np.ones(3), np.arange(12.0).reshape(4, 3)
    for buffer in (w, w[:], w[::-1], x[0]):
        with pytest.raises(errors.BufferOverlap, match="CR115"):
            grad(loss).into(buffer)(w, x)
    p = {"w": w}
    with pytest.raises(errors.BufferOverlap):
        grad(lambda p: np.sum(p["w"])).into({"w": w})(p)
    with pytest.raises(errors.BufferOverlap):
        grad(loss).into(w)(x=x, w=w)
    same(w, np.ones(3))


def test_neighbours_do_not_overlap():
    both = np.ones(6)
    grad(lambda w: np.sum(w * w)).into(both[::2])(both[1::2])
    same(both, np.array([3.0, 1.0, 3.0, 1.0, 3.0, 1.0]))


def test_a_buffer_that_overlaps_self():
    class Model:
        def __init__(self):
            self.w = np.ones(2)

        def loss(self, x):
            return np.sum(self.w * self.w * x)

    m = Model()
    with pytest.raises(errors.BufferOverlap):
        grad(m.loss, "self.w").into(m.w)(np.ones(2))


@pytest.mark.parametrize(
    "buffers", [{"w": np.zeros(2)}, {"w": np.zeros(3), "b": 0.0}, {"w": 0.0, "b": 0.0, "c": 0.0}]
)
def test_buffers_of_another_structure(buffers):
    p = {"w": np.ones(2), "b": 2.0}
    with pytest.raises(errors.ChainruleError):
        grad(lambda p: np.sum(p["w"]) * p["b"]).into(buffers)(p)


def test_buffers_keep_the_signature():
    assert inspect.signature(grad(loss).into(np.zeros(3))) == inspect.signature(loss)


# Text


def scale(x: float, k: float = 2.0) -> float:
    # how it grows
    y = k * x  # linear
    return y * x


def test_text_runs_and_says_what_it_returns():
    text = grad(scale, ...).source
    assert "Return (value, gradients) with respect to (x, k)." in text
    assert "# how it grows" in text and "# linear" in text
    scope = {}
    exec(text, scope)
    assert scope["scale_adjoint"](3.0) == (18.0, (12.0, 9.0))
    assert scope["scale_adjoint"](3.0, seed=2.0) == (18.0, (24.0, 18.0))


def test_the_textbook_has_one_step_a_statement():
    text = grad(neuron, ...).textbook
    for line in ("dg = ", "df = ", "de = ", "dx1 = "):
        assert line in text
    scope = {}
    exec(text, scope)
    _, gradients = scope["neuron_adjoint"](2.0, -1.0, -3.0, -2.0, -3.0)
    np.testing.assert_allclose(gradients, (-0.1966, 0.3932, -0.3932, -0.5898, 0.1966), atol=5e-5)


def test_the_form():
    assert grad(scale).ir.startswith("function scale")


def test_text_is_not_changed_by_calls():
    d = grad(loss)
    before = d.source, d.textbook, d.ir
    w, x = np.ones(3), np.ones((2, 3))
    for _ in range(3):
        d(w, x)
        d(np.ones(3, np.float32), x)
    d.specialize(w, x)
    assert (d.source, d.textbook, d.ir) == before
    again = grad(loss)
    again(w, x)
    assert (again.source, again.textbook, again.ir) == before


def test_the_function_for_some_types():
    g = grad(loss).specialize(np.ones(3), np.ones((2, 3)))
    value, gradient = g(np.ones(3), np.ones((2, 3)))
    assert value == 18.0
    same(gradient, np.full(3, 12.0))
    assert g(np.ones(3), np.ones((2, 3)), seed=2.0)[1][0] == 24.0
    assert g.__name__ == "loss_adjoint" and "def loss_adjoint(w, x, *, seed=1.0)" in g.source
    for wrong in ((1.0, 2.0), (np.ones(3, np.float32), np.ones((2, 3))), (np.ones(3), np.ones(3))):
        with pytest.raises(TypeError):
            g(*wrong)


def test_a_parameter_that_is_called_seed():
    def f(x: float, seed: float) -> float:
        return x * seed

    d = grad(f, ...)
    assert d(2.0, 3.0) == (3.0, 2.0)
    scope = {}
    exec(d.source, scope)
    assert scope["f_adjoint"](2.0, 3.0, seed_=10.0) == (6.0, (30.0, 20.0))


MODEL = """
import numpy as np
from chainrule import grad


@grad(wrt=...)
def loss(x: float, p, k: float = 2.0):
    # the sum of all
    total = 0.0
    for name in ("a", "b"):
        total = total + p[name] * np.sin(x) * k
    if total > 1:
        total = total * x
    return total
"""


SHOW = """
from model import loss

print(loss.source, loss.textbook, loss.ir)
print(loss.specialize(1.0, {"a": 1.0, "b": 2.0}).source)
"""


def texts_of(folder, seed):
    env = {**os.environ, "PYTHONHASHSEED": str(seed), "CHAINRULE_CACHE_DIR": ""}
    run = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=folder, env=env, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_text_is_the_same_in_every_process_and_wherever_the_file_lies(tmp_path):
    places = []
    for name, text in (("one", MODEL), ("two", f"# a line more\nimport math\n\n{MODEL}")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.py").write_text(text)
        places.append(folder)
    first, second = (texts_of(folder, seed) for seed, folder in enumerate(places))
    assert "def loss_adjoint(" in first and str(tmp_path) not in first
    assert second == first


# Bad input


def no_source():
    scope = {}
    exec(compile("def hidden(x):\n    return x * x", "<made>", "exec"), scope)
    return scope["hidden"]


def integers(x, y):
    return x * y


def text(x):
    return "text"


def nothing(x):
    return None


def generator(x):
    yield x


async def coroutine(x):
    return x


class Shape:
    pass


def vector(x):
    return x * np.ones(2)


BAD = {
    "no source": (lambda: grad(no_source())(2.0), "CR101", OSError),
    "no rule": (lambda: grad(os.getcwd)(2.0), "CR103", NotImplementedError),
    "class": (lambda: grad(Shape)(2.0), "CR104", TypeError),
    "a class of Python's": (lambda: grad(int)(2.0), "CR104", TypeError),
    "no callable": (lambda: grad(5)(2.0), "CR104", TypeError),
    "coroutine": (lambda: grad(coroutine)(2.0), "CR104", TypeError),
    "generator": (lambda: grad(generator)(2.0), "CR104", TypeError),
    "wrt": (lambda: grad(integers, "z")(2.0, 3.0), "CR108", ValueError),
    "both": (lambda: grad(integers, "x", argnums=0), "CR109", TypeError),
    "seed": (lambda: grad(vector).seeded(np.ones(3))(2.0), "CR113", ValueError),
    "no seed": (lambda: grad(vector)(2.0), "CR112", ValueError),
    "integer": (lambda: grad(integers)(2, 3.0), "CR110", TypeError),
    "result": (lambda: grad(text)(2.0), "CR111", TypeError),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_has_a_class_and_a_code(what):
    act, code, builtin = BAD[what]
    with pytest.raises(errors.ChainruleError) as caught:
        act()
    assert isinstance(caught.value, builtin)
    assert caught.value.code == code and code in str(caught.value)


WITH_PLACE = ["class", "coroutine", "generator", "wrt", "seed", "no seed", "integer", "result"]


@pytest.mark.parametrize("what", BAD)
def test_bad_input_has_a_way_out(what):
    with pytest.raises(errors.ChainruleError) as caught:
        BAD[what][0]()
    assert caught.value.diagnostics[0].help or "write 2.0 for 2" in str(caught.value)


@pytest.mark.parametrize("what", WITH_PLACE)
def test_bad_input_shows_the_line(what):
    with pytest.raises(errors.ChainruleError) as caught:
        BAD[what][0]()
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.file == __file__
    assert "^" in str(caught.value)
    names = {"seed": "vector", "no seed": "vector", "wrt": "integers", "integer": "integers"}
    names |= {"result": "text", "class": "Shape"}
    thing = globals()[names.get(what, what)]
    first = thing.__code__.co_firstlineno if what != "class" else line_of("class Shape:")
    assert first <= diagnostic.line <= first + 1


def line_of(text):
    with open(__file__) as file:
        return 1 + [line.rstrip() for line in file].index(text)


@pytest.mark.parametrize("result", [nothing, text, lambda x: [x, None][1], lambda x: int(x)])
def test_results_that_are_not_numeric(result):
    with pytest.raises(errors.ResultNotNumeric):
        grad(result)(2.5)


def test_a_constant_result_has_zero_gradient():
    def three(x):
        return 3.0

    assert grad(three)(2.0) == 0.0
    same(grad(three)(np.ones(2)), np.zeros(2))


def test_all_the_problems_are_told_at_once():
    def f(x):
        global nothing
        y = {a: a for a in x}
        exec("y")
        return x

    with pytest.raises(errors.ChainruleError) as caught:
        grad(f)(np.ones(2))
    lines = [d.line - f.__code__.co_firstlineno for d in caught.value.diagnostics]
    assert lines == sorted(lines) and {2, 3} <= set(lines)


RULE = """
import numpy as np
import chainrule

def step(x):
    return np.trunc(x) + 0.0

@chainrule.adjoint(step)
def step_rule(g, ans, x):
    return g * 3 * x

def f(x):
    return step(x) * x

assert chainrule.grad(f)(2.5) == 2.0 + 2.5 * 7.5
assert chainrule.grad(step)(2.5) == 7.5
"""


def test_a_rule_of_ones_own(tmp_path):
    (tmp_path / "model.py").write_text(RULE)
    env = {**os.environ, "CHAINRULE_CACHE_DIR": ""}
    subprocess.run([sys.executable, tmp_path / "model.py"], env=env, check=True)


def test_through_wrappers_of_functools():
    f = functools.partial(curve, y=2.0)
    assert grad(f)(1.0) == 9.0
