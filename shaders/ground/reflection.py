"""How clouds and sea send light back and let it through.

Cloud droplets absorb nothing in the visible and scatter all its wavelengths alike (g = 0.85, within 2 %): one table
serves all bands. Light on a deck is either direct, of one direction, or diffuse. `render.earth.cloud_light` makes the
tables, and holds the closed forms to them.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Array, Number

THINNEST = 0.1  # optical depth of the tables' first row: below it reflection grows with the depth
FEWEST = 0.003  # optical depth below which a deck is not there
REFRACTIVE_INDEX = 1.34  # of sea water
LOWEST_COSINE = 0.02  # of the angles to the vertical: a plane deck is not seen flatter
CALM, PER_WIND = 0.003, 0.00512  # slope variance of the sea, and per m/s of wind at 12 m (Cox & Munk 1954)

CloudTables = ti.types.argpack(reflectance=Array(), plane_albedo=Array())
"""`reflectance` [ln depth, mu0, mu, azimuth] of white paper's; `plane_albedo` [ln depth, mu0]; axes: `cloud_place`."""


@ti.func
def diffuse_transmission(depth: Number) -> Number:
    """Return the share of light from all sides that a cloud of an optical depth lets through.

    1 / (1.072 + 0.1125 depth) of thick clouds (King 1987; g = 0.85), 1 of none.
    """
    return 1.0 / (1.0 + 0.072 * (1.0 - ti.exp(-0.88 * depth)) + 0.1125 * depth)


@ti.func
def diffuse_reflectance(depth: Number, mu: Number) -> Number:
    """Return how bright a cloud under light from all sides is at the cosine mu, of white paper: King's escape law."""
    return (1.0 - diffuse_transmission(depth)) * 3.0 / 7.0 * (1.0 + 2.0 * mu)


@ti.func
def depth_row(depth: Number, rows: ti.i32) -> Number:
    """Return the fractional row of an optical depth, rows even in its logarithm from 0.1 to 100."""
    return tm.log(tm.clamp(depth, THINNEST, 100.0) / THINNEST) * (rows - 1.0) / tm.log(1000.0)


@ti.func
def cosine_row(mu0: Number, rows: ti.i32) -> Number:
    """Return the fractional row of a source's height, rows even in its cosine from 0.05 to 1."""
    return (mu0 - 0.05) / 0.95 * (rows - 1.0)


@ti.func
def plane_albedo(depth: Number, mu: Number, table: ti.template()) -> Number:
    """Return the share of light of one direction that a cloud sends back; by reciprocity also the share of light from
    all sides below that does not come through towards mu."""
    found = lookup.bilinear(table, depth_row(depth, table.shape[0]), cosine_row(mu, table.shape[1]))
    return found * tm.min(depth / THINNEST, 1.0)


@ti.func
def reflectance(depth: Number, mu0: Number, mu: Number, azimuth: Number, table: ti.template()) -> Number:
    """Return pi L / E of a cloud lit from one direction; `azimuth` rad, 0 where one looks towards the source."""
    taus, heights, views, turns = table.shape[0], table.shape[1], table.shape[2], table.shape[3]
    f, g = depth_row(depth, taus), cosine_row(mu0, heights)
    h, k = mu * views - 0.5, azimuth / tm.pi * turns - 0.5
    i, j, m, n = lookup.cell(f, taus), lookup.cell(g, heights), lookup.cell(h, views), lookup.cell(k, turns)
    u, v = lookup.fraction(f, i, taus), lookup.fraction(g, j, heights)
    w, z = lookup.fraction(h, m, views), lookup.fraction(k, n, turns)
    total = 0.0
    for c in ti.static(range(16)):
        share = (u if c & 1 else 1.0 - u) * (v if c & 2 else 1.0 - v) * (w if c & 4 else 1.0 - w)
        share *= z if c & 8 else 1.0 - z
        total += share * table[i + (c & 1), j + ((c >> 1) & 1), m + ((c >> 2) & 1), n + (c >> 3)]
    return total * tm.min(depth / THINNEST, 1.0)


@ti.func
def fresnel(cosine: Number) -> Number:
    """Return the reflectance of water for unpolarised light at the cosine of the angle of incidence."""
    c = tm.clamp(cosine, 0.0, 1.0)
    g = ti.sqrt(REFRACTIVE_INDEX**2 - 1.0 + c * c)
    square, parallel = (g - c) / (g + c), (c * (g + c) - 1.0) / (c * (g - c) + 1.0)
    return 0.5 * square * square * (1.0 + parallel * parallel)


@ti.func
def masking(mu: Number, variance: Number) -> Number:
    """Return Smith's function Lambda of a rough sea: how much of it waves hide at the cosine mu (Smith 1967)."""
    v = mu / tm.max(ti.sqrt((1.0 - mu * mu) * variance), 1.0e-6)
    # erfc by Abramowitz & Stegun 7.1.26, error 1.5e-7
    t = 1.0 / (1.0 + 0.3275911 * v)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    gaussian = ti.exp(-v * v)
    return 0.5 * (gaussian / (ti.sqrt(tm.pi) * v) - series * gaussian)


@ti.func
def glint(up, towards, out, variance: Number) -> Number:
    """Return pi L / E of the sea's mirror image of a source; `up`, `towards` it and `out` to the eye, unit vectors.

    Facets' slopes are Gaussian of a `variance` (Cox & Munk 1954), those that waves hide left out; E on level water.
    """
    mu0, mu = tm.max(tm.dot(up, towards), LOWEST_COSINE), tm.max(tm.dot(up, out), LOWEST_COSINE)
    facet = tm.normalize(towards + out)
    cosine = tm.max(tm.dot(up, facet), 0.05)
    tangent2 = (1.0 - cosine * cosine) / (cosine * cosine)
    density = ti.exp(-tm.min(tangent2 / variance, 80.0)) / (tm.pi * variance)
    seen = 1.0 / (1.0 + masking(mu, variance) + masking(mu0, variance))
    return tm.pi * fresnel(tm.dot(facet, out)) * density / (4.0 * mu0 * mu * cosine**4) * seen
