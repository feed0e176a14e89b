"""The neutral upper air in which the aurora burns: NRLMSIS on one column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pymsis
from pydantic import Field

from render.core.epoch import Epoch
from render.core.record import Record
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air.ionosphere import f_layer_cm3, solar_zenith_deg

# km: electrons stop within a few km of height near 100 km; near 300 km a scale height is 50 km
ALTITUDES_KM = np.concatenate(
    [np.arange(65.0, 150.0, 1.0), np.arange(150.0, 260.0, 2.0), np.arange(260.0, 801.0, 10.0)]
)
MSIS_VERSIONS = {"nrlmsis2.1": "2.1", "nrlmsis2.0": "2.0", "nrlmsise00": "0"}  # names of pymsis
NITRIC_OXIDE_VERSION = "2.1"  # the only one with NO (Emmert et al. 2022, J. Geophys. Res. 127, e2022JA030896)
CM3_PER_M3 = 1e-6  # cm-3 per m-3
FLOOR_POINTS = 5  # lowest altitudes of a species from whose slope it is continued below its floor
LEAST_DENSITY_CM3 = 1e-6  # cm-3; no density is below, so that logarithms stay finite


class ThermosphereSettings(Record):
    """The `[thermosphere]` section: which model of the neutral upper air, and where."""

    model: Literal["nrlmsis2.1", "nrlmsis2.0", "nrlmsise00"] = Field(
        "nrlmsis2.1", description="empirical model; without NO of its own (2.0, 00) it takes that of nrlmsis2.1"
    )
    latitude_deg: float | None = Field(
        None, ge=-90.0, le=90.0, description="geodetic; missing: where the aurora is seen"
    )
    longitude_deg: float | None = Field(
        None, ge=-180.0, le=360.0, description="east; missing: where the aurora is seen"
    )
    no_scale: float = Field(
        1.0, ge=0.0, le=100.0, description="factor on NO, which models put 2 to 5 times apart in aurora"
    )


@dataclass(frozen=True)
class Thermosphere:
    """One column of the upper air; all arrays [altitude], rising geodetic altitude, densities positive.

    Densities in cm-3, temperatures in K. The ionosphere (Ti, Te, ne) is None where the model has none. `N4S` is
    atomic nitrogen's ground state, which is what the models call N.
    """

    altitude_km: np.ndarray
    N2_cm3: np.ndarray
    O2_cm3: np.ndarray
    O_cm3: np.ndarray
    NO_cm3: np.ndarray
    N4S_cm3: np.ndarray
    Tn_K: np.ndarray
    Ti_K: np.ndarray | None = None
    Te_K: np.ndarray | None = None
    ne_cm3: np.ndarray | None = None


def thermosphere_at(
    settings: ThermosphereSettings, latitude_deg: float, longitude_deg: float, epoch: Epoch, drive: DriveSettings
) -> Thermosphere:
    """Return the column over geodetic latitude and east longitude, deg (the settings' own where given), 65 to 800 km.

    `epoch` is the scene's time. The drive's F10.7 and Ap of then are handed to pymsis, all seven of its ap values
    alike, so that it never looks for measured ones (and downloads nothing); n_e is that of an F layer of that F10.7
    under the Sun of the hour. A species is continued below its model's floor (NO 73 km, N 92 km in NRLMSIS 2) along
    its lowest slope.
    """
    latitude = latitude_deg if settings.latitude_deg is None else settings.latitude_deg
    longitude = longitude_deg if settings.longitude_deg is None else settings.longitude_deg
    version = MSIS_VERSIONS[settings.model]
    column = _msis(version, latitude, longitude, epoch, drive)
    nitric = (
        column if version == NITRIC_OXIDE_VERSION else _msis(NITRIC_OXIDE_VERSION, latitude, longitude, epoch, drive)
    )
    variable = pymsis.Variable
    return Thermosphere(
        altitude_km=ALTITUDES_KM.copy(),
        N2_cm3=_density_cm3(column[:, variable.N2]),
        O2_cm3=_density_cm3(column[:, variable.O2]),
        O_cm3=_density_cm3(column[:, variable.O]),
        NO_cm3=np.maximum(settings.no_scale * _density_cm3(nitric[:, variable.NO]), LEAST_DENSITY_CM3),
        N4S_cm3=_density_cm3(column[:, variable.N]),
        Tn_K=column[:, variable.TEMPERATURE],
        ne_cm3=f_layer_cm3(ALTITUDES_KM, solar_zenith_deg(latitude, longitude, epoch), drive.f107_mean_on(epoch)),
    )


def _msis(version: str, latitude_deg: float, longitude_deg: float, epoch: Epoch, drive: DriveSettings) -> np.ndarray:
    """Return pymsis's variables [altitude, variable], SI units, NaN where the model has none."""
    instant = np.datetime64(epoch.utc.replace(tzinfo=None))
    result = pymsis.calculate(
        instant,
        longitude_deg,
        latitude_deg,
        ALTITUDES_KM,
        [drive.f107_on(epoch)],
        [drive.f107_mean_on(epoch)],
        [[drive.ap_at(0.0, epoch)] * 7],
        version=version,
    )
    return np.asarray(result, float).reshape(len(ALTITUDES_KM), -1)


def _density_cm3(density_m3: np.ndarray) -> np.ndarray:
    """Return the density [altitude], cm-3, continued exponentially below the first altitude at which the model has it.

    Downwards it never grows: O, N and NO all die out below their floors.
    """
    known = np.flatnonzero(np.isfinite(density_m3) & (density_m3 > 0.0))
    log_density = np.log(np.maximum(density_m3[known] * CM3_PER_M3, LEAST_DENSITY_CM3))
    height = ALTITUDES_KM[known]
    rise = (log_density[FLOOR_POINTS - 1] - log_density[0]) / (height[FLOOR_POINTS - 1] - height[0])
    below = log_density[0] - max(rise, 0.0) * np.maximum(height[0] - ALTITUDES_KM, 0.0)
    continued = np.where(height[0] > ALTITUDES_KM, below, np.interp(ALTITUDES_KM, height, log_density))
    return np.maximum(np.exp(continued), LEAST_DENSITY_CM3)
