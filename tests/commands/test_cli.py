"""The command line: what each command prints and writes, and one clear line for everything that cannot be used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import render
from render import cli
from render.commands.console import MAX_SIDE_PX, duration, parse_size
from render.core.errors import InputError
from render.device import NAMES
from render.formats.exr import read_exr
from render.formats.png import read_png_metadata
from tests.conftest import Run

COMMANDS = (
    "render", "film", "view", "develop", "check", "where", "emission", "spectrum", "oval", "map", "scenes", "schema",
    "devices", "about",
)  # fmt: skip
CHECK_TOLERANCE_DEG = 0.15  # the reference table's last digit is a tenth of a degree
PIXEL_TOLERANCE = 1.0  # pixels, issue 2

REFERENCE_PASS = """\
[time]
utc = "2015-01-28T09:45:00Z"
[observer]
tle = [
  "1 25544U 98067A   15032.46425904  .00014369  00000-0  22307-3 0  8084",
  "2 25544  51.6471  41.7603 0005800 315.5306 199.7210 15.54220656926915",
]
[camera]
focal_length_mm = 20.0
azimuth_deg = 80.0
elevation_deg = -14.0
[aurora]
local_time_shift_h = -5.0
"""


@pytest.fixture
def reference_pass(write_scene: Callable[..., Path]) -> Path:
    """Return a scene file of the pass of 28 January 2015, apart from the bundled one, whose framing may change."""
    return write_scene(REFERENCE_PASS, "reference.toml")


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"polarlight {render.__version__}\n", "")
    code, out, _ = run()
    assert code == 0
    assert all(command in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"polarlight {command}" in out.partition("Example")[2]


def test_module_is_the_command() -> None:
    answer = subprocess.run([sys.executable, "-m", "render", "--version"], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (0, f"polarlight {render.__version__}\n")


def test_completion_is_offered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_POLARLIGHT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "polarlight dev")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        cli.run([])


def test_scenes_schema_devices_about(run: Run) -> None:
    out = run("scenes")[1]
    assert "angels_singing" in out
    rows = [re.match(r"(\w+ +)\S", line) for line in out.splitlines()]
    assert len({row and row.end(1) for row in rows}) == 1  # titles in one column
    assert {scene["name"] for scene in json.loads(run("scenes", "--json")[1])} >= {"australis", "uniform_slab"}
    assert json.loads(run("schema")[1])["title"] == "polarlight scene"
    assert "\ncpu " in "\n" + run("devices")[1]
    about = run("about")[1]
    assert "GeoNames" in about
    assert "CC-BY 4.0" in about


def test_devices_prints_nothing_else() -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TI_", "ENABLE_TAICHI"))}
    command = [sys.executable, "-m", "render", "devices"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert {line.split()[0] for line in answer.stdout.splitlines()} <= set(NAMES)
    assert answer.stderr == ""


def test_check_agrees_with_the_reference_pass(run: Run, reference_pass: Path) -> None:
    # Outside data: the project's table of the pass, computed with skyfield alone:
    # below 45.1 N 83.7 W, 413.2 km; Sun 81.5, -34.3; Moon 63 % lit
    code, out, err = run("check", reference_pass, "--json")
    assert (code, err) == (0, "")
    facts = json.loads(out)
    given = [*facts["below"].values(), *facts["sun"].values()]
    assert given == pytest.approx([45.1, -83.7, 413.2, 81.5, -34.3], abs=CHECK_TOLERANCE_DEG)
    assert facts["moon"]["illuminated_fraction"] == pytest.approx(0.63, abs=0.01)
    assert facts["moon"]["elevation_deg"] < 0.0
    assert 4.0 < facts["magnetic"]["local_time_h"] < 6.0
    assert facts["expected_memory_bytes"] > 0


def test_check_for_people_says_all_it_must(run: Run, reference_pass: Path) -> None:
    code, out, _ = run("check", reference_pass)
    assert code == 0
    for word in (
        "time",
        "below",
        "Sun",
        "Moon",
        "elevation",
        "magnetic",
        "local time",
        "memory",
        "2015-01-28T09:45:00Z",
    ):
        assert word in out


def test_check_warns_of_old_elements(run: Run) -> None:
    code, out, err = run("check", "angels_singing", "--at", "2015-03-15T00:00:00Z")
    assert code == 0
    assert out
    assert err.startswith("polarlight: warning: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "at"),
    [
        (["render", "--size", "32x18"], "2015-03-15T00:00:00Z"),
        (["where", "--place", "0,0"], "2015-03-15T00:00:00Z"),
        (["film", "--size", "32x18", "--frames", "18-19", "-o", "film"], ""),
    ],
)
def test_old_elements_are_told_for_the_instant_rendered(
    run: Run, write_scene: Callable[..., Path], fake_renderer: list[float], command: list[str], at: str
) -> None:
    # The film's frame 19 is 14.9 days after the elements, its frames 0 and 1 are within 14 days.
    path = write_scene(REFERENCE_PASS + "[film]\nframes = 20\ninterval_s = 86400.0\n", "reference.toml")
    name, *options = command
    code, _, err = run(name, path, *options, *(["--at", at] if at else []))
    assert code == 0
    assert err.startswith("polarlight: warning: ")
    assert err.count("\n") == 1
    if name == "film":
        assert run("film", path, "--size", "32x18", "--frames", "0-1", "-o", "film")[2] == ""


def test_where_answers_in_the_promised_form(run: Run, reference_pass: Path) -> None:
    code, out, _ = run(
        *("where", reference_pass, "--at", "2015-01-28T09:45:00Z", "--size", "1920x1080", "--json"),
        *("--place", "40.71,-74.01,0", "--place", "-33.8,151.2", "--place=-33.8,151.2"),
        *("--radec", "279.23,38.78", "--shell-km", "97", "--column", "960"),
    )
    answer = json.loads(out)
    assert code == 0
    assert list(answer) == ["places", "radec", "shells"]
    new_york, sydney, again = answer["places"]
    assert set(new_york) == {"x", "y", "visible"}
    assert new_york["visible"]
    assert sydney == again == {"x": None, "y": None, "visible": False, "reason": "behind the camera"}
    assert len(answer["radec"]) == 1
    (shell,) = answer["shells"]
    assert 1.0 <= shell["y"] < new_york["y"]


def test_where_looks_straight_down(run: Run) -> None:
    # Closed form: the place below is on the middle pixel of a camera that looks to the nadir.
    _, out, _ = run("where", "uniform_slab", "--place", "45,-84", "--json")
    place = json.loads(out)["places"][0]
    assert [place["x"], place["y"]] == pytest.approx([33.0, 33.0], abs=PIXEL_TOLERANCE)


def test_where_for_people(run: Run) -> None:
    code, out, _ = run(
        "where", "angels_singing", "--place", "40.71,-74.01", "--place=-33.8,151.2", "--shell-km", "0", "--column", "1"
    )
    assert code == 0
    assert len(out.splitlines()) == 3
    assert "visible" in out
    assert "behind the camera" in out


def test_unexpected_error_is_one_line_unless_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("something\nodd")

    monkeypatch.setattr("render.scene.load_scene", fail)
    code, _, err = run("check", "quiet_arc")
    assert code == 1
    assert (
        err
        == f"polarlight: internal error: RuntimeError: something odd (set {cli.DEBUG_VARIABLE}=1 for the traceback)\n"
    )
    monkeypatch.setenv(cli.DEBUG_VARIABLE, "1")
    with pytest.raises(RuntimeError):
        cli.run(["check", "quiet_arc"])


def test_interrupt_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("render.scene.load_scene", fail)
    code, _, err = run("check", "quiet_arc")
    assert code == 130
    assert err.count("\n") == 1


READER_THAT_LEAVES = """
import subprocess, sys
command = [sys.executable, "-m", "render", "schema"]
with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
    process.stdout.close()
    sys.exit(process.stderr.read())
"""


def test_reader_that_leaves_is_no_error() -> None:
    answer = subprocess.run([sys.executable, "-c", READER_THAT_LEAVES], capture_output=True, text=True, check=False)
    assert answer.stderr.strip() == ""


def test_render_names_its_picture_from_the_scene(run: Run, fake_renderer: list[float]) -> None:
    code, out, err = run("render", "quiet_arc", "--size", "32x18", "--at", "2015-01-18T05:30:02Z")
    assert (code, err) == (0, "")
    assert out.startswith("quiet_arc.png: 32x18, ")
    assert out.endswith("fake\n")
    assert os.listdir() == ["quiet_arc.png"]
    assert fake_renderer == [2.0]


def test_develop_gives_the_very_picture_of_render(run: Run, reference_pass: Path, fake_renderer: list[float]) -> None:
    assert run("render", reference_pass, "--size", "32x18", "-o", "a.png", "-o", "a.exr")[0] == 0
    code, out, _ = run("develop", "a.exr", "-o", "b.png")
    assert (code, out) == (0, "b.png: 32x18\n")
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()
    header = read_png_metadata("a.png") or {}
    assert header["time_utc"] == "2015-01-28T09:45:00Z"
    assert len(fake_renderer) == 1
    _, _, in_exr = read_exr("a.exr")  # OpenEXR silently drops some names ("version"): look at what came back
    assert {f"polarlight {render.__version__}", "fake", "2015-01-28T09:45:00Z"} <= set(in_exr.values())


def test_develop_takes_another_exposure(run: Run, fake_renderer: list[float]) -> None:
    from PIL import Image  # noqa: PLC0415

    def brightness(*options: str) -> float:
        assert run("develop", "a.exr", "-o", "b.png", *options)[0] == 0
        return float(np.asarray(Image.open("b.png"), dtype=float).mean())

    assert run("render", "quiet_arc", "--size", "32x18", "-o", "a.exr")[0] == 0
    plain = brightness()
    assert 0.0 < brightness("--iso", "800") < plain
    assert brightness("--exposure-s", "0.1") < plain
    assert brightness("--f-number", "8") < plain
    assert brightness("--white-balance", "3000") != plain


def test_sizes() -> None:
    assert parse_size("") is None
    assert parse_size("960x540") == (960, 540)
    assert parse_size(f"{MAX_SIDE_PX}X1") == (MAX_SIDE_PX, 1)
    for bad in ("960", "x", "9 x 9", "+9x9", "9_0x9", "１x１０００００"):
        with pytest.raises(InputError, match="--size"):
            parse_size(bad)


def test_durations() -> None:
    assert [duration(s) for s in (8.44, 200.0, 3900.0)] == ["8.4 s", "3 min 20 s", "1 h 5 min"]
