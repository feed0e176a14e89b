"""Where limb, airglow's line and stars should be on a solved photograph, against a computation of the test's own."""

from __future__ import annotations

import json

import numpy as np
import pytest

from render import load_scene
from render.core.geodesy import geodetic_from_itrs
from render.frame.moment import moment_of
from render.instruments import landmarks, surfaces
from render.instruments.comparison import compare
from render.instruments.names import place_names, star_names
from render.instruments.prediction import predict
from render.sky.stars import catalogue
from tests import REFERENCE

SOLVED = json.loads((REFERENCE / "ISS030-E-102170.json").read_text(encoding="utf-8"))
FULL = SOLVED["width_px"], SOLVED["height_px"]
PLACE_KM = np.array(SOLVED["observer_gcrs_km"])
A_KM, B_KM = 6378.137, 6356.752314245  # WGS84
REFRACTIVITY = 2.77e-4  # of standard air at the ground, 550 nm (Ciddor 1996)
ONE_PX = 1.0  # pixel of 4256
COLUMNS = np.linspace(1.0, FULL[0], 9)


@pytest.fixture(scope="module")
def photographed():
    scene = load_scene("iss030_e_102170")
    return scene, moment_of(scene, scene.time.epoch, FULL)


def look(x: float, y: float) -> np.ndarray:
    """Return the GCRS direction of a pixel, by the gnomonic projection about the reference pixel."""
    wcs = SOLVED["wcs"]
    xi, eta = np.radians(np.array(wcs["cd_deg_per_px"]) @ (np.array([x, y]) - wcs["crpix"]))
    ra, dec = np.radians(wcs["crval_deg"])
    out = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    east = np.array([-np.sin(ra), np.cos(ra), 0.0])
    north = np.array([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)])
    return out + xi * east + eta * north


def touching_row(column: float, shell_km: float, place_km: np.ndarray, squeeze: float = 1.0) -> float:
    """Return the row at which a column's rays begin to meet the ellipsoid, from above, by halving.

    In GCRS: its pole was 0.07 degrees from the Earth's in 2012, by which the ellipsoid tilts by 25 m at most. `squeeze`
    divides the place: refraction makes rays straight in n r / n_s (Bouguer).
    """
    axes = np.array([A_KM, A_KM, B_KM]) + shell_km
    o = place_km / squeeze / axes

    def misses(y: float) -> bool:
        d = look(column, y) / axes
        return bool((o @ d) ** 2 < (d @ d) * (o @ o - 1.0))

    above, below = 1.0, float(FULL[1])
    assert misses(above) and not misses(below)
    for _ in range(50):
        middle = 0.5 * (above + below)
        above, below = (middle, below) if misses(middle) else (above, middle)
    return above


@pytest.mark.parametrize(("shell_km", "bent"), [(0.0, False), (0.0, True), (97.0, False), (97.0, True)])
def test_limb_and_airglow_rows(photographed, shell_km, bent):
    scene, moment = photographed
    line = landmarks.shell_outline(
        moment.camera, moment.position_km, shell_km, landmarks.air_of(scene) if bent else None
    )
    found = [landmarks.row_on_column(moment.camera, line, column) for column in COLUMNS]
    # Outside the air n = 1: a shell there keeps its own radius, the ground's becomes n_s times as large.
    squeeze = 1.0 + REFRACTIVITY if bent and shell_km == 0.0 else 1.0
    np.testing.assert_allclose(
        found, [touching_row(c, shell_km, PLACE_KM, squeeze) for c in COLUMNS], atol=0.3 * ONE_PX
    )
    lower = PLACE_KM * (1.0 - 1.0 / np.linalg.norm(PLACE_KM))  # a kilometre lower: the check would tell
    wrong = [touching_row(c, shell_km, lower, squeeze) for c in COLUMNS]
    assert np.abs(np.array(found) - wrong).min() > ONE_PX


def test_rows_that_were_computed_before(photographed):
    # Straight rays on WGS84, another program, with this pose: columns 1, 2129 and 4256
    _, moment = photographed
    for shell_km, rows in ((0.0, (1635.5, 1457.5, 1540.3)), (97.0, (1342.3, 1183.3, 1248.3))):
        line = landmarks.shell_outline(moment.camera, moment.position_km, shell_km, None)
        found = [landmarks.row_on_column(moment.camera, line, column) for column in (1.0, 2129.0, 4256.0)]
        np.testing.assert_allclose(found, rows, atol=0.5 * ONE_PX)


def test_the_scene_stands_where_the_pose_was_solved(photographed):
    _, moment = photographed
    assert moment.epoch.isoformat().startswith(SOLVED["time_utc"][:-1])
    assert np.linalg.norm(moment.position_km) == pytest.approx(np.linalg.norm(PLACE_KM), abs=0.01)
    latitude, longitude, altitude = geodetic_from_itrs(moment.position_km)
    assert (latitude, longitude, altitude) == pytest.approx((44.4606, -91.8978, 397.88), abs=0.002)
    assert np.linalg.norm(moment.observer.velocity_km_s) == pytest.approx(7.3, abs=0.2)  # over the turning Earth


def test_star_pixels(photographed):
    scene, moment = photographed
    stars = landmarks.stars_in_view(scene, moment, landmarks.air_of(scene), 5.0)
    named = {name: (x, y) for name, x, y in zip(stars.names, stars.x, stars.y, strict=True)}
    table = {
        "Hamal": (31.793357, 23.462418), "Mirach": (17.433013, 35.620557), "Alpheratz": (2.096916, 29.090431),
        "Mothallah": (28.270450, 29.578826),
    }  # fmt: skip
    for name, (ra, dec) in table.items():  # degrees, J2000
        towards = np.radians(ra), np.radians(dec)
        star = np.array([np.cos(towards[1]) * np.cos(towards[0]), np.cos(towards[1]) * np.sin(towards[0]),
                         np.sin(towards[1])])  # fmt: skip
        x, y = named[name]
        there = look(x, y) / np.linalg.norm(look(x, y))
        apart_px = np.degrees(np.linalg.norm(there - star)) / 0.00946  # degrees per pixel
        assert apart_px < 0.6 * ONE_PX, name  # proper motion of Mirach: 3 arcsec in 15 years, 0.1 px
    assert sum(name != "" for name in stars.names) >= 8


def test_tangent_altitudes_agree_with_the_outlines(photographed):
    scene, _ = photographed
    moment = moment_of(scene, scene.time.epoch, (266, 177))
    altitude = surfaces.tangent_altitudes(moment.camera, moment.position_km)
    for shell_km in (0.0, 97.0, 250.0):
        line = landmarks.shell_outline(moment.camera, moment.position_km, shell_km, None)
        for column in (20, 133, 250):
            row = landmarks.row_on_column(moment.camera, line, float(column))
            at = np.interp(row, np.arange(1, 178), altitude[:, column - 1])
            assert at == pytest.approx(shell_km, abs=0.6)  # km; a pixel is 6 km there


def test_ground_streaks_are_as_long_as_the_flight(photographed):
    # 0.5 s at 7.4 km/s over the ground, seen from about 1000 km: 3.7 km / 1000 km / 0.0097 deg, abeam
    scene, moment = photographed
    dx, dy = landmarks.ground_streaks(scene, moment, np.array([1200.0, 2100.0]), np.array([2700.0, 500.0]))
    assert 20.0 < np.hypot(dx[0], dy[0]) < 32.0
    assert np.isnan(dx[1])  # the sky


def test_graticule_and_cities(photographed):
    scene, moment = photographed
    optical = landmarks.air_of(scene)
    labels = [label for label, _ in landmarks.graticule(moment.camera, moment.position_km, optical)]
    assert {"50N", "55N", "60N", "100W", "105W"} <= set(labels)
    assert not {"40N", "0", "100E"} & set(labels)
    cities = landmarks.cities_in_view(moment, optical)
    assert cities.names[0] == "Winnipeg" and (np.diff(cities.population) <= 0.0).all()
    x, y = landmarks.ground_pixels(moment.camera, moment.position_km, optical, np.array([49.8844]), np.array([-97.147]))
    k = cities.names.index("Winnipeg")
    assert np.hypot(cities.x[k] - x[0], cities.y[k] - y[0]) < 10.0  # 1 km is 6 px


def test_names():
    direction, visual, _ = catalogue()
    names = star_names()
    assert [names[k] for k in range(5)] == ["Sirius", "Canopus", "Arcturus", "Rigil Kentaurus", "Vega"]
    assert sum(not name.startswith("HIP") for name in names.values()) > 250
    assert (visual[list(names)] < 6.3).all() and len(direction) > 30000
    assert place_names()[:2] == ("Shanghai", "Beijing") and len(place_names()) == 45054


def test_lines_of_a_comparison_are_told_on_the_photographs_grid(photographed):
    scene, _ = photographed
    small = moment_of(scene, scene.time.epoch, (532, 354))
    predicted = predict(scene, small, FULL[0])
    dark = np.full((354, 532, 3), 0.02, np.float32)
    from render.instruments.photograph import Picture  # noqa: PLC0415

    found = compare(scene, small, Picture(dark), Picture(dark), predicted)
    assert found["pixels_of"] == list(FULL) and found["star_offsets"]["photograph"] == {"stars": 0}
    for entry in found["lines"]["airglow_97_km"]:
        assert entry["row"] == pytest.approx(touching_row(entry["column"], 97.0, PLACE_KM), abs=0.5 * ONE_PX)
