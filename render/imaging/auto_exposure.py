"""How a photographer turns the exposure through a film: from meter readings to shutter, ISO and f-number.

A function of the readings and of time alone: a frame taken alone has the exposure that it has in the film.

    reading        stops that a picture asks for: its mean at middle grey, its brightest below white
    envelope       no faster than a hand turns, looking ahead: the largest curve below all readings with that slope
    smooth         a Gaussian over running time, of the envelope with straight lines between the readings: nowhere
                   steeper than these, which monotone cubics would be, by half

Stops count from the most open that the camera goes; the exposure is that or less, so they are negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

MEAN_EXPOSURE = 0.10  # of saturation; log mean of the picture; chosen: middle grey is 0.128 (ISO 12232), nights darker
BRIGHTEST_EXPOSURE = 0.8  # of saturation, of what is brightest but for the share that may be overexposed
LEAST_EXPOSURE = 1e-4  # of saturation, that a pixel counts in the mean: black sky must not open the camera further
READING_STEP = 0.01  # stops; readings are rounded to it, so that machines that differ in the last bits agree
SIGMAS, SMOOTHING_POINTS = 4.0, 97  # how far the Gaussian goes, and at how many places it is summed
ORDERS = {"shutter_first": ("exposure_s", "iso", "f_number"), "iso_first": ("iso", "exposure_s", "f_number")}
"""What closes, first to last, as light grows. The aperture is last: it would take light from stars and aurora alike."""
DIGITS = 6  # of shutter, ISO and f-number: those that files tell


@dataclass(frozen=True)
class Limits:
    """The most open exposure, from which stops count, how far each part of it is closed, and in which order."""

    exposure_s: float
    iso: float
    f_number: float
    shortest_s: float
    base_iso: float
    narrowest_f_number: float
    order: str = "shutter_first"


@dataclass(frozen=True)
class ExposureCurve:
    """Stops (at most 0) at film times, s, rising; straight between, constant before and after, all of it smoothed.

    `smooth_s`: standard deviation of the Gaussian, in film time.
    """

    times_s: tuple[float, ...]
    stops: tuple[float, ...]
    smooth_s: float

    def at(self, time_s: float) -> float:
        """Return the stops at a film time."""
        z = np.linspace(-SIGMAS, SIGMAS, SMOOTHING_POINTS) if self.smooth_s > 0.0 else np.zeros(1)
        weight = np.exp(-0.5 * z * z)
        values = np.interp(time_s + self.smooth_s * z, self.times_s, self.stops)
        return float(weight @ values / weight.sum())


def reading(exposure: np.ndarray, overexposed_percent: float) -> float:
    """Return the stops that a picture asks for; `exposure` [channel, ...] relative to saturation when most open.

    The second channel, green or luminance, makes the mean; the brightest of all must stay below white, but for the
    share of the pixels that may be overexposed.
    """
    x = np.asarray(exposure, np.float64)
    mean = math.exp(float(np.mean(np.log(np.maximum(x[min(1, len(x) - 1)], LEAST_EXPOSURE)))))
    brightest = max(float(np.percentile(x.max(axis=0), 100.0 - overexposed_percent)), LEAST_EXPOSURE)
    stops = min(math.log2(MEAN_EXPOSURE / mean), math.log2(BRIGHTEST_EXPOSURE / brightest))
    return round(stops / READING_STEP) * READING_STEP


def envelope(readings: np.ndarray, step_s: float, slew_ev_s: float) -> np.ndarray:
    """Return the largest stops [reading] below the readings that change by `slew_ev_s` at most; `step_s` between them.

    Times are of the film's running. e_k = min over j of readings_j + slew |t_j - t_k|, by a pass each way.
    """
    stops = np.array(readings, np.float64)
    for k in range(1, len(stops)):
        stops[k] = min(stops[k], stops[k - 1] + slew_ev_s * step_s)
    for k in range(len(stops) - 2, -1, -1):
        stops[k] = min(stops[k], stops[k + 1] + slew_ev_s * step_s)
    return stops


def split(stops: float, limits: Limits, fixed: dict[str, float] | None = None) -> dict[str, float]:
    """Return exposure_s, iso and f_number of an exposure: shutter and ISO close in their order, then the aperture.

    `fixed`: those that the user has set; the others make up for them as far as they go.
    """
    given = fixed or {}
    open_s, iso, f_number = limits.exposure_s, limits.iso, limits.f_number
    left = -stops
    left += math.log2(given.get("exposure_s", open_s) / open_s) + math.log2(given.get("iso", iso) / iso)
    left -= 2.0 * math.log2(given.get("f_number", f_number) / f_number)
    reach = {
        "exposure_s": math.log2(open_s / limits.shortest_s),
        "iso": math.log2(iso / limits.base_iso),
        "f_number": 2.0 * math.log2(limits.narrowest_f_number / f_number),
    }
    found = dict(given)
    unit_of = {"exposure_s": open_s, "iso": iso, "f_number": f_number}
    for name in ORDERS[limits.order]:
        if name in given:
            continue
        unit = unit_of[name]
        taken = min(max(left, 0.0), max(reach[name], 0.0))
        left -= taken
        found[name] = float(f"{unit * 2.0 ** (taken / 2.0 if name == 'f_number' else -taken):.{DIGITS}g}")
    return found
