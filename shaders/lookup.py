"""Interpolation in tables by hand: hardware filtering keeps 8 fractional bits, and `ti.Texture` ends a CPU process.

Every mapping `f = index of x` is clamped to the table: callers choose tables that reach as far as their physics.
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Number


@ti.func
def cell(f: Number, count: ti.i32):
    """Return the lower node of the cell that holds the fractional index f, clamped so that node + 1 exists."""
    return ti.cast(tm.clamp(ti.floor(f), 0.0, count - 2.0), ti.i32)


@ti.func
def fraction(f: Number, node: ti.i32, count: ti.i32) -> Number:
    """Return the place of f in its cell, 0 to 1, clamped at the table's ends."""
    return tm.clamp(f, 0.0, count - 1.0) - node


@ti.func
def one(count: ti.i32) -> ti.i32:
    """Return 1, for any count, without the compiler's knowing it.

    Of k + 1 it makes offsets that may wrap, and then reads the values of a vector one by one instead of all at once.
    """
    return ti.min(count, 1)


@ti.func
def linear(table: ti.template(), f: Number) -> Number:
    """Interpolate a table [node] linearly at the fractional index f."""
    count = table.shape[0]
    i = cell(f, count)
    u = fraction(f, i, count)
    return table[i] * (1.0 - u) + table[i + 1] * u


@ti.func
def linear_plane(table: ti.template(), f: Number, k: ti.i32) -> Number:
    """Interpolate column k of a table [node, column] linearly at the fractional index f."""
    i = cell(f, table.shape[0])
    u = fraction(f, i, table.shape[0])
    return table[i, k] * (1.0 - u) + table[i + 1, k] * u


@ti.func
def bilinear(table: ti.template(), f: Number, g: Number) -> Number:
    """Interpolate a table [row, column] bilinearly at fractional row f and column g."""
    rows, columns = table.shape[0], table.shape[1]
    i, j = cell(f, rows), cell(g, columns)
    u, v = fraction(f, i, rows), fraction(g, j, columns)
    upper = table[i, j] * (1.0 - v) + table[i, j + 1] * v
    lower = table[i + 1, j] * (1.0 - v) + table[i + 1, j + 1] * v
    return upper * (1.0 - u) + lower * u


@ti.func
def bilinear_plane(table: ti.template(), f: Number, g: Number, k: ti.i32) -> Number:
    """Interpolate plane k of a table [row, column, plane] bilinearly at fractional row f and column g."""
    rows, columns = table.shape[0], table.shape[1]
    i, j = cell(f, rows), cell(g, columns)
    u, v = fraction(f, i, rows), fraction(g, j, columns)
    upper = table[i, j, k] * (1.0 - v) + table[i, j + 1, k] * v
    lower = table[i + 1, j, k] * (1.0 - v) + table[i + 1, j + 1, k] * v
    return upper * (1.0 - u) + lower * u
