"""Weather: three decks of cloud as a pure function of the place, the pixel's size and a seed.

Problem: clouds from orbit have structure from 3000 km to 1 km, and no tile of a picture can hold a simulated flow.
Mapping: rows of compact vortices are unwound one after the other (`unwound`), which says where the air of a place came
from; fronts, layers and cells are then drawn there by noise, and come out as commas, bands and streets. Each deck's
optical depth is a power near 2 of what exceeds a threshold: edges are thin by themselves.

Shapes: cyclones of 1000 to 3000 km with a cold front's band and a warm front's shield; open cells in cold air over warm
sea, closed ones under warm air; streets along the wind; streaks of cirrus. Spectra fall as k^-5/3 down to half a km,
below which light diffuses inside the cloud and there is none (Cahalan & Snider 1989; Davis et al. 1997). Amplitudes and
thresholds were chosen by eye against pictures from orbit, and so that cover and optical depths come out as
`render.earth.weather` says; a test measures both.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Altitude, Length, Number, Real
from shaders.ground.angles import angle_of, latitude_of, on_circle
from shaders.ground.noise import cells, octaves, part_of_hash, space_hash, space_noise
from shaders.noise import smooth_step

EARTH_KM = 6371.0  # km, mean radius: lengths on the ground are taken on this sphere


class Deck:
    """Decks from below."""

    LOW, MIDDLE, HIGH = range(3)


DECKS = 3
LEVELS = 4  # of vortices, small ones unwound first
FRONT_LATITUDE, FRONT_MEANDER = 50.0, 8.4  # deg, of the polar front in the mean, and how far waves move it
COLD_SIDE_KM, WARM_SIDE_KM = 330.0, 170.0  # km, widths of a front's band
CELL_KM = 27.0  # km, spacing of open and closed cells (10 to 60 are seen)
STREET_KM = 7.0  # km between cloud streets: two to three times the depth of the boundary layer
WARP_KM = 350.0  # km by which air masses are displaced at random, over 1500 km

Weather = ti.types.struct(bias=Real, seed=ti.i32, drift=tm.vec3, mapped=ti.i32)
"""`bias`: more is more cloud (see `render.earth.weather.bias_of`); `drift`: rad by which each deck, from below, has
moved east; `mapped`: 1 where optical depths come from a user's map instead."""


@ti.func
def of_four(k: ti.i32, a: Number, b: Number, c: Number, d: Number) -> Number:
    """Return number k of four: a loop over them is compiled once."""
    return ti.select(k == 0, a, ti.select(k == 1, b, ti.select(k == 2, c, d)))


@ti.func
def unwound(p, row_deg: Number, strongest: Number, share: Number, seed: ti.i32):
    """Return the unit vector of the place that the air at p came from, turned back by the vortex there, if any.

    Vortices stand one to a cell of rows `row_deg` high, a `share` of them is there; each turns the air inside its rim
    by up to `strongest` rad, anticlockwise in the north, a quarter weakly the other way. An ellipse along a random
    direction, so that areas are kept and the rim lies still.
    """
    q = p
    height = row_deg * tm.pi / 180.0
    latitude, longitude = latitude_of(p), angle_of(p.y, p.x)
    shift = 0.5 * ti.cast(seed & 1, float)
    row = ti.cast(ti.floor(latitude / height + shift), ti.i32)
    middle = (ti.cast(row, float) + 0.5 - shift) * height
    if ti.abs(middle) <= 1.45:
        narrow = on_circle(middle).x
        count = ti.max(1, ti.cast(2.0 * tm.pi * narrow / height, ti.i32))
        column = ti.cast(ti.floor((longitude / (2.0 * tm.pi) + 0.5) * count), ti.i32)
        h, g = space_hash(row, column, 0, seed), space_hash(row, column, 1, seed)
        long_axis = height * (0.34 + 0.14 * part_of_hash(h, 2))
        stretch = 1.0 + 0.6 * part_of_hash(g, 2)  # of the axes: one is so many times the other
        free = 0.5 * height - long_axis
        lat = middle + free * (2.0 * part_of_hash(h, 0) - 1.0)
        lon = ((ti.cast(column, float) + 0.5) / count - 0.5) * 2.0 * tm.pi
        lon += free / narrow * (2.0 * part_of_hash(h, 1) - 1.0)
        up, around = on_circle(lat), on_circle(lon)
        axis = tm.vec3(up.x * around.x, up.x * around.y, up.y)
        e = space_hash(row, column, 2, seed)
        turn = on_circle(2.0 * tm.pi * part_of_hash(e, 0))
        east = tm.vec3(-around.y, around.x, 0.0)
        along = turn.x * east + turn.y * tm.cross(axis, east)
        across = tm.cross(axis, along)
        u, v = tm.dot(p, along) / long_axis, tm.dot(p, across) * stretch / long_axis
        r2 = u * u + v * v
        if part_of_hash(g, 0) <= share and r2 < 1.0 and tm.dot(p, axis) > 0.0:
            # weaker towards the equator, where nothing makes air turn
            angle = strongest * (0.45 + 0.55 * part_of_hash(g, 1)) * tm.pow(1.0 - r2, 2.0)
            angle *= smooth_step(0.1, 0.5, ti.abs(lat)) * ti.select(lat > 0.0, -1.0, 1.0)
            angle *= ti.select(part_of_hash(e, 1) < 0.25, -0.45, 1.0)
            wound = on_circle(angle)
            x = (wound.x * u - wound.y * v) * long_axis
            y = (wound.y * u + wound.x * v) * long_axis / stretch
            q = x * along + y * across + ti.sqrt(tm.max(1.0 - x * x - y * y, 0.0)) * axis
    return q


@ti.func
def origins(p, seed: ti.i32):
    """Return a matrix of two rows: where the air at p came from, and where it was lately, unit vectors.

    Fine texture is younger than the large whirls that carry it: it is drawn at the second.
    """
    long_ago, lately = p, p
    for k in range(LEVELS):
        degrees, strongest = of_four(k, 5.0, 14.0, 23.0, 34.0), of_four(k, 1.1, 1.9, 2.4, 3.4)
        share, level = of_four(k, 0.4, 0.6, 0.7, 0.9), ti.cast(of_four(k, 8.0, 5.0, 3.0, 2.0), ti.i32)
        long_ago = unwound(long_ago, degrees, strongest, share, seed + level)
    for k in range(2):
        degrees, strongest = of_four(k, 5.0, 34.0, 0.0, 0.0), of_four(k, 0.8, 1.2, 0.0, 0.0)
        share, level = of_four(k, 0.4, 0.9, 0.0, 0.0), ti.cast(of_four(k, 8.0, 2.0, 0.0, 0.0), ti.i32)
        lately = unwound(lately, degrees, strongest, share, seed + level)
    return tm.mat3(long_ago, lately, tm.vec3(0.0))


@ti.func
def low_deck(x, lately, fine: Number, large: Number, warm: Number, pixel: Length, weather):
    """Return vec2(optical depth, top km) of the low deck: cells, streets, lumps; arguments as `deck_at` has them."""
    wide = 3.3 * space_noise(x / 1900.0, weather.seed + 35)
    gate = 0.6 * large + 0.75 * wide - 0.05 + weather.bias
    depth, top = 0.0, 1.2 + 0.5 * warm
    if gate > -1.6:
        c = tm.vec3(0.5, 0.8, 0.5)
        if 1.5 * pixel < CELL_KM:
            c = cells((lately + tm.vec3(6.0, -5.0, 4.0) * fine) / CELL_KM, weather.seed + 71)
        wall = c.y - c.x
        lump = (c.z - 0.5) * smooth_step(0.0, 0.2, wall)  # a cell's own, which must not jump where it meets the next
        opened = 0.75 - 2.6 * tm.min(wall, 0.6) + 1.1 * lump
        closed = 0.55 - 1.1 * c.x - 0.45 * ti.exp(-tm.pow(wall / 0.10, 2.0)) + 0.5 * lump
        kind = smooth_step(-0.8, 0.8, wide + 1.2 * (warm - 0.5))
        cell = smooth_step(1.5 * pixel, 4.0 * pixel, CELL_KM) * tm.mix(opened, closed, kind)
        street = 0.0
        if pixel < STREET_KM:  # along the zonal wind, where cold air flows over sea
            place = tm.vec3(0.3, 0.3, 1.0) * lately / STREET_KM
            street = 2.4 * space_noise(place, weather.seed + 97) * smooth_step(pixel, 2.5 * pixel, STREET_KM)
            street *= smooth_step(0.0, 1.2, -wide) * (1.0 - kind)
        cover = (0.75 - 0.2 * kind) * cell + (0.57 - 0.15 * kind) * fine + 0.3 * street + 0.95 * gate - 0.1
        if cover > 0.0:
            rough = 0.35 * (1.0 - 0.6 * smooth_step(0.8, 1.8, cover))  # the middle of a sheet is smooth
            depth = 6.0 * tm.pow(cover, 1.9) * ti.exp(rough * fine)
            top += 1.1 * (1.0 - kind) * tm.min(cover, 1.2) + 0.15 * fine
    return tm.vec2(depth, top)


@ti.func
def deck_at(deck: ti.i32, p, pixel: Length, weather):
    """Return vec2(optical depth, altitude of the top km) of a deck above the unit vector p, pixels of a size in km.

    Nothing is drawn that is finer than two pixels or half a km.
    """
    angle = -of_four(deck, weather.drift.x, weather.drift.y, weather.drift.z, 0.0)
    turn = on_circle(angle)
    came = origins(tm.vec3(turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y, p.z), weather.seed)
    q, lately = tm.vec3(came[0, 0], came[0, 1], came[0, 2]), tm.vec3(came[1, 0], came[1, 1], came[1, 2]) * EARTH_KM
    x, warp, shortest = q * EARTH_KM, tm.vec3(0.0), 2.0 * tm.max(pixel, 0.25)
    for k in ti.static(range(3)):
        warp[k] = WARP_KM * space_noise(x / 1500.0, weather.seed + 31 + k)
    x += warp
    sine = tm.clamp(q.z + warp.z / EARTH_KM, -1.0, 1.0)
    latitude = angle_of(sine, ti.sqrt(1.0 - sine * sine)) * 180.0 / tm.pi
    meander = FRONT_LATITUDE + FRONT_MEANDER * space_noise(x / 2600.0, weather.seed + 34)
    front = (meander - ti.abs(latitude)) * EARTH_KM * tm.pi / 180.0  # km, positive on the warm side
    warm = smooth_step(-150.0, 350.0, front)
    band = ti.exp(-tm.pow(front / ti.select(front < 0.0, COLD_SIDE_KM, WARM_SIDE_KM), 2.0))
    lately += 0.35 * warp  # cells are larger here and smaller there
    t = tm.vec3(0.0)
    for k in range(3):  # a loop at run time: its body is compiled once
        wanted = (k == 0) | ((k == 1) & (deck != Deck.HIGH)) | ((k == 2) & (deck != Deck.LOW))
        if wanted:
            at, longest, last = x, of_four(k, 900.0, 90.0, 260.0, 0.0), shortest
            hurst, set_of = of_four(k, 0.45, 0.36, 0.45, 0.0), of_four(k, 41.0, 61.0, 91.0, 0.0)
            if k == 0:
                last = tm.max(110.0, shortest)
            elif k == 1:
                at = lately
            elif deck == Deck.MIDDLE:
                at = tm.vec3(0.7, 0.7, 2.2) * x + tm.vec3(0.3, 0.3, 0.0) * lately
            else:
                at, longest, hurst, set_of = tm.vec3(0.4, 0.4, 1.8) * x, 420.0, 0.5, 81.0
            found = octaves(at, longest, last, hurst, weather.seed + ti.cast(set_of, ti.i32))
            t = tm.vec3(ti.select(k == 0, found, t.x), ti.select(k == 1, found, t.y), ti.select(k == 2, found, t.z))
    large, fine, streaks = t.x, t.y, t.z
    found = tm.vec2(0.0, 9.6 + 0.6 * large)
    if deck == Deck.LOW:
        found = low_deck(x, lately, fine, large, warm, pixel, weather)
    elif deck == Deck.MIDDLE:
        core = 2.0 * band + 0.5 * large + 0.3 * fine + 0.35 * streaks - 0.80 + weather.bias
        rough = 0.5 * (1.0 - 0.7 * smooth_step(0.6, 1.6, core))
        depth = 9.0 * tm.pow(tm.max(core, 0.0), 2.1) * ti.exp(rough * fine)
        found = tm.vec2(depth, 4.0 + 3.5 * smooth_step(0.0, 2.2, core) + 0.5 * large)
    else:
        found.x = 0.9 * tm.pow(tm.max(0.9 * streaks + band + 0.45 * large - 0.85 + weather.bias, 0.0), 1.5)
    return found


@ti.func
def deck_on_map(deck: ti.i32, p, pixel: Length, clouds: ti.template()):
    """Return vec2(optical depth, top km) from a user's map, optical depths [latitude from -90, longitude from -180].

    One deck, at the height of middle ones; the others are empty.
    """
    rows, columns = clouds.shape[0], clouds.shape[1]
    f = (latitude_of(p) / tm.pi + 0.5) * rows - 0.5
    g = (0.5 * angle_of(p.y, p.x) / tm.pi + 0.5) * columns - 0.5
    i = lookup.cell(f, rows)
    u = lookup.fraction(f, i, rows)
    j = ti.cast(ti.floor(g), ti.i32)
    v = g - ti.floor(g)
    west, east = (j + columns) % columns, (j + 1) % columns
    depth = (clouds[i, west] * (1.0 - v) + clouds[i, east] * v) * (1.0 - u)
    depth += (clouds[i + 1, west] * (1.0 - v) + clouds[i + 1, east] * v) * u
    return tm.vec2(ti.select(deck == Deck.MIDDLE, depth, 0.0), MAPPED_TOP_KM + 0.0 * pixel)


MAPPED_TOP_KM = 4.0  # km, of a user's map of clouds: the radiative mean of 580 hPa (Rossow & Schiffer 1999)
MEAN_TOP_KM = (1.7, 5.5, 9.6)  # km, of the decks, where a line of sight is first met with them


@ti.func
def mean_top(deck: ti.i32, weather) -> Altitude:
    """Return the altitude, km, at which a deck is first looked for."""
    own = of_four(deck, MEAN_TOP_KM[0], MEAN_TOP_KM[1], MEAN_TOP_KM[2], 0.0)
    return ti.select(weather.mapped == 1, MAPPED_TOP_KM, own)


@ti.func
def any_deck(deck: ti.i32, p, pixel: Length, weather, clouds: ti.template()):
    """Return vec2(optical depth, top km) of a deck, of the weather or of a user's map, `clouds` as `deck_on_map`."""
    found = tm.vec2(0.0, MAPPED_TOP_KM)
    if weather.mapped == 1:
        found = deck_on_map(deck, p, pixel, clouds)
    else:
        found = deck_at(deck, p, pixel, weather)
    return found
