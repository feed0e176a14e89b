"""The night air's own glow: layers, even around the globe, in the lines of O, Na and OH."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from render.emission.reactions import RED_DOUBLET
from render.lines import LINE_KEYS
from render.record import Record

if TYPE_CHECKING:
    from render.geophysics.thermosphere import Thermosphere

Shape = Literal["gaussian", "uniform"]
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))  # of a Gaussian
GAUSSIAN_AREA = math.sqrt(2.0 * math.pi)  # integral of a Gaussian of unit peak and sigma
RAYLEIGHS_PER_CM3_KM = 0.1  # R of 1 photon cm-3 s-1 over 1 km: 1e5 cm / 1e6
LAYER_HALF_SPAN = 4.5  # sigmas on either side of a Gaussian layer that are kept: leaves out 7e-6 of it

# Classical zenith brightness and heights (Roach & Gordon; Leinert et al. 1998), from memory: uncertain by a factor 1.5
GREEN_PEAK_KM, GREEN_FWHM_KM, GREEN_ZENITH_R = 96.0, 9.0, 250.0  # only where `oxygen_green` is off
GREEN_F_PEAK_KM, GREEN_F_FWHM_KM, GREEN_F_ZENITH_R = 250.0, 70.0, 15.0  # O2+ recombination makes some O(1S) (10-20 R)
RED_PEAK_KM, RED_FWHM_KM, RED_ZENITH_R = 250.0, 70.0, 80.0  # 630.0 alone, near midnight
SODIUM_PEAK_KM, SODIUM_FWHM_KM, SODIUM_ZENITH_R = 90.5, 9.0, 60.0  # D1 + D2; summer 30, winter 100
OH_PEAK_KM, OH_FWHM_KM = 87.0, 8.5
OH_ZENITH_R = 2583.0  # sum of the bands of bands.csv, 532-834 nm; uncertain 50 %

MCDADE_SPAN_KM = (85.0, 115.0)  # km, where two-step green light is made
MCDADE_STEP_KM = 0.25


class AirglowLayer(Record):
    """One layer of `[airglow] layers`: a Gaussian by its brightness, or an even slab by its emission rate."""

    line: str = Field(description=f"catalogue key: {', '.join(LINE_KEYS)}")
    shape: Shape = Field("gaussian", description="gaussian: peak, width, brightness; uniform: bottom, top, rate")
    peak_km: float | None = Field(None, ge=60.0, le=1000.0, description="gaussian: altitude of the peak")
    fwhm_km: float | None = Field(None, ge=0.1, le=300.0, description="gaussian: full width at half maximum")
    zenith_rayleighs: float | None = Field(None, ge=0.0, le=1e7, description="gaussian: brightness seen from below")
    bottom_km: float | None = Field(None, ge=60.0, le=1000.0, description="uniform: lower face")
    top_km: float | None = Field(None, ge=60.0, le=1000.0, description="uniform: upper face")
    ver_cm3_s: float | None = Field(None, ge=0.0, le=1e8, description="uniform: photons cm-3 s-1, over all directions")

    @field_validator("line")
    @classmethod
    def _known_line(cls, line: str) -> str:
        if line not in LINE_KEYS:
            raise ValueError(f"unknown line {line!r}; allowed: {', '.join(LINE_KEYS)}")
        return line

    @model_validator(mode="after")
    def _complete(self) -> AirglowLayer:
        of_shape = {
            "gaussian": ("peak_km", "fwhm_km", "zenith_rayleighs"),
            "uniform": ("bottom_km", "top_km", "ver_cm3_s"),
        }
        for shape, names in of_shape.items():
            for name in names:
                if (getattr(self, name) is None) == (shape == self.shape):
                    raise ValueError(f"a {self.shape} layer {'needs' if shape == self.shape else 'takes no'} {name}")
        if self.bottom_km is not None and self.top_km is not None and self.bottom_km >= self.top_km:
            raise ValueError(f"bottom_km {self.bottom_km:g} is not below top_km {self.top_km:g}")
        return self


class AirglowSettings(Record):
    """The `[airglow]` section: the night air's own layers of light."""

    enabled: bool = Field(True, description="false: no airglow at all")
    oxygen_green: bool = Field(
        True, description="standard set: 557.7 from the thermosphere's own oxygen; false: 250 R at 96 km"
    )
    layers: tuple[AirglowLayer, ...] | None = Field(
        None, description="layers in place of the standard set (557.7, 630.0, Na, OH)"
    )


@dataclass(frozen=True)
class Layer:
    """One layer, ready for the march, with altitudes in km.

    `peak_ver_cm3_s`: photons cm-3 s-1 over all directions, at the centre of a Gaussian or anywhere in a uniform layer.
    Light counts between `bottom_km` and `top_km`. A uniform layer's `sigma_km` is half its thickness, no shape.
    """

    line: str
    shape: Shape
    centre_km: float
    sigma_km: float
    peak_ver_cm3_s: float
    bottom_km: float
    top_km: float


def airglow_layers(settings: AirglowSettings, thermosphere: Thermosphere) -> list[Layer]:
    """Return the layers of the scene, or the standard set; none where airglow is off.

    Raises ValueError where the standard set needs oxygen at 85 to 115 km and the thermosphere does not reach there.
    """
    if not settings.enabled:
        return []
    if settings.layers is not None:
        return [_layer(layer) for layer in settings.layers]
    green = gaussian_layer("557.7", GREEN_PEAK_KM, GREEN_FWHM_KM, GREEN_ZENITH_R)
    if settings.oxygen_green:
        green = green_layer(thermosphere)
    return [
        green,
        gaussian_layer("557.7", GREEN_F_PEAK_KM, GREEN_F_FWHM_KM, GREEN_F_ZENITH_R),
        gaussian_layer("630.0", RED_PEAK_KM, RED_FWHM_KM, RED_ZENITH_R * RED_DOUBLET),
        gaussian_layer("Na", SODIUM_PEAK_KM, SODIUM_FWHM_KM, SODIUM_ZENITH_R),
        gaussian_layer("OH", OH_PEAK_KM, OH_FWHM_KM, OH_ZENITH_R),
    ]


def gaussian_layer(line: str, peak_km: float, fwhm_km: float, zenith_rayleighs: float) -> Layer:
    """Return the Gaussian layer whose zenith brightness is I: V0 = 10 I / (sqrt(2 pi) sigma[km])."""
    sigma = fwhm_km / FWHM_PER_SIGMA
    rate = zenith_rayleighs / (RAYLEIGHS_PER_CM3_KM * GAUSSIAN_AREA * sigma)
    half = LAYER_HALF_SPAN * sigma
    return Layer(line, "gaussian", peak_km, sigma, rate, peak_km - half, peak_km + half)


def uniform_layer(line: str, bottom_km: float, top_km: float, ver_cm3_s: float) -> Layer:
    """Return the even slab between two altitudes."""
    centre, half = 0.5 * (bottom_km + top_km), 0.5 * (top_km - bottom_km)
    return Layer(line, "uniform", centre, half, ver_cm3_s, bottom_km, top_km)


def _layer(given: AirglowLayer) -> Layer:
    if given.peak_km is not None and given.fwhm_km is not None and given.zenith_rayleighs is not None:
        return gaussian_layer(given.line, given.peak_km, given.fwhm_km, given.zenith_rayleighs)
    assert given.bottom_km is not None and given.top_km is not None and given.ver_cm3_s is not None  # by _complete
    return uniform_layer(given.line, given.bottom_km, given.top_km, given.ver_cm3_s)


def zenith_rayleighs(layer: Layer) -> float:
    """Return the brightness of a layer seen from straight below, R."""
    width = GAUSSIAN_AREA * layer.sigma_km if layer.shape == "gaussian" else layer.top_km - layer.bottom_km
    return RAYLEIGHS_PER_CM3_KM * layer.peak_ver_cm3_s * width


def green_layer(thermosphere: Thermosphere) -> Layer:
    """Return the Gaussian with peak altitude, peak rate and column of the two-step 557.7 layer of this air.

    Raises ValueError where the thermosphere does not reach from 85 to 115 km.
    """
    low, high = MCDADE_SPAN_KM
    own = thermosphere.altitude_km
    if own[0] > low or own[-1] < high:
        raise ValueError(f"the thermosphere spans {own[0]:g} to {own[-1]:g} km; airglow needs {low:g} to {high:g} km")
    altitude = np.arange(low, high + MCDADE_STEP_KM, MCDADE_STEP_KM)
    rate = two_step_green(thermosphere, altitude)
    zenith = float(np.trapezoid(rate, altitude)) * RAYLEIGHS_PER_CM3_KM
    sigma = zenith / (RAYLEIGHS_PER_CM3_KM * GAUSSIAN_AREA * float(rate.max()))
    return gaussian_layer("557.7", float(altitude[rate.argmax()]), sigma * FWHM_PER_SIGMA, zenith)


def two_step_green(thermosphere: Thermosphere, altitude_km: np.ndarray) -> np.ndarray:
    """Return 557.7 nightglow, photons cm-3 s-1, by O + O + M -> O2*, O2* + O -> O(1S); [altitude].

    McDade et al. 1986, Planet. Space Sci. 34, 789, with its constants from memory (uncertain 30 %), checked by the
    zenith brightness and height that they give with NRLMSIS 2.1.
    """

    def density(values: np.ndarray) -> np.ndarray:
        return np.exp(np.interp(altitude_km, thermosphere.altitude_km, np.log(np.maximum(values, 1.0))))

    n2, o2, o = density(thermosphere.N2_cm3), density(thermosphere.O2_cm3), density(thermosphere.O_cm3)
    temperature = np.interp(altitude_km, thermosphere.altitude_km, thermosphere.Tn_K)
    k1 = 4.7e-33 * (300.0 / temperature) ** 2  # cm6 s-1, O + O + M; Campbell & Gray 1973
    made = 1.18 * k1 * o**3 * (n2 + o2)  # 1.18 s-1: transition probability of 557.7
    lost = (1.35 + 4e-12 * np.exp(-865.0 / temperature) * o2) * (15.0 * o2 + 211.0 * o)  # C'(O2) = 15, C'(O) = 211
    return made / lost
