"""The Moon's face: albedo by a map of it, Lommel and Seeliger's law in the Sun's light, and earthshine."""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Number


class MoonDisc:
    """Columns of `moon_disc` [band, 2], radiance of albedo 1: where mu0 / (mu0 + mu) is 1; in the Earth's light."""

    SUNLIT, EARTHSHINE = range(2)


@ti.func
def moon_normal(d, toward, radius: Number, mu: Number):
    """Return the unit normal of the Moon's surface at the point that d meets; `mu`: its cosine to the observer."""
    offset = (d - tm.dot(d, toward) * toward) / tm.max(radius, 1.0e-9)
    return offset / tm.max(tm.length(offset), 1.0) - mu * toward


@ti.func
def lommel_seeliger(normal, sun, mu: Number) -> Number:
    """Return mu0 / (mu0 + mu) where the surface has this normal; the Sun's rays are taken as parallel."""
    mu0 = tm.max(tm.dot(normal, sun), 0.0)
    return mu0 / tm.max(mu0 + mu, 1.0e-6)


@ti.func
def moon_albedo(place, albedo: ti.template()) -> Number:
    """Return the relative albedo at a place, unit in the Moon's axes; `albedo` [latitude from -90, longitude from
    -180], cell centres: the map does not close at longitude 180, which is not seen from the Earth."""
    latitude, longitude = tm.asin(tm.clamp(place.z, -1.0, 1.0)), tm.atan2(place.y, place.x)
    row = (latitude / tm.pi + 0.5) * albedo.shape[0] - 0.5
    return lookup.bilinear(albedo, row, (0.5 * longitude / tm.pi + 0.5) * albedo.shape[1] - 0.5)
