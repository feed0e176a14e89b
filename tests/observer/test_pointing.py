"""Pointing: FITS headers and SIP polynomials, distortion undone."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.observer.attitude import gcrs_direction
from render.observer.camera import Camera, CameraSettings, camera_at
from render.observer.distortion import TERMS, radial_distortion, sip_distortion
from render.observer.ephemeris import azimuth_elevation, itrs_from_gcrs
from render.observer.fits_header import read_cards
from render.observer.orbit import ObserverSettings, observe
from render.observer.wcs import read_wcs
from render.observer.where import shell_edge

EPOCH = Epoch.parse("2012-01-25T09:26:55.06Z")
OBSERVER = observe(ObserverSettings(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=413.0), EPOCH)
ROUND_TRIP_PX = 1e-3
SIP = {"A_2_0": 2e-6, "A_1_1": -3e-6, "A_0_3": 4e-10, "B_0_2": 5e-6, "B_2_1": -6e-10, "B_0_5": 1e-16}
CD = ((-0.00912247, -0.00250609), (0.00250609, -0.00912247))
SIZE = {"IMAGEW": 4256, "IMAGEH": 2832}


def header(cards: dict[str, object], *, lines: bool = False) -> bytes:
    """Return a FITS header of these cards, in blocks or as lines."""
    first = {"SIMPLE": True, "BITPIX": 8, "NAXIS": 0}
    shown = []
    for key, value in (first | cards).items():
        text = f"'{value}'" if isinstance(value, str) else ("T" if value is True else repr(value))
        shown.append(f"{key:8}= {text:>20} / a comment with = and 'quotes'".ljust(80)[:80])
    shown.append("END".ljust(80))
    if lines:
        return "\n".join(line.rstrip() for line in shown).encode()
    whole = "".join(shown)
    return whole.ljust(-(-len(whole) // 2880) * 2880).encode() + b"\x00\xff" * 5000


def solution(folder: Path, cards: dict[str, object], **given: bool) -> str:
    base = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "CRVAL1": 16.0, "CRVAL2": 23.1, "CRPIX1": 2129.0}
    path = folder / "solved.fits"
    path.write_bytes(header(base | {"CRPIX2": 1417.0} | SIZE | cards, **given))
    return str(path)


def matrix(cd: tuple[tuple[float, float], tuple[float, float]]) -> dict[str, float]:
    return {f"CD{i + 1}_{j + 1}": cd[i][j] for i in (0, 1) for j in (0, 1)}


def camera(path: str, **settings: object) -> Camera:
    return camera_at(CameraSettings(wcs=path, **settings), OBSERVER, EPOCH, 0.0)


def sky_of_pixel(x: float, y: float, terms: dict[str, float]) -> np.ndarray:
    """Return the GCRS direction by SIP and the inverse gnomonic formula as papers have them."""
    u, v = x - 2129.0, y - 1417.0
    f, g = (sum(t * u ** int(k[2]) * v ** int(k[4]) for k, t in terms.items() if k[0] == axis) for axis in "AB")
    xi, eta = np.radians(np.array(CD) @ [u + f, v + g])
    ra0, dec0 = math.radians(16.0), math.radians(23.1)
    ra = ra0 + math.atan2(xi, math.cos(dec0) - eta * math.sin(dec0))
    dec = math.asin((math.sin(dec0) + eta * math.cos(dec0)) / math.sqrt(1 + xi * xi + eta * eta))
    return np.array([math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)])


@pytest.mark.parametrize("lines", [False, True])
def test_a_solved_photograph_in_fits_shows_the_sky_of_the_papers(lines: bool, tmp_path: Path) -> None:
    lens = camera(solution(tmp_path, matrix(CD) | SIP, lines=lines))
    assert (lens.columns, lens.rows) == (4256, 2832)
    for x, y in ((1.0, 1.0), (2129.0, 1417.0), (4256.0, 300.0), (77.0, 2832.0)):
        star = itrs_from_gcrs(EPOCH) @ sky_of_pixel(x, y, SIP)
        np.testing.assert_allclose(lens.directions_at(x, y), star, atol=1e-12)
        found = lens.project(star)
        assert math.hypot(found[0] - x, found[1] - y) < ROUND_TRIP_PX
        without = lens.project(itrs_from_gcrs(EPOCH) @ sky_of_pixel(x, y, {}))
        assert (x, y) == (2129.0, 1417.0) or math.hypot(without[0] - x, without[1] - y) > 1.0  # SIP counts


def test_ten_thousand_distorted_pixels_come_back(tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    x, y = generator.uniform(0.5, 4256.5, 10_000), generator.uniform(0.5, 2832.5, 10_000)
    solved = camera(solution(tmp_path, matrix(CD) | SIP))
    lens = CameraSettings(columns=4256, rows=2832, focal_length_mm=20.0, distortion=(0.00211, -0.01098, 0.00167))
    for one in (solved, camera_at(lens, OBSERVER, EPOCH, 0.0)):
        again = one.project(one.directions_at(x, y))
        assert np.hypot(again[0] - x, again[1] - y).max() < ROUND_TRIP_PX
        assert one.distortion is not None
        moved = np.hypot(*(np.array(one.distortion.undistorted(x - 2129.0, y - 1417.0)) - [x - 2129.0, y - 1417.0]))
        assert moved.max() > 5.0
    half = camera_at(CameraSettings(wcs=solution(tmp_path, matrix(CD) | SIP)), OBSERVER, EPOCH, 0.0, (1064, 708))
    np.testing.assert_allclose(
        half.directions_at(100.0, 200.0), solved.directions_at(99.5 * 4 + 0.5, 199.5 * 4 + 0.5), atol=1e-12
    )


def test_a_lens_s_coefficients_are_those_of_the_data_base() -> None:
    a, b, c = 0.00211, -0.01098, 0.00167
    found = radial_distortion(a, b, c, 1416.0, 2556.0)
    for r in (0.3, 1.0, 1.7):
        ideal = np.array([1416.0 * r * 0.6]), np.array([1416.0 * r * 0.8])
        x, y = found.distorted(*ideal)
        expected = 1416.0 * r * (a * r**3 + b * r**2 + c * r + 1 - a - b - c)
        assert math.hypot(x[0], y[0]) == pytest.approx(expected, abs=1e-3)
    with pytest.raises(InputError, match="folds the picture"):
        radial_distortion(-0.5, -0.5, 0.0, 1416.0, 2556.0)


def test_stretch_is_the_derivative_of_the_way() -> None:
    terms = [{(p, q): g / 1000.0 ** (p + q - 1) for (p, q), g in zip(TERMS, row, strict=True)} for row in
             np.random.default_rng(1).normal(scale=0.02, size=(2, len(TERMS)))]  # fmt: skip
    found = sip_distortion(*terms, 1000.0)
    x, y, h = np.array([300.0]), np.array([-450.0]), 1e-3
    right = (np.array(found.undistorted(x + h, y)) - np.array(found.undistorted(x - h, y)))[:, 0] / (2 * h)
    down = (np.array(found.undistorted(x, y + h)) - np.array(found.undistorted(x, y - h)))[:, 0] / (2 * h)
    assert found.stretch(x, y)[0] == pytest.approx(right[0] * down[1] - right[1] * down[0], rel=1e-7)


def test_matrices_in_all_their_spellings(tmp_path: Path) -> None:
    """CD; CDELT and PC; CDELT and CROTA2; axes in the other order; rows from below."""
    turn = math.radians(20.0)
    c, s = 0.01 * math.cos(turn), 0.01 * math.sin(turn)
    expected = ((-c, -s), (-s, c))  # rows up: east to the left
    spellings = {
        "cd": matrix(expected),
        "pc": {"CDELT1": -0.01, "CDELT2": 0.01}
        | {"PC1_1": 100.0 * c, "PC1_2": 100.0 * s, "PC2_1": -100.0 * s, "PC2_2": 100.0 * c},
        "crota": {"CDELT1": -0.01, "CDELT2": 0.01, "CROTA2": 20.0},
    }  # fmt: skip
    found = [read_wcs(solution(tmp_path, cards)) for cards in spellings.values()]
    for one in found:
        np.testing.assert_allclose(np.array(one.cd_deg), np.array(expected) * [1.0, -1.0], atol=1e-15)
        assert one.reference_pixel == (2129.0, 2833.0 - 1417.0)  # counted from the top
    swapped = {"CTYPE1": "DEC--TAN", "CTYPE2": "RA---TAN", "CRVAL1": 23.1, "CRVAL2": 16.0}
    other = read_wcs(solution(tmp_path, swapped | matrix((expected[1], expected[0]))))
    assert (other.ra_deg, other.dec_deg) == (16.0, 23.1)
    np.testing.assert_allclose(np.array(other.cd_deg), np.array(found[0].cd_deg))


def test_rows_from_below_are_the_same_sky(tmp_path: Path) -> None:
    up = {f"{k}": (t * (-1) ** int(k[4]) * (-1 if k[0] == "B" else 1)) for k, t in SIP.items()}
    flipped = matrix(((CD[0][0], -CD[0][1]), (CD[1][0], -CD[1][1]))) | {"CRPIX2": 2833.0 - 1417.0}
    one = camera(solution(tmp_path, matrix(CD) | SIP)).directions_at([10.0, 4000.0], [20.0, 2500.0])
    other = camera(solution(tmp_path, flipped | up)).directions_at([10.0, 4000.0], [20.0, 2500.0])
    np.testing.assert_allclose(one, other, atol=1e-13)
    with pytest.raises(
        ValidationError, match=r'wcs_rows = "down" would mirror the sky; .* here wcs_rows = "up", or leave'
    ):
        CameraSettings(wcs=solution(tmp_path, flipped), wcs_rows="down")
    with pytest.raises(ValidationError, match=r'wcs_rows = "up" would mirror .* here wcs_rows = "down"'):
        CameraSettings(wcs=solution(tmp_path, matrix(CD)), wcs_rows="up")


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ({"A_3_3": 1e-9}, "SIP term A_3_3 is of degree 6; degrees 2 to 5"),
        ({"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"}, "can be used"),
        ({"EQUINOX": 1950.0}, "only J2000"),
        ({"LONPOLE": 0.0}, "LONPOLE is 0.0; only 180"),
        ({"CD1_1": 0.0, "CD1_2": 0.0}, "has no inverse"),
    ],
)
def test_headers_that_cannot_be_used_are_told(cards: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=rf"solved\.fits: .*{message}|{message}"):
        CameraSettings(wcs=solution(tmp_path, matrix(CD) | cards))


FOLD_AT = 1500.0  # pixels right of the reference pixel, where u + A(u) turns back


def test_polynomials_that_fold_the_frame_are_refused(tmp_path: Path) -> None:
    """u + A u^2 turns back where 1 + 2 A u = 0: within the frame, or by little beyond its edge."""
    with pytest.raises(ValidationError, match=r"solved\.fits: .* fold the picture .* at column 42\d\d, row \d+ from"):
        CameraSettings(wcs=solution(tmp_path, matrix(CD) | {"A_2_0": -0.5 / FOLD_AT}))
    beyond = 4256.5 - 2129.0 + 1.0  # a fold outside of the frame does no harm
    lens = camera(solution(tmp_path, matrix(CD) | {"A_2_0": -0.5 / beyond}))
    x, y, _ = lens.project(lens.directions_at(4000.0, 100.0))
    assert (float(x), float(y)) == pytest.approx((4000.0, 100.0), abs=ROUND_TRIP_PX)
    with pytest.raises(
        ValidationError, match="fold the picture"
    ):  # mirrored all over: no sign changes, yet it is folded
        CameraSettings(wcs=solution(tmp_path, matrix(CD) | {"A_1_1": 2.0e-3, "B_1_1": 2.0e-3}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"hello", "neither FITS nor JSON"),
        (b"\xff\xd8\xff", "neither FITS nor JSON"),
    ],
)
def test_files_that_are_no_solution_are_told_what_is(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "solved.fits"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"solved\.fits: {words}.*; allowed: a FITS file, .* or a JSON object"):
        read_wcs(str(path))


def test_rows_in_json_are_told_by_their_own_key(tmp_path: Path) -> None:
    wcs = {"crval_deg": [16.0, 23.1], "crpix": [2129, 1417], "cd_deg_per_px": CD}
    path = tmp_path / "solved.json"
    for rows, words in (("up", 'here rows = "down"$'), ("above", 'rows is "above"; allowed: "down", "up"')):
        path.write_text(json.dumps({"width_px": 4256, "height_px": 2832, "rows": rows, "wcs": wcs}), encoding="utf-8")
        with pytest.raises(InputError, match=words):
            read_wcs(str(path))


def test_a_fisheye_photograph_says_its_projection(tmp_path: Path) -> None:
    types = {"CTYPE1": "RA---ARC", "CTYPE2": "DEC--ARC"}
    lens = camera(solution(tmp_path, types | matrix(((0.05, 0.0), (0.0, 0.05)))))
    assert lens.projection == "equidistant"
    north = itrs_from_gcrs(EPOCH) @ gcrs_direction(16.0, 23.1 + 60.0)  # rows down: det > 0, north at larger y
    x, y, _ = lens.project(north)
    assert (x, y - 1417.0) == pytest.approx((2129.0, 60.0 / 0.05))


def test_sip_in_json(tmp_path: Path) -> None:
    wcs = {
        "ctype": ["RA---TAN-SIP", "DEC--TAN-SIP"],
        "crval_deg": [16.0, 23.1],
        "crpix": [2129, 1417],
        "cd_deg_per_px": CD,
    }
    path = tmp_path / "solved.json"
    content = {"width_px": 4256, "height_px": 2832, "wcs": wcs | {"sip": SIP}}
    path.write_text(json.dumps(content), encoding="utf-8")
    other = camera(solution(tmp_path, matrix(CD) | SIP))
    np.testing.assert_allclose(camera(str(path)).directions_at(5.0, 9.0), other.directions_at(5.0, 9.0), atol=1e-14)


def test_cards_are_read_to_the_end_and_no_further() -> None:
    raw = header({"TEXT": "it''s", "FLOAT": 1.5e-3, "D": "1"}) + b"CRVAL1  =                  9.0"
    cards = read_cards(raw.replace(b"1.5e-03", b"1.5D-03"))
    assert (cards["SIMPLE"], cards["TEXT"], cards["FLOAT"], cards["D"]) == (True, "it's", 1.5e-3, "1")
    assert "CRVAL1" not in cards


def test_edges_through_a_fisheye_are_where_straight_rays_touch() -> None:
    """Where a rectilinear camera, whose edge is a quadratic's root, sees the same direction."""
    flat = camera_at(CameraSettings(azimuth_deg=30.0, elevation_deg=-20.0), OBSERVER, EPOCH, 0.0, (640, 480))
    dome = CameraSettings(projection="equidistant", field_deg=120.0, azimuth_deg=30.0, elevation_deg=-20.0)
    wide = camera_at(dome, OBSERVER, EPOCH, 0.0, (600, 600))
    for column in (250.0, 330.0, 400.0):
        found = shell_edge(wide, OBSERVER, 97.0, column)
        assert found.visible and found.y is not None
        x, y, _ = flat.project(wide.directions_at(column, found.y))
        expected = shell_edge(flat, OBSERVER, 97.0, float(x))
        assert expected.y == pytest.approx(y, abs=2e-3)
    assert azimuth_elevation(wide.directions_at(300.5, 300.5), OBSERVER.position_km)[0] == pytest.approx(30.0)
