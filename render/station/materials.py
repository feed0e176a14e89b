"""What the parts are made of: diffuse reflectance and transmittance per wavelength, a glossy lobe, and their pattern.

Reflectances are beginning-of-life hemispherical values, read at a few wavelengths and interpolated linearly. None was
measured for this project: all are uncertain by about 0.05 where not said otherwise. Lobes are symmetric about the
mirrored direction and fall as exp(-(angle / width)^2); towards grazing they rise as Schlick 1994 has it, and the rest
of the surface loses what they take.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import BOLTZMANN_J_K, LIGHT_M_S, PLANCK_J_S

CABIN_TEMPERATURE_K = 3500.0  # K, warm white interior light taken as a black body; uncertain
WIDTHS_DEG = (3.0, 8.0, 20.0)
"""Widths of lobes, deg: cover glass over cells (2 to 4), film (about 8), satin metal (15 to 25); uncertain."""
BLANKET_WIDTH_M = 4.6  # m, NASA ITS
BLANKET_LENGTH_M = 33.0  # m, from 73.2 m tip to tip less boxes and beta gimbal
PANELS = 84  # hinged panels along a blanket, two of them without cells
BAY_M = BLANKET_LENGTH_M / PANELS  # m, 0.393: the published 15.5 in.
STRIPS = 10  # across a blanket; true cells, 0.08 m, are finer than most pixels

_KNOTS_NM = (380.0, 420.0, 460.0, 500.0, 540.0, 580.0, 620.0, 700.0, 780.0)
_OPAQUE = (0.0,) * len(_KNOTS_NM)
_FILM = (0.0, 0.0, 0.0, 0.004, 0.02, 0.04, 0.055, 0.065, 0.07)
"""Backlit blankets glow orange: film between cells, about a tenth of the area, clear beyond 520 nm; uncertain."""


@dataclass(frozen=True)
class Material:
    """Hold a material: `reflectance`, `transmittance` at _KNOTS_NM; `lobe`, its weight at normal incidence.

    `width`: index in WIDTHS_DEG; `spread`: how far panels' reflectances lie from the mean, as a share of it; `tilt`:
    how far panels lean at most, rad; `trim`: what seams between panels are of ("" for none), `seam_m` their half width.
    """

    reflectance: tuple[float, ...]
    transmittance: tuple[float, ...] = _OPAQUE
    lobe: float = 0.0
    width: int = 0
    spread: float = 0.08  # by eye
    tilt: float = 0.0
    trim: str = ""
    seam_m: float = field(default=0.0, kw_only=True)


_BLANKET = {"spread": 0.25, "tilt": 0.035, "seam_m": 0.016}  # 0.5 of the mean with strips, +-2 deg; seam uncertain

MATERIALS: dict[str, Material] = {
    # beta cloth over multilayer insulation: solar absorptance about 0.3 (Finckenor & Dooling 1999, NASA TP-209263)
    "white": Material((0.50, 0.62, 0.68, 0.71, 0.72, 0.73, 0.73, 0.73, 0.73)),
    # Z-93 zinc-oxide paint: absorbs below 390 nm, solar absorptance 0.15 (NASA materials data)
    "radiator": Material((0.30, 0.80, 0.86, 0.88, 0.88, 0.88, 0.88, 0.87, 0.86), spread=0.03),
    # back of a blanket: polyimide (Kapton) film, whose absorption edge near 500 nm makes the amber; level uncertain
    "amber": Material(
        (0.03, 0.03, 0.035, 0.045, 0.08, 0.17, 0.27, 0.36, 0.38), _FILM, 0.05, 1, trim="kapton", **_BLANKET
    ),
    # silicon cells under coated cover glass (n 1.45: 0.02 to 0.04 mirrored), grid lines between; uncertain
    "cells": Material(
        (0.055, 0.050, 0.042, 0.034, 0.030, 0.028, 0.028, 0.030, 0.035), _FILM, 0.03, 0, trim="kapton", **_BLANKET
    ),
    # small arrays of visiting spacecraft: cells without film between; uncertain
    "solar": Material((0.07, 0.06, 0.05, 0.045, 0.04, 0.035, 0.035, 0.035, 0.04), lobe=0.03, spread=0.15, tilt=0.02),
    # bare film and hinge pins between panels: brighter than film that covers cells; level uncertain
    "kapton": Material((0.04, 0.04, 0.05, 0.10, 0.25, 0.45, 0.56, 0.62, 0.63), lobe=0.08, width=1, spread=0.2),
    # anodised aluminium; level uncertain (0.4 to 0.7), of which about half is a satin lobe
    "aluminium": Material((0.27, 0.28, 0.29, 0.29, 0.29, 0.29, 0.28, 0.28, 0.27), lobe=0.28, width=2, tilt=0.01),
    # shields of bare aluminium, dulled: much less of a mirror than fresh metal; level uncertain
    "shield": Material((0.40, 0.44, 0.46, 0.47, 0.48, 0.48, 0.48, 0.48, 0.47), lobe=0.10, width=2, tilt=0.006),
    # black anodised and shadowed inner structure; uncertain
    "black": Material((0.04,) * 9, lobe=0.02, width=2),
    # shields and equipment boxes weathered between white and bare metal; uncertain
    "grey": Material((0.28, 0.32, 0.34, 0.35, 0.36, 0.36, 0.36, 0.36, 0.36), lobe=0.04, width=2, spread=0.12),
    # grey-green outer cloth of Soyuz and Progress; level uncertain
    "blanket": Material((0.16, 0.20, 0.23, 0.26, 0.28, 0.28, 0.27, 0.27, 0.28), spread=0.12),
    # gold-anodised handrails; uncertain
    "gold": Material((0.08, 0.10, 0.14, 0.24, 0.36, 0.43, 0.46, 0.48, 0.49), lobe=0.12, width=2),
    # cable jackets, white and grey cloth; uncertain
    "cable": Material((0.20, 0.24, 0.26, 0.27, 0.28, 0.28, 0.28, 0.28, 0.28), spread=0.3),
    # a window's pane: four panes of silica, seen from outside a dark room, mirror 0.08 to 0.15; uncertain
    "pane": Material((0.02,) * 9, lobe=0.10, width=0, spread=0.0),
    # a user's mesh whose own colour is not known: grey card
    "model": Material((0.40,) * 9, lobe=0.03, width=2, spread=0.0),
}
NAMES = tuple(MATERIALS)
"""Material names; a material's id is the index here."""


@dataclass(frozen=True)
class Materials:
    """Hold diffuse `reflectance` and `transmittance`, 0..1, axes [material, band] at SKY_WAVELENGTHS_NM.

    `lobe`, `spread`, `tilt` (rad), `seam_m` [material]; `width`, `trim` int32 [material], a lobe's index in WIDTHS_DEG
    and the material of seams (its own where there are none).
    """

    names: tuple[str, ...]
    reflectance: np.ndarray
    transmittance: np.ndarray
    lobe: np.ndarray
    spread: np.ndarray
    tilt: np.ndarray
    seam_m: np.ndarray
    width: np.ndarray
    trim: np.ndarray


def material_id(name: str) -> int:
    """Return the id of a named material; raises ValueError when it is unknown."""
    if name not in MATERIALS:
        raise ValueError(f"material {name!r} is unknown; allowed: {', '.join(NAMES)}")
    return NAMES.index(name)


@cache
def materials() -> Materials:
    """Return the table of all materials."""
    made = list(MATERIALS.values())
    return Materials(
        NAMES,
        np.array([np.interp(SKY_WAVELENGTHS_NM, _KNOTS_NM, m.reflectance) for m in made]),
        np.array([np.interp(SKY_WAVELENGTHS_NM, _KNOTS_NM, m.transmittance) for m in made]),
        np.array([m.lobe for m in made]), np.array([m.spread for m in made]), np.array([m.tilt for m in made]),
        np.array([m.seam_m for m in made]), np.array([m.width for m in made], np.int32),
        np.array([material_id(m.trim or name) for name, m in MATERIALS.items()], np.int32),
    )  # fmt: skip


def cabin_spectrum(wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return the lamp's spectrum, 1 at 560 nm: a black body of CABIN_TEMPERATURE_K (Planck's law)."""

    def planck(nm: np.ndarray | float) -> np.ndarray:
        x = PLANCK_J_S * LIGHT_M_S / (np.asarray(nm) * 1e-9 * BOLTZMANN_J_K * CABIN_TEMPERATURE_K)
        return np.asarray(nm, dtype=float) ** -5 / np.expm1(x)

    return np.asarray(planck(wavelengths_nm) / planck(560.0))


def lux_per_560_nm() -> float:
    """Return the illuminance, lx, of cabin light of 1 W m-2 nm-1 at 560 nm: 683 lm W-1 times the eye's response.

    The response is 1.019 exp(-285.4 (wavelength - 0.559 um)^2), a fit to CIE 1924 within 0.03.
    """
    nm = np.arange(380.0, 781.0)
    response = 1.019 * np.exp(-285.4 * (nm / 1000.0 - 0.559) ** 2)
    return float(683.0 * np.sum(response * cabin_spectrum(nm)))
