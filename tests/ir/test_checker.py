"""The checker: each rule of the form, broken once."""

import operator

import pytest
from tests.ir.forms import lowered, reversed_

from chainrule.ir import primitives
from chainrule.ir.checker import check, describe
from chainrule.ir.form import (
    UNBOUND,
    Block,
    Const,
    Function,
    If,
    Leaf,
    Loop,
    Op,
    Param,
    Tape,
    Value,
)
from chainrule.ir.types import BOOL, FLOAT, INT, UNDEFINED, Range


def value(name, type=FLOAT):
    return Value(name, type)


x, test = value("x"), value("test", BOOL)
ONE, ZERO = Const(1.0, FLOAT), Const(0, INT)


def function(*statements, result=x, params=(x, test), leaves=()):
    return Function(
        "f", tuple(Param(p, None) for p in params), tuple(leaves), Block((), statements, (result,))
    )


def add(name, *args):
    return Op((value(name),), operator.add, args)


def refused(broken, text):
    with pytest.raises(AssertionError) as caught:
        check(broken)
    assert str(caught.value) == text


def loop(*, sources=(), inits=(x,), results=1, params=None, ends=None, **kwargs):
    """A loop of one carry, to be broken in one place."""
    carries = tuple(value(f"c{i}") for i in range(len(inits)))
    items = tuple(value(f"i{i}", INT) for i in range(len(sources)))
    body = Block(
        (*items, *carries) if params is None else params,
        (),
        (*carries, ZERO) if ends is None else ends,
    )
    kwargs.setdefault("test", Block((), (), (test,)))
    left = tuple(value(f"r{i}") for i in range(results))
    return Loop(sources, inits, body=body, results=(*left, value("code", INT)), **kwargs)


def test_what_lowering_and_reversing_give_is_in_order():
    def settle(x, rate):
        steps = 0
        while x > 1.0:
            if x > 4.0:
                x = x * rate
            else:
                x = x - rate * x * x
            steps += 1
            if steps == 50:
                break
        return x * x

    primal = lowered(settle, 9.0, 0.5)
    check(primal)
    check(reversed_(primal, 0, 1))


def test_a_value_is_defined_once():
    once = add("y", x, ONE)
    refused(function(once, once), "y = add(x, 1.0): y is defined twice")


def test_a_parameter_is_defined_once():
    refused(function(params=(x, x)), "function f: x is defined twice")


def test_a_value_is_read_below_its_definition():
    late = add("y", x, ONE)
    refused(function(add("z", late.results[0], x), late), "z = add(y, x): y is not visible here")


def test_a_value_is_not_read_outside_its_block():
    inner = add("y", x, ONE)
    branch = If(test, Block((), (inner,), ()), Block(), ())
    refused(function(branch, add("z", inner.results[0], x)), "z = add(y, x): y is not visible here")


def test_a_value_of_one_side_is_not_read_in_the_other():
    inner = add("y", x, ONE)
    y, z = inner.results[0], value("z")
    branch = If(test, Block((), (inner,), (y,)), Block((), (), (y,)), (z,))
    refused(function(branch), "z = if test: y is not visible here")


def test_the_result_is_visible():
    refused(function(result=value("lost")), "function f: lost is not visible here")


def test_a_function_has_one_result_and_no_params_of_its_body():
    two = function()
    two.body.results = (x, x)
    refused(two, "function f: a function has one result")
    own = function()
    own.body.params = (value("p"),)
    refused(own, "function f: the body of a function has no params")


def test_the_sides_of_a_branch_line_up():
    branch = If(test, Block((), (), (x,)), Block((), (), ()), (value("y"),))
    refused(function(branch), "y = if test: its sides do not line up with its results")
    branch = If(test, Block((value("p"),), (), ()), Block(), ())
    refused(function(branch), "if test: the sides of an if have no params")


def test_undefined_is_handed_on_and_never_read():
    y = value("y")
    check(function(If(test, Block((), (), (x,)), Block((), (), (UNBOUND,)), (y,)), result=y))
    refused(
        function(add("z", x, UNBOUND)), "z = add(x, undefined): undefined is read and not bound"
    )
    refused(
        function(If(UNBOUND, Block(), Block(), ())), "if undefined: undefined is read and not bound"
    )
    refused(function(result=UNBOUND), "function f: undefined is read and not bound")
    nothing = value("nothing", UNDEFINED)
    refused(
        function(add("z", nothing, x), params=(x, nothing)),
        "z = add(nothing, x): nothing is read and not bound",
    )


def test_a_value_has_a_type():
    untyped = Op((Value("y", None),), operator.add, (x, ONE))
    refused(function(untyped), "y = add(x, 1.0): y has no type")


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (loop(params=()), "its params are not one a source, then one a carry"),
        (loop(results=0, ends=(ZERO,)), "its results are fewer than its carries and a code"),
        (loop(ends=(ZERO,)), "its body does not line up with its results"),
        (loop(test=Block((), (), (test, test))), "a test has one result alone"),
        (loop(backward=True), "a while only asks its test"),
    ],
)
def test_a_loop_lines_up(broken, rule):
    refused(function(broken), f"{describe(broken)}: {rule}")


def test_a_loop_without_sources_has_a_test_or_a_limit():
    refused(
        function(loop(test=None)), "r0, code = for  in : without sources there is a test or limit"
    )
    check(function(loop(test=None, limit=Const(3, INT), backward=True)))


def test_carries_are_seen_by_the_test_and_not_after_the_loop():
    carry, result, code = value("c"), value("r"), value("code", INT)
    more = Op((value("more", BOOL),), operator.gt, (carry, ONE))
    asked = Block((), (more,), more.results)
    sound = Loop((), (x,), asked, Block((carry,), (), (carry, ZERO)), (result, code))
    check(function(sound, result=result))
    refused(function(sound, result=carry), "function f: c is not visible here")


def test_items_come_before_carries():
    span = value("span", Range())
    check(function(loop(sources=(span,), test=None), params=(x, test, span)))


def test_a_tape_is_kept_then_taken():
    tape = Tape("y", FLOAT)
    keep = Op((), primitives.keep, (x,), spelling=tape)
    take = Op((value("again"),), primitives.take, (), spelling=tape)
    check(function(keep, take))
    refused(function(keep), "keep(x) on y_saved: nothing takes what is kept")
    refused(function(take, keep), "again = take() on y_saved: nothing was kept before it is taken")
    refused(function(Op((), primitives.keep, (x,))), "keep(x): keep names no tape")


def test_a_leaf_starts_at_a_parameter():
    leaf = Leaf(value("w"), "model", (("attribute", "w"),))
    refused(function(leaves=(leaf,)), "function f: a leaf has the root model")
    check(function(leaves=(Leaf(value("w"), "x", (("attribute", "w"),)),)))
    check(function(leaves=(Leaf(value("w"), "model", (), free=True),)))
