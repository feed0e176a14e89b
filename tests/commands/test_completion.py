"""The words that a shell completes, asked for as a shell asks; and that they are those which the options take."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from render import device
from render.commands import electrons, emission, limb_request, power
from render.commands.instruments import keogram
from render.commands.terminal import completion
from render.core.lines import LINE_KEYS
from render.imaging.settings import DevelopSettings
from render.instruments.looking import KEYS
from render.integrator.above.columns import KEYS_FROM_ABOVE
from render.observer.camera import CameraSettings
from render.scene import bundled_scenes


def asked(words: str, folder: Path, shell: str = "bash") -> list[str]:
    """Return what a shell is answered for a line, whose last word is being written."""
    environment = {key: value for key, value in os.environ.items() if key != "POLARLIGHT_DEBUG"}
    environment["_POLARLIGHT_COMPLETE"] = f"complete_{shell}"
    if shell == "bash":
        environment |= {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    else:
        environment |= {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    command = [sys.executable, "-m", "render"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=folder)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("polarlight render quiet", ["quiet_arc"]),
        ("polarlight -q render --verbose quiet", ["quiet_arc"]),  # a contradiction is the run's affair
        ("polarlight render quiet_arc --device v", ["vulkan"]),
        ("polarlight render quiet_arc --quality ", ["preview", "standard", "final"]),
        ("polarlight render --qui", ["--quiet"]),
        ("polarlight develop a.exr --tone f", ["filmic"]),
        ("polarlight map quiet_arc --lines 557.7,63", ["557.7,630.0", "557.7,636.4"]),
        ("polarlight keogram quiet_arc --azimuth m", ["magnetic"]),
        ("polarlight limb --azimuth ", []),
        ("polarlight render m", ["moonlit_clouds", "multiple_arcs", "mine.toml"]),
        ("polarlight render sub/", ["sub/other.toml"]),
        ("polarlight render absent/", []),
        ("polarlight spectrum d", ["dome_4k", "dawn.exr"]),
        ("polarlight develop d", ["dome_4k", "dawn.exr"]),  # a map of kilorayleighs takes a scene, too
    ],
)
def test_bash_is_answered(words: str, answers: list[str], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("mine.toml", "my own.toml", "dawn.exr", "m.txt", "sub/other.toml"):
        (tmp_path / name).write_text("")
    assert asked(words, tmp_path) == answers


def test_zsh_and_fish_are_answered(tmp_path: Path) -> None:
    assert '"quiet_arc"' in " ".join(asked("polarlight render quiet", tmp_path, "zsh"))
    assert asked("polarlight render quiet", tmp_path, "fish") == ["quiet_arc"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str, tmp_path: Path) -> None:
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "render", "--show-completion", shell]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path)
    assert f"_POLARLIGHT_COMPLETE=complete_{shell}" in done.stdout


def test_a_script_is_installed_where_bash_finds_it(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "render", "--install-completion", "bash"]
    subprocess.run(command, capture_output=True, check=True, env=environment)
    (script,) = (tmp_path / ".bash_completions").iterdir()
    assert script.name == "polarlight.sh"
    assert str(script) in (tmp_path / ".bashrc").read_text()


QUICK = """
import sys
from render.commands.instruments.application import app
from render.commands.terminal import completion
for completer in completion.WORDS.values():
    completer("")
print([name for name in ("numpy", "taichi", "skyfield", "PIL") if name in sys.modules])
"""


def test_no_heavy_library_is_imported_for_it() -> None:
    done = subprocess.run([sys.executable, "-c", QUICK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def literal(record: type, key: str) -> set[str]:
    return {str(value) for value in get_args(record.model_fields[key].annotation)}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (completion.DEVICES, device.NAMES),
        (completion.QUALITIES, literal(CameraSettings, "quality")),
        (completion.TONES, literal(DevelopSettings, "tone")),
        (completion.NOISE_REDUCTIONS, literal(DevelopSettings, "noise_reduction")),
        (completion.GAMUTS, literal(DevelopSettings, "gamut")),
        (completion.BITS, literal(DevelopSettings, "bits")),
        (completion.SPECTRA, electrons.NAMES.split(", ")),
        (completion.IONISATIONS, emission.FORMS),
        (completion.AEROSOLS, limb_request.AEROSOLS),
        (completion.HEMISPHERES, power.HEMISPHERES),
        (completion.MERIDIANS, keogram.MERIDIANS),
        (completion.OF_FRAMES, LINE_KEYS),
        (completion.AURORA, KEYS_FROM_ABOVE),
        ((*completion.AURORA, *completion.AIRGLOW), KEYS),
        (completion.bundled_names(), bundled_scenes()),
    ],
)
def test_words_are_those_that_are_taken(words, taken) -> None:
    assert set(words) == set(taken)
    assert len(words) == len(set(words))


def test_a_long_folder_is_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "MANY_FILES", 3)
    for index in range(20):
        (tmp_path / f"{index}.toml").write_text("")
    assert len(completion.scenes_or_files(".toml")(f"{tmp_path}/")) <= 4
