"""What comes up to a pixel from the Earth: decks of cloud over the ground, under Sun, Moon, twilight, night and aurora.

Light goes down through the decks and up again. A deck sends back direct light by its table and diffuse light by its
albedo, lets the rest through to the next, and hides of what is below as much as it would send back (reciprocity). Path
light of the air below a deck is behind it. Lines stay lines: what falls is R sr, what comes up R.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup, turns
from shaders.definitions import Array, Number, Real
from shaders.ground.cover import Kind, Shares, kind_shares, mixed_albedo, slope_variance
from shaders.ground.decks import COLUMNS, RIM, Of, deck_light, footprint, line_of_sight, where_met
from shaders.ground.irradiance import columns_above, glow_at, glow_place, level_light_at, zenith_node
from shaders.ground.reflection import (
    FEWEST,
    LOWEST_COSINE,
    CloudTables,
    diffuse_reflectance,
    diffuse_transmission,
    glint,
    plane_albedo,
)
from shaders.ground.weather import DECKS
from shaders.lens import through_any_lens
from shaders.sky.pixels import Body, Layout, Tables
from shaders.sky.transmittance import SPECIES, Species
from shaders.view import View

LEVELS = DECKS + 1  # the ground, then the decks from below
UNSEEN = 2.0e-3  # of the ground's light: where clouds let less through it is not asked what it is
GRAZING = 0.5  # of a grazing ray's columns, those on this side of the deck that it meets

Lights = ti.types.struct(
    sun_up=ti.i32, moon_up=ti.i32, sun=tm.vec3, moon=tm.vec3, nodes_per_rad=Real, nodes_per_km=Real,
    map_frame=tm.mat3, map_per_rad=Real, map_row=Real, map_column=Real, pixel=Real,
)  # fmt: skip
"""Which sources are up, and the directions towards them; nodes of `level_light` per rad of zenith angle and of `above`
per km; the map of the aurora's light: rows of `map_frame` east, north, up at its centre, its pixels per unit of the
stereographic plane and the middle pixel; a pixel's angle, rad."""

Earth = ti.types.argpack(
    classes=Array(), cover=Array(), land=Array(), albedo=Array(), line_albedo=Array(), glow=Array(), airglow=Array()
)
"""`classes`, `cover`, `land`: see `shaders.ground.cover.kind_shares`; `albedo` [kind, band], `line_albedo` [kind,
line]; `glow` [row, column, line] R sr of the aurora, `airglow` [line] R sr."""

Air = ti.types.argpack(
    level_light=Array(), source_irradiance=Array(), night=Array(), above=Array(), line_optics=Array()
)
"""`level_light` [level, node, 2, band]: irradiance per unit of the source's, direct (of the ground level, at decks on
a plate square to it) and skylight;
`source_irradiance` see `sky.pixels.Body`; `night` [band] W m-2 nm-1 of stars and zodiacal light on level ground;
`above` [node, species] share of columns above an altitude; `line_optics` [line, species] extinctions."""

Lamp = ti.types.struct(
    up=ti.i32, towards=tm.vec3, through=Real, straight=Real, lit=tm.vec4, sky=tm.vec4, node=tm.vec4, whole=tm.ivec4,
    part=tm.vec4,
)  # fmt: skip
"""Sun or Moon on its way down: whether it is up, the direction towards it; what is left of its light below the decks
passed so far, and of that what is not scattered; by level what direct light and skylight there send up to the camera,
relative to white paper in the open, and its node of `level_light`, as one number and in two parts."""

Column = ti.types.struct(
    through=Real, unscattered=Real, down=Real, in_front=Real, above=Real, sent_up=tm.vec4, height=tm.vec4
)
"""The decks passed so far: what they let through `up` to the camera of light from below, and unscattered; of light from
all sides down; the share of path light before them; that of the air above the last; by level what light from all sides
sends up to the camera, and its altitude, km."""


Slants = ti.types.matrix(LEVELS, SPECIES, Real)
"""[level, species]: the part of a line of sight's columns that lies above a level."""


@ti.func
def lamp_of(up: ti.i32, towards):
    """Return a source above all decks."""
    zero = tm.vec4(0.0)
    return Lamp(
        up=up, towards=towards, through=1.0, straight=1.0, lit=zero, sky=zero, node=zero, whole=tm.ivec4(0), part=zero
    )


@ti.func
def pass_deck(
    lamp: ti.template(), column: ti.template(), level: ti.i32, depth: Number, p, along, slope,
    nodes_per_rad: Number, clouds: ti.template(), inverse_axes,
):  # fmt: skip
    """Note what a deck sends up of a source's light."""
    if lamp.up:
        up = geometry.local_vertical(p)
        glowing = diffuse_reflectance(depth, tm.max(-tm.dot(along, up), LOWEST_COSINE))
        direct = deck_light(depth, up, along, lamp.towards, slope, clouds)
        spread = (lamp.through - lamp.straight) * glowing * tm.max(tm.dot(up, lamp.towards), 0.0)
        lamp.lit[level] = column.through * (lamp.straight * direct + spread)
        lamp.sky[level] = column.through * column.down * glowing
        lamp.node[level] = zenith_node(p, inverse_axes, lamp.towards, nodes_per_rad)


@ti.func
def cast_shadow(lamp: ti.template(), shade: Number, p, plane: ti.template()):
    """Note what a deck of a depth on light's way lets through to the next."""
    if lamp.up:
        mu0 = tm.max(tm.dot(geometry.local_vertical(p), lamp.towards), LOWEST_COSINE)
        lamp.through *= 1.0 - plane_albedo(shade, mu0, plane)
        lamp.straight = tm.min(lamp.straight * ti.exp(-0.5 * shade / mu0), lamp.through)


@ti.func
def behind_deck(column: ti.template(), depth: Number, mu: Number, air_above: Number, plane: ti.template()):
    """Note what a deck hides of what is below it."""
    column.in_front += column.through * tm.max(air_above - column.above, 0.0)
    column.above = tm.max(air_above, column.above)
    column.through *= 1.0 - plane_albedo(depth, mu, plane)
    column.unscattered = tm.min(column.unscattered * ti.exp(-0.5 * depth / mu), column.through)
    column.down *= diffuse_transmission(depth)


@ti.func
def meet_ground(lamp: ti.template(), column, p, nodes_per_rad: Number, inverse_axes):
    """Note what reaches the ground of a source, and comes up through the decks."""
    if lamp.up:
        lamp.node[0] = zenith_node(p, inverse_axes, lamp.towards, nodes_per_rad)
        lamp.lit[0], lamp.sky[0] = column.through * lamp.through, column.through * column.down


@ti.func
def mirrored(lamp, up, along, variance: Number) -> Number:
    """Return pi L / E of the sea as a mirror of a source, under the decks."""
    found = 0.0
    if lamp.up and tm.dot(up, lamp.towards) > 0.0:
        found = glint(up, lamp.towards, -along, variance) * lamp.straight / tm.max(lamp.through, 1.0e-6)
    return found


@ti.func
def find_nodes(lamp: ti.template(), nodes: ti.i32):
    """Part the nodes of `level_light`, of which there are so many, into whole ones and what is left: once for all
    bands."""
    for level in ti.static(range(LEVELS)):
        lamp.whole[level] = lookup.cell(lamp.node[level], nodes)
        lamp.part[level] = lookup.fraction(lamp.node[level], lamp.whole[level], nodes)


@ti.func
def sent_up(
    lamp, level: ti.template(), white: Number, mirror: Number, band: ti.i32, level_light: ti.template()
) -> Number:  # fmt: skip
    """Return pi L of a level per unit of a source's irradiance; `white`: the level's albedo, 1 for decks."""
    found = 0.0
    if lamp.up:
        i, u = lamp.whole[level], lamp.part[level]
        found = lamp.lit[level] * (white + mirror) * level_light_at(level_light, level, i, u, 0, band)
        found += lamp.sky[level] * white * level_light_at(level_light, level, i, u, 1, band)
    return found


@ti.func
def through_decks(
    column: ti.template(), sun: ti.template(), moon: ti.template(), decks: ti.template(), place, sight, lights,
    clouds: ti.template(), above: ti.template(), inverse_axes,
):  # fmt: skip
    """Follow a line of sight down through the decks at the pixel `place` of `decks`, and light to it.

    `above`: `Air.above`; `inverse_axes` of the ellipsoid, km-1.
    """
    whole = ti.select(sight.angle < 0.0, 1.0, GRAZING)
    for from_top in range(DECKS):
        deck = DECKS - 1 - from_top
        first = COLUMNS * deck
        depth, top = decks[place.x, place.y, first + Of.DEPTH], decks[place.x, place.y, first + Of.TOP]
        shade = decks[place.x, place.y, first + Of.SHADE]
        if depth > FEWEST:
            p, along = where_met(sight, top)
            mu = tm.max(-tm.dot(along, geometry.local_vertical(p)), LOWEST_COSINE)
            slope = tm.vec3(0.0)
            for k in ti.static(range(3)):
                slope[k] = decks[place.x, place.y, first + Of.SLOPE + k]
            column.height[deck + 1] = top
            column.sent_up[deck + 1] = column.through * column.down * diffuse_reflectance(depth, mu)
            pass_deck(sun, column, deck + 1, depth, p, along, slope, lights.nodes_per_rad, clouds, inverse_axes)
            pass_deck(moon, column, deck + 1, depth, p, along, slope, lights.nodes_per_rad, clouds, inverse_axes)
            air_above = whole * lookup.linear_plane(above, top * lights.nodes_per_km, Species.AIR)
            behind_deck(column, depth, mu, air_above, clouds.plane_albedo)
        if shade > FEWEST:
            p, _ = where_met(sight, top)
            cast_shadow(sun, shade, p, clouds.plane_albedo)
            cast_shadow(moon, shade, p, clouds.plane_albedo)
    column.in_front += column.through * (1.0 - column.above)


@ti.func
def slant_above(column, sight, nodes_per_km: Number, above: ti.template()):
    """Return what of a line of sight's columns lies above each level, `Slants`; `above`: `Air.above`."""
    found, whole = Slants(0.0), ti.select(sight.angle < 0.0, 1.0, GRAZING)
    for level in ti.static(range(LEVELS)):
        if column.sent_up[level] > 0.0:
            columns = columns_above(sight.slant * whole, column.height[level], nodes_per_km, above)
            for k in ti.static(range(SPECIES)):
                found[level, k] = columns[k]
    return found


@ti.func
def transmittance(slants, level: ti.template(), optics: ti.template(), band: ti.i32) -> Number:
    """Return how much of a level's light in a band passes the air above it."""
    depth = 0.0
    for k in ti.static(range(SPECIES)):
        depth += slants[level, k] * optics[band, k]
    return ti.exp(-depth)


@ti.func
def band_radiance(
    band: ti.i32, column, sun, moon, mirrors, albedo: Number, slants, tables: ti.template(), air: ti.template()
) -> Number:  # fmt: skip
    """Return the radiance of decks and ground in a band under Sun, Moon and stars; `slants`: `slant_above`."""
    total = 0.0
    for level in ti.static(range(LEVELS)):
        if column.sent_up[level] > 0.0:
            white, of_sun, of_moon = 1.0, 0.0, 0.0
            if ti.static(level == 0):
                white, of_sun, of_moon = albedo / (1.0 - albedo * (1.0 - column.down)), mirrors.x, mirrors.y
            light = air.source_irradiance[Body.SUN, band] * sent_up(sun, level, white, of_sun, band, air.level_light)
            light += air.source_irradiance[Body.MOON, band] * sent_up(
                moon, level, white, of_moon, band, air.level_light
            )
            light += column.sent_up[level] * white * air.night[band]
            total += light * transmittance(slants, level, tables.optics, band)
    return total / tm.pi


@ti.func
def line_radiance(line: ti.i32, column, albedo: Number, slants, air: ti.template()) -> Number:
    """Return what decks and ground send up of a line that falls with one unit on a level place."""
    total = 0.0
    for level in ti.static(range(LEVELS)):
        if column.sent_up[level] > 0.0:
            white = ti.select(level == 0, albedo / (1.0 - albedo * (1.0 - column.down)), 1.0)
            total += column.sent_up[level] * white * transmittance(slants, level, air.line_optics, line)
    return total / tm.pi


@through_any_lens
@ti.kernel
def light_ground(
    camera: View, band: tm.ivec2, lights: Lights, layout: Layout, tables: Tables, clouds: CloudTables, earth: Earth,
    air: Air, decks: Array(), veil: Array(), out: Array(), lines: Array(),
):  # fmt: skip
    """Add what comes up from decks and ground to `out` [band, row, column], W m-2 sr-1 nm-1, dim what they hide of its
    path light, and write `lines` [line, row, column], R, that come up.

    `band`: first pixel and how many; `decks` of `see_decks` and `tilt_decks`. `veil` [row, column, 2] is written: the
    share of a light on the ground that comes through the decks unscattered, and of all its light.
    """
    for nth in range(band.y):
        index = band.x + turns.in_turn(nth, band.y)
        i, j = index // veil.shape[1], index % veil.shape[1]
        sight = line_of_sight(camera, i + 0.0, j + 0.0, layout, tables)
        column = Column(
            through=1.0, unscattered=1.0, down=1.0, in_front=0.0, above=0.0, sent_up=tm.vec4(0.0), height=tm.vec4(0.0)
        )
        sun, moon = lamp_of(lights.sun_up, lights.sun), lamp_of(lights.moon_up, lights.moon)
        place = tm.ivec2(i + RIM, j + RIM)
        through_decks(column, sun, moon, decks, place, sight, lights, clouds, air.above, layout.inverse_axes)
        veil[i, j, 0], veil[i, j, 1] = column.unscattered, column.through
        for line in range(lines.shape[0]):
            lines[line, i, j] = 0.0
        if sight.angle < 0.0 or column.through < 1.0:
            highest = tm.max(column.height[1], tm.max(column.height[2], column.height[3]))
            p, along = where_met(sight, ti.select(sight.angle < 0.0, 0.0, highest))
            up, mirrors = geometry.local_vertical(p), tm.vec2(0.0)
            size = footprint(tm.length(p - sight.o), lights.pixel, -tm.dot(along, up))
            shares = Shares(0.0)
            if column.through > UNSEEN:
                shares = kind_shares(p, size, earth.classes, earth.cover, earth.land)
            if sight.angle < 0.0:
                column.sent_up[0] = column.through * column.down
                meet_ground(sun, column, p, lights.nodes_per_rad, layout.inverse_axes)
                meet_ground(moon, column, p, lights.nodes_per_rad, layout.inverse_axes)
                if shares[Kind.SEA] > 0.0 and (sun.up or moon.up):
                    variance = slope_variance(p, size)
                    mirrors.x = shares[Kind.SEA] * mirrored(sun, up, along, variance)
                    mirrors.y = shares[Kind.SEA] * mirrored(moon, up, along, variance)
            slants = slant_above(column, sight, lights.nodes_per_km, air.above)
            find_nodes(sun, air.level_light.shape[1])
            find_nodes(moon, air.level_light.shape[1])
            for k in range(out.shape[0]):
                reflects = mixed_albedo(shares, earth.albedo, k)
                light = band_radiance(k, column, sun, moon, mirrors, reflects, slants, tables, air)
                out[k, i, j] = out[k, i, j] * column.in_front + light
            spot = glow_place(p, lights)
            for line in range(lines.shape[0]):
                falls = glow_at(earth.glow, spot, line) + earth.airglow[line]
                if falls > 0.0:
                    reflects = mixed_albedo(shares, earth.line_albedo, line)
                    lines[line, i, j] = falls * line_radiance(line, column, reflects, slants, air)
