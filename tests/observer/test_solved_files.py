"""Solved photographs as solvers write them: what else stands in their headers and JSON files."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from render.core.errors import InputError
from render.observer.wcs import read_wcs
from tests.observer.test_pointing import CD, ROUND_TRIP_PX, SIP, camera, header, matrix, solution


def test_sip_holds_in_a_frame_cut_from_a_larger_one(tmp_path: Path) -> None:
    """The reference pixel lies outside: offsets are twice as long as the frame's half diagonal and more."""
    whole = camera(solution(tmp_path, matrix(CD) | SIP))
    cut = {"CRPIX1": 2129.0 - 3200.0, "CRPIX2": 1417.0 - 2000.0, "IMAGEW": 1056, "IMAGEH": 832}
    part = camera(solution(tmp_path, matrix(CD) | SIP | cut))
    for x, y in ((1.0, 1.0), (1056.0, 832.0), (500.0, 700.0)):
        star = whole.directions_at(x + 3200.0, y + 2000.0)
        np.testing.assert_allclose(part.directions_at(x, y), star, atol=1e-12)
        assert math.hypot(*(np.array(part.project(star)[:2]) - (x, y))) < ROUND_TRIP_PX


@pytest.mark.parametrize(
    ("cards", "words"),
    [
        ({"PV1_1": 1.0, "PV1_4": 2.7e-3}, r"PV1_4 is 0\.0027, a distortion \(TPV, SCAMP\) or a slant"),
        ({"PV2_1": 0.5}, "PV2_1 is 0.5, a distortion"),
        ({"CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN", "PV2_1": 1.0}, "PV2_1 is 1.0, a distortion .* or a slant"),
        ({"CTYPE1": "RA---TPV", "CTYPE2": "DEC--TPV", "PV1_4": 0.1}, "ctype is .*TPV"),
        ({"CUNIT1": "arcsec"}, "CUNIT1 is .*arcsec.*; allowed: deg"),
        ({"IMAGEW": "none"}, "width_px is .*none.*; expected a number"),
    ],
)
def test_what_would_move_the_sky_unread_is_refused(cards: dict[str, object], words: str, tmp_path: Path) -> None:
    plain = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"} | matrix(CD)
    with pytest.raises(InputError, match=words):
        read_wcs(solution(tmp_path, plain | cards))


def test_pv_that_changes_nothing_or_stands_beside_sip_is_left_out(tmp_path: Path) -> None:
    plain = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"} | matrix(CD)
    idle = {"PV1_0": 0.0, "PV1_1": 1.0, "PV2_1": 1.0}
    native = {"PV1_1": 0.0, "PV1_2": 90.0, "PV1_3": 180.0, "PV1_4": 23.1}
    first = read_wcs(solution(tmp_path, plain))
    for cards in (idle, native):
        assert read_wcs(solution(tmp_path, plain | cards)) == first
    one = camera(solution(tmp_path, matrix(CD) | SIP)).directions_at(5.0, 9.0)
    other = camera(solution(tmp_path, matrix(CD) | SIP | {"PV1_4": 2e-3})).directions_at(5.0, 9.0)
    np.testing.assert_array_equal(one, other)


def test_a_matrix_in_the_words_of_an_early_draft(tmp_path: Path) -> None:
    steps = {"CDELT1": 0.01, "CDELT2": 0.01, "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"}
    old = {"PC001001": -1.0, "PC001002": 0.25, "PC002001": 0.25, "PC002002": 1.0}
    new = {"PC1_1": -1.0, "PC1_2": 0.25, "PC2_1": 0.25, "PC2_2": 1.0}
    assert read_wcs(solution(tmp_path, steps | old)) == read_wcs(solution(tmp_path, steps | new))


def test_a_header_without_a_size_and_a_packed_one_are_told_so(tmp_path: Path) -> None:
    path = tmp_path / "solved.fits"
    path.write_bytes(header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 16.0, "CRVAL2": 23.1} | matrix(CD)))
    with pytest.raises(InputError, match="size is not told; allowed: IMAGEW and IMAGEH, or NAXIS1 and NAXIS2"):
        read_wcs(str(path))
    path.write_bytes(gzip.compress(b"SIMPLE  = "))
    with pytest.raises(InputError, match="compressed; unpack it"):
        read_wcs(str(path))


@pytest.mark.parametrize(
    ("where", "extra", "words"),
    [
        ("file", {"colums": 3}, 'unknown key "colums"; .*allowed: width_px, .* rows, wcs'),
        ("file", {"width": 3}, 'unknown key "width"'),
        ("wcs", {"cdelt": [1, 1]}, 'wcs: unknown key "cdelt"; allowed: ctype, crval_deg, crpix, cd_deg_per_px, sip'),
        ("wcs", {"sip": {"a_order": 2}}, 'sip: unknown key "a_order"; allowed: A_p_q, .* in capitals'),
        ("wcs", {"sip": {"A_2": 1e-6}}, 'sip: unknown key "A_2"'),
    ],
)
def test_keys_in_json_that_nothing_reads_are_refused(
    where: str, extra: dict[str, object], words: str, tmp_path: Path
) -> None:
    wcs: dict[str, object] = {"crval_deg": [16.0, 23.1], "crpix": [2129, 1417], "cd_deg_per_px": CD}
    orders = {"A_ORDER": 2, "BP_ORDER": 0, "A_DMAX": 1.5, "AP_2_0": -2e-6}
    content: dict[str, object] = {"width_px": 4256, "height_px": 2832, "wcs": wcs | {"sip": SIP | orders}}
    path = tmp_path / "solved.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_wcs(str(path)).distortion is not None
    content = content | extra if where == "file" else content | {"wcs": wcs | extra}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_wcs(str(path))
