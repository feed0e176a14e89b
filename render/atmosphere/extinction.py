"""The atmosphere as six separable species, their columns along rays, and the transmittance.

Extinction at (altitude, wavelength) is a sum of products density(altitude) x coefficient(wavelength), so a ray's
optical depth at every wavelength follows from six columns. Earth is a sphere of `radius_km` here (the columns of
tangent rays go with its square root: 0.1 % between equator and pole).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere import aerosol, air, no2, ozone
from render.atmosphere.air import Array
from render.atmosphere.profile import TOP_KM, Profile, read_profile, standard_profile
from render.atmosphere.settings import AtmosphereSettings
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import EARTH_MEAN_RADIUS_KM

SPECIES = ("air", "ozone", "no2", "boundary", "background", "volcanic")
AEROSOLS = slice(3, 6)  # of SPECIES
AIR_UNIT_M3 = 1.0e25  # one unit of air density: keeps single precision far from its limits
GAS_UNIT_M3 = 1.0e18  # one unit of ozone or NO2 density
SHELLS = 240  # quadrature shells of 0.5 km: nodes of the standard profile are among their edges
STEP_KM = 0.5  # of the altitudes at which layers are sampled


class Layered(Protocol):
    """Anything with densities against altitude."""

    def densities(self, altitude_km: ArrayLike) -> Array:
        """Return [..., k] at altitudes, km."""


@dataclass(frozen=True, eq=False)
class Atmosphere:
    """Hold densities against altitude and coefficients against band; the two never mix.

    `altitude_km` [z] 0 to 120, `density` [z, species] linear between: air in 1e25 m-3, ozone and NO2 in 1e18 m-3, three
    aerosols as extinction at 550 nm, km-1. `wavelengths_nm`, `air_beta2` [band]: the molecular phase function is
    1 + beta2 P2. `angstrom`, `asymmetry`, `albedo` [3]: the aerosols' (Henyey-Greenstein). `ground_albedo`: Lambertian.
    `refracts`: whether the air bends light.
    """

    altitude_km: Array
    density: Array
    wavelengths_nm: Array
    air_beta2: Array
    angstrom: Array
    asymmetry: Array
    albedo: Array
    ground_albedo: float
    refracts: bool

    def densities(self, altitude_km: ArrayLike) -> Array:
        """Return [..., species] in the units of `density`; 0 above the top."""
        z = np.asarray(altitude_km, dtype=np.float64)
        return np.stack([np.interp(z, self.altitude_km, values, right=0.0) for values in self.density.T], axis=-1)

    def coefficients_at(self, wavelengths_nm: ArrayLike) -> Array:
        """Return [species, k]: extinction in km-1 per unit of `densities` at any wavelengths, 330 to 900 nm."""
        gases = [
            air.rayleigh_cross_section_m2(wavelengths_nm) * AIR_UNIT_M3 * 1e3,
            ozone.ozone_cross_section_m2(wavelengths_nm) * GAS_UNIT_M3 * 1e3,
            no2.no2_cross_section_m2(wavelengths_nm) * GAS_UNIT_M3 * 1e3,
        ]
        return np.stack([*gases, *(aerosol.spectral_factor(wavelengths_nm, a) for a in self.angstrom)])

    def coefficients(self) -> Array:
        """Return [species, band]: extinction in km-1 per unit of `densities` at the bands."""
        return self.coefficients_at(self.wavelengths_nm)

    def digest(self) -> str:
        """Return a name for everything that this atmosphere does to light."""
        told = hashlib.sha256(repr((self.ground_albedo, self.refracts)).encode())
        optics = (self.air_beta2, self.asymmetry, self.albedo, self.coefficients())
        for array in (self.altitude_km, self.density, self.wavelengths_nm, *optics):
            told.update(np.ascontiguousarray(array).tobytes())
        return told.hexdigest()


def build_atmosphere(settings: AtmosphereSettings, wavelengths_nm: tuple[float, ...] | None = None) -> Atmosphere:
    """Return an atmosphere at some wavelengths, nm (by default the sky's bands).

    Equal settings and files give the same object, so tables are shared. Raises InputError for a profile that cannot be
    used.
    """
    profile = read_profile(settings.profile) if settings.profile else standard_profile()
    return _build(settings, tuple(SKY_WAVELENGTHS_NM) if wavelengths_nm is None else wavelengths_nm, profile)


@lru_cache(maxsize=8)
def _build(settings: AtmosphereSettings, wavelengths_nm: tuple[float, ...], profile: Profile) -> Atmosphere:
    z = np.unique(np.concatenate([profile.altitude_km, np.arange(0.0, TOP_KM + 0.1, STEP_KM)]))
    z = z[z <= TOP_KM]
    at = [np.interp(z, profile.altitude_km, v, right=0.0) for v in (profile.air_m3, profile.ozone_m3, profile.no2_m3)]
    own_du = ozone.column_du(profile.altitude_km, profile.ozone_m3)
    share = 1.0 if settings.ozone_du is None else settings.ozone_du / own_du if own_du > 0.0 else 0.0
    layers = (settings.boundary, settings.background, settings.volcanic)
    aerosols = _aerosols(settings, z, None if profile.aerosol_per_km is None else np.interp(
        z, profile.altitude_km, profile.aerosol_per_km, right=0.0))  # fmt: skip
    density = np.stack([at[0] / AIR_UNIT_M3, at[1] * share / GAS_UNIT_M3, at[2] / GAS_UNIT_M3, *aerosols], axis=-1)
    bands = np.array(wavelengths_nm)
    return Atmosphere(
        z, density * (1.0 if settings.enabled else 0.0), bands, air.rayleigh_beta2(bands),
        np.array([layer.angstrom for layer in layers]), np.array([layer.asymmetry for layer in layers]),
        np.array([layer.albedo for layer in layers]), settings.ground_albedo, settings.refraction and settings.enabled,
    )  # fmt: skip


def _aerosols(settings: AtmosphereSettings, z: Array, own: Array | None) -> list[Array]:
    """Return the extinction at 550 nm, km-1, of the three layers; a profile's own counts as the boundary layer."""
    if settings.aerosol == "none":
        return [np.zeros_like(z)] * 3
    shapes = (
        aerosol.boundary_shape(z),
        aerosol.background_shape(z),
        aerosol.volcanic_shape(z, settings.volcanic),
    )
    layers = (settings.boundary, settings.background, settings.volcanic)
    found = [
        aerosol.scaled_to_depth(shape, z, layer.optical_depth) for shape, layer in zip(shapes, layers, strict=True)
    ]
    return found if own is None else [own, np.zeros_like(z), found[2]]


def outward_columns(
    layered: Layered, perigee_km: ArrayLike, start_km: ArrayLike, radius_km: float = EARTH_MEAN_RADIUS_KM
) -> Array:
    """Return [..., k] density x km from altitude `start_km` outward to space on a line that is lowest at `perigee_km`.

    The perigee (km above the sphere) may lie below ground; start >= perigee. In a shell in which density is linear in
    altitude, and altitude quadratic in distance, the integral is exact: 5e-4 where the perigee's shell is thick.
    """
    perigee, start = np.broadcast_arrays(np.asarray(perigee_km, float), np.asarray(start_km, float))
    edges = np.maximum(np.linspace(0.0, TOP_KM, SHELLS + 1), np.minimum(start, TOP_KM)[..., None])
    distance = np.sqrt(np.maximum(edges - perigee[..., None], 0.0) * (edges + perigee[..., None] + 2.0 * radius_km))
    density = layered.densities(edges)
    near, far = distance[..., :-1], distance[..., 1:]
    share = (far + 2.0 * near) / np.maximum(3.0 * (near + far), 1e-9)  # of the outer edge's density
    steps = (far - near)[..., None]
    return (steps * (density[..., :-1, :] + (density[..., 1:, :] - density[..., :-1, :]) * share[..., None])).sum(-2)
