"""A user's map of precipitation: as it is, or with curtains drawn into it that keep its energy.

`user` [age, row, column, 2]: energy flux mW m-2, and its product with the characteristic energy, keV, at nodes of the
Earth-fixed plane; `axes.user`: vec4(x0, y0, spacing km, part drawn as curtains). The curtains are bands STRUCTURE_KM
wide, one beside the other, of arcs and glow whose mean is one: they move energy about, over tens of km, and add none.
"""

import taichi as ti
import taichi.math as tm

from shaders import noise
from shaders.definitions import Length, Number, Seconds
from shaders.footprint import arc
from shaders.footprint import forms as footprint

STRUCTURE_KM = 60.0  # km across one band of structure
GLOW_KM = 39.4  # km, integral of a band's glow across it: 0.886 x 18 + 0.903 x 26, its half-widths
FINE_MAP_KM = 24.0  # km: a map with nodes nearer than this is drawn on fine tiles


@ti.func
def user_values(place, age: ti.i32, axis, user: ti.template()):
    """Return vec2(energy flux, flux x energy) at a place of the plane, bilinear; 0 beyond the map."""
    rows, columns = user.shape[1], user.shape[2]
    f, g = (place.y - axis.y) / axis.z, (place.x - axis.x) / axis.z
    value = tm.vec2(0.0)
    if f >= 0.0 and g >= 0.0 and f <= rows - 1.0 and g <= columns - 1.0:
        i, j = ti.min(ti.cast(f, ti.i32), rows - 2), ti.min(ti.cast(g, ti.i32), columns - 2)
        u, v = f - i, g - j
        for k in ti.static(range(2)):
            upper = user[age, i, j, k] * (1.0 - v) + user[age, i, j + 1, k] * v
            lower = user[age, i + 1, j, k] * (1.0 - v) + user[age, i + 1, j + 1, k] * v
            value[k] = upper * (1.0 - u) + lower * u
    return value


@ti.func
def structure_mean(activity: Number) -> Number:
    """Return the mean flux, mW m-2, of a band of structure as `footprint.group_flux` draws it.

    Glow, then three arcs: strength x share lit x width x integral of the profile. It follows that function, and the row
    of `render.geophysics.forms.special_bands.structure_bands`, number by number; the expectations are of the noise.
    """
    glow_flux = (0.7 + 1.5 * activity) * GLOW_KM / STRUCTURE_KM
    strength = footprint.CALM_ARC + footprint.ACTIVE_ARC * activity * activity
    strength /= 1.0 + strength / footprint.STRONGEST_ARC
    width = 1.03 * (1.2 - 0.5 * tm.min(activity, 1.0))
    return glow_flux + 3.0 * strength * (0.32 + 0.6 * activity) * width * 2.01 / STRUCTURE_KM


@ti.func
def user_flux(
    place, x: Length, y: Length, t: Seconds, texel: Length, age: ti.i32, axes, curtains: ti.template(),
    ground: ti.template(),
):  # fmt: skip
    """Return what `footprint.footprint` does: the user's map, with its part that is drawn as curtains, not diffuse.

    `place`: on the Earth-fixed plane; x, y: the same on the magnetic map, km; `ground`: see
    `shaders.footprint.tiles.Ground`.
    """
    value = user_values(place, age, axes.user, ground.user)
    fine = axes.user.w
    detail = ti.select(axes.user.z < FINE_MAP_KM, value.x, tm.min(0.01 * value.x, arc.STREAKS))
    total, diffuse_share = tm.vec4(value.x, value.y, 0.0, detail), 1.0
    if fine > 0.0 and value.x > 1e-3:
        u = y / STRUCTURE_KM + 0.7 * noise.gradient_noise(x / 900.0, t / 1500.0, curtains.seeds[0] + 7)
        u += 0.35 * noise.gradient_noise(x / 310.0, t / 500.0, curtains.seeds[0] + 8)
        activity = curtains.tracks[age, 0, 0, footprint.Track.ACTIVITY]
        glow_flux = curtains.tracks[age, 0, 0, footprint.Track.GLOW_FLUX]
        track = tm.vec4(0.0, activity, 1.0, glow_flux)
        q = tm.vec4(0.0)
        for n in range(2):  # bands overlap: each reaches to the middle of the next
            band = ti.floor(u - 0.5) + n
            g = ti.cast(band, ti.i32) % curtains.groups.shape[0]
            q += footprint.group_flux(x, (u - band - 0.5) * STRUCTURE_KM, t, texel, age, g, track, axes, curtains)
        share = q / structure_mean(activity)
        hard = value.x * (1.0 - fine + fine * share.x)
        total = tm.vec4(hard, value.y * hard / value.x, value.x * fine * share.z, tm.max(detail, value.x * fine))
        diffuse_share = value.x * (1.0 - fine) / hard
    return footprint.total_and_share(total, diffuse_share)
