"""Automatic exposure: a film's scene metered on small pictures, once, and kept on disk.

Meter pictures are METER_COLUMNS wide, through the lens, without stars, cities, station and noise; one every so many
frames of the film. Readings are of the scene alone: which frame is taken first, or whether others are, changes nothing.
"""

from __future__ import annotations

import math

import numpy as np

from render.core.cache import cached_arrays
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.device import Device
from render.frame.development import exposed
from render.frame.foreground import discs_of
from render.frame.moment import moment_of
from render.frame.result import Frame
from render.frame.stage import Progress, prepare
from render.imaging.auto_exposure import ExposureCurve, envelope, reading
from render.imaging.capture.sensor import saturation_electrons
from render.imaging.colour import white_balance
from render.imaging.settings import DevelopSettings
from render.observer.settings import AutoExposure
from render.scene import Scene

METER_COLUMNS = 96  # 96 x 54 of 16:9: 0.3 to 1 s a picture


def metered(scene: Scene, device: Device, tell: Progress | None = None) -> Scene:
    """Return a scene whose exposure is known at any instant: itself where that is so, or metered on a started device.

    Raises InputError where the film leaves what the scene's files cover.
    """
    if scene.camera.exposure != "auto" or scene.exposures is not None:
        return scene
    auto, film = scene.camera.auto, scene.film
    every = auto.meter_every_frames
    count = math.ceil((film.frames - 1) / every) + 1
    times_s = np.arange(count) * every * film.interval_s

    def measure() -> dict[str, np.ndarray]:
        readings = np.zeros(count)
        for k, time_s in enumerate(times_s):

            def within(_share: float, _doing: str, k: int = k) -> None:
                if tell:
                    tell(k / count, f"metering the film, {k + 1} of {count}")

            within(0.0, "")
            readings[k] = _reading(scene, float(time_s), device, within)
        return {"readings": readings}

    seen = tuple(one.scene_hash for one in _plain(scene))  # not tone, gamut or what is made of the readings
    key = (*seen, count, every, film.interval_s, auto.overexposed_percent, device.name, device.precision)
    readings = cached_arrays("exposure", key, measure, __name__)["readings"]
    compensation = np.array([scene.camera.at("compensation_ev", float(time_s)) for time_s in times_s])
    wanted = np.minimum(readings + compensation, 0.0)
    stops = envelope(wanted, every / float(film.rate), auto.slew_ev_s)
    smooth_s = auto.smooth_s * float(film.rate) * film.interval_s  # of the scene's time
    return scene.with_exposures(ExposureCurve(tuple(map(float, times_s)), tuple(map(float, stops)), smooth_s))


def _reading(scene: Scene, time_s: float, device: Device, tell: Progress | None = None) -> float:
    """Return the stops that the scene asks for at a film time, from the most open exposure."""
    above, below = _plain(scene)
    camera = above.camera
    size = METER_COLUMNS, max(1, round(METER_COLUMNS * camera.rows / camera.columns))
    moment = moment_of(above, above.time.epoch.plus_seconds(time_s), size)
    aurora = prepare(above, moment, device, tell=tell)
    earth = prepare(below, moment, device, held=aurora, tell=tell)
    light = aurora.march(("aurora", "airglow"), tell).plus(earth.march(("sky",), tell))
    lines, sky = LineRadiance(LINE_KEYS, light.lines), SkyRadiance(SKY_WAVELENGTHS_NM, light.sky)
    frame = Frame(lines, sky, moment, device, discs=discs_of(above, moment))
    taken = exposed(frame, above).collected  # the veil of a low Sun too
    full = saturation_electrons(taken.photosite_area_m2, moment.camera.iso, taken.response)
    shares = np.asarray(taken.electrons) / full
    if len(shares) == 3:  # not of other channels, which have no white
        shares = shares * np.array(white_balance(taken.response, above.develop.white_balance_k))[:, None, None]
    return reading(shares, scene.camera.auto.overexposed_percent)


def _plain(scene: Scene) -> tuple[Scene, Scene]:
    """Return the scene most open, as a meter sees it: what glows, without a ground, and air and ground in the Sun.

    Apart, since what the aurora lights below takes half of a reading's time and does not move it.
    """
    exposed_by = dict.fromkeys(("exposure_s", "iso", "f_number", "compensation_ev"))
    keys = tuple(key.model_copy(update=exposed_by) for key in scene.camera.keys)
    by_hand = {"exposure": "manual", "keys": keys, "auto": AutoExposure(), "compensation_ev": 0.0}
    plain = {
        "camera": scene.camera.model_copy(update={**by_hand, "quality": "preview"}),
        "develop": DevelopSettings(white_balance_k=scene.develop.white_balance_k),
        "sky": scene.sky.model_copy(update={"stars": False, "planets": False}),
        "station": scene.station.model_copy(update={"visible": False}),
    }
    dark = scene.earth.model_copy(update={"cities": False})
    above = {"earth": dark.model_copy(update={"visible": False})}
    below = {"earth": dark, "aurora": scene.aurora.model_copy(update={"enabled": False})}
    return scene.model_copy(update=plain | above), scene.model_copy(update=plain | below)
