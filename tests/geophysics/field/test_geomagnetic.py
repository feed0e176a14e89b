from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfield.api import Loader
from skyfield.framelib import itrs
from skyfield_data import get_skyfield_data_path

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic
from render.core.units import EARTH_A_KM, EARTH_MEAN_RADIUS_KM
from render.data import build_igrf
from render.geophysics.field import geomagnetic

FIELD_TOLERANCE_NT = 0.01
TRACE_TOLERANCE_KM = 2e-3
ALTITUDE_TOLERANCE_KM = 1e-5
APEX_TOLERANCE_DEG = 0.2
MLT_TOLERANCE_H = 0.1
SUN_TOLERANCE_DEG = 0.02
DIPOLE_NT = -30000.0  # g10 of the pure dipole below


@pytest.fixture
def axial_dipole(monkeypatch):
    """Replace IGRF by a dipole along the Earth's axis, whose field and lines are known in closed form."""
    coefficients = np.zeros(195)
    coefficients[0] = DIPOLE_NT
    coefficients[1] = 1e-6  # nT: so that the axis has a meridian to count longitude from
    geomagnetic._field_weights.cache_clear()
    monkeypatch.setattr(geomagnetic, "gauss_coefficients_nt", lambda year: coefficients)
    yield
    geomagnetic._field_weights.cache_clear()


def _points(n, seed=1, lowest_km=6400.0, highest_km=9000.0):
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(n, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return direction * rng.uniform(lowest_km, highest_km, (n, 1))


def test_dipole_field_is_the_closed_form(axial_dipole):
    position = _points(50)
    r = np.linalg.norm(position, axis=1, keepdims=True)
    n = position / r
    moment = np.array([0.0, 0.0, DIPOLE_NT])
    expected = (geomagnetic.IGRF_RADIUS_KM / r) ** 3 * (3.0 * n * (n @ moment)[:, None] - moment)
    np.testing.assert_allclose(geomagnetic.magnetic_field_nt(position, 2000.0), expected, atol=1e-8)


def test_dipole_trace_follows_r_over_cos2(axial_dipole):
    start = itrs_from_geodetic(np.array([45.0, 60.0, 75.0, -65.0]), np.array([0.0, 170.0, -120.0, 40.0]), 500.0)
    end = geomagnetic.trace_to_altitude(start, 110.0, 2000.0)

    def shell(p):
        return np.linalg.norm(p, axis=-1) ** 3 / (p[..., 0] ** 2 + p[..., 1] ** 2)

    np.testing.assert_allclose(shell(end), shell(start), rtol=1e-7)
    np.testing.assert_allclose(geodetic_from_itrs(end)[2], 110.0, atol=ALTITUDE_TOLERANCE_KM)
    np.testing.assert_allclose(np.arctan2(end[:, 1], end[:, 0]), np.arctan2(start[:, 1], start[:, 0]), atol=1e-12)


@pytest.mark.parametrize("latitude", [20.0, 55.0, 75.0, 84.0, 89.0, -70.0])
def test_dipole_apex_is_the_closed_form(axial_dipole, latitude):
    """Up to 84 deg the line is traced to its apex, beyond it is closed as the dipole's: here both are exact."""
    p = itrs_from_geodetic(latitude, 30.0, 110.0)
    apex_km = np.linalg.norm(p) ** 3 / (p[0] ** 2 + p[1] ** 2)
    reference = EARTH_MEAN_RADIUS_KM
    mean_based = apex_km - EARTH_A_KM + EARTH_MEAN_RADIUS_KM  # geodetic height of the apex, over the equator
    expected = np.degrees(np.arccos(np.sqrt(reference / mean_based))) * np.sign(latitude)
    got, _ = geomagnetic.apex_coordinates(latitude, 30.0, 110.0, 2000.0)
    assert float(got) == pytest.approx(float(expected), abs=0.002)


def test_field_has_neither_divergence_nor_curl():
    step = 0.5
    position = _points(20, seed=3)
    field = [
        (
            geomagnetic.magnetic_field_nt(position + step * axis, 2024.3)
            - geomagnetic.magnetic_field_nt(position - step * axis, 2024.3)
        )
        / (2 * step)
        for axis in np.eye(3)
    ]
    gradient = np.stack(field, axis=1)  # [point, derivative, component]
    scale = np.abs(gradient).max()
    np.testing.assert_allclose(np.trace(gradient, axis1=1, axis2=2), 0.0, atol=1e-6 * scale)
    np.testing.assert_allclose(gradient, np.swapaxes(gradient, 1, 2), atol=1e-6 * scale)


@pytest.mark.parametrize(
    "date",
    [datetime(1900, 1, 1), datetime(1987, 7, 1), datetime(2015, 1, 1), datetime(2024, 5, 11), datetime(2029, 9, 9)],
)
def test_field_is_that_of_ppigrf(date):
    ppigrf = pytest.importorskip("ppigrf")
    position = _points(40, seed=date.year)
    r = np.linalg.norm(position, axis=1)
    theta, phi = np.degrees(np.arccos(position[:, 2] / r)), np.degrees(np.arctan2(position[:, 1], position[:, 0]))
    radial, south, east = (v.ravel() for v in ppigrf.igrf_gc(r, theta, phi, date))
    t, p = np.radians(theta), np.radians(phi)
    axes = np.array(
        [
            [np.sin(t) * np.cos(p), np.cos(t) * np.cos(p), -np.sin(p)],
            [np.sin(t) * np.sin(p), np.cos(t) * np.sin(p), np.cos(p)],
            [np.cos(t), -np.sin(t), np.zeros_like(t)],
        ]
    )
    expected = np.einsum("ijn,jn->ni", axes, np.array([radial, south, east]))
    lustrum = date.year - date.year % 5  # ppigrf divides the five years by days, not by calendar years: up to 0.2 nT
    days = (datetime(lustrum + 5, 1, 1) - datetime(lustrum, 1, 1)).days
    year = lustrum + 5.0 * (date - datetime(lustrum, 1, 1)).days / days
    np.testing.assert_allclose(geomagnetic.magnetic_field_nt(position, year), expected, atol=FIELD_TOLERANCE_NT)


def test_poles_and_shapes_hold():
    pole = geomagnetic.magnetic_field_nt(np.array([[[0.0, 0.0, 6500.0], [0.0, 0.0, -6500.0]]]), 2020.0)
    beside = geomagnetic.magnetic_field_nt(np.array([[[1e-3, 0.0, 6500.0], [1e-3, 0.0, -6500.0]]]), 2020.0)
    assert pole.shape == (1, 2, 3)
    np.testing.assert_allclose(pole, beside, atol=0.1)


@pytest.mark.parametrize("year", [1899.0, 2036.0])
def test_years_outside_are_errors(year):
    with pytest.raises(InputError, match="outside IGRF-14, 1900 to 2035"):
        geomagnetic.magnetic_field_nt(np.array([0.0, 0.0, 7000.0]), year)


@pytest.mark.parametrize("utc", ["2035-01-02T00:00:00Z", "2035-01-05T12:00:00Z"])
def test_the_first_days_of_2035_are_refused_by_the_last_day_allowed(utc):
    with pytest.raises(
        InputError, match=r"year 2035(\.01)? is outside .*; allowed: from 1900-01-01, before 2035-01-01$"
    ):
        geomagnetic.gauss_coefficients_nt(Epoch.parse(utc).decimal_year)


@settings(max_examples=30)
@given(st.floats(45.0, 85.0), st.floats(-180.0, 180.0), st.floats(80.0, 600.0), st.sampled_from([1.0, -1.0]))
def test_trace_goes_there_and_back(latitude, longitude, altitude, hemisphere):
    start = itrs_from_geodetic(hemisphere * latitude, longitude, altitude)
    end = geomagnetic.trace_to_altitude(start, 110.0, 2024.0)
    assert float(geodetic_from_itrs(end)[2]) == pytest.approx(110.0, abs=ALTITUDE_TOLERANCE_KM)
    back = geomagnetic.trace_to_altitude(end, altitude, 2024.0)
    assert np.linalg.norm(back - start) < TRACE_TOLERANCE_KM


def test_trace_is_converged_and_finite_at_the_magnetic_equator():
    start = itrs_from_geodetic(np.linspace(30, 80, 11), np.linspace(-100, -40, 11), 500.0)
    fine = geomagnetic.trace_to_altitude(start, 110.0, 2024.0, steps=32)
    np.testing.assert_allclose(geomagnetic.trace_to_altitude(start, 110.0, 2024.0), fine, atol=TRACE_TOLERANCE_KM)
    equator = geomagnetic.trace_to_altitude(itrs_from_geodetic(np.linspace(-20, 20, 41), -76.0, 500.0), 110.0, 2024.0)
    assert np.all(np.isfinite(equator))


def test_apex_and_local_time_are_those_of_apexpy():
    """Golden values of apexpy 2.1.1 for 55 N, 100 W, 110 km: latitude 63.418 deg, MLT 4.84 h.

    For the reference height 0, apexpy's default.
    """
    epoch = Epoch(datetime(2024, 5, 11, 12, tzinfo=UTC))
    latitude, longitude = geomagnetic.apex_coordinates(55.0, -100.0, 110.0, epoch.decimal_year)
    assert float(latitude) == pytest.approx(63.418, abs=APEX_TOLERANCE_DEG / 4)
    assert geomagnetic.magnetic_local_time_h(longitude, epoch) == pytest.approx(4.84, abs=MLT_TOLERANCE_H)


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (51.6, -90, 60.5),
        (51.6, -80, 60.1),
        (51.6, -60, 56.8),
        (51.6, -40, 52.3),
        (51.6, 0, 47.6),
        (51.6, 140, 45.6),
        (-51.6, 110, -65.1),
    ],
)
def test_apex_latitudes_along_an_orbit(latitude, longitude, expected):
    """Against apexpy 2.1.1, 2025, reference height 110 km; its own interpolation is good to about 0.15 deg here."""
    got, _ = geomagnetic.apex_coordinates(latitude, longitude, 110.0, 2025.0)
    from_110 = np.cos(np.radians(got)) * np.sqrt((EARTH_MEAN_RADIUS_KM + 110.0) / EARTH_MEAN_RADIUS_KM)
    assert np.degrees(np.arccos(from_110)) == pytest.approx(abs(expected), abs=APEX_TOLERANCE_DEG)
    assert np.sign(got) == np.sign(expected)


def test_a_whole_line_has_one_apex():
    start = itrs_from_geodetic(np.array([55.0, 65.0, -60.0]), np.array([-100.0, 20.0, 120.0]), 400.0)
    high = np.array(geomagnetic.apex_coordinates_of(start, 2024.0))
    low = np.array(geomagnetic.apex_coordinates_of(geomagnetic.trace_to_altitude(start, 110.0, 2024.0), 2024.0))
    np.testing.assert_allclose(high, low, atol=2e-3)


def test_apex_is_continuous_where_lines_are_closed_as_dipoles():
    latitude, _ = geomagnetic.apex_coordinates(np.arange(70.0, 84.0, 0.02), 150.0, 110.0, 2024.0)
    assert np.abs(np.diff(latitude, n=2)).max() < 1e-3


def test_noon_and_rotation_of_local_time():
    epoch = Epoch.parse("2015-01-28T09:45:00Z")
    sun = geomagnetic.sun_direction(epoch)
    noon = geomagnetic.dipole_longitude_deg(sun, epoch.decimal_year)
    assert float(geomagnetic.magnetic_local_time_h(noon, epoch)) == pytest.approx(12.0)
    assert float(geomagnetic.magnetic_local_time_h(noon + 30.0, epoch, 1e8 * sun)) == pytest.approx(14.0)


@pytest.mark.parametrize("utc", ["1995-03-21T02:00:00Z", "2015-01-28T09:45:00Z", "2024-05-11T12:00:00Z"])
@pytest.mark.filterwarnings("ignore:The file .* has expired")  # of tables that are not used here
def test_sun_direction_is_skyfields(utc):
    load = Loader(get_skyfield_data_path())
    instant = load.timescale(builtin=True).from_datetime(Epoch.parse(utc).utc)
    planets = load("de421.bsp")
    apparent = planets["earth"].at(instant).observe(planets["sun"]).apparent().frame_xyz(itrs).km
    expected = apparent / np.linalg.norm(apparent)
    difference = np.linalg.norm(geomagnetic.sun_direction(Epoch.parse(utc)) - expected)
    assert np.degrees(difference) < SUN_TOLERANCE_DEG


@pytest.mark.data
def test_shipped_coefficients_are_those_of_ppigrf():
    pytest.importorskip("ppigrf")
    text = build_igrf.igrf_table()
    shipped = [line.split() for line in text.splitlines() if not line.startswith("#")]
    assert shipped == geomagnetic._igrf_rows()
    assert len(shipped) == 196
