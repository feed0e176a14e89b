"""City light in a picture: radiance by closed form, rows, motion, clouds and devices."""

import numpy as np
import pytest

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.lights.grid import CELLS_PER_DEGREE, PATCH, Region, assembled, detail_of
from render.earth.lights.lamps import garstang_law, lamp_spectra
from render.integrator.ground.city_lights import CityLights, CityView, add_cities, lamp_rows
from render.integrator.sky import pixels as sky
from render.integrator.sky.transmittance import SLANT_NODES, interpolated, slant_bands
from render.sky.sunlight import sun_source
from tests import devices
from tests.shaders.test_sky import BANDS, POSITION, look, towards
from tests.small import lay_sky_coarsely

REGION = Region(441, 333, 24, 48)  # 41 to 48 north, 81 to 67 west, about the place below the camera
VALUE = 300.0  # W sr-1 km-2: 30 nW cm-2 sr-1
AGREE = 2e-3  # of a value, between devices


@pytest.fixture(scope="module", autouse=True)
def _coarse_sky():
    with pytest.MonkeyPatch.context() as patch:
        lay_sky_coarsely(patch)
        yield


def even(white=0.0, upward=0.0):
    """Return city lights that shine evenly everywhere."""
    rows, columns = (n // PATCH for n in REGION.cells)
    plain = np.full((rows, columns), VALUE * (1.0 - white) + 1j * VALUE * white, np.complex64)
    none, cells = np.zeros_like(plain), np.zeros((0, PATCH, PATCH), np.float32)
    made = assembled(REGION, detail_of(np.zeros(0, np.intp), (cells, cells)), plain, none, none)
    return CityLights(made.index, made.words, (REGION.row, REGION.column), lamp_spectra(), upward)


def picture(lights, camera, shutter=None, veil=None, air=True):
    """Return [band, row, column] of the lights alone."""
    atmosphere = build_atmosphere(AtmosphereSettings(enabled=air))
    stage = sky.prepare_sky(atmosphere, POSITION, sun_source(-towards(0.0, 90.0)), None, camera)
    out = np.zeros((BANDS, camera.rows, camera.columns), np.float32)
    still = (camera, POSITION)
    view = CityView(lights, shutter or (still, still))
    add_cities(view, stage, camera, 0, out, *([] if veil is None else [veil]))
    return out


def test_from_above_an_even_city_has_its_lamps_spectrum_through_the_air():
    devices.start_or_skip("cpu")
    camera = look(0.0, -89.9, 2.0, 6, 4)
    through = interpolated(slant_bands(build_atmosphere(AtmosphereSettings())), np.array([SLANT_NODES - 1.0]))[0]
    for white in (0.0, 0.4):
        mixed = (1.0 - white) * lamp_spectra()[0] + white * lamp_spectra()[1]
        expected = VALUE * 1e-6 * mixed * through
        found = picture(even(white), camera).mean(axis=(1, 2))
        np.testing.assert_allclose(found, expected, rtol=5e-3)
    band = (SKY_WAVELENGTHS_NM >= 500) & (SKY_WAVELENGTHS_NM <= 780)
    light = np.trapezoid(picture(even(), camera, air=False).mean(axis=(1, 2))[band], SKY_WAVELENGTHS_NM[band])
    assert 0.8 < light / (VALUE * 1e-6) < 1.0  # 30 nW cm-2 sr-1, less sodium's infrared


def test_aslant_it_follows_the_law_of_emission():
    devices.start_or_skip("cpu")
    upward = float(garstang_law(0.0, 0.05) / (0.5 * np.pi) ** 4)
    camera = look(90.0, -40.0, 2.0, 6, 4)
    plain, lamps = (picture(even(upward=u), camera, air=False)[10].mean() for u in (0.0, upward))
    sine = np.linalg.norm(POSITION) / 6371.0 * np.cos(np.radians(40.0))  # of the zenith angle below
    mu = np.sqrt(1.0 - sine**2)
    assert lamps / plain == pytest.approx(float(garstang_law(mu, 0.05)) / mu, rel=0.02)


def test_rows_of_a_picture_are_the_picture_s():
    devices.start_or_skip("cpu")
    camera = look(60.0, -35.0, 30.0, 24, 16)
    lights, atmosphere = even(0.3), build_atmosphere(AtmosphereSettings())
    stage = sky.prepare_sky(atmosphere, POSITION, sun_source(-towards(0.0, 90.0)), None, camera)
    view = CityView(lights, ((camera, POSITION), (camera, POSITION + [3.0, 1.0, 0.0])))
    whole = np.zeros((BANDS, 16, 24), np.float32)
    add_cities(view, stage, camera, 0, whole)
    part = np.zeros((BANDS, 5, 24), np.float32)
    add_cities(view, stage, camera, 6, part)
    assert whole.any()
    np.testing.assert_array_equal(part, whole[:, 6:11])
    wide = np.zeros((BANDS, 16, 30), np.float32)  # rows that do not lie together
    add_cities(view, stage, camera, 0, wide[:, :, :24])
    np.testing.assert_array_equal(wide[:, :, :24], whole)


def test_light_is_added_and_a_veil_takes_its_share():
    devices.start_or_skip("cpu")
    camera = look(0.0, -80.0, 2.0, 6, 4)
    clear = picture(even(), camera)
    veil = np.zeros((4, 6, 2))
    veil[:2], veil[2:, :, 1] = (0.6, 0.6), 0.3
    veiled = picture(even(), camera, veil=veil)
    np.testing.assert_allclose(veiled[:, :2], 0.6 * clear[:, :2], rtol=1e-4)
    np.testing.assert_allclose(veiled[:, 2:], 0.3 * clear[:, 2:], rtol=1e-3)


@pytest.mark.parametrize("on", devices.OTHERS)
def test_devices_agree(on):
    camera = look(45.0, -30.0, 40.0, 20, 12)
    found = []
    for name, precision in (("cpu", "double"), on):
        devices.start_or_skip(name, precision)
        found.append(picture(even(0.3, 0.2), camera, air=False))
    np.testing.assert_allclose(found[1], found[0], rtol=AGREE, atol=AGREE * found[0].max())


def test_the_air_s_halo_is_bluer():
    straight_white, scattered_white = lamp_rows(lamp_spectra())[[1, 3]]
    ratio = scattered_white / straight_white
    assert (np.diff(ratio) < 0.0).all()
    assert ratio[np.argmin(np.abs(SKY_WAVELENGTHS_NM - 550.0))] == pytest.approx(1.0, abs=0.05)


def test_cells_cover_the_place_below_the_camera():
    latitude = REGION.row * 64 / CELLS_PER_DEGREE - 90.0
    assert latitude < 43.0 < latitude + REGION.rows * 64 / CELLS_PER_DEGREE
