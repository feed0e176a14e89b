"""What all tests share: their order, by the devices that they start, and what stands in for files and the renderer."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from render import cli, device
from render.commands.terminal import lines
from tests.devices import MARKERS, marker_of
from tests.small import lay_sky_coarsely

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

DEAR_ROOMS = ("integrator", "frame", "shaders")  # first, so that little is left to wait for at the end

MINIMAL_SCENE = """\
# smallest scene that is complete
[time]
utc = "2015-01-28T09:45:00Z"

[observer]
latitude_deg = 45.0
longitude_deg = -84.0
altitude_km = 415.0
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests of a device's marker to one worker, and otherwise those of a file, in the order of collection.

    A start of a device voids all kernels, and tracing them anew takes longer than most tests; what a file's tests share
    is made once.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - without workers there may be no xdist

    class ByDevice(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            name, _, marker = nodeid.rpartition("@")
            return marker if marker in MARKERS else (name or nodeid).partition("::")[0]

    return ByDevice(config, log) if config.option.dist == "loadgroup" else None


def pytest_configure(config: pytest.Config) -> None:
    """Where tests are spread over workers, spread them as said above, unless another way is asked for."""
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist, config.option.loadscopereorder = "loadgroup", False


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the order of tests to pytest's options."""
    told = "shuffle files, and the tests in each, by this number; tests of a device stay together"
    parser.addoption("--random-order", type=int, metavar="SEED", help=told)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Tell a random order's seed: the same one gives the same order."""
    seed = config.getoption("random_order")
    return None if seed is None else f"random order: seed {seed}"


def shuffled(items: list[pytest.Item], seed: int) -> list[pytest.Item]:
    """Return the tests file by file as before, files and tests of a file in an order that a seed sets."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in sorted(items, key=lambda item: item.nodeid):
        files.setdefault(item.path, []).append(item)
    chance, groups = random.Random(seed), list(files.values())
    chance.shuffle(groups)
    for group in groups:
        chance.shuffle(group)
    return [item for group in groups for item in group]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put tests of one device together; the reference of all others first, what is compared with it last."""
    seed = config.getoption("random_order")
    if seed is not None:
        items[:] = shuffled(items, seed)

    def place(item: pytest.Item) -> tuple[int, bool, bool]:
        marker = marker_of(item)
        compares = "in_double" in getattr(item, "fixturenames", ())
        dear = seed is None and item.path.relative_to(Path(__file__).parent).parts[0] in DEAR_ROOMS
        return [*MARKERS, ""].index(marker), compares and marker not in ("", "double"), not dear

    for item in items:
        if "double" in getattr(item, "fixturenames", ()):
            item.add_marker("double")
    items.sort(key=place)
    for item in items if config.getoption("dist", "no") == "loadgroup" else ():
        if marker := marker_of(item):
            item.add_marker(pytest.mark.xdist_group(marker))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a test without a device's marker find the CPU in single precision, or no device."""
    if device._started and not marker_of(item):
        device.start("cpu", "single")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Refuse a test that leaves another device without saying so by its marker: the kernels of all are traced anew."""
    running = device._started
    if running and not marker_of(item) and (running.name, running.precision) != ("cpu", "single"):
        pytest.fail(f"leaves {running.name} in {running.precision} precision: mark it {' or '.join(MARKERS)}")


@pytest.fixture
def double() -> device.Device:
    """Start the CPU in double precision; its tests need no marker of their own."""
    return device.start("cpu", "double")


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the one folder of a session, shared by its workers."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture
def own_cache(session_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tables of a test out of the user's cache: in one that is empty when the session begins."""
    monkeypatch.setenv("POLARLIGHT_CACHE", str(session_folder / "cache"))


@pytest.fixture(scope="session")
def in_double(session_folder: Path) -> Callable[[str, Callable[[], Any]], Any]:
    """Return a function that returns what another gives on the CPU in double precision: the reference of all devices.

    It is made once per session, by whichever worker needs it first, and kept under a name; the device that ran runs on.
    """

    def call(name: str, make: Callable[[], Any]) -> Any:
        kept = session_folder / f"in_double-{name}.pickle"
        if not kept.exists():
            before = device._started
            device.start("cpu", "double")
            whole = kept.with_suffix(f".{os.getpid()}")
            whole.write_bytes(pickle.dumps(make()))
            whole.replace(kept)
            if before:
                device.start(before.name, before.precision)
        return pickle.loads(kept.read_bytes())

    return call


@pytest.fixture
def coarse_sky(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay the sky-view table out coarsely; see there."""
    lay_sky_coarsely(monkeypatch)


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
    """Return a function that runs the command line in an empty folder and returns (exit code, stdout, stderr).

    Without lines of progress: how many there are is the machine's affair.
    """
    monkeypatch.setattr(lines, "write", lambda text: None)
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


class Here:
    """Stands in for a process of its own that renders frames: this one does."""

    def __init__(self, task: Any, environment: Any = None, hear: Any = None) -> None:
        self.task = task

    def render(self, index: int) -> Any:
        return self.task.render(index)

    def hand(self, task: Any) -> None:
        self.task = task

    def part(self) -> None:
        """Do nothing: there is no process."""

    def close(self) -> None:
        pass


@pytest.fixture
def fake_renderer(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Put a quick pure function of the instant in the renderer's place; return the film times, s, it was given.

    For tests of what happens around a frame: files, stamps, arguments.
    """
    return put_fake_renderer(monkeypatch)


def put_fake_renderer(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do what `fake_renderer` does, outside of tests too."""
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
    monkeypatch.setattr("render.films.one.render_frame", fake)
    monkeypatch.setattr("render.films.renderers.Child", Here)
    monkeypatch.setattr("render.commands.pictures.start_device", lambda name: None)
    monkeypatch.setattr("render.commands.films.film.start_device", lambda name: None)
    return requested
