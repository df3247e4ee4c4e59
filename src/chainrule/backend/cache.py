"""Derivatives on disk, so that a process starts where the last one stopped.

An entry is found by the code of the function, the options, the types of the call and the versions
of all that has a say. It counts only if the whole of that is stored in it as we have it, and if
what it depends on, the functions that are called and the types of what is read from outside, is now
as it was then. A hit reads no source.

Whatever goes wrong with the disk costs speed and nothing else.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
import types
from typing import TYPE_CHECKING, Any

from chainrule.backend.identity import (
    Unknown,
    described,
    described_thing,
    digest,
    function_of,
    place_named,
    reference,
    resolved,
    spelled,
)
from chainrule.backend.load import companions_of
from chainrule.backend.plan import Dependency, Outside, Plan, code_of, look_up
from chainrule.backend.versions import rules_of_users, stamp_of, versions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

MAGIC = b"chainrule 1\n"
LIMIT = 4096
"""How many entries are kept: where there are more, the ones written longest ago go."""
_trusted: dict[str, bool] = {}


class Found:
    """A derivative that was on disk: its plan, the code that runs, and that of what it calls by name."""

    __slots__ = ("beside", "code", "keywords", "plan")

    def __init__(
        self,
        plan: Plan,
        code: types.CodeType,
        keywords: dict[str, Any] | None,
        beside: dict[str, types.CodeType],
    ) -> None:
        self.plan, self.code, self.keywords, self.beside = plan, code, keywords, beside


# The folder


def directory() -> str | None:
    """Where entries are kept: None if ``CHAINRULE_CACHE_DIR`` is set and empty."""
    environment = os.environ
    given = environment.get("CHAINRULE_CACHE_DIR")
    if given is not None:
        return os.path.abspath(os.path.expanduser(given)) if given else None
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return os.path.join(base, "chainrule", "Cache")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "chainrule")
    base = environment.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.join(home, ".cache"), "chainrule")


def info() -> str:
    """What is in the folder, in a few words."""
    folder = directory()
    if folder is None:
        return "off"
    found = list(_entries(folder))
    size = sum(entry.stat().st_size for entry in found)
    return f"{folder}: {len(found)} derivatives, {size / 1024:.0f} KiB"


def clear() -> int:
    """Remove every entry; how many there were."""
    folder = directory()
    found = list(_entries(folder)) if folder is not None else []
    for entry in found:
        _remove(entry.path)
    return len(found)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from [
                e
                for e in found
                if e.name.endswith((".chainrule", ".tmp")) and e.is_file(follow_symlinks=False)
            ]
    except OSError:
        return


def _is_ours(status: os.stat_result) -> bool:
    """Whether nobody else can have written a file or folder."""
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _trust(folder: str) -> bool:
    """Whether what is in a folder may be run; asked once in a process."""
    found = _trusted.get(folder)
    if found is None:
        try:
            found = _is_ours(os.stat(folder))
        except OSError:
            return False  # it may come into being
        _trusted[folder] = found
    return found


# Entries


def key_of_call(d: Any, keys: Mapping[str, Any], seed: Any, *options: Any) -> bytes | None:
    """All that decides what a derivative is, less dependencies; None if it cannot be written."""
    try:
        inner, of = [], d.target.inner
        while of is not None:
            inner.append((spelled(of._wrt), tuple(of._kind), repr(of._seed)))
            of = of.target.inner
        of_call = [(name, described(key)) for name, key in keys.items()]
        wanted = (spelled(d._wrt), tuple(d._kind), d._has_seed, described(seed), inner, options)
        function = function_of(d.target.function)
        before = (
            len(d.target.before),
            tuple(d.target.keywords),
            spelled(tuple(d.target.signature.parameters)),
        )
        return marshal.dumps((versions(), function, before, wanted, of_call, rules_of_users()), 2)
    except (Unknown, ValueError):
        return None


def find(
    key: bytes, name: str, function: types.FunctionType, bound: Mapping[str, Any]
) -> Found | None:
    """The entry for a key, if there is one and all that it depends on holds."""
    path = _path(key, name)
    if path is None or not _trust(os.path.dirname(path)):
        return None
    try:
        with open(path, "rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                raise Broken
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError:
        return None
    except Broken:
        _remove(path)
        return None
    try:
        stored, entry = _opened(content)
        return _revived(entry, function, bound) if stored == key else None
    except Outdated:
        return None
    except Exception:  # whatever is in the file, it is none of ours
        _remove(path)
        return None


def store(
    key: bytes,
    name: str,
    plan: Plan,
    function: types.FunctionType,
    lean: types.FunctionType,
    codes: Collection[types.CodeType] = (),
) -> None:
    """Write an entry, if what is in it can be written.

    Parameters
    ----------
    codes
        The code of the functions that are in the key.
    """
    path = _path(key, name)
    if path is None:
        return
    try:
        content = _closed(key, _packed(plan, function, lean, codes))
    except (Unknown, ValueError):
        return
    folder = os.path.dirname(path)
    temporary = f"{path}.{os.getpid()}.{id(plan):x}.tmp"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if not _trust(folder):
            return
        handle = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
        if digest(key)[0] % 64 == 0:
            _prune(folder)
    except OSError:
        _remove(temporary)


class Broken(Exception):
    """A file is not an entry that we wrote."""


class Outdated(Exception):
    """Something that an entry depends on is not as it was."""


def _path(key: bytes, name: str) -> str | None:
    folder = directory()
    if folder is None:
        return None
    short = "".join(c for c in name if c.isalnum() or c == "_")[-40:]
    return os.path.join(folder, f"{short}-{digest(key).hex()}.chainrule")


def _closed(key: bytes, entry: tuple[Any, ...]) -> bytes:
    payload = marshal.dumps((key, entry))
    return MAGIC + digest(payload) + payload


def _opened(content: bytes) -> tuple[bytes, tuple[Any, ...]]:
    head = len(MAGIC) + 8
    payload = content[head:]
    if content[:head] != MAGIC + digest(payload):
        raise Broken
    key, entry = marshal.loads(payload)
    return key, entry


def _packed(
    plan: Plan,
    function: types.FunctionType,
    lean: types.FunctionType,
    codes: Collection[types.CodeType],
) -> tuple[Any, ...]:
    """A plan as plain data."""
    reached = {id(code_of(d.thing)) for d in plan.depends} | {
        id(code) for code in (function.__code__, *codes)
    }
    for inlined in plan.inlined:
        if id(inlined.__code__) not in reached:
            raise Unknown  # nobody knows how it was come to, nor whether that still leads there
    depends = tuple(
        (place_named(d.place, function), d.name, described_thing(d.thing)) for d in plan.depends
    )
    outside = tuple(
        (
            None if o.place is None else place_named(o.place, function),
            o.root,
            o.path,
            described(o.key),
        )
        for o in plan.outside
    )
    imports = tuple((name, reference(thing)) for name, thing in plan.imports.items())
    files = {f.__code__.co_filename for f in (function, *plan.inlined)}
    sources = tuple((file, stamp_of(file)) for file in sorted(files))
    text = (plan.name, plan.text, plan.guards, plan.seed)
    beside = {n: f.__code__ for n, f in companions_of(lean, plan.companions).items()}
    return (
        text,
        imports,
        depends,
        outside,
        sources,
        lean.__code__,
        _seed_default(lean, plan),
        beside,
    )


def _seed_default(lean: types.FunctionType, plan: Plan) -> Any:
    return {k: v for k, v in (lean.__kwdefaults__ or {}).items() if k == plan.seed}


def _revived(
    entry: tuple[Any, ...], function: types.FunctionType, bound: Mapping[str, Any]
) -> Found:
    """The plan of an entry."""
    text, imports, depends, outside, sources, code, keywords, beside = entry
    found = []
    for where, name, description in depends:
        place = _place(where, function)
        thing = look_up(place, name)
        try:
            if described_thing(thing) != description:
                raise Outdated
        except Unknown:
            raise Outdated from None
        found.append(Dependency(place, name, thing, code_of(thing)))
    leaves = []
    for where, root, path, description in outside:
        leaf = Outside(None if where is None else _place(where, function), root, path, None)
        try:
            leaf.key = leaf.key_now(bound)
            if described(leaf.key) != description:
                raise Outdated
        except Unknown:
            raise Outdated from None
        leaves.append(leaf)
    given = {name: resolved(ref) for name, ref in imports}
    name, body, guards, seed = text
    plan = Plan(
        name, body, guards, seed, given, tuple(found), tuple(leaves), companions=tuple(beside)
    )
    plan.sources = sources
    return Found(plan, code, keywords, beside)


def _place(where: Any, function: types.FunctionType) -> Any:
    try:
        return resolved(where, function)
    except (ImportError, AttributeError, KeyError, ValueError):
        raise Outdated from None


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _prune(folder: str) -> None:
    found = sorted(_entries(folder), key=lambda e: e.stat().st_mtime_ns)
    for entry in found[:-LIMIT]:
        _remove(entry.path)
