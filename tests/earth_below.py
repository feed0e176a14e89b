"""An Earth of one colour under a night of one's own, as tests of what is behind the air want it."""

import numpy as np

from render import device
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.snow import bare_cover
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.irradiance import IrradianceMap
from render.integrator.ground import stage as ground
from render.integrator.sky import pixels as sky
from render.integrator.sky.scattered import scattering_air
from shaders.ground.cover import KINDS

BANDS, LINES = len(SKY_WAVELENGTHS_NM), len(LINE_KEYS)


def earth(albedo=0.0, night=0.0, weather=None, land=False):
    """Return an Earth of one albedo; `night` W m-2 nm-1 falls on it from above."""
    return ground.GroundModel(
        classes=np.full((18, 5), 255 if land else 0, np.uint8), cover=bare_cover(),
        land=np.zeros((2, 2, 3), np.float32),
        albedo=np.full((KINDS, BANDS), albedo), line_albedo=np.full((KINDS, LINES), albedo),
        starlight=np.full(BANDS, night), weather=weather, time_s=0.0,
    )  # fmt: skip


def even_night(latitude_deg=43.0, longitude_deg=-75.0, aurora_r_sr=0.0, airglow_r_sr=0.0):
    """Return a night of so much of every line on every place, R sr."""
    area = AreaFromAbove(latitude_deg, longitude_deg, 6400.0, 8, 8)
    map_of = IrradianceMap(area, 2.0, np.full((LINES, 8, 8), float(aurora_r_sr)))
    return ground.Downwelling(map_of, np.full(LINES, float(airglow_r_sr)))


def sky_and_earth(camera, position_km, atmosphere, sun, moon, model, night=None, rows=None):
    """Return (sky [band, row, column], lines [line, row, column], veil) of a camera; `rows` (first, count)."""
    first, count = rows or (0, camera.rows)
    stage = sky.prepare_sky(atmosphere, position_km, sun, moon, camera)
    out = sky.render_sky(stage, camera, first, count)
    below = ground.prepare_ground(
        scattering_air(atmosphere), sun, moon, model, night or even_night(), camera, position_km
    )
    lines, veil = ground.render_ground(below, stage, camera, first, count, out, aurora=True, airglow=True)
    return device.to_host(out), lines, veil
