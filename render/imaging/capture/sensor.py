"""Radiance to electrons: what each pixel collects while the shutter is open, and what is read of it.

    photons on a photosite = L pi / (4 N^2) A t T

for a radiance L in photons m-2 s-1 sr-1, an f-number N, a photosite of area A, a time t and optics that pass T. This
is exact for a lens focused at infinity that obeys the sine condition, sin(theta') = 1/(2N) (Born and Wolf, section
4.8.2); towards the corners it is less (`lens.py` beside this file).

`collect` is linear in the light and knows no chance; the lens spreads what was collected;
`read_out` draws the noise and clips. A picture whose pixels are about as large as the body's photosites has the body's
mosaic; one of larger pixels has the noise of the photosites that fill each, and their grain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace
from array_api_compat import device as device_of

from render.core.errors import InputError
from render.core.radiance import LineRadiance, SkyRadiance
from render.core.units import LIGHT_M_S, PLANCK_J_S, RAYLEIGH
from render.imaging.capture import grain
from render.imaging.capture.bodies import MOSAIC_BELOW, OBSERVERS, REFERENCE, Body, body_of
from render.imaging.capture.filters import is_filters
from render.imaging.capture.mosaic import demosaic, mosaic_of
from render.imaging.capture.response import band_weights, between_bands, channel_weights, observer_scale, with_middles

LENS_TRANSMISSION = 0.65  # 50 mm f/1.4 (T/1.6) behind the Cupola's four panes, 0.75 to 0.85; uncertain
LUMINOUS_EFFICACY = 683.0  # lm/W at 555 nm (SI)
CHUNK_PIXELS = 1 << 17  # pixels worked on at once: bounds temporary memory to about 30 MB
HALO_ROWS = 3  # rows around some that reading them out needs: the demosaic's, and the grain's


@dataclass(frozen=True)
class Collected:
    """What the pixels have collected when the shutter closes, before it is read: no noise, no clipping.

    `electrons`: float32, axes (channel, row, column), the mean count of each pixel if all of it saw each channel. For
    an observer the channels are X, Y, Z (and the rods') in the same measure. `luminance_per_electron`: cd m-2 of Y.
    """

    electrons: Any
    photosite_area_m2: float
    response: str
    exposure_s: float = 0.0
    luminance_per_electron: float = 0.0

    @property
    def body(self) -> Body | None:
        """Return the camera, None for an observer."""
        return body_of(self.response)

    @property
    def reduction(self) -> float:
        """Return how many of the body's photosites a pixel is wide; 1 for an observer."""
        return 1.0 if self.body is None else math.sqrt(self.photosite_area_m2 / self.body.photosite_area_m2)

    @property
    def has_mosaic(self) -> bool:
        """Return whether the pixels are photosites, of one colour each."""
        return self.body is not None and not is_filters(self.response) and self.reduction < MOSAIC_BELOW


@dataclass(frozen=True)
class Exposure:
    """What the sensor holds after one exposure.

    `electrons`: float32, axes (channel, row, column), the black level taken off, so that read noise can make it
    negative where the body does not clip black. `saturation_electrons`: where the converter clips at this ISO.
    `reduction`: photosites to a pixel's width; 1 with a mosaic, which has been made to channels again.
    """

    electrons: Any
    saturation_electrons: float
    response: str
    reduction: float = 1.0
    luminance_per_electron: float = 0.0


def optical_throughput(
    photosite_area_m2: float, f_number: float, exposure_s: float, transmission: float = LENS_TRANSMISSION
) -> float:
    """Return pi/(4 N^2) A t T in m2 sr s: photons on a photosite per unit of photon radiance."""
    sizes = {
        "photosite area": photosite_area_m2, "f-number": f_number, "exposure": exposure_s, "transmission": transmission
    }  # fmt: skip
    for name, value in sizes.items():
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(f"{name} must be greater than 0, got {value}")
    return math.pi / (4.0 * f_number**2) * photosite_area_m2 * exposure_s * transmission


def saturation_electrons(photosite_area_m2: float, iso: float, response: str = REFERENCE) -> float:
    """Return the electrons at which the converter clips, scaled with area. Observers take the reference's."""
    if not (math.isfinite(iso) and iso > 0.0):
        raise InputError(f"ISO must be greater than 0, got {iso}")
    body = body_of(response if response not in OBSERVERS else REFERENCE)
    assert body is not None
    return body.saturation_electrons(iso) * (photosite_area_m2 / body.photosite_area_m2)


def read_noise_electrons(photosite_area_m2: float, iso: float, response: str = REFERENCE) -> float:
    """Return the standard deviation of read noise of as many photosites as fill an area, of all channels together."""
    body = body_of(response)
    if body is None:
        return 0.0
    return body.read_noise_electrons(iso) * math.sqrt(photosite_area_m2 / body.photosite_area_m2)


def collect(
    lines: LineRadiance,
    sky: SkyRadiance,
    *,
    photosite_area_m2: float,
    f_number: float,
    exposure_s: float,
    response: str = REFERENCE,
    transmission: float = LENS_TRANSMISSION,
) -> Collected:
    """Collect lines and continuum while the shutter is open: what the lens spreads, and `read_out` reads after.

    Area in m2, time in s. Twice the light is twice the electrons, and lines add; so do skies of one spectrum, while
    those of unlike spectra do only at the bands themselves (see `between_bands`). Raises InputError for sizes that
    disagree or a setting that is not positive.
    """
    xp = array_namespace(lines.rayleighs, sky.radiance)
    _, rows, columns = sky.radiance.shape
    if tuple(lines.rayleighs.shape[1:]) != (rows, columns):
        raise InputError(f"lines are {lines.rayleighs.shape[1:]} but sky is {(rows, columns)} pixels")
    throughput = optical_throughput(photosite_area_m2, f_number, exposure_s, transmission)
    place = {"dtype": xp.float32, "device": device_of(sky.radiance)}
    per_line = xp.asarray(throughput * RAYLEIGH * channel_weights(response, lines.keys), **place)
    per_band = xp.asarray(throughput * band_weights(response, with_middles(sky.wavelengths_nm)), **place)
    electrons = xp.empty((per_line.shape[0], rows, columns), **place)
    for part in bands_of_rows(rows, columns):
        mean = _weighted(xp, per_line, lines.rayleighs[:, part, :])
        electrons[:, part, :] = mean + _weighted(xp, per_band, between_bands(xp, sky.radiance[:, part, :]))
    luminance = 0.0
    if response in OBSERVERS:  # electrons = throughput x scale / (h c) x integral of L ybar, wavelength in m
        luminance = LUMINOUS_EFFICACY * PLANCK_J_S * LIGHT_M_S * 1e9 / (throughput * observer_scale())
    return Collected(electrons, photosite_area_m2, response, exposure_s, luminance)


def read_out(
    collected: Collected,
    *,
    iso: float,
    noise: bool = True,
    seed: int = 0,
    frame_index: int = 0,
    first_row: int = 0,
    first_column: int = 0,
) -> Exposure:
    """Read the sensor out: photon and read noise, the converter's steps and clipping; an observer knows none of them.

    Noise is a pure function of (seed, frame_index, row, column): a tile that starts at (`first_row`, `first_column`),
    counted from 0, equals that part of the whole frame but for HALO_ROWS at its edges, whose neighbours it lacks.
    Raises InputError for an ISO that is not positive.
    """
    electrons, response = collected.electrons, collected.response
    saturation, body = saturation_electrons(collected.photosite_area_m2, iso, response), collected.body
    if body is None:
        return Exposure(electrons, saturation, response, 1.0, collected.luminance_per_electron)
    place = grain.Place(seed, frame_index, first_row, first_column)
    if collected.has_mosaic:
        raw = mosaic_of(electrons, first_row, first_column)
        if noise:
            area = collected.photosite_area_m2 / body.photosite_area_m2
            raw = grain.read_photosites(raw, body, iso, area, collected.exposure_s, place)
        xp = array_namespace(raw)
        read = demosaic(xp.minimum(raw, xp.full_like(raw, saturation)), first_row, first_column)
        return Exposure(read, saturation, response)
    shares = (1.0,) * electrons.shape[0] if is_filters(response) else grain.BAYER_SHARES
    read = electrons
    if noise:
        read = grain.read_pixels(electrons, collected.reduction, body, iso, collected.exposure_s, shares, place)
    xp = array_namespace(read)
    return Exposure(xp.minimum(read, xp.full_like(read, saturation)), saturation, response, collected.reduction)


def bands_of_rows(rows: int, columns: int, pixels: int = CHUNK_PIXELS) -> Iterator[slice]:
    """Yield slices of rows, one after the other, of so many pixels at most."""
    step = max(1, pixels // max(1, columns))
    for top in range(0, rows, step):
        yield slice(top, min(top + step, rows))


def _weighted(xp: Any, weights: Any, planes: Any) -> Any:
    """Return weights [channel, plane] times planes [plane, row, column]."""
    flat = xp.reshape(xp.astype(planes, xp.float32, copy=False), (planes.shape[0], planes.shape[1] * planes.shape[2]))
    return xp.reshape(weights @ flat, (weights.shape[0], *planes.shape[1:]))
