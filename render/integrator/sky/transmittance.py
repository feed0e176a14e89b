"""What the air transmits of light from beyond it, along the limb and upwards, for lines, bands and discs.

What depends on the atmosphere alone is kept.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from render.atmosphere import apparent
from render.atmosphere.extinction import Atmosphere
from render.atmosphere.oxygen_band import limb_band_transmittance, slant_band_transmittance
from render.atmosphere.refraction import limb_bending, optical_air
from render.atmosphere.transmission import limb_transmittance, slant_transmittance
from render.core.geodesy import component, geodetic_from_itrs, itrs_from_local, tangent_point
from render.core.lines import CATALOGUE, LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import EARTH_A_KM
from render.integrator.view import NODES_PER_KM
from render.sky.sunlight import SkySource

LIMB_TABLE_KM = 100.0  # km: above it the air dims no line
SLANT_NODES = 400  # of the table of transmittance from the ground
SUN_STRIPS = 9  # of a disc, from lowest to highest, whose light is averaged at the limb


@lru_cache(maxsize=4)
def limb_table(atmosphere: Atmosphere) -> np.ndarray:
    """Return what becomes of a whole limb path, [node, line + 1], against its straight-line tangent altitude.

    The transmittance of each line, then the bending, rad.
    """
    nodes, wavelengths = _limb_nodes_km(), line_wavelengths_nm()
    own = limb_band_transmittance(atmosphere, nodes)
    transmittance = _through_oxygen(limb_transmittance(atmosphere, nodes, wavelengths), wavelengths, own)
    return np.column_stack([transmittance, limb_bending(optical_air(atmosphere), nodes)])


@lru_cache(maxsize=4)
def limb_bands(atmosphere: Atmosphere) -> np.ndarray:
    """Return the same for the sky's bands, [node, band]."""
    return limb_transmittance(atmosphere, _limb_nodes_km(), SKY_WAVELENGTHS_NM)


@lru_cache(maxsize=4)
def slant_bands(atmosphere: Atmosphere) -> np.ndarray:
    """Return the transmittance from the ground to space, [node, band], against the square root of the zenith cosine.

    Nodes gather at the horizon, where it changes fastest.
    """
    root = np.linspace(0.0, 1.0, SLANT_NODES)
    return slant_transmittance(atmosphere, root**2, SKY_WAVELENGTHS_NM)


def rising_table(atmosphere: Atmosphere, altitude_km: float, wavelengths_nm: np.ndarray) -> np.ndarray | None:
    """Return the transmittance from a low observer to space, nodes as `slant_bands`; None from above the air."""
    if altitude_km >= LIMB_TABLE_KM:
        return None
    cosine, height = np.linspace(0.0, 1.0, SLANT_NODES) ** 2, max(altitude_km, 0.0)
    own = slant_band_transmittance(atmosphere, cosine, height)
    return _through_oxygen(slant_transmittance(atmosphere, cosine, wavelengths_nm, height), wavelengths_nm, own)


def _through_oxygen(table: np.ndarray, wavelengths_nm: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return a table [node, wavelength] whose O2_A is absorbed by O2's own lines as well, `own` [node].

    O2_A is known by its effective wavelength. The sky's bands are continuum, which passes between the lines.
    """
    is_band = np.asarray(wavelengths_nm) == CATALOGUE["O2_A"].wavelength_nm
    return table * np.where(is_band, own[:, None], 1.0)


def line_wavelengths_nm() -> np.ndarray:
    """Return the wavelengths at which the air dims the lines, in the catalogue's order."""
    return np.array([CATALOGUE[key].wavelength_nm for key in LINE_KEYS])


def _limb_nodes_km() -> np.ndarray:
    """Return the tangent altitudes of the limb tables, NODES_PER_KM per km."""
    return np.arange(0.0, LIMB_TABLE_KM + 1e-6, 1.0 / NODES_PER_KM)


def interpolated(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Interpolate a table [node, band] linearly at fractional indices [n], clamped at its ends."""
    index = np.clip(index, 0.0, len(table) - 1.001)
    node = index.astype(int)
    part = (index - node)[:, None]
    return table[node] * (1.0 - part) + table[node + 1] * part


def disc_transmittance(atmosphere: Atmosphere, position_km: np.ndarray, source: SkySource) -> np.ndarray:
    """Return [band]: the mean transmittance of a disc seen past Earth's limb, 0 where Earth hides it."""
    up = position_km / np.linalg.norm(position_km)
    level = up - (up @ source.direction_itrs) * source.direction_itrs
    level /= max(float(np.linalg.norm(level)), 1e-9)
    strip = np.linspace(-1.0, 1.0, 2 * SUN_STRIPS + 1)[1::2]
    chord = np.sqrt(1.0 - strip**2)
    direction = source.direction_itrs + np.tan(source.angular_radius_rad) * strip[:, None] * level
    strips = source_transmittance(
        atmosphere, position_km, direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    )
    return chord @ strips / chord.sum()


def source_transmittance(atmosphere: Atmosphere, position_km: np.ndarray, direction_itrs: np.ndarray) -> np.ndarray:
    """Return [n, band]: the transmittance of the irradiance of small sources in true directions beyond the air."""
    directions, dilution = apparent.from_space(optical_air(atmosphere), position_km, direction_itrs)
    return dilution[:, None] * apparent_transmittance(atmosphere, position_km, directions)


def _lowest(position_km: np.ndarray, direction_itrs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return distance and altitude, km, [n], of lowest points as `tangent_point`, which is asked near the limb only.

    A line that comes nowhere near the air is told by its distance from Earth's centre: LIMB_TABLE_KM high at least.
    """
    ahead = -component(direction_itrs, position_km)
    nearest = np.linalg.norm(position_km + ahead[:, None] * direction_itrs, axis=-1)
    altitude = np.maximum(nearest - EARTH_A_KM, LIMB_TABLE_KM)
    low = nearest < EARTH_A_KM + LIMB_TABLE_KM
    ahead[low], altitude[low] = tangent_point(position_km, direction_itrs[low])
    return ahead, altitude


def apparent_transmittance(atmosphere: Atmosphere, position_km: np.ndarray, direction_itrs: np.ndarray) -> np.ndarray:
    """Return [n, band]: the transmittance along each apparent direction from beyond the air; 0 behind Earth."""
    ahead, altitude = _lowest(position_km, direction_itrs)
    climbs = ahead <= 0.0
    transmittance = interpolated(limb_bands(atmosphere), np.where(climbs, LIMB_TABLE_KM, altitude) * NODES_PER_KM)
    latitude, longitude, own_altitude = geodetic_from_itrs(position_km)
    upwards = rising_table(atmosphere, float(own_altitude), SKY_WAVELENGTHS_NM)
    if upwards is not None:
        cosine = direction_itrs @ itrs_from_local(latitude, longitude)[:, 2]
        climbing = interpolated(upwards, np.sqrt(np.maximum(cosine, 0.0)) * (SLANT_NODES - 1))
        transmittance = np.where(climbs[:, None], climbing, transmittance)
    return np.where((climbs | (altitude > 0.0))[:, None], transmittance, 0.0)
