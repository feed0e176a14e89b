"""Bad input: one clear line each, exit code 2, no traceback, no half-written file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run


def refusal(run: Run, *arguments: str | Path) -> str:
    """Return the one line with which a command refuses its arguments: code 2, no traceback, no file left anywhere."""
    before = sorted(Path().resolve().parent.rglob("*"))
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("polarlight: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert sorted(Path().resolve().parent.rglob("*")) == before
    return err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["where", "quiet_arc"], "nothing requested"),
        (["where", "quiet_arc", "--place", "91,0"], "-90 to 90"),
        (["where", "quiet_arc", "--place", "here"], "not numbers"),
        (["where", "quiet_arc", "--place", "1"], "1 numbers"),
        (["where", "quiet_arc", "--place", "nan,0"], "out of range"),
        (["where", "quiet_arc", "--shell-km", "97"], "--column"),
        (["where", "quiet_arc", "--shell-km", "-1", "--column", "1"], "0 to 100000"),
        (["render", "quiet_arc", "--size", "0x0"], "must be 1 to"),
        (["render", "quiet_arc", "--size", "640x0"], "must be 1 to"),
        (["render", "quiet_arc", "--size", "99999x2"], "must be 1 to"),
        (["render", "quiet_arc", "--size", "abc"], "WIDTHxHEIGHT"),
        (["render", "quiet_arc", "--size=-4x4"], "WIDTHxHEIGHT"),
        (["render", "quiet_arc", "--size", "4x4x4"], "WIDTHxHEIGHT"),
        (["render", "quiet_arc", "--at", "noon"], "ISO 8601"),
        (["render", "quiet_arc", "--device", "cpus", "--size", "8x8"], "did you mean cpu?"),
        (["render", "quiet_arc", "-o", "x.gif"], ".png, .jpg"),
        (["render", "quiet_arc", "-o", ""], "--output is empty"),
        (["film", "quiet_arc", "-o", ""], "--output is empty"),
        (["film", "quiet_arc", "-o", ".mp4"], "FILE.mp4"),
        (["check", ""], "no scene named"),
        (["check", "quiet_arc", "--at", "9999-12-31T23:59:59Z"], "1900"),
        (["render", "quiet_arc", "-o", "x"], ".png, .jpg"),
        (["render", "quiet_arc", "-o", "nowhere/x.png"], "does not exist"),
        (["render", "quiet_arc", "-o", "good.png", "-o", "nowhere/x.exr"], "does not exist"),
        (["render", "quite_arc"], "did you mean quiet_arc?"),
        (["render", "no/such.toml"], "no such scene file"),
        (["render"], "SCENE"),
        (["render", "quiet_arc", "--sise", "8x8"], "--size"),
        (["render", "quiet_arc", "--quality", "fnal"], "did you mean final? allowed: preview, standard, final"),
        (["film", "quiet_arc", "-o", "f.mp4", "--quality", "best"], "allowed: preview, standard, final"),
        (["rendr", "quiet_arc"], "rendr"),
        (["check", "."], "a folder"),
        (["check", "quiet_arc", "--at", "1800-01-01"], "1900"),
        (["film", "quiet_arc", "-o", "x.mp4", "--frames", "9-3"], "out of range"),
        (["film", "quiet_arc", "-o", "x.mp4", "--frames", "0-240"], "0-239"),
        (["film", "quiet_arc", "-o", "x.mp4", "--frames", "a-b"], "no range"),
        (["film", "quiet_arc", "-o", "x.gif"], "FILE.mp4 or to a folder"),
        (["film", "quiet_arc", "-o", "nowhere/x.mp4"], "does not exist"),
        (["film", "quiet_arc"], "output"),
        (["develop", "missing.exr", "-o", "x.png"], "no such file"),
        (["develop", ".", "-o", "x.png"], "a folder"),
        (["where", "quiet_arc", "--shell-km", "97", "--column", "0"], "1 to 1280"),
        (["where", "quiet_arc", "--shell-km", "97", "--column", "33", "--size", "32x18"], "1 to 32"),
        (["render", "angels_singing", "--at", "1900-01-28T00:00:00Z", "--size", "8x8"], "about 14 days"),
        (["render", "angels_singing", "--at", "2300-01-28T00:00:00Z", "--size", "8x8"], "about 14 days"),
        (["develop", "missing.exr", "-o", "x.tiff"], ".png"),
        (["develop", "missing.exr", "-o", "x.png", "--iso", "0"], "--iso"),
        (["develop", "missing.exr", "-o", "x.png", "--f-number", "wide"], "--f-number"),
        (["develop", "missing.exr", "-o", "x.png", "--white-balance", "100"], "2500 to 12000"),
        (["develop", "missing.exr", "-o", "x.png", "--gamut", "p3"], "allowed: srgb, display_p3, rec2020"),
        (["develop", "missing.exr", "-o", "x.png", "--bits", "12"], "allowed: 8, 16"),
        (["develop", "missing.exr", "-o", "x.jpg", "--file-quality", "50.5"], "a whole number, 1 to 100"),
        (
            ["develop", "missing.exr", "-o", "x.png", "--tone", "push"],
            "did you mean pushed? allowed: linear",
        ),
        (
            ["develop", "missing.exr", "-o", "x.png", "--noise-reduction", "all"],
            '--noise-reduction "all": allowed: camera',
        ),
        (["develop", "missing.exr", "-o", "x.png", "--hdr", "--bits", "8"], "--bits 8: not with HDR"),
        (["develop", "missing.exr", "-o", "x.png", "--hdr", "--gamut", "srgb"], "--gamut srgb: not with HDR"),
        (["develop", "missing.exr", "-o", "x.jpg", "--bits", "16"], "--bits 16: of .png only, not of x.jpg"),
        (
            ["develop", "missing.exr", "-o", "x.png", "--file-quality", "50"],
            "50: of .avif, .jpeg, .jpg only",
        ),
        (["develop", "missing.exr", "-o", "x.png", "--range", "0-5"], "for --false-colour LINE only"),
        (["develop", "missing.exr", "-o", "x.png", "--false-colour", "557.7", "--range", "5-0"], "LOW-HIGH"),
    ],
)
def test_refused_arguments(run: Run, arguments: list[str], words: str) -> None:
    assert words in refusal(run, *arguments)


@pytest.mark.parametrize(
    "given",
    ["--exposure-s 1", "--iso 100", "--f-number 2", "--white-balance 4000", "--compensation 1", "--tone soft", "--hdr",
     "--noise-reduction none", "--gamut rec2020", "--bits 16", "--file-quality 9", "--no-hdr"],
)  # fmt: skip
def test_maps_have_no_exposure_and_no_development(run: Run, given: str) -> None:
    option = given.partition(" ")[0].replace("no-hdr", "hdr")
    message = refusal(run, "develop", "quiet_arc", "-o", "x.png", "--false-colour", "557.7", *given.split())
    assert f"{option}: of pictures, not of a map (--false-colour)" in message


@pytest.mark.parametrize(
    ("year", "extra"),
    [(year, "") for year in ("0001", "1898", "2036", "2300", "9999")]
    + [(year, "[aurora]\nenabled = false\n") for year in ("0001", "1898", "2054", "9999")],
)
def test_years_without_field_or_ephemeris(
    run: Run, minimal_scene: str, write_scene: Callable[..., Path], year: str, extra: str
) -> None:
    path = write_scene(minimal_scene + extra)
    at = f"{year}-12-31T23:59:59Z"
    assert "1900 to 20" in refusal(run, "render", path, "--size", "8x8", "--device", "cpu", "--at", at)


def test_film_that_leaves_the_calendar(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    late = minimal_scene.replace("2015-01-28T09:45:00Z", "9999-12-31T23:59:59Z")
    path = write_scene(late + "[film]\nframes = 10\n")
    assert "years 1 to 9999" in refusal(run, "film", path, "-o", "x.mp4")


@pytest.mark.parametrize("command", ["check", "render"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "binary"),
        (b"x = '\xff'", "UTF-8"),
        (b"[time", "not TOML"),
        (b"[time]\nutc = '2015-01-28'\n[camera]\nrows = 'many'\n", "[camera] rows"),
    ],
)
def test_refused_scene_files(run: Run, tmp_path: Path, command: str, content: bytes, words: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    message = refusal(run, command, path)
    assert words in message or "[observer]" in message
    assert "bad.toml" in message


def test_device_that_is_not_here(run: Run) -> None:
    absent = "metal" if sys.platform != "darwin" else "cuda"
    assert "not available here" in refusal(run, "render", "quiet_arc", "--device", absent, "--size", "8x8")


def test_output_that_is_a_folder_or_below_a_file(run: Run) -> None:
    Path("dir.png").mkdir()
    Path("file").write_text("")
    assert "is a folder" in refusal(run, "render", "quiet_arc", "-o", "dir.png")
    assert "is not a folder" in refusal(run, "render", "quiet_arc", "-o", "file/x.png")
    assert "is a file" in refusal(run, "film", "quiet_arc", "-o", "file")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody may write to")
def test_output_in_a_folder_that_nobody_may_write_to(run: Run) -> None:
    assert "cannot be written to" in refusal(run, "render", "quiet_arc", "-o", "/proc/x.png")
    assert "cannot be written to" in refusal(run, "film", "quiet_arc", "-o", "/proc/frames")


def test_exr_that_is_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.exr"
    path.write_bytes(b"no such thing")
    assert "OpenEXR" in refusal(run, "develop", path, "-o", "x.png")


@pytest.mark.parametrize("length", [100, 3000, 40000, -100])
def test_exr_cut_short(run: Run, tmp_path: Path, fake_renderer: list[float], length: int) -> None:
    assert run("render", "quiet_arc", "--size", "128x72", "-o", "whole.exr")[0] == 0
    path = tmp_path / "cut.exr"
    path.write_bytes(Path("whole.exr").read_bytes()[:length])
    assert "cut.exr" in refusal(run, "develop", path, "-o", "x.png")


def test_film_into_another_films_frames(run: Run, fake_renderer: list[float]) -> None:
    assert run("film", "quiet_arc", "-o", "film", "--size", "32x18", "--frames", "0-1")[0] == 0
    message = refusal(run, "film", "quiet_arc", "-o", "film", "--size", "48x27", "--frames", "7")
    assert "film: holds frames of another film: frame_00000.png is of scene quiet_arc, 32x18" in message
    assert "another folder" in message
    assert "scene quiet_arc" in refusal(run, "film", "australis", "-o", "film", "--size", "32x18", "--frames", "0-1")


def test_frame_larger_than_the_machine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.questions.memory.expected_memory_bytes", lambda scene, size, **how: 1e15)
    assert "smaller --size" in refusal(run, "render", "quiet_arc")
