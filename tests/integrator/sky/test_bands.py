"""How many bands twilight needs: colours of the arc with the engine's 21 against 41, and with three wavelengths."""

import functools

import numpy as np
import pytest

from render.atmosphere import sunlight
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import optical_air
from render.atmosphere.settings import AtmosphereSettings
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.imaging.capture.response import band_weights, between_bands, with_middles
from render.integrator.bands import whole_passes
from render.integrator.sky.diffuse import DiffuseTable, Quadrature, build_diffuse, node_index, zenith_nodes
from render.integrator.sky.limb import limb_radiance
from render.integrator.sky.scattered import ScatteringAir
from render.sky.sunlight import solar_irradiance
from tests.devices import start_or_skip

COARSE = Quadrature(  # the same for all: colours are compared
    altitudes_km=Quadrature.altitudes_km[::2], zenith_deg=(*np.arange(0.0, 84.0, 12.0), *np.arange(84.0, 121.0, 1.0)),
    directions=4, azimuths=3, climb_km=4.0,
)  # fmt: skip
ARC_KM = np.arange(2.0, 90.0, 2.0)
BRIGHT = 0.01  # of the brightest: what a picture of the arc shows
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65, CIE 15
XYZ_FROM_SRGB = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # IEC 61966
SEVERAL_DE = 10.0


def arc(bands, sza_deg):
    """Return [tangent, band]: radiance per unit irradiance of the sunward arc."""
    start_or_skip("cpu", "single")
    return limb_radiance(_air(tuple(bands)), sza_deg, 10.0, ARC_KM)[1]


@functools.cache
def _air(bands):
    atmosphere = build_atmosphere(AtmosphereSettings(), bands)
    light = sunlight.sunlight_table(atmosphere)
    kept = build_diffuse(atmosphere, light, COARSE)
    table = DiffuseTable(kept["moments"], kept["irradiance"], node_index(COARSE), zenith_nodes(COARSE))
    return ScatteringAir(atmosphere, optical_air(atmosphere), light, table)


def xyz(bands, sza_deg):
    """Return [tangent, 3] as the engine's CIE observer sees it, the brightest Y 1."""
    sun = np.interp(bands, SKY_WAVELENGTHS_NM, solar_irradiance())
    seen = between_bands(np, (arc(bands, sza_deg) * sun).T[:, :, None])[:, :, 0].T
    seen = seen @ band_weights("ideal_cie", with_middles(np.array(bands))).T
    return seen / seen[:, 1].max()


def lab(colours):
    t = colours / WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1)


def ciede2000(one, other):
    """Return the colour difference dE00 of CIELAB colours [n, 3] (Sharma et al. 2005, Color Res. Appl. 30, 21)."""
    (l1, a1, b1), (l2, a2, b2) = one.T, other.T
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, (1 + g) * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    level, c, h = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360
    t = 1 - 0.17 * np.cos(np.radians(h - 30)) + 0.24 * np.cos(np.radians(2 * h))
    t += 0.32 * np.cos(np.radians(3 * h + 6)) - 0.20 * np.cos(np.radians(4 * h - 63))
    sl = 1 + 0.015 * (level - 50) ** 2 / np.sqrt(20 + (level - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    return np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh))


def test_colour_difference_is_sharmas():
    one, other = np.array([[50.0, 2.6772, -79.7751]]), np.array([[50.0, 0.0, -82.7485]])  # pair 1 of the paper
    assert ciede2000(one, other)[0] == pytest.approx(2.0425, abs=1e-4)


@pytest.mark.parametrize("sza_deg", [93.0, 97.0])
def test_the_engines_bands_show_the_colours_of_forty(sza_deg):
    many, few = xyz(np.linspace(380.0, 780.0, 41), sza_deg), xyz(SKY_WAVELENGTHS_NM, sza_deg)
    bright = many[:, 1] > BRIGHT
    assert bright.sum() > 10
    assert ciede2000(lab(many[bright]), lab(few[bright])).max() < 1.0


def test_three_wavelengths_do_not():
    many, three = xyz(np.linspace(380.0, 780.0, 41), 97.0), arc((440.0, 550.0, 680.0), 97.0)
    rgb = three[:, ::-1] @ XYZ_FROM_SRGB.T
    rgb *= many[:, 1:2] / rgb[:, 1:2]  # the same brightness: only colours are compared
    bright = many[:, 1] > BRIGHT
    assert ciede2000(lab(many[bright]), lab(rgb[bright])).max() > SEVERAL_DE


@pytest.mark.parametrize(("bands", "padded"), [(3, 24), (21, 24), (24, 24), (41, 48)])
def test_tables_are_filled_up_with_the_last_band(bands, padded):
    table = whole_passes(np.arange(2.0 * bands).reshape(2, bands))
    assert table.shape == (2, padded)
    np.testing.assert_array_equal(table[:, bands:], np.repeat(table[:, bands - 1 : bands], padded - bands, axis=1))
