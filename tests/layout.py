"""The rooms of the house and what each may import, read off the code. `python -m tests.layout` prints them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = "render/data"  # builders of the shipped tables: scripts of their own, imported by nobody

BASE = {"render/core"}
FIELD, DRIVE, FORMS = "render/geophysics/field", "render/geophysics/drive", "render/geophysics/forms"
UPPER_AIR, USER_MAP = "render/geophysics/upper_air", "render/geophysics/user_map"
GEOPHYSICS = {FIELD, DRIVE, FORMS, UPPER_AIR, USER_MAP}
WINGS = {
    "render/observer", "render/observer/orbits", "render/atmosphere", "render/earth", "render/earth/lights",
    "render/sky", "render/station", "render/imaging", "render/imaging/capture", *GEOPHYSICS,
}  # fmt: skip
INTEGRATOR = {
    "render/integrator", "render/integrator/aurora", "render/integrator/sky", "render/integrator/above",
    "render/integrator/ground", "render/integrator/queries",
}  # fmt: skip
SHADERS = {"shaders", "shaders/aurora", "shaders/footprint", "shaders/sky", "shaders/ground", "shaders/station"}
ENGINE = {*BASE, *WINGS, *INTEGRATOR, "render/emission", "render/device", "render/scene", "render/scene_files"}

MAY_IMPORT: dict[str, set[str]] = {
    "shaders": set(),
    "shaders/aurora": {"shaders"},
    "shaders/footprint": {"shaders"},
    "shaders/sky": {"shaders"},
    "shaders/ground": {"shaders", "shaders/sky"},
    "shaders/station": {"shaders"},
    "render/geophysics": set(),
    "render/core": set(),
    "render/scene_errors": BASE,
    "render/scene_moved_keys": {*BASE, "render/scene_errors"},
    "render/processes": BASE,
    "render/tracing": BASE,
    "render/device": {*BASE, "render/tracing"},
    "render/observer/orbits": BASE,
    "render/observer": {*BASE, "render/observer/orbits"},
    "render/atmosphere": BASE,
    "render/earth": BASE,
    "render/earth/lights": {*BASE, "render/earth"},
    "render/sky": BASE,
    "render/station": BASE,
    "render/imaging/capture": BASE,
    "render/imaging": {*BASE, "render/imaging/capture"},
    FIELD: BASE,
    DRIVE: BASE,
    FORMS: {*BASE, FIELD, DRIVE},
    UPPER_AIR: {*BASE, FIELD, DRIVE},
    USER_MAP: {*BASE, FIELD},
    "render/emission": {*BASE, *GEOPHYSICS},  # the only wing that imports another
    "render/scene_files": {*BASE, "render/earth", "render/station", USER_MAP},
    "render/scene": {
        *BASE, *WINGS, "render/emission", "render/scene_errors", "render/scene_files", "render/scene_moved_keys",
    },
    "render/integrator": {*BASE, "render/device", "render/emission", "render/station", *SHADERS},
    "render/integrator/aurora": {
        *BASE, *GEOPHYSICS, "render/device", "render/emission", "render/integrator", *SHADERS,
    },
    "render/integrator/sky": {
        *BASE, "render/atmosphere", "render/sky", "render/device", "render/integrator", *SHADERS,
    },
    "render/integrator/above": {
        *BASE, *GEOPHYSICS, "render/atmosphere", "render/emission", "render/integrator", "render/integrator/aurora",
    },
    "render/integrator/ground": {
        *BASE, "render/atmosphere", "render/earth", "render/sky", "render/device", "render/emission",
        "render/integrator", "render/integrator/above", "render/integrator/aurora", "render/integrator/sky", *SHADERS,
    },
    "render/integrator/queries": {
        *BASE, "render/atmosphere", "render/sky", "render/device", "render/integrator", "render/integrator/aurora",
        "render/integrator/sky", *SHADERS,
    },
    "render/frame": ENGINE,
    "render/questions": {*ENGINE, "render/frame"},
    "render/formats": {
        *BASE, "render/device", "render/emission", "render/frame", "render/imaging", "render/imaging/capture",
        "render/observer", "render/scene",
    },
    "render/figures": {
        *BASE, *GEOPHYSICS, "render/earth", "render/emission", "render/frame", "render/questions", "render/formats",
    },
    "render/films": {
        *BASE, "render/device", "render/formats", "render/frame", "render/integrator", "render/processes",
        "render/questions", "render/scene",
    },
    "render/films/cluster": {*BASE, "render/films", "render/scene_files"},
    "render/instruments": {*ENGINE, "render/frame", "render/formats"},
    "render/maps": {*ENGINE, "render/frame", "render/questions", "render/formats", "render/figures", "render/films"},
    "render": {  # the face
        *BASE, "render/scene", "render/frame", "render/questions", "render/films", "render/viewer/notebook",
    },
    "render/commands/terminal": {*BASE, "render/films"},
    "render/viewer": {
        *ENGINE, "render/processes", "render/scene_moved_keys", "render/frame", "render/questions", "render/formats",
    },
    "render/viewer/notebook": {*BASE, "render/processes", "render/scene"},
    "render/viewer/serving": {*ENGINE, "render/processes", "render/viewer", "render/viewer/notebook"},
    "render/commands": {
        *ENGINE, "render/commands/terminal", "render/scene_errors", "render/frame", "render/questions",
        "render/formats", "render/figures", "render/films", "render/maps",
    },
    "render/commands/films": {
        *ENGINE, "render/commands", "render/commands/terminal", "render/formats", "render/frame", "render/films",
        "render/films/cluster",
    },
    "render/commands/viewing": {*BASE, "render/commands", "render/viewer", "render/viewer/serving"},
    "render/commands/instruments": {
        *ENGINE, "render/commands", "render/commands/films", "render/commands/terminal", "render/commands/viewing",
        "render/frame", "render/questions", "render/figures", "render/formats", "render/instruments",
    },
    "benchmarks": {*ENGINE, *SHADERS, "render/films", "render/frame", "render/questions", "render/formats", "render"},
    "benchmarks/gpu": {*ENGINE, "render/frame", "render/questions", "render/formats", "render", "benchmarks"},
    "render/cli": {*BASE, "render/commands", "render/commands/instruments"},
    "render/__main__": {"render/cli"},
}  # fmt: skip
"""Room -> the rooms that it may import, type checking and late imports included."""


def sources(root: Path = ROOT, tops: Iterable[str] = ("render", "shaders", "benchmarks")) -> dict[str, str]:
    """Return the source of every module that has a room, by its path from the root."""
    files = (path for top in tops for path in sorted((root / top).rglob("*.py")))
    found = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return {name: text for name, text in found.items() if not name.startswith(f"{SCRIPTS}/")}


def room_of(name: str) -> str:
    """Return the room of a module, by its path: its folder; of a module on the root of `render`, the module itself."""
    folder, _, file = name.rpartition("/")
    if folder == "render":
        return "render" if file == "__init__.py" else f"render/{file.removesuffix('.py')}"
    return folder


def modules(files: Iterable[str]) -> dict[str, str]:
    """Return dotted module name -> path."""
    return {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): name for name in files}


@cache
def nodes(text: str) -> tuple[ast.AST, ...]:
    """Return all nodes of a source's tree, which is read once."""
    return tuple(ast.walk(ast.parse(text)))


@cache
def imports(name: str, text: str) -> tuple[tuple[str, ...], ...]:
    """Return what a file imports anywhere, lazily too: absolute dotted names, of each the likeliest first.

    Of `from a import b` these are a.b, if b is a module, and a.
    """
    package = name.removesuffix(".py").split("/")[:-1]
    found: list[tuple[str, ...]] = []
    for node in nodes(text):
        if isinstance(node, ast.Import):
            found += [(alias.name,) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found += [(f"{module}.{alias.name}", module) for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found += [(a.value,) for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return tuple(found)


def file_arrows(files: Mapping[str, str]) -> dict[str, set[str]]:
    """Return path -> the paths of the project's own modules that it imports."""
    known = modules(files)
    arrows = {}
    for name, text in files.items():
        own = (next((known[n] for n in names if n in known), None) for names in imports(name, text))
        arrows[name] = {target for target in own if target and target != name}
    return arrows


def room_arrows(files: Mapping[str, str]) -> dict[str, set[str]]:
    """Return room -> the other rooms that its modules import."""
    arrows: dict[str, set[str]] = {room_of(name): set() for name in files}
    for name, targets in file_arrows(files).items():
        arrows[room_of(name)] |= {room_of(target) for target in targets}
    return {room: targets - {room} for room, targets in arrows.items()}


def forbidden(files: Mapping[str, str]) -> list[str]:
    """Return the imports that the table does not allow, and the files that have no room in it, a line each."""
    found = [f"{name}: no room {room_of(name)!r}" for name in files if room_of(name) not in MAY_IMPORT]
    for name, targets in sorted(file_arrows(files).items()):
        room = room_of(name)
        allowed = MAY_IMPORT.get(room, set()) | {room}
        found += [f"{name} imports {target}" for target in sorted(targets) if room_of(target) not in allowed]
    return found


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the sets of nodes that reach one another, each sorted."""
    reach = {node: set(targets) for node, targets in arrows.items()}
    for middle, beyond in reach.items():
        for targets in reach.values():
            if middle in targets:
                targets.update(beyond)
    rings = {tuple(sorted(n for n in targets if node in reach.get(n, ()))) for node, targets in reach.items()}
    return sorted(list(ring) for ring in rings if len(ring) > 1)


def floors(arrows: Mapping[str, set[str]]) -> dict[str, int]:
    """Return each room's floor: one above the highest that it may import, from 1. Raises ValueError for a circle."""
    if ring := circles(arrows):
        raise ValueError(f"rooms in a circle: {ring[0]}")
    found: dict[str, int] = {}
    while len(found) < len(arrows):
        ready = [room for room, below in arrows.items() if room not in found and below <= found.keys()]
        found |= {room: 1 + max((found[b] for b in arrows[room]), default=0) for room in ready}
    return found


if __name__ == "__main__":
    code = sources()
    by_room, by_file = room_arrows(code), file_arrows(code)
    levels = floors(by_room)
    for level in sorted(set(levels.values()), reverse=True):
        print(f"{level:3}  {'  '.join(sorted(room for room in levels if levels[room] == level))}")
    print(
        f"{len(by_room)} rooms, {max(levels.values())} floors, {sum(map(len, by_room.values()))} arrows, "
        f"{len(circles(by_room))} circles of rooms, {len(circles(by_file))} of files"
    )
