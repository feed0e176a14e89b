"""The air as the chemistry needs it: a thermosphere brought to one grid, with an ionosphere where it brings none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from render.geophysics.thermosphere import Thermosphere

LEAST_CM3 = 1.0  # cm-3, floor of minor species: keeps ratios finite, changes no line by 1e-6
NMF_CM3 = 1.5e5  # cm-3, F-layer peak density of a quiet night at middle latitudes (after IRI-90; uncertain factor 3)
HMF_KM = 320.0  # km, its altitude (ditto, uncertain 40 km)
CHAPMAN_SCALE_KM = 60.0  # km, its Chapman scale height (ditto)
LEAST_F_LAYER_CM3 = 500.0  # cm-3, electrons that remain far from the layer's peak (ours)


@dataclass(frozen=True)
class Medium:
    """One column of air and its undisturbed plasma; arrays [altitude], densities cm-3, temperatures K, rising altitude.

    `F_layer_cm3`: electron density that the F layer imposes where ions live longer than the aurora (above 200 km).
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

    Missing Ti, Te and ne follow `night_ion_temperature` and so on. Raises ValueError where the grid leaves the
    thermosphere's altitudes or a value is not finite.
    """
    z, own = np.asarray(altitude_km, float), np.asarray(thermosphere.altitude_km, float)
    if z[0] < own[0] or z[-1] > own[-1]:
        raise ValueError(f"the thermosphere spans {own[0]:g} to {own[-1]:g} km; {z[0]:g} to {z[-1]:g} km are needed")

    def density(values: np.ndarray) -> np.ndarray:
        return np.exp(np.interp(z, own, np.log(np.maximum(values, LEAST_CM3))))

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
        F_layer_cm3=night_f_layer(z) if t.ne_cm3 is None else density(t.ne_cm3),
    )
    if not all(np.isfinite(values).all() for values in vars(medium).values()):
        raise ValueError("the thermosphere holds a value that is not finite")
    return medium


def night_f_layer(altitude_km: np.ndarray) -> np.ndarray:
    """Return electron density, cm-3, of a Chapman layer that stands for the F layer of a quiet night."""
    s = (altitude_km - HMF_KM) / CHAPMAN_SCALE_KM
    return np.maximum(NMF_CM3 * np.exp(0.5 * (1.0 - s - np.exp(-s))), LEAST_F_LAYER_CM3)


def night_electron_temperature(altitude_km: np.ndarray, Tn: np.ndarray) -> np.ndarray:
    """Return electron temperature, K: the neutral one, rising by 600 K over the F region (after IRI-90; crude)."""
    return Tn + 600.0 / (1.0 + np.exp(-(altitude_km - 260.0) / 30.0))


def night_ion_temperature(altitude_km: np.ndarray, Tn: np.ndarray) -> np.ndarray:
    """Return ion temperature, K: the neutral one, rising by 250 K over the F region (after IRI-90; crude)."""
    return Tn + 250.0 / (1.0 + np.exp(-(altitude_km - 330.0) / 35.0))
