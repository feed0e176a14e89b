"""What the oval has to give at an instant, and who gets it: the carpet, the arc systems, or a substorm.

The formula's power (Zhang & Paxton 2008) is a mean over many nights at that Kp. An instant scatters about it,
log-normally. Of the power `diffuse_fraction` glows as the diffuse carpet; the rest is the arc systems', at each
magnetic local time what the oval has there. Substorms that the wind sets off are in that mean, too: between them there
is less by what they give.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.geophysics.drive.settings import activity_of_kp
from render.geophysics.drive.substorm_cycle import PERIOD_S
from render.geophysics.field.magnetic_coordinates import HALF_DAY_H, KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.forms.arc_groups import (
    DEFAULT_GROUPS,
    EQUATORWARD_HALF,
    POLEWARD_HALF,
    activity_along,
    envelope_km,
    occupancy_along,
    stirred,
)
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveSeries
from render.geophysics.forms.glow import morning_sector
from render.geophysics.forms.oval import energy_flux_and_mean_energy, half_maximum_edges, hemispheric_power_gw
from render.geophysics.forms.substorm import Substorm
from render.geophysics.forms.vortices import smooth_step

SCATTER = 0.5  # of ln power, of instants about the mean: a factor of 2 in two thirds of them (0.4 to 0.6; uncertain)
# s: periods of the scatter, from a substorm's course down to minutes; all alike strong (chosen)
SCATTER_PERIODS_S = (4300.0, 2600.0, 1700.0, 1130.0, 790.0)
SCATTER_SEED = 7_919  # by which the phases are drawn, beside the aurora's own
AVERAGE_ACROSS = 6000.0  # mW m-2 km: of the oval's flux along a meridian where arcs have their average flux (Kp 4.5)
LEAST_ARCS, MOST_ARCS_FACTOR = 0.2, 2.5  # of that flux, between which it follows the oval's (uncertain)
ARCS_SHARE = 0.02  # of the oval's power, which thin arcs have (measured: 0.002 at Kp 1, 0.010 to 0.026 from 3 to 9)
# GW s of a substorm of strength 1: its bulge, and for each GW of the oval what its injection adds to the carpet
# (measured with `polarlight power` at Kp 1, 3 and 5: 4.7e4, 6.3e4, 8.5e4)
SUBSTORM_GW_S, INJECTION_S = 3.8e4, 730.0
MOST_SUBSTORM = 0.5  # of the oval's power, which is kept for substorms at most
# km equatorward and poleward of the fit's half maximum between which the carpet begins: at one instant the edge is
# sharper than the mean of many (uncertain)
EDGE_KM = (70.0, 60.0)
# km poleward of the other half maximum over which it ends: the mean's tail, which reaches the pole, is of other nights
# (uncertain; polar rain, 0.01-0.1 mW m-2, is left out)
POLEWARD_END_KM = 500.0
# h of magnetic local time between which the carpet's electrons get harder, and softer again; by how much
# (characteristic energies of 5-15 keV after midnight, 1-5 before it: as collected in the project's geophysics note)
HARD_FROM_H, HARD_FULL_H, HARD_FADE_H, HARD_GONE_H, HARDER = 23.5, 27.0, 31.0, 35.0, 1.2
SOFTEST_KEV, HARDEST_KEV = 0.5, 5.0  # keV, of the carpet before midnight (ditto)
MEAN_NODES_KM, MEAN_RUNS = np.arange(0.0, 60_000.0, 240.0), 4  # km along arc systems, and how many, for their mean
MEAN_ACTIVITIES = np.arange(0.0, 2.51, 0.1)  # activities at which that mean is tabulated; linear between


@dataclass(frozen=True)
class Budget:
    """What the oval gives at instants along it.

    `level` [instant, 1]: of the formula's power at the first instant's Kp; `system_flux` [instant, node], mW m-2, of
    the glow of an arc system of brightness 1; `arcs` [node]: brightness of thin arcs, relative to an average night's.
    """

    level: np.ndarray
    system_flux: np.ndarray
    arcs: np.ndarray

    @classmethod
    def of(
        cls, settings: AuroraSettings, series: DriveSeries, times_s: np.ndarray, x_km: np.ndarray,
        carpet_flux: np.ndarray, axis: tuple[float, float, float, float],
    ) -> Budget:  # fmt: skip
        """Return the budget of instants [instant], s after the scene's time, at `x_km` [node].

        `carpet_flux` [row, column]: as `carpet` has it, at y, x from `axis` (x0, y0, dx, dy km).
        """
        x0, _, dx, dy = axis
        across = np.interp(x_km, x0 + dx * np.arange(carpet_flux.shape[1]), carpet_flux.sum(axis=0) * dy)
        given = level(settings.activity, settings.seed, series, times_s)[:, None]
        flux = system_flux(across, settings.diffuse_fraction, float(series.activity[0]))
        arcs = np.clip(across / AVERAGE_ACROSS, LEAST_ARCS, MOST_ARCS_FACTOR)
        return cls(given, given * flux, arcs)


def scatter(seed: int, times_s: np.ndarray) -> np.ndarray:
    """Return the power of instants [instant], s after the scene's time, relative to the mean: log-normal, mean one.

    `seed`: the aurora's. The sum of sines of ln power is Gaussian to the eye, and an hour's mean is nearly one.
    """
    phases = np.random.default_rng((SCATTER_SEED, seed)).uniform(0.0, 2.0 * np.pi, len(SCATTER_PERIODS_S))
    turns = 2.0 * np.pi * np.asarray(times_s, float)[:, None] / np.array(SCATTER_PERIODS_S) + phases
    amplitude = SCATTER * np.sqrt(2.0 / len(SCATTER_PERIODS_S))
    mean = np.i0(amplitude) ** len(SCATTER_PERIODS_S)  # of exp(a sin), for phases that do not know of each other
    return np.asarray(np.exp(amplitude * np.sin(turns).sum(axis=1)) / mean)


def level(settings_activity: float, seed: int, series: DriveSeries, times_s: np.ndarray) -> np.ndarray:
    """Return the oval's power of instants [instant] relative to the formula's at the first one's Kp.

    `settings_activity`: the scene's own factor; `series`: the drive at these instants. It holds the scatter, what the
    wind of the moment adds to Kp's activity, and what is left beside the wind's substorms.
    """
    usual = np.array([activity_of_kp(float(kp)) for kp in series.kp])
    change = hemispheric_power_gw(series.kp) / hemispheric_power_gw(float(series.kp[0]))
    left = 1.0 - substorm_share(series.events, float(series.kp[0]))
    moment = np.sqrt(series.activity / usual)  # the law is ours, chosen so that a shock does not count twice
    return np.asarray(scatter(seed, times_s) * change * left * settings_activity * moment)


def substorm_share(events: tuple[Substorm, ...], kp: float) -> float:
    """Return the share of the oval's power that the wind's substorms bring, on the mean of their cycle; 0 without."""
    strength, power_gw = max((event.strength for event in events), default=0.0), float(hemispheric_power_gw(kp))
    return min(strength * (SUBSTORM_GW_S / power_gw + INJECTION_S) / PERIOD_S, MOST_SUBSTORM)


def carpet(y_km: np.ndarray, x_km: np.ndarray, kp: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the carpet's energy flux, mW m-2, if it had all power, and characteristic energy, keV, [row, column].

    `y_km` [row], `x_km` [column]: magnetic coordinates. The fit's flux with a sharper equatorward edge
    and an end towards the pole, and along every meridian with the integral that gives the formula's power.
    """
    hours = x_km / KM_PER_HOUR % (2.0 * HALF_DAY_H)
    flux, mean_kev = energy_flux_and_mean_energy((y_km / KM_PER_DEGREE)[:, None], hours[None, :], kp)
    begins, ends = (edge * KM_PER_DEGREE for edge in half_maximum_edges(hours, kp))
    edged = flux * smooth_step(-EDGE_KM[0], EDGE_KM[1], y_km[:, None] - begins)
    edged *= 1.0 - smooth_step(0.0, POLEWARD_END_KM, y_km[:, None] - ends)
    edged *= formula_over_fit(kp) * flux.sum(axis=0) / np.maximum(edged.sum(axis=0), 1e-9)
    return edged, np.clip(0.5 * mean_kev, SOFTEST_KEV, HARDEST_KEV) * (1.0 + HARDER * hardened(hours))


@lru_cache(maxsize=64)
def formula_over_fit(kp: float) -> float:
    """Return the formula's hemispheric power by the integral of the fit's flux over a magnetic sphere at 110 km.

    Between the Kp bins the fit's flux is linear in the formula's power and yet up to 6 % off.
    """
    latitude, hours = np.arange(40.25, 90.0, 0.5), np.arange(0.0, 24.0, 0.5)  # deg, h
    flux, _ = energy_flux_and_mean_energy(latitude[:, None], hours[None, :], kp)
    area_km2 = 0.5 * KM_PER_DEGREE * 7.5 * KM_PER_DEGREE * np.cos(np.radians(latitude))  # of a node
    return float(hemispheric_power_gw(kp)) / (float((flux.sum(axis=1) * area_km2).sum()) * 1e-6)  # GW per mW m-2 km2


def hardened(hours: np.ndarray) -> np.ndarray:
    """Return how far the carpet's electrons are those of the hours after midnight, 0 to 1; `hours`: MLT, h."""
    return morning_sector(hours, (HARD_FROM_H, HARD_FULL_H), (HARD_FADE_H, HARD_GONE_H))


def system_flux(across_mw_km: np.ndarray, diffuse_fraction: float, drive_activity: float) -> np.ndarray:
    """Return the flux, mW m-2, of an arc system of brightness 1, [node], from the oval's integral along each meridian.

    `across_mw_km` [node], mW m-2 km: of the statistical flux; `drive_activity`: the drive's. On the mean over time and
    place the scene's usual six arc systems then have what the carpet and thin arcs leave.
    """
    rest = max(1.0 - diffuse_fraction - ARCS_SHARE, 0.0)
    return np.asarray(rest * across_mw_km / np.interp(drive_activity, MEAN_ACTIVITIES, mean_widths_km()))


@lru_cache(maxsize=1)
def mean_widths_km() -> np.ndarray:
    """Return the mean over time and place of brightness x width of the usual arc systems, km, at MEAN_ACTIVITIES.

    By drawing them: along stretches of MEAN_NODES_KM, of several seeds each.
    """
    found, whole = np.zeros(len(MEAN_ACTIVITIES)), MEAN_ACTIVITIES[:, None]
    for run in range(MEAN_RUNS):
        for g, group in enumerate(DEFAULT_GROUPS):
            seed, t = 5000 * run + 100 * g, np.full((1, 1), 900.0 * run)
            active = activity_along(MEAN_NODES_KM, t, seed, group.activity_bias, whole)
            there = occupancy_along(MEAN_NODES_KM, t, seed, active, whole, group.filled)
            lit = (np.sqrt(there) * stirred(active)).mean(axis=1)
            wide = np.array([width_km(envelope_km(group, activity)) for activity in MEAN_ACTIVITIES])
            found += group.brightness * group.glow * wide * lit
    return found / MEAN_RUNS


def width_km(envelope: float) -> float:
    """Return the integral, km, across an arc system's glow of half-widths EQUATORWARD_HALF and POLEWARD_HALF.

    Of exp(-u^2) and exp(-u^1.5): 0.8862 and 0.9027 half-widths.
    """
    return envelope * (0.8862 * EQUATORWARD_HALF + 0.9027 * POLEWARD_HALF)
