"""What a frame is told to take in memory, against what a process that renders one has taken."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from render.frame.moment import moment_of
from render.questions import memory
from render.questions.memory import LIGHT, expected_memory_bytes, map_texels
from render.scene import bundled_scenes, load_scene
from tests.small import changed

MEASURED = {
    ("angels_singing", (1280, 720), False): 1005e6,
    ("twilight_only", (320, 180), False): 415e6,
    ("twilight_only", (1280, 720), False): 745e6,
    ("twilight_only", (3840, 2160), True): 1108e6,
    ("poker_flat_allsky", (640, 640), False): 694e6,
    ("new_moon", (640, 360), False): 484e6,
    ("first_light", (640, 360), False): 469e6,
    ("breakup", (640, 360), False): 611e6,
}
"""Bytes at the peak of `polarlight render` with a PNG, on the CPU, with its kernels kept (docs/performance.md)."""
WITHIN = 0.2
RENDERS = """
import resource, sys
from pathlib import Path
from render.cli import run
code = run(["render", {scene!r}, "--size", {size!r}, "--device", "cpu", "-o", "a.png"])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
status = Path("/proc/self/status")
if status.exists():  # where it is the process's own: Linux counts what the one that started it held as well
    peak = int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])
print("PEAK", peak * (1 if sys.platform == "darwin" else 1024))
sys.exit(code)
"""


@pytest.mark.parametrize(("name", "size", "in_bands"), MEASURED)
def test_what_is_expected_was_measured(name, size, in_bands):
    expected = expected_memory_bytes(load_scene(name), size, in_bands=in_bands)
    assert expected == pytest.approx(MEASURED[name, size, in_bands], rel=WITHIN)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process has taken is told otherwise")
def test_a_process_takes_what_is_expected(tmp_path):
    size = (640, 360)

    def peak() -> float:
        code = RENDERS.format(scene="first_light", size="640x360")
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
        return float(done.stdout.rpartition("PEAK")[2])

    peak()  # compiles what is not kept
    expected = expected_memory_bytes(load_scene("first_light"), size)
    assert peak() == pytest.approx(expected, rel=WITHIN)


def test_each_cause_takes_its_own():
    scene, size = load_scene("limb_glow"), (1280, 720)
    whole = expected_memory_bytes(scene, size)
    assert expected_memory_bytes(changed(scene, "aurora", enabled=False), size) < whole - memory.AURORA_MEMORY
    assert expected_memory_bytes(changed(scene, "camera", quality="preview"), size) < whole
    small = size[0] // 2, size[1] // 2
    assert whole - expected_memory_bytes(scene, small) > LIGHT * 0.75 * size[0] * size[1]
    held = expected_memory_bytes(scene, (3840, 2160))
    assert expected_memory_bytes(scene, (3840, 2160), in_bands=True) < held


def test_without_the_maps_it_would_be_off(monkeypatch):
    """983 MB were measured of this frame (negative control)."""
    scene, size, took = load_scene("limb_glow"), (1280, 720), 983e6
    assert expected_memory_bytes(scene, size) == pytest.approx(took, rel=WITHIN)
    monkeypatch.setattr(memory, "map_texels", lambda scene, size: 0.0)
    assert expected_memory_bytes(scene, (2560, 1440)) < 0.75 * (took - memory.BASE_MEMORY) * 4.0


def test_maps_are_where_the_oval_is_seen():
    assert map_texels(load_scene("city_coast"), (640, 426)) < map_texels(load_scene("moonlit_clouds"), (640, 426))
    low = changed(changed(load_scene("city_coast"), "observer", latitude_deg=0.0), "drive", kp=0.0)
    assert map_texels(low, (640, 426)) == 0.0


def test_every_bundled_scene_has_an_expectation():
    for name in bundled_scenes():
        scene = load_scene(name)
        assert moment_of(scene, scene.time.epoch)
        assert 300e6 < expected_memory_bytes(scene, (640, 360)) < 1.5e9


def test_who_looks_away_from_above_all_light_needs_no_maps() -> None:
    scene = load_scene("quiet_arc")
    above = type(scene.observer)(latitude_deg=10.0, longitude_deg=0.0, altitude_km=900.0)
    up = scene.camera.model_copy(update={"elevation_deg": 80.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert map_texels(scene.model_copy(update={"observer": above, "camera": up}), (96, 54)) == 0.0
