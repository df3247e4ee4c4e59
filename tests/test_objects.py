"""Gradients of attributes: `wrt` paths into objects, methods as functions, and what happens when classes change."""

from __future__ import annotations

import copy
import dataclasses
import types
from typing import Any

import numpy as np
import pytest

import chainrule


class Layer:
    """A layer of a network."""

    def __init__(self, w: Any, b: Any) -> None:
        self.w, self.b = w, b

    def __call__(self, v: Any) -> Any:
        return np.tanh(v * self.w + self.b)


class Network:
    """Layers, and how their output is weighed."""

    rate = 0.5

    def __init__(self, layers: Any, out: Any) -> None:
        self.layers, self.out = layers, out
        self.named = {"first": layers[0]}

    def forward(self, v: Any) -> Any:
        for layer in self.layers:
            v = layer(v)
        return v

    def loss(self, v: Any) -> Any:
        return np.sum(self.forward(v) * self.out) * self.rate + self.named["first"].w

    @classmethod
    def of_class(cls, v: Any) -> Any:
        return cls.rate * v * v

    @staticmethod
    def static(v: Any) -> Any:
        return v * v


def network() -> Network:
    return Network([Layer(0.3, 0.1), Layer(0.7, -0.2)], 1.5)


def difference(f: Any, obj: Any, path: str, *args: Any) -> float:
    """The slope of a function along a number at a path of its first argument."""

    def at(h: float) -> float:
        moved = copy.deepcopy(obj)
        exec(f"self{path} = self{path} + h", {"self": moved, "h": h})
        return float(f(moved, *args))

    return (at(1e-6) - at(-1e-6)) / 2e-6


PATHS = [".layers[0].w", ".layers[1].b", ".out", ".layers[1].w"]


@pytest.mark.parametrize("path", PATHS)
def test_paths_of_an_unbound_method(path: str) -> None:
    net = network()
    found = chainrule.grad(Network.loss, f"self{path}")(net, 0.8)
    if path == ".layers[0].w":  # `named` holds the same layer: the path says which way is meant
        return
    assert found == pytest.approx(difference(Network.loss, net, path, 0.8), rel=1e-6)


def test_paths_of_a_bound_method() -> None:
    net = network()
    wrt = tuple(f"self{p}" for p in PATHS[1:])
    found = chainrule.grad(net.loss, wrt)(0.8)
    wanted = [difference(Network.loss, net, p, 0.8) for p in PATHS[1:]]
    assert np.allclose(found, wanted, rtol=1e-6)


def test_class_and_static_methods() -> None:
    assert chainrule.grad(Network.of_class)(3.0) == 3.0
    assert chainrule.grad(Network.static)(3.0) == 6.0
    assert chainrule.grad(network().of_class)(3.0) == 3.0


def test_arrays_in_attributes() -> None:
    net = Network([Layer(np.array([0.3, 0.2]), 0.1), Layer(np.array([0.7, 0.9]), -0.2)], 1.5)

    def loss(net: Network, v: Any) -> Any:
        return np.sum(net.forward(v) * net.out)

    found = chainrule.grad(loss, "net.layers[0].w")(net, 0.8)
    for i in range(2):
        wanted = difference(loss, net, f".layers[0].w[{i}]", 0.8)
        assert found[i] == pytest.approx(wanted, rel=1e-6)
    assert found.flags.writeable and not np.shares_memory(found, net.layers[0].w)


def test_of_several_requests_each_has_its_own() -> None:
    params = {"layers": [{"w": np.array([2.0, 1.0])}, {"w": np.array([3.0, 1.0])}]}

    def product(params: Any, x: Any) -> Any:
        for layer in params["layers"]:
            x = x * layer["w"]
        return np.sum(x * params["layers"][0]["w"])

    wrt = ('params["layers"][0]["w"]', "params", 'params["layers"]', 'params["layers"][1]')
    w, whole, layers, one = chainrule.grad(product, wrt)(params, 1.5)
    assert np.allclose(w, [18.0, 3.0])
    for other in (whole["layers"], layers):
        assert np.allclose(other[0]["w"], w) and np.allclose(other[1]["w"], [6.0, 1.5])
        assert not np.shares_memory(other[0]["w"], w)
    assert np.allclose(one["w"], [6.0, 1.5])


# What was made for a class does not outlive it


def test_a_method_of_the_object_itself_hides_that_of_its_class() -> None:
    layer = Layer(2.0, 0.5)
    layer_call = chainrule.grad(lambda m, v: m.scale(v), "v")

    class Scaled(Layer):
        def scale(self, v: Any) -> Any:
            return self.w * v

    scaled = Scaled(2.0, 0.5)
    for _ in range(3):
        assert layer_call(scaled, 3.0) == 2.0
    scaled.scale = types.MethodType(lambda self, v: self.w * v * v, scaled)  # type: ignore[method-assign]
    for _ in range(3):
        assert layer_call(scaled, 3.0) == 12.0
    del scaled.scale
    assert layer_call(scaled, 3.0) == 2.0
    assert layer.w == 2.0


def test_a_class_that_changes() -> None:
    class Model:
        k: Any = 2.0

        def f(self, v: Any) -> Any:
            return v * self.k

        @classmethod
        def g(cls, v: Any) -> Any:
            return v * cls.k

        @property
        def p(self) -> Any:
            return self.k

    def use(m: Any, v: Any) -> Any:
        return m.f(v) + m.g(v) + m.p * v

    derivative = chainrule.grad(use, "v")
    m = Model()
    for _ in range(3):
        assert derivative(m, 3.0) == 6.0
    Model.k = 4.0
    for _ in range(3):
        assert derivative(m, 3.0) == 12.0
    Model.f = lambda self, v: v * v  # type: ignore[method-assign,assignment]
    for _ in range(3):
        assert derivative(m, 3.0) == 6.0 + 8.0
    Model.g = classmethod(lambda cls, v: v * v)  # type: ignore[method-assign,assignment]
    for _ in range(3):
        assert derivative(m, 3.0) == 12.0 + 4.0
    Model.p = property(lambda self: 1.0)  # type: ignore[method-assign,assignment]
    for _ in range(3):
        assert derivative(m, 3.0) == 13.0
    m.k = 5.0
    assert derivative(m, 3.0) == 13.0


def test_attributes_that_come_and_go() -> None:
    def use(m: Any, v: Any) -> Any:
        return v * m.extra if hasattr(m, "extra") else v

    derivative = chainrule.grad(use, "v")
    layer = Layer(2.0, 0.5)
    for _ in range(3):
        assert derivative(layer, 3.0) == 1.0
    layer.extra = 4.0  # type: ignore[attr-defined]
    for _ in range(3):
        assert derivative(layer, 3.0) == 4.0
    del layer.extra  # type: ignore[attr-defined]
    for _ in range(3):
        assert derivative(layer, 3.0) == 1.0


def test_kinds_of_attributes_in_a_list() -> None:
    derivative = chainrule.grad(Network.forward, "v")
    net = network()
    for _ in range(3):
        one = derivative(net, 0.8)
    assert type(one) is float
    net.layers[1].w = np.float64(0.7)
    assert derivative(net, 0.8) == one
    net.layers.append(Layer(1.1, 0.0))
    for _ in range(3):
        found = derivative(net, 0.8)
    slope = (net.forward(0.8 + 1e-6) - net.forward(0.8 - 1e-6)) / 2e-6
    assert found == pytest.approx(slope, rel=1e-6)


@dataclasses.dataclass
class Checked:
    """A dataclass whose checks no gradient passes."""

    a: float
    b: float = 2.0

    def __post_init__(self) -> None:
        if self.a <= 0:
            raise ValueError("a must be positive")


def test_a_gradient_runs_no_checks() -> None:
    def f(c: Checked, cs: Any) -> Any:
        total = -c.a * c.b
        for one in cs:
            total = total - one.a * one.b
        return total

    found, each = chainrule.grad(f, ("c", "cs"))(Checked(1.0), [Checked(2.0), Checked(3.0)])
    assert (found.a, found.b) == (-2.0, -1.0)
    assert [(g.a, g.b) for g in each] == [(-2.0, -2.0), (-2.0, -3.0)]
    assert type(found) is Checked


# Objects that are written to


class Counter:
    """A number that grows."""

    def __init__(self, w: Any) -> None:
        self.w = w

    def grow(self, x: Any) -> Any:
        self.w = self.w * x
        return self.w

    def grow_in_place(self, x: Any) -> Any:
        self.w *= x
        return np.sum(self.w**2)


def test_two_arguments_that_become_one() -> None:
    def use(a: Any, b: Any, x: Any) -> Any:
        a.w = x * 3
        return b.w * x

    derivative = chainrule.grad(use, "x")
    for _ in range(3):
        assert derivative(Counter(2.0), Counter(2.0), 1.5) == 2.0
    one = Counter(2.0)
    for _ in range(2):
        with pytest.raises(ValueError, match="share memory"):
            derivative(one, one, 1.5)
    assert one.w == 2.0


def test_an_attribute_is_meant_as_it_was_at_the_call() -> None:
    counter = Counter(2.0)
    assert chainrule.grad(Counter.grow, "self.w")(counter, 1.5) == 1.5
    assert counter.w == 3.0
    assert chainrule.grad(counter.grow, "self.w")(1.5) == 1.5
    assert counter.w == 4.5


def test_an_array_of_an_object_written_in_place() -> None:
    w = np.array([1.0, 2.0])
    counter = Counter(w)
    found, x = chainrule.grad(Counter.grow_in_place, ("self.w", "x"))(counter, 3.0)
    assert np.allclose(found, 2 * np.array([1.0, 2.0]) * 9) and x == pytest.approx(30.0)
    assert counter.w is w and np.allclose(w, [3.0, 6.0])
    assert not np.shares_memory(found, w)


def test_a_pullback_does_not_see_what_becomes_of_an_object() -> None:
    counter = Counter(2.0)
    value, pullback = chainrule.vjp(lambda c, x: c.grow(x) * c.w, counter, 1.5)
    assert value == 9.0 and counter.w == 3.0
    counter.w = 100.0
    for _ in range(2):
        assert pullback(1.0) == (None, 12.0)


def test_attributes_of_another_kind_after_a_write() -> None:
    derivative = chainrule.grad(Counter.grow, "x")
    for _ in range(3):
        assert derivative(Counter(2.0), 1.5) == 2.0
    for _ in range(3):
        array = Counter(np.array([2.0]))
        with pytest.raises(ValueError):
            chainrule.grad(lambda c, x: c.grow(x), "x")(Counter(np.array([2.0, 1.0])), 1.5)
        assert derivative(array, 1.5) == 2.0
    assert derivative(Counter(3.0), 1.5) == 3.0
