"""What a picture of a moment should show, and on which pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render.frame.moment import Moment
from render.instruments import landmarks, surfaces
from render.observer.camera import Camera
from render.scene import Scene


@dataclass(frozen=True, eq=False)
class Prediction:
    """What should stand where on a picture of a moment's own size, and the tangent altitude of its pixels, km.

    `outlines`: name -> line; `scale`: pixels of the scene's grid per pixel of the picture.
    """

    camera: Camera
    outlines: dict[str, landmarks.Line]
    stars: landmarks.Stars
    cities: landmarks.Cities
    graticule: list[tuple[str, landmarks.Line]]
    altitude_km: np.ndarray
    scale: float

    def on_grid(self, pixel: float) -> float:
        """Return a picture's pixel coordinate on the scene's grid; edges, not centres, are kept."""
        return (pixel - 0.5) * self.scale + 0.5


def predict(scene: Scene, moment: Moment, grid_columns: int) -> Prediction:
    """Return what the picture of a moment should show; `grid_columns`: of the grid in which pixels are told."""
    camera, position, optical = moment.camera, moment.position_km, landmarks.air_of(scene)
    outlines = {
        "limb": landmarks.shell_outline(camera, position, 0.0, optical),
        "limb_straight": landmarks.shell_outline(camera, position, 0.0, None),
        "airglow_97_km": landmarks.shell_outline(camera, position, landmarks.AIRGLOW_KM, optical),
    }
    return Prediction(
        camera, outlines, landmarks.stars_in_view(scene, moment, optical), landmarks.cities_in_view(moment, optical),
        landmarks.graticule(camera, position, optical), surfaces.tangent_altitudes(camera, position),
        grid_columns / camera.columns,
    )  # fmt: skip


def middle(values: list[float]) -> float | None:
    """Return the median, None of nothing."""
    return number(np.median(values), 3) if values else None


def number(value: Any, digits: int) -> float | None:
    """Return a number rounded for JSON; None for what is none."""
    return round(float(value), digits) if np.isfinite(value) else None
