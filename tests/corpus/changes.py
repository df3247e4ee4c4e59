"""Objects that change: attributes set in branches and loops, by methods, through other names."""

import dataclasses
from dataclasses import dataclass, field

import numpy as np
from tests.corpus import array, case, refused


class Account:
    """A balance, and what was done to it."""

    fee = 0.1

    def __init__(self, balance, rate):
        self.balance = balance
        self.rate = rate
        self.count = 0

    def deposit(self, amount):
        self.balance += amount
        self.count += 1
        return self

    def grow(self):
        self.balance = self.balance * (1 + self.rate)
        self._charge()

    def _charge(self):
        self.balance -= self.fee

    @property
    def value(self):
        return self.balance * 2

    @value.setter
    def value(self, v):
        self.balance = v / 2


@case(Account(1.5, 0.1), 0.7)
@case(Account(array(2), 0.1), array(2))
def deposited(account, x):
    account.deposit(x)
    account.grow()
    return np.sum(account.balance * x) + account.count


@case(Account(1.5, 0.1), 0.7, 3)
def grown_in_a_loop(account, x, n):
    for _ in range(n):
        account.deposit(x)
        account.grow()
    return account.balance * account.balance


@case(Account(1.5, 0.1), 0.7)
@case(Account(1.5, 0.1), -0.7)
def changed_in_a_branch(account, x):
    if x > 0:
        account.balance = account.balance * x
    else:
        account.rate = x * x
    account.grow()
    return account.balance


@case(Account(1.5, 0.1), 0.7)
def through_a_setter(account, x):
    account.value = x * x
    account.value += x
    return account.balance * account.value


@case(Account(1.5, 0.1), 0.7)
def two_names(account, x):
    other = account
    other.balance = x * 3
    account.balance *= x
    return other.balance * account.rate


@case(Account(1.5, 0.1), 0.7)
def read_before_and_after(account, x):
    before = account.balance
    account.balance = before * x
    middle = account.balance
    account.balance += middle * x
    return before * middle * account.balance


@case(Account(1.5, 0.1), 0.7)
def new_attribute(account, x):
    account.cache = x * x
    account.fee = x
    account.grow()
    return account.cache * account.balance + account.cache


@case(Account(1.5, 0.1), 0.7)
def overwritten_to_the_end(account, x):
    y = account.balance * x
    account.balance = 0.0
    account.rate = None
    return y * y


@case(Account(1.5, 0.1), 0.7)
def left_early(account, x):
    account.balance = x * 2
    if account.balance > 1:
        return account.balance * x
    account.balance = x * 3
    return account.balance


@case(Account(1.5, 0.1), 0.7)
def until_it_is_large(account, x):
    while account.balance < 5:
        account.balance = account.balance * (1 + x)
        if account.balance > 4:
            account.rate += x
            break
    return account.balance * account.rate


class Owner:
    """An object in an attribute of another."""

    def __init__(self, account, factor):
        self.account = account
        self.factor = factor

    def step(self, v):
        self.account.balance += v * self.factor
        self.factor = self.factor * 1.1
        return self.account.value


@case(Owner(Account(1.5, 0.1), 2.0), 0.7)
def inner_object(owner, x):
    a = owner.step(x)
    account = owner.account
    account.deposit(x)
    b = owner.step(a)
    return a * b * account.balance


@case(Owner(Account(1.5, 0.1), 2.0), 0.7)
def inner_object_in_a_loop(owner, x):
    total = 0.0
    for i in range(3):
        total += owner.step(x + i)
    return total * owner.account.balance


@case(Account(array(3), 0.1), array(3))
def array_in_place(account, x):
    kept = account.balance
    account.balance += x
    account.balance[0] = x[1] * 2
    account.balance *= x
    return np.sum(kept * account.balance)


@case(Account(array(3), 0.1), array(3))
def array_bound_anew(account, x):
    kept = account.balance
    account.balance = account.balance + x
    account.balance[0] = x[1] * 2
    return np.sum(kept * account.balance)


# Dataclasses


@dataclass
class Particle:
    """A particle that moves."""

    x: float
    v: float
    mass: float = 2.0
    trail: list = field(default_factory=list)

    def kick(self, force, dt):
        self.v += force / self.mass * dt

    def drift(self, dt):
        self.x += self.v * dt

    @property
    def energy(self):
        return 0.5 * self.mass * self.v**2 + 0.5 * self.x**2


@case(Particle(1.5, 0.1), 0.01, 5)
def leapfrog(p, dt, n):
    for _ in range(n):
        p.kick(-p.x, dt / 2)
        p.drift(dt)
        p.kick(-p.x, dt / 2)
    return p.energy


@case(Particle(1.5, 0.1), 0.3)
def particle_returned(p, dt):
    p.drift(dt)
    return p


@case(Particle(1.5, 0.1), 0.3)
def particle_fields(p, dt):
    p.drift(dt)
    q = dataclasses.replace(p, v=p.v * dt)
    q.drift(dt)
    return p.x * q.x + q.energy


@dataclass(frozen=True)
class Still:
    x: float


@refused("CR105", Still(1.5), 0.3)
def frozen(p, dt):
    p.x = dt  # refused
    return p.x


class Unset:
    @property
    def x(self):
        return 2.0


@refused("CR105", Unset(), 0.3)
def no_setter(p, dt):
    p.x = dt  # refused
    return p.x


# Objects that are made inside


class Plain:
    """A class whose `__init__` only keeps what it is given."""

    def __init__(self, x, v=2.0):
        self.x = x
        self.v = v
        self.steps = 0

    def step(self, dt):
        self.x += self.v * dt
        self.steps += 1
        return self


class Worked:
    """A class whose `__init__` works."""

    def __init__(self, x, n=2):
        self.x = x * x
        self.powers = []
        if n > 1:
            self.y = self.x * x
        else:
            self.y = x
        for _ in range(n):
            self.y = self.y * x
        self.plain = Plain(self.y)

    def total(self):
        return self.x * self.y + self.plain.x * self.plain.v


class Based(Worked):
    def __init__(self, x):
        super().__init__(x, 1)
        self.z = self.y * 2

    def total(self):
        return super().total() * self.z


@case(1.3)
@case(array(2))
def plain_made(x):
    p = Plain(x, x * 2)
    p.step(0.5)
    return np.sum(p.x * p.v) + p.steps


@case(1.3)
@case(array(2))
def worked_made(x):
    return np.sum(Worked(x).total() + Worked(x, n=1).total() * Based(x).total())


@case(1.3, 4)
def made_and_moved(x, n):
    p = Plain(x)
    for i in range(n):
        p.step(x * 0.1)
        p.v = p.v * x
    return p.x * p.v


@case(1.3, 4)
def made_in_each_turn(x, n):
    total = 0.0
    for i in range(n):
        p = Plain(x, i)
        p.step(x)
        total += p.x * p.x
    return total


@case(1.3)
@case(-1.3)
def made_in_a_branch(x):
    if x > 0:
        p = Plain(x)
    else:
        p = Plain(x * x, x)
    p.step(x)
    return p.x * p.v


@case(1.3)
def two_names_made(x):
    p = Plain(x)
    q = p
    q.step(x)
    p.v = x
    return p.x * q.v + q.x


@case(1.3)
def made_in_lists(x):
    ps = [Plain(x), Plain(x * x, x)]
    for p in ps:
        x = x + p.x * p.v
    ps[0].step(x)
    return ps[0].x * ps[1].v


@case(1.3)
def handed_on(x):
    def push(p, by):
        p.x = p.x * by
        return p

    p = push(Plain(x), x)
    return push(p, 2.0).x * p.x


class Stack:
    """A list in an attribute."""

    def __init__(self):
        self.items = []

    def push(self, v):
        self.items.append(v)

    def pop(self):
        return self.items.pop()


@case(1.3)
def list_in_an_object(x):
    s = Stack()
    s.push(x)
    s.push(x * x)
    return s.pop() * s.pop() + len(s.items)


@dataclass
class Checked:
    """A dataclass that works after its fields are set."""

    a: float
    b: dataclasses.InitVar[float] = 2.0
    c: float = field(init=False)

    def __post_init__(self, b):
        if self.a < 0:
            raise ValueError("a")
        self.c = self.a * b


@case(1.3)
def post_init(x):
    p = Checked(x, x * 2)
    q = Checked(a=x)
    return p.c * q.c * p.a


@dataclass(frozen=True)
class FrozenChecked:
    a: float
    c: float = field(init=False, default=0.0)

    def __post_init__(self):
        object.__setattr__(self, "c", self.a * 3)


@case(1.3)
def frozen_post_init(x):
    p = FrozenChecked(x)
    return p.c * dataclasses.replace(p, a=x * x).c


class Vec:
    """A vector with operators that make new ones."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return self + -other

    def __neg__(self):
        return -1.0 * self

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    def __iter__(self):
        return iter((self.x, self.y))


@case(1.3, 0.4)
@case(array(2), array(2))
def vectors(x, y):
    v = Vec(x, y) + 2.0 * Vec(y, x)
    w = v - Vec(x, 1.0)
    w += v
    return np.sum(w.dot(v) + w.x)


@case(Vec(1.0, 2.0), 0.3)
def vectors_in_a_loop(v, x):
    w = Vec(x, x)
    for i in range(3):
        w = w + v * x
        v = v * 0.5
    return w.dot(w) + v.x


@case(Vec(1.0, 2.0), 0.3)
def returned_object_aside(v, x):
    w = v * x
    v.x = x
    return w.dot(v)


class Watched:
    """A class that sees every attribute that is set."""

    def __init__(self, w):
        self.sets = 0
        self.w = w

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "w":
            object.__setattr__(self, "sets", self.sets + 1)


@case(1.3)
def own_setter(x):
    m = Watched(x)
    m.w = m.w * x
    return m.w * m.sets


@case(Watched(1.5), 1.3)
def own_setter_of_an_argument(m, x):
    m.w *= x
    setattr(m, "w", m.w * x)  # noqa: B010
    return m.w * m.sets


# The same object twice


def same_account():
    account = Account(1.5, 0.1)
    return account, account, 0.7


@refused("CR115", make=same_account)
@case(Account(1.5, 0.1), Account(0.5, 0.2), 0.7)
def two_accounts(a, b, x):
    a.balance = x * 3
    return b.balance * x + a.balance


def same_inside():
    account = Account(1.5, 0.1)
    return [account, account], 0.7


@refused("CR115", make=same_inside)
@case([Account(1.5, 0.1), Account(0.5, 0.2)], 0.7)
def two_in_a_list(accounts, x):
    accounts[0].balance = x * 3
    return accounts[1].balance * x


def same_list():
    items = [1.5, 0.5]
    return items, items, 0.7


@refused("CR115", make=same_list)
@case([1.5, 0.5], [1.5, 0.5], 0.7)
def two_lists(a, b, x):
    a[0] = x * 3
    return b[0] * x


@case(same_account()[0], 0.7)
def shared_but_read_only(account, x):
    pair = (account, account)
    return pair[0].balance * pair[1].balance * x


@refused("CR116", 1.3)
def holds_itself(x):
    p = Plain(x)
    p.me = p  # refused
    return p.me.x


@case(1.3)
def attribute_deleted(x):
    p = Plain(x * x)
    y = p.x
    del p.x
    return y * p.v if not hasattr(p, "x") else 0.0


@case([Plain(1.5), Plain(0.3, 0.7)], 0.4)
def each_moved(particles, dt):
    for p in particles:
        p.step(dt)
    for i, p in enumerate(particles):
        p.x = p.x * (i + 1)
        p.step(dt)
    return particles[0].x * particles[1].x


@case(1.3)
def kind_changes(x):
    p = Plain(x)
    y = p.x
    p.x = np.array([x, y])
    return np.sum(p.x * y)
