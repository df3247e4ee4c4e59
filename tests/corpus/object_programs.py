"""Programs with classes of the kind that people write: networks, accounts, particles, trees, solvers, vectors."""

from __future__ import annotations

import abc
import collections
import copy
import dataclasses
import math
import operator
import types
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from tests.corpus import array, case, refused, signed

# Networks


class Dense:
    """A layer that remembers what it saw."""

    def __init__(self, w, b):
        self.w, self.b = w, b
        self.seen = None

    def __call__(self, x):
        self.seen = x
        return x @ self.w + self.b


class Activation:
    """A layer without parameters."""

    def __init__(self, f):
        self.f = f

    def __call__(self, x):
        return self.f(x)


class Sequential:
    """Layers one after the other."""

    def __init__(self, *layers):
        self.layers = list(layers)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def penalty(self):
        return sum(np.sum(layer.w**2) for layer in self.layers if isinstance(layer, Dense))


@case(Sequential(Dense(array(2, 3), array(3)), Dense(signed(3, 2), array(2))), array(4, 2))
def network_of_one_kind(net, x):
    return np.sum(np.tanh(net(x)) ** 2)


@case(array(2, 3), array(3), array(3), array(4, 2))
def network_made_inside(w, b, v, x):
    hidden = Dense(w, b)
    out = Dense(v, 0.5)
    net = Sequential(hidden, out)
    y = x
    for layer in (hidden, out):
        y = np.tanh(layer(y))
    return np.sum(y) + np.sum(net.layers[0].w * 0.1) + np.sum(hidden.seen)


class Optimizer:
    """Gradient descent with momentum, by hand."""

    def __init__(self, rate=0.1, momentum=0.9):
        self.rate = rate
        self.momentum = momentum
        self.velocity = 0.0
        self.steps = 0

    def step(self, w, g):
        self.velocity = self.momentum * self.velocity - self.rate * g
        self.steps += 1
        return w + self.velocity


@case(1.3, 5)
@case(array(3), 4)
def trained(w, n):
    opt = Optimizer()
    for _ in range(n):
        w = opt.step(w, 2 * w * w)
    return np.sum(w * opt.velocity)


@case(1.3, 0.2)
def optimizer_with_rate(w, rate):
    opt = Optimizer(rate=rate, momentum=rate * 2)
    while opt.steps < 3:
        w = opt.step(w, w * w)
        if w < 0.1:
            break
    return w + opt.velocity


# Money


class Account:
    """A balance that cannot become negative."""

    interest = 0.02

    def __init__(self, owner, balance=0.0):
        self.owner = owner
        self._balance = balance
        self.history = []

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, value):
        if value < 0:
            raise ValueError(f"{self.owner} has too little")
        self._balance = value

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)

    def withdraw(self, amount):
        if amount > self.balance:
            return False
        self.balance -= amount
        return True

    @classmethod
    def with_rate(cls, owner, balance, rate):
        account = cls(owner, balance)
        account.interest = rate
        return account

    def __repr__(self):
        return f"<{self.owner}>"


@case(10.0, 3.0)
@case(1.0, 3.0)
def bank(x, y):
    a = Account("ann", x)
    b = Account("bob")
    if a.withdraw(y):
        b.deposit(y * 0.9)
    a.deposit(y * y)
    b.deposit(a.balance * 0.1)
    return a.balance * 2 + b.balance * b.balance


@case(10.0, 0.1, 4)
def compound(x, rate, years):
    account = Account.with_rate("ann", x, rate)
    for _ in range(years):
        account.balance *= 1 + account.interest
    return account.balance


@case(Account("ann", 10.0), Account("bob", 2.0), 3.0)
def transfer(a, b, amount):
    if a.withdraw(amount):
        b.balance += amount * 0.5
    return a.balance * b.balance


# Particles


class Particle:
    """Position and velocity."""

    def __init__(self, position, velocity, mass=1.0):
        self.position = position
        self.velocity = velocity
        self.mass = mass

    def force(self):
        return -self.position * self.mass

    def step(self, dt):
        self.velocity = self.velocity + self.force() / self.mass * dt
        self.position = self.position + self.velocity * dt

    @property
    def energy(self):
        return 0.5 * self.mass * np.sum(self.velocity**2) + 0.5 * np.sum(self.position**2)


class Damped(Particle):
    """A particle with friction."""

    friction = 0.3

    def force(self):
        return super().force() - self.friction * self.velocity


@case(Particle(array(2), signed(2)), 0.1)
@case(Damped(array(2), signed(2), 2.0), 0.1)
@case(Damped(1.2, -0.4, 2.0), 0.1)
def moved(p, dt):
    for _ in range(4):
        p.step(dt)
    return p.energy


@case(1.2, 0.3, 0.1)
def two_particles(x, v, dt):
    a, b = Particle(x, v), Damped(v, x)
    for i in range(3):
        a.step(dt)
        b.step(a.position * dt)
        if i == 1:
            a.velocity *= 0.5
    return a.energy * b.energy


@case(1.2, 0.1)
def swapped_particles(x, dt):
    a, b = Particle(x, 0.3), Particle(0.2, x)
    a, b = b, a
    a.step(dt)
    a.mass = x
    return a.energy + b.energy * 2


# Vectors and other numbers


@dataclass
class Vec:
    """A vector of the plane."""

    x: float
    y: float

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y)

    def __mul__(self, k):
        if isinstance(k, Vec):
            return self.x * k.x + self.y * k.y
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __truediv__(self, k):
        return self * (1 / k)

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __len__(self):
        return 2

    def rotated(self, angle):
        c, s = math.cos(angle), math.sin(angle)
        return Vec(c * self.x - s * self.y, s * self.x + c * self.y)


@case(1.2, 0.3)
def plane(x, a):
    v = Vec(x, 1.0).rotated(a)
    w = 2 * v - Vec(a, x) / abs(v)
    return (v * w) * abs(-w) + w[0] * w[-1] + len(v)


@case(Vec(1.2, 0.3), Vec(0.1, -0.4), 3)
def orbit(r, v, n):
    for _ in range(n):
        v = v - r * (0.1 / abs(r) ** 3)
        r = r + v * 0.1
    return r * v + abs(r)


class Dual:
    """Numbers with a derivative: forward mode inside."""

    def __init__(self, re, du=0.0):
        self.re, self.du = re, du

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.re + other.re, self.du + other.du)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.re * other.re, self.re * other.du + self.du * other.re)

    __rmul__ = __mul__

    def __pow__(self, n):
        result = Dual(1.0)
        for _ in range(n):
            result = result * self
        return result


@case(1.3)
def forward_mode(x):
    d = Dual(x, 1.0)
    y = 2 * d * d + d**3 + 1.0
    return y.du * y.re


class Interval(NamedTuple):
    """Numbers between two."""

    low: Any
    high: Any

    def __mul__(self, other):
        a, b = self.low * other.low, self.low * other.high
        c, d = self.high * other.low, self.high * other.high
        return Interval(min(a, b, c, d), max(a, b, c, d))

    def __contains__(self, v):
        return self.low <= v <= self.high

    @property
    def width(self):
        return self.high - self.low


@case(0.3, 1.7)
@case(-1.3, 0.7)
def intervals(a, b):
    i = Interval(a, b) * Interval(b, a * a)
    if 0.5 in i:
        return i.width * a
    return i.width * i.low


class Poly:
    """A polynomial."""

    def __init__(self, coefficients):
        self.c = coefficients

    def __call__(self, x):
        total = 0.0
        for c in reversed(self.c):
            total = total * x + c
        return total

    def derivative(self):
        return Poly([i * c for i, c in enumerate(self.c)][1:])


@case([0.3, -1.2, 0.7, 0.2], 1.3)
def polynomial(cs, x):
    p = Poly(cs)
    return p(x) * p.c[1] + p(p(x))


@case(Poly([0.3, -1.2, 0.7, 0.2]), 1.3)
def polynomial_argument(p, x):
    return p(x) * p(x * 0.5)


class Matrix:
    """A matrix with operators."""

    __array_ufunc__ = None

    def __init__(self, a):
        self.a = np.asarray(a)

    def __matmul__(self, other):
        return Matrix(self.a @ other.a)

    def __rmul__(self, k):
        return Matrix(k * self.a)

    def __getitem__(self, ij):
        return self.a[ij]

    @property
    def T(self):  # noqa: N802
        return Matrix(self.a.T)

    def trace(self):
        return np.trace(self.a)


@case(array(2, 2), 1.3)
def matrices(a, k):
    m = Matrix(a)
    return (np.float64(2.0) * (m @ m.T)).trace() * k + m[0, 1] + (a[0, 0] * m)[1, 0]


# Solvers


class Solver(abc.ABC):
    """Steps of an initial value problem."""

    def __init__(self, f, dt):
        self.f, self.dt = f, dt

    @abc.abstractmethod
    def step(self, t, y): ...

    def solve(self, y, n):
        t = 0.0
        for _ in range(n):
            y = self.step(t, y)
            t += self.dt
        return y


class Euler(Solver):
    def step(self, t, y):
        return y + self.dt * self.f(t, y)


class RungeKutta(Solver):
    def step(self, t, y):
        h = self.dt
        k1 = self.f(t, y)
        k2 = self.f(t + h / 2, y + h / 2 * k1)
        k3 = self.f(t + h / 2, y + h / 2 * k2)
        k4 = self.f(t + h, y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@case(1.2, 0.4)
@case(array(2), 0.4)
def solved(y, k):
    def decay(t, y):
        return -k * y * y + np.sin(t)

    return np.sum(Euler(decay, 0.1).solve(y, 3) * RungeKutta(decay, 0.1).solve(y, 2))


class Newton:
    """Roots, with a count of how often it asked."""

    def __init__(self, f, df, tolerance=1e-3):
        self.f, self.df, self.tolerance = f, df, tolerance
        self.calls = 0

    def _ask(self, x):
        self.calls += 1
        return self.f(x)

    def root(self, x):
        while abs(self._ask(x)) > self.tolerance:
            x = x - self.f(x) / self.df(x)
            if self.calls > 20:
                break
        return x


def square_less_two(v):
    return v * v - 2


def twice(v):
    return 2 * v


@case(2.0, 1.5)
def root(a, x):
    solver = Newton(square_less_two, twice)
    return solver.root(x) * a + solver.calls


@refused("CR105", 2.0, 1.5)
def root_of_a_nested_function(a, x):
    solver = Newton(lambda v: v * v - a, twice)
    return solver.root(x) * a + solver.calls


class Filter:
    """A Kalman filter of one state."""

    def __init__(self, x, p, q, r):
        self.x, self.p, self.q, self.r = x, p, q, r

    def predict(self):
        self.p += self.q

    def update(self, z):
        k = self.p / (self.p + self.r)
        self.x += k * (z - self.x)
        self.p *= 1 - k
        return self.x


@case(Filter(0.0, 1.0, 0.1, 0.5), array(4))
def kalman(f, zs):
    total = 0.0
    for z in zs:
        f.predict()
        total += f.update(z) ** 2
    return total * f.p


@case(0.1, 0.5, array(4))
def kalman_made(q, r, zs):
    f = Filter(0.0, 1.0, q, r)
    for z in zs:
        f.predict()
        f.update(z)
    return f.x * f.p


# Records


@dataclass
class State:
    """What a simulation hands on."""

    t: float
    y: Any
    log: list = field(default_factory=list)
    steps: int = 0

    def advanced(self, dt):
        return dataclasses.replace(self, t=self.t + dt, y=self.y * (1 - dt), steps=self.steps + 1)


@case(1.2, 0.1)
@case(array(2), 0.1)
def simulated(y, dt):
    s = State(0.0, y)
    for _ in range(3):
        s = s.advanced(dt)
    s.y = s.y * s.t
    return np.sum(s.y) + s.steps


@dataclass(frozen=True)
class Config:
    """Settings in settings."""

    rate: float = 0.1
    sizes: tuple = (1, 2)
    inner: Interval = Interval(0.2, 0.9)

    def scaled(self, k):
        return dataclasses.replace(
            self, rate=self.rate * k, inner=self.inner._replace(high=self.inner.high * k)
        )


@case(Config(), 1.3)
def settings(config, k):
    c = config.scaled(k)
    return c.rate * c.inner.width * len(c.sizes) + config.inner.high


@case(1.3, 0.2)
def settings_result(k, r):
    return {"config": Config(rate=r).scaled(k), "pair": Interval(k, r)}


Measured = collections.namedtuple("Measured", ["mean", "spread"])


@case(array(4))
def measured(x):
    m = Measured(mean=np.mean(x), spread=np.std(x))
    mean, spread = m
    return m._replace(mean=mean * spread)


@case([Measured(1.2, 0.3), Measured(0.4, 0.9)])
def best(ms):
    best = ms[0]
    for m in ms[1:]:
        if m.spread > best.spread:
            best = m
    return best.mean * best.spread


# Trees


class Leaf:
    def __init__(self, v):
        self.v = v

    def value(self, x):
        return self.v * x


class Sum:
    def __init__(self, left, right):
        self.left, self.right = left, right

    def value(self, x):
        return self.left.value(x) + self.right.value(x * 0.5)


class Product(Sum):
    def value(self, x):
        return self.left.value(x) * self.right.value(x)


@case(Sum(Product(Leaf(1.2), Leaf(0.3)), Leaf(2.0)), 0.7)
def expression_tree(tree, x):
    return tree.value(x) * tree.value(x * x)


@case(1.2, 0.7)
def expression_tree_made(v, x):
    tree = Sum(Product(Leaf(v), Leaf(v * x)), Leaf(2.0))
    tree.left.right.v *= 3
    return tree.value(x)


class Node:
    """A linked list."""

    def __init__(self, v, next=None):
        self.v, self.next = v, next


@case(Node(1.2, Node(0.3, Node(0.7))), 0.7)
def linked(node, x):
    total = node.v * x
    if node.next is not None:
        total += node.next.v * x * x
        if node.next.next is not None:
            total *= node.next.next.v
    return total


@case(1.2)
def linked_made(x):
    node = Node(x, Node(x * x))
    node.next.v += x
    node.next.next = Node(node.v * 2)
    return node.next.v * node.next.next.v


# State in odd places


class Counter:
    """A class that counts its instances' calls, and caches."""

    def __init__(self, k):
        self.k = k
        self.cache = {}

    def power(self, name, x):
        if name not in self.cache:
            self.cache[name] = x**self.k
        return self.cache[name]


@case(1.3)
def cached(x):
    c = Counter(2)
    return c.power("a", x) * c.power("a", x * 5) + c.power("b", x * 3)


class Settings:
    """An object that is passed around and changed by whoever has it."""

    def __init__(self):
        self.scale = 1.0
        self.offset = 0.0


def tuned(s, x):
    s.scale = s.scale * x
    return s


def applied(s, v):
    s.offset += v
    return v * s.scale + s.offset


@case(1.3, 0.4)
def passed_around(x, v):
    s = Settings()
    a = applied(tuned(s, x), v)
    b = applied(s, a)
    return b * s.scale * s.offset


@case(1.3)
def namespace(x):
    s = types.SimpleNamespace(a=x, b=2.0)
    s.a *= s.b
    s.c = s.a * x
    return s.c + s.a


@case(types.SimpleNamespace(a=1.2, b=array(2)), 1.3)
def namespace_argument(s, x):
    s.a *= x
    s.b *= x
    return np.sum(s.b) * s.a


class Chained:
    """Methods that give the object itself."""

    def __init__(self, v):
        self.v = v

    def plus(self, x):
        self.v += x
        return self

    def times(self, x):
        self.v *= x
        return self


@case(1.3)
@case(array(2))
def chained(x):
    return np.sum(Chained(x * 1.0).plus(2.0).times(x).plus(x).v)


class Meter:
    """A running mean."""

    def __init__(self):
        self.total, self.count = 0.0, 0

    def __iadd__(self, v):
        self.total += v
        self.count += 1
        return self

    def __float__(self):
        return self.total / self.count

    def __bool__(self):
        return self.count > 0


@case(array(4))
def meter(x):
    m = Meter()
    if not m:
        m += x[0]
    for v in x:
        m += v * v
    return m.total / m.count if m else 0.0


class Stack:
    """A stack machine."""

    def __init__(self):
        self.items = []

    def push(self, v):
        self.items.append(v)
        return self

    def binary(self, f):
        b, a = self.items.pop(), self.items.pop()
        self.items.append(f(a, b))
        return self

    @property
    def top(self):
        return self.items[-1]


@case(1.3, 0.4)
def machine(x, y):
    s = Stack()
    s.push(x).push(y).binary(operator.mul).push(x).binary(operator.sub)
    return s.top * len(s.items)


class Bound:
    """A method kept as a value."""

    def __init__(self, k):
        self.k = k
        self.f = self.double

    def double(self, x):
        return 2 * x * self.k


@case(1.3)
def bound_method_kept(x):
    b = Bound(x)
    f = b.double
    b.k = x * 3
    total = f(x)
    for g in (b.double, f):
        total += g(x)
    return total + b.f(x)


@case(Particle(1.2, 0.4), 0.1)
def copied(p, dt):
    q = Particle(p.position, p.velocity, p.mass)
    q.step(dt)
    p.position = q.position * 2
    return p.energy * q.energy


class Window:
    """Array state written in place."""

    def __init__(self, n):
        self.buffer = np.zeros(n)
        self.at = 0

    def put(self, v):
        self.buffer[self.at] = v
        self.at += 1

    def mean(self):
        return np.sum(self.buffer) / self.at


@case(1.3)
def window(x):
    w = Window(4)
    for i in range(3):
        w.put(x * i)
        w.put(x)
        w.at -= 1
    return w.mean() * x


@case(Window(3), 1.3)
def window_argument(w, x):
    w.put(x)
    w.put(x * x)
    return w.mean() * w.buffer[0]


_ = copy
