"""Every kind of output, as the command that makes it; what takes a device is replaced by a quick pure function."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from render import cli
from render.core.radiance import SKY_WAVELENGTHS_NM
from tests.conftest import MINIMAL_SCENE, put_fake_renderer
from tests.faults.harness import Output

SIZE = ("--size", "32x18")
PLACE = ("--place", "65.12,-147.43", "--minutes", "0.02", "--every", "1")  # two instants
MAP = ("--centre", "60,-90", "--lines", "557.7,630.0")
FILM = MINIMAL_SCENE + "\n[camera]\nexposure_s = 0.5\n\n[film]\nframes = 2\n"
HDR = FILM + 'hdr = true\ncodec = "prores"\n'


def command(*arguments: str) -> Callable[[], int]:
    """Return what runs the command line."""
    return lambda: cli.run(list(arguments))


def scene(text: str) -> Callable[[], object]:
    """Return what writes a scene file."""
    return lambda: Path("s.toml").write_text(text, encoding="utf-8")


def still(*names: str, over: tuple[str, ...] = ()) -> Output:
    """Return the output of `render` to some files."""
    files = [part for name in names for part in ("-o", name)]
    return Output("render " + " ".join(names), command("render", "quiet_arc", *SIZE, *files), over=over)


def developed(name: str, *options: str) -> Output:
    """Return the output of `develop` to a file."""
    before = command("render", "quiet_arc", *SIZE, "-o", "a.exr")
    return Output(f"develop {' '.join([*options, name])}", command("develop", "a.exr", "-o", name, *options), before,
                  dear="--false-colour" in options)  # fmt: skip


def film(name: str, text: str, *options: str) -> Output:
    """Return the output of `film`."""
    folder = name.replace(".", "_").replace("_mp4", "_frames").replace("_mov", "_frames")
    told = text.removeprefix(FILM).replace("\n", " ")
    return Output(
        f"film {name} {told}{' '.join(options)}".strip(),
        command("film", "s.toml", *SIZE, "-o", name, *options), scene(text), parts=(f"{folder}/frame_",),
    )  # fmt: skip


def called(work: Callable[[], object]) -> Callable[[], int]:
    """Return what runs a function as the command line runs a command."""

    def run() -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cli, "_run", lambda _: work())
            return cli.run([])

    return run


def tables() -> None:
    """Make a table that is kept."""
    from render.core.cache import cached_arrays  # noqa: PLC0415

    cached_arrays("faults", 1, lambda: {"a": np.arange(3000.0)}, "render.emission.table")


def bands() -> None:
    """Write a picture as its rows come."""
    from render.formats.png import write_png_bands  # noqa: PLC0415
    from render.imaging.colour import Image  # noqa: PLC0415

    light = np.random.default_rng(1).random((18, 32, 3)).astype(np.float32)
    write_png_bands("bands.png", (32, 54), [Image(light) for _ in range(3)])


OUTPUTS = [
    still("a.png", over=("a.png",)),
    still("a.jpg", over=("a.jpg",)),
    still("a.avif"),
    still("a.exr", over=("a.exr",)),
    still("a.nc", over=("a.nc",)),
    still("a.png", "a.exr", "a.jpg", "a.nc"),
    Output("bands of a large PNG", called(bands), over=("bands.png",)),
    developed("b.png", "--bits", "16"),
    developed("b.png", "--hdr"),
    developed("b.exr"),
    developed("b.png", "--false-colour", "557.7"),
    film("frames", FILM, "--sheet", "sheet.png"),
    film("f.mp4", FILM),
    film("f.mov", HDR),
    film("f.mp4", FILM + 'data_line = "burned"\n'),
    film("f.mp4", FILM + 'data_line = "srt"\n'),
    film("frames", FILM + 'data_line = "csv"\n'),
    Output("emission to diagram and NetCDF", command("emission", "--plot", "e.pdf", "--netcdf", "e.nc"),
           over=("e.pdf", "e.nc"), dear=True),
    Output("emission table", command("emission", "--netcdf", "t.nc", "--table"), dear=True),
    Output("keogram",
           command("keogram", "quiet_arc", *PLACE, "--rows", "12", "-o", "k.nc", "-o", "k.npz", "-o", "k.png"),
           over=("k.nc",), parts=("k_columns/",), dear=True),
    Output("allsky picture", command("allsky", "quiet_arc", *PLACE[:2], "--pixels", "8", "-o", "s.nc", "-o", "s.npz")),
    Output("allsky series", command("allsky", "quiet_arc", *PLACE, "--pixels", "8", "-o", "s.nc", "-o", "s.npz"),
           over=("s.npz",), parts=("s_pictures/",)),
    Output("map", command("map", "quiet_arc", *MAP, "-o", "m.png", "-o", "m.npz"), over=("m.npz",),
           dear=True),
    Output("map, plain", command("map", "quiet_arc", *MAP[:2], "--plain", "--size", "16x16", "-o", "m.png")),
    Output("map film", command("map", "s.toml", *MAP[:2], "--plain", "--size", "16x16", "--film", "-o", "m.mp4"),
           scene(FILM), parts=("m_frames/",)),
    Output("cached table", called(tables)),
]  # fmt: skip


class _Clock:
    """The time of all files."""

    @staticmethod
    def now(zone: Any = None) -> datetime:
        return datetime(2026, 1, 1, tzinfo=zone or UTC)


def prepare() -> None:
    """Put quick functions in the place of slow ones, for this process's life, and import what outputs need."""
    from render.commands.terminal import lines  # noqa: PLC0415

    os.environ.pop(cli.DEBUG_VARIABLE, None)
    patch = pytest.MonkeyPatch()
    put_fake_renderer(patch)
    patch.setattr(lines, "write", lambda text: None)
    for name in ("keogram", "allsky"):
        patch.setattr(f"render.commands.instruments.{name}.start_device", lambda name: None)
        patch.setattr(f"render.instruments.{name}.light_along", _light_along)
    patch.setattr("render.commands.map.start_device", lambda name: None)
    patch.setattr("render.maps.plan.aurora_from_above", _from_above)
    patch.setattr("render.device.start", lambda *_: type("Fake", (), {"label": "fake"}))
    patch.setattr("render.formats.netcdf.datetime", _Clock)
    patch.setattr("typer.main.get_command", functools.cache(typer.main.get_command))  # half of a run's time
    for name in ("matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf",
                 "matplotlib.backends.backend_svg", "xarray", "h5netcdf", "OpenEXR", "imageio.v3"):  # fmt: skip
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)


def _light_along(scene: Any, moment: Any, directions: np.ndarray, pixel_rad: float, *, sky: bool = False) -> Any:
    """Stand in for `light_along`."""
    from render.core.lines import LINE_KEYS  # noqa: PLC0415
    from render.instruments.looking import Along  # noqa: PLC0415

    random = np.random.default_rng(moment.epoch.utc.second)
    count = (len(directions),)
    return Along(random.random((*count, len(LINE_KEYS))) * 1e4, random.random((*count, len(SKY_WAVELENGTHS_NM))))


def _from_above(scene: Any, epoch: Any, area: Any, keys: tuple[str, ...], device: str = "auto") -> Any:
    """Stand in for `aurora_from_above`: light by the instant, magnetic latitudes that grow evenly."""
    from render.core.geodesy import itrs_from_geodetic  # noqa: PLC0415
    from render.integrator.aurora.magnetosphere import MAGNETIC_SPACING_KM, Magnetosphere, Region  # noqa: PLC0415
    from render.maps.from_above import AuroraFromAbove  # noqa: PLC0415

    region = Region.around(itrs_from_geodetic(area.latitude_deg, area.longitude_deg, 110.0), epoch.decimal_year)
    window = region.window(MAGNETIC_SPACING_KM)
    table = np.broadcast_to(np.linspace(50.0, 80.0, window.columns), (window.rows, window.columns))
    around = Magnetosphere(region.hemisphere, None, window, table, table)  # type: ignore[arg-type]
    light = np.random.default_rng(epoch.utc.second).random((len(keys), area.rows, area.columns))
    return AuroraFromAbove(area, keys, light, epoch, 3.0, 22.0, around)
