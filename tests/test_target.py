"""The callable given: functions, methods, lambdas, partials, decorated ones, and how a derivative of one behaves."""

import copy
import functools
import importlib.util
import inspect
import math
import os
import pickle
import pydoc
import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest

from chainrule import errors, grad, value_and_grad, vjp
from chainrule.target import target_of


def f(x: float, y: float = 2.0, *, k: float = 3.0) -> float:
    """The doc of f."""
    return x * y * k


@grad
def decorated(x: float) -> float:
    return x**3


@value_and_grad(wrt="w")
def with_options(x, w):
    return x * w * w


class Model:
    def __init__(self, w=2.0):
        self.w = w

    def loss(self, x):
        return np.sum((x * self.w) ** 2)

    @grad
    def gradient(self, x):
        return np.sum((x * self.w) ** 2)

    @grad(wrt="self.w")
    def gradient_of_w(self, x):
        return np.sum((x * self.w) ** 2)

    @classmethod
    @grad
    def of_class(cls, x):
        return x * x * cls.factor

    @staticmethod
    @grad
    def static(x):
        return x * x

    factor = 5.0

    def __call__(self, x):
        return self.w * x * x


@dataclass
class Line:
    slope: float
    offset: float = 0.0

    def at(self, x):
        return self.slope * x + self.offset

    def __call__(self, x):
        return self.slope * x * x


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Makes modules of their own from text, each in a file."""

    def make(name, text, folder="."):
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        file = place / f"{name}.py"
        file.write_text(text)
        spec = importlib.util.spec_from_file_location(name, file)
        made = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, made)
        spec.loader.exec_module(made)
        return made

    return make


# Manners


def test_the_signature_is_that_of_the_function():
    for d in (grad(f), value_and_grad(f, "k"), grad(f).seeded(2.0), grad(grad(f))):
        assert inspect.signature(d) == inspect.signature(f)
    assert str(inspect.signature(grad(Model().loss))) == "(x)"
    assert str(inspect.signature(grad(Model.loss))) == "(self, x)"
    partial = functools.partial(f, 1.0)
    assert inspect.signature(grad(partial)) == inspect.signature(partial)


def test_names():
    d = grad(f)
    assert (d.__name__, d.__qualname__, d.__module__) == ("f", "f", __name__)
    assert d.primal is f
    assert grad(Model().loss).__qualname__ == "Model.loss"


def test_it_is_documented_as_what_it_is(module):
    model = module("model", "def loss(w, b):\n    return w * b\n")
    words = "gradient of model.loss with respect to w"
    assert repr(grad(model.loss)) == f"<{words}>"
    assert grad(model.loss).__doc__ == words
    assert "with respect to w and b" in repr(grad(model.loss, ...))
    assert repr(grad(model.loss, "b")) == "<gradient of model.loss with respect to b>"
    value = value_and_grad(model.loss)
    assert repr(value) == "<value and gradient of model.loss with respect to w>"
    assert words in pydoc.plain(pydoc.render_doc(grad(model.loss)))
    assert words in grad(model.loss).seeded(2.0).__doc__


def test_what_is_wrong_can_still_be_shown():
    for d in (grad(f, "nothing"), grad(int), grad(lambda: 1.0), grad(5)):
        assert repr(d).startswith("<gradient of ") and d.__doc__


def test_a_derivative_of_a_partial_is_named_after_its_function():
    d = grad(functools.partial(grad(functools.partial(f, y=2.0)), 3.0))
    assert "Derivative" not in repr(d) and repr(d).count("test_target.f ") == 1


def test_a_partial_is_named_after_its_function():
    assert "f with respect to y" in repr(grad(functools.partial(f, 1.0)))


# What may be given


def test_lambdas_several_on_a_line():
    one, two, three = grad(lambda x: x * x), grad(lambda x: x**3), grad(lambda x: x)
    assert (one(3.0), two(3.0), three(3.0)) == (6.0, 27.0, 1.0)
    both = [lambda x: 2 * x, lambda x: 2 + x]
    assert [grad(g)(1.0) for g in both] == [2.0, 1.0]


def test_methods():
    m, x = Model(), np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(m.loss)(x), 8 * x)
    np.testing.assert_array_equal(grad(Model.loss)(m, x), 8 * x)
    m.w = 3.0
    np.testing.assert_array_equal(grad(m.loss)(x), 18 * x)


def test_a_derivative_binds_as_a_method():
    m, x = Model(), np.array([1.0, 2.0])
    for found in (m.gradient(x), Model.gradient(m, x), m.gradient(x=x)):
        np.testing.assert_array_equal(found, 8 * x)
    assert m.gradient_of_w(x) == 2 * m.w * 5.0
    assert Model(7.0).gradient_of_w(x) == 2 * 7.0 * 5.0
    for _ in range(3):
        assert Model.static(3.0) == m.static(3.0) == 6.0


def test_a_derivative_binds_as_a_class_method():
    for _ in range(3):
        assert Model.of_class(3.0) == Model().of_class(3.0) == 30.0


def test_derivatives_inside_of_callables():
    """What is differentiated is the derivative that is called, not its function."""

    def cube(x, y=2.0):
        return x**3 * y

    d, m = grad(cube), Model()
    assert grad(functools.partial(d, y=5.0))(3.0) == 90.0
    assert grad(functools.partial(d, 3.0))(5.0) == 27.0
    assert grad(functools.partial(d, 3.0), "x")(5.0) == 90.0
    assert grad(types.MethodType(d, 3.0))(5.0) == 27.0
    assert vjp(functools.partial(d, 3.0), 5.0)[1](1.0) == (27.0,)
    assert grad(functools.partial(grad(functools.partial(d, y=5.0)), 3.0))() == 18.0
    assert grad(m.gradient_of_w)(5.0) == 20 * m.w


def test_partials_of_methods_and_methods_of_partials():
    class Line:
        def at(self, x, y):
            return x * x * y

    line = Line()
    assert grad(functools.partial(line.at, 3.0))(5.0) == 9.0
    assert grad(types.MethodType(functools.partial(Line.at, line), 3.0))(5.0) == 9.0


@pytest.mark.parametrize("kind", [staticmethod, classmethod])
def test_what_is_a_function_only_in_its_class(kind):
    def f(x):
        return x * x

    with pytest.raises(errors.NotAFunction, match=f"below @{kind.__name__}"):
        grad(kind(f))(2.0)
    with pytest.raises(errors.NotAFunction, match="cannot be differentiated"):
        grad(grad(f).into(0.0))(2.0)


def test_instances():
    line = Line(3.0, 1.0)
    assert grad(line.at)(2.0) == 3.0
    assert grad(line)(2.0) == 12.0
    assert grad(line.at, "self.slope")(2.0) == 2.0
    assert grad(Line.at, "self")(line, 2.0) == Line(2.0, 1.0)
    assert grad(Model(4.0))(3.0) == 24.0


def test_partials():
    assert grad(functools.partial(f, k=1.0))(5.0) == 2.0
    assert grad(functools.partial(f, 5.0))(7.0) == 15.0
    assert grad(functools.partial(functools.partial(f, 5.0), k=1.0))(7.0) == 5.0
    assert grad(functools.partial(Model(3.0).loss))(2.0) == 36.0


@pytest.mark.parametrize(
    "function, args, wanted",
    [
        (np.sin, (0.0,), 1.0),
        (np.multiply, (2.0, 3.0), 3.0),
        (np.maximum, (2.0, 3.0), 0.0),
        (np.tanh, (np.zeros(1),), 1.0),
    ],
)
def test_functions_of_numpy(function, args, wanted):
    assert grad(function)(*args) == wanted


def test_functions_of_math():
    assert grad(math.exp)(0.0) == 1.0
    assert grad(math.sqrt)(4.0) == 0.25


def test_functions_of_numpy_in_python():
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(np.sum)(x), np.ones(2))
    np.testing.assert_allclose(grad(np.linalg.norm)(np.array([3.0, 4.0])), [0.6, 0.8])


def test_closures():
    def outer(a):
        def inner(x):
            return a * x * x

        return inner

    one, two = outer(1.0), outer(2.0)
    assert (grad(one)(3.0), grad(two)(3.0), grad(one)(3.0)) == (6.0, 12.0, 6.0)


# Over decorators


def tripled(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 3 * function(*args)

    return wrapper


def doubled(function):
    @functools.wraps(function)
    def wrapper(x):
        return 2 * function(x)

    return wrapper


@doubled
def wrapped(x):
    return x * x


@tripled
def wrapped_with_star(x):
    return x * x


def test_what_is_differentiated_is_the_callable_given():
    assert wrapped(2.0) == 8.0
    assert grad(wrapped)(2.0) == 8.0
    assert value_and_grad(wrapped)(2.0) == (8.0, 8.0)
    assert grad(wrapped.__wrapped__)(2.0) == 4.0


def test_the_parameters_are_those_of_the_callable_given():
    assert grad(wrapped_with_star)(2.0) == 12.0  # the first of its args
    assert grad(wrapped_with_star, "args[0]")(2.0) == 12.0
    assert grad(doubled(wrapped_with_star))(2.0) == 24.0


def test_two_wrappers_by_one_decorator():
    assert grad(doubled(wrapped))(2.0) == 16.0


def test_under_a_decorator():
    @tripled
    @grad
    def g(x):
        return x * x

    assert g(2.0) == 12.0


def test_a_plain_wrapper():
    def squared(function):
        def wrapper(x):
            y = function(x)
            return y * y

        return wrapper

    assert grad(squared(lambda x: 3 * x))(2.0) == 36.0


# Names that are the same


def test_two_modules_with_a_function_of_one_name(module):
    one = module("one", "def loss(x):\n    return x * x\n")
    two = module("two", "def loss(x):\n    return x * x * x\n")
    first, second = grad(one.loss), grad(two.loss)
    assert (first(2.0), second(2.0), first(3.0), second(3.0)) == (4.0, 12.0, 6.0, 27.0)
    assert repr(first) != repr(second) and first.source != second.source


def test_two_functions_of_one_name_in_a_module(module):
    text = """
        def make():
            def loss(x):
                return x * x
            first = loss
            def loss(x):
                return x * x * x
            return first, loss
    """
    made = module("model", inspect.cleandoc(text))
    assert [grad(g)(2.0) for g in made.make()] == [4.0, 12.0]


def test_a_function_that_is_defined_again(module):
    made = module(
        "model", "def loss(x):\n    return x * x\nold = loss\ndef loss(x):\n    return x\n"
    )
    assert grad(made.old)(3.0) == 6.0
    assert grad(made.loss)(3.0) == 1.0


# The source changes


def test_a_file_that_changed_since_import_is_refused(module):
    made = module("model", "def loss(x):\n    return x * x\n")
    with open(made.__file__, "w") as file:
        file.write("def loss(x):\n    return x * x * x\n")
    for use in (lambda d: d(2.0), lambda d: d.source, lambda d: d.specialize(2.0)):
        with pytest.raises(errors.SourceChanged, match="CR102") as caught:
            use(grad(made.loss))
        assert made.__file__ in str(caught.value)
        assert isinstance(caught.value, OSError)


def test_a_change_after_it_was_read(module):
    made = module("model", "def loss(x):\n    return x * x\n")
    d = grad(made.loss)
    assert d(2.0) == 4.0
    before = d.source
    with open(made.__file__, "w") as file:
        file.write("def loss(x):\n    return x * x * x\n")
    assert d(2.0) == 4.0  # the function that runs is the old one
    assert d.source == before


def test_a_file_that_cannot_be_compiled_any_more(module):
    made = module("model", "def loss(x):\n    return x * x\n")
    with open(made.__file__, "w") as file:
        file.write("def loss(x:\n")
    with pytest.raises(errors.SourceChanged):
        grad(made.loss)(2.0)


def test_a_file_that_is_gone(module):
    gone = module("gone", "def loss(x):\n    return x * x\n")
    os.remove(gone.__file__)
    with pytest.raises(errors.SourceMissing, match="CR101"):
        grad(gone.loss)(2.0)


def test_a_line_above_changes_nothing_in_the_text(module):
    text = "def loss(x: float) -> float:\n    y = x * x  # twice\n    return y * x\n"
    one = module("one", text)
    two = module("two", f"# more\n\nimport math\n\n\n{text}", "other")
    assert grad(one.loss).source == grad(two.loss).source
    assert grad(one.loss).textbook == grad(two.loss).textbook


# Pickling


def test_derivatives_pickle_by_name():
    for d in (decorated, with_options):
        assert pickle.loads(pickle.dumps(d)) is d
    d = pickle.loads(pickle.dumps(Model.gradient))
    assert d is Model.gradient
    assert len(pickle.dumps(decorated)) < 200


def test_derivatives_without_a_name_of_their_own():
    for d in (grad(f, "k"), value_and_grad(f, ...), grad(f).seeded(2.0)):
        again = pickle.loads(pickle.dumps(d))
        assert again(5.0) == d(5.0)
        assert repr(again) == repr(d)
    d = copy.deepcopy(grad(f, "k"))
    assert d(5.0) == 10.0


def test_a_lambda_pickles_as_little_as_it_does_itself():
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(grad(lambda x: x))


# Taken apart


def test_a_target():
    m = Model()
    t = target_of(functools.partial(m.loss, 2.0))
    assert t.function is Model.loss and t.before == (m, 2.0) and t.hidden == ["self", "x"]
    t = target_of(functools.partial(f, k=1.0))
    assert t.hidden == ["k"] and t.bind((5.0,), {}) == {"x": 5.0, "y": 2.0, "k": 1.0}
    assert t.bind((5.0,), {"k": 4.0})["k"] == 4.0
    assert target_of(decorated).inner is decorated
    assert target_of(f).name == f"{__name__}.f"


@pytest.mark.parametrize("given", [5, None, "loss", [f], object()])
def test_what_cannot_be_called(given):
    with pytest.raises(errors.NotAFunction, match="cannot be called"):
        target_of(given)


def test_kinds_of_functions_that_return_no_value_when_called():
    def generator(x):
        yield x

    async def coroutine(x):
        return x

    async def both(x):
        yield x

    class Callable:
        def __call__(self, x):
            yield x

    for given in (generator, coroutine, both, Callable(), functools.partial(generator, 1.0)):
        with pytest.raises(errors.NotAFunction, match="CR104"):
            target_of(given)
    for cls in (int, Model, np.ndarray, np.float64):
        with pytest.raises(errors.NotAFunction, match="is a class"):
            target_of(cls)


def test_a_primitive_takes_its_keywords():
    x = np.array([[1.0, 3.0], [2.0, 0.5]])
    assert np.array_equal(
        grad(np.max).seeded(np.ones(2))(x, axis=0), np.array([[0.0, 1.0], [1.0, 0.0]])
    )
    assert grad(np.sum)(x, keepdims=False).tolist() == np.ones((2, 2)).tolist()
    assert grad(functools.partial(np.power, 2.0))(3.0) == 8.0 * np.log(2.0)
