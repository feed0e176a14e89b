"""The air as the chemistry needs it: a thermosphere brought to one grid, with an ionosphere where it brings none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from render.geophysics.upper_air.ionosphere import f_layer_cm3

if TYPE_CHECKING:
    from render.geophysics.upper_air.thermosphere import Thermosphere

EXOBASE_KM = 450.0  # km: above it the air is isothermal and every species falls by its own scale height
LEAST_CM3 = 1.0  # cm-3, floor of minor species: keeps ratios finite, changes no line by 1e-6


@dataclass(frozen=True)
class Medium:
    """One column of air and its undisturbed plasma; arrays [altitude], densities cm-3, temperatures K, rising altitude.

    `F_layer_cm3`: electron density of the undisturbed night; from 220 km up, where ions live longer than the aurora, it
    is imposed on the aurora as well.
    """

    altitude_km: np.ndarray
    N2: np.ndarray
    O2: np.ndarray
    O: np.ndarray  # noqa: E741 - the chemical symbol
    NO: np.ndarray
    N4S: np.ndarray
    Tn: np.ndarray
    Ti: np.ndarray
    Te: np.ndarray
    F_layer_cm3: np.ndarray


def medium_on_grid(thermosphere: Thermosphere, altitude_km: np.ndarray) -> Medium:
    """Return the thermosphere on another grid (densities by their logarithm), its gaps filled with a quiet night.

    Missing Ti, Te and ne follow `night_ion_temperature` and so on. A thermosphere that ends in the exosphere, above
    EXOBASE_KM, is continued upwards. Raises ValueError where the grid leaves the thermosphere's altitudes otherwise, or
    a value is not finite.
    """
    z, own = np.asarray(altitude_km, float), np.asarray(thermosphere.altitude_km, float)
    if z[0] < own[0] or (z[-1] > own[-1] and own[-1] < EXOBASE_KM):
        raise ValueError(f"the thermosphere spans {own[0]:g} to {own[-1]:g} km; {z[0]:g} to {z[-1]:g} km are needed")

    def density(values: np.ndarray) -> np.ndarray:
        log_density = np.log(np.maximum(values, LEAST_CM3))
        slope = min((log_density[-1] - log_density[-2]) / (own[-1] - own[-2]), 0.0)
        above = log_density[-1] + slope * (z - own[-1])
        return np.maximum(np.exp(np.where(z > own[-1], above, np.interp(z, own, log_density))), LEAST_CM3)

    def temperature(values: np.ndarray | None, default: np.ndarray) -> np.ndarray:
        return default if values is None else np.interp(z, own, values)

    t, Tn = thermosphere, np.interp(z, own, thermosphere.Tn_K)
    medium = Medium(
        altitude_km=z,
        N2=density(t.N2_cm3),
        O2=density(t.O2_cm3),
        O=density(t.O_cm3),
        NO=density(t.NO_cm3),
        N4S=density(t.N4S_cm3),
        Tn=Tn,
        Ti=temperature(t.Ti_K, night_ion_temperature(z, Tn)),
        Te=temperature(t.Te_K, night_electron_temperature(z, Tn)),
        F_layer_cm3=f_layer_cm3(z) if t.ne_cm3 is None else density(t.ne_cm3),
    )
    if not all(np.isfinite(values).all() for values in vars(medium).values()):
        raise ValueError("the thermosphere holds a value that is not finite")
    return medium


def night_electron_temperature(altitude_km: np.ndarray, Tn: np.ndarray) -> np.ndarray:
    """Return electron temperature, K: the neutral one, rising by 600 K over the F region (after IRI-90; crude)."""
    return Tn + 600.0 / (1.0 + np.exp(-(altitude_km - 260.0) / 30.0))


def night_ion_temperature(altitude_km: np.ndarray, Tn: np.ndarray) -> np.ndarray:
    """Return ion temperature, K: the neutral one, rising by 250 K over the F region (after IRI-90; crude)."""
    return Tn + 250.0 / (1.0 + np.exp(-(altitude_km - 330.0) / 35.0))
