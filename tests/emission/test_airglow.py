"""Airglow layers: closed forms, the two-step green layer, and the settings' errors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.emission import airglow as glow
from render.lines import LINE_KEYS

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


def test_green_layer_lies_where_the_iss_sees_it(air):
    """GLOW's air is NRLMSISE-00, poor in oxygen; 13 to 275 R were found with it for other nights, at 94 to 98 km."""
    layer = glow.green_layer(air)
    assert 94.0 <= layer.centre_km <= 98.0
    assert 6.0 <= layer.sigma_km * glow.FWHM_PER_SIGMA <= 11.0
    assert 50.0 <= glow.zenith_rayleighs(layer) <= 400.0


def test_two_step_green_at_one_point(air):
    """By hand at 300 K: O = 5e11, O2 = 2e12, N2 = 8e12 per cm3."""
    one = np.ones_like(air.altitude_km)
    simple = replace(air, O_cm3=5e11 * one, O2_cm3=2e12 * one, N2_cm3=8e12 * one, Tn_K=300.0 * one)
    quench = 1.35 + 4e-12 * np.exp(-865.0 / 300.0) * 2e12
    by_hand = 1.18 * 4.7e-33 * 1.25e35 * 1e13 / (quench * (15.0 * 2e12 + 211.0 * 5e11))
    assert glow.two_step_green(simple, np.array([95.0]))[0] == pytest.approx(by_hand, rel=1e-9)


def test_standard_set(air):
    layers = glow.airglow_layers(glow.AirglowSettings(oxygen_green=False), air)
    assert {layer.line for layer in layers} == {"557.7", "630.0", "Na", "OH"} <= set(LINE_KEYS)
    brightness = [round(glow.zenith_rayleighs(layer)) for layer in layers]
    assert brightness == [250, 15, 107, 60, 2583]  # 630.0 carries its 636.4
    assert glow.airglow_layers(glow.AirglowSettings(enabled=False), air) == []


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
