"""The same laws on less: scenes through a longer lens, which sees fewer maps, and tables of the sky with fewer rays."""

from __future__ import annotations

from typing import Any

import pytest

from render.integrator.sky import sky_view

ROUGH_SKY = {"GROUND_ROWS": 33, "AIR_ROWS": 61, "AZIMUTH_STEP_RAD": 0.087, "FEWEST_AZIMUTHS": 9}  # 5 degrees


def lay_sky_coarsely(patch: pytest.MonkeyPatch) -> None:
    """Lay the sky-view table out with a fifteenth of its rays, for what does not depend on how fine it is."""
    for name, value in ROUGH_SKY.items():
        patch.setattr(sky_view, name, value)


def changed(scene: Any, section: str, **settings: Any) -> Any:
    """Return the scene with some settings of a section changed."""
    return scene.model_copy(update={section: getattr(scene, section).model_copy(update=settings)})


def through_lens(scene: Any, focal_length_mm: float) -> Any:
    """Return the scene through a lens of this focal length, in place of its own, as open as its camera goes."""
    return changed(scene, "camera", focal_length_mm=focal_length_mm, exposure="manual")
