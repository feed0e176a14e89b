"""The Sun as a source: published irradiances, and a disc whose integral is the irradiance."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky import sunlight

GREEN = int(np.argmin(np.abs(SKY_WAVELENGTHS_NM - 560.0)))


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
