"""Subauroral arcs on the device: closed forms under a vertical field, exact integrals along rays in the real one."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from render.core import geodesy
from render.core.epoch import Epoch
from render.core.lines import LINE_KEYS
from render.emission import subauroral as light
from render.geophysics.field import field_lines
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE, magnetic_xy
from render.geophysics.forms.subauroral import SarArcSettings, SteveSettings, steve_centre_km
from render.integrator.aurora import subauroral
from render.integrator.aurora.magnetosphere import magnetosphere_around
from tests.devices import EVERY, start_or_skip
from tests.marching import marched
from tests.shaders.test_march import camera

CLOSED_FORM = 2e-3  # of the brightness
OF_THE_BRIGHTEST = 5e-3  # of exact integrals along rays
CLEAR = np.column_stack([np.ones((201, len(LINE_KEYS))), np.zeros(201)])  # nothing dimmed, nothing bent
RED, STEVE = LINE_KEYS.index("630.0"), LINE_KEYS.index("STEVE")
MIDDLE_KM = 60.0 * KM_PER_DEGREE  # y of the arc's middle
WINDOW = field_lines.Window(-3000.0, -3000.0, 50.0, 121, 121)
X, Y = WINDOW.nodes_km()
VERTICAL = field_lines.FieldLineMap(WINDOW, 1, np.zeros((121, 121, 6)))
EPOCH = Epoch(datetime(2015, 1, 28, 5, 30, tzinfo=UTC))
STATION = (47.0, -95.0, 415.0)
SOURCES = SimpleNamespace(sar_arc=None, steve=None, seed=3, local_time_shift_h=0.0)


@pytest.fixture(params=EVERY)
def any_device(request):
    return start_or_skip(*request.param)


@pytest.fixture(scope="module")
def around():
    """Return the real field and magnetic coordinates around a station over Minnesota."""
    return magnetosphere_around(geodesy.itrs_from_geodetic(*STATION), EPOCH.decimal_year)


def even(width_km, profile, brightness, y_km=MIDDLE_KM):
    """Return a form that is the same all along."""
    x = light.track_x_km()
    track = np.column_stack([np.full(len(x), y_km), np.ones(len(x))])
    return light.SubauroralForm(width_km / light.FWHM_PER_SIGMA, profile, brightness, track)


SHEET = even(20.0, light.Profile(210.0, 36.0, 27.0, 100.0, 300.0), {"STEVE": 1000.0})
WIDE = even(300.0, light.Profile(400.0, 60.0, 80.0, 190.0, 680.0), {"630.0": 500.0})


def over_the_pole(*forms):
    """Stage forms that stand in the meridian of 0 and 180 deg over the pole, the field vertical."""
    return subauroral.stage_forms(forms, VERTICAL, WINDOW, X, Y + MIDDLE_KM)


def look(stage, view, position, transmittance=CLEAR):
    """Return [line, row, column], R."""
    return marched(None, np.zeros((0, 7)), transmittance, view, position, 0, view.rows, arcs=stage).astype(float)


def ray(stage, latitude, longitude, altitude, azimuth, elevation, transmittance=CLEAR):
    """Return [line], R, along one ray."""
    view = camera(azimuth, elevation, latitude, longitude)
    return look(stage, view, geodesy.itrs_from_geodetic(latitude, longitude, altitude), transmittance)[:, 0, 0]


def exact(form, field, window, x_km, y_km, where, azimuth, elevation, step=0.2):
    """Return a form's share of its brightness along a ray in clear air, by the sum over short steps."""
    o = geodesy.itrs_from_geodetic(*where)
    s = np.arange(0.5 * step, 6000.0, step)
    p = o + s[:, None] * camera(azimuth, elevation, *where[:2]).itrs_from_camera[:, 2]
    height = geodesy.geodetic_from_itrs(p)[2]
    ground = np.flatnonzero(height < 0.0)
    last = ground[0] if len(ground) else len(s)
    p, height = p[:last], height[:last]
    foot = field.footprint(*field_lines.plane_from_direction(p, field.hemisphere), height)
    at = field_lines.bilinear(np.stack([x_km, y_km], axis=-1), window, *foot)
    centre, bright = (np.interp(at[:, 0], light.track_x_km(), form.track[:, k]) for k in range(2))
    f = form.profile
    z = (height - f.peak_km) / np.where(height < f.peak_km, f.below_km, f.above_km)
    rate = bright * np.exp(-0.5 * (z**2 + ((at[:, 1] - centre) / form.sigma_km) ** 2)) * f.per_km
    return step * float(rate[(height > f.bottom_km) & (height < f.top_km)].sum())


def test_column_from_above_is_the_brightness_across_the_arc(any_device):
    """At every distance from the middle its Gaussian; all of it together brightness times width."""
    stage = over_the_pole(SHEET)
    places = [(90.0 - abs(k) * 0.025, 90.0 if k > 0 else -90.0) for k in range(-16, 17)]
    away = np.array([
        field_lines.plane_from_direction(geodesy.itrs_from_geodetic(*place, 210.0), 1)[1] for place in places
    ])  # fmt: skip
    found = np.array([ray(stage, *place, 700.0, 0.0, -90.0)[STEVE] for place in places])
    expected = 1000.0 * np.exp(-0.5 * (away / SHEET.sigma_km) ** 2)
    assert found == pytest.approx(expected, abs=CLOSED_FORM * 1000.0)
    assert np.trapezoid(found, away) == pytest.approx(
        1000.0 * 20.0 * np.sqrt(np.pi / (4.0 * np.log(2.0))), rel=CLOSED_FORM
    )


def test_a_ray_across_the_sheet_meets_its_width(any_device):
    """Horizontally through a thin sheet at its peak: emission there times the Gaussian's area."""
    away = 40.0  # km: the ray has risen by 0.1 km where it crosses
    found = ray(over_the_pole(SHEET), 90.0 - np.degrees(away / 6480.0), -90.0, 210.0, 0.0, 0.0)[STEVE]
    area = SHEET.sigma_km * np.sqrt(2.0 * np.pi) * (6357.0 + 210.0) / field_lines.PLANE_RADIUS_KM
    assert found == pytest.approx(1000.0 * SHEET.profile.per_km * area, rel=5e-3)


@pytest.mark.parametrize("elevation", [0.0, -12.0, -15.0, -19.0, -60.0])
def test_along_the_sheet_it_is_a_layer(any_device, elevation):
    """In the sheet's own plane only altitude counts: the profile along the ray."""
    for form, plane in ((SHEET, STEVE), (WIDE, RED)):
        where = (90.0, 0.0, 415.0)
        whole = exact(form, VERTICAL, WINDOW, X, 0.0 * Y + MIDDLE_KM, where, 180.0, elevation)
        found = ray(over_the_pole(form), *where, 180.0, elevation)[plane]
        assert found == pytest.approx(next(iter(form.brightness_r.values())) * whole, rel=CLOSED_FORM, abs=0.1)
        assert found > 0.0 or elevation == 0.0


def test_light_is_linear_and_forms_add(any_device):
    twice = even(20.0, SHEET.profile, {"STEVE": 2000.0, "630.0": 30.0})
    where = (88.0, 90.0, 415.0, -20.0, -40.0)
    one, two, wide, both = (
        ray(over_the_pole(*forms), *where) for forms in ((SHEET,), (twice,), (WIDE,), (WIDE, twice))
    )
    assert one[STEVE] > 100.0
    assert two[STEVE] == pytest.approx(2.0 * one[STEVE], rel=1e-5)
    assert two[RED] == pytest.approx(0.03 * one[STEVE], rel=1e-5)
    assert both == pytest.approx(wide + two, rel=1e-5)
    assert np.count_nonzero(both) == 2


def test_the_far_side_is_seen_through_the_lower_air(any_device):
    where = (90.0, 0.0, 415.0, 180.0, -19.0)
    clear, dark = (ray(over_the_pole(SHEET), *where, transmittance=t)[STEVE] for t in (CLEAR, 0.0 * CLEAR))
    assert 0.45 * clear < dark < 0.55 * clear


def staged(around, **settings):
    sources = SimpleNamespace(**(vars(SOURCES) | settings))
    return subauroral.prepare(sources, 5.0, around, EPOCH, 300.0)


def magnetic(around):
    return magnetic_xy(around.latitude_deg, magnetic_local_time_h(around.longitude_deg, EPOCH))


def test_rays_in_the_real_field(any_device, around):
    sar, steve = SarArcSettings(apex_latitude_deg=55.0), SteveSettings(apex_latitude_deg=60.0)
    x, y = magnetic(around)
    for form, plane, stage in (
        (light.sar_form(sar, 3), RED, staged(around, sar_arc=sar)),
        (light.steve_form(steve, 5.0, 300.0, 3), STEVE, staged(around, steve=steve)),
    ):
        rays = [(az, el) for az in (-50.0, -20.0, 40.0, 185.0) for el in (-80.0, -40.0, -28.0, -22.0, -17.0)]
        brightness = form.brightness_r[LINE_KEYS[plane]]
        whole = brightness * np.array([exact(form, around.field, around.window, x, y, STATION, *one) for one in rays])
        found = np.array([ray(stage, *STATION, *one)[plane] for one in rays])
        assert found == pytest.approx(whole, abs=OF_THE_BRIGHTEST * whole.max())
        assert whole.max() > 0.5 * brightness
        assert (whole > 0.05 * brightness).sum() >= 5


def test_both_members_of_the_red_line(around):
    start_or_skip("cpu")
    seen = ray(staged(around, sar_arc=SarArcSettings(apex_latitude_deg=55.0)), *STATION, 5.0, -24.0)
    assert seen[LINE_KEYS.index("636.4")] == pytest.approx(seen[RED] / 3.0, rel=1e-5)
    assert np.count_nonzero(seen) == 2


def test_steve_is_where_it_is_said_to_be(around):
    """From straight above its middle, found in magnetic coordinates, it is brightest."""
    start_or_skip("cpu")
    steve = SteveSettings(apex_latitude_deg=60.0)
    x, y = magnetic(around)
    profile = np.array([
        ray(staged(around, steve=steve), lat, -95.0, 700.0, 0.0, -90.0)[STEVE] for lat in np.arange(48.0, 53.0, 0.05)
    ])  # fmt: skip
    lat = 48.0 + 0.05 * float(np.argmax(profile))
    p = geodesy.itrs_from_geodetic(lat, -95.0, 210.0)
    foot = around.field.footprint(*field_lines.plane_from_direction(p, 1), np.array(210.0))
    place = field_lines.bilinear(np.stack([x, y], axis=-1), around.window, *foot)
    centre = steve_centre_km(steve, 5.0, place[0], 300.0, 3)
    assert abs(place[1] - centre) < 8.0
    assert profile.max() > 0.3 * 1e3 * steve.brightness_kr


def test_nothing_is_drawn_without_arcs_or_out_of_sight(around):
    start_or_skip("cpu")
    assert staged(around) is None
    assert staged(around, steve=SteveSettings(brightness_kr=0.0, red_line_r=0.0)) is None
    day = SteveSettings(mlt_from_h=9.0, mlt_to_h=11.0, apex_latitude_deg=55.0)
    assert staged(around, steve=day) is None
    assert look(None, camera(0.0, -20.0), geodesy.itrs_from_geodetic(*STATION)).max() == 0.0


@pytest.mark.parametrize("latitude", [80.0, -74.0])
def test_the_cut_of_the_magnetic_map_stays_dark(latitude):
    """Where local time jumps from 12 h to -12 h and at the magnetic pole no arc of lower latitudes may appear."""
    start_or_skip("cpu")
    where = (latitude, -85.0 if latitude > 0.0 else 135.0, 415.0)
    position = geodesy.itrs_from_geodetic(*where)
    polar = magnetosphere_around(position, EPOCH.decimal_year)
    down = camera(0.0, -90.0, *where[:2], rows=80, columns=80, field_rad=3.0)  # 56 deg about the nadir: 600 km away
    for local_time in range(0, 24, 3):
        sar = SarArcSettings(mlt_from_h=local_time, mlt_to_h=(local_time + 22.0) % 24.0)
        stage = staged(polar, sar_arc=sar)
        assert stage is not None
        assert look(stage, down, position).max() == 0.0
