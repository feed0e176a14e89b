"""What tests of films share."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.films.plan import FilmPlan, plan_of
from render.scene import load_scene


@pytest.fixture
def plan(tmp_path: Path) -> FilmPlan:
    return plan_of(load_scene("quiet_arc"), tmp_path, (4, 2), range(12))
