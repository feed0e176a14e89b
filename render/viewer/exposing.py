"""Exposure by the picture itself: what a camera that exposes by itself shows until its film is metered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.frame.development import collected
from render.frame.moment import Moment
from render.frame.stage import Light
from render.imaging.auto_exposure import ExposureCurve, reading
from render.imaging.capture.sensor import saturation_electrons
from render.imaging.colour import white_balance
from render.scene import Scene


def glanced(scene: Scene, moment: Moment, light: Light) -> Scene:
    """Return a scene exposed as a meter reads the light of one moment; `moment` has the most open exposure."""
    settings = scene.camera
    opened = replace(moment.camera, exposure_s=settings.exposure_s, iso=settings.iso, f_number=settings.f_number)
    lines, sky = LineRadiance(LINE_KEYS, light.lines), SkyRadiance(SKY_WAVELENGTHS_NM, light.sky)
    taken = collected(lines, sky, replace(moment, camera=opened), scene)
    full = saturation_electrons(taken.photosite_area_m2, opened.iso, taken.response)
    shares = np.asarray(taken.electrons) / full
    if len(shares) == 3:
        shares = shares * np.array(white_balance(taken.response, scene.develop.white_balance_k))[:, None, None]
    stops = reading(shares, settings.auto.overexposed_percent) + settings.at("compensation_ev", moment.time_s)
    return scene.with_exposures(ExposureCurve((moment.time_s,), (min(stops, 0.0),), 0.0))
