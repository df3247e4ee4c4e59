"""Fresh processes: imports, and the first gradient with the cache off and filled."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measure import processes
from benchmarks.table import duration, markdown, ratio

TITLE = "Fresh processes: time over that of `import numpy`"
NEURON = """
import math

def neuron(w0, x0, w1, x1, w2):
    return 1 / (1 + math.exp(-(w0 * x0 + w1 * x1 + w2)))
"""
FIRST = """
import chainrule
from model import neuron
print(chainrule.grad(neuron, ...)(2.0, -1.0, -3.0, -2.0, -3.0))
"""
OFF = """
import os
os.environ["CHAINRULE_CACHE_DIR"] = ""
"""
LOADED = """
import numpy
from model import neuron
print(neuron(2.0, -1.0, -3.0, -2.0, -3.0))
"""


def table(quick: bool) -> str:
    rounds = 7 if quick else 41
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.py").write_text(NEURON)
        first, off, loaded = (Path(folder, f"{name}.py") for name in ("first", "off", "loaded"))
        first.write_text(FIRST)
        off.write_text(OFF + FIRST)
        loaded.write_text(LOADED)
        scripts = {
            "import numpy": ["-c", "import numpy"],
            "import numpy, and the neuron itself": [str(loaded)],
            "import numpy, chainrule": ["-c", "import numpy, chainrule"],
            "first gradient, cache off": [str(off)],
            "first gradient, cache filled": [str(first)],
        }
        times = processes(scripts, rounds, CHAINRULE_CACHE_DIR=str(Path(folder, "cache")))
    base = times["import numpy"]
    rows = [
        [name, duration(t.clock), ratio(t.clock, base.clock), ratio(t.processor, base.processor)]
        for name, t in times.items()
    ]
    return markdown(("", "time", "ratio", "of processor time"), rows)
