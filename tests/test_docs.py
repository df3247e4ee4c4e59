"""The programs of the README and the documentation print what is shown, and tables are current.

A block of Python belongs to the program of its page. A block after `<!-- prints -->` is what the
blocks since the last such block print. With CHAINRULE_UPDATE_GOLDEN=1 both are written anew.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule import catalogue
from chainrule.rules.kinks import KINKS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
UPDATE = os.environ.get("CHAINRULE_UPDATE_GOLDEN") == "1"
BLOCK = re.compile(r"^(<!-- prints -->\n)?```(python|text)\n(.*?)^```$", re.M | re.S)


def name(page: Path) -> str:
    return page.stem


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_is_current(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # errors name files from here
    text = page.read_text()
    expected = with_tables(with_output(text))
    if UPDATE:
        page.write_text(expected)
        text = expected
    assert text == expected


def with_output(text: str) -> str:
    """A page with what its program prints."""
    scope: dict[str, Any] = {"__name__": "program"}
    printed = io.StringIO()
    parts, end = [], 0
    for number, block in enumerate(BLOCK.finditer(text)):
        is_output, language, code = block[1], block[2], block[3]
        parts.append(text[end : block.start(3)])
        end = block.end(3)
        if is_output:
            code = as_block(printed.getvalue())
            printed = io.StringIO()
        elif language == "python":
            file = Path(f"part{number}.py").resolve()
            file.write_text(code)
            with contextlib.redirect_stdout(printed):
                exec(compile(code, str(file), "exec", dont_inherit=True), scope)
        parts.append(code)
    assert not printed.getvalue(), "something is printed and not shown"
    return "".join(parts) + text[end:]


def as_block(printed: str) -> str:
    """What stands in the page for what was printed."""
    lines = [line.rstrip() for line in printed.rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def with_tables(text: str) -> str:
    """A page with its tables made anew."""
    for title, rows in (("kinks", kinks), ("errors", errors)):
        head = f"<!-- table: {title} -->\n"
        before, found, rest = text.partition(head)
        if found:
            after = rest.partition("<!-- end -->")[2]
            table = "\n".join(rows())
            text = f"{before}{head}\n{table}\n\n<!-- end -->{after}"
    return text


def test_tables_are_where_they_belong() -> None:
    for title in ("kinks", "errors"):
        assert f"<!-- table: {title} -->" in (ROOT / "docs" / f"{title}.md").read_text()


def errors() -> list[str]:
    rows = ["| code | class | |", "|---|---|---|"]
    for code, kind in catalogue.classes().items():
        builtins = [b.__name__ for b in kind.__mro__ if b.__module__ == "builtins"]
        said = (kind.__doc__ or "").split("\n")[0]
        rows.append(f"| `{code}` | `{kind.__name__}` (`{builtins[0]}`) | {said} |")
    return rows


def kinks() -> list[str]:
    rows = ["| at | gradient | why |", "|---|---|---|"]
    for kink in KINKS:
        arguments = ", ".join(map(shown, kink.args))
        given = iter(kink.gradient)
        gradient = [
            "∅" if i in kink.constant else shown(next(given, None)) for i in range(len(kink.args))
        ]
        warns = ", and warns" if kink.warns else ""
        rows.append(
            f"| `{called(kink)}({arguments})` | {', '.join(gradient)} | {kink.why}{warns} |"
        )
    return rows


def called(kink: Any) -> str:
    function = kink.function
    if isinstance(function, np.ufunc):
        return f"np.{function.__name__}"
    module = function.__module__
    short = {"builtins": "", "numpy": "np.", "math": "math.", "numpy.linalg": "np.linalg."}
    return f"{short[module]}{function.__name__}"


def shown(value: Any) -> str:
    """A number or an array, short."""
    if value is None:
        return "∅"
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, np.ndarray | list):
        return "[" + ", ".join(map(shown, value)) + "]"
    if math.isnan(value) or math.isinf(value):
        return str(float(value))
    return f"{float(value):g}"


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)\)", page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert page.stem == "index" or f"({page.name})" in index


def test_every_example_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    for example in (ROOT / "examples").glob("*.py"):
        assert f"`{example.name}`" in index
