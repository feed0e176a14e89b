"""The house rules that a machine can keep: who may import whom, who prints, how long files and functions are."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import render

ROOT = Path(__file__).resolve().parents[1]
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60

WINGS = ("observer", "geophysics", "emission", "atmosphere", "earth", "sky", "station", "imaging")
UPSTAIRS = ("scene", "frame", "integrator", "device")
"""What no wing may import."""
WING_MAY_IMPORT = {"emission": {"geophysics"}}
PRINTERS = ("render/cli.py", "render/commands/")
OWN_SOURCES = sorted(
    path
    for top in ("render", "shaders", "tests", "benchmarks", "scripts", "docs")
    for path in (ROOT / top).rglob("*.py")
)
CODE = [path for path in OWN_SOURCES if path.relative_to(ROOT).parts[0] in ("render", "shaders")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> set[str]:
    """Return every module that a file imports anywhere, lazily too, as absolute dotted names."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            # `from render import device` imports render.device, if that is a module.
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def reaches(names: set[str], module: str) -> list[str]:
    """Return the imported names that are the module or inside it."""
    return sorted(n for n in names if n == module or n.startswith(module + "."))


def in_folder(folder: str) -> Iterator[Path]:
    return (path for path in CODE if name_of(path).startswith(folder))


def test_sources_are_found() -> None:
    assert {"render/scene.py", "shaders/definitions.py"} <= {name_of(path) for path in CODE}


def test_imports_are_read_in_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "render" / "sky" / "x.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "import a.b\nfrom render import scene\nfrom ..frame import F\nfrom . import m\n"
        "def f():\n    import late\n    importlib.import_module('named')\n"
    )
    assert {"a.b", "render.scene", "render.frame", "render.sky.m", "late", "named"} <= imports(file)


def test_shaders_never_import_render() -> None:
    broken = {name_of(p): found for p in in_folder("shaders/") if (found := reaches(imports(p), "render"))}
    assert not broken


@pytest.mark.parametrize("wing", WINGS)
def test_wings_never_import_upstairs_or_each_other(wing: str) -> None:
    others = [w for w in WINGS if w != wing and w not in WING_MAY_IMPORT.get(wing, set())]
    forbidden = [f"render.{name}" for name in (*UPSTAIRS, *others)]
    broken = {
        name_of(p): found
        for p in in_folder(f"render/{wing}/")
        if (found := [n for module in forbidden for n in reaches(imports(p), module)])
    }
    assert not broken


def test_only_the_integrator_imports_shaders() -> None:
    broken = [
        name_of(p)
        for p in in_folder("render/")
        if not name_of(p).startswith(("render/integrator/", "render/integrator.py")) and reaches(imports(p), "shaders")
    ]
    assert not broken


def test_only_the_device_starts_taichi_or_imports_cupy() -> None:
    # The integrator hands arrays to kernels and shaders are Taichi source: they may import it, not start it.
    broken = []
    for path in CODE:
        name, names = name_of(path), imports(path)
        if name == "render/device.py":
            continue
        if reaches(names, "cupy") or re.search(r"\bti\.init\(|taichi\.init\(", path.read_text(encoding="utf-8")):
            broken.append(name)
        if name.startswith("render/") and not name.startswith("render/integrator") and reaches(names, "taichi"):
            broken.append(name)
    assert not broken


def prints(path: Path) -> list[int]:
    """Return the lines that print: `print(...)`, sys.stdout or sys.stderr used as such, or a rich console."""
    lines = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("print", "typer.echo") or called.endswith(("stdout.write", "stderr.write", "Console")):
                lines.append(node.lineno)
    return lines


def test_only_the_command_line_prints() -> None:
    # Data builders (render/data/build*.py) are scripts of their own, never imported.
    broken = {
        name_of(p): lines
        for p in CODE
        if not name_of(p).startswith((*PRINTERS, "render/data/")) and (lines := prints(p))
    }
    assert not broken


def test_files_are_short() -> None:
    lengths = {name_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in OWN_SOURCES}
    assert not {name: n for name, n in lengths.items() if n > MAX_FILE_LINES}


def test_functions_are_short() -> None:
    long = {
        f"{name_of(p)}:{node.name}": node.end_lineno - node.lineno + 1
        for p in OWN_SOURCES
        for node in ast.walk(parse(p))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert not long


def test_shaders_keep_annotations_alive() -> None:
    # Taichi reads the annotations of kernels; as strings they break it.
    assert not [name_of(p) for p in in_folder("shaders/") if "__future__" in imports(p)]


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
        broken += [f"{name_of(path)}: {found.group()}" for found in machine.finditer(text)]
    assert not broken


def test_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert render.__version__ == project["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {render.__version__}" in citation
    assert f"## {render.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
