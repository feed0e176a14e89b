"""The walk-throughs for artists, physicists and teachers: every command runs, and shows what the walk says it shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from render.core.geodesy import itrs_from_geodetic
from render.observer.ephemeris import azimuth_elevation, sun
from render.scene import load_scene
from tests.conftest import Run
from tests.formats.test_video import said_of
from tests.walks import (
    BLOCK,
    DOCS,
    PICTURE,
    ROOT,
    WALKS,
    Step,
    WalkError,
    change,
    outputs,
    parameters,
    steps,
    unseen,
    words_of,
)

NEEDS = {
    "for_artists": ("uvicorn", "starlette", "websockets", "httpx"),
    "for_physicists": ("xarray", "h5netcdf", "matplotlib"),
    "for_teachers": ("matplotlib",),
}
MOST_BYTES = 150_000  # of a picture of a walk
MOST_DIFFERENCE = 8.0  # of 255, on the mean, between a walk's picture and the one that its commands make
SUN_DOWN_DEG = [18.0, 12.0, 6.0, 0.0]  # of the dawn's four pictures, told in whole degrees
READING_WORDS = 3000  # fifteen minutes at 200 words a minute
AT_95_NM = 7.957747e11 * 6.62607e-34 * 2.997925e8 / 557.7e-9 / 95.0  # W m-2 sr-1 nm-1 of 1 kR of 557.7 over 95 nm


def obey(step: Step, run: Run, seen: str) -> str:
    """Do one step of a walk in the current folder; return what the last command said, and fail as it fails."""
    if step.kind == "save":
        Path(step.name).write_text(step.text, encoding="utf-8")
    elif step.kind == "change":
        change(Path(step.name), step.text)
    elif step.kind == "see":
        assert unseen(step.text, seen) == [], f"line {step.line}: not in\n{seen}"
    else:
        return execute(step.text, run)
    return seen


def execute(command: str, run: Run) -> str:
    """Run one command of a walk, on the CPU where it lets one choose, and return its standard output."""
    words, target = words_of(command)
    program, *arguments = words
    if program == "cp":
        shutil.copy(*arguments)
        return ""
    if program == "python":
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout
    given = parameters(arguments)
    if arguments[0] == "view":
        return look(arguments[1:])
    code, out, err = run(*arguments, *(("--device", "cpu") if "device" in given else ()))
    assert code == 0, f"{command}: {err}"
    assert [path for path in outputs(given) if not path.exists()] == [], command
    if target:
        Path(target).write_text(out, encoding="utf-8")
    return out


def look(arguments: list[str]) -> str:
    """Open a window as the walk does, without a browser, and end it by Ctrl-C once it answers."""
    from tests.viewer.conftest import Served  # noqa: PLC0415 - needs the extra `view`

    served = Served(Path.cwd(), *arguments[1:], scene=arguments[0])
    assert b"<html" in served.get("/").content
    code, err = served.close()
    assert code in (0, 130), err
    return served.address


def told_pictures(text: str) -> list[Path]:
    """Return the pictures of a walk."""
    return [DOCS / name for name in PICTURE.findall(text)]


def difference(one: Path, other: Path) -> float:
    """Return the mean difference of two pictures, of 255; infinite where their sizes differ."""
    first, second = (np.asarray(Image.open(path).convert("RGB"), float) for path in (one, other))
    return float(np.abs(first - second).mean()) if first.shape == second.shape else np.inf


def dawn_table(text: str) -> list[list[float]]:
    """Return the rows of the teacher's table: the Sun's depression, kR of the air at 60, 100 and 110 km."""
    rows = re.findall(r"^\| (\d+)" + r" \| ([\d. ]+)" * 3 + r" \|", text, re.MULTILINE)
    return [[float(cell.replace(" ", "")) for cell in row] for row in rows]


def limb_kr(output: str) -> list[float]:
    """Return the last column of `polarlight limb`, as kR of 557.7 in a band of 95 nm, by tangent altitude."""
    rows = re.findall(r"^ +\d+ +560 .* (\S+)$", output, re.MULTILINE)
    return [float(total) / AT_95_NM for total in rows]


def check_artists_files() -> None:
    """Check what the artist's walk says of its files: channels and brightest pixel, codecs and tags."""
    with OpenEXR.File("shot.exr", separate_channels=True) as file:
        channels = file.channels()
        names = [name.partition(".")[0] for name in channels]
        assert (names.count("rayleighs"), names.count("radiance"), len(names)) == (23, 21, 47)
        assert "rayleighs.630_0" in channels
        brightest = max(float(channels[name].pixels.max()) for name in "RGB")
    assert brightest == pytest.approx(7.7, rel=0.05)
    assert "prores" in said_of("shot.mov") and "4444" in said_of("shot.mov") and "bt709" in said_of("shot.mov")
    assert "hevc" in said_of("shot_hdr.mp4") and "bt2020nc/bt2020/smpte2084" in said_of("shot_hdr.mp4")
    assert {path.name for path in Path("shot_frames").glob("*.png")} == {"aurora_00000.png", "aurora_00010.png"}
    assert Path("shot.csv").is_file()


def check_dawns_suns() -> None:
    """Check that the Sun is as far down as the teacher's walk says where its arc meets the horizon."""
    scene, place = load_scene("dawn.toml"), itrs_from_geodetic(54.95, -72.74, 110.0)
    instants = [scene.time.epoch.plus_seconds(k * scene.film.interval_s) for k in range(scene.film.frames)]
    down = [-azimuth_elevation(sun(epoch, place).direction_itrs, place)[1] for epoch in instants]
    assert down == pytest.approx(SUN_DOWN_DEG, abs=0.5)


@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.stem)
def test_a_walk_can_be_walked(path: Path, run: Run) -> None:
    for package in NEEDS[path.stem]:
        pytest.importorskip(package)
    text, seen = path.read_text(encoding="utf-8"), ""
    said: dict[str, str] = {}
    for step in steps(text):
        seen = obey(step, run, seen)
        said[step.text] = seen
    for picture in told_pictures(text):
        [made] = Path().glob(f"{picture.stem}.*g")  # a plot or a sheet may be kept as a smaller .jpg
        assert difference(picture, made) < MOST_DIFFERENCE, picture.name
    if path.stem == "for_artists":
        check_artists_files()
    if path.stem == "for_teachers":
        check_dawns_suns()
    dawn = {command: limb_kr(out) for command, out in said.items() if command.startswith("polarlight limb")}
    for row, found in zip(dawn_table(text), dawn.values(), strict=True):
        assert found == pytest.approx(row[1:], rel=0.05, abs=5e-5)


def test_there_is_a_walk_for_each_kind_of_user() -> None:
    assert {path.stem for path in WALKS} == NEEDS.keys()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"](docs/{path.name})" in readme for path in WALKS)


@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.stem)
def test_a_walk_is_short_and_its_pictures_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.split()) < READING_WORDS
    pictures = told_pictures(text)
    assert pictures and text.index("![") < text.index("\n## ")
    assert all(picture.stat().st_size < MOST_BYTES for picture in pictures)


@pytest.mark.parametrize("path", [*WALKS, ROOT / "README.md"], ids=lambda path: path.stem)
def test_links_lead_to_files(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert links and [link for link in links if not (path.parent / link).exists()] == []


def test_the_readmes_commands_are_taken() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = "".join(block[2] for block in BLOCK.finditer(text) if block[1] == "sh")
    found = re.findall(r"^polarlight (.*)$", blocks, re.MULTILINE) + re.findall(r"`polarlight (\w+ [^`]+)`", text)
    commands = [shlex.split(command, comments=True) for command in found]
    assert len(commands) >= 20
    for command in commands:
        assert parameters(command)


# The reader itself: what a walk gets wrong is found

GOOD = """\
Save as `a.toml`:

```toml
[time]
utc = 1
```

```sh
polarlight scenes
```

```text
quiet_arc  A quiet
```
"""


def walked(text: str, run: Run) -> str:
    seen = ""
    for step in steps(text):
        seen = obey(step, run, seen)
    return seen


def test_a_small_walk_is_walked(run: Run) -> None:
    assert [step.kind for step in steps(GOOD)] == ["save", "run", "see"]
    assert "quiet_arc" in walked(GOOD, run)
    assert Path("a.toml").read_text() == "[time]\nutc = 1\n"


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("polarlight scenes", "polarlight scene", "no command 'scene'"),
        ("polarlight scenes", "polarlight scenes --nope", "No such option"),
        ("polarlight scenes", "polarlight scenes nowhere", "no scene named"),
        ("polarlight scenes", "rm -r a.toml", "not a command of a walk"),
        ("polarlight scenes", "polarlight scenes && true", "not a command of a walk"),
        ("polarlight scenes", "python nowhere.py", "nowhere.py"),
        ("A quiet", "A loud", "A loud"),
        ("Save as `a.toml`:", "A scene:", "line 3: toml"),
        ("```sh", "```", "no language"),
    ],
)
def test_what_is_wrong_in_a_walk_is_found(run: Run, right: str, wrong: str, words: str) -> None:
    with pytest.raises((WalkError, AssertionError), match=words):
        walked(GOOD.replace(right, wrong), run)


def test_a_file_that_is_not_written_is_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outputs(parameters(["render", "quiet_arc", "-o", "a.png", "-o", "b.exr"])) == [Path("a.png"), Path("b.exr")]
    monkeypatch.setattr("tests.test_walks.outputs", lambda given: [Path("nothing.png")])
    with pytest.raises(AssertionError, match="nothing"):
        execute("polarlight scenes", run)


def test_numbers_are_held_to_what_was_said() -> None:
    out = "557.7   oxygen green    1176     112.9\nshape 96 96\n60     560   4.6157e-10\n"
    assert unseen("557.7 oxygen green 1190 112.9\nshape 96 96\n60 560 4.62e-10", out) == []
    assert unseen("557.7 oxygen green 1300", out) and unseen("shape 96 90", out) and unseen("shape 96 96 96", out)
    assert unseen("60 560 4.8e-10", out) and unseen("557.7 oxygen red", out)
    assert unseen("557.7 oxygen green 1176", "557.7 oxygen green nan") and unseen("one every 1 s", "one every 0 s")


def test_lines_are_changed_in_place(tmp_path: Path) -> None:
    scene = tmp_path / "s.toml"
    scene.write_text('[time]\nutc = "a"  # when\n\n[camera]\nrows = 3\n')
    change(scene, '[time]\nutc = "b"\n[film]\nhdr = true\n')
    assert scene.read_text() == '[time]\nutc = "b"  # when\n\n[camera]\nrows = 3\n\n[film]\nhdr = true\n'


def test_other_pictures_differ(tmp_path: Path) -> None:
    for name, grey in (("a.png", 0), ("b.png", 20)):
        Image.new("RGB", (8, 8), (grey,) * 3).save(tmp_path / name)
    assert difference(tmp_path / "a.png", tmp_path / "b.png") == 20.0 > MOST_DIFFERENCE


def test_the_dawns_table_is_read() -> None:
    table = "| 18 | 0.2 | 0.01 | 0.0001 | arc |\n| 6 | 46 000 | 167 | 31 | |\n"
    assert dawn_table(table) == [[18.0, 0.2, 0.01, 0.0001], [6.0, 46000.0, 167.0, 31.0]]
    assert limb_kr(f"tangent\n        60     560   1e-1   2e-1  1  {AT_95_NM * 3}\n") == [pytest.approx(3.0)]
