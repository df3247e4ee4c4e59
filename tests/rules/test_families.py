"""The index of rules: a file is imported when a function of it is met, and not before."""

import subprocess
import sys

import numpy as np
import pytest

from chainrule.rules import adjoint_of, families
from chainrule.rules.registry import differentiable_functions, users

FUNCTIONS = [f for f in differentiable_functions() if f not in users]


def test_the_index_names_each_function_beside_its_file():
    wrong = []
    indexed = {
        families.named(p): file for file, paths in families.NAMES.items() for p in paths.split()
    }
    for function in FUNCTIONS:
        file = adjoint_of(function).__module__.rpartition(".")[2]
        own = getattr(function, "__module__", None) == f"chainrule.rules.{file}"
        if file not in families.ALWAYS and not own and indexed.get(function) != file:
            wrong.append(f"{function.__name__}: write its name under {file} in rules/families.py")
    assert not wrong


@pytest.mark.parametrize("file", families.NAMES)
def test_every_name_of_the_index_has_its_rule_in_that_file(file):
    for path in families.NAMES[file].split():
        function = families.named(path)
        if function is not None:
            assert adjoint_of(function).__module__ == f"chainrule.rules.{file}", path


def test_every_file_of_rules_is_in_the_index():
    files = {adjoint_of(f).__module__.rpartition(".")[2] for f in FUNCTIONS}
    assert files <= {*families.ALWAYS, *families.NAMES}


def test_a_rule_of_the_users_comes_before_that_of_a_file_imported_later():
    script = """
import sys, math
import chainrule
from chainrule.rules import adjoint_of

@chainrule.adjoint(math.exp)
def own(g, ans, x):
    return g

assert "chainrule.rules.elementary" not in sys.modules
assert adjoint_of(math.sin) is not None
assert "chainrule.rules.elementary" in sys.modules
assert "chainrule.rules.linalg" not in sys.modules
assert adjoint_of(math.exp) is own
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_function_of_nobody_has_no_rule():
    assert adjoint_of(subprocess.run) is None
    assert adjoint_of(np.exp) is not None
