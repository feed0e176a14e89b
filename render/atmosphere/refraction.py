"""Refraction by a change of altitude: in terms of rho = n r / n_s every ray is straight.

n is the index of air at distance r from Earth's centre, n_s that at the ground. Bouguer's law, n r sin(zenith angle) =
constant, says that a ray keeps the impact parameter of a straight line in rho. Its columns are those of the straight
line through densities times dr/drho. Position and direction are those on the straight line, both turned about Earth's
centre, downwards, by the bending gathered so far:
    d(bending) = (-dn/dr / n) (dr/drho) (a / rho) dX,      X along the straight line, a its impact parameter.
So everything that works on straight rays works on bent ones, given `OpticalAir` for the air, positions divided by n_s,
and the turn. The altitude rho - R is called optical here; at the ground both are 0. Refraction is that of 550 nm;
bending at another wavelength goes with the refractivity (within 2 % of the difference).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere import air
from render.atmosphere.air import Array
from render.atmosphere.extinction import AIR_UNIT_M3, SHELLS, TOP_KM, Atmosphere, outward_columns
from render.core.errors import InputError
from render.core.units import EARTH_MEAN_RADIUS_KM

REFERENCE_NM = 550.0  # nm, whose rays are followed
FINE_STEP_KM = 0.25  # km, of altitude; the index is smooth over twice that


@dataclass(frozen=True, eq=False)
class OpticalAir:
    """Hold the air in which bent rays are straight.

    `altitude_km` [node] optical, even from 0 to 120; `density` [node, species] per km of straight line, units of
    `Atmosphere.densities`; `bending` [node] rad per km (see above); `surface_index` n_s; `index` maps true altitudes to
    n by its two rows (altitude, n).
    """

    altitude_km: Array
    density: Array
    bending: Array
    surface_index: float
    index: Array

    def densities(self, altitude_km: ArrayLike) -> Array:
        """Return [..., species + 1] at optical altitudes; the last is the bending per km over rho, rad km-2."""
        z = np.asarray(altitude_km, dtype=np.float64)
        planes = [np.interp(z, self.altitude_km, values, right=0.0) for values in self.density.T]
        turn = np.interp(z, self.altitude_km, self.bending, right=0.0) / (EARTH_MEAN_RADIUS_KM + z)
        return np.stack([*planes, turn], axis=-1)

    def optical_altitude(self, altitude_km: ArrayLike) -> Array:
        """Return rho - R, km, of true altitudes, any height."""
        z = np.asarray(altitude_km, dtype=np.float64)
        n = np.interp(z, self.index[0], self.index[1], right=1.0)
        return n * (EARTH_MEAN_RADIUS_KM + z) / self.surface_index - EARTH_MEAN_RADIUS_KM

    def true_altitude(self, optical_km: ArrayLike) -> Array:
        """Return the altitude, km, of optical ones within the air."""
        return np.interp(np.asarray(optical_km, dtype=np.float64), self.optical_altitude(self.index[0]), self.index[0])

    def shrink(self, altitude_km: float) -> float:
        """Return rho / r at a true altitude: what a position is multiplied by to enter the straight-ray picture."""
        n = float(np.interp(altitude_km, self.index[0], self.index[1], right=1.0))
        return n / self.surface_index


@lru_cache(maxsize=8)
def optical_air(atmosphere: Atmosphere) -> OpticalAir:
    """Return the air of an atmosphere for bent rays; where it does not refract, optical and true altitude are one.

    Raises InputError where the air would trap light (dn/dr below -1/r).
    """
    z = np.linspace(0.0, TOP_KM, round(TOP_KM / FINE_STEP_KM) + 1)
    density = np.maximum(atmosphere.densities(z)[:, 0], 1e-30) * AIR_UNIT_M3 / air.STANDARD_AIR_M3
    excess = air.refractivity(REFERENCE_NM) * density * (1.0 if atmosphere.refracts else 0.0)
    gradient = excess * np.gradient(np.log(density), z)  # dn/dr, km-1
    n, r = 1.0 + excess, EARTH_MEAN_RADIUS_KM + z
    optical = n * r / n[0] - EARTH_MEAN_RADIUS_KM
    if (np.diff(optical) <= 0.0).any():
        at = z[int(np.argmin(np.diff(optical)))]
        raise InputError(f"the air's density falls so fast at {at:g} km that it would trap light; check the profile")
    stretch = n[0] / (n + r * gradient)  # dr/drho
    nodes = np.linspace(0.0, TOP_KM, SHELLS + 1)
    true = np.interp(nodes, optical, z)
    at = np.interp(true, z, stretch) * (nodes <= optical[-1])
    return OpticalAir(
        altitude_km=nodes, density=atmosphere.densities(true) * at[:, None],
        bending=np.interp(true, z, -gradient / n * stretch) * (nodes <= optical[-1]),
        surface_index=float(n[0]), index=np.stack([z, n]),
    )  # fmt: skip


def dispersion(wavelengths_nm: ArrayLike) -> Array:
    """Return bending relative to that of 550 nm."""
    return air.refractivity(wavelengths_nm) / air.refractivity(REFERENCE_NM)


def ray_columns(optical: OpticalAir, lowest_km: ArrayLike, start_km: ArrayLike) -> tuple[Array, Array]:
    """Return (columns [..., species], bending [...] rad) outward from `start_km` to space; optical altitudes."""
    lowest = np.asarray(lowest_km, dtype=np.float64)
    both = outward_columns(optical, lowest, start_km)
    return both[..., :-1], both[..., -1] * (EARTH_MEAN_RADIUS_KM + lowest)


def impact_altitude(optical: OpticalAir, tangent_altitude_km: ArrayLike) -> Array:
    """Return the optical altitude of the lowest point of a ray by its straight-line tangent altitude, km."""
    tangent = np.asarray(tangent_altitude_km, dtype=np.float64)
    return (EARTH_MEAN_RADIUS_KM + tangent) / optical.surface_index - EARTH_MEAN_RADIUS_KM


def limb_bending(optical: OpticalAir, tangent_altitude_km: ArrayLike) -> Array:
    """Return the bending, rad, of rays from space to space by their straight-line tangent altitudes, km.

    Below the altitude that grazes the ground (1.8 km): that of the grazing ray.
    """
    lowest = np.maximum(impact_altitude(optical, tangent_altitude_km), 0.0)
    return 2.0 * ray_columns(optical, lowest, lowest)[1]
