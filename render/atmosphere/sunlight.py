"""How much light of a source with a disc reaches a point of the air: optical depth against altitude and angle.

Computation: `source_rays`, columns and bending of rays from an altitude to space. Precomputation: `sunlight_table`,
their mean over the disc, with limb darkening, refraction of each band, and the dilution of bent light, whose beam is
spread over more air: d(apparent zenith angle) / d(true one). Lookup: `shaders.sky.transmittance.sunlight_place`, which
inverts `table_nodes` (tested as a pair). Angles are those above the apparent horizon of the point, as straight lines
see it in optical altitude (see `render.atmosphere.refraction`); a source gives light from `shadow_angle_rad` below it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.atmosphere.air import Array
from render.atmosphere.extinction import TOP_KM, Atmosphere
from render.atmosphere.refraction import OpticalAir, dispersion, optical_air, ray_columns
from render.core.cache import cached_arrays
from render.core.units import EARTH_MEAN_RADIUS_KM

ALTITUDES = 121
ANGLES = 256
RAYS = 400  # from an altitude, from its horizon to the zenith
STRIPS = 24  # across the disc
DARK_DEPTH = 80.0  # optical depth of what no light reaches: exp(-80) is nothing to single precision
POINT_RAD = 1.0e-6  # angular radius of a source without a disc, as other codes take the Sun
MEAN_DISC_RAD = float(np.radians(0.2666))  # angular radius of the Sun at 1 au, and nearly of the Moon


@dataclass(frozen=True, eq=False)
class SunlightTable:
    """Hold `depth` [altitude, angle, band], minus the logarithm of the transmittance, over all of the disc.

    `shadow_angle_rad` [altitude]: how far below the apparent horizon the source gives light; `radius_rad`: its disc's.
    """

    depth: Array
    shadow_angle_rad: Array
    radius_rad: float

    def digest(self) -> str:
        """Return a name for the whole table: discs of one size may be darkened differently towards their limb."""
        found = hashlib.sha256(repr(self.radius_rad).encode())
        for array in (self.depth, self.shadow_angle_rad):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()


def altitude_nodes() -> Array:
    """Return the optical altitudes of the rows, km: 120 (i/120)^2."""
    return TOP_KM * np.linspace(0.0, 1.0, ALTITUDES) ** 2


def horizon_dip(altitude_km: Array) -> Array:
    """Return how far the horizon lies below the level, rad."""
    return np.arctan(np.sqrt(altitude_km * (altitude_km + 2.0 * EARTH_MEAN_RADIUS_KM)) / EARTH_MEAN_RADIUS_KM)


def table_nodes(shadow_angle_rad: Array) -> Array:
    """Return [altitude, angle], rad: the source above the apparent horizon, from -shadow_angle_rad to the zenith."""
    whole = np.pi / 2.0 + horizon_dip(altitude_nodes()) + shadow_angle_rad
    return whole[:, None] * np.linspace(0.0, 1.0, ANGLES) ** 2 - shadow_angle_rad[:, None]


def source_rays(optical: OpticalAir, altitude_km: float, above_rad: Array) -> tuple[Array, Array]:
    """Return (columns [n, species], bending rad [n]) from an optical altitude to space, by apparent angle."""
    zenith = np.pi / 2.0 + horizon_dip(np.array([altitude_km]))[0] - above_rad
    lowest = (EARTH_MEAN_RADIUS_KM + altitude_km) * np.sin(zenith) - EARTH_MEAN_RADIUS_KM
    down = (zenith > np.pi / 2.0) & (lowest < altitude_km)
    lowest = np.where(down, np.maximum(lowest, 0.0), np.minimum(lowest, altitude_km))
    columns, bending = ray_columns(optical, lowest, altitude_km)
    whole, turn = ray_columns(optical, lowest[down], lowest[down])
    columns[down] = 2.0 * whole - columns[down]
    bending[down] = 2.0 * turn - bending[down]
    return columns, bending


def disc_strips(limb_darkening: Array | None, bands: int) -> tuple[Array, Array]:
    """Return (heights [strip] in radii, shares of the disc's light [strip, band]), from lowest to highest.

    `limb_darkening` [band, 6]: powers 0 to 5 of the cosine at the source's surface; None: an even disc.
    """
    height = np.linspace(-1.0, 1.0, 2 * STRIPS + 1)[1::2]
    chord = np.sqrt(1.0 - height**2)
    along = np.linspace(-1.0, 1.0, 2 * STRIPS + 1)[1::2]
    mu = chord[:, None] * np.sqrt(1.0 - along**2)
    even = np.zeros((bands, 6))
    even[:, 0] = 1.0
    powers = mu[..., None] ** np.arange(6)
    radiance = np.einsum("sak,bk->sb", powers, even if limb_darkening is None else limb_darkening) * chord[:, None]
    return height, radiance / radiance.sum(axis=0)


def sunlight_table(
    atmosphere: Atmosphere, radius_rad: float = MEAN_DISC_RAD, limb_darkening: Array | None = None
) -> SunlightTable:
    """Return the table of an atmosphere for a source with a disc of that angular radius; see `disc_strips`."""
    return _kept(atmosphere, radius_rad, b"" if limb_darkening is None else limb_darkening.tobytes())


@lru_cache(maxsize=4)
def _kept(atmosphere: Atmosphere, radius_rad: float, darkening: bytes) -> SunlightTable:
    key = (atmosphere.digest(), radius_rad, darkening)
    kept = cached_arrays("sunlight", key, lambda: _build(atmosphere, radius_rad, darkening), __name__)
    return SunlightTable(kept["depth"], kept["reach"], radius_rad)  # "reach": the shadow angles


def _build(atmosphere: Atmosphere, radius_rad: float, darkening: bytes) -> dict[str, np.ndarray]:
    strips = disc_strips(np.frombuffer(darkening).reshape(-1, 6) if darkening else None, len(atmosphere.wavelengths_nm))
    optical, altitudes = optical_air(atmosphere), altitude_nodes()
    u2 = np.linspace(0.0, 1.0, RAYS) ** 2
    apparent = (np.pi / 2.0 + horizon_dip(altitudes))[:, None] * u2
    rays = [source_rays(optical, h, above) for h, above in zip(altitudes, apparent, strict=True)]
    ratios = dispersion(atmosphere.wavelengths_nm)
    shadow_angle = np.array([bending[0] for _, bending in rays]) * ratios.max() + radius_rad
    nodes = table_nodes(shadow_angle)
    coefficients = atmosphere.coefficients()
    depth = [
        _row(above_horizon, columns @ coefficients, bending, ratios, strips, radius_rad, above)
        for above_horizon, (columns, bending), above in zip(apparent, rays, nodes, strict=True)
    ]
    return {"depth": np.stack(depth), "reach": shadow_angle}


def _row(
    apparent: Array, depth: Array, bending: Array, ratios: Array, strips: tuple[Array, Array], radius: float,
    nodes: Array,
) -> Array:  # fmt: skip
    """Return [angle, band]: minus the logarithm of the transmittance to a disc's light at one altitude."""
    height, share = strips
    at = nodes[:, None] + radius * height
    out = np.empty((len(nodes), len(ratios)))
    for band, ratio in enumerate(ratios):
        true = apparent - ratio * bending
        diluted_depth = depth[:, band] - np.log(np.maximum(np.gradient(apparent, true), 1e-30))
        transmittance = np.exp(-np.minimum(np.interp(at, true, diluted_depth), DARK_DEPTH)) * _share_above_horizon(
            at - true[0], radius
        )
        out[:, band] = -np.log(np.maximum(transmittance @ share[:, band], np.exp(-DARK_DEPTH)))
    return out


def ground_irradiance(
    atmosphere: Atmosphere, zenith_rad: Array, radius_rad: float = MEAN_DISC_RAD, limb_darkening: Array | None = None,
    altitude_km: float = 0.0,
) -> Array:  # fmt: skip
    """Return [n, band]: unscattered irradiance of level ground per unit of the source's, by its true zenith angle.

    `altitude_km`: of the ground, or of a deck of cloud; what comes from below its level does not fall on it.
    """
    optical = optical_air(atmosphere)
    height, share = disc_strips(limb_darkening, len(atmosphere.wavelengths_nm))
    level = float(optical.optical_altitude(altitude_km)) if altitude_km else 0.0
    dip = float(horizon_dip(np.array([level]))[0])
    apparent = (np.pi / 2.0 + dip) * np.linspace(0.0, 1.0, RAYS) ** 2
    columns, bending = source_rays(optical, level, apparent)
    depth, at = columns @ atmosphere.coefficients(), (np.pi / 2.0 - zenith_rad)[:, None] + radius_rad * height
    falls = np.sin(np.maximum(apparent - dip, 0.0))
    out = np.empty((len(zenith_rad), depth.shape[1]))
    for band, ratio in enumerate(dispersion(atmosphere.wavelengths_nm)):
        true = apparent - dip - ratio * bending
        irradiance = np.exp(-depth[:, band]) * falls * np.gradient(apparent, true)
        out[:, band] = (np.interp(at, true, irradiance) * _share_above_horizon(at - true[0], radius_rad)) @ share[
            :, band
        ]
    return out


def direct_transmittance(table: SunlightTable, altitude_km: float, zenith_rad: Array) -> Array:
    """Return [n, band]: light of the source on a plate square to it at an optical altitude, per unit of its irradiance
    above the air, by its true zenith angle."""
    row = np.sqrt(altitude_km / TOP_KM) * (ALTITUDES - 1)
    i = min(int(row), ALTITUDES - 2)
    part = row - i
    shadow = (1.0 - part) * table.shadow_angle_rad[i] + part * table.shadow_angle_rad[i + 1]
    whole = np.pi / 2.0 + float(horizon_dip(np.array([altitude_km]))[0])
    at = np.sqrt(np.clip((whole - zenith_rad + shadow) / (whole + shadow), 0.0, 1.0)) * (ANGLES - 1)
    depth = (1.0 - part) * table.depth[i] + part * table.depth[i + 1]
    return np.exp(-np.stack([np.interp(at, np.arange(ANGLES), band) for band in depth.T], axis=-1))


def _share_above_horizon(above: Array, radius: float) -> Array:
    """Return how much of a strip of the disc stands above the horizon, by its middle's height, rad."""
    return np.clip(above * (STRIPS / (2.0 * radius)) + 0.5, 0.0, 1.0)
