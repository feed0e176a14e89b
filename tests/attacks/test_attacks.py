"""The fuzzer itself, in short: nothing is found, what was once found stays mended, and broken readers are found."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from render.scene_files import FILE_KEYS
from tests.attacks.broken import BROKEN, SOUND
from tests.attacks.command_line import COMMAND_LINE
from tests.attacks.readers import READERS
from tests.layout import ROOT, sources

SHORT = {
    "drive field tle omm oem wcs": 250,
    "air spectrum profile filters": 250,
    "picture photograph mesh still kept": 200,
    "map exr": 60,
    "scene": 100,
    "command": 60,
}
"""Readers -> cases of each."""
SEED = 16
OPENING = re.compile(
    r"(^|\.)(open|read_bytes|read_text|load|loadtxt|genfromtxt|fromfile|imread|open_dataset|File|TiffFile|ZipFile)$"
)
NO_FILES = re.compile(r"(json|tomllib|OpenEXR\.File\(attributes)|files\(|opened_picture")
SHIPPED = "shipped data"
OWN = {
    **dict.fromkeys(
        (
            "render/earth/lights/places.py:places", "render/earth/surface.py:land_mask",
            "render/geophysics/drive/indices.py:measured_indices", "render/sky/moonlight.py:moon_map",
            "render/sky/starlight.py:_table", "render/sky/stars.py:catalogue", "render/scene.py:scene_title",
            "render/commands/application.py:_say_scene",
        ),
        SHIPPED,
    ),
    **dict.fromkeys(
        ("render/core/machine.py:_limits_of", "render/core/machine.py:host_tag", "render/core/machine.py:memory_bytes"),
        "the kernel's word on the machine",
    ),
    **dict.fromkeys(
        (
            "render/processes/asked.py:_listen", "render/processes/started.py:receive",
            "render/viewer/serving/framed.py:main",
        ),
        "a pipe of our own process",
    ),
    **dict.fromkeys(
        (
            "render/films/claims.py:_clear", "render/films/claims.py:_is_lost", "render/films/claims.py:_read",
            "render/films/failures.py:of", "render/films/cluster/there.py:_wrong_with_folder",
            "render/films/presence.py:_content",
        ),
        "leases, notes and frames of a film: tests/films",
    ),
    **dict.fromkeys(
        (
            "render/viewer/pictures.py:png_of", "render/viewer/serving/files.py:save",
            "render/viewer/serving/files.py:again", "render/viewer/serving/framed.py:_serving",
            "render/commands/viewing/view.py:_bound",
        ),
        "the window's scene, by the readers of scenes: tests/viewer",
    ),
    "render/core/files.py:_sync": "opened to be synced",
    "render/core/files.py:_write_at_once": "opened to be written",
    "render/core/files.py:open_plain": "opens for PNG's readers",
    "render/core/provenance.py:_source": "our sources",
    "render/core/provenance.py:computation_digest": "our sources",
    "render/core/cache.py:file_digest": "counts bytes, whatever they are",
    "render/core/quiet.py:silent_descriptors": "the null device",
    "render/core/quiet.py:open_streams": "the null device",
    "render/core/quiet.py:silence": "the null device",
    "render/device.py:_label": "the kernel's word on the CPU",
    "render/formats/video.py:_feed": "a film that has just been written",
    "render/formats/video.py:carries": "a film that has just been written",
    "render/instruments/photograph.py:saved_like": "a picture in memory",
    "render/station/user_mesh.py:_files_beside": "hands a mesh's other files to trimesh, within _read",
    "render/station/user_mesh.py:get": "hands a mesh's other files to trimesh, within _read",
}  # fmt: skip
"""Functions that open what no user gives: why."""


def attack(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.attacks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("readers", SHORT)
def test_nothing_is_found(readers: str) -> None:
    done = attack(*readers.split(), "--cases", str(SHORT[readers]), "--seed", str(SEED))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(readers.split())


def test_what_was_found_stays_mended() -> None:
    done = attack("--corpus")
    assert done.returncode == 0, done.stdout + done.stderr
    kept = sum(1 for path in Path(__file__).with_name("corpus").glob("*/*") if path.is_file())
    assert kept == sum(int(line.split()[1]) for line in done.stdout.splitlines()) > 50


def test_broken_readers_are_found_and_sound_ones_are_not() -> None:
    done = attack(*BROKEN, "--cases", "3", "--limit-s", "0.5")
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("broken:")}
    assert lines.keys() == BROKEN.keys(), done.stderr
    missed = {name for name, line in lines.items() if re.search(r"\b0 other", line)}
    assert missed == SOUND.keys()
    assert re.search(r"[123] hangs", lines["broken:hangs"])


def test_the_same_seed_gives_the_same_cases() -> None:
    from itertools import islice  # noqa: PLC0415

    from tests.attacks.runner import cases_of  # noqa: PLC0415

    def cases(seed: int) -> list[bytes]:
        return [case.content for case in islice(cases_of("drive", READERS["drive"], seed), 40)]

    assert cases(1) == cases(1) != cases(2)


def test_every_reader_is_in_the_short_attack() -> None:
    assert sorted(" ".join(SHORT).split()) == sorted([*READERS, "command"])


def test_every_key_that_names_a_file_is_attacked() -> None:
    assert {key for reader in READERS.values() for key in reader.keys} == set(FILE_KEYS)


def opens(text: str) -> set[str]:
    """Return the functions of a source that open a file, by name."""
    found = set()
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if not isinstance(call, ast.Call) or not OPENING.search(ast.unparse(call.func)):
                continue
            whole, modes = ast.unparse(call), [a.value for a in call.args if isinstance(a, ast.Constant)]
            if not NO_FILES.search(whole) and not any(re.fullmatch("[wax]b?", str(mode)) for mode in modes):
                found.add(function.name)
    return found


def test_every_function_that_opens_a_file_is_attacked() -> None:
    found = {f"{name}:{one}" for name, text in sources(tops=("render",)).items() for one in opens(text)}
    attacked = {one for reader in (*READERS.values(), COMMAND_LINE) for one in reader.through}
    assert found - attacked - OWN.keys() == set()
    assert OWN.keys() <= found


@pytest.mark.parametrize("line", ["np.load(p)", "p.open('rb')", "open(p)", "iio.imread(p)", "h5py.File(p, 'r')"])
def test_a_new_reader_is_seen(line: str) -> None:
    assert opens(f"def read(p):\n    return {line}\n") == {"read"}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_goes_through_the_functions_that_it_names(name: str, tmp_path: Path) -> None:
    called = set()

    def note(frame: object, event: str, _argument: object) -> None:
        code = frame.f_code  # type: ignore[attr-defined]
        if event == "call" and code.co_filename.startswith(str(ROOT)):
            called.add(f"{Path(code.co_filename).relative_to(ROOT).as_posix()}:{code.co_name}")

    reader = READERS[name]
    for file, content in list(reader.seeds().items())[:12]:
        (tmp_path / file).write_bytes(content)
        sys.setprofile(note)
        try:
            reader.read(tmp_path / file)
        finally:
            sys.setprofile(None)
    assert set(reader.through) <= called
