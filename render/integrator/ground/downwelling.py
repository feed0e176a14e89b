"""What the upper air sends down on the Earth that a camera sees: aurora by a map, airglow evenly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from render.atmosphere.extinction import Atmosphere
from render.atmosphere.oxygen_band import slant_band_transmittance
from render.core.geodesy import geodetic_from_itrs
from render.core.lines import LINE_KEYS
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.emission.airglow import Layer
from render.emission.settings import EmissionSettings
from render.emission.table import EmissionTable
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.irradiance import IrradianceMap, aurora_irradiance
from render.integrator.above.thin_layers import SLANT_NODES, of_even_layers
from render.integrator.aurora.instant import AuroraInstant

LIT_KM = 2.0  # km, altitude of the places: half-way between ground and clouds; 10 km nearer, an arc is 3 % wider
PIXEL_KM = 32.0  # km, of the map: a third of the height of the light, whose kernel is 100 km wide
MARGIN_KM = 700.0  # km around what is seen: of an even layer at 110 km 4 % comes from farther
WIDEST_KM = 7000.0  # km, of the map: two horizons
LOOKS = 24  # directions along each side of the picture in which the Earth is sought


def seen_earth(camera: Any, position_km: np.ndarray) -> np.ndarray | None:
    """Return unit vectors [n, 3], ITRS, of places of the Earth that a camera sees; None where it sees none.

    On a sphere, by a lattice of directions; the air's bending, a degree at the horizon, is left out.
    """
    x, y = np.meshgrid(np.linspace(1.0, camera.columns, LOOKS), np.linspace(1.0, camera.rows, LOOKS))
    along = camera.directions_at(x, y).reshape(-1, 3)
    position = np.asarray(position_km, float)
    half = along @ position
    inside = half**2 - (position @ position - EARTH_MEAN_RADIUS_KM**2)
    hit = (inside > 0.0) & (half < 0.0)
    if not hit.any():
        return None
    met = position + (-half[hit] - np.sqrt(inside[hit]))[:, None] * along[hit]
    return np.asarray(met / np.linalg.norm(met, axis=-1, keepdims=True))


def lit_area(places: np.ndarray) -> AreaFromAbove:
    """Return a map that holds places, unit vectors [n, 3], and what lights them."""
    middle = 0.5 * (places.max(axis=0) + places.min(axis=0))
    latitude, longitude, _ = geodetic_from_itrs(middle / np.linalg.norm(middle) * EARTH_MEAN_RADIUS_KM)
    farthest = float(np.arccos(np.clip(places @ (middle / np.linalg.norm(middle)), -1.0, 1.0)).max())
    width = min(2.0 * (farthest * EARTH_MEAN_RADIUS_KM + MARGIN_KM), WIDEST_KM)
    pixels = int(np.ceil(width / PIXEL_KM))
    return AreaFromAbove(float(latitude), float(longitude), pixels * PIXEL_KM, pixels, pixels)


def aurora_below(
    instant: AuroraInstant | None, table: EmissionTable, emission: EmissionSettings, area: AreaFromAbove
) -> IrradianceMap:
    """Return the aurora's light on level places of a map, R sr; dark where there is no aurora.

    Its memory is left out: slow lines fall as they would if the present lasted.
    """
    if instant is None:
        return IrradianceMap(area, LIT_KM, np.zeros((len(LINE_KEYS), area.rows, area.columns)))
    return aurora_irradiance(instant, table, emission, area, LIT_KM, broad=True)


def airglow_below(layers: Sequence[Layer], atmosphere: Atmosphere) -> np.ndarray:
    """Return the airglow's light on level places, R sr [line].

    Air is taken as clear, since about what it scatters away comes down all the same; but its oxygen keeps O2_A.
    """
    clear = dict.fromkeys(LINE_KEYS, np.ones(SLANT_NODES))
    root = np.linspace(0.0, 1.0, SLANT_NODES)
    clear["O2_A"] = slant_band_transmittance(atmosphere, root**2, LIT_KM)
    glow = of_even_layers(layers, LIT_KM, clear)
    return np.array([glow.get(key, 0.0) for key in LINE_KEYS])
