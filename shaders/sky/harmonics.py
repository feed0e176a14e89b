"""Spherical harmonics of a field that is even about the Sun's vertical plane, as polynomials of the direction.

Frame: x level, towards the source; z up; the field is even in y. B_lm = sqrt((2 - delta_m0) (l - m)! / (l + m)!)
P_lm(z) cos(m phi), so that the mean over the sphere of P_l(w . w') I(w') is the sum over m of B_lm(w) <I B_lm>.
Order of the 15 components: l = 0 to 4, in each m = 0 to l.
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Number, Real

ORDER = 4  # highest l: light scattered by haze of asymmetry 0.7 keeps 1 - 0.7^10 of its shape at the second scattering
MOMENTS = 15
FIRST = (0, 1, 3, 6, 10, 15)
"""Index of the first component of each l."""
Moments = ti.types.vector(MOMENTS, Real)


@ti.func
def harmonics(x: Number, z: Number):
    """Return B_lm of the unit direction with these components; the third follows."""
    z2 = z * z
    r2 = tm.max(1.0 - z2, 0.0)
    c2 = 2.0 * x * x - r2
    c3 = x * (4.0 * x * x - 3.0 * r2)
    c4 = 8.0 * x * x * (x * x - r2) + r2 * r2
    b = Moments(0.0)
    b[0] = 1.0
    b[1], b[2] = z, x
    b[3], b[4], b[5] = 1.5 * z2 - 0.5, 1.7320508 * x * z, 0.8660254 * c2
    b[6], b[7], b[8], b[9] = z * (2.5 * z2 - 1.5), 0.6123724 * x * (5.0 * z2 - 1.0), 1.9364917 * z * c2, 0.7905694 * c3
    b[10], b[11] = (z2 * (35.0 * z2 - 30.0) + 3.0) / 8.0, 0.7905694 * x * z * (7.0 * z2 - 3.0)
    b[12], b[13], b[14] = 0.5590170 * (7.0 * z2 - 1.0) * c2, 2.0916501 * z * c3, 0.7395100 * c4
    return b
