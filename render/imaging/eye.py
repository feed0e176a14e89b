"""What a dark-adapted eye sees: cones and rods mixed by luminance; faint light has no colour.

CIE 191:2010: L_mes = [m L_p + (1 - m) L_s V'(555)] / [m + (1 - m) V'(555)], m = 0.767 + 0.3334 log10 L_mes, 0 to 1,
so that below 0.005 cd m-2 the rods alone see and above 5 cd m-2 the cones. 10 kR of 557.7 nm are 0.002 cd m-2.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

SCOTOPIC_OVER_PHOTOPIC = 1700.0 / 683.0  # lm/W of V' and V at their peaks (CIE)
ROD_SHARE = 683.0 / 1699.0  # V'(555 nm) in CIE 191:2010
MIX_OFFSET, MIX_SLOPE = 0.767, 0.3334  # of m in CIE 191:2010
LEAST_LUMINANCE = 1e-7  # cd m-2: below, all is black
ITERATIONS = 6  # of L_mes and m, from the cones' luminance: within 1 %
ROD_WHITE = (0.2827, 0.2790)  # xy of what rods alone see: D65 moved by -0.03, -0.05 (Jensen et al. 2000; uncertain)


def seen(channels: Any, luminance_per_unit: float) -> tuple[Any, Any]:
    """Return (XYZ [3, row, column] as shown, m [row, column]) of X, Y, Z and V' [4, row, column] in one measure.

    `luminance_per_unit`: cd m-2 of Y = 1.
    """
    xp = array_namespace(channels)
    zero = xp.zeros_like(channels[1, ...])
    cones = xp.maximum(channels[1, ...], zero) * luminance_per_unit
    rods = xp.maximum(channels[3, ...], zero) * (luminance_per_unit * SCOTOPIC_OVER_PHOTOPIC)
    mixed = 0.5 * (cones + ROD_SHARE * rods)
    share = zero
    for _ in range(ITERATIONS):
        share = xp.clip(MIX_OFFSET + MIX_SLOPE * xp.log10(xp.maximum(mixed, zero + LEAST_LUMINANCE)), 0.0, 1.0)
        mixed = (share * cones + (1.0 - share) * rods * ROD_SHARE) / (share + (1.0 - share) * ROD_SHARE)
    x, y = ROD_WHITE
    grey = mixed / luminance_per_unit
    scale = share * mixed / xp.maximum(cones, zero + LEAST_LUMINANCE)
    of_rods = (x / y, 1.0, (1.0 - x - y) / y)
    planes = [scale * channels[i, ...] + (1.0 - share) * grey * of_rods[i] for i in range(3)]
    return xp.stack(planes), share
