"""Sunlight at any point of the air: the table's nodes, discs and edges, refraction, dilution, light on the ground."""

import numpy as np
import pytest
import taichi as ti

from render import device
from render.atmosphere import sunlight
from render.atmosphere.extinction import TOP_KM, build_atmosphere, outward_columns
from render.atmosphere.refraction import optical_air
from render.atmosphere.settings import AtmosphereSettings
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.sky.sunlight import limb_darkening
from shaders import lookup
from shaders.sky import transmittance
from tests.devices import start_or_skip

NODE_ATOL = 2e-3  # nodes: near the horizon u is the root of a small difference of angles
LOOKUP_RTOL, LOOKUP_ATOL = 0.01, 0.01  # of the optical depth, or optical depth, between nodes
DISC_RTOL = 0.01  # 24 strips across the disc
STRAIGHT = AtmosphereSettings(refraction=False)
GREEN = 9  # band of 560 nm


@ti.kernel
def places(
    h: ti.types.ndarray(),
    above: ti.types.ndarray(),
    radius: float,
    shadow_angle: ti.types.ndarray(),
    out: ti.types.ndarray(),
):
    for i in range(h.shape[0]):
        dip = transmittance.horizon_dip(h[i] * (h[i] + 2.0 * radius) / (radius * radius))
        at = transmittance.sunlight_place(h[i], above[i], dip, shadow_angle, 120.0, sunlight.ANGLES)
        out[i, 0], out[i, 1] = at.x, at.y


@ti.kernel
def depths(
    h: float, dip: float, above: ti.types.ndarray(), table: ti.types.ndarray(), shadow_angle: ti.types.ndarray(),
    out: ti.types.ndarray(),
):  # fmt: skip
    for i in range(above.shape[0]):
        at = transmittance.sunlight_place(h, above[i], dip, shadow_angle, 120.0, table.shape[1])
        for band in range(out.shape[1]):
            out[i, band] = lookup.bilinear_plane(table, at.x, at.y, band)


def looked_up(table, altitude_km, above):
    dip = float(sunlight.horizon_dip(np.array(altitude_km)))
    out = device.empty((len(above), table.depth.shape[2]))
    depths(
        altitude_km, dip, device.upload(above), device.upload(table.depth), device.upload(table.shadow_angle_rad), out
    )
    return out.to_numpy()


@pytest.mark.parametrize("settings", [STRAIGHT, AtmosphereSettings()])
@pytest.mark.usefixtures("double")
def test_nodes_and_look_up_are_inverse(settings):
    table = sunlight.sunlight_table(build_atmosphere(settings))
    altitude, above = sunlight.altitude_nodes(), sunlight.table_nodes(table.shadow_angle_rad)
    i, j = np.meshgrid(np.arange(sunlight.ALTITUDES), np.arange(sunlight.ANGLES), indexing="ij")
    out = device.empty((i.size, 2))
    h = np.repeat(altitude, sunlight.ANGLES)
    arrays = (device.upload(a) for a in (h, above.ravel(), table.shadow_angle_rad))
    high, angles, shadow_angle = arrays
    places(high, angles, EARTH_MEAN_RADIUS_KM, shadow_angle, out)
    np.testing.assert_allclose(out.to_numpy(), np.stack([i.ravel(), j.ravel()], 1), atol=NODE_ATOL)


@pytest.mark.parametrize("altitude_km", [0.0, 7.7, 31.0, 88.0])
def test_look_up_agrees_with_direct_integration(altitude_km):
    start_or_skip("cpu", "single")
    atmosphere = build_atmosphere(STRAIGHT)
    above = np.linspace(1e-3, np.pi / 2.0, 300)
    columns, bending = sunlight.source_rays(optical_air(atmosphere), altitude_km, above)
    found = looked_up(sunlight.sunlight_table(atmosphere, sunlight.POINT_RAD), altitude_km, above)
    assert (bending == 0.0).all()
    np.testing.assert_allclose(found, columns @ atmosphere.coefficients(), rtol=LOOKUP_RTOL, atol=LOOKUP_ATOL)


def test_a_ray_that_dips_counts_its_perigee_once():
    atmosphere = build_atmosphere(STRAIGHT)
    zenith = np.pi - np.arcsin((EARTH_MEAN_RADIUS_KM + 20.0) / (EARTH_MEAN_RADIUS_KM + 60.0))
    above = np.pi / 2.0 + sunlight.horizon_dip(np.array([60.0])) - zenith
    down = sunlight.source_rays(optical_air(atmosphere), 60.0, above)[0][0]
    up = outward_columns(atmosphere, 20.0, 60.0)
    np.testing.assert_allclose(down + up, 2.0 * outward_columns(atmosphere, 20.0, 20.0), rtol=1e-6)


@pytest.mark.usefixtures("double")
def test_without_air_the_disc_rises_as_a_circle_s_segment():
    radius = 0.01
    table = sunlight.sunlight_table(build_atmosphere(AtmosphereSettings(enabled=False)), radius)
    found = np.exp(-looked_up(table, 30.0, radius * np.array([-1.1, -0.5, 0.0, 0.5, 2.0])))[:, GREEN]
    half_radius = 0.5 + (0.5 * np.sqrt(0.75) + np.arcsin(0.5)) / np.pi
    np.testing.assert_allclose(found, [0.0, 1.0 - half_radius, 0.5, half_radius, 1.0], atol=DISC_RTOL)


def test_limb_darkening_dims_the_disc_s_edges():
    height, even = sunlight.disc_strips(None, 21)
    _, darkened = sunlight.disc_strips(limb_darkening(), 21)
    assert (darkened[0] < even[0]).all() and (darkened[len(height) // 2] > even[len(height) // 2]).all()
    assert (darkened[0, 0] < darkened[0, -1]).all()  # more so in the violet
    np.testing.assert_allclose([even.sum(0), darkened.sum(0)], 1.0, rtol=1e-12)


def test_bent_sunlight_reaches_below_the_horizon_and_is_diluted():
    start_or_skip("cpu", "single")
    bent = sunlight.sunlight_table(build_atmosphere(AtmosphereSettings()), sunlight.POINT_RAD)
    top = float(np.degrees(bent.shadow_angle_rad[-1]))
    assert 1.05 < top < 1.2  # degrees; 1.10 at 550 nm for a grazing ray, from outside to outside
    assert float(np.degrees(bent.shadow_angle_rad[0])) == pytest.approx(0.58, abs=0.05)  # horizontal refraction: 34'
    thin = AtmosphereSettings(ozone_du=0.0, aerosol="none", ground_albedo=0.0)
    straight = sunlight.sunlight_table(
        build_atmosphere(thin.model_copy(update={"refraction": False})), sunlight.POINT_RAD
    )
    bent = sunlight.sunlight_table(build_atmosphere(thin), sunlight.POINT_RAD)
    # A perigee at 20 km, seen from 100 km: 620 km further on. Light that would pass 20.1 km high passes there instead.
    above = np.arccos((EARTH_MEAN_RADIUS_KM + 20.0) / (EARTH_MEAN_RADIUS_KM + 100.0))
    above = sunlight.horizon_dip(np.array([100.0])) - above - np.radians(0.093)
    loss = (looked_up(bent, 100.0, above) - looked_up(straight, 100.0, above + np.radians(0.093)))[0, -1]
    spread = np.log(1.0 + np.radians(0.0158) * 1010.0)  # d(bending)/d(altitude) x distance; the table's mean slope
    assert loss == pytest.approx(spread, abs=0.08)


def test_direct_light_on_the_ground_without_air():
    atmosphere = build_atmosphere(AtmosphereSettings(enabled=False))
    zenith = np.radians([0.0, 60.0, 89.0, 90.0, 91.0])
    half_disc = 2.0 * sunlight.MEAN_DISC_RAD / (3.0 * np.pi)  # mean height of a half-set disc, the lower half not
    found = sunlight.ground_irradiance(atmosphere, zenith)[:, GREEN]
    np.testing.assert_allclose(found, [1.0, 0.5, np.cos(zenith[2]), half_disc, 0.0], rtol=5e-3)


def test_table_ends_at_the_top():
    assert sunlight.altitude_nodes()[[0, -1]].tolist() == [0.0, TOP_KM]
