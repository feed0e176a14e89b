"""--quiet and --verbose: options of every command, before its name or after, for one run."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from render.commands import console, progress
from render.commands.instruments.application import app
from render.commands.terminal import lines, loudness
from render.commands.terminal.words import warn
from tests.conftest import Run

CONTRADICTION = "polarlight: --quiet and --verbose contradict each other; give one of them\n"
COMMANDS = sorted(str(command.name or getattr(command.callback, "__name__", "")) for command in app.registered_commands)
OLD = "2015-03-15T00:00:00Z"  # weeks after the elements of the bundled scene: told by a warning


@pytest.fixture
def in_lines(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return `run` with lines of progress."""
    monkeypatch.setattr(lines, "write", warn)
    return run


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_both(name: str) -> None:
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--quiet", "-q", "--verbose", "-v"} <= options


@pytest.mark.parametrize(
    "arguments", [("-q", "scenes", "-v"), ("scenes", "-qv"), ("--verbose", "--quiet", "about"), ("-v", "scenes", "-q")]
)
def test_both_contradict_each_other(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == (2, "", CONTRADICTION)


@pytest.mark.parametrize("arguments", [("scenes", "-q", "--quiet"), ("-q", "scenes", "-q"), ("scenes", "-v")])
def test_answers_are_given_all_the_same(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == run("scenes")


@pytest.mark.parametrize("arguments", [("-q", "render", "quiet_arc"), ("render", "quiet_arc", "--quiet")])
def test_quiet_leaves_out_what_was_written_for_one_run(
    in_lines: Run, fake_renderer: list[float], arguments: tuple[str, ...]
) -> None:
    assert in_lines(*arguments, "--size", "32x18") == (0, "", "")
    assert os.listdir() == ["quiet_arc.png"]
    code, out, _ = in_lines("render", "quiet_arc", "--size", "32x18")
    assert (code, out.startswith("quiet_arc.png: 32x18")) == (0, True)


def test_quiet_keeps_warnings_and_errors(in_lines: Run, fake_renderer: list[float]) -> None:
    code, out, err = in_lines("-q", "render", "angels_singing", "--size", "32x18", "--at", OLD)
    assert (code, out, err.count("\n")) == (0, "", 1)
    assert err.startswith("polarlight: warning: ")
    code, out, err = in_lines("-q", "render", "nosuch")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_film_without_a_terminal_has_a_line_of_each_frame(
    in_lines: Run, write_scene: Callable[..., Path], fake_renderer: list[float], minimal_scene: str
) -> None:
    path = write_scene(minimal_scene + "[aurora]\nenabled = false\n[film]\nframes = 4\ninterval_s = 1.0\n")
    code, _, err = in_lines("film", path, "--size", "32x18", "--frames", "1-2", "-o", "film")
    assert code == 0, err
    first, second = err.splitlines()
    assert re.fullmatch(r"polarlight: film: frame 1, 1 of 2 done, \d+\.\d s(, at most \d+\.\d s left)?", first)
    assert re.fullmatch(r"polarlight: film: frame 2, 2 of 2 done, \d+\.\d s", second)
    _, _, err = in_lines("film", path, "--size", "32x18", "--frames", "1-3", "-o", "film", "-v")
    assert "polarlight: film: 2 of 3 frames are there already\n" in err
    assert "polarlight: film: frame 3, 3 of 3 done, " in err
    assert "polarlight: film: took " in err
    assert in_lines("film", path, "--size", "32x18", "--frames", "0-3", "-o", "film", "-q") == (0, "", "")


def test_verbose_tells_device_and_folders(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("POLARLIGHT_CACHE", str(tmp_path))
    console.start_device("cpu")
    assert "device" not in capsys.readouterr().err
    before = loudness._asked.set("verbose")
    try:
        console.start_device("cpu")
    finally:
        loudness._asked.reset(before)
    device, kernels, tables = capsys.readouterr().err.splitlines()
    assert device.startswith("polarlight: device: cpu, CPU (")
    assert device.endswith(", single precision")
    assert tables == f"polarlight: tables: {tmp_path}"
    assert kernels.startswith("polarlight: kernels: ")


def test_a_terminal_has_a_bar_unless_it_is_to_be_told_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress.progress_bar("first_light") as tell:
        tell(0.5, "the sky")
    assert "polarlight: " not in capsys.readouterr().err
    before = loudness._asked.set("verbose")
    try:
        with progress.progress_bar("first_light") as tell:
            tell(0.5, "the sky")
    finally:
        loudness._asked.reset(before)
    assert "polarlight: first_light: 50%, the sky\n" in capsys.readouterr().err
