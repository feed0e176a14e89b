"""The house rules that a machine can keep: who imports whom, who prints and writes, how long things are."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import render
from tests.layout import (
    INTEGRATOR,
    MAY_IMPORT,
    ROOT,
    SHADERS,
    circles,
    file_arrows,
    floors,
    forbidden,
    imports,
    nodes,
    room_arrows,
    sources,
)

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
MAX_ROOT_MODULES = 8  # of `render`
MAX_FOLDER_MODULES = 15  # besides __init__

FILES = sources()
CODE = {name: text for name, text in FILES.items() if not name.startswith("benchmarks/")}
OWN_SOURCES = sources(tops=("render", "shaders", "tests", "benchmarks", "scripts", "docs"))
WRITING = re.compile(r"\.write_(text|bytes)$|\bsavez(_compressed)?$|\bnp\.save$|savefig$|to_netcdf$|imwrite$|imopen$")


def with_line(name: str, line: str) -> dict[str, str]:
    """Return the code with one line more in a file."""
    return {**FILES, name: f"{FILES[name]}\n{line}\n"}


def calls(text: str) -> Iterator[tuple[int, str, ast.Call]]:
    """Yield (line, what is called, the call)."""
    for node in nodes(text):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func), node


def broken_by(rule: Callable[[str, str], object], files: dict[str, str]) -> dict[str, object]:
    """Return what a rule finds in each file, where it finds anything."""
    return {name: found for name, text in files.items() if (found := rule(name, text))}


# 1. One table


def test_imports_are_read_in_every_form() -> None:
    text = (
        "import a.b\nfrom render import scene\nfrom ..frame import F\nfrom . import m\n"
        "if TYPE_CHECKING:\n    import typed\ndef f():\n    import late\n    importlib.import_module('named')\n"
    )
    found = {name for names in imports("render/sky/x.py", text) for name in names}
    assert {"a.b", "render.scene", "render.frame", "render.sky.m", "typed", "late", "named"} <= found


def test_every_module_has_a_room_and_imports_only_what_the_table_allows() -> None:
    assert {"render/scene.py", "shaders/definitions.py", "benchmarks/frame.py"} <= FILES.keys()
    assert not forbidden(FILES)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        # upward imports that the test before this one let pass, or that were there
        ("render/core/units.py", "from render.frame.stage import prepare"),
        ("render/core/cache.py", "from render.commands.console import say"),
        ("render/integrator/sky/transmittance.py", "from render.frame.moment import Moment"),
        ("render/frame/view.py", "from render.figures.polar_diagram import RIM_DEG"),
        ("render/scene.py", "import render"),
        ("render/films/film.py", "from render import load_scene"),
        ("render/emission/table.py", "from render.atmosphere.air import AIR"),
        ("render/integrator/points.py", "if TYPE_CHECKING:\n    from render.frame.moment import Moment"),
        ("render/device.py", "def f():\n    import shaders.view"),
        ("shaders/view.py", "from render.core.units import RAYLEIGH"),
    ],
)
def test_an_upward_import_fails(name: str, line: str) -> None:
    found = forbidden(with_line(name, line))
    assert len(found) == 1 and found[0].startswith(f"{name} imports ")


def test_a_file_without_a_room_fails() -> None:
    assert forbidden({**FILES, "render/attic/box.py": ""}) == ["render/attic/box.py: no room 'render/attic'"]


# 2. No circle; the floors of the document


def test_neither_rooms_nor_files_go_in_circles() -> None:
    assert not circles(MAY_IMPORT)
    assert not circles(room_arrows(FILES))
    assert not circles(file_arrows(FILES))


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    both = with_line("render/frame/moment.py", "from render.frame.stage import Stage")
    assert "render/frame/moment.py" in circles(file_arrows(both))[0]


def documented_floors(text: str) -> dict[str, int]:
    """Return room -> floor of the table in docs/architecture.md: rows of `| floor | rooms |`."""
    rows = re.findall(r"^\| (\d+) \|([^|]*)\|", text, re.MULTILINE)
    return {room: int(floor) for floor, rooms in rows for room in re.findall(r"`([^`]+)`", rooms)}


def test_the_document_has_every_room_on_its_floor() -> None:
    assert documented_floors((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")) == floors(MAY_IMPORT)


def test_every_room_of_the_table_is_there() -> None:
    assert set(MAY_IMPORT) == set(room_arrows(FILES))


# 3. The face, the root, the folders


def test_nobody_in_the_engine_imports_the_face() -> None:
    by_room = room_arrows(FILES)
    assert {room for room, targets in by_room.items() if "render" in targets} <= {"benchmarks", "benchmarks/gpu"}


def test_no_folder_overflows() -> None:
    counted = Counter(str(Path(name).parent) for name in FILES if not name.endswith("__init__.py"))
    assert counted["render"] <= MAX_ROOT_MODULES
    assert not {folder: n for folder, n in counted.items() if n > MAX_FOLDER_MODULES}


# 4. The nevers


def prints(name: str, text: str) -> list[int]:
    """Return the lines that print: `print(...)`, sys.stdout or sys.stderr used as such, or a rich console."""
    endings = ("stdout.write", "stderr.write", "Console")
    return [line for line, called, _ in calls(text) if called in ("print", "typer.echo") or called.endswith(endings)]


def writes(name: str, text: str) -> list[str]:
    """Return the calls that write files."""
    found = []
    for line, called, call in calls(text):
        given = [a.value for a in (*call.args, *(k.value for k in call.keywords)) if isinstance(a, ast.Constant)]
        opens = called.endswith("open") and any(
            isinstance(m, str) and re.fullmatch(r"[rt]*[wax][bt+]*", m) for m in given
        )
        if opens or WRITING.search(called) or called in ("os.replace", "tempfile.NamedTemporaryFile"):
            found.append(f"{line}: {called}")
    return found


def starts_a_device(name: str, text: str) -> list[str]:
    """Return what only `render.device` may do: start Taichi, import CuPy."""
    named = {n.split(".")[0] for names in imports(name, text) for n in names}
    return [*(["cupy"] if "cupy" in named else []), *re.findall(r"\b(?:ti|taichi)\.init\(", text)]


def test_only_the_command_line_prints() -> None:
    outside = {n: t for n, t in CODE.items() if not n.startswith(("render/cli.py", "render/commands/"))}
    assert not broken_by(prints, outside)
    assert broken_by(prints, {"x": "import sys\nsys.stderr.write('')"})


def test_only_formats_and_core_write_files() -> None:
    assert not broken_by(
        writes, {n: t for n, t in CODE.items() if not n.startswith(("render/formats/", "render/core/"))}
    )
    for line in ("p.write_text('')", "open(p, 'wb')", "p.open(mode='a')", "np.savez(p)", "figure.savefig(p)"):
        assert broken_by(writes, {"x": line})


def test_only_the_device_starts_taichi_or_imports_cupy() -> None:
    assert not broken_by(starts_a_device, {n: t for n, t in CODE.items() if n != "render/device.py"})
    assert broken_by(starts_a_device, {"x": "import cupy.fft\nti.init()"})


def test_only_the_integrator_imports_shaders_or_taichi() -> None:
    taichi = {n for n, t in CODE.items() for names in imports(n, t) for m in names if m.split(".")[0] == "taichi"}
    assert not [n for n in taichi if not n.startswith(("shaders/", "render/integrator/")) and n != "render/device.py"]
    importers = {room for room, targets in MAY_IMPORT.items() if targets & SHADERS} - SHADERS
    assert importers <= {*INTEGRATOR, "benchmarks"}


def test_only_the_frame_puts_camera_and_observer_together() -> None:
    callers = {n for n, t in CODE.items() if any(called.endswith("camera_at") for _, called, _ in calls(t))}
    assert callers == {"render/frame/moment.py"}


# 5. Names and lengths


def test_no_folder_and_file_share_a_name() -> None:
    folders = {str(parent) for name in FILES for parent in Path(name).parents}
    clashes = [n for n in FILES if n.removesuffix(".py") in folders or Path(n).stem == Path(n).parent.name]
    assert not clashes


def test_files_are_short() -> None:
    lengths = {name: len(text.splitlines()) for name, text in OWN_SOURCES.items()}
    assert not {name: n for name, n in lengths.items() if n > MAX_FILE_LINES}


def test_functions_are_short() -> None:
    long = {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, text in OWN_SOURCES.items()
        for node in nodes(text)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert not long


def test_shaders_keep_annotations_alive() -> None:
    # Taichi reads the annotations of kernels; as strings they break it.
    named = {name: {n for names in imports(name, text) for n in names} for name, text in CODE.items()}
    assert not [name for name, names in named.items() if name.startswith("shaders/") and "__future__" in names]


def committed_text() -> Iterator[Path]:
    tops = ("render", "shaders", "tests", "benchmarks", "scripts", "docs", "scenes", ".ci")
    endings = {".py", ".toml", ".md", ".csv", ".txt", ".cff", ".json", ""}
    for path in (*(p for top in tops for p in (ROOT / top).rglob("*")), *ROOT.glob("*")):
        if path.is_file() and path.suffix in endings and "__pycache__" not in path.parts:
            yield path


def test_no_path_of_this_machine_is_written_down() -> None:
    machine = re.compile(r"(?<![\w.])/(?:work|home|root|Users)/\w")
    broken = []
    for path in committed_text():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        broken += [f"{path.relative_to(ROOT)}: {found.group()}" for found in machine.finditer(text)]
    assert not broken


def test_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert render.__version__ == project["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {render.__version__}" in citation
    assert f"## {render.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
