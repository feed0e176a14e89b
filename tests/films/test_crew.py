"""How many processes render side by side: as many as memory and cores allow, in words where none fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.core.errors import InputError
from render.films import renderers
from render.films.plan import FilmPlan, plan_of
from render.films.renderers import Crew, crew_of
from render.integrator.bands import BAND_PIXELS
from render.scene import load_scene

GB = 1e9


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilmPlan:
    """Return a film's plan whose frames take a gigabyte each."""
    monkeypatch.setattr(renderers, "expected_memory_bytes", lambda *frame, **how: GB)
    return plan_of(load_scene("quiet_arc"), tmp_path, (32, 18))


def test_as_many_as_memory_and_cores_allow(plan: FilmPlan) -> None:
    assert crew_of(plan, None, None, 3.5 * GB, cores=16) == Crew(3, 5, BAND_PIXELS)
    assert crew_of(plan, None, None, 64.0 * GB, cores=16) == Crew(8, 2, BAND_PIXELS)
    assert crew_of(plan, 0, None, 1.0 * GB, cores=16) == Crew(0, None, BAND_PIXELS)


@pytest.mark.parametrize("workers", [None, 0, 1, 4])
def test_memory_that_a_system_does_not_tell_limits_nothing(plan: FilmPlan, workers: int | None) -> None:
    crew = crew_of(plan, workers, None, float("inf"), cores=8)
    assert crew.workers == (4 if workers is None else workers)


def test_what_does_not_fit_is_refused_with_what_would(plan: FilmPlan) -> None:
    with pytest.raises(
        InputError, match=r"4 frames of 32x18 at a time need about 4.0 GB .*; ask for --local-workers 2"
    ):
        crew_of(plan, 4, None, 2.5 * GB, cores=8)
    with pytest.raises(InputError, match=r"a frame of 32x18 needs about 1.0 GB .* ask for a smaller --size"):
        crew_of(plan, None, None, 0.5 * GB, cores=8)
