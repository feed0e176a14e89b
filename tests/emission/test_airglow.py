"""Airglow layers: closed forms, the two steps, the F region at night, brightness observed, and the settings' errors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core.epoch import Epoch
from render.core.lines import LINE_KEYS, spectrum
from render.emission import airglow as glow
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air.thermosphere import ThermosphereSettings, thermosphere_at

QUADRATURE = 1e-4


@given(st.floats(70.0, 300.0), st.floats(1.0, 80.0), st.floats(1.0, 1e5))
def test_gaussian_layer_has_its_zenith_brightness(peak, fwhm, zenith):
    layer = glow.gaussian_layer("557.7", peak, fwhm, zenith)
    z = np.linspace(layer.bottom_km, layer.top_km, 2001)
    rate = layer.peak_ver_cm3_s * np.exp(-0.5 * ((z - layer.centre_km) / layer.sigma_km) ** 2)
    assert np.trapezoid(rate, z * 1e5) / 1e6 == pytest.approx(zenith, rel=QUADRATURE)
    assert glow.zenith_rayleighs(layer) == pytest.approx(zenith)
    half = layer.peak_ver_cm3_s * np.exp(-0.5 * (0.5 * fwhm / layer.sigma_km) ** 2)
    assert half == pytest.approx(0.5 * layer.peak_ver_cm3_s)


def test_uniform_layer_in_closed_form(air):
    slab = glow.AirglowLayer(line="557.7", shape="uniform", bottom_km=100.0, top_km=120.0, ver_cm3_s=500.0)
    (layer,) = glow.airglow_layers(glow.AirglowSettings(layers=(slab,)), air)
    assert (layer.bottom_km, layer.top_km, layer.peak_ver_cm3_s) == (100.0, 120.0, 500.0)
    assert glow.zenith_rayleighs(layer) == pytest.approx(1000.0)


def test_profile_layer_in_closed_form():
    """A half sine of 300 photons cm-3 s-1 over 20 km: 2 / pi of the slab."""
    rate = 300.0 * np.sin(np.linspace(0.0, np.pi, 401))
    layer = glow.profile_layer("O2_A", 90.0, 110.0, rate)
    assert (layer.shape, layer.centre_km, layer.peak_ver_cm3_s) == ("profile", 100.0, 300.0)
    assert glow.zenith_rayleighs(layer) == pytest.approx(0.1 * 300.0 * 20.0 * 2.0 / np.pi, rel=QUADRATURE)
    tied = glow.tied_layer(layer, "O2_A01", 0.25)
    assert tied.line == "O2_A01" and tied.profile is layer.profile
    assert glow.zenith_rayleighs(tied) == pytest.approx(0.25 * glow.zenith_rayleighs(layer))


def even_air(air, n2, o2, o, temperature=300.0):
    one = np.ones_like(air.altitude_km)
    return replace(air, N2_cm3=n2 * one, O2_cm3=o2 * one, O_cm3=o * one, Tn_K=temperature * one)


def test_two_step_green_at_one_point(air):
    """By hand at 300 K: O = 5e11, O2 = 2e12, N2 = 8e12 per cm3."""
    simple = even_air(air, 8e12, 2e12, 5e11)
    quench = 1.35 + 4e-12 * np.exp(-865.0 / 300.0) * 2e12
    by_hand = 1.18 * 4.7e-33 * 1.25e35 * 1e13 / (quench * (15.0 * 2e12 + 211.0 * 5e11))
    assert glow.two_step_green(simple, np.array([95.0]))[0] == pytest.approx(by_hand, rel=1e-9)


def test_two_step_oxygen_band_at_one_point(air):
    """By hand at 150 K, where k1 is four times that at 300 K."""
    simple = even_air(air, 8e12, 2e12, 5e11, temperature=150.0)
    made = 0.079 * 4.0 * 4.7e-33 * 2.5e23 * 1e13 * 2e12
    lost = (0.083 + 2.2e-15 * 8e12 + 4e-17 * 2e12) * (7.5 * 2e12 + 33.0 * 5e11)
    assert glow.two_step_oxygen_band(simple, np.array([95.0]))[0] == pytest.approx(made / lost, rel=1e-9)


def night(latitude, longitude, utc, kp=3.0, f107=130.0):
    drive = DriveSettings(kp=kp, f107=f107)
    return thermosphere_at(ThermosphereSettings(), latitude, longitude, Epoch.parse(utc), drive)


SCENES = {
    "Great Lakes, January": (48.4, -62.0, "2015-01-28T09:45:00Z", 7.0, 140.0),
    "North Atlantic, January": (38.3, -51.4, "2015-01-28T09:47:30Z", 6.0, 140.0),
    "New York, February": (45.0, -75.0, "2015-02-01T05:00:00Z", 3.0, 140.0),
    "Tasman Sea, September": (-50.0, 140.0, "2017-09-10T13:00:00Z", 5.0, 90.0),
}
OTHERS = {
    "equator, April": (0.0, 20.0, "2015-04-10T23:00:00Z", 2.0, 140.0),
    "Germany, June": (50.0, 10.0, "2009-06-21T23:30:00Z", 1.0, 70.0),
    "Alaska, March": (65.0, -148.0, "2015-03-17T10:00:00Z", 6.0, 115.0),
}
GREEN_KM = (94.0, 98.0)  # where the layer is seen from orbit
NODE_KM = 0.15  # between nodes of the two-step profiles


@pytest.mark.parametrize("name", [*SCENES, *OTHERS])
def test_green_layer_lies_where_the_iss_sees_it(name):
    layer = glow.green_layer(night(*(SCENES | OTHERS)[name]))
    assert GREEN_KM[0] - NODE_KM <= layer.centre_km <= GREEN_KM[1]
    assert 5.0 <= layer.sigma_km * glow.FWHM_PER_SIGMA <= 12.0
    assert 140.0 <= glow.zenith_rayleighs(layer) <= 400.0  # 150-300 R observed; the tropics are the brightest


def test_polar_winter_has_a_lower_and_fainter_layer():
    """NRLMSIS 2.1 has its oxygen sink there; what the oval of the scenes in January is seen through."""
    layer = glow.green_layer(night(66.9, -111.8, "2015-01-18T05:30:00Z"))
    assert 89.0 <= layer.centre_km <= 94.0
    assert 100.0 <= glow.zenith_rayleighs(layer) <= 250.0


def test_glow_air_is_poor_in_oxygen(glow_air):
    """NRLMSISE-00: 13 to 275 R were found with it on other nights; the height is the same."""
    for air in glow_air.values():
        layer = glow.green_layer(air)
        assert GREEN_KM[0] <= layer.centre_km <= GREEN_KM[1]
        assert 13.0 <= glow.zenith_rayleighs(layer) <= 275.0


def limb_rayleighs(layers, line, tangent_km, radius_km=6371.0, height_km=415.0):
    """Return R of a line on the ray with this tangent altitude, from 415 km, by trapezoids on a sphere in clear air."""
    before = -np.sqrt((radius_km + height_km) ** 2 - (radius_km + tangent_km) ** 2)
    along = np.arange(before, 3000.0, 0.5)
    height = np.hypot(along, radius_km + tangent_km) - radius_km
    total = 0.0
    for layer in layers:
        if layer.line == line:
            nodes = np.linspace(layer.bottom_km, layer.top_km, len(layer.profile))
            rate = layer.peak_ver_cm3_s * np.interp(height, nodes, layer.profile, left=0.0, right=0.0)
            total += 0.1 * np.trapezoid(rate, along)
    return total


@pytest.mark.parametrize("name", SCENES)
def test_green_limb_from_the_iss(name):
    """8 to 15 kR, both layers of 557.7 together, brightest some 3 km below the layer's peak."""
    layers = glow.airglow_layers(glow.AirglowSettings(), night(*SCENES[name]))
    tangent = np.arange(85.0, 105.0, 0.5)
    limb = np.array([limb_rayleighs(layers, "557.7", at) for at in tangent])
    assert 8e3 <= limb.max() <= 15e3
    assert 1.0 <= layers[0].centre_km - tangent[limb.argmax()] <= 5.0


def test_f_region_is_glows(glow_air):
    """GLOW 0.981 gives 59 R of 630.0 for condition a without electrons, F layer and all."""
    green, red, fainter = glow.f_region_layers(glow_air["a"])
    assert (green.line, red.line, fainter.line) == ("557.7", "630.0", "636.4")
    assert glow.zenith_rayleighs(red) == pytest.approx(59.0, rel=0.02)
    assert 5.0 <= glow.zenith_rayleighs(green) <= 25.0
    assert glow.zenith_rayleighs(fainter) == pytest.approx(glow.zenith_rayleighs(red) / 3.0)
    assert 240.0 <= red.centre_km <= 300.0 > green.centre_km >= 200.0


# zenith R, as observed, widened where NRLMSIS 2.1 varies more than the classical numbers tell
OBSERVED_R = {
    "557.7": (150.0, 400.0), "630.0": (30.0, 200.0), "636.4": (10.0, 70.0), "Na": (30.0, 100.0), "OH": (1300.0, 3900.0),
    "O2_A": (5000.0, 9500.0), "O2_A01": (280.0, 1000.0), "O2_Herzberg": (700.0, 3000.0), "continuum": (450.0, 1500.0),
}  # fmt: skip


@pytest.mark.parametrize("name", [*SCENES, *OTHERS])
def test_standard_set_has_the_brightness_observed(name):
    layers = glow.airglow_layers(glow.AirglowSettings(), night(*(SCENES | OTHERS)[name]))
    zenith = dict.fromkeys(OBSERVED_R, 0.0)
    for layer in layers:
        zenith[layer.line] += glow.zenith_rayleighs(layer)
        assert 60.0 < layer.bottom_km < layer.centre_km < layer.top_km < 600.0
    assert set(zenith) <= set(LINE_KEYS)
    for line, (low, high) in OBSERVED_R.items():
        assert low <= zenith[line] <= high, line


def test_band_and_continuum_per_nm():
    """10 R nm-1 of Herzberg bands at 320 nm; a continuum of 2.8 at 550 nm with a hump of 5 to 10 near 595 nm."""
    layer = glow.continuum_layer()
    at_550, hump = glow.zenith_rayleighs(layer) * spectrum("continuum", np.array([550.0, 597.0]))
    assert at_550 == pytest.approx(2.8, rel=0.1)
    assert 5.0 <= hump <= 10.0
    assert glow.zenith_rayleighs(layer) == pytest.approx(glow.CONTINUUM_ZENITH_R, rel=1e-3)
    bands = glow.HERZBERG_ZENITH_R * spectrum("O2_Herzberg", np.array([320.0, 430.0]))
    assert bands == pytest.approx([10.0, 2.5], rel=0.3)


def test_standard_set_without_own_oxygen(air):
    layers = glow.airglow_layers(glow.AirglowSettings(oxygen_green=False), air)
    assert glow.zenith_rayleighs(layers[0]) == pytest.approx(250.0)
    assert (layers[0].shape, layers[0].centre_km) == ("gaussian", 96.0)
    assert glow.airglow_layers(glow.AirglowSettings(enabled=False), air) == []


def test_air_that_ends_too_low_is_named(air):
    low = replace(air, **{
        name: values[air.altitude_km < 110.0] for name, values in vars(air).items() if values is not None
    })  # fmt: skip
    with pytest.raises(ValueError, match="80 to 116 km are needed"):
        glow.green_layer(low)


def test_a_scene_gives_no_profiles():
    with pytest.raises(ValueError, match="'gaussian' or 'uniform'"):
        glow.AirglowLayer(line="Na", shape="profile")


@pytest.mark.parametrize(
    ("given_keys", "message"),
    [
        ({"line": "999"}, "unknown line '999'"),
        ({"line": "Na", "peak_km": 90.0}, "gaussian layer needs fwhm_km"),
        (
            {"line": "Na", "peak_km": 90.0, "fwhm_km": 9.0, "zenith_rayleighs": 60.0, "top_km": 99.0},
            "gaussian layer takes no top_km",
        ),
        ({"line": "Na", "shape": "uniform", "bottom_km": 95.0, "top_km": 90.0, "ver_cm3_s": 1.0}, "not below top_km"),
        ({"line": "Na", "peak_km": 9.0}, "greater than or equal to 60"),
    ],
)
def test_bad_layers_are_named(given_keys, message):
    with pytest.raises(ValueError, match=message):
        glow.AirglowLayer(**given_keys)
