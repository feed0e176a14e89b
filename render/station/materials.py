"""What the parts are made of: diffuse reflectance and transmittance per wavelength.

All surfaces are taken as Lambertian; values are beginning-of-life hemispherical ones, read at a few wavelengths and
interpolated linearly. None was measured for this project: all are uncertain by about 0.05 where not said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import BOLTZMANN_J_K, LIGHT_M_S, PLANCK_J_S

CABIN_TEMPERATURE_K = 3500.0  # K, warm white interior light taken as a black body; uncertain

NAMES = ("white", "radiator", "amber", "cells", "aluminium", "black", "grey")
"""Material names; a part's material id is the index here."""

_KNOTS_NM = (380.0, 420.0, 460.0, 500.0, 540.0, 580.0, 620.0, 700.0, 780.0)

_REFLECTANCE: dict[str, tuple[float, ...]] = {
    # beta cloth over multilayer insulation: solar absorptance about 0.3 (Finckenor & Dooling 1999, NASA TP-209263)
    "white": (0.50, 0.62, 0.68, 0.71, 0.72, 0.73, 0.73, 0.73, 0.73),
    # Z-93 zinc-oxide paint: absorbs below 390 nm, solar absorptance 0.15 (NASA materials data)
    "radiator": (0.30, 0.80, 0.86, 0.88, 0.88, 0.88, 0.88, 0.87, 0.86),
    # back of a blanket: polyimide (Kapton) film, whose absorption edge near 500 nm makes the amber; level uncertain
    "amber": (0.03, 0.03, 0.035, 0.045, 0.08, 0.17, 0.27, 0.36, 0.38),
    # silicon cells under anti-reflection coated cover glass, grid lines between; uncertain
    "cells": (0.11, 0.10, 0.08, 0.06, 0.05, 0.045, 0.045, 0.045, 0.05),
    # anodised aluminium; level uncertain (0.4 to 0.7)
    "aluminium": (0.52, 0.54, 0.55, 0.56, 0.56, 0.56, 0.55, 0.54, 0.53),
    # black anodised and shadowed inner structure; uncertain
    "black": (0.04,) * 9,
    # shields and equipment boxes weathered between white and bare metal; uncertain
    "grey": (0.30, 0.34, 0.36, 0.37, 0.38, 0.38, 0.38, 0.38, 0.38),
}

_TRANSMITTANCE: dict[str, tuple[float, ...]] = {
    # Backlit blankets glow orange: film between opaque cells, about a tenth of the area, clear beyond 520 nm; uncertain
    "amber": (0.0, 0.0, 0.0, 0.004, 0.02, 0.04, 0.055, 0.065, 0.07),
    "cells": (0.0, 0.0, 0.0, 0.004, 0.02, 0.04, 0.055, 0.065, 0.07),
}


@dataclass(frozen=True)
class Materials:
    """Hold diffuse `reflectance` and `transmittance`, 0..1, axes [material, band] at SKY_WAVELENGTHS_NM."""

    names: tuple[str, ...]
    reflectance: np.ndarray
    transmittance: np.ndarray


def material_id(name: str) -> int:
    """Return the id of a named material; raises ValueError when it is unknown."""
    if name not in NAMES:
        raise ValueError(f"material {name!r} is unknown; allowed: {', '.join(NAMES)}")
    return NAMES.index(name)


@cache
def materials() -> Materials:
    """Return the spectral table of all materials, [material, band]."""
    opaque = (0.0,) * len(_KNOTS_NM)
    return Materials(
        NAMES,
        np.array([np.interp(SKY_WAVELENGTHS_NM, _KNOTS_NM, _REFLECTANCE[n]) for n in NAMES]),
        np.array([np.interp(SKY_WAVELENGTHS_NM, _KNOTS_NM, _TRANSMITTANCE.get(n, opaque)) for n in NAMES]),
    )


def cabin_spectrum(wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return the lamp's spectrum, 1 at 560 nm: a black body of CABIN_TEMPERATURE_K (Planck's law)."""

    def planck(nm: np.ndarray | float) -> np.ndarray:
        x = PLANCK_J_S * LIGHT_M_S / (np.asarray(nm) * 1e-9 * BOLTZMANN_J_K * CABIN_TEMPERATURE_K)
        return np.asarray(nm, dtype=float) ** -5 / np.expm1(x)

    return np.asarray(planck(wavelengths_nm) / planck(560.0))
