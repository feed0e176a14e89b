"""The aurora from above: places fall where they should, columns are the emission table's, the march sees the same."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render import device as devices
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic
from render.core.lines import AURORA_KEYS, LINE_KEYS, PROMPT_KEYS, SLOW_KEYS
from render.emission import afterglow
from render.emission.settings import EmissionSettings
from render.emission.subauroral import SubauroralForm, track_x_km
from render.emission.table import column_rayleighs, emission_table
from render.frame.air import oval_emission, scene_air
from render.geophysics.field import field_lines
from render.geophysics.forms.drive_series import drive_function
from render.geophysics.forms.subauroral import SarArcSettings
from render.integrator.above import columns as above
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.precipitation import HALF_DAY_KM, Texels
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.aurora.march import LIMB_EDGE_KM
from render.maps.from_above import aurora_from_above
from render.scene import load_scene, scene_from_text
from shaders.aurora import emission as device_aurora
from tests import probes
from tests.devices import start_or_skip
from tests.integrator.conftest import staged

PLACE_KM = 1e-6
RADIUS_KM = field_lines.PLANE_RADIUS_KM
ROUNDED = 1e-5  # relative: texels are in single precision
MIXED = 1e-3  # of a line of steady flux: averages are mixed with coefficients that sum to 1
TANGENT = 0.03  # of full sunlight: the Earth is taken as a sphere
PROMPT_MARCH, SLOW_MARCH = (
    0.03,
    0.08,
)  # of a mean over 900 km: rays are slanted by 4 degrees, red light shifted by 25 km
SEEN_KEYS = ("557.7", "N2_1PG", "777.4", "630.0", "732")


@pytest.fixture(scope="module")
def quiet():
    """Return the quiet arc's scene, its emission table, and the night around a place at its time."""
    start_or_skip("cpu")
    scene = load_scene("quiet_arc")
    around = magnetosphere_around(itrs_from_geodetic(59.0, -102.0, 110.0), scene.time.epoch.decimal_year)
    night = AuroraInstant(scene.aurora, drive_function(scene.drive, scene.time.epoch), around, scene.time.epoch, 0.0)
    return SimpleNamespace(scene=scene, table=oval_emission(scene)[0], night=night)


latitudes, longitudes = st.floats(-90.0, 90.0), st.floats(-180.0, 180.0)


@given(latitudes, longitudes, st.floats(-2500.0, 2500.0), st.floats(-2500.0, 2500.0))
def test_places_and_coordinates_are_inverse(latitude, longitude, x, y):
    area = AreaFromAbove(latitude, longitude, 5000.0, 10, 10)
    found = area.place_of(*area.geodetic(np.array(x), np.array(y)))
    assert np.hypot(found[0] - x, found[1] - y) < PLACE_KM
    plane = area.plane(np.array(x), np.array(y))
    back = area.place_of_direction(field_lines.direction_from_plane(*plane, area.hemisphere))
    assert np.hypot(back[0] - x, back[1] - y) < PLACE_KM


def test_north_is_up_and_lengths_are_true_at_the_centre():
    area = AreaFromAbove(-60.0, 170.0, 1000.0, 500, 400)
    assert (area.pixel_km, area.height_km) == (2.0, 800.0)
    north, east = (area.place_of(np.array(a), np.array(b)) for a, b in ((-59.9, 170.0), (-60.0, 170.2)))
    turned = np.radians(0.1) * RADIUS_KM
    assert north == pytest.approx((0.0, turned), abs=0.01 * turned)  # geodetic degrees are longer by 0.5 % there
    assert east == pytest.approx((np.cos(np.radians(60.0)) * 2.0 * turned, 0.0), abs=0.01 * turned)
    assert area.place_of(np.array(60.0), np.array(-10.0))[0] != area.place_of(np.array(60.0), np.array(-10.0))[0]  # NaN


def lit_cell(area, latitude, longitude):
    """Return the picture that shows one cell alight, that of a place, and the grid's cell (column, row)."""
    start = itrs_from_geodetic(latitude, longitude, 110.0)
    x, y = field_lines.plane_from_direction(start, area.hemisphere)
    cell = np.floor(np.array([x, y]) / tiling.CELL_KM).astype(int)
    tiles = tiling.lay_tiles(cell[None], np.array([8]))
    light = np.ones(tiles.total)
    light[: tiling.EMPTY_TEXELS] = 0.0
    out = np.zeros((area.rows, area.columns))
    grid = tiling.Grid(int(cell[0]) - 60, int(cell[1]) - 60, 121, 121)
    above._add_texels(out, area, grid, tiles, light)
    return out, cell


@pytest.mark.parametrize(("latitude", "longitude"), [(58.0, -104.0), (61.3, -98.0), (59.0, -102.0)])
def test_a_place_falls_on_its_pixel(latitude, longitude):
    area = AreaFromAbove(59.0, -102.0, 800.0, 400, 300)
    picture, cell = lit_cell(area, latitude, longitude)
    x, y = area.place_of(np.array(latitude), np.array(longitude))
    column, row = int((x + 400.0) / 2.0), int((300.0 - y) / 2.0)
    assert picture[row, column] == 1.0
    rows, columns = np.nonzero(picture)
    found = area.geodetic(area.x_km[columns], area.y_km[rows])
    plane = field_lines.plane_from_direction(itrs_from_geodetic(*found, 110.0), 1)
    assert (np.floor(np.stack(plane, axis=-1) / tiling.CELL_KM) == cell).all()
    assert len(rows) * area.pixel_km**2 == pytest.approx(tiling.CELL_KM**2 / 1.07**2, rel=0.1)  # the plane's scale


def steady(table, node, hard, soft, fluxes):
    """Return the texels, of one energy, of a tile over Manitoba; its fluxes are all alike."""
    place = field_lines.plane_from_direction(itrs_from_geodetic(55.0, -98.0, 110.0), 1)
    tiles = tiling.lay_tiles(np.floor(np.array([place]) / tiling.CELL_KM).astype(int), np.array([4]))
    values = np.zeros((tiles.total, 1 + 2 * fluxes), np.float32)
    values[:, 0], values[:, 1 : 1 + fluxes], values[:, 1 + fluxes :] = np.log(table.energy_kev[node]), hard, soft
    return Texels(tiles, values)


@pytest.mark.parametrize("key", [key for key in AURORA_KEYS if key != above.SUNLIT])
@pytest.mark.parametrize("node", [20, 40])
def test_a_steady_column_is_the_tables(quiet, key, node):
    table, line = quiet.table, AURORA_KEYS.index(key)
    texels = steady(table, node, 3.0, 0.0, 2 if key in PROMPT_KEYS else 7)
    found = above.texel_rayleighs(texels, table, key, quiet.night, 30.0)
    wanted = 3.0 * column_rayleighs(table.altitude_km, table.rate[line, node])
    assert found == pytest.approx(np.full(len(found), wanted), rel=ROUNDED if key in PROMPT_KEYS else MIXED)


def test_soft_electrons_have_their_own_energy(quiet):
    texels = steady(quiet.table, 40, 0.0, 2.0, 2)
    found = above.texel_rayleighs(texels, quiet.table, "N2_1PG", quiet.night, 30.0)[0]
    columns = column_rayleighs(quiet.table.altitude_km, quiet.table.rate[AURORA_KEYS.index("N2_1PG")])
    wanted = np.interp(np.log(quiet.scene.aurora.soft_energy_kev), np.log(quiet.table.energy_kev), columns)
    assert found == pytest.approx(2.0 * wanted, rel=ROUNDED)


def test_green_light_lags_by_its_lifetime(quiet):
    table, line = quiet.table, AURORA_KEYS.index("557.7")
    texels = steady(table, 40, np.array([1.0, 0.0]), 0.0, 2)  # an arc that was not there a second ago
    found = above.texel_rayleighs(texels, table, "557.7", quiet.night, 30.0)[0]
    share = afterglow.green_mixing(table.lifetime_s[line])
    wanted = column_rayleighs(table.altitude_km, table.rate[line, 40] * (1.0 - share))
    assert found == pytest.approx(wanted, rel=ROUNDED)
    assert 0.2 < found / column_rayleighs(table.altitude_km, table.rate[line, 40]) < 0.6


def test_sunlight_on_ions_is_the_devices(quiet):
    altitude = np.array([100.0, 300.0, 500.0])
    shares = above.sunlit_share(altitude, 30.0)
    sun, zenith = np.array([0.0, 0.0, 1.0]), np.radians(above.SUN_NODES_DEG)
    for k, km in enumerate(altitude):
        # in the plane of the equator's radius, as far from the axis as the mean Earth is wide
        radius = 6371.0 + km
        points = radius * np.stack([np.sin(zenith), 0.0 * zenith, np.cos(zenith)], axis=-1)
        points *= np.array([6378.137 / 6371.0, 1.0, 1.0])
        out = devices.upload(np.zeros(len(points)))
        beam = devices.record(device_aurora.Sunlight, direction=sun, screening_km=30.0, sharpness=1.0 / LIMB_EDGE_KM)
        probes.sunlight_at(devices.upload(points), beam, out)
        edges = np.abs(out.to_numpy() - shares[:, k])
        assert np.median(edges) < TANGENT
        assert (edges < TANGENT).mean() > 0.95
    texels = steady(quiet.table, 30, 1.0, 0.0, 7)
    rate = quiet.table.rate[AURORA_KEYS.index(above.SUNLIT), 30]
    for hours, most in ((0.0, 1e-3), (13.0, 1.0)):  # 23 h and noon there
        night = replace(quiet.night, epoch=quiet.night.epoch.plus_seconds(3600.0 * hours))
        found = above.texel_rayleighs(texels, quiet.table, above.SUNLIT, night, 30.0)[tiling.EMPTY_TEXELS :]
        assert found == pytest.approx(most * column_rayleighs(quiet.table.altitude_km, rate), rel=MIXED) or hours == 0.0
        assert found.max() < (1.0 + MIXED) * most * column_rayleighs(quiet.table.altitude_km, rate)


def own_scene(tmp_path, flux, mean_kev):
    """Return a scene whose aurora is a user's map, uniform over Canada."""
    path = tmp_path / "uniform.npz"
    latitude, longitude = np.arange(40.0, 80.0), np.arange(-140.0, -59.0)
    values = np.full((len(latitude), len(longitude)), flux)
    np.savez(path, latitude=latitude, longitude=longitude, energy_flux=values, mean_energy=mean_kev + 0.0 * values)
    text = load_scene("quiet_arc").text.split("[aurora]")[0]
    return scene_from_text(text + f'[aurora]\nfootprint = "{path}"\n', "own", tmp_path)


def test_a_uniform_rain_gives_the_column_of_its_electrons(tmp_path):
    start_or_skip("cpu")
    scene = own_scene(tmp_path, 5.0, 4.0)
    area = AreaFromAbove(59.0, -102.0, 300.0, 60, 50)
    keys = ("557.7", "427.8", "630.0", "636.4", "N2+_Meinel")
    found = aurora_from_above(scene, scene.time.epoch, area, keys, "cpu").kilorayleighs
    table = emission_table(scene_air(scene), scene.emission)

    def column(key):
        columns = column_rayleighs(table.altitude_km, table.rate[AURORA_KEYS.index(key)])
        return 5.0 * np.interp(np.log(2.0), np.log(table.energy_kev), columns) / 1e3  # E0 is half the mean energy

    nitrogen = column("N2+_1NG")
    wanted = [column("557.7"), nitrogen * above.share_of("427.8", EmissionSettings()), column("630.0")]
    wanted += [column("630.0") / 3.0, nitrogen * 0.45 / 0.11]
    for k, value in enumerate(wanted):
        np.testing.assert_allclose(found[k], value, rtol=5e-3)
    assert 5.0 < wanted[0] < 20.0  # about 1 to 2 kR per mW m-2, as is measured


@pytest.mark.parametrize("key", ["557.7", "630.0"])
def test_a_wider_window_shows_the_same(quiet, key):
    args = quiet.night, quiet.table, quiet.scene.emission
    small = above.columns_from_above(*args, AreaFromAbove(59.0, -102.0, 400.0, 100, 80), (key,))[0]
    large = above.columns_from_above(*args, AreaFromAbove(59.0, -102.0, 800.0, 200, 160), (key,))[0]
    np.testing.assert_allclose(large[40:120, 50:150], small, rtol=2e-3, atol=2e-4 * small.max())
    assert small.max() > 0.5


def test_without_afterglow_red_light_is_prompt(quiet):
    # Without afterglow the averages hold the present alone: a red picture is then one of the fine map's own electrons.
    emission = quiet.scene.emission.model_copy(update={"afterglow": False})
    table = emission_table(scene_air(quiet.scene), emission)
    area = AreaFromAbove(59.0, -102.0, 600.0, 150, 150)
    red, prompt = above.columns_from_above(quiet.night, table, emission, area, ("630.0", "844.6"))
    afterglow = above.columns_from_above(quiet.night, quiet.table, quiet.scene.emission, area, ("630.0",))[0]
    assert np.corrcoef(red.ravel(), prompt.ravel())[0, 1] > np.corrcoef(afterglow.ravel(), prompt.ravel())[0, 1]
    assert 0.5 * red.mean() < afterglow.mean() < 2.0 * red.mean()


def test_a_sar_arc_has_the_brightness_that_the_scene_gives(quiet):
    arc = SarArcSettings()
    lit = quiet.scene.aurora.model_copy(update={"sar_arc": arc})
    night = AuroraInstant(lit, quiet.night.drive, quiet.night.around, quiet.night.epoch, 0.0)
    area = AreaFromAbove(52.0, -102.0, 1500.0, 150, 150)
    args = quiet.table, quiet.scene.emission, area, ("630.0", "557.7")
    more = above.columns_from_above(night, *args) - above.columns_from_above(quiet.night, *args)
    assert 0.5 * arc.brightness_r < 1e3 * more[0].max() < 1.5 * arc.brightness_r  # it is uneven along itself
    assert np.abs(more[1]).max() == 0.0


def test_a_subauroral_arc_is_gaussian_and_ends_at_noon():
    nodes = track_x_km()
    form = SubauroralForm(20.0, None, {}, np.column_stack([np.full(len(nodes), 6000.0), np.full(len(nodes), 0.5)]))
    across = np.array([6000.0, 6020.0, 5960.0])
    found = above._subauroral_share(form, np.zeros(3), across)
    assert found == pytest.approx(0.5 * np.exp([0.0, -0.5, -2.0]))
    assert above._subauroral_share(form, np.array([HALF_DAY_KM]), across[:1])[0] == 0.0


def test_local_time_runs_on_over_noon(quiet):
    # Interpolated between 11.9 h and -11.9 h it would run through midnight, and draw a seam.
    around = magnetosphere_around(itrs_from_geodetic(65.0, 60.0, 110.0), 2015.05)
    night = AuroraInstant(quiet.scene.aurora, quiet.night.drive, around, quiet.scene.time.epoch, 0.0)
    cut = night.magnetic[..., 0]
    steps = np.abs(np.diff(cut, axis=1))
    assert steps.max() > HALF_DAY_KM
    for side in (1, -1):
        x = night.continued(side)[..., 0]
        own = (side * cut[:, 1:] > 0.8 * HALF_DAY_KM) | (side * cut[:, :-1] > 0.8 * HALF_DAY_KM)
        assert np.abs(np.diff(x, axis=1))[own & (np.abs(around.latitude_deg[:, 1:]) < 80.0)].max() < 0.1 * HALF_DAY_KM
        moved = np.abs(x - cut) / (2.0 * HALF_DAY_KM)
        assert set(np.unique(np.round(moved, 9))) == {0.0, 1.0}


@pytest.mark.parametrize(("height_km", "prompt_march"), [(4000.0, PROMPT_MARCH), (20_000.0, 0.06)])
def test_a_camera_far_above_sees_as_much_light(height_km, prompt_march):
    # The march through the air, along slanted rays and field lines, against columns on the map. Steep rays from above
    # cross field lines by 10 deg: at the northern edge they end on footprints beyond the map's window.
    text = load_scene("quiet_arc").text
    drawn = text[text.index("[drive]") : text.index("[film]")]
    above = f"[observer]\nlatitude_deg = 59.0\nlongitude_deg = -102.0\naltitude_km = {height_km}\n"
    lens = f"focal_length_mm = {0.0375 * height_km}\n"
    camera = "[camera]\ncolumns = 100\nrows = 100\nexposure_s = 0.001\nazimuth_deg = 0.0\n" + lens
    time = text[text.index("[time]") : text.index("[observer]")]
    scene = scene_from_text(time + above + camera + "elevation_deg = -90.0\n" + drawn)
    seen = staged(None, scene=scene)
    picture = seen.march(seen.stage)
    width = (height_km - 110.0) * 100 * seen.camera.tangent_from_pixel[0, 0]
    made = aurora_from_above(scene, scene.time.epoch, AreaFromAbove(59.0, -102.0, width, 100, 100), SEEN_KEYS, "cpu")
    for key, plane in zip(SEEN_KEYS, made.kilorayleighs, strict=True):
        wanted = picture[LINE_KEYS.index(key)].mean()
        assert 1e3 * plane.mean() == pytest.approx(wanted, rel=SLOW_MARCH if key in SLOW_KEYS else prompt_march), key
    assert geodetic_from_itrs(seen.position_km)[2] == pytest.approx(height_km)
