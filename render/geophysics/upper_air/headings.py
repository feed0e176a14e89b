"""Names and units of a column of air, as models write them over their numbers: `N2, cm-3`, `Te/K`, `log10(O) [m-3]`.

Units are read off the heading and never guessed from the numbers: 1e12 is O2 in m-3 at 130 km and in cm-3 at 105 km.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from render.core.messages import cut
from render.geophysics.upper_air.thermosphere import CM3_PER_M3

# Our column -> names of it: pymsis, NRLMSISE-00 and IRI on the web (ModelWeb, CCMC), iri2016; lower case, _ for blanks
NAMES = {
    "altitude_km": ("altitude", "alt", "height", "z", "geodetic_altitude", "geometric_altitude"),
    "N2_cm3": ("n2",),
    "O2_cm3": ("o2",),
    "O_cm3": ("o", "o3p"),
    "NO_cm3": ("no",),
    "N4S_cm3": ("n", "n4s"),
    "Tn_K": ("tn", "t_n", "temperature", "temperature_neutral", "neutral_temperature", "neutral_temperature_tn"),
    "Ti_K": ("ti", "t_i", "ion_temperature", "ion_temperature_ti"),
    "Te_K": ("te", "t_e", "electron_temperature", "electron_temperature_te"),
    "ne_cm3": ("ne", "n_e", "electron_density", "electron_density_ne"),
}
# Names of what such files have besides, which is not needed
OTHERS = re.compile(
    r"(total_)?mass_density|rho|he|h|ar|anomalous_o(xygen)?|(temperature_)?exospheric(_temperature)?|t_?exo|year|month|"
    r"day|day_of_year|doy|hour|hour_of_day|ut|lst|solar_zenith_angle|latitude|lat|longitude|lon|f107\w*|f10\.7\w*|ap\w*|"
    r"ratio_of_ne_and_f2_peak_density|ne/nmf2|nmf2|hmf2|tec|(o|h|he|o2|no|n|cluster)_ions|(o|h|he|o2|no|n)\+|clust",
)
KINDS = {"km": "altitude", "cm3": "density", "K": "temperature"}  # by the end of our names
PER_CM3 = ("cm-3", "cm3", "1/cm3", "/cm3", "#/cm3", "n/cm3", "percm3", "/cc", "n/cc", "#/cc")
PER_M3 = ("m-3", "m3", "1/m3", "/m3", "#/m3", "n/m3", "perm3")
UNITS = {
    "altitude": {"km": 1.0, "m": 1e-3},
    "density": {**dict.fromkeys(PER_CM3, 1.0), **dict.fromkeys(PER_M3, CM3_PER_M3)},
    "temperature": {"k": 1.0, "kelvin": 1.0},
}
SHOWN_UNITS = {"altitude": "km or m", "density": "cm-3 or m-3", "temperature": "K"}
SUPERSCRIPTS = str.maketrans("⁻³", "-3")
EXAMPLES = {"altitude": "altitude_km", "density": "O2_cm3 or O2_m3", "temperature": "Tn_K"}
PYMSIS = {"MASS_DENSITY", "TEMPERATURE"}  # pymsis.Variable's own names, under which all is in SI units, altitudes in km
SPLITS = (
    re.compile(r"(.+?)\s*\[(.+)\]"),
    re.compile(r"(.+?)\s*\((.+)\)"),
    re.compile(r"(.+?)\s*,\s*(.+)"),
    re.compile(r"(.+?)/(.+)"),
    re.compile(r"(.+)_([^_]+)"),
)
LOG10 = re.compile(
    r"(?:log_?10|lg)(?:[\s_]*\((?P<inside>.+?)\)|[\s_]+(?P<after>.+?))(?P<rest>[\s,\[(].*)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Heading:
    """One column: our `name` (empty: not needed); its numbers times `factor` are in our unit, or 10 to them, `log10`.

    `complaint`: why the heading cannot be used, if so.
    """

    text: str
    name: str
    factor: float = 1.0
    log10: bool = False
    complaint: str = ""


def headings(texts: Sequence[str]) -> list[Heading]:
    """Return what each column of a file is; a name that nobody knows is kept as it is."""
    of_pymsis = set(texts) >= PYMSIS
    return [_heading(text, of_pymsis) for text in texts]


def _heading(text: str, of_pymsis: bool) -> Heading:
    if text in NAMES or not text:  # a nameless first column is pandas' count of rows
        return Heading(text, text)
    plain, logarithm = _without_log10(text)
    name = _name(plain)
    if name:  # no unit is written
        kind = _kind(name)
        if of_pymsis:
            return Heading(text, name, CM3_PER_M3 if kind == "density" else 1.0, logarithm)
        return Heading(text, name, complaint=f"has no unit; allowed: {SHOWN_UNITS[kind]}, as in {EXAMPLES[kind]}")
    if OTHERS.fullmatch(_normal(plain)):
        return Heading(text, "")
    return _with_unit(text, plain, logarithm)


def _with_unit(text: str, plain: str, logarithm: bool) -> Heading:
    """Return what a heading without its log10 is, by a unit at its end: in brackets, after a comma, slash or _."""
    complaint = ""
    for split in SPLITS:
        found = split.fullmatch(plain)
        if not found:
            continue
        name = _name(found[1])
        if name:
            unit, of_unit = _without_log10(found[2])
            factor = UNITS[_kind(name)].get(_normal_unit(unit))
            if factor is not None:
                return Heading(text, name, factor, logarithm or of_unit)
            complaint = complaint or f"is in {cut(unit)}; allowed: {SHOWN_UNITS[_kind(name)]}"
        elif OTHERS.fullmatch(_normal(found[1])):
            return Heading(text, "")
    return Heading(text, text, complaint=complaint)


def _kind(name: str) -> str:
    return KINDS[name.rpartition("_")[2]]


def _without_log10(text: str) -> tuple[str, bool]:
    """Return a heading or unit without log10 before or around it, and whether it was there."""
    found = LOG10.fullmatch(text.strip())
    if not found:
        return text.strip(), False
    return (found["inside"] or found["after"]) + (found["rest"] or ""), True


def _normal(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", re.sub(r"[()\"]", "", text.strip().lower())).strip("_")


def _name(text: str) -> str:
    plain = _normal(text)
    return next((name for name, known in NAMES.items() if plain in known), "")


def _normal_unit(text: str) -> str:
    return re.sub(r"[\s^*$(){}\[\]]", "", text.lower().translate(SUPERSCRIPTS))
