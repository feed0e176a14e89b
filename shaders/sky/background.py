"""The light behind all stars: unresolved starlight and zodiacal light, by look-up.

Computation: `render.sky.starlight` and `render.sky.zodiacal`. Precomputation: their tables, which depend on the scene
alone. Lookup: here, for a direction beyond the air.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Array, Number, Real


class Part:
    """Columns of `spectra` [band, 3], radiance of one S10: bluer and redder starlight, zodiacal light."""

    BLUE, RED, ZODIACAL = range(3)


Behind = ti.types.struct(
    galactic_from_itrs=tm.mat3, ecliptic_from_itrs=tm.mat3, blue_b_v=Real, per_b_v=Real, power=Real, nearest=Real,
    shines=ti.i32,
)  # fmt: skip
"""Rotations, the second with the Sun in longitude 0; B-V of the bluer starlight, and 1 / (B-V redder - bluer);
zodiacal brightness goes as elongation to -`power`, held within the elongation `nearest`, degrees; 0: nothing
`shines`."""

BehindTables = ti.types.argpack(starlight=Array(), colour=Array(), zodiacal=Array(), spectra=Array())
"""`starlight` [latitude from -90, longitude from -180] ln S10(V), cell centres, the last column again before the first
and the first after the last; `colour` its B-V, likewise; `zodiacal` [longitude from the Sun, latitude] by degrees from
0, ln(S10 x elongation^power); `spectra`, see `Part`."""


@ti.func
def on_galaxy(direction, table: ti.template()) -> Number:
    """Interpolate a table of galactic latitude and longitude, its columns closed, in a direction of that frame."""
    rows, columns = table.shape[0], table.shape[1] - 2
    latitude = tm.atan2(direction.z, tm.length(direction.xy))
    longitude = tm.atan2(direction.y, direction.x)
    column = (0.5 * longitude / tm.pi + 0.5) * columns + 0.5  # one column stands before the first
    return lookup.bilinear(table, (latitude / tm.pi + 0.5) * rows - 0.5, column)


@ti.func
def zodiacal_s10(direction, behind, table: ti.template()) -> Number:
    """Return the S10(sun) of zodiacal light in a direction of the ecliptic frame."""
    across = tm.length(direction.yz)
    elongation = tm.max(tm.atan2(across, direction.x) * 180.0 / tm.pi, behind.nearest)
    longitude = tm.atan2(ti.abs(direction.y), direction.x) * 180.0 / tm.pi
    latitude = tm.atan2(ti.abs(direction.z), tm.length(direction.xy)) * 180.0 / tm.pi
    return tm.exp(lookup.bilinear(table, longitude, latitude) - behind.power * tm.log(elongation))


@ti.func
def amounts(direction, behind, tables: ti.template()):
    """Return vec3 of S10 by `Part` in a direction, ITRS, beyond the air."""
    galactic = behind.galactic_from_itrs @ direction
    stars = tm.exp(on_galaxy(galactic, tables.starlight))
    red = tm.clamp((on_galaxy(galactic, tables.colour) - behind.blue_b_v) * behind.per_b_v, 0.0, 1.0)
    dust = zodiacal_s10(behind.ecliptic_from_itrs @ direction, behind, tables.zodiacal)
    return tm.vec3(stars * (1.0 - red), stars * red, dust)


@ti.func
def background_radiance(found, spectra: ti.template(), band: ti.i32) -> Number:
    """Return the radiance, W m-2 sr-1 nm-1, of `amounts` in a band."""
    light = found[0] * spectra[band, Part.BLUE] + found[1] * spectra[band, Part.RED]
    return light + found[2] * spectra[band, Part.ZODIACAL]
