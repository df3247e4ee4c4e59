"""The pages behind the codes: what ``chainrule explain`` and the documentation print.

They stand in ``catalogue.md``, a section for each class of `chainrule.errors`. A page says what
the code means and ends in two blocks of Python, one that is refused and the same one mended.
"""

from __future__ import annotations

import functools
import pkgutil
import re

from chainrule import errors
from chainrule.errors import ChainruleError


def classes() -> dict[str, type[ChainruleError]]:
    """Return the class of each code, in the order of the codes."""
    found = {
        kind.code: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ChainruleError) and kind.code
    }
    return dict(sorted(found.items()))


def codes() -> list[str]:
    """Return every code, sorted."""
    return list(classes())


def explain(code: str) -> str:
    """Return the page of ``code``, in Markdown.

    Raises
    ------
    ValueError
        If there is no such code.
    """
    page = _pages().get(code.strip().upper())
    if page is None:
        raise ValueError(f"there is no code {code!r}; there are {', '.join(codes())}")
    return page


def examples(code: str) -> tuple[str, str]:
    """Return the two blocks of Python on the page of ``code``: refused, mended."""
    refused, mended = re.findall(r"^```python\n(.*?)^```$", explain(code), re.M | re.S)
    return refused, mended


@functools.cache
def _pages() -> dict[str, str]:
    text = pkgutil.get_data("chainrule", "catalogue.md")
    assert text is not None, "catalogue.md is part of the package"
    _, *pages = re.split(r"^## (?=CR)", text.decode(), flags=re.M)
    return {page.split(maxsplit=1)[0]: page.strip() + "\n" for page in pages}
