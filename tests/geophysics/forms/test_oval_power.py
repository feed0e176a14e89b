"""Hemispheric power and magnetic coordinates in numbers written down apart from the code."""

import numpy as np
import pytest

from render.geophysics.field import field_lines
from render.geophysics.forms import oval

FORMULA_TOLERANCE = 0.03  # relative
SHELL_KM = 6481.0  # km, Earth's mean radius and 110 km
APEX_TOLERANCE_DEG, MLT_TOLERANCE_H = 0.2, 0.1

# GW, worked out by hand from 38.66 e^(0.1967 Kp) - 33.99 up to Kp 5 and 4.592 e^(0.4731 Kp) + 20.47 beyond.
POWER_GW = {0.0: 4.67, 1.0: 13.07, 3.0: 35.76, 5.0: 69.38, 6.0: 98.96, 7.0: 146.4, 9.0: 345.0}


def _power_gw(latitude_deg, area_km2, kp):
    """Return the integral of the mean energy flux over cells of the given magnetic latitude, all local times alike."""
    nodes = np.arange(0.0, 90.01, 0.1)
    flux, _ = oval.energy_flux_and_mean_energy(nodes[:, None], np.arange(0.0, 24.0, 0.25), kp)
    return float((np.interp(np.abs(latitude_deg), nodes, flux.mean(axis=1)) * area_km2).sum()) * 1e-6  # mW km2 m-2


def _magnetic_sphere_gw(kp, lowest_deg):
    edges = np.arange(lowest_deg, 90.01, 0.1)
    area = 2.0 * np.pi * SHELL_KM**2 * np.diff(np.sin(np.radians(edges)))
    return _power_gw(0.5 * (edges[1:] + edges[:-1]), area, kp)


@pytest.mark.parametrize("kp", POWER_GW)
def test_power_is_that_of_the_formula(kp):
    assert float(oval.hemispheric_power_gw(kp)) == pytest.approx(POWER_GW[kp], rel=FORMULA_TOLERANCE / 30)


def test_power_has_no_step_at_kp_5():
    below, above = (float(oval.hemispheric_power_gw(kp)) for kp in (5.0, 5.0 + 1e-9))
    assert above == pytest.approx(below, rel=1e-3)


@pytest.mark.parametrize("kp", [0.75, 1.0, 2.25, 3.0, 3.75, 5.0, 5.25, 6.0, 7.0, 8.0, 9.0])
def test_integrated_flux_is_a_twentieth_below_the_formula(kp):
    """Flux and power are separate fits of Zhang & Paxton: over 50 to 90 deg at 110 km the flux gives 3 to 6 % less.

    Measured: -5.0, -4.9, -4.6, -3.5, -2.8, -4.6, -4.9, -4.9, -4.9, -5.4, -5.7 %. On the ground's radius, 3.3 % more is
    missing; no altitude of a shell but 270 km would close the gap, and none is documented.
    """
    ratio = _magnetic_sphere_gw(kp, 50.0) / float(oval.hemispheric_power_gw(kp))
    assert -0.065 < ratio - 1.0 < -0.02


def test_integrated_flux_over_the_true_field_is_the_formula_on_the_mean_of_hemispheres():
    """Over the real ground the north has 2.9 to 7.6 % less than the formula, the south 1.4 to 5.2 more, mean -1.

    Cells of magnetic latitude are larger in the south, where the field is weaker.
    """
    reach, spacing = 7500.0, 75.0
    window = field_lines.Window.covering(-reach, -reach, reach, reach, spacing)
    x, y = window.nodes_km()
    radius = field_lines.PLANE_RADIUS_KM
    area = (spacing / (1.0 + (x * x + y * y) / (4.0 * radius**2))) ** 2  # the plane's scale is known in closed form
    kp = np.array([3.0, 5.0, 7.0, 9.0])
    power = []
    for hemisphere in (1, -1):
        latitude, _ = field_lines.magnetic_plane(window, hemisphere, 2024.0)
        inside = (np.abs(latitude) > 50.0) & (np.hypot(x, y) < reach)
        power.append([_power_gw(latitude[inside], area[inside], value) for value in kp])
    north, south = np.array(power) / oval.hemispheric_power_gw(kp) - 1.0
    assert np.all((north > -0.09) & (north < 0.0) & (south > 0.0) & (south < 0.06))
    np.testing.assert_allclose(0.5 * (north + south), 0.0, atol=FORMULA_TOLERANCE)
