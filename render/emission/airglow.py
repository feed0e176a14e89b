"""The night air's own glow: layers, even around the globe, in lines of O, Na, bands of OH and O2, and a continuum.

Oxygen's lines follow from the scene's own air: near the mesopause 557.7 and the O2 atmospheric bands by two steps
(O + O + M -> O2*, which hands its energy on), in the F region 630.0 and some 557.7 by the chemistry of a night without
aurora. The rest are Gaussians of classical height and brightness.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from render.core.lines import LINE_KEYS, TIED
from render.core.record import Record
from render.emission.chemistry import forbidden_lines, steady_state
from render.emission.ionisation import Ionisation
from render.emission.medium import Medium, medium_on_grid

if TYPE_CHECKING:
    from render.geophysics.upper_air.thermosphere import Thermosphere

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))  # of a Gaussian
GAUSSIAN_AREA = math.sqrt(2.0 * math.pi)  # integral of a Gaussian of unit peak and sigma
RAYLEIGHS_PER_CM3_KM = 0.1  # R of 1 photon cm-3 s-1 over 1 km: 1e5 cm / 1e6
LAYER_HALF_SPAN = 4.5  # sigmas on either side of a Gaussian layer that are kept: leaves out 7e-6 of it
PROFILE_NODES = 256  # of a tabulated layer, from its bottom to its top

# Classical zenith brightness and heights (Roach & Gordon; Leinert et al. 1998), from memory: uncertain by a factor 1.5
GREEN_PEAK_KM, GREEN_FWHM_KM, GREEN_ZENITH_R = 96.0, 9.0, 250.0  # only where `oxygen_green` is off
SODIUM_PEAK_KM, SODIUM_FWHM_KM, SODIUM_ZENITH_R = 90.5, 9.0, 60.0  # D1 + D2; summer 30, winter 100
OH_PEAK_KM, OH_FWHM_KM = 87.0, 8.5
OH_ZENITH_R = 2583.0  # sum of the bands of bands.csv, 532-834 nm; uncertain 50 %
HERZBERG_PEAK_KM, HERZBERG_FWHM_KM = 96.5, 11.0
HERZBERG_ZENITH_R = 1450.0  # 10 R nm-1 over 260-380 nm and 2.5 over 380-480 nm; uncertain factor 2
# 3-10 R nm-1 over 500-650 nm are given; this is 3.7, with 7 at FeO's 595 nm and 2.8 at 550 nm, as PALACE has there for
# Paranal in January (Noll et al. 2025, Geosci. Model Dev. 18, 4353; the number second hand); uncertain factor 2
CONTINUUM_ZENITH_R = 550.0
NO2_PEAK_KM, FEO_PEAK_KM, CONTINUUM_FWHM_KM = 98.0, 89.0, 12.0
NO2_SHARE = 0.25  # of the continuum's photons (ours; PALACE has none of NO2, and FeO's layer at 88 km)

TWO_STEP_SPAN_KM = (80.0, 116.0)  # km, where the two steps make light: 3e-4 of it at most lies outside
# km: the F layer's light. What the night makes below (0.3 R of 557.7) and above (0.3 % of 630.0) is left out
F_REGION_SPAN_KM = (200.0, 520.0)
O2_A01_SHARE = 0.056  # photons of the 0-1 band at 864.5 nm per photon of 0-0, A(0-1) / A(0-0); from memory, uncertain


class AirglowLayer(Record):
    """One layer of `[airglow] layers`: a Gaussian by its brightness, or an even slab by its emission rate."""

    line: str = Field(description=f"catalogue key: {', '.join(LINE_KEYS)}")
    shape: Literal["gaussian", "uniform"] = Field(
        "gaussian", description="gaussian: peak, width, brightness; uniform: bottom, top, rate"
    )
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
        None, description="layers in place of the standard set (557.7, 630.0, 636.4, Na, OH, O2 bands, continuum)"
    )


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer, ready for the march, with altitudes in km.

    `peak_ver_cm3_s`: photons cm-3 s-1 over all directions, at the centre of a Gaussian, anywhere in a uniform layer, at
    the maximum of a profile. Light counts between `bottom_km` and `top_km`. A uniform layer's `sigma_km` is half its
    thickness; a profile's is that of the Gaussian with its peak and column. `profile` [node], read-only: rate relative
    to the peak at even altitudes from bottom to top, for the shape "profile" alone; lines of one upper state share one
    array.
    """

    line: str
    shape: Literal["gaussian", "uniform", "profile"]
    centre_km: float
    sigma_km: float
    peak_ver_cm3_s: float
    bottom_km: float
    top_km: float
    profile: np.ndarray | None = None


def airglow_layers(settings: AirglowSettings, thermosphere: Thermosphere) -> list[Layer]:
    """Return the layers of the scene, or the standard set; none where airglow is off.

    Raises ValueError where the standard set needs air at 80 to 520 km and the thermosphere does not reach there.
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
        *f_region_layers(thermosphere),
        gaussian_layer("Na", SODIUM_PEAK_KM, SODIUM_FWHM_KM, SODIUM_ZENITH_R),
        gaussian_layer("OH", OH_PEAK_KM, OH_FWHM_KM, OH_ZENITH_R),
        *oxygen_band_layers(thermosphere),
        gaussian_layer("O2_Herzberg", HERZBERG_PEAK_KM, HERZBERG_FWHM_KM, HERZBERG_ZENITH_R),
        continuum_layer(),
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


def profile_layer(line: str, bottom_km: float, top_km: float, rate_cm3_s: np.ndarray) -> Layer:
    """Return the layer of a rate [node], photons cm-3 s-1, at even altitudes from bottom to top; positive somewhere."""
    altitude = np.linspace(bottom_km, top_km, len(rate_cm3_s))
    peak = float(rate_cm3_s.max())
    profile = rate_cm3_s / peak
    profile.setflags(write=False)
    sigma = float(np.trapezoid(profile, altitude)) / GAUSSIAN_AREA
    return Layer(line, "profile", float(altitude[profile.argmax()]), sigma, peak, bottom_km, top_km, profile)


def tied_layer(layer: Layer, line: str, share: float) -> Layer:
    """Return another line of the same upper state, with this many photons per photon of the layer's own."""
    return replace(layer, line=line, peak_ver_cm3_s=layer.peak_ver_cm3_s * share)


def _layer(given: AirglowLayer) -> Layer:
    if given.peak_km is not None and given.fwhm_km is not None and given.zenith_rayleighs is not None:
        return gaussian_layer(given.line, given.peak_km, given.fwhm_km, given.zenith_rayleighs)
    assert given.bottom_km is not None and given.top_km is not None and given.ver_cm3_s is not None  # by _complete
    return uniform_layer(given.line, given.bottom_km, given.top_km, given.ver_cm3_s)


def zenith_rayleighs(layer: Layer) -> float:
    """Return the brightness of a layer seen from straight below, R."""
    width = layer.top_km - layer.bottom_km if layer.shape == "uniform" else GAUSSIAN_AREA * layer.sigma_km
    return RAYLEIGHS_PER_CM3_KM * layer.peak_ver_cm3_s * width


def green_layer(thermosphere: Thermosphere) -> Layer:
    """Return the 557.7 of the mesopause that this air makes in two steps.

    Raises ValueError where the thermosphere does not reach from 80 to 116 km.
    """
    return profile_layer("557.7", *TWO_STEP_SPAN_KM, two_step_green(thermosphere, _nodes(TWO_STEP_SPAN_KM)))


def oxygen_band_layers(thermosphere: Thermosphere) -> list[Layer]:
    """Return the 0-0 and 0-1 bands of O2(b) that this air makes in two steps.

    Raises ValueError where the thermosphere does not reach from 80 to 116 km.
    """
    rate = two_step_oxygen_band(thermosphere, _nodes(TWO_STEP_SPAN_KM))
    band = profile_layer("O2_A", *TWO_STEP_SPAN_KM, rate)
    return [band, tied_layer(band, "O2_A01", O2_A01_SHARE)]


def f_region_layers(thermosphere: Thermosphere) -> list[Layer]:
    """Return 557.7, 630.0 and 636.4 of an F layer that recombines in this air, at night and without electrons.

    The chemistry is the aurora's, whose table holds what electrons add to this. Raises ValueError where the
    thermosphere does not reach from 200 to 520 km.
    """
    medium = medium_on_grid(thermosphere, _nodes(F_REGION_SPAN_KM))
    none = np.zeros((1, PROFILE_NODES))
    pairs, energy_kev = Ionisation(none, none, none, none), np.ones(1)  # keV: of no electrons, any will do
    rates = forbidden_lines(medium, pairs, steady_state(medium, pairs, energy_kev), energy_kev)
    green = profile_layer("557.7", *F_REGION_SPAN_KM, rates["557.7"][0])
    red = profile_layer("630.0", *F_REGION_SPAN_KM, rates["630.0"][0])
    return [green, red, tied_layer(red, "636.4", TIED["636.4"][1])]


def continuum_layer() -> Layer:
    """Return the continuum of NO2 and FeO as one layer: the catalogue has one spectrum for both."""
    parts = [
        gaussian_layer("continuum", peak, CONTINUUM_FWHM_KM, share * CONTINUUM_ZENITH_R)
        for peak, share in ((FEO_PEAK_KM, 1.0 - NO2_SHARE), (NO2_PEAK_KM, NO2_SHARE))
    ]
    span = parts[0].bottom_km, parts[1].top_km
    altitude = _nodes(span)
    rate = sum(p.peak_ver_cm3_s * np.exp(-0.5 * ((altitude - p.centre_km) / p.sigma_km) ** 2) for p in parts)
    return profile_layer("continuum", *span, np.asarray(rate))


def _nodes(span_km: tuple[float, float]) -> np.ndarray:
    """Return the altitudes, km, of a tabulated layer's nodes."""
    return np.linspace(*span_km, PROFILE_NODES)


def two_step_green(thermosphere: Thermosphere, altitude_km: np.ndarray) -> np.ndarray:
    """Return 557.7 nightglow, photons cm-3 s-1, by O + O + M -> O2*, O2* + O -> O(1S); [altitude].

    McDade et al. 1986, Planet. Space Sci. 34, 789, with its constants from memory (uncertain 30 %), checked by the
    zenith brightness and height that they give with NRLMSIS 2.1. Raises ValueError outside the thermosphere.
    """
    air = medium_on_grid(thermosphere, altitude_km)
    made = 1.18 * _three_body(air) * air.O  # 1.18 s-1: transition probability of 557.7
    quenched = 4e-12 * np.exp(-865.0 / air.Tn) * air.O2  # s-1, O(1S) + O2
    return made / ((1.35 + quenched) * (15.0 * air.O2 + 211.0 * air.O))  # 1.35 s-1: A(1S); C'(O2) = 15, C'(O) = 211


def two_step_oxygen_band(thermosphere: Thermosphere, altitude_km: np.ndarray) -> np.ndarray:
    """Return the O2 atmospheric 0-0 band, photons cm-3 s-1, by O + O + M -> O2*, O2* + O2 -> O2(b); [altitude].

    McDade et al. 1986, as above; constants from memory, uncertain 30 %. Raises ValueError outside the thermosphere.
    """
    air = medium_on_grid(thermosphere, altitude_km)
    made = 0.079 * _three_body(air) * air.O2  # 0.079 s-1: transition probability of 0-0
    lost = 0.083 + 2.2e-15 * air.N2 + 4e-17 * air.O2  # s-1, of O2(b): all light, N2, O2
    return made / (lost * (7.5 * air.O2 + 33.0 * air.O))  # C(O2) = 7.5, C(O) = 33


def _three_body(air: Medium) -> np.ndarray:
    """Return the rate of O + O + M, cm-3 s-1, M being N2 and O2; Campbell & Gray 1973, from memory."""
    k1 = 4.7e-33 * (300.0 / air.Tn) ** 2  # cm6 s-1
    return k1 * air.O**2 * (air.N2 + air.O2)
