"""Airglow on the device: tabulated profiles against closed forms and against exact integrals along the limb."""

from datetime import UTC, datetime

import numpy as np
import pytest

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core import geodesy
from render.core.epoch import Epoch
from render.core.lines import LINE_KEYS
from render.emission import airglow as glow
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air.thermosphere import ThermosphereSettings, thermosphere_at
from render.integrator.airglow import layer_table
from render.integrator.sky.transmittance import limb_table, line_wavelengths_nm, rising_table
from tests.marching import marched
from tests.shaders.test_march import camera

CLOSED_FORM = 1e-3  # 0.1 %
OF_THE_BRIGHTEST = 3e-3  # of a profile's quadrature
PLACE = (45.0, -84.0)
CLEAR = np.column_stack([np.ones((201, len(LINE_KEYS))), np.zeros(201)])  # nothing dimmed, nothing bent
STEP_KM = 0.25  # of exact integrals
STATION_KM = 415.0


@pytest.fixture(scope="module")
def night():
    """Return the standard set of a winter night over the Great Lakes."""
    epoch = Epoch(datetime(2015, 1, 28, 9, 45, tzinfo=UTC))
    air = thermosphere_at(ThermosphereSettings(), 48.0, -84.0, epoch, DriveSettings(kp=6.0, f107=140.0))
    return glow.airglow_layers(glow.AirglowSettings(), air)


def look(layers, elevation_deg, altitude_km=STATION_KM, transmittance=CLEAR, rising=None):
    """Return [line] in R along one ray eastwards."""
    o = geodesy.itrs_from_geodetic(*PLACE, altitude_km)
    out = marched(None, layer_table(layers), transmittance, camera(70.0, elevation_deg), o, 0, 1, rising)
    return out[:, 0, 0].astype(float)


def exact(layer, elevation_deg, altitude_km=STATION_KM):
    """Return R of one layer along the same ray, by trapezoids in clear air."""
    o = geodesy.itrs_from_geodetic(*PLACE, altitude_km)
    along = np.arange(0.0, 5500.0, STEP_KM)
    height = geodesy.geodetic_from_itrs(o + along[:, None] * camera(70.0, elevation_deg).itrs_from_camera[:, 2])[2]
    ground = np.flatnonzero(height < 0.0)
    seen = slice(0, ground[0] if len(ground) else None)
    nodes = np.linspace(layer.bottom_km, layer.top_km, len(layer.profile))
    rate = layer.peak_ver_cm3_s * np.interp(height[seen], nodes, layer.profile, left=0.0, right=0.0)
    return 0.1 * float(np.trapezoid(rate, along[seen]))


def elevation_of(tangent_km):
    """Return about the elevation, deg, at which a ray from the station has this tangent altitude."""
    radius = float(np.linalg.norm(geodesy.itrs_from_geodetic(*PLACE, 0.0)))
    return -np.degrees(np.arccos((radius + tangent_km) / (radius + STATION_KM)))


def test_an_even_profile_is_a_slab(any_device):
    slab = glow.uniform_layer("557.7", 96.0, 97.0, 1000.0)
    even = glow.profile_layer("557.7", 96.0, 97.0, np.full(16, 1000.0))
    for elevation in (-90.0, -19.0, -17.9):
        assert look([even], elevation) == pytest.approx(look([slab], elevation), rel=CLOSED_FORM)


def test_a_wedge_seen_from_above(any_device):
    """From 0 at 100 km to 500 photons cm-3 s-1 at 120 km: half the slab's 1000 R."""
    wedge = glow.profile_layer("630.0", 100.0, 120.0, np.linspace(0.0, 500.0, 9))
    assert look([wedge], -90.0)[LINE_KEYS.index("630.0")] == pytest.approx(500.0, rel=CLOSED_FORM)


def test_a_tabulated_gaussian_is_the_gaussian(any_device):
    shape = glow.gaussian_layer("557.7", 96.0, 9.0, 250.0)
    z = np.linspace(shape.bottom_km, shape.top_km, 256)
    rate = shape.peak_ver_cm3_s * np.exp(-0.5 * ((z - shape.centre_km) / shape.sigma_km) ** 2)
    table = glow.profile_layer("557.7", shape.bottom_km, shape.top_km, rate)
    for tangent in (60.0, 93.0, 96.0, 100.0):
        one, other = (look([layer], elevation_of(tangent)).max() for layer in (shape, table))
        assert one == pytest.approx(other, rel=CLOSED_FORM)


@pytest.mark.parametrize("line", ["557.7", "630.0", "O2_A", "continuum"])
def test_profiles_along_the_limb(any_device, night, line):
    for layer in (layer for layer in night if layer.line == line):
        peak = layer.centre_km
        tangents = [peak, peak - 3.0, peak - 0.6 * layer.sigma_km, peak + layer.sigma_km, 40.0]
        elevations = [-90.0, 20.0] + [elevation_of(tangent) for tangent in tangents]
        whole = np.array([exact(layer, elevation) for elevation in elevations])
        marched = np.array([look([layer], elevation)[LINE_KEYS.index(line)] for elevation in elevations])
        assert whole.max() > 10.0 * glow.zenith_rayleighs(layer)
        assert marched == pytest.approx(whole, abs=OF_THE_BRIGHTEST * whole.max())
        assert marched[2] == pytest.approx(whole[2], rel=OF_THE_BRIGHTEST)  # the grazing ray at the peak


def test_an_observer_in_the_f_region_sees_the_half_above(any_device, night):
    red = next(layer for layer in night if layer.line == "630.0")
    for elevation in (90.0, 5.0, -90.0):
        seen = look([red], elevation, altitude_km=260.0)[LINE_KEYS.index("630.0")]
        assert seen == pytest.approx(exact(red, elevation, altitude_km=260.0), rel=OF_THE_BRIGHTEST)


def test_tied_lines_keep_their_ratio_and_their_own_air(any_device, night):
    """They share one march; the far side of each is dimmed by what the air does to its own wavelength."""
    table = layer_table(night)
    assert list(table[:, 0]) == [LINE_KEYS.index(layer.line) for layer in night]
    at = {key: LINE_KEYS.index(key) for key in ("630.0", "636.4", "O2_A", "O2_A01")}
    dim = CLEAR.copy()
    dim[:, at["O2_A"]] = 0.0
    clear, dimmed = (look(night, -19.0, transmittance=seen) for seen in (CLEAR, dim))
    assert clear[at["636.4"]] == pytest.approx(clear[at["630.0"]] / 3.0, rel=1e-5)
    assert clear[at["O2_A01"]] == pytest.approx(glow.O2_A01_SHARE * clear[at["O2_A"]], rel=1e-5)
    assert dimmed[at["O2_A"]] == pytest.approx(0.5 * clear[at["O2_A"]], rel=0.02)
    assert dimmed[at["O2_A01"]] == pytest.approx(clear[at["O2_A01"]], rel=1e-5)


def test_layers_add_up(any_device, night):
    together = look(night, elevation_of(92.0))
    assert together == pytest.approx(sum(look([layer], elevation_of(92.0)) for layer in night), rel=1e-5)
    below = np.zeros(len(LINE_KEYS))
    for layer in night:
        below[LINE_KEYS.index(layer.line)] += glow.zenith_rayleighs(layer)
    assert look(night, -90.0, altitude_km=600.0) == pytest.approx(below, rel=OF_THE_BRIGHTEST)


def test_the_oxygen_band_shines_in_orbit_and_not_on_the_ground(any_device, night):
    air = build_atmosphere(AtmosphereSettings())
    limb, band = limb_table(air), LINE_KEYS.index("O2_A")
    above = look(night, elevation_of(93.0), transmittance=limb)[band]
    assert above > 0.8 * look(night, elevation_of(93.0))[band] > 1e5
    rising = rising_table(air, 0.0, line_wavelengths_nm())
    ground = look(night, 90.0, altitude_km=0.01, transmittance=limb, rising=rising)
    assert 0.0 < ground[band] < 10.0
    assert ground[LINE_KEYS.index("O2_A01")] > 200.0


def test_profiles_of_one_table_have_one_length():
    layers = [glow.profile_layer("557.7", 90.0, 100.0, np.ones(count)) for count in (8, 9)]
    with pytest.raises(ValueError, match=r"have \[8, 9\] nodes"):
        layer_table(layers)
