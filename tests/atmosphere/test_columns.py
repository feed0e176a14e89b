"""The column table: its nodes and the device's look-up undo each other, and it holds what direct integration gives."""

import numpy as np
import pytest
import taichi as ti

from render import device
from render.atmosphere import columns
from render.atmosphere.air import AtmosphereSettings
from render.atmosphere.extinction import TOP_KM, build_atmosphere, outward_columns
from render.units import EARTH_MEAN_RADIUS_KM
from shaders import transmittance
from tests.devices import start_or_skip

NODE_ATOL = 2e-3  # nodes: near the horizon u is the root of a small difference of angles
LOOKUP_ATOL = 0.01  # optical depth; or
LOOKUP_RTOL = 0.01  # of it, between nodes


@ti.kernel
def coordinates(h: ti.types.ndarray(), zenith: ti.types.ndarray(), radius: float, out: ti.types.ndarray()):
    for i in range(h.shape[0]):
        dip = transmittance.horizon_dip(h[i] * (h[i] + 2.0 * radius) / (radius * radius))
        above = 0.5 * ti.math.pi - zenith[i] + dip
        at = transmittance.column_coordinates(h[i], above, dip, 120.0, columns.ALTITUDES, columns.ANGLES)
        out[i, 0], out[i, 1] = at.x, at.y


@ti.kernel
def looked_up(table: ti.types.ndarray(), h: float, above: ti.types.ndarray(), dip: float, out: ti.types.ndarray()):
    for i in range(above.shape[0]):
        c = transmittance.columns_to_source(table, h, above[i], dip, 120.0)
        for k in ti.static(range(3)):
            out[i, k] = c[k]


@ti.kernel
def fractions(above: ti.types.ndarray(), radius: float, out: ti.types.ndarray()):
    for i in range(above.shape[0]):
        out[i] = transmittance.visible_fraction(above[i], radius)


def test_nodes_and_look_up_are_inverse():
    start_or_skip("cpu", "double")
    altitude, zenith = columns.table_nodes()
    i, j = np.meshgrid(np.arange(columns.ALTITUDES), np.arange(columns.ANGLES), indexing="ij")
    out = device.empty((i.size, 2))
    h = np.repeat(altitude, columns.ANGLES)
    coordinates(device.upload(h), device.upload(zenith.ravel()), EARTH_MEAN_RADIUS_KM, out)
    np.testing.assert_allclose(out.to_numpy(), np.stack([i.ravel(), j.ravel()], 1), atol=NODE_ATOL)


@pytest.mark.parametrize("altitude_km", [0.0, 7.7, 31.0, 88.0])
def test_look_up_agrees_with_direct_integration(altitude_km):
    start_or_skip("cpu", "single")
    atmosphere = build_atmosphere(AtmosphereSettings())
    dip = np.arccos(EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + altitude_km))
    above = np.linspace(0.0, np.pi / 2.0 + dip, 401)
    zenith = np.pi / 2.0 + dip - above
    direct = columns.sunward_columns(atmosphere, np.full(401, altitude_km), zenith, EARTH_MEAN_RADIUS_KM)
    out = device.empty((401, 3))
    looked_up(device.upload(columns.column_table(atmosphere)), altitude_km, device.upload(above), dip, out)
    depth, expected = out.to_numpy() @ atmosphere.coefficients(), direct @ atmosphere.coefficients()
    np.testing.assert_allclose(depth, expected, rtol=LOOKUP_RTOL, atol=LOOKUP_ATOL)


def test_a_ray_that_dips_counts_its_perigee_once():
    atmosphere = build_atmosphere(AtmosphereSettings())
    radius = EARTH_MEAN_RADIUS_KM
    zenith = np.pi - np.arcsin((radius + 20.0) / (radius + 60.0))
    down = columns.sunward_columns(atmosphere, np.array([60.0]), np.array([zenith]), radius)[0]
    up = outward_columns(atmosphere, 20.0, 60.0)
    np.testing.assert_allclose(down + up, 2.0 * outward_columns(atmosphere, 20.0, 20.0), rtol=1e-6)


def test_disc_rises_from_nothing_to_all():
    start_or_skip("cpu", "double")
    out = device.empty((5,))
    fractions(device.upload(np.array([-2.0, -1.0, 0.0, 0.5, 3.0])), 1.0, out)
    half_radius = 0.5 + (0.5 * np.sqrt(0.75) + np.arcsin(0.5)) / np.pi  # a circle's segment
    np.testing.assert_allclose(out.to_numpy(), [0.0, 0.0, 0.5, half_radius, 1.0], atol=1e-12)


def test_profile_table_starts_and_ends_where_the_profile_does():
    atmosphere = build_atmosphere(AtmosphereSettings())
    table = columns.density_table(atmosphere)
    assert len(table) == TOP_KM / columns.PROFILE_STEP_KM + 1
    np.testing.assert_allclose(table[[0, -1]], atmosphere.densities([0.0, TOP_KM]))
