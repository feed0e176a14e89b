"""Where a line of sight meets the decks of cloud, and how their surfaces are tilted.

Trap: a deck's relief at a pixel is the difference of its neighbours' heights, so that `decks` has a rim of one pixel
around the rows at hand: a picture in bands is then the whole picture's to the bit.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, turns
from shaders.definitions import Altitude, Array, Length, Number, Real
from shaders.ground.reflection import FEWEST, LOWEST_COSINE, reflectance
from shaders.ground.weather import DECKS, Deck, Weather, any_deck, mean_top, of_four
from shaders.lens import through_any_lens
from shaders.sky.pixels import Layout, SlantColumns, Tables, columns_at, view_angles, view_column, view_row
from shaders.sky.transmittance import BENDING
from shaders.view import View, pixel_direction


class Of:
    """Columns of a deck: optical depth, top km, optical depth on light's way to the deck below, and its surface's
    slope, a level vector."""

    DEPTH, TOP, SHADE, SLOPE = range(4)


COLUMNS = 6  # of each deck
LEAST_SINE = 0.004  # of a line of sight's elevation: one that grazes a shell of a kilometre's relief goes 200 km in it
LOW_SINE, LOWEST_SINE = 0.64, 0.03  # of a source's elevation, between which a deck's shadow falls beside its place
RIM = 1  # pixels around the rows at hand for which decks are known
AIR_SCALE_KM = 8.0  # km, of the air's density: how much of the bending lies above a deck
RELIEF_KM = (0.3, 0.9, 0.2)  # km, of decks from below at an optical depth of 12: adiabatic water cloud; by eye above
RELIEF_DEPTH, RELIEF_POWER = 12.0, 0.6  # H = 0.3 km (depth / 12)^0.6: water grows with the height (adiabatic)
# Of a slope, what is left of its shading after light has spread inside the cloud over about its thickness; estimate
SHADED, STEEPEST = 0.35, 0.6


Sight = ti.types.struct(o=tm.vec3, d=tm.vec3, angle=Real, slant=SlantColumns)
"""A line of sight: from `o` along `d`, ITRS; angle above the horizon, rad; what it passes on its whole way."""


@ti.func
def line_of_sight(camera, row: Number, column: Number, layout, tables: ti.template()):
    """Return the `Sight` of a pixel, counted from 0 in the rows at hand."""
    d = pixel_direction(camera, column + 1.0, row + camera.first_row + 1.0)
    angles = view_angles(d, layout)
    slant = columns_at(tables.slant_columns, view_row(angles.x, layout), view_column(angles.y, layout))
    return Sight(o=camera.o, d=d, angle=angles.x, slant=slant)


@ti.func
def where_met(sight, height: Altitude):
    """Return (place, direction there): where a line of sight meets a shell first, ITRS km; far off where it misses."""
    turn = sight.slant[BENDING] * ti.exp(-height / AIR_SCALE_KM)
    at = sight.o + geometry.shell_distances(sight.o, sight.d, height).x * sight.d
    p = geometry.turned_about_earth(at, sight.o, sight.d, turn)
    return p, tm.normalize(geometry.turned_about_earth(sight.d, sight.o, sight.d, turn))


@ti.func
def meets(sight, height: Altitude) -> ti.i32:
    """Return whether a line of sight meets a shell ahead."""
    distance = geometry.shell_distances(sight.o, sight.d, height).x
    return ti.cast(distance > 0.0 and distance < geometry.MISSED, ti.i32)


@ti.func
def footprint(distance: Length, pixel: Number, sine: Number) -> Length:
    """Return the size of a pixel on the ground, km: the geometric mean of its sides, the long one by elevation."""
    return distance * pixel / ti.sqrt(tm.max(sine, LEAST_SINE))


@ti.func
def shadow_place(p, towards, height: Length):
    """Return the unit vector of the place where light passes a deck on its way to one `height` km below p; null where
    the source is high, and a shadow falls beneath its cloud, or too low for one."""
    up, found = tm.normalize(p), tm.vec3(0.0)
    sine = tm.dot(up, towards)
    if sine > LOWEST_SINE and sine < LOW_SINE:
        across = tm.normalize(towards - sine * up)
        found = tm.normalize(p + across * height * ti.sqrt(1.0 - sine * sine) / sine)
    return found


@through_any_lens
@ti.kernel
def see_decks(
    camera: View, band: tm.ivec2, pixel: float, towards: tm.vec3, weather: Weather, layout: Layout, tables: Tables,
    clouds: Array(), decks: Array(),
):  # fmt: skip
    """Write [row + rim, column + rim, COLUMNS x deck]: optical depth, top, km, and shade of each deck that is met.

    `towards` the brightest source, a null vector where none is up.

    Decks are drawn on shells at their mean heights, and lie at the tops that are found there: a top a kilometre higher
    would stand a few pixels nearer, which nobody could tell of a weather that is drawn anyway. `band`: first pixel of
    `decks` and how many; `pixel`: its angle, rad; `clouds`: a user's map, see `weather.deck_on_map`.
    """
    for nth in range(band.y):
        index = band.x + turns.in_turn(nth, band.y)
        i, j = index // decks.shape[1], index % decks.shape[1]
        sight = line_of_sight(camera, i - RIM + 0.0, j - RIM + 0.0, layout, tables)
        for deck in range(DECKS):
            found, shell, shade = tm.vec2(0.0), mean_top(deck, weather), 0.0
            if meets(sight, shell):
                p, along = where_met(sight, shell)
                sine = tm.max(-tm.dot(along, geometry.local_vertical(p)), 0.0)
                size = footprint(tm.length(p - sight.o), pixel, sine)
                found = any_deck(deck, tm.normalize(p), size, weather, clouds)
                shade = found.x
                if deck != Deck.LOW and weather.mapped == 0:
                    shadow = shadow_place(p, towards, shell - mean_top(deck - 1, weather))
                    if tm.length(shadow) > 0.0:
                        shade = any_deck(deck, shadow, size, weather, clouds).x
            # a line of sight that grazes the shell may pass over the cloud's own top
            decks[i, j, COLUMNS * deck + Of.DEPTH] = ti.select(meets(sight, found.y), found.x, 0.0)
            decks[i, j, COLUMNS * deck + Of.TOP] = found.y
            decks[i, j, COLUMNS * deck + Of.SHADE] = shade


@ti.func
def relief(decks: ti.template(), i: ti.i32, j: ti.i32, deck: ti.i32) -> Length:
    """Return the height of a deck's surface over its foot, km."""
    scale = of_four(deck, RELIEF_KM[0], RELIEF_KM[1], RELIEF_KM[2], 0.0)
    return scale * tm.pow(decks[i, j, COLUMNS * deck + Of.DEPTH] / RELIEF_DEPTH, RELIEF_POWER)


@ti.func
def across_pixels(camera, layout, tables: ti.template(), row: Number, column: Number, height: Altitude):
    """Return (right, down): the way, km, from a pixel to the next on a shell, by the places of its neighbours."""
    ends = ti.Matrix.zero(Real, 4, 3)
    for k in ti.static(range(4)):
        dx, dy = (1.0, -1.0, 0.0, 0.0)[k], (0.0, 0.0, 1.0, -1.0)[k]
        p, _ = where_met(line_of_sight(camera, row + dy, column + dx, layout, tables), height)
        for c in ti.static(range(3)):
            ends[k, c] = p[c]
    right = tm.vec3(ends[0, 0] - ends[1, 0], ends[0, 1] - ends[1, 1], ends[0, 2] - ends[1, 2])
    down = tm.vec3(ends[2, 0] - ends[3, 0], ends[2, 1] - ends[3, 1], ends[2, 2] - ends[3, 2])
    return 0.5 * right, 0.5 * down


@ti.func
def gradient(decks: ti.template(), i: ti.i32, j: ti.i32, deck: ti.i32, right, down, up):
    """Return the slope of a deck's surface, a vector in the level plane."""
    h_right = 0.5 * (relief(decks, i, j + 1, deck) - relief(decks, i, j - 1, deck))
    h_down = 0.5 * (relief(decks, i + 1, j, deck) - relief(decks, i - 1, j, deck))
    area = tm.dot(tm.cross(right, down), up)
    found = (h_right * tm.cross(down, up) + h_down * tm.cross(up, right)) / ti.select(ti.abs(area) > 1e-6, area, 1e-6)
    steep = tm.length(found)
    return found * tm.min(1.0, STEEPEST / tm.max(steep, 1.0e-6))


@through_any_lens
@ti.kernel
def tilt_decks(camera: View, layout: Layout, tables: Tables, decks: Array()):
    """Write the slopes of the decks of `see_decks`, but for the rim's."""
    rows, columns = decks.shape[0] - 2 * RIM, decks.shape[1] - 2 * RIM
    for nth in range(rows * columns):
        index = turns.in_turn(nth, rows * columns)
        i, j = index // columns, index % columns
        for deck in range(DECKS):
            slope = tm.vec3(0.0)
            if decks[i + RIM, j + RIM, COLUMNS * deck + Of.DEPTH] > FEWEST:
                top = decks[i + RIM, j + RIM, COLUMNS * deck + Of.TOP]
                p, _ = where_met(line_of_sight(camera, i + 0.0, j + 0.0, layout, tables), top)
                right, down = across_pixels(camera, layout, tables, i + 0.0, j + 0.0, top)
                slope = gradient(decks, i + RIM, j + RIM, deck, right, down, geometry.local_vertical(p))
            for k in ti.static(range(3)):
                decks[i + RIM, j + RIM, COLUMNS * deck + Of.SLOPE + k] = slope[k]


@ti.func
def lit_from(up, towards, slope) -> Number:
    """Return the cosine of the angle between a source and a surface that is tilted by a slope and shaded softly.

    Flanks that face a source just below their level are lit.
    """
    across = towards - tm.dot(towards, up) * up
    return tm.max(tm.dot(up, towards) - SHADED * tm.dot(slope, across), 0.0)


@ti.func
def azimuth_between(up, along, towards) -> Number:
    """Return the angle about the vertical between a line of sight and a source, rad: 0 looking towards it."""
    a, b = along - tm.dot(along, up) * up, towards - tm.dot(towards, up) * up
    return tm.atan2(tm.length(tm.cross(a, b)), tm.dot(a, b))


@ti.func
def deck_light(depth: Number, up, along, towards, slope, clouds: ti.template()) -> Number:
    """Return pi L / E of a deck under direct light, E on a plate square to it."""
    mu, lit = tm.max(-tm.dot(along, up), LOWEST_COSINE), lit_from(up, towards, slope)
    return lit * reflectance(depth, lit, mu, azimuth_between(up, along, towards), clouds.reflectance)
