"""What all tests share: a home of their own, so that no test reads or leaves anything on the machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from render import cli

# Chosen examples: the same tree passes or fails alike everywhere. `pytest --hypothesis-profile explore` looks further.
hypothesis.settings.register_profile("polarlight", deadline=None, derandomize=True)  # first calls compile: no deadline
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("polarlight")

os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")
os.environ.setdefault("TI_LOG_LEVEL", "error")
# Processes that tests start test this tree, from whichever folder they are started in.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, (str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")))
)

Run = Callable[..., tuple[int, str, str]]
"""Runs the command line with arguments; returns exit code, standard output, standard error."""

MINIMAL_SCENE = """\
# smallest scene that is complete
[time]
utc = "2015-01-28T09:45:00Z"

[observer]
latitude_deg = 45.0
longitude_deg = -84.0
altitude_km = 415.0
"""


@pytest.fixture
def minimal_scene() -> str:
    """Return the text of the smallest complete scene: a fixed observer."""
    return MINIMAL_SCENE


@pytest.fixture
def write_scene(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a scene file, `scene.toml` by default, and returns its path."""

    def write(text: str, name: str = "scene.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line in an empty folder and returns (exit code, stdout, stderr)."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv(cli.DEBUG_VARIABLE, raising=False)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def fake_renderer(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Put a quick pure function of the instant in the renderer's place; return the film times, s, it was given.

    For tests of what happens around a frame: files, stamps, arguments.
    """
    import numpy as np  # noqa: PLC0415

    from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance  # noqa: PLC0415
    from render.device import Device  # noqa: PLC0415
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.frame.result import Frame  # noqa: PLC0415

    requested: list[float] = []

    def fake(scene, epoch=None, size=None, device="auto", precision="single", progress=None):  # type: ignore[no-untyped-def]
        epoch = epoch or scene.time.epoch
        time_s = epoch.seconds_since(scene.time.epoch)
        requested.append(time_s)
        moment = moment_of(scene, epoch, size)
        camera = moment.camera
        random = np.random.default_rng(round(time_s * 1e6) % 2**32)
        shape = (camera.rows, camera.columns)
        lines = LineRadiance(("557.7",), (random.random((1, *shape)) * 2e4).astype(np.float32))
        bands = len(SKY_WAVELENGTHS_NM)
        sky = SkyRadiance(SKY_WAVELENGTHS_NM, (random.random((bands, *shape)) * 1e-7).astype(np.float32))
        return Frame(
            lines=lines,
            sky=sky,
            moment=moment,
            device=Device("cpu", "single", "fake"),
        )

    monkeypatch.setattr("render.frame.render.render_frame", fake)
    monkeypatch.setattr("render.films.film.render_frame", fake)
    monkeypatch.setattr("render.commands.pictures.start_device", lambda name: None)
    return requested
