"""How many frames a machine renders at a time, and how: by its memory, its cores, and what is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from render import device
from render.commands.films.options import parse_memory, parse_workers
from render.core.errors import InputError
from render.films import renderers
from render.films.plan import FilmPlan, plan_of
from render.films.renderers import crew_of
from render.frame.development import developed_bands
from render.frame.moment import moment_of
from render.frame.result import is_in_bands
from render.frame.stage import prepare
from render.integrator.bands import BAND_PIXELS
from render.scene import load_scene

SMALL, LARGE = (960, 540), (4096, 4096)
EACH = 1e9  # bytes, of a frame


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> FilmPlan:
    """Return the plan of a film whose small frames take EACH, and whose large ones as much beside their bands."""

    def expected(scene: object, size: tuple[int, int], *, in_bands: bool, band_pixels: int) -> float:
        assert in_bands == is_in_bands(size)
        return EACH * (1.0 + band_pixels / BAND_PIXELS) if in_bands else EACH

    monkeypatch.setattr(renderers, "expected_memory_bytes", expected)
    return plan_of(load_scene("quiet_arc"), Path("film"), SMALL)


def large(plan: FilmPlan) -> FilmPlan:
    return plan_of(plan.scene, plan.folder, LARGE)


@pytest.mark.parametrize(
    ("limit", "cores", "workers", "threads"),
    [
        (100 * EACH, 16, 8, 2),  # two cores each
        (100 * EACH, 2, 1, None),
        (100 * EACH, 1, 1, None),
        (3.5 * EACH, 16, 3, 5),  # as many as memory holds
        (1.5 * EACH, 16, 1, None),
    ],
)
def test_as_many_as_fit(plan: FilmPlan, limit: float, cores: int, workers: int, threads: int | None) -> None:
    crew = crew_of(plan, None, None, limit, cores)
    assert (crew.workers, crew.threads, crew.band_pixels) == (workers, threads, BAND_PIXELS)
    assert crew_of(plan, None, 7, limit, cores).threads == 7


@pytest.mark.parametrize("workers", [None, 0, 1, 4])
def test_memory_that_a_system_does_not_tell_limits_nothing(plan: FilmPlan, workers: int | None) -> None:
    crew = crew_of(plan, workers, None, float("inf"), 8)
    assert crew.workers == (4 if workers is None else workers)


def test_more_than_fit_are_refused(plan: FilmPlan) -> None:
    assert crew_of(plan, 3, None, 3.0 * EACH, 16).workers == 3
    assert crew_of(plan, 0, None, 1.0 * EACH, 16).workers == 0
    told = r"^4 frames of 960x540 at a time need about 4.0 GB of memory, 3.5 GB are there; ask for --local-workers 3$"
    with pytest.raises(InputError, match=told):
        crew_of(plan, 4, None, 3.5 * EACH, 16)
    for workers in (None, 0, 1):
        with pytest.raises(InputError, match=r"a frame of 960x540 needs about 1.0 GB .* ask for a smaller --size$"):
            crew_of(plan, workers, None, 0.9 * EACH, 16)


@pytest.mark.parametrize(("limit", "halved"), [(2.0, 0), (1.9, 1), (1.5, 1), (1.2, 3), (1.125, 3)])
def test_large_frames_have_lower_bands_where_memory_is_scarce(plan: FilmPlan, limit: float, halved: int) -> None:
    assert crew_of(large(plan), 1, None, limit * EACH, 16).band_pixels == BAND_PIXELS >> halved


def test_large_frames_that_do_not_fit_are_refused_before_they_are_rendered(plan: FilmPlan) -> None:
    with pytest.raises(InputError, match=r"a frame of 4096x4096 needs about 1.1 GB"):
        crew_of(large(plan), 1, None, 1.1 * EACH, 16)


def test_bands_of_any_height_are_the_same_picture() -> None:
    scene = load_scene("quiet_arc")
    stage = prepare(scene, moment_of(scene, scene.time.epoch, (96, 54)), device.start("cpu"))

    def picture(rows: int) -> np.ndarray:
        return np.concatenate([band.pixels for band in developed_bands(stage, band_pixels=96 * rows)])

    whole = picture(54)
    for rows in (27, 20, 7):
        assert np.array_equal(picture(rows), whole)


def test_what_is_written_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.commands.films.options.memory_bytes", lambda: 64e9)
    told = {"": 64e9, "8GB": 8e9, "8 gb": 8e9, "512MiB": 2.0**29, "1.5GB": 1.5e9, "3000000000": 3e9, "1TB": 64e9}
    for text, expected in told.items():
        assert parse_memory(text) == expected
    for text in ("8G", "-1GB", "0", "0GB", "lots", "1e9", "8GB8", "nan", "９GB"):
        with pytest.raises(InputError, match=r"--memory-limit .* no amount of memory; write e.g. 8GB"):
            parse_memory(text)


def test_what_is_written_of_workers() -> None:
    assert [parse_workers(text) for text in ("auto", "0", "1", "256")] == [None, 0, 1, 256]
    for text in ("", "-1", "257", "many", "1.5", "9" * 40):
        with pytest.raises(InputError, match=r"--local-workers .*: allowed: auto, or 0 to 256"):
            parse_workers(text)


def test_gpus_are_dealt_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"CUDA_VISIBLE_DEVICES": "3,5"})
    found = [renderers.environment_of(place, 2) for place in range(3)]
    assert [one["CUDA_VISIBLE_DEVICES"] for one in found] == ["3", "5", "3"]
    assert all(one["TI_CPU_MAX_NUM_THREADS"] == "2" for one in found)
    monkeypatch.setattr(os, "environ", {"CUDA_VISIBLE_DEVICES": "3"})
    assert renderers.environment_of(1, None) == {}
