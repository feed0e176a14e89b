"""The same laws on less: scenes through a longer lens, which sees fewer maps, and tables of the sky with fewer rays."""

from __future__ import annotations

from typing import Any

import pytest

from render.integrator.kept import kept_on_device
from render.integrator.sky import diffuse, scattered, sky_view

ROUGH_SKY = {"GROUND_ROWS": 33, "AIR_ROWS": 61, "AZIMUTH_STEP_RAD": 0.087, "FEWEST_AZIMUTHS": 9}  # 5 degrees

ROUGH_FIELD = diffuse.Quadrature(
    altitudes_km=(0.0, 2.0, 6.5, 12.5, 20.0, 31.0, 50.0, 78.0, 120.0),
    zenith_deg=(0.0, 35.0, 60.0, 76.0, 84.0, 88.0, 90.0, 92.0, 94.0, 96.0, 98.0, 100.0, 103.0, 106.0, 112.0, 120.0),
    directions=4, azimuths=3,
)  # fmt: skip


def scatter_coarsely(patch: pytest.MonkeyPatch) -> None:
    """Make the table of multiply scattered light with a hundredth of its rays, for what only has to change it."""
    patch.setattr(scattered, "diffuse_table", lambda air, light: diffuse.diffuse_table(air, light, ROUGH_FIELD))
    # None that was made finely before, and none of these when the patch is undone
    patch.setattr(scattered, "_scattering_air", kept_on_device(maxsize=4)(scattered._scattering_air.__wrapped__))  # type: ignore[attr-defined]


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
