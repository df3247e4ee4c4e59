"""What the tests of the front end share."""

import importlib.util
import sys

import pytest


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Makes a module from text, in a file of its own."""

    def make(text, name="model"):
        file = tmp_path / f"{name}.py"
        file.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, file)
        made = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, made)
        spec.loader.exec_module(made)
        return made

    return make
