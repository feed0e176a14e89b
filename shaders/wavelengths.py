"""Sums over wavelengths that the compiler turns into vector instructions: many times quicker on a CPU.

For that a loop over bands keeps its sums in a vector of its own, of fixed length, and reads tables whose last axis is
the band; and it calls no library: an exponential among the bands is the one below. Every such loop takes AT_ONCE bands,
no fewer, and tables hold whole passes of them, the last band repeated (`render.integrator.bands.whole_passes`): with a
count that is known the compiler leaves out the loop for what remains, which was half of the code and of the time.
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Number, Real

AT_ONCE = 24  # bands of one pass, three vectors of eight: the sky has 21; more than 24 take another pass
Bands = ti.types.vector(AT_ONCE, Real)
LOG2_E = 1.4426950408889634
LEAST, MOST = -126.0, 127.0  # powers of two that single precision holds
# of 2^f, f = -1/2 to 1/2: ln(2)^n / n!, n = 6 to 0; to 1.2e-7
SERIES = (0.0001540353, 0.0013333558, 0.0096181291, 0.0555041087, 0.2402265070, 0.6931471806, 1.0)


@ti.func
def exponential(x: Number) -> Number:
    """Return e^x; in single precision without a call, to 2e-7 of itself and of x, e^-87 at the least, e^88 at most."""
    value = 0.0
    if ti.static(Real == ti.f64):
        value = tm.exp(x)
    else:
        y = tm.clamp(x * LOG2_E, LEAST, MOST)
        whole = ti.floor(y + 0.5)
        f = y - whole
        for n in ti.static(SERIES):
            value = value * f + n
        value *= ti.bit_cast((ti.cast(whole, ti.i32) + 127) << 23, ti.f32)
    return value


@ti.func
def passes(bands: ti.i32) -> ti.i32:
    """Return in how many passes so many bands, a multiple of AT_ONCE, are summed."""
    return bands // AT_ONCE
