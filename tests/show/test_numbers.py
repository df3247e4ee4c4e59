"""Values in a few characters."""

import numpy as np
import pytest

from chainrule.show.numbers import brief


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (-0.19661193324148188, "-0.1966"),
        (1.3678794411714423, "1.3679"),
        (0.0, "0"),
        (-0.0, "0"),
        (1.5e-7, "1.5e-07"),
        (0.012345678, "0.01235"),
        (1234567.0, "1.235e+06"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (3, "3"),
        (True, "True"),
        (np.float64(0.5), "0.5"),
        (np.int64(7), "7"),
        (1 - 2j, "1-2j"),
        (None, "None"),
        (np.array(2.0), "2"),
        (np.array([1.0, 2.5]), "[1, 2.5]"),
        (np.eye(2), "[[1, 0], [0, 1]]"),
        (np.ones((64, 1000)), "[1, 1, 1, …] 64×1000"),
        ((1.0, 2), "(1, 2)"),
        ([0.5], "[0.5]"),
        ({"w": 1.0, "b": np.zeros(2)}, "{'w': 1, 'b': [0, 0]}"),
        (list(range(9)), "[0, 1, 2, 3, …]"),
        (object(), "object"),
    ],
)
def test_a_value_is_brief(value, text):
    assert brief(value) == text


def test_the_entries_of_an_array_can_be_fewer():
    assert brief(np.arange(4.0), 1) == "[0, …] 4"
