"""Transmittance of light from beyond the air: lines of sight far from the limb are told without their lowest points."""

import numpy as np
import pytest

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core.geodesy import itrs_from_geodetic, itrs_from_local, tangent_point
from render.integrator.sky import transmittance


@pytest.mark.parametrize("altitude_km", [0.1, 60.0, 420.0])
def test_lines_far_from_the_limb_are_told_at_once_and_are_the_same_to_the_bit(altitude_km, monkeypatch):
    air = build_atmosphere(AtmosphereSettings())
    position, up = itrs_from_geodetic(52.0, -97.0, altitude_km), itrs_from_local(52.0, -97.0)
    nadir, azimuth = np.radians(np.linspace(0.0, 180.0, 721)), np.radians(np.arange(721.0))
    local = np.stack([np.sin(nadir) * np.sin(azimuth), np.sin(nadir) * np.cos(azimuth), -np.cos(nadir)], axis=-1)
    found = transmittance.apparent_transmittance(air, position, local @ up.T)
    monkeypatch.setattr(transmittance, "_lowest", tangent_point)
    np.testing.assert_array_equal(found, transmittance.apparent_transmittance(air, position, local @ up.T))
    assert (found[0] == 0.0).all() and (found[-1] > 0.3).all()
