"""Objects of classes: what their attributes, methods and operators are, and what becomes of those that are made inside."""

import abc
import dataclasses
import functools
from collections import namedtuple
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from tests.corpus import array, case, refused, signed

# Attributes and methods of arguments


class Model:
    """A class with every kind of method."""

    scale = 1.5

    def __init__(self, w, b):
        self.w = w
        self.b = b

    @property
    def half(self):
        return self.w / 2

    @staticmethod
    def square(v):
        return v * v

    @classmethod
    def scaled(cls, v):
        return cls.scale * cls.square(v)

    def __call__(self, v):
        return self.w * v + self.b

    def predict(self, v):
        return self(v) * self.half

    def loss(self, v):
        return self.square(self.predict(v)) + self.scaled(v) * self.scale


class Deep(Model):
    """A class whose methods call those of its base."""

    scale = 0.5

    @property
    def half(self):
        return super().half * 3

    @classmethod
    def scaled(cls, v):
        return super().scaled(v) + v

    def predict(self, v):
        return super().predict(v) * super(Deep, self).half  # noqa: UP008

    def __call__(self, v):
        return super().__call__(v) + v


@case(Model(2.0, 0.5), 1.3)
@case(Model(array(3), 0.5), array(3))
@case(Deep(2.0, 0.5), 1.3)
@case(Deep(array(3), 0.5), array(3))
def every_kind_of_method(model, x):
    return np.sum(model.loss(x))


@case(Model(2.0, 0.5), 1.3)
@case(Deep(2.0, 0.5), 1.3)
def methods_of_the_class(model, x):
    return Model.predict(model, x) + Model.square(x) + Deep.scaled(x) * type(model).scale


@case(Model(2.0, 0.5), 1.3)
@case(Deep(2.0, 0.5), 1.3)
def asked_for_its_class(model, x):
    if isinstance(model, Deep):
        return x * 3
    if type(model) is Model and issubclass(type(model), Model):
        return x * model.__class__.scale
    return x


@case(Model(2.0, 0.5), 1.3)
def asked_for_attributes(model, x):
    if hasattr(model, "w") and not hasattr(model, "bias"):
        x = x * getattr(model, "w")  # noqa: B009
    return x * getattr(model, "bias", 3.0) + getattr(model, "b", 3.0) * model.square(x)


GLOBAL = Model(1.7, 0.2)
PREDICT = GLOBAL.predict


@case(1.3)
@case(array(2))
def method_of_a_global(x):
    return PREDICT(x) + GLOBAL.predict(x) + GLOBAL(x)


class Slotted:
    """A class whose instances have no dictionary."""

    __slots__ = ("b", "w")

    def __init__(self, w, b):
        self.w, self.b = w, b

    def apply(self, v):
        return self.w * v + self.b

    def __eq__(self, other):
        return self.w == other.w and self.b == other.b

    __hash__ = None


@case(Slotted(2.0, 0.5), 1.3)
def slots(model, x):
    return model.apply(x) * model.w


class Unhashable(Model):
    """A class whose instances can be no keys."""

    def __eq__(self, other):
        return isinstance(other, Unhashable) and self.w == other.w


@case(Unhashable(2.0, 0.5), 1.3)
def not_hashable(model, x):
    return model.loss(x) * model(x)


class Dynamic:
    """A class that makes up what it lacks."""

    def __init__(self, w):
        self.w = w

    def __getattr__(self, name):
        if name == "double":
            return self.w * 2
        raise AttributeError(name)


@case(Dynamic(2.0), 1.3)
def made_up_attribute(model, x):
    return x * model.double * model.w


class Everything:
    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


@refused("CR106", Everything(), 1.3)
def every_attribute_made_up(model, x):
    return x * model.w  # refused


class Descriptor:
    def __get__(self, instance, owner):
        return 2.0


class Described:
    w = Descriptor()

    @functools.cached_property
    def slow(self):
        return 3.0


@refused("CR106", Described(), 1.3)
def descriptor(model, x):
    return x * model.w  # refused


@refused("CR106", Described(), 1.3)
def cached_property_unread(model, x):
    return x * model.slow  # refused


class Shape(abc.ABC):
    """An abstract class."""

    @property
    @abc.abstractmethod
    def area(self): ...

    def cost(self, price):
        return self.area * price


class Disc(Shape):
    def __init__(self, radius):
        self.radius = radius

    @property
    def area(self):
        return np.pi * self.radius**2


@case(Disc(2.0), 1.3)
def abstract_base(shape, x):
    return shape.cost(x) * x


class Mixin:
    def describe(self):
        return self.value() * 2


class Plain:
    def __init__(self, v):
        self.v = v

    def value(self):
        return self.v


class Mixed(Mixin, Plain):
    def value(self):
        return super().value() * 3


@case(Mixed(2.0), 1.3)
def order_of_bases(m, x):
    return m.describe() * x


class Holder:
    """An object in an attribute of another."""

    def __init__(self, model, activation):
        self.model = model
        self.activation = activation

    def run(self, v):
        return self.activation(self.model.predict(v)) * self.model.w


@case(Holder(Model(0.4, 0.5), np.tanh), 1.3)
@case(Holder(Deep(0.4, 0.5), np.sin), 1.3)
def object_in_an_object(holder, x):
    return holder.run(x) + holder.model(x)


# Operators


class Vector:
    """A vector of the plane."""

    __array_ufunc__ = None

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return self.x + other.x, self.y + other.y

    def __mul__(self, other):
        if isinstance(other, Vector):
            return self.x * other.x + self.y * other.y
        if isinstance(other, (int, float, np.floating, np.ndarray)):
            return self.x * other + self.y * other * 2
        return NotImplemented

    __rmul__ = __mul__

    def __rsub__(self, other):
        return other * 3 - self.x

    def __matmul__(self, other):
        return self.x * other.y - self.y * other.x

    def __neg__(self):
        return -self.x - 2 * self.y

    def __abs__(self):
        return np.hypot(self.x, self.y)

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __len__(self):
        return 2

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __eq__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return self.x == other.x and self.y == other.y

    def __bool__(self):
        return self.x > 0

    def __contains__(self, v):
        return v in (self.x, self.y)

    def __float__(self):
        return self.x * 0.5


@case(Vector(0.3, 0.4), Vector(1.2, -0.7), 1.3)
@case(Vector(0.3, 0.4), Vector(1.2, -0.7), array(2))
def operators(v, w, x):
    a, b = v + w
    return np.sum((a * b + v * w + (v @ w) * abs(w) - -v) * x + v * x + x * w + (x - v) + len(v))


@case(Vector(0.3, 0.4), Vector(1.2, -0.7), 1.3)
@case(Vector(-0.3, 0.4), Vector(1.2, -0.7), 1.3)
def comparisons(v, w, x):
    if v < w:
        x = x * v[0]
    if v > w:
        x = x * 5
    if v == w or v == 3.0:
        x = x * 7
    if v != w:
        x = x * w[-1]
    if v:
        x = x * 11
    if not v:
        x = x * 13
    if 0.4 in v and 0.5 not in v:
        x = x * float(w)
    return x if v or w else x * 3


class Longer(Vector):
    """A subclass whose own answer goes first."""

    def __radd__(self, other):
        return self.x * other.y, other.x


@case(Vector(0.3, 0.4), Longer(1.2, -0.7), 1.3)
def subclass_on_the_right(v, w, x):
    a, b = v + w
    return a * b * x


@refused("CR106", Model(0.3, 0.4), 1.3)
def no_operator(m, x):
    return m + x  # refused


@refused("CR106", Model(0.3, 0.4), array(2))
def array_of_objects(m, x):
    return np.sum(x * m)  # refused


# Namedtuples and dataclasses


Pair = namedtuple("Pair", "a b", defaults=[2.0])


class Point(NamedTuple):
    """A point of the plane."""

    x: float
    y: float = 0.5

    @property
    def norm(self):
        return np.hypot(self.x, self.y)

    def scaled(self, factor):
        return self._replace(x=self.x * factor, y=self.y * factor)

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)


@dataclass
class Box:
    """A box with defaults of both kinds."""

    w: float
    h: float = 2.0
    parts: list = field(default_factory=list)
    count: ClassVar[int] = 3

    @property
    def area(self):
        return self.w * self.h * self.count

    def bigger(self, by):
        return dataclasses.replace(self, w=self.w + by)


@dataclass(frozen=True)
class Frozen:
    """A frozen dataclass that holds another."""

    point: Point
    weight: float = 1.5

    def moved(self, by):
        return dataclasses.replace(self, point=self.point + by)


@dataclass
class Wider(Box):
    """A dataclass with a base."""

    depth: float = 1.1

    @property
    def area(self):
        return super().area * self.depth


@dataclass(slots=True)
class Slim:
    """A dataclass without a dictionary."""

    a: float
    b: float = 2.0


@case(Pair(1.3, 0.4), 2.0)
@case(Pair(array(2), 0.4), 2.0)
def namedtuple_argument(p, x):
    a, b = p
    return np.sum(a * p.b * x + p[0] * p[-1] + b)


@case(1.3)
@case(array(2))
def namedtuple_inside(x):
    p = Pair(x, x * 2)
    q = p._replace(a=3 * x)
    a, b = q
    return (
        np.sum(a * b + p.a * Pair(x).b) + len(q) + Pair._make((x * 1.0, x))[1].sum() * 0
        if (isinstance(x, np.ndarray))
        else a * b + p.a * Pair(x).b
    )


@case(1.3)
def namedtuple_result(x):
    return Pair(x * x, b=x)


@case(Point(1.3, 0.4), 2.0)
def namedtuple_methods(p, x):
    q = p.scaled(x) + Point(x) + p
    return q.norm * q._asdict()["x"] + len(Point._fields)


@case(Point(1.3, 0.4), 2.0)
def namedtuple_result_of_methods(p, x):
    return p.scaled(x)._replace(y=x) + p


@case(Box(1.3, 0.4), 2.0)
@case(Wider(1.3, 0.4), 2.0)
def dataclass_argument(box, x):
    return box.area * x + box.bigger(x).area


@case(1.3)
@case(array(2))
def dataclass_inside(x):
    box = Box(x, h=x * 2)
    wide = Wider(x, depth=x)
    return np.sum(box.area * wide.area + wide.h + Box(x).h) + len(box.parts)


@case(1.3, 0.4)
def dataclass_result(x, y):
    return Wider(x * y, y)


@case(1.3, 0.4)
def frozen_nested(x, y):
    f = Frozen(Point(x, y), y)
    g = f.moved(Point(y, x))
    h = dataclasses.replace(g, weight=x)
    return f.point.x * g.point.y * h.weight + h.point.norm


@case(Frozen(Point(1.3, 0.4), 2.0), 0.7)
def frozen_argument(f, x):
    g = f.moved(Point(x, x))
    return g.point.norm * g.weight * f.point.x


@case(Slim(1.3, 0.4), 0.7)
def slim(s, x):
    t = Slim(x, s.a)
    return dataclasses.replace(t, a=s.b).a * t.b * s.a


@case(1.3, 0.4)
def in_containers(x, y):
    points = [Point(x, y), Point(y, x * y)]
    named = {"first": points[0], "box": Box(x * x, y)}
    pair = (named["first"], named["box"])
    return points[1].norm * pair[1].area + pair[0].x


@case(1.3, 0.4)
def equal_to_another(x, y):
    if Point(x, y) == Point(x, y) and Box(x) != Box(y) and Point(x, y) != (y, x):
        return x * y
    return x


@case([Point(1.3, 0.4), Point(0.2, 0.7)], 2.0)
@case((Slim(1.3, 0.4), Slim(0.2, 0.7)), 2.0)
def walked(items, x):
    for item in items:
        x = x * item[0] + item[1] if isinstance(item, tuple) else x * item.a + item.b
    return x


@case(1.3, 3)
def carried_namedtuple(x, n):
    p = Point(x, 1.0)
    for i in range(n):
        p = Point(p.y * x, p.x + i)
    return p.x * p.y


@case(1.3, 3)
def carried_dataclass(x, n):
    p = Slim(x, 1.0)
    for i in range(n):
        p = Slim(p.b * x, p.a + i)
    return p.a * p.b


@case(1.3, 0.4)
@case(-1.3, 0.4)
def joined_namedtuple(x, y):
    p = Point(x, y) if x > 0 else Point(y, x * x)
    q = Slim(x, y)
    if x > 1:
        q = Slim(y * y, x)
    return p.x * p.y * q.a + q.b


@case(Frozen(Point(1.3, 0.4), 2.0), 0.7)
def returned_argument(f, x):
    return f, f.point, x * f.weight


@case([Box(1.3, 0.4), Box(0.2, 0.3)], 0.7)
def boxes(items, x):
    total = 0.0
    for i, box in enumerate(items):
        total = total + box.area * x * (i + 1)
    return total + items[0].w


@case({"a": Model(0.3, 0.4), "b": Deep(0.5, 0.6)}, 0.7)
def objects_in_a_dict(models, x):
    return models["a"].predict(x) * models["b"].predict(x)


@case([Model(0.3, 0.4), Model(0.5, 0.6)], 0.7)
@case((Model(0.3, 0.4), Model(0.5, 0.6)), 0.7)
def objects_in_a_list(models, x):
    for model in models:
        x = model.predict(x) + model.w
    return x * models[0].w


class Network:
    """A list of layers in an attribute."""

    def __init__(self, layers):
        self.layers = layers

    def forward(self, v):
        for layer in self.layers:
            v = np.tanh(layer(v))
        return v


@case(Network([Model(0.3, 0.4), Model(0.5, 0.6)]), 0.7)
@case(Network([Model(0.3, array(2)), Model(0.5, array(2))]), array(2))
def list_of_layers(net, x):
    return np.sum(net.forward(x)) * net.layers[0].w


@case(Network([Network([Model(0.3, 0.4)]), Network([Model(0.3, 0.6)])]), 0.7)
def nested_lists_of_objects(net, x):
    for inner in net.layers:
        x = inner.forward(x) * 2
    return x


_ = signed
