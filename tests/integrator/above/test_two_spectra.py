"""Arcs and diffuse aurora with spectra of their own: light is linear in the two tables, from above and along rays."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from render.core.geodesy import itrs_from_geodetic
from render.core.lines import AURORA_KEYS
from render.emission.settings import EmissionSettings
from render.emission.table import oval_table
from render.frame.air import scene_air
from render.geophysics.forms.drive_series import drive_function
from render.integrator.above import irradiance
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.columns import columns_from_above
from render.integrator.above.irradiance import LAYERS_KM
from render.integrator.above.precipitation import FootprintMap, Texels, touched_cells
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.aurora.march import device_tables
from render.scene import load_scene
from tests.devices import start_or_skip
from tests.integrator.conftest import plane, staged

LINEAR = 2e-5  # relative to the brightest pixel: the device's single precision
REFINED = 3e-3  # of a picture's sum: bright blocks are sampled more finely, which the two halves decide apart
PEAK = {"spectrum": "gaussian", "width": 0.3}
SUPRATHERMAL = {"spectrum": "kappa", "kappa": 3.0}
KEYS = ("557.7", "427.8", "630.0", "732", "N2+_1NG_sunlit")
PLACE = 59.0, -102.0


def emission(arcs, diffuse):
    """Return settings with two spectra; without afterglow, whose many ages cost time and change nothing here."""
    return EmissionSettings.model_validate({"arcs": arcs, "diffuse": diffuse, "afterglow": False})


@pytest.fixture(scope="module")
def night():
    """Return the quiet arc's instant around a place, and its air."""
    start_or_skip("cpu")
    scene = load_scene("quiet_arc")
    around = magnetosphere_around(itrs_from_geodetic(*PLACE, 110.0), scene.time.epoch.decimal_year)
    drive = drive_function(scene.drive, scene.time.epoch)
    instant = AuroraInstant(scene.aurora, drive, around, scene.time.epoch, 0.0)
    return SimpleNamespace(instant=instant, air=scene_air(scene))


def test_one_spectrum_is_one_table(night):
    plain = oval_table(night.air, emission({}, {}))
    assert plain.diffuse is None
    assert plain.soft is None
    both = oval_table(night.air, emission(SUPRATHERMAL, SUPRATHERMAL))
    assert both.diffuse is None
    np.testing.assert_array_equal(both.of_soft.rate, plain.rate)  # tall rays stay Maxwellian
    apart = oval_table(night.air, emission(PEAK, {}))
    np.testing.assert_array_equal(apart.of_diffuse.rate, plain.rate)
    np.testing.assert_array_equal(apart.of_soft.rate, plain.rate)
    blue = AURORA_KEYS.index("N2+_1NG")
    assert np.abs(apart.rate[blue] - plain.rate[blue]).max() > 0.2 * plain.rate[blue].max()


def test_the_diffuse_share_is_one_without_arcs_and_small_in_them(night):
    area = AreaFromAbove(*PLACE, 300.0, 30, 30)
    texels = FootprintMap(night.instant, *touched_cells(area), area.pixel_km, two_spectra=True).now()
    flux, share = texels.values[:, 1], texels.diffuse_share
    assert share.min() >= 0.0
    assert share.max() <= 1.0 + 1e-6
    assert share[flux > 0.9 * flux.max()].max() < 0.5
    bare = replace(night.instant, settings=night.instant.settings.model_copy(update={"groups": ()}))
    even = FootprintMap(bare, *touched_cells(area), area.pixel_km, two_spectra=True).now()
    np.testing.assert_allclose(even.diffuse_share[even.values[:, 1] > 0.01], 1.0, rtol=1e-5)
    plain = FootprintMap(night.instant, *touched_cells(area), area.pixel_km).now()
    np.testing.assert_array_equal(plain.values, texels.values[:, :-1])  # the share changes nothing else


def test_columns_are_linear_in_the_two_tables(night):
    area = AreaFromAbove(*PLACE, 300.0, 30, 30)

    def columns(arcs, diffuse):
        both = emission(arcs, diffuse)
        return columns_from_above(night.instant, oval_table(night.air, both), both, area, KEYS)

    alike = columns(PEAK, PEAK) + columns(SUPRATHERMAL, SUPRATHERMAL)
    apart = columns(PEAK, SUPRATHERMAL), columns(SUPRATHERMAL, PEAK)
    for k, key in enumerate(KEYS):
        np.testing.assert_allclose(sum(apart)[k], alike[k], rtol=1e-4, atol=LINEAR * alike[k].max(), err_msg=key)
    assert np.abs(apart[0][0] - apart[1][0]).max() > 0.02 * alike[0].max()


def test_layers_that_light_the_ground_are_linear_in_them_too(night):
    draw = np.random.default_rng(5)
    fluxes, share = draw.uniform(0.0, 9.0, (200, 4)), draw.uniform(0.0, 1.0, 200)
    values = np.column_stack([draw.uniform(-1.0, 2.5, 200), fluxes, share])
    keys = ["557.7", "N2_1PG", "844.6"]

    def layers(arcs, diffuse):
        table = oval_table(night.air, emission(arcs, diffuse))
        found = {key: np.zeros((len(LAYERS_KM), len(values))) for key in keys}
        for layer_km, some, light in irradiance._layer_texels(Texels(None, values), table, keys, np.log(0.3)):
            for key, each in zip(some, light, strict=True):
                found[key][LAYERS_KM.index(layer_km)] = each
        return found

    whole, other = layers(PEAK, PEAK), layers(SUPRATHERMAL, SUPRATHERMAL)
    apart = layers(PEAK, SUPRATHERMAL), layers(SUPRATHERMAL, PEAK)
    for key in keys:
        alike = whole[key] + other[key]
        np.testing.assert_allclose(apart[0][key] + apart[1][key], alike, rtol=1e-4, atol=5e-3 * alike.max())
        assert np.abs(apart[0][key] - apart[1][key]).max() > 0.05 * alike.max()


def test_the_march_is_linear_in_the_two_tables():
    scene = load_scene("quiet_arc")
    base = staged((48, 27), scene=scene.model_copy(update={"emission": emission(PEAK, SUPRATHERMAL)}))
    air, soft_kev = scene_air(scene), scene.aurora.soft_energy_kev

    def seen(arcs, diffuse):
        both = emission(arcs, diffuse)
        return base.march(replace(base.stage, tables=device_tables(oval_table(air, both), both, soft_kev)))

    alike = seen(PEAK, PEAK) + seen(SUPRATHERMAL, SUPRATHERMAL)
    apart = base.march(base.stage), seen(SUPRATHERMAL, PEAK)
    np.testing.assert_array_equal(apart[0], seen(PEAK, SUPRATHERMAL))
    for key in ("557.7", "N2+_1NG", "630.0", "732"):
        whole = plane(alike, key)
        assert plane(sum(apart), key).sum() == pytest.approx(whole.sum(), rel=REFINED), key
        assert np.abs(plane(apart[0] - apart[1], key)).max() > 0.02 * whole.max(), key
