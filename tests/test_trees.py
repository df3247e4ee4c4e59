"""Parameters in nested containers."""

import collections
import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from chainrule.errors import ChainruleError, TreeMismatch
from chainrule.trees import has_gradient, leaves, mismatch, ravel, tree_map, zero_grad


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclasses.dataclass(frozen=True)
class Layer:
    w: Any
    b: Any = 0.0

    def __post_init__(self):
        assert not isinstance(self.w, str), "is never run again"


@dataclasses.dataclass(slots=True)
class Cell:
    w: Any
    made: Any = dataclasses.field(init=False)


FLOATS = st.floats(allow_nan=False, width=32)
NUMBERS = (
    FLOATS
    | st.complex_numbers(allow_nan=False, allow_infinity=False, width=64)
    | FLOATS.map(np.float64)
    | FLOATS.map(np.float32)
    | npst.arrays(
        st.sampled_from([np.dtype(text) for text in ("f8", "f4", ">f8", "c16")]),
        npst.array_shapes(min_dims=0, min_side=0, max_side=3),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
OTHERS = st.none() | st.integers() | st.booleans() | st.text(max_size=3)
OTHERS |= st.just(np.arange(3)) | st.just(np.int64(3))


def containers(parts):
    return (
        st.lists(parts, max_size=3)
        | st.lists(parts, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2) | st.integers(), parts, max_size=3)
        | st.dictionaries(st.text(max_size=2), parts, max_size=2).map(collections.OrderedDict)
        | st.builds(Pair, parts, parts)
        | st.builds(Layer, parts.filter(lambda part: not isinstance(part, str)), parts)
    )


TREES = st.recursive(NUMBERS | OTHERS, containers, max_leaves=12)


def same(one, other):
    """Whether two trees agree in everything: classes, dtypes, order, shapes and numbers."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Layer):
        return same((one.w, one.b), (other.w, other.b))
    return bool(one == other)


@given(TREES)
def test_mapping_the_identity_gives_an_equal_tree(tree):
    assert same(tree_map(lambda leaf: leaf, tree), tree)
    assert same(tree_map(lambda one, other: other, tree, tree), tree)
    assert mismatch(tree, tree) is None


@given(TREES)
def test_leaves_come_in_the_order_of_the_map(tree):
    seen = []
    tree_map(seen.append, tree)
    assert len(seen) == len(list(leaves(tree)))
    assert all(one is other for one, other in zip(seen, leaves(tree)))


@given(TREES)
def test_what_is_ravelled_comes_back(tree):
    flat, unravel = ravel(tree)
    assert flat.ndim == 1 and flat.dtype.kind in "fc"
    assert flat.size == sum(np.size(leaf) for leaf in leaves(tree) if has_gradient(leaf))
    back = unravel(flat)
    assert same(back, tree)
    for ours, theirs in zip(leaves(back), leaves(tree)):
        if has_gradient(ours) and isinstance(ours, np.ndarray):
            assert ours.flags.writeable and not np.shares_memory(ours, theirs)
            assert not np.shares_memory(ours, flat)


@given(TREES)
def test_buffers_are_zeros_of_the_kind_of_each_leaf(tree):
    buffers = zero_grad(tree)
    assert mismatch(tree, buffers) is None

    def check(leaf, buffer):
        if not has_gradient(leaf):
            assert buffer is None
            return
        assert type(buffer) is type(leaf) and not np.any(buffer)
        assert np.shape(buffer) == np.shape(leaf)
        if isinstance(leaf, np.ndarray):
            assert buffer.dtype == leaf.dtype and buffer.flags.writeable
            assert not np.shares_memory(buffer, leaf)

    tree_map(check, tree, buffers)


@given(TREES)
def test_cleared_buffers_are_the_same_arrays(tree):
    buffers = zero_grad(tree)
    used = tree_map(_add_one, buffers)
    cleared = zero_grad(used, clear=True)
    assert same(cleared, zero_grad(tree))
    for before, after in zip(leaves(used), leaves(cleared)):
        assert not isinstance(before, np.ndarray) or before is after


def _add_one(buffer):
    buffer += 1
    return buffer


def test_a_step_of_descent():
    params = {"head": [np.ones(2), 1.0], "sizes": None}
    grads = {"head": [np.array([1.0, 2.0]), 4.0], "sizes": None}
    new = tree_map(lambda p, g: p - 0.5 * g, params, grads)
    assert same(new, {"head": [np.array([0.5, 0.0]), -1.0], "sizes": None})


def test_none_for_a_leaf_is_passed_on():
    assert tree_map(lambda p, g: p if g is None else p - g, [3, 2.0], [None, 0.5]) == [3, 1.5]


def test_keys_go_by_name_and_not_by_order():
    assert tree_map(lambda a, b: (a, b), {"a": 1, "b": 2}, {"b": 4, "a": 3}) == {
        "a": (1, 3),
        "b": (2, 4),
    }


@pytest.mark.parametrize(
    "tree, other, message",
    [
        ({"head": [1.0]}, {"head": [{}]}, 'tree["head"][0] is a float, not a dict'),
        ({"head": [1.0]}, {"head": [1.0, 2.0]}, 'tree["head"] holds 1, not 2'),
        ({"head": [1.0]}, {"head": (1.0,)}, 'tree["head"] is a list, not a tuple'),
        ({"head": [1.0]}, {"head": np.ones(1)}, 'tree["head"] is a list, not an array'),
        ({"head": [1.0]}, {"head": None}, 'tree["head"] is a list, not None'),
        ([{"a": 1}], [{}], "tree[0] has the key 'a', which the other lacks"),
        ([{}], [{2: 1}], "tree[0] lacks the key 2, which the other has"),
        (Pair(1, [2]), Pair(1, 2), "tree.second is a list, not a int"),
        (Pair(1, 2), (1, 2), "tree is a Pair, not a tuple"),
        ((1, 2), Pair(1, 2), "tree is a tuple, not a Pair"),
        (Layer({'"': [1]}), Layer({'"': 1}), "tree.w['\"'] is a list, not a int"),
        (Layer(1), Pair(1, 2), "tree is a Layer, not a Pair"),
    ],
)
def test_a_mismatch_names_the_path(tree, other, message):
    assert mismatch(tree, other) == message
    assert mismatch(tree, other, "params") == message.replace("tree", "params", 1)
    with pytest.raises(TreeMismatch) as caught:
        tree_map(lambda *leaves: leaves, tree, tree, other)
    assert str(caught.value) == f"CR119 {message} (tree 3 of tree_map)"
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, ChainruleError)


def test_records_are_made_without_running_their_code():
    assert tree_map(str, Layer(1.0, 2.0)).w == "1.0"
    cell = Cell(1.0)
    assert not hasattr(tree_map(str, cell), "made")
    cell.made = 2.0
    assert tree_map(str, cell).made == "2.0"
    assert tree_map(lambda leaf: leaf, Cell) is Cell


def test_subclasses_of_containers_stay():
    table = collections.defaultdict(list, a=1.0)
    twin = tree_map(lambda leaf: leaf + 1, table)
    assert twin == {"a": 2.0} and twin.default_factory is list
    assert table == {"a": 1.0}


def test_integers_are_left_out_and_put_back():
    params = {"w": np.ones((1, 2), "f4"), "n": 3, "index": np.arange(2), "name": "net"}
    flat, unravel = ravel(params)
    assert same(flat, np.ones(2, "f4"))
    assert unravel([2, 3])["w"].tolist() == [[2.0, 3.0]]
    back = unravel(flat)
    assert back["n"] == 3 and back["index"] is params["index"] and back["name"] == "net"
    gradient = tree_map(lambda leaf: leaf * 2 if has_gradient(leaf) else None, params)
    assert ravel(gradient)[0].shape == flat.shape


def test_the_dtype_of_the_flat_array_holds_all():
    assert ravel([])[0].dtype == np.float64
    assert ravel([np.float32(1)])[0].dtype == np.float32
    assert ravel([np.float32(1), 2.0])[0].dtype == np.float64
    assert ravel([np.ones(1, ">f8")])[0].dtype.isnative
    flat, unravel = ravel([1.0, 2j])
    assert flat.dtype == np.complex128 and same(unravel(flat), [1.0, 2j])


@pytest.mark.parametrize("flat", [np.ones(3), np.ones((2, 1)), 1.0])
def test_unravel_refuses_another_shape(flat):
    _, unravel = ravel([1.0, 2.0])
    with pytest.raises(TreeMismatch, match=r"CR119 unravel takes an array of shape \(2,\), not"):
        unravel(flat)


def test_kinds_of_zeros():
    tree = (2.0, 2j, np.float32(2), 2, True, "2", None, np.arange(2), np.True_, object())
    zeros = zero_grad(tree)
    assert same(zeros[:3], (0.0, 0j, np.float32(0))) and set(zeros[3:]) == {None}


def test_zeros_are_the_callers_own():
    column = np.asfortranarray(np.ones((2, 3)))
    assert zero_grad(column).flags.f_contiguous
    spread = zero_grad(np.broadcast_to(1.0, (2, 3)))
    assert spread.flags.writeable and spread.strides[0] != 0
    assert type(zero_grad(np.ma.ones(2))) is np.ndarray


def test_clearing_leaves_what_is_no_buffer():
    buffers = {"w": np.ones(2), "b": 3.0, "n": None, "index": np.arange(2)}
    cleared = zero_grad(buffers, clear=True)
    assert cleared["w"] is buffers["w"] and not buffers["w"].any()
    assert same(cleared["b"], 0.0) and cleared["n"] is None
    assert cleared["index"].tolist() == [0, 1]
