"""Long kernels are called in bands: no bit is other than at once, and Ctrl-C is heard between two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import optical_air
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.sunlight import sunlight_table
from render.integrator import bands
from render.integrator.sky import diffuse, scattered
from render.integrator.sky.diffuse import DiffuseTable, Quadrature, build_diffuse, node_index, zenith_nodes
from render.integrator.sky.limb import limb_radiance
from render.integrator.sky.scattered import ScatteringAir
from tests.devices import start_or_skip

SMALL = Quadrature((0.0, 4.0, 15.0, 50.0, 120.0), (0.0, 60.0, 85.0, 90.0, 95.0, 103.0, 120.0), 2, 2, climb_km=6.0)
TANGENT_KM = np.arange(0.0, 110.0, 1.0)


@pytest.fixture(scope="module")
def air():
    """Return an atmosphere of two bands, and its sunlight."""
    start_or_skip("cpu")
    atmosphere = build_atmosphere(AtmosphereSettings(), (440.0, 680.0))
    return atmosphere, sunlight_table(atmosphere)


def limb(air, kept):
    table = DiffuseTable(kept["moments"], kept["irradiance"], node_index(SMALL), zenith_nodes(SMALL))
    return limb_radiance(ScatteringAir(air[0], optical_air(air[0]), air[1], table), 95.0, 30.0, TANGENT_KM)


@given(rays=st.integers(0, 3000), at_once=st.integers(1, 1000))
def test_bands_hold_every_ray_once(rays, at_once):
    start_or_skip("cpu")
    marched = [ray for first, count in bands.in_bands(rays, at_once) for ray in range(first, first + count)]
    assert marched == list(range(rays))
    assert all(count <= at_once for _, count in bands.in_bands(rays, at_once))


def test_the_size_of_bands_changes_no_bit(air, monkeypatch):
    kept = build_diffuse(*air, SMALL)
    seen = limb(air, kept)
    assert (kept["irradiance"] > 0.0).any() and all((light > 0.0).any() for light in seen)
    monkeypatch.setattr(diffuse, "RAYS_AT_ONCE", 97)
    monkeypatch.setattr(scattered, "RAYS_AT_ONCE", 13)
    parts = build_diffuse(*air, SMALL)
    for name, values in kept.items():
        np.testing.assert_array_equal(parts[name], values)
    np.testing.assert_array_equal(limb(air, kept), seen)


def test_an_interrupt_is_heard_between_bands(air, monkeypatch):
    kept = build_diffuse(*air, SMALL)
    finished = []

    def interrupted():
        finished.append(1)
        if len(finished) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(diffuse, "RAYS_AT_ONCE", 97)
    monkeypatch.setattr(scattered, "RAYS_AT_ONCE", 13)
    monkeypatch.setattr(bands.devices, "synchronise", interrupted)
    for work in (lambda: build_diffuse(*air, SMALL), lambda: limb(air, kept)):
        finished.clear()
        with pytest.raises(KeyboardInterrupt):
            work()
        assert len(finished) == 2
