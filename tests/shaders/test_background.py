"""Starlight and zodiacal light in the picture: as the tables say without air, dimmed by it, behind the Earth."""

import numpy as np
import pytest
import taichi as ti
import taichi.math as tm

from render import device
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core.epoch import Epoch
from render.integrator.sky import pixels as sky
from render.integrator.sky.background import closed, stage_background
from render.observer import ephemeris
from render.sky import background, zodiacal
from render.sky.settings import SkySettings
from render.sky.sunlight import sun_source
from shaders.sky import background as shader
from tests.devices import start_or_skip
from tests.shaders.test_sky import BANDS, NOTHING, POSITION, look, lowest_in_scaled_space, rays, towards

EPOCH = Epoch.parse("2015-01-28T09:49:06Z")
RANDOM = np.random.default_rng(11)


def behind(**settings):
    sun = ephemeris.sun(EPOCH, POSITION).direction_itrs
    return background.background(SkySettings(**settings), ephemeris.itrs_from_gcrs(EPOCH), sun)


def bilinear(table, f, g):
    i = np.clip(np.floor(f), 0, table.shape[0] - 2).astype(int)
    j = np.clip(np.floor(g), 0, table.shape[1] - 2).astype(int)
    u, v = np.clip(f - i, 0.0, 1.0), np.clip(g - j, 0.0, 1.0)
    upper = table[i, j] * (1 - v) + table[i, j + 1] * v
    return upper * (1 - u) + (table[i + 1, j] * (1 - v) + table[i + 1, j + 1] * v) * u


def expected_s10(light, direction):
    """Return [n, 3]: the tables read in double precision."""
    galactic, ecliptic = direction @ light.galactic_from_itrs.T, direction @ light.ecliptic_from_itrs.T
    latitude, longitude = np.arcsin(galactic[:, 2]), np.arctan2(galactic[:, 1], galactic[:, 0])

    def read(table):
        row = (latitude / np.pi + 0.5) * table.shape[0] - 0.5
        return bilinear(closed(table), row, (0.5 * longitude / np.pi + 0.5) * table.shape[1] + 0.5)

    stars, red = np.exp(read(light.starlight.ln_s10)), np.clip((read(light.starlight.b_v) - 0.6) / 0.8, 0.0, 1.0)
    y, z = np.abs(ecliptic[:, 1:]).T
    longitude_deg = np.degrees(np.arctan2(y, ecliptic[:, 0]))
    latitude_deg = np.degrees(np.arcsin(z))
    dust = np.exp(bilinear(zodiacal.zodiacal_table(), longitude_deg, latitude_deg))
    dust *= zodiacal.elongation_deg(longitude_deg, latitude_deg) ** -zodiacal.NEAR_SUN_POWER
    return np.stack([stars * (1 - red), stars * red, dust], axis=-1)


@ti.kernel
def amounts_at(direction: shader.Array(), behind: shader.Behind, tables: shader.BehindTables, out: shader.Array()):
    for i in range(direction.shape[0]):
        found = shader.amounts(tm.vec3(direction[i, 0], direction[i, 1], direction[i, 2]), behind, tables)
        for k in range(3):
            out[i, k] = found[k]


def test_look_up_reads_the_tables(any_device):
    light = behind()
    direction = RANDOM.normal(size=(500, 3))
    direction[:4] = light.galactic_from_itrs.T @ [-1.0, 1e-4, 0.1], -light.galactic_from_itrs[2], *np.eye(3)[:2]
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    stage, out = stage_background(light, BANDS), device.empty((500, 3))
    amounts_at(device.upload(direction), stage.behind, stage.tables, out)
    rtol = 1e-9 if any_device.precision == "double" else 5e-3  # a cell of 0.25 degree, in which light may double
    np.testing.assert_allclose(out.to_numpy(), expected_s10(light, direction), rtol=rtol, atol=1e-6)


def picture(camera, settings, light):
    start_or_skip("cpu", "single")
    stage = sky.prepare_sky(build_atmosphere(settings), POSITION, sun_source(towards(0.0, -89.0)), None, camera, light)
    return device.to_host(sky.render_sky(stage, camera, 0, camera.rows))


@pytest.mark.usefixtures("coarse_sky")
def test_light_shines_above_the_horizon_only_and_as_it_should():
    camera, light = look(35.0, -15.0, 50.0, 40, 30), behind()
    image = picture(camera, NOTHING, light) - picture(camera, NOTHING, None)
    direction = rays(camera).reshape(-1, 3)
    above = lowest_in_scaled_space(direction) > 1.0
    expected = np.where(above, light.spectra @ expected_s10(light, direction).T, 0.0)
    assert 0.2 < above.mean() < 0.8
    np.testing.assert_allclose(image.reshape(BANDS, -1), expected, rtol=5e-3, atol=1e-14)


@pytest.mark.usefixtures("coarse_sky")
def test_air_dims_what_is_low_and_reddens_it():
    camera, light = look(35.0, -19.0, 6.0, 24, 96), behind()
    clear, dimmed = (
        (picture(camera, air, light) - picture(camera, air, None))[:, :, 12] for air in (NOTHING, AtmosphereSettings())
    )
    seen = np.flatnonzero(clear[9] > 1e-10)
    share = dimmed[:, seen] / clear[:, seen]
    assert share[9, 0] == pytest.approx(1.0, abs=0.02)
    low = share[:, share[9] < 0.5]
    assert low.shape[1] > 2 and (low[14] >= low[4]).all() and (low >= 0.0).all() and low[14].max() > 0.3
