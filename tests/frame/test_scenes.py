"""Every bundled scene gives the light that it gave: figures of its radiances against references, to rounding.

The references and their tolerances: `benchmarks/references.py`. POLARLIGHT_EVERY_SCENE=1 renders them all.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from benchmarks import references
from benchmarks.references import Figures, figures_of, misses
from render.scene import bundled_scenes
from tests.devices import start_or_skip

# CPU seconds of a frame at 96x54 in a process of its own, tables included. tests/frame/test_render.py compares the main
# scene between devices; the other's air, full of sulphate, has tests of its own (tests/atmosphere).
# Two need kernels of their own, compiled for lenses that are not rectilinear (tests/frame/test_projections.py)
DEAR = {"angels_singing": 27, "dome_4k": 40, "poker_flat_allsky": 40, "volcanic_twilight": 35}
REFERENCE = references.read()
APART = 3.0  # tolerances by which any two scenes differ in some figure, at least


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_a_scene_gives_the_light_that_it_gave(name: str) -> None:
    if name in DEAR and not os.environ.get("POLARLIGHT_EVERY_SCENE"):
        pytest.skip(f"costs {DEAR[name]} CPU seconds: POLARLIGHT_EVERY_SCENE=1 renders it")
    start_or_skip("cpu", "single")
    assert misses(references.rendered(name), REFERENCE[name]) == []


def test_every_scene_and_light_has_its_reference() -> None:
    assert set(REFERENCE) == set(bundled_scenes()) >= set(DEAR)
    assert all(tuple(lights) == references.LIGHTS for lights in REFERENCE.values())


def test_tolerances_tell_any_two_scenes_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MEAN_RTOL", "P99_RTOL", "SHARE_ATOL", "SAMPLE_RAYLEIGHS"):
        monkeypatch.setattr(references, name, APART * getattr(references, name))
    alike = [(a, b) for a, b in permutations(REFERENCE, 2) if not misses(REFERENCE[a], REFERENCE[b])]
    assert alike == []
    assert not any(misses(scene, scene) for scene in REFERENCE.values())


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_one_figure_beyond_its_tolerance_is_noticed(name: str) -> None:
    scene = REFERENCE[name]
    for light, figures in scene.items():
        step = references.tolerance("mean", light, figures)
        if step == 0.0:  # a light that the scene has not: any of it is noticed
            assert misses({**scene, light: replace(figures, mean=1e-12)}, scene)
            continue
        (words,) = misses({**scene, light: replace(figures, mean=figures.mean + 3.0 * step)}, scene)
        assert words.startswith(f"{light} mean")
        assert misses({**scene, light: replace(figures, mean=figures.mean + 0.5 * step)}, scene) == []


def picture(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random, bands = np.random.default_rng(seed), len(references.LIGHTS) - len(references.LINE_KEYS)
    ramp = np.linspace(1.0, 2.0, 16) * np.linspace(1.0, 1.5, 9)[:, None]
    return (
        1e4 * ramp * random.uniform(0.9, 1.1, (len(references.LINE_KEYS), 9, 16)),
        1e-9 * ramp * random.uniform(0.9, 1.1, (bands, 9, 16)),
    )


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (lambda x: x[..., ::-1], "left"),  # a mirror
        (lambda x: x[:, ::-1], "upper"),  # upside down
        (lambda x: 1.01 * x, "mean"),
        (lambda x: np.where(x == x.max(), np.nan, x), "mean"),
    ],
)
def test_a_picture_that_is_other_is_noticed(change, noticed: str) -> None:
    lines, sky = picture()
    words = misses(figures_of(change(lines), sky), figures_of(lines, sky))
    assert any(noticed in word for word in words)
    assert any(noticed in word for word in misses(figures_of(lines, change(sky)), figures_of(lines, sky)))


def test_rounding_is_not_noticed() -> None:
    lines, sky = picture()
    assert misses(figures_of(lines.astype(np.float32), sky.astype(np.float32)), figures_of(lines, sky)) == []


def test_figures_are_those_of_a_picture_that_can_be_counted() -> None:
    lines, sky = (np.zeros((count, 2, 4)) for count in (len(references.LINE_KEYS), len(references.SKY_WAVELENGTHS_NM)))
    lines[0] = [[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 6.0]]
    found = figures_of(lines, sky)[references.LIGHTS[0]]
    assert found == Figures(mean=2.0, p99=pytest.approx(5.86), left=3.0 / 16.0, upper=10.0 / 16.0)


def test_the_file_keeps_what_was_written(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(references.text_of(REFERENCE, "made for a test"), encoding="utf-8")
    assert references.read(path) == REFERENCE
