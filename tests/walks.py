"""The walk-throughs of docs, read as a person reads them: what to save, to change, to run, and what is then seen."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
import typer

from render.commands.instruments.application import app

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WALKS = tuple(sorted(DOCS.glob("for_*.md")))

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVE = re.compile(r"[Ss]ave\s+(?:this\s+)?as\s+`([\w.]+)`:\s*$")
CHANGE = re.compile(r"[Cc]hange\s+these\s+lines\s+in\s+`([\w.]+)`:\s*$")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")
WRITING = ("output", "plot", "netcdf", "sheet")  # options whose files must be there afterwards
TOLERANCE = 0.02  # of a number that a walk tells; for other devices and libraries
PROGRAMS = dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


class WalkError(ValueError):
    """What a walk says cannot be done as it stands; names the line."""


@dataclass(frozen=True)
class Step:
    """One thing that a walk asks for. `kind`: save, change, run or see; `name`: the file; `line`: where it begins."""

    kind: str
    text: str
    name: str
    line: int


def steps(text: str) -> Iterator[Step]:
    """Yield what a walk asks for, in its order. Raises WalkError for a block that says nothing a reader could do."""
    for found in BLOCK.finditer(text):
        language, content = found.groups()
        before, line = text[: found.start()], text.count("\n", 0, found.start()) + 1
        saved, changed = SAVE.search(before), CHANGE.search(before)
        if language == "sh":
            for number, command in enumerate(content.splitlines(), line + 1):
                yield Step("run", command, "", number)
        elif language == "text":
            yield Step("see", content, "", line)
        elif changed and language == "toml":
            yield Step("change", content, changed[1], line)
        elif saved and language in ("toml", "python", "csv"):
            yield Step("save", content, saved[1], line)
        else:
            raise WalkError(f"line {line}: {language or 'no language'}: neither run, seen nor saved under a name")


def change(path: Path, text: str) -> None:
    """Change keys of a scene as a reader does who finds the lines, or adds them; all else stays."""
    scene = tomlkit.parse(path.read_text(encoding="utf-8"))
    for section, keys in tomlkit.parse(text).items():
        scene.setdefault(section, tomlkit.table()).update(keys)
    path.write_text(tomlkit.dumps(scene), encoding="utf-8")


def words_of(command: str) -> tuple[list[str], str]:
    """Return a command's words, and the file that its output goes to or "". Raises WalkError for any other line."""
    command, _, target = (part.strip() for part in command.partition(" > "))
    words = shlex.split(command, comments=True)
    if words[:1] not in (["polarlight"], ["python"], ["cp"]) or set(command) & set("|&;$`"):
        raise WalkError(f"{command!r}: not a command of a walk")
    return words, target


def parameters(words: list[str]) -> dict[str, Any]:
    """Return what the command line makes of the words after `polarlight`. Raises WalkError for what it refuses."""
    if words[0] not in PROGRAMS:
        raise WalkError(f"no command {words[0]!r}")
    try:
        return dict(PROGRAMS[words[0]].make_context(words[0], list(words[1:])).params)
    except Exception as error:
        raise WalkError(f"polarlight {' '.join(words)}: {error}") from error


def outputs(given: dict[str, Any]) -> list[Path]:
    """Return the files that a command is to write."""
    found: list[Path] = []
    for name in WRITING:
        value = given.get(name)
        found += [Path(one) for one in (value if isinstance(value, list | tuple) else [value]) if one]
    return found


def number(word: str) -> float | None:
    """Return a word as a number, punctuation left out; None if it is none."""
    try:
        return float(word.strip(",;:()"))
    except ValueError:
        return None


def agrees(told: str, seen: str) -> bool:
    """Tell whether a line that was seen begins as one that was told: words alike, numbers within TOLERANCE."""
    for one, other in zip(told.split(), seen.split(), strict=False):
        wanted, found = number(one), number(other)
        if wanted is None or found is None:
            if one != other:
                return False
        else:
            last = 0.5 * 10.0 ** -len(one.strip(",;:()").partition(".")[2]) if "e" not in one else 0.0
            if not abs(found - wanted) <= max(TOLERANCE * abs(wanted), last):  # of NaN, too
                return False
    return len(seen.split()) >= len(told.split())


def unseen(told: str, output: str) -> list[str]:
    """Return the lines of a walk's text that no line of the output agrees with."""
    lines = output.splitlines()
    return [line for line in told.splitlines() if line.strip() and not any(agrees(line, seen) for seen in lines)]
