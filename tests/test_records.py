"""Classes that are declared as dataclasses are."""

import copy

import pytest

from chainrule.records import fresh, record, value


@record
class Node:
    """A node."""

    name: str
    inner: object = None
    facts: dict = fresh(dict)

    @property
    def twice(self):
        return self.name * 2


@value
class Base:
    pass


@value
class Kind(Base):
    a: int
    b: tuple = ()


def test_fields_and_defaults():
    one = Node("a")
    other = Node("b", inner=one)
    assert (one.name, one.inner, one.facts) == ("a", None, {})
    assert other.inner is one
    assert one.facts is not other.facts
    assert Node("c", None, {1: 2}).facts == {1: 2}
    assert one.twice == "aa"
    assert Node.__doc__ == "A node."


def test_there_are_no_other_attributes():
    with pytest.raises(AttributeError):
        Node("a").other = 1
    with pytest.raises(TypeError):
        Node()
    with pytest.raises(TypeError):
        Node("a", nothing=1)


def test_records_are_compared_by_identity_and_values_by_their_fields():
    assert Node("a") != Node("a")
    assert Kind(1) == Kind(1, ()) != Kind(2)
    assert Kind(1) != Base() == Base()
    assert hash(Kind(1)) == hash(Kind(1))
    assert {Kind(1): 2}[Kind(1)] == 2
    assert isinstance(Kind(1), Base)


def test_they_can_be_shown_copied_and_matched():
    assert repr(Kind(1, (2,))) == "Kind(a=1, b=(2,))"
    assert copy.deepcopy(Kind(1, (2,))) == copy.copy(Kind(1, (2,))) == Kind(1, (2,))
    match Kind(1, (2,)):
        case Kind(a, b):
            assert (a, b) == (1, (2,))
