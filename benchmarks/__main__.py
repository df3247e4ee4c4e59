"""Run the benchmarks and print their tables, in Markdown.

    python -m benchmarks [--quick] [NAME ...]

NAME is one of calls, dispatch, processes, transformation; without any, all of them.
"""

from __future__ import annotations

import argparse
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # one core
    os.environ.setdefault(name, "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")


def main() -> int:
    from benchmarks import calls, dispatch, processes, transformation
    from benchmarks.table import machine

    parts = {
        "calls": calls,
        "dispatch": dispatch,
        "processes": processes,
        "transformation": transformation,
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=(*parts, []), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    options = parser.parse_args()
    print(f"Medians on one core. {machine()}\n")
    for name in options.names or parts:
        print(f"## {parts[name].TITLE}\n")
        print(parts[name].table(options.quick), end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
