"""``chainrule build``: modules of adjoints, written, checked and compared."""

from __future__ import annotations

import argparse
import ast
import difflib
import inspect
import os
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from chainrule import pipeline
from chainrule.backend.build import Part, build
from chainrule.backend.emit import Text
from chainrule.command.console import Console, Usage, painted_diff
from chainrule.command.options import Parser
from chainrule.command.show import notes
from chainrule.command.targets import derivative_of, is_file
from chainrule.derivative import Derivative
from chainrule.ir.form import Function


class Job(NamedTuple):
    """A file, and what is to stand in it; relative paths start at the folder."""

    output: str
    targets: tuple[str, ...]
    wrt: str | None
    folder: Path


def parser() -> Parser:
    p = Parser(
        "build",
        "Write a module of adjoints that works where chainrule is not installed. Without targets, "
        "every file of the table [tool.chainrule.build] in pyproject.toml.",
        "  chainrule build model.py:neuron model.py:loss -o grads.py\n"
        "  chainrule build --check --diff\n\n"
        "in pyproject.toml:\n\n"
        "  [tool.chainrule.build]\n"
        '  "grads.py" = ["model.py:neuron", "model.py:loss"]',
    )
    p.add_argument(
        "targets",
        metavar="TARGET",
        nargs="*",
        help="package.module:function, file.py:function or file.py:Class.method",
    )
    p.add_argument("-o", metavar="FILE", dest="output", help="where the module goes")
    p.wrt()
    p.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file is stale"
    )
    p.add_argument("--diff", action="store_true", help="with --check, show what would change")
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    if options.diff and not options.check:
        raise Usage("--diff goes with --check")
    stale = [job for job in _jobs(options) if _do(job, options, console)]
    return 1 if stale else 0


def _jobs(options: argparse.Namespace) -> list[Job]:
    if options.targets:
        if options.output is None:
            raise Usage("build needs -o FILE, where the module goes")
        return [Job(options.output, tuple(options.targets), options.wrt, Path.cwd())]
    if options.output is not None or options.wrt is not None:
        raise Usage("build needs a TARGET beside these options")
    return table(Path.cwd())


def table(start: Path) -> list[Job]:
    """The jobs of the table in the nearest pyproject.toml."""
    file = next(
        (
            f
            for f in (folder / "pyproject.toml" for folder in (start, *start.parents))
            if f.is_file()
        ),
        None,
    )
    if file is None:
        raise Usage(
            "build needs a TARGET and -o FILE, or a pyproject.toml with a table "
            "[tool.chainrule.build]"
        )
    try:
        found: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Usage(f"{file}: {error}") from None
    for key in ("tool", "chainrule", "build"):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict) or not found:
        raise Usage(
            f"build needs a TARGET and -o FILE, or a table [tool.chainrule.build] in {file}"
        )
    jobs = []
    for output, targets in found.items():
        targets = [targets] if isinstance(targets, str) else targets
        if (
            not isinstance(targets, list)
            or not targets
            or not all(isinstance(t, str) for t in targets)
        ):
            raise Usage(f'{file}: "{output}" is to be a list of targets, such as ["model.py:loss"]')
        jobs.append(Job(output, tuple(targets), None, file.parent))
    return jobs


def _do(job: Job, options: argparse.Namespace, console: Console) -> bool:
    """Write a file, or say whether it is stale."""
    text = text_of(job, console)
    path = job.folder / job.output
    if not options.check:
        _write(path, text, job.output)
        return False
    old = _read(path, job.output)
    if old is not None and same(old, text):
        return False
    console.note(
        f"{job.output} is stale: {command_of(job)}"
        if old is not None
        else f"{job.output} is missing: {command_of(job)}"
    )
    if options.diff:
        lines = difflib.unified_diff(
            (old or "").splitlines(keepends=True),
            text.splitlines(keepends=True),
            job.output,
            f"{job.output} (made again)",
        )
        console.artefact("".join(lines), painted_diff)
    return True


def text_of(job: Job, console: Console) -> str:
    """What the file of a job is to hold."""
    derivatives = [derivative_of(target, job.wrt, job.folder) for target in job.targets]
    parts = []
    for d in derivatives:
        adjoint = d._annotated[1]
        notes(d, adjoint, console)
        parts.append(Part(pipeline.optimized(adjoint), d.target.function, _writer(d)))
    return build(parts, command_of(job))


def _writer(d: Derivative[..., Any]) -> Any:
    def write(adjoint: Function) -> Text:
        return d._written(adjoint, False, True)

    return write


def command_of(job: Job) -> str:
    """What makes a file again, from the folder of the job."""
    words = ["chainrule", "build", *(_relative(t, job.folder) for t in job.targets)]
    words += ["-o", _relative(job.output, job.folder)]
    words += [f"--wrt={job.wrt}"] if job.wrt is not None else []
    return " ".join(map(shlex.quote, words))


def _relative(text: str, folder: Path) -> str:
    """A path, or the one in a target, relative to a folder, with slashes that go everywhere."""
    place, colon, name = text.rpartition(":") if ".py:" in text else (text, "", "")
    if not is_file(place):
        return text
    if os.path.isabs(place):
        place = os.path.relpath(place, folder)
    return Path(os.path.normpath(place)).as_posix() + colon + name


def _write(path: Path, text: str, shown: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Usage(f"{shown}: {error.strerror or error}") from None


def _read(path: Path, shown: str) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"{shown} cannot be read: {error}") from None


def same(one: str, other: str) -> bool:
    """Whether two texts are one program: comments do not count, nor does layout."""
    try:
        trees: Sequence[ast.Module] = [ast.parse(one), ast.parse(other)]
    except SyntaxError:
        return False
    for node in (n for tree in trees for n in ast.walk(tree)):
        if (
            isinstance(node, ast.FunctionDef | ast.Module)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        ):
            said = node.body[0].value
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                said.value = inspect.cleandoc(said.value).strip()
    return ast.dump(trees[0]) == ast.dump(trees[1])
