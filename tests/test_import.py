"""Importing loads what users call and no more; each part comes when it is first needed."""

import subprocess
import sys

import pytest

import chainrule

HEAVY = ("ast", "dataclasses", "inspect", "numpy", "gast", "astor", "typing", "re")


def loaded_by(script):
    """The modules that a fresh process has after a script."""
    code = f"{script}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)
    if done.returncode:  # without `site` the packages of a virtual environment are not found
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_loads_nothing_else():
    before, after = loaded_by(""), loaded_by("import chainrule")
    new = {name for name in after - before if name.startswith("chainrule")}
    assert new == {"chainrule"}
    assert not [name for name in HEAVY if name in after - before - loaded_by("import typing")]


def test_decorating_reads_no_source():
    after = loaded_by("import chainrule\n@chainrule.grad\ndef f(x):\n    return x * x")
    unwanted = (
        "gast",
        "astor",
        "chainrule.rules",
        "chainrule.pipeline",
        "chainrule.forms",
        "chainrule.errors",
        "chainrule.frontend",
        "chainrule.ir.types",
        "chainrule.trees",
        "chainrule.comparison",
    )
    assert not [name for name in unwanted if name in after]


def test_every_public_name_is_there():
    for name in chainrule.__all__:
        assert getattr(chainrule, name) is getattr(chainrule, name)
    assert set(chainrule.__all__) <= set(dir(chainrule))
    assert set(chainrule._MODULES) == set(chainrule.__all__)


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'gard'"):
        _ = chainrule.gard


def test_names_can_be_imported_from_it():
    script = "from chainrule import *\nfrom chainrule import grad\nassert grad and vjp and errors"
    subprocess.run([sys.executable, "-c", script], check=True)
