"""The atmosphere as three separable absorbers, their columns along straight rays, and the transmittance.

Extinction at (altitude, wavelength) is a sum of three products density(altitude) x coefficient(wavelength): air, ozone,
aerosol. So a ray's optical depth at every wavelength follows from three columns. Rays are straight; Earth is a sphere
of `radius_km` here (the columns of tangent rays go with its square root: 0.1 % between equator and pole).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere import aerosol, air, ozone
from render.atmosphere.air import Array, AtmosphereSettings
from render.radiance import SKY_WAVELENGTHS_NM
from render.units import EARTH_MEAN_RADIUS_KM

TOP_KM = 120.0  # km, above which there is nothing: the air's zenith optical depth beyond is below 1e-8
AIR_UNIT_M3 = 1.0e25  # one unit of air density: keeps single precision far from its limits
OZONE_UNIT_M3 = 1.0e18  # one unit of ozone density
SHELLS = 240  # quadrature shells of 0.5 km: nodes of the profile are among their edges


@dataclass(frozen=True, eq=False)
class Atmosphere:
    """Hold densities against altitude and cross sections against band; the two never mix.

    `altitude_km` [z] 0 to 120, densities linear between; `air_m3`, `ozone_m3`, `aerosol_550_per_km` [z];
    `wavelengths_nm`, `air_m2`, `air_beta2`, `ozone_m2`, `aerosol_factor` [band]: cross sections, phase function
    1 + beta2 P2, and aerosol extinction relative to 550 nm; `aerosol_albedo`, `aerosol_asymmetry` (Henyey-Greenstein).
    """

    altitude_km: Array
    air_m3: Array
    ozone_m3: Array
    aerosol_550_per_km: Array
    wavelengths_nm: Array
    air_m2: Array
    air_beta2: Array
    ozone_m2: Array
    aerosol_factor: Array
    aerosol_albedo: float = aerosol.SINGLE_SCATTERING_ALBEDO
    aerosol_asymmetry: float = aerosol.ASYMMETRY

    def densities(self, altitude_km: ArrayLike) -> Array:
        """Return [..., 3]: air in 1e25 m-3, ozone in 1e18 m-3, aerosol extinction at 550 nm, km-1; 0 above the top."""
        z = np.asarray(altitude_km, dtype=np.float64)
        species = (self.air_m3 / AIR_UNIT_M3, self.ozone_m3 / OZONE_UNIT_M3, self.aerosol_550_per_km)
        return np.stack([np.interp(z, self.altitude_km, values, right=0.0) for values in species], axis=-1)

    def coefficients(self) -> Array:
        """Return [3, band]: extinction in km-1 per unit of `densities`."""
        return np.stack([self.air_m2 * AIR_UNIT_M3 * 1e3, self.ozone_m2 * OZONE_UNIT_M3 * 1e3, self.aerosol_factor])


@lru_cache(maxsize=8)
def build_atmosphere(settings: AtmosphereSettings) -> Atmosphere:
    """Return the scene's atmosphere at the sky's bands; equal settings give the same object, so tables are shared."""
    z = air.profile_altitudes_km()
    on = 1.0 if settings.enabled else 0.0
    return Atmosphere(
        z,
        air.air_density_m3() * on,
        ozone.ozone_density_m3(settings.ozone_du) * on,
        aerosol.aerosol_extinction_550_per_km(settings.aerosol) * on,
        SKY_WAVELENGTHS_NM,
        *cross_sections(SKY_WAVELENGTHS_NM),
    )


def cross_sections(wavelengths_nm: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """Return (air_m2, air_beta2, ozone_m2, aerosol_factor) at any wavelengths."""
    return (
        air.rayleigh_cross_section_m2(wavelengths_nm),
        air.rayleigh_beta2(wavelengths_nm),
        ozone.ozone_cross_section_m2(wavelengths_nm),
        aerosol.aerosol_spectral_factor(wavelengths_nm),
    )


def coefficients_at(wavelengths_nm: ArrayLike) -> Array:
    """Return [3, k]: extinction in km-1 per unit of `Atmosphere.densities` at any wavelengths, 330 to 900 nm."""
    air_m2, _, ozone_m2, factor = cross_sections(wavelengths_nm)
    return np.stack([air_m2 * AIR_UNIT_M3 * 1e3, ozone_m2 * OZONE_UNIT_M3 * 1e3, factor])


def outward_columns(
    atmosphere: Atmosphere, perigee_km: ArrayLike, start_km: ArrayLike, radius_km: float = EARTH_MEAN_RADIUS_KM
) -> Array:
    """Return [..., 3] density x km from altitude `start_km` outward to space on a line that is lowest at `perigee_km`.

    The perigee (km above the sphere) may lie below ground; start >= perigee. In a shell in which density is linear in
    altitude, and altitude quadratic in distance, the integral is exact: 5e-4 where the perigee's shell is thick.
    """
    perigee, start = np.broadcast_arrays(np.asarray(perigee_km, float), np.asarray(start_km, float))
    edges = np.maximum(np.linspace(0.0, TOP_KM, SHELLS + 1), np.minimum(start, TOP_KM)[..., None])
    distance = np.sqrt(np.maximum(edges - perigee[..., None], 0.0) * (edges + perigee[..., None] + 2.0 * radius_km))
    density = atmosphere.densities(edges)
    near, far = distance[..., :-1], distance[..., 1:]
    share = (far + 2.0 * near) / np.maximum(3.0 * (near + far), 1e-9)  # of the outer edge's density
    steps = (far - near)[..., None]
    return (steps * (density[..., :-1, :] + (density[..., 1:, :] - density[..., :-1, :]) * share[..., None])).sum(-2)


def transmittance(columns: Array, wavelengths_nm: ArrayLike) -> Array:
    """Return exp(-optical depth) [..., k] of columns [..., 3] at any wavelengths."""
    return np.exp(-(columns @ coefficients_at(wavelengths_nm)))


def limb_transmittance(
    atmosphere: Atmosphere, tangent_altitude_km: ArrayLike, wavelengths_nm: ArrayLike, one_sided: bool = False
) -> Array:
    """Return [n, k]: transmittance of a straight path from space to space with the given tangent altitudes, km.

    0 where the path meets the ground, 1 above the top. `one_sided`: only from the tangent point to space.
    """
    tangent = np.asarray(tangent_altitude_km, dtype=np.float64)
    columns = outward_columns(atmosphere, np.maximum(tangent, 0.0), np.maximum(tangent, 0.0))
    through = transmittance(columns * (1.0 if one_sided else 2.0), wavelengths_nm)
    return np.where(tangent[..., None] < 0.0, 0.0, through)


def slant_transmittance(
    atmosphere: Atmosphere, cos_zenith_at_ground: ArrayLike, wavelengths_nm: ArrayLike, altitude_km: float = 0.0
) -> Array:
    """Return [n, k]: transmittance from a point at `altitude_km` (0: the ground) to space along a straight ray.

    `cos_zenith_at_ground`: cosine of the ray's zenith angle at that point, 0 to 1; negative ones count as 0.
    """
    sine = np.sqrt(1.0 - np.clip(np.asarray(cos_zenith_at_ground, dtype=np.float64), 0.0, 1.0) ** 2)
    perigee = (EARTH_MEAN_RADIUS_KM + altitude_km) * sine - EARTH_MEAN_RADIUS_KM
    return transmittance(outward_columns(atmosphere, perigee, altitude_km), wavelengths_nm)
