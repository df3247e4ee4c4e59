"""From a running function to its syntax tree, and to places in the user's file."""

import functools
import linecache

import gast
import pytest

from chainrule import errors
from chainrule.frontend import source

PAIR = lambda x: x + 1, lambda x: x - 1  # noqa: E731
SAME = lambda x: x * x, lambda x: x * x  # noqa: E731
INSIDE = (lambda x: lambda y: y * 2)(1)
SPLIT = [
    lambda x: (
        x
        + 1
    ),
]  # fmt: skip


def kept(function):
    return function


def plain(x):
    """A docstring."""
    return x  # the very same


@kept
@functools.lru_cache(
    maxsize=2,
)
def cached(x):
    return x * 2


@kept
def decorated(x):
    # above
    y = x  # beside

    # far above
    return y


def outer(a):
    def inner(x):
        return x + a

    return inner


def asserting(x):
    assert x > 0
    return x


class Holder:
    def method(self, x):
        return self, x

    nested = staticmethod(lambda x: x)


def body(function):
    node = source.find(function).node
    return node.body if isinstance(node, gast.Lambda) else node


def text_of(function):
    """What stands in the file where a function's syntax tree says that it stands."""
    found = source.find(function)
    node = found.node.body if isinstance(found.node, gast.Lambda) else found.node
    return found.place(node).segment


# Which text is the function's


def test_functions():
    for function in (plain, decorated, outer, asserting, Holder.method, outer(1)):
        found = source.find(function)
        assert found.node.name == found.name == function.__name__
        assert found.file == __file__ == function.__code__.co_filename
    assert source.find(cached.__wrapped__).node.name == "cached"


def test_lambdas_on_one_line():
    assert [text_of(f) for f in PAIR] == ["x + 1", "x - 1"]
    one, two, three = lambda x: x, lambda x: x.T, lambda y: y
    assert [text_of(f) for f in (one, two, three)] == ["x", "x.T", "y"]
    assert [body(f).id for f in (one, three)] == ["x", "y"]


def test_lambdas_that_are_equal():
    assert [text_of(f) for f in SAME] == ["x * x", "x * x"]
    places = [source.find(f).place(source.find(f).node.body).column for f in SAME]
    assert places[0] < places[1]


def test_lambdas_inside_lambdas():
    assert text_of(INSIDE) == "y * 2"
    twice = lambda x: lambda x: lambda x: x + 3  # noqa: E731
    assert text_of(twice(1)(1)) == "x + 3"
    assert text_of(twice) in ("lambda x: lambda x: x + 3", "lambda x: (lambda x: x + 3)")


def test_lambdas_over_several_lines_and_as_defaults():
    assert text_of(SPLIT[0]) == "x + 1"

    def with_default(x, f=lambda x: x * 5, *, g=lambda x: x * 6):
        return f(g(x))

    assert text_of(with_default.__defaults__[0]) == "x * 5"
    assert text_of(with_default.__kwdefaults__["g"]) == "x * 6"
    assert text_of(Holder.nested) == "x"


def test_lambdas_that_make_nothing_but_a_constant():
    one, two = lambda x: 1.0, lambda x: 2.0
    assert [body(f).value for f in (one, two)] == [1.0, 2.0]


def test_functions_of_one_name(module):
    made = module(
        "def make(flag):\n"
        "    if flag:\n"
        "        def f(x):\n"
        "            return x\n"
        "    else:\n"
        "        def f(x):\n"
        "            return -x\n"
        "    return f\n"
    )
    assert [source.find(made.make(flag)).node.lineno for flag in (True, False)] == [3, 6]


def test_a_function_with_an_assert_is_found_although_pytest_rewrote_it():
    assert source.find(asserting).node.name == "asserting"


def test_a_function_that_is_made_by_exec_has_none():
    scope = {"__name__": "elsewhere"}
    exec(compile("def f(x):\n    return x", "<made>", "exec"), scope)
    with pytest.raises(errors.SourceMissing, match="f cannot be found"):
        source.find(scope["f"])


def test_text_in_the_line_cache_counts_as_a_file():
    text = "def f(x):\n    return x\n"
    linecache.cache["<cell 1>"] = len(text), None, text.splitlines(True), "<cell 1>"
    scope = {"__name__": "elsewhere"}
    exec(compile(text, "<cell 1>", "exec"), scope)
    assert source.find(scope["f"]).file == "<cell 1>"
    del linecache.cache["<cell 1>"]


def test_a_function_of_no_module():
    text = "def f(x):\n    return x\n"
    linecache.cache["<cell 2>"] = len(text), None, text.splitlines(True), "<cell 2>"
    scope = {}
    exec(compile(text, "<cell 2>", "exec"), scope)
    scope["f"].__module__ = None
    assert source.find(scope["f"]).name == "f"
    del linecache.cache["<cell 2>"]


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return x * x\n",  # another body
        "\n\ndef f(x):\n    return x\n",  # moved
        "def g(x):\n    return x\n",  # renamed
        "def f(y):\n    return y\n",
        "def f(x:\n",
        "x = 1\n",
    ],
)
def test_a_file_that_changed(module, text):
    made = module("def f(x):\n    return x\n")
    with open(made.__file__, "w") as file:
        file.write(text)
    linecache.checkcache(made.__file__)
    with pytest.raises(errors.SourceChanged, match="CR102"):
        source.find(made.f)


def test_a_change_elsewhere_in_the_file_is_none(module):
    made = module("def f(x):\n    return x\n")
    with open(made.__file__, "a") as file:
        file.write("\n\ndef more():\n    pass\n")
    linecache.checkcache(made.__file__)
    assert source.find(made.f).node.name == "f"


def test_future_statements_count(module):
    made = module("from __future__ import annotations\n\n\ndef f(x: Any):\n    return x\n")
    assert source.find(made.f).node.name == "f"


# Places


def test_columns_count_characters(module):
    made = module("def f(x):\n    é = 'à'; y = x\n    return é, y, '日本', x\n")
    found = source.find(made.f)
    assign = found.node.body[1]
    place = found.place(assign)
    assert (place.line, place.column, place.end_column) == (2, 14, 19)
    assert place.segment == "y = x" and place.text == "    é = 'à'; y = x"
    last = found.node.body[2].value.elts[-1]
    place = found.place(last)
    assert place.text[place.column - 1] == "x" and place.column == 24


def test_a_refusal_names_the_character(module):
    from chainrule import grad

    made = module("def f(x):\n    é = 'été'; y = exec('x') + 1\n    return y\n")
    with pytest.raises(errors.ChainruleError) as caught:
        grad(made.f)(1.0)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.source[diagnostic.column - 1 :].startswith("exec('x')")
    line, marks = str(caught.value).splitlines()[1:3]
    assert marks.index("^") == line.index("exec")


def test_a_place_over_several_lines(module):
    made = module("def f(x):\n    return (x +\n            1)\n")
    found = source.find(made.f)
    place = found.place(found.node.body[0].value)
    assert (place.line, place.end_line, place.end_column) == (2, 3, None)
    assert place.segment == "x + 1"


def test_comments():
    found = source.find(decorated)
    first = decorated.__code__.co_firstlineno
    assert found.comments == {
        first + 2: ("# above", True),
        first + 3: ("# beside", False),
        first + 5: ("# far above", True),
    }


def test_a_sign_in_a_string_is_no_comment(module):
    made = module("def f(x):\n    y = '# none'  # one\n    return x\n")
    assert source.find(made.f).comments == {2: ("# one", False)}
