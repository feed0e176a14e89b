"""Lights where nobody lives: gas flares of oil fields, lamps of fishing fleets; seeded, about where they are seen.

Places: the brightest uninhabited lights of a public night-lights composite of 2012 and 2016 (5 km, not shipped), and
published catalogues of flares (Elvidge et al. 2016, Energies 9, 14) and boats (Elvidge et al. 2015, Remote Sens. 7,
3020). Light per flare: 550 W sr-1 is a cell of VIIRS at 100 nW cm-2 sr-1; fields scatter by a factor 3 about it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from render.earth.lights.places import GOLDEN_64, KM_PER_DEGREE, Array, distance_km, normal, uniform
from render.earth.settings import EarthSettings
from render.earth.surface import LAND, surface_class

FLARE_W_SR, BOAT_W_SR = (
    300.0,
    250.0,
)  # W sr-1, median of one; a squid boat's lamps are 100 to 300 kW; uncertain factor 3
FLARE_SIGMA, BOAT_SIGMA = 1.1, 0.5  # natural log


class Field(NamedTuple):
    """Lights about a place, deg: how many, and their standard deviations, km east and north."""

    latitude: float
    longitude: float
    lights: int
    east_km: float
    north_km: float


FLARES = (
    Field(48.0, -103.2, 260, 70.0, 55.0),  # Bakken
    Field(28.6, -98.9, 240, 130.0, 60.0),  # Eagle Ford
    Field(31.8, -102.6, 160, 110.0, 70.0),  # Permian basin
    Field(5.0, 6.2, 140, 110.0, 45.0),  # Niger delta
    Field(-5.8, 12.0, 40, 40.0, 70.0),  # Cabinda, Congo
    Field(30.6, 47.6, 130, 45.0, 90.0),  # Basra
    Field(31.0, 49.4, 140, 80.0, 60.0),  # Khuzestan
    Field(27.3, 52.3, 60, 60.0, 50.0),  # South Pars
    Field(24.8, 52.8, 50, 110.0, 60.0),  # the Gulf's south
    Field(61.2, 74.5, 300, 300.0, 110.0),  # western Siberia, the Ob
    Field(64.6, 77.0, 120, 200.0, 110.0),  # Purovsky
    Field(57.5, 55.5, 50, 160.0, 140.0),  # Volga and Ural
    Field(46.6, 51.8, 40, 90.0, 60.0),  # Tengiz
    Field(31.6, 6.2, 110, 150.0, 100.0),  # Hassi Messaoud
    Field(28.9, 20.0, 70, 180.0, 110.0),  # Sirte
    Field(9.7, -63.5, 60, 70.0, 25.0),  # Maturin
    Field(19.4, -92.3, 35, 40.0, 20.0),  # Campeche
    Field(58.5, 2.0, 45, 60.0, 220.0),  # the North Sea
    Field(4.5, 112.5, 30, 90.0, 40.0),  # Sarawak
    Field(-19.8, 115.6, 12, 90.0, 40.0),  # the North West Shelf
)
FLEETS = (
    Field(20.0, 112.0, 420, 250.0, 130.0),  # South China Sea
    Field(32.0, 127.0, 520, 180.0, 140.0),  # East China Sea
    Field(38.5, 131.5, 280, 160.0, 120.0),  # Sea of Japan
    Field(36.0, 122.9, 160, 90.0, 120.0),  # Yellow Sea
    Field(10.5, 102.0, 240, 110.0, 130.0),  # Gulf of Thailand
    Field(-6.0, 110.0, 180, 320.0, 60.0),  # Java Sea
    Field(11.0, 109.8, 180, 60.0, 220.0),  # off Vietnam
    Field(-46.0, -60.8, 320, 35.0, 220.0),  # the edge of Argentina's shelf
    Field(-12.0, -83.5, 160, 120.0, 420.0),  # off Peru
    Field(21.0, 60.5, 80, 260.0, 140.0),  # Arabian Sea
)


def remote_lights(
    settings: EarthSettings, latitude_deg: float, longitude_deg: float, radius_km: float
) -> tuple[Array, Array, Array, Array]:
    """Return latitude, longitude, zenith intensity (W sr-1) and white share of flares and boats in a disc, [n] each.

    Flares are drawn as sodium light: orange as they are, without their infrared. Boats are white.
    """
    parts = [(np.zeros(0),) * 4]
    for fields, wanted, ashore, level, sigma, white in (
        (FLARES, settings.flares, None, FLARE_W_SR, FLARE_SIGMA, 0.0),
        (FLEETS, settings.fishing, False, BOAT_W_SR, BOAT_SIGMA, 1.0),
    ):
        for number, field in enumerate(fields if wanted else ()):
            seed = np.full(field.lights, number * 8191 + int(white) + 1, np.uint64)
            seed = seed + np.uint64(settings.seed * GOLDEN_64 % 2**64)
            each = np.arange(field.lights)
            latitude = field.latitude + field.north_km * normal(seed, each, 0) / KM_PER_DEGREE
            narrow = KM_PER_DEGREE * np.cos(np.radians(field.latitude))
            longitude = field.longitude + field.east_km * normal(seed, each, 2) / narrow
            intensity = level * np.exp(sigma * normal(seed, each, 4)) * (0.6 + 0.8 * uniform(seed, each, 6))
            kept = distance_km(latitude, longitude, latitude_deg, longitude_deg) < radius_km
            if ashore is not None:
                kept &= (surface_class(latitude, longitude) == LAND) == ashore
            parts.append((latitude[kept], longitude[kept], intensity[kept], np.full(kept.sum(), white)))
    latitude, longitude, intensity, whites = (np.concatenate(column) for column in zip(*parts, strict=True))
    return latitude, longitude, intensity, whites
