"""What an array was computed by: a digest of the sources and data files behind a module.

An array kept between runs is right as long as it would come out the same today, so its name must change with its
computation. A version number to be raised by hand is forgotten; so the digest covers whatever a module reaches by its
imports, shaders included, and the files of `render/data` that these name. Nothing is to be listed, and nothing is
imported for it. Comments, docstrings and blank lines do not count; any other edit does, be it of no consequence: then
the array is made anew once, which costs seconds.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

OWN = ("render", "shaders")
NUMBERLESS = frozenset({
    "render", "render.device", "render.core.cache", "render.core.errors", "render.core.messages",
    "render.core.provenance", "render.core.quiet", "render.core.record", "render.core",
})  # fmt: skip
"""Modules that move arrays, keep them, or speak of them, but compute none: they are not followed."""

_STRING_OR_COMMENT = re.compile(
    r"""\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[#][^\n]*"""
)  # read from left to right, so that none is taken for a part of another
_HELD = "\0"
_TYPES_ONLY = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)+", re.MULTILINE)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))", re.MULTILINE
)
_DATA_NAME = re.compile(r"""["']([\w-]+\.(?:csv|txt|npz|json)(?:\.xz)?)["']""")


@cache
def computation_digest(module: str) -> str:
    """Return 64 hexadecimal digits that change with what `module`, a dotted name, computes.

    Raises ValueError for a module that is not of this project.
    """
    told = hashlib.sha256()
    for path in sources_behind(module):
        content = _source(path).bare.encode() if path.suffix == ".py" else path.read_bytes()
        told.update(f"{path.name} {len(content)}\n".encode() + content)
    return told.hexdigest()


def sources_behind(module: str) -> list[Path]:
    """Return the files of a module, of all that it imports directly or not, and the data files that they name.

    Raises ValueError as `computation_digest`.
    """
    if module.partition(".")[0] not in OWN or _file_of(module) is None:
        raise ValueError(f"{module}: no module of {' or '.join(OWN)}; give the __name__ of the one that computes")
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if path is None or name in found or name in NUMBERLESS:
            continue
        found[name] = path
        waiting += _source(path).modules
        found |= {f"data/{file}": _root("render") / "data" / file for file in _source(path).data}
    return [found[name] for name in sorted(found)]


def bare_source(text: str, prose: str = "") -> str:
    """Return Python source without comments, docstrings and blank lines; `prose` stands in for a docstring."""
    kept = _STRING_OR_COMMENT.sub(lambda found: prose if _is_docstring(found) else _code_in(found[0]), text)
    return "\n".join(line.rstrip() for line in kept.split("\n") if line.strip()).replace(_HELD, "\n")


def _is_docstring(found: re.Match[str]) -> bool:
    """Say whether a string stands alone on its lines, in three quotation marks."""
    if not found[0].startswith(('"' * 3, "'" * 3)):
        return False
    line = found.string.rfind("\n", 0, found.start()) + 1
    return not found.string[line : found.start()].strip() and found.string[found.end() : found.end() + 1] in ("", "\n")


def _code_in(found: str) -> str:
    """Return a string as it is, its line breaks held back from the dropping of blank lines; of a comment, nothing."""
    return "" if found.startswith("#") else found.replace("\n", _HELD)


class _Source(NamedTuple):
    """What there is in a Python file: its code, what may be modules among its imports, and the data that it names."""

    bare: str
    modules: list[str]
    data: list[str]


@cache
def _source(path: Path) -> _Source:
    bare = bare_source(path.read_text(encoding="utf-8"))
    text = _TYPES_ONLY.sub("", bare + "\n")
    imported = [name for found in _IMPORT.findall(text) for name in _imported(*found)]
    data = [name for name in _DATA_NAME.findall(text) if (_root("render") / "data" / name).is_file()]
    return _Source(bare, [name for name in imported if name.partition(".")[0] in OWN], data)


def _imported(base: str, names: str, plain: str) -> list[str]:
    """Return what may be modules in `from base import names`, or else in `import plain`."""
    words = [word.split()[0] for word in (names or plain).strip("() \n").split(",") if word.strip()]
    if not base:
        return words
    path = _file_of(base) if base.partition(".")[0] in OWN else None
    return [base, *(f"{base}.{word}" for word in words if path is not None and path.name == "__init__.py")]


@cache
def _file_of(module: str) -> Path | None:
    """Return the source file of a dotted name, or None where it is no module."""
    package, *inner = module.split(".")
    place = _root(package).joinpath(*inner)
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _root(package: str) -> Path:
    """Return the folder of a top-level package, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{package}: no such package")
    return Path(next(iter(spec.submodule_search_locations)))
