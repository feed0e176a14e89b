"""Arrays kept on disk: their names change with what computed them, and with nothing else."""

from __future__ import annotations

import ast
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from render import device
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.sunlight import MEAN_DISC_RAD, SunlightTable
from render.core import provenance
from render.integrator.sky import diffuse

ROOT = Path(__file__).resolve().parents[2]
SUNLIGHT, DIFFUSE = "render.atmosphere.sunlight", "render.integrator.sky.diffuse"
EMISSION, FIELD_LINES = "render.emission.table", "render.geophysics.field.field_lines"
CITIES = "render.earth.lights.raster"
BUILDERS = {
    SUNLIGHT: {"sunlight"}, DIFFUSE: {"diffuse"}, EMISSION: {"emission"}, FIELD_LINES: {"field-lines", "apex"},
    CITIES: {"light-raster"},
}  # fmt: skip
"""Module -> kinds of the tables that it builds and keeps."""
OF_ALL = {"render.frame.metering": {"exposure"}}
"""Readings of a scene's exposure depend on all that makes a picture: any edit voids them."""
DIGEST_CPU_S = 0.2  # of a process for all tables: 0.03 s on one core, with room for a slow machine

Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Let provenance look at a copy of the sources; return a function (file, old, new) that edits one of them."""
    for package in provenance.OWN:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.npz", "__pycache__"))
    monkeypatch.setattr(provenance, "_root", lambda package: tmp_path / package)
    caches = (provenance.computation_digest, provenance._source, provenance._file_of)

    def forget() -> None:
        for cached in caches:
            cached.cache_clear()

    def change(file: str, old: str, new: str) -> None:
        path = tmp_path / file
        text = path.read_text(encoding="utf-8") if path.exists() else old
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        forget()

    forget()
    yield change
    forget()


def digests() -> dict[str, str]:
    return {module: provenance.computation_digest(module) for module in BUILDERS}


def changed_by(edit: Edit, *edits: tuple[str, str, str]) -> set[str]:
    before = digests()
    for one in edits:
        edit(*one)
    after = digests()
    return {module for module in BUILDERS if before[module] != after[module]}


@pytest.mark.parametrize(
    ("file", "old", "new", "wanted"),
    [
        ("render/core/units.py", "EARTH_MEAN_RADIUS_KM = 6371", "EARTH_MEAN_RADIUS_KM = 6372", set(BUILDERS)),
        ("render/atmosphere/sunlight.py", "RAYS = 400", "RAYS = 401", {SUNLIGHT, DIFFUSE}),
        ("render/atmosphere/refraction.py", "return", "return 2 *", {SUNLIGHT, DIFFUSE}),
        ("render/integrator/sky/diffuse.py", "MOST_ORDERS = 60", "MOST_ORDERS = 61", {DIFFUSE}),
        ("shaders/sky/diffuse.py", "1.0", "1.5", {DIFFUSE}),
        ("shaders/lookup.py", "return", "return 2 *", {DIFFUSE}),
        ("render/emission/reactions.py", "2.0e-11", "2.1e-11", {EMISSION}),
        ("render/data/excitation_fits.csv", "1", "2", {EMISSION}),
        ("render/data/line_components.csv", "1", "2", {EMISSION}),
        ("render/data/igrf14.txt", "1", "2", {EMISSION, FIELD_LINES}),  # emission: ion temperature by magnetic latitude
        ("render/geophysics/field/field_lines.py", "FIT_TRACE_STEPS = 4", "FIT_TRACE_STEPS = 5", {FIELD_LINES}),
        ("render/earth/lights/towns.py", "STEP_KM = 0.5", "STEP_KM = 0.4", {CITIES}),
        ("render/station/wing.py", "return", "return 2 *", set()),
        ("render/imaging/capture/sensor.py", "LENS_TRANSMISSION = 0.65", "LENS_TRANSMISSION = 0.8", set()),
        ("shaders/station/pixels.py", "return", "return 2 *", set()),
        ("render/core/errors.py", "exit_code = 1", "exit_code = 3", set()),
        ("render/data/nikon_5100.csv", "1", "2", set()),
    ],
)
def test_a_table_s_name_changes_with_what_computes_it(
    edit: Edit, file: str, old: str, new: str, wanted: set[str]
) -> None:
    assert changed_by(edit, (file, old, new)) == wanted


def test_prose_does_not_count(edit: Edit) -> None:
    file = "render/atmosphere/sunlight.py"
    edits = [
        (file, '"""How much light', '"""What part of the light\n\nof a source; how much'),
        (file, "RAYS = 400  # from", 'RAYS = 400    # 3 rays, \'"""\' or "quoted", from'),
        (file, "RAYS = 400", "# RAYS = 300\n\n\nRAYS = 400"),
        (file, '    """Return the optical altitudes', '    """Give # the\n\n    optical altitudes'),
        ("shaders/sky/diffuse.py", '"""', '"""New. '),
    ]
    assert changed_by(edit, *edits) == set()


def test_a_module_counts_from_when_it_is_imported(edit: Edit) -> None:
    """Nobody has to name it."""
    new = "render/atmosphere/new.py"
    edit(new, "", "DEPTH = 1.0\n")
    assert changed_by(edit, (new, "1.0", "2.0")) == set()
    used = (
        "render/atmosphere/refraction.py",
        "import numpy as np",
        "import numpy as np\nfrom render.atmosphere import (\n    new,\n)",
    )
    assert changed_by(edit, used) == {SUNLIGHT, DIFFUSE}
    assert changed_by(edit, (new, "2.0", "3.0")) == {SUNLIGHT, DIFFUSE}


def test_what_only_types_need_does_not_count(edit: Edit) -> None:
    assert "TYPE_CHECKING" in (ROOT / "render/emission/table.py").read_text(encoding="utf-8")
    assert changed_by(edit, ("render/geophysics/upper_air/thermosphere.py", "return", "return 2 *")) == set()


@pytest.mark.parametrize("module", ["numpy", "tests.core.test_cache", "render.no_such_module", "", "__main__"])
def test_a_module_of_others_is_refused(module: str) -> None:
    with pytest.raises(ValueError, match=r"no module of render or shaders"):
        provenance.computation_digest(module)


def test_digests_are_cheap(edit: Edit) -> None:
    started = time.process_time()
    digests()
    assert time.process_time() - started < DIGEST_CPU_S


def test_bare_source_is_the_code_and_all_of_it() -> None:
    """By Python's own parser: the same tree, with `pass` where a docstring stood."""
    behind = {path for module in BUILDERS for path in provenance.sources_behind(module) if path.suffix == ".py"}
    for path in behind:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        for node in ast.walk(tree):
            for name, body in ast.iter_fields(node):
                if name in ("body", "orelse") and isinstance(body, list):
                    setattr(node, name, [ast.Pass() if is_prose(one) else one for one in body])
        assert ast.dump(ast.parse(provenance.bare_source(text, "pass"))) == ast.dump(tree), path


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("x = 1  # one\n\n\n# two\ny = 2\n", "x = 1\ny = 2"),
        ('def f():\n    """Say\n    # nothing.\n    """\n    return 1\n', "def f():\n    return 1"),
        ("x = '# no comment'  # a 'comment'\n", "x = '# no comment'"),
        ('x = """a\n\n# b\n"""\n', 'x = """a\n\n# b\n"""'),
        ("x = 1\n'''of x'''\ny = '\\'#'\n", "x = 1\ny = '\\'#'"),
        ('f("""one""")\n', 'f("""one""")'),
    ],
)
def test_bare_source_by_hand(text: str, bare: str) -> None:
    assert provenance.bare_source(text) == bare


def is_prose(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def imports(path: Path) -> set[str]:
    """Return what a file imports, or may import, of this project, by Python's own parser; not for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports are not followed"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.partition(".")[0] in provenance.OWN}


@pytest.mark.parametrize("module", BUILDERS)
def test_sources_behind_are_all_that_python_would_import(module: str) -> None:
    found, waiting = dict[str, Path](), [module]
    while waiting:
        name = waiting.pop()
        place = ROOT.joinpath(*name.split("."))
        path = next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)
        if path and name not in found and name not in provenance.NUMBERLESS:
            found[name] = path
            waiting += imports(path)
    data = {p.name for p in (ROOT / "render/data").iterdir()} - {"README.md"}
    named = {
        node.value
        for path in found.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in data
    }
    wanted = {*found.values(), *(ROOT / "render/data" / name for name in named)}
    assert set(provenance.sources_behind(module)) == wanted


def test_every_kept_table_is_named_by_its_computation() -> None:
    calls: dict[str, set[str]] = {}
    for path in (ROOT / "render").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        assert "cache_directory(" not in text or module == "render.core.cache", f"{module} keeps files on its own"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("cached_arrays"):
                kind, _, _, computed_by = node.args
                assert ast.unparse(computed_by) == "__name__"
                calls.setdefault(module, set()).add(ast.literal_eval(kind))
    assert calls == BUILDERS | OF_ALL


def test_numberless_modules_exist() -> None:
    assert all(provenance._file_of(name) for name in provenance.NUMBERLESS)


def test_light_scattered_again_is_known_by_the_light_that_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two discs of one size, one darker towards its limb: the diffuse field is kept apart."""
    device.start("cpu", "single")
    keys = []
    monkeypatch.setattr(
        diffuse, "cached_arrays", lambda kind, key, *_: keys.append(key) or {"moments": 0, "irradiance": 0}
    )
    atmosphere = build_atmosphere(AtmosphereSettings(enabled=False))
    for depth in (1.0, 1.0, 1.1):
        light = SunlightTable(np.full((2, 3, 1), depth), np.zeros(2), MEAN_DISC_RAD)
        diffuse.diffuse_table(atmosphere, light)
    assert keys[0] == keys[1] != keys[2]
