"""Sun and Moon as sources: published irradiances, and discs whose integral is the irradiance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky import moonlight, sunlight

GREEN = int(np.argmin(np.abs(SKY_WAVELENGTHS_NM - 560.0)))
DISC_RTOL = 0.01  # mean of a pixelled disc


def test_solar_irradiance_is_the_standard_one():
    # ASTM G173 extraterrestrial: 655.9 W m-2 from 380 to 780 nm (trapezoid of its own column)
    whole = 20.0 * (sunlight.solar_irradiance().sum() - sunlight.solar_irradiance()[[0, -1]].mean())
    assert whole == pytest.approx(655.9, rel=0.002)
    assert sunlight.solar_irradiance()[GREEN] == pytest.approx(1.84, abs=0.03)


def test_limb_darkening_is_one_at_the_centre_and_stronger_in_blue():
    darkening = sunlight.limb_darkening()
    np.testing.assert_allclose(darkening.sum(-1), 1.0, atol=2e-4)
    edge = darkening[:, 0]
    assert (np.diff(edge[3:]) > 0.0).all() and 0.0 < edge.min() < edge.max() < 0.6


def test_sun_disc_integrates_to_the_irradiance():
    sun = sunlight.sun_source([0.0, 2.0, 0.0])
    x = (np.arange(2000) + 0.5) / 2000.0  # radius over the disc
    mu = np.sqrt(1.0 - x**2)
    profile = sun.limb_darkening @ np.stack([mu**k for k in range(6)])
    whole = sun.disc_radiance * (profile * 2.0 * np.pi * x / 2000.0).sum(-1) * np.sin(sun.angular_radius_rad) ** 2
    np.testing.assert_allclose(whole, sun.irradiance, rtol=1e-3)
    np.testing.assert_allclose(sun.direction_itrs, [0.0, 1.0, 0.0])


def test_far_sun_is_fainter_by_the_square():
    near, far = (sunlight.sun_source([1.0, 0.0, 0.0], d * sunlight.AU_KM) for d in (1.0, 2.0))
    np.testing.assert_allclose(far.irradiance, near.irradiance / 4.0)
    np.testing.assert_allclose(far.disc_radiance, near.disc_radiance, rtol=1e-9)


def test_full_moon_and_quarter():
    full = moonlight.moon_irradiance(0.0, moonlight.MOON_MEAN_DISTANCE_KM)[GREEN]
    quarter = moonlight.moon_irradiance(np.pi / 2.0, moonlight.MOON_MEAN_DISTANCE_KM)[GREEN]
    assert full == pytest.approx(4.7e-6, rel=0.05)  # 10^(-0.4 (26.74 - 12.74)) of the Sun, 0.3 lx
    assert quarter / full == pytest.approx(0.09, abs=0.005)


@given(st.floats(0.0, 2.9))
def test_moon_disc_integrates_to_the_irradiance(phase):
    direction = np.array([1.0, 0.0, 0.0])
    sun = np.array([-np.cos(phase), np.sin(phase), 0.0])
    moon = moonlight.moon_source(direction, 384400.0, sun)
    whole = moon.disc_radiance * moonlight.disc_mean(phase) * np.pi * np.sin(moon.angular_radius_rad) ** 2
    np.testing.assert_allclose(whole, moon.irradiance, rtol=DISC_RTOL)
    np.testing.assert_allclose(moon.irradiance, moonlight.moon_irradiance(phase, 384400.0), rtol=1e-6)


def test_full_moon_is_flat():
    assert moonlight.disc_mean(0.0) == pytest.approx(0.5)
