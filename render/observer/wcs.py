"""A photograph's pointing solved from its stars: a world coordinate system in a small JSON file or a FITS header.

Source: Calabretta & Greisen (2002), A&A 395, 1077; Greisen & Calabretta (2002), A&A 395, 1061; SIP as in
`render.observer.distortion`.
"""

from __future__ import annotations

import functools
import json
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from render.core.cache import file_digest
from render.core.errors import InputError
from render.core.files import read_plain_file
from render.core.messages import did_you_mean, shown
from render.observer.distortion import Distortion, sip_distortion
from render.observer.fits_header import Value, looks_like_fits, read_cards

MAX_WCS_BYTES = 1_000_000  # far above any JSON file or header: an image given by mistake is not read to its end
MAX_FITS_BYTES = 2**32  # of a FITS file with its image, of which the header alone is read
PROJECTION_OF = {
    "TAN": "rectilinear", "ARC": "equidistant", "ZEA": "equisolid", "STG": "stereographic", "SIN": "orthographic"
}  # fmt: skip
"""Projections by their code in CTYPE."""
FOLD_STEPS = 64  # along a side, at which a fold is looked for: the determinant is of degree 8 in each coordinate
LARGEST, LEAST = 1e9, 1e-12  # of pixels and degrees, far beyond any photograph; degrees per pixel, far below
SIP_TERM = re.compile(r"([AB])_(\d)_(\d)")
SIP_OTHER = re.compile(r"[AB]P?_ORDER|[AB]_DMAX|[AB]P_\d_\d")  # orders, and the inverse, which is found anew
KEYS = ("width_px", "height_px", "rows", "wcs", "about", "source", "photo", "time_utc", "observer_gcrs_km", "camera")
"""Of the JSON file; from the fifth on they are notes, for people or for the scene that it came with."""
WCS_KEYS = ("ctype", "crval_deg", "crpix", "cd_deg_per_px", "sip")
PV_TERM = re.compile(r"PV([12])_(\d+)")
PC_OLD = re.compile(r"PC00([12])00([12])")  # as drafts of the standard had them
GZIP_START = b"\x1f\x8b"


@dataclass(frozen=True)
class Wcs:
    """The size of a photograph and the sky on it.

    `columns`, `rows`; `reference_pixel` (x, y), counted from 1, y down; right ascension and declination there, J2000
    degrees; `cd_deg` [2][2], degrees per pixel, from pixel offsets (x, y) to the projection's plane (east, north);
    `projection` as of `render.observer.projections`; `distortion` in the photograph's pixels.
    """

    columns: int
    rows: int
    reference_pixel: tuple[float, float]
    ra_deg: float
    dec_deg: float
    cd_deg: tuple[tuple[float, float], tuple[float, float]]
    projection: str = "rectilinear"
    distortion: Distortion | None = None


def read_wcs(path: str, rows: str | None = None) -> Wcs:
    """Read a photograph's solution.

    From JSON with `width_px`, `height_px` and `wcs` (`ctype`, `crval_deg`, `crpix`, `cd_deg_per_px`, `sip`), or from
    the primary header of a FITS file or a text of its cards (CTYPE, CRVAL, CRPIX, CDi_j or CDELT with PCi_j or CROTA2,
    A_p_q and B_p_q; IMAGEW, IMAGEH or NAXIS). `rows`: "down" from the top or "up" from below; of a FITS header by
    default as makes the sky unmirrored, of JSON downwards. An unchanged file gives the same object. Raises InputError
    that names the file and the key at fault, also for rows that would mirror the sky.
    """
    return _read(path, rows, file_digest(path, MAX_FITS_BYTES))


@functools.lru_cache(maxsize=8)
def _read(path: str, rows: str | None, _digest: str) -> Wcs:
    raw, key = _bytes(path), "wcs_rows" if rows else "rows"
    if looks_like_fits(raw):
        content = _from_cards(read_cards(raw), path)
    else:
        if len(raw) > MAX_WCS_BYTES:
            raise InputError(f"{path}: more than {MAX_WCS_BYTES // 1_000_000} MB; expected a small JSON file")
        content = _content(raw, path)
        _refuse_unknown(content, KEYS, path)
        _refuse_unknown(content.get("wcs"), WCS_KEYS, f"{path}: wcs")
        rows = rows or (None if content.get("rows") is None else str(content["rows"])) or "as is"
    return _solution(content, rows, path, key)


def _solution(content: dict[str, Any], counted: str | None, path: str, key: str) -> Wcs:
    """Return the solution of a checked content; `counted`: rows down, up, as makes the sky unmirrored, or "as is", as
    `key` says."""
    wcs = content.get("wcs")
    if not isinstance(wcs, dict):
        raise InputError(f"{path}: no object 'wcs' with ctype, crval_deg, crpix and cd_deg_per_px")
    projection = _projection(wcs.get("ctype", ["RA---TAN", "DEC--TAN"]), path)
    columns, rows = (_numbers(content, key, (), path) for key in ("width_px", "height_px"))
    ra, dec = _numbers(wcs, "crval_deg", (2,), path)
    x, y = _numbers(wcs, "crpix", (2,), path)
    cd = _numbers(wcs, "cd_deg_per_px", (2, 2), path)
    if columns < 1 or rows < 1 or columns % 1 or rows % 1:
        raise InputError(f"{path}: width_px and height_px are {columns:g} and {rows:g}; expected whole numbers above 0")
    if abs(dec) > 90.0:
        raise InputError(f"{path}: declination in crval_deg is {dec:g}; allowed -90 to 90")
    if not np.max(np.abs(cd)) > LEAST or abs(np.linalg.det(cd / np.max(np.abs(cd)))) < 1e-12:
        raise InputError(f"{path}: cd_deg_per_px has no inverse")
    sip = _sip_terms(wcs.get("sip", {}), path)
    if _counted_up(counted, cd, path, key):
        y, cd = rows + 1.0 - y, cd * [1.0, -1.0]
        turned = [{(p, q): term * s * (-1.0) ** q for (p, q), term in sip[k].items()} for k, s in ((0, 1.0), (1, -1.0))]
        sip = turned[0], turned[1]
    (cd11, cd12), (cd21, cd22) = cd.tolist()
    aside, above = (abs(at - 0.5 * (count + 1.0)) for at, count in ((x, columns), (y, rows)))
    farthest = math.hypot(0.5 * columns + aside, 0.5 * rows + above)  # the corner's, from the reference
    distortion = sip_distortion(*sip, farthest) if any(any(terms.values()) for terms in sip) else None
    if distortion is not None:
        _refuse_folds(distortion, int(columns), int(rows), (float(x), float(y)), path)
    pixel = (float(x), float(y))
    matrix = ((cd11, cd12), (cd21, cd22))
    return Wcs(int(columns), int(rows), pixel, float(ra), float(dec), matrix, projection, distortion)


def _refuse_unknown(table: Any, known: tuple[str, ...], where: str) -> None:
    """Raise InputError for a key of a JSON object that nothing reads."""
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise InputError(
                f"{where}: unknown key {shown(key)}{did_you_mean(key, known)}; allowed: {', '.join(known)}"
            )


def _projection(ctype: Any, path: str) -> str:
    """Return the projection of (CTYPE1, CTYPE2). Raises InputError."""
    for code, name in PROJECTION_OF.items():
        if ctype in ([f"RA---{code}", f"DEC--{code}"], [f"RA---{code}-SIP", f"DEC--{code}-SIP"]):
            return name
    allowed = ", ".join(PROJECTION_OF)
    raise InputError(
        f"{path}: ctype is {shown(ctype)}; only ['RA---TAN', 'DEC--TAN'] (gnomonic) and likewise {allowed} can be used"
    )


def _counted_up(counted: str | None, cd: np.ndarray, path: str, key: str) -> bool:
    """Return whether rows are counted from below: by word, or as shows east to the left of north. Raises InputError.

    Seen from inside, with rows downwards the determinant of an unmirrored sky's matrix is positive.
    """
    mirrored_down = float(np.linalg.det(cd)) < 0.0
    if counted == "as is":
        return False
    if counted not in (None, "down", "up"):
        raise InputError(f'{path}: {key} is {shown(counted)}; allowed: "down", "up"')
    if counted is not None and (counted == "up") != mirrored_down:
        other = "up" if mirrored_down else "down"
        raise InputError(
            f'{path}: {key} = "{counted}" would mirror the sky; allowed: "down" (rows counted from the top), "up" '
            f'(from below); here {key} = "{other}"' + (", or leave it out" if key == "wcs_rows" else "")
        )
    return mirrored_down


def _sip_terms(given: Any, path: str) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    """Return SIP's coefficients {(p, q): value} of A and B by {"A_2_0": value}; its orders are not needed."""
    terms: tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]] = ({}, {})
    if not isinstance(given, dict):
        raise InputError(f"{path}: sip is {shown(given)}; expected an object of terms as A_2_0")
    for name in given:
        found = SIP_TERM.fullmatch(name)
        if found:
            value = float(_numbers(given, name, (), path))
            terms["AB".index(found[1])][int(found[2]), int(found[3])] = value
        elif not SIP_OTHER.fullmatch(name):
            allowed = "A_p_q, B_p_q, AP_p_q, BP_p_q, A_ORDER and their like"
            raise InputError(f"{path}: sip: unknown key {shown(name)}; allowed: {allowed}, in capitals")
    return terms


def _refuse_folds(distortion: Distortion, columns: int, rows: int, reference: tuple[float, float], path: str) -> None:
    """Raise InputError where a distortion folds a frame onto itself, so that two pixels would show one star."""
    x, y = (np.linspace(0.5, count + 0.5, FOLD_STEPS + 1) for count in (columns, rows))
    turned = distortion.determinant(x[None, :] - reference[0], y[:, None] - reference[1])
    if turned.min() <= 0.0:
        row, column = np.unravel_index(int(turned.argmin()), turned.shape)
        raise InputError(
            f"{path}: the SIP terms A and B fold the picture onto itself, at column {x[column]:.0f}, row {y[row]:.0f} "
            "from the top; neighbours must stay neighbours in the whole frame"
        )


def _from_cards(cards: dict[str, Value], path: str) -> dict[str, Any]:
    """Return the content of a FITS header as the JSON file has it. Raises InputError."""
    if "CRVAL1" not in cards:
        raise InputError(f"{path}: no CRVAL1 in the primary header; expected a photograph's solved pointing")
    if str(cards.get("RADESYS", "ICRS")) not in ("ICRS", "FK5") or cards.get("EQUINOX", 2000.0) != 2000.0:
        raise InputError(f"{path}: RADESYS and EQUINOX: only J2000 (ICRS, FK5) can be used")
    if cards.get("LONPOLE", 180.0) != 180.0:
        raise InputError(f"{path}: LONPOLE is {shown(cards['LONPOLE'])}; only 180 can be used")
    size = [cards.get(image, cards.get(axis)) for image, axis in (("IMAGEW", "NAXIS1"), ("IMAGEH", "NAXIS2"))]
    if None in size:
        raise InputError(f"{path}: the photograph's size is not told; allowed: IMAGEW and IMAGEH, or NAXIS1 and NAXIS2")
    ctype = [str(cards.get(key, "")) for key in ("CTYPE1", "CTYPE2")]
    crval = [cards["CRVAL1"], cards.get("CRVAL2")]
    cd = _matrix(cards, path)
    if ctype[0].startswith("DEC"):
        ctype, crval, cd = ctype[::-1], crval[::-1], cd[::-1]
    _projection(ctype, path)
    _refuse_unread(cards, path)
    terms = {key: value for key, value in cards.items() if SIP_TERM.fullmatch(key)}
    wcs = {
        "ctype": ctype, "crval_deg": crval, "crpix": [cards.get("CRPIX1"), cards.get("CRPIX2")], "cd_deg_per_px": cd,
        "sip": terms,
    }  # fmt: skip
    return {"width_px": size[0], "height_px": size[1], "wcs": wcs}


def _refuse_unread(cards: dict[str, Value], path: str) -> None:
    """Raise InputError for units other than degrees, and for what PVi_m say of a projection: SCAMP's polynomial, a
    slant. Beside SIP they are left out, as they stand for the same; so is what changes nothing."""
    for key in ("CUNIT1", "CUNIT2"):
        if str(cards.get(key, "deg")).lower() not in ("deg", "degree", "degrees", ""):
            raise InputError(f"{path}: {key} is {shown(cards[key])}; allowed: deg")
    if str(cards.get("CTYPE1", "")).endswith("-SIP"):
        return
    slanted = str(cards.get("CTYPE1", "")).endswith("SIN")
    native = {1: (0.0, 90.0, 180.0), 2: ()}  # of the longitude's axis: native place of the reference, LONPOLE
    for key, value in cards.items():
        found = PV_TERM.fullmatch(key)
        if not found:
            continue
        axis, m = int(found[1]), int(found[2])
        idle = {0.0, *native[axis][m - 1 : m]} | ({1.0} if m == 1 and not slanted else set())
        latpole = (axis, m) == (1, 4) and cards.get("PV1_3") == native[1][2]
        if value not in idle and not latpole:
            what = "a distortion (TPV, SCAMP) or a slant, which is not read"
            raise InputError(f"{path}: {key} is {shown(value)}, {what}; allowed: SIP")


def _matrix(cards: dict[str, Value], path: str) -> list[list[Any]]:
    """Return the CD matrix: given, or of CDELT with PC, or of CDELT with CROTA2 (A&A 395, 1061, equation 189).

    Raises InputError.
    """

    def number(key: str, otherwise: float) -> float:
        return float(_numbers({key: cards.get(key, otherwise)}, key, (), path))

    names = [[f"CD{i}_{j}" for j in (1, 2)] for i in (1, 2)]
    if any(name in cards for row in names for name in row):
        return [[cards.get(name, 0.0) for name in row] for row in names]
    cards = {PC_OLD.sub(r"PC\1_\2", key): value for key, value in cards.items()}
    steps = [number(f"CDELT{i}", 1.0) for i in (1, 2)]
    turn = math.radians(number("CROTA2", 0.0))
    if "CROTA2" in cards and not any(key.startswith("PC") for key in cards):
        c, s = math.cos(turn), math.sin(turn)
        return [[steps[0] * c, -steps[1] * s], [steps[0] * s, steps[1] * c]]
    return [[steps[i - 1] * number(f"PC{i}_{j}", float(i == j)) for j in (1, 2)] for i in (1, 2)]


def _bytes(path: str) -> bytes:
    """Return a file's beginning, one byte more than a JSON file may have. Raises InputError."""
    return read_plain_file(path, MAX_WCS_BYTES, "a JSON file, or a FITS file or header")


def _content(raw: bytes, path: str) -> dict[str, Any]:
    """Return the file's JSON object. Raises InputError."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        what = (
            "compressed; unpack it"
            if raw.startswith(GZIP_START)
            else "neither FITS nor JSON"
            if raw.strip()
            else "empty"
        )
        raise InputError(
            f"{path}: {what}; allowed: a FITS file, the cards of a FITS header (its first SIMPLE, XTENSION, WCSAXES, "
            "CTYPE1 or CRVAL1), or a JSON object"
        ) from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a JSON object")
    return content


def _numbers(table: dict[str, Any], key: str, shape: tuple[int, ...], path: str) -> np.ndarray:
    """Return numbers, LARGEST at the most, of the shape asked for. Raises InputError that names file and key."""
    expected = f"{'a number' if not shape else 'numbers, ' + ' x '.join(map(str, shape))}"
    try:
        values = np.asarray(table.get(key))
    except ValueError:
        values = np.asarray(None)
    if values.dtype.kind not in "if" or values.shape != shape or not np.all(np.abs(values) <= LARGEST):
        raise InputError(f"{path}: {key} is {shown(table.get(key))}; expected {expected}")
    return values.astype(np.float64)
