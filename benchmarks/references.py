"""Figures of the light of every bundled scene, by which a change of the picture is noticed: made anew by

    python -m benchmarks.references [--out tests/reference/scene_radiances.csv] [scene ...]

Per scene and light (line in R, band in W m-2 sr-1 nm-1), over the pixels of the first instant at SIZE, CPU, single
precision: mean, 99th percentile, and the shares of the light in the left half and in the upper half of the picture.
Make them anew only when the light of a scene is meant to change, and tell its size in CHANGELOG.md. Named scenes alone
are made anew, the others' rows stay; all take three minutes of two cores, with tables still to be made five.

The tolerances are those of rounding, measured between devices and precisions: they allow what another device or
another order of additions does, not what physics does.
"""

from __future__ import annotations

import argparse
import csv
import io
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks import commit
from render import bundled_scenes, load_scene
from render.core import __version__
from render.core.files import whole_file
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.frame.render import render_frame

PATH = Path(__file__).resolve().parents[1] / "tests" / "reference" / "scene_radiances.csv"
SIZE = (96, 54)
LIGHTS = (*LINE_KEYS, *(f"{band:g} nm" for band in SKY_WAVELENGTHS_NM))
COLUMNS = ("mean", "p99", "left", "upper")
MEAN_RTOL = 1e-4  # of a mean: twelve times the most seen between single and double precision in three scenes, 8e-6
P99_RTOL = 5e-3  # of a percentile, which one pixel at an arc's edge may move: 1.4e-3 seen
SHARE_ATOL = 5e-5  # of the shares of the left and upper half: 4e-6 seen
SAMPLE_RAYLEIGHS = 1.0  # R: the most that a sample left out would have given (tests/frame/test_render.py)
SAMPLES = 5e-4  # share of pixels in which rounding may leave one out (tests/frame/test_render.py)


@dataclass(frozen=True)
class Figures:
    """What is kept of one light of a scene: mean and 99th percentile in its unit, shares of left and upper half."""

    mean: float
    p99: float
    left: float
    upper: float


Scene = dict[str, Figures]
"""Light (of LIGHTS) -> its figures."""


def figures_of(lines: np.ndarray, sky: np.ndarray) -> Scene:
    """Return the figures of radiances [line, row, column], R, and [band, row, column], W m-2 sr-1 nm-1."""
    found = {}
    for light, plane in zip(LIGHTS, (*lines, *sky), strict=True):
        values = plane.astype(float)
        rows, columns = values.shape
        whole = values.sum()
        share = 1.0 / whole if whole > 0.0 else 0.0
        left, upper = values[:, : columns // 2].sum() * share, values[: rows // 2].sum() * share
        found[light] = Figures(float(values.mean()), float(np.percentile(values, 99.0)), float(left), float(upper))
    return found


def tolerance(name: str, light: str, reference: Figures) -> float:
    """Return by how much a figure of a light may differ from its reference."""
    floor = SAMPLE_RAYLEIGHS if light in LINE_KEYS else 0.0
    if name == "mean":
        return MEAN_RTOL * reference.mean + SAMPLES * floor
    if name == "p99":
        return P99_RTOL * reference.p99 + floor
    return SHARE_ATOL + (SAMPLES * floor / reference.mean if reference.mean > 0.0 else 0.0)


def misses(found: Scene, reference: Scene) -> list[str]:
    """Return in words which figures differ by more than their tolerance; none where the scene is as it was."""
    words = []
    for light, wanted in reference.items():
        for name in COLUMNS:
            have, want, allowed = getattr(found[light], name), getattr(wanted, name), tolerance(name, light, wanted)
            if not abs(have - want) <= allowed:  # what is no number misses, too
                words.append(f"{light} {name}: {have:.6g}, reference {want:.6g}, allowed {allowed:.2g}")
    return words


def read(path: Path = PATH) -> dict[str, Scene]:
    """Return {scene: {light: figures}} of a file that `text_of` made."""
    rows = csv.DictReader(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    found: dict[str, Scene] = {}
    for row in rows:
        found.setdefault(row["scene"], {})[row["light"]] = Figures(*(float(row[name]) for name in COLUMNS))
    return found


def text_of(scenes: dict[str, Scene], made: str) -> str:
    """Return the file's text: how it was made, then a row per scene and light, with seven digits."""
    out = io.StringIO()
    out.write(f"# Light of every bundled scene, {SIZE[0]}x{SIZE[1]}, first instant: python -m benchmarks.references\n")
    out.write(f"# {made}\n")
    out.write("# mean and 99th percentile over the pixels: lines in R, bands in W m-2 sr-1 nm-1; shares of halves\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["scene", "light", *COLUMNS])
    for scene, lights in sorted(scenes.items()):
        for light, values in lights.items():
            writer.writerow([scene, light, *(f"{getattr(values, name):.7g}" for name in COLUMNS)])
    return out.getvalue()


def rendered(scene_name: str) -> Scene:
    """Render a bundled scene on the CPU in single precision and return its figures."""
    frame = render_frame(load_scene(scene_name), size=SIZE, device="cpu", precision="single")
    return figures_of(frame.lines.rayleighs, frame.sky.radiance)


def main() -> None:
    """Make the file anew, or the rows of the scenes that are named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.references")
    parser.add_argument("scenes", nargs="*", help="which scenes (default: all)")
    parser.add_argument("--out", type=Path, default=PATH)
    asked = parser.parse_args()
    scenes = read(asked.out) if asked.scenes and asked.out.exists() else {}
    for name in asked.scenes or bundled_scenes():
        scenes[name] = rendered(name)
    made = (
        f"polarlight {__version__}, commit {commit() or 'unknown'}, CPU, single precision, Taichi "
        f"{metadata.version('taichi')}{', only ' + ', '.join(asked.scenes) if asked.scenes else ''}"
    )
    with whole_file(asked.out) as path:
        path.write_text(text_of(scenes, made), encoding="utf-8")


if __name__ == "__main__":
    main()
