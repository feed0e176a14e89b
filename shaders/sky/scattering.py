"""Phase functions, sr-1: probability per solid angle, integral one over the sphere."""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Number


@ti.func
def molecular_phase(cosine: Number, beta2: Number) -> Number:
    """Return Rayleigh's phase function with depolarisation: (1 + beta2 P2(cos)) / 4 pi (Chandrasekhar 1960)."""
    return (1.0 + beta2 * (1.5 * cosine * cosine - 0.5)) / (4.0 * tm.pi)


@ti.func
def henyey_greenstein(cosine: Number, g: Number) -> Number:
    """Return the aerosol's phase function (Henyey & Greenstein 1941); cosine 1 is forward."""
    d = 1.0 + g * g - 2.0 * g * cosine
    return (1.0 - g * g) / (4.0 * tm.pi * d * tm.sqrt(d))
