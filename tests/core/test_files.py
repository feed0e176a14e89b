"""Names of files as people and other systems write them, and what is no plain file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from render.core.errors import InputError, SceneError
from render.core.files import named_file, printable, read_plain_file, real_path, recordable, what_is_wrong_with
from render.core.number_table import read_number_table
from render.scene import load_scene
from tests.conftest import Run

LATIN_1 = os.fsdecode("Nordlicht_\xe4".encode("latin-1"))  # as of an archive packed on an older system
SCENE = (
    '[time]\nutc = "2015-03-17T09:00:00Z"\n[observer]\nlatitude_deg = 55.0\nlongitude_deg = 0.0\naltitude_km = 400.0\n'
)
KP = "time,kp\n2015-03-17T00:00Z,3\n2015-03-17T12:00Z,4\n"


@pytest.fixture
def latin_1(tmp_path: Path) -> Path:
    """Return a folder whose name is not UTF-8."""
    folder = tmp_path / LATIN_1
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    return folder


def scene_with(folder: Path, line: str, section: str = "drive") -> Path:
    """Write a scene that has one line more."""
    path = folder / "s.toml"
    path.write_text(f"{SCENE}[{section}]\n{line}\n", encoding="utf-8")
    return path


def test_a_name_of_any_bytes_goes_through_a_record_and_back() -> None:
    raw = Path(os.fsdecode(bytes([*range(1, 47), *range(48, 256)])))
    held = recordable(raw)
    assert held.encode("utf-8")
    assert os.fsencode(real_path(held)) == os.fsencode(raw)
    assert real_path("plain \u00e4.csv") == Path("plain \u00e4.csv")
    assert printable(f"{LATIN_1}, {recordable(Path(LATIN_1))}") == "Nordlicht_\\xe4, Nordlicht_\\xe4"


def test_a_private_character_in_a_name_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "\uefe4"
    path.touch()
    assert real_path(str(path)) == path


def test_a_scene_in_a_folder_that_is_not_utf_8_reads_what_it_names(latin_1: Path, run: Run) -> None:
    (latin_1 / "kp.csv").write_text(KP, encoding="utf-8")
    path = scene_with(latin_1, 'file = "kp.csv"')
    assert len(load_scene(path).scene_hash) == 64
    assert run("check", path)[0] == 0
    (latin_1 / "kp.csv").write_text("time,kp\nsoon,3\n", encoding="utf-8")
    code, _, err = run("check", path)
    assert code == 2
    assert "Nordlicht_\\xe4/kp.csv: line 2, time 'soon'" in err


def test_windows_separators_are_understood_where_they_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "kp.csv").write_text(KP, encoding="utf-8")
    assert load_scene(scene_with(tmp_path, r"file = 'sub\kp.csv'")).drive.file == str(tmp_path / "sub" / "kp.csv")
    odd = tmp_path / r"sub\kp.csv"
    odd.write_text(KP, encoding="utf-8")  # a name that Linux allows comes first
    assert named_file(r"sub\kp.csv", tmp_path) == odd


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r'file = "C:\Users\me\kp.csv"', r"line 8, column \d+\); a backslash starts an escape: write .* in '\.\.'"),
        (r"file = 'C:\Users\me\kp.csv'", "a Windows path, which this machine does not know"),
        (r"file = '\\server\kp.csv'", "a Windows path, which this machine does not know"),
        (r'file = "data\table.csv"', r"in \"\.\.\" a backslash starts an escape, such as \\t"),
        (r'file = "a\u0000b.csv"', "a NUL character, which no file's name has"),
        ('file = "~nobody-has-this-name/kp.csv"', "the home folder is not known"),
        ('file = "nowhere.csv"', r'no file "nowhere.csv" in .*[^h]$'),
        ("file = 5", r"\[drive\] file: 5 does not fit"),
    ],
)
def test_names_that_name_nothing_are_told(line: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=words):
        load_scene(scene_with(tmp_path, line))


@pytest.mark.parametrize(
    "place", ["/dev/zero", "/dev/null", "pipe.toml", "/proc/version", "/proc/self/maps", "link.toml"]
)
@pytest.mark.parametrize("named", ["scene", "drive.file", "camera.wcs", "aurora.footprint", "station.mesh"])
def test_pipes_devices_and_the_kernels_files_are_refused_at_once(place: str, named: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")  # to open it would wait for a writer, for ever
    (tmp_path / "link.toml").symlink_to("/proc/version")
    if place.startswith("/proc") and not Path(place).is_file():
        pytest.skip("no such kernel")
    if named == "scene":
        with pytest.raises(SceneError, match="not an ordinary file"):
            load_scene(tmp_path / place)
        return
    section, key = named.split(".")
    with pytest.raises(SceneError, match=rf"\[{section}\] {key}: (no plain file|a file of the kernel, no plain one)"):
        load_scene(scene_with(tmp_path, f'{key} = "{place}"', section))


def test_a_link_to_a_plain_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text(KP, encoding="utf-8")
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert what_is_wrong_with(tmp_path / "link.csv") == ""
    assert read_plain_file(tmp_path / "link.csv", 7, "a file") == KP[:8].encode()


@pytest.mark.parametrize(
    "text", ["root:x:0:0:secret\n", "user = 'secret'\n", "secret,hidden\n1,2\n", "secret;hidden\n"]
)
def test_a_file_of_another_kind_is_not_quoted(text: str, tmp_path: Path) -> None:
    path = tmp_path / "private"
    path.write_text(text, encoding="utf-8")
    for read in (
        lambda: read_number_table(path, ("altitude_km", "density_m3")),
        lambda: load_scene(scene_with(tmp_path, f"file = '{path}'")),
        lambda: load_scene(scene_with(tmp_path, f"wcs = '{path}'", "camera")),
        lambda: load_scene(scene_with(tmp_path, f"footprint = '{path}'", "aurora")),
        lambda: load_scene(scene_with(tmp_path, f"land = '{path}'", "earth")),
    ):
        with pytest.raises(InputError) as refused:
            read()
        assert "secret" not in str(refused.value)
        assert "hidden" not in str(refused.value)


def test_a_slip_in_a_table_of_the_right_kind_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "air.csv"
    path.write_text("altitude_km,dnsity_m3\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match='unknown column "dnsity_m3"; did you mean density_m3'):
        read_number_table(path, ("altitude_km", "density_m3"))


@pytest.mark.parametrize(("section", "key", "name"), [("aurora", "footprint", "map.nc"), ("station", "mesh", "a.obj"),
                                                      ("earth", "clouds", "c.npy")])  # fmt: skip
def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    section: str, key: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(5_000_000_000)  # no block of it is on the disk
    opened: list[object] = []
    monkeypatch.setattr("render.core.cache.hashlib.file_digest", lambda *given: opened.append(given))
    with pytest.raises(SceneError, match=rf"\[{section}\] {key}: .*(5000 MB; at most|5\.0 GB)"):
        load_scene(scene_with(tmp_path, f'{key} = "{name}"', section))
    assert not opened
