"""From a frame's light to a picture: electrons collected, spread by the lens, read out and developed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.core.units import RAYLEIGH
from render.frame.foreground import PANORAMAS, discs_of, station_lights
from render.frame.moment import Moment, moment_of
from render.frame.result import Frame
from render.frame.stage import Progress, Stage, finish_rows, marching, prepare
from render.imaging.capture.bodies import BODIES
from render.imaging.capture.discs import Disc
from render.imaging.capture.filters import read_filters
from render.imaging.capture.lens import SHARES, corner_height, fall_off_beside, scatter, vignette
from render.imaging.capture.sensor import (
    HALO_ROWS,
    Collected,
    Exposure,
    bands_of_rows,
    collect,
    optical_throughput,
    read_out,
    saturation_electrons,
)
from render.imaging.colour import Image, develop, halo_rows
from render.imaging.scene_linear import scene_linear
from render.integrator.bands import BAND_PIXELS
from render.integrator.station import StationLights
from render.observer.camera import Camera
from render.scene import Scene

NOISE_TICKS_PER_S = 1000.0  # the noise of a frame is keyed by its instant to the millisecond
LIGHTS_COLUMNS = 320  # of the picture that says what lights the station: 3840x2160 differs in 0.13 % of its pixels
DEVELOPED_PIXELS = 1 << 20  # at once: bounds temporary memory to 150 MB


@dataclass(frozen=True, eq=False)
class Negative:
    """Hold what a picture's pixels have `collected` when the shutter has closed, with all that the lens does."""

    collected: Collected
    moment: Moment
    scene: Scene

    def exposure(self, first_row: int, rows: int) -> Exposure:
        """Read out some rows from `first_row` (0 = top); at their edges HALO_ROWS lack neighbours."""
        settings = self.scene.develop
        some = replace(self.collected, electrons=self.collected.electrons[:, first_row : first_row + rows, :])
        return read_out(
            some,
            iso=self.moment.camera.iso,
            noise=settings.noise,
            seed=settings.seed,
            frame_index=round(self.moment.time_s * NOISE_TICKS_PER_S) % 2**63,
            first_row=first_row,
        )

    def bands(self) -> Iterator[Image]:
        """Read out and develop the picture in bands of rows from the top, and yield each: they make up the whole."""
        _, rows, columns = self.collected.electrons.shape
        halo = HALO_ROWS + halo_rows(self.collected.reduction, self.scene.develop)
        for part in bands_of_rows(rows, columns, DEVELOPED_PIXELS):
            top, bottom = max(part.start - halo, 0), min(part.stop + halo, rows)
            wanted = slice(part.start - top, part.stop - top)
            yield develop(self.exposure(top, bottom - top), self.scene.develop, wanted)


@dataclass(frozen=True, eq=False)
class Measured:
    """What an instrument's channels read: `names`, `counts` of the converter and `rayleighs`, [channel, row, column].

    Rayleighs are those of a line at the channel's most sensitive wavelength, `peak_nm` [channel], that would have been
    read alike; the lens's fall-off is taken off, as by a flat field.
    """

    names: tuple[str, ...]
    peak_nm: np.ndarray
    counts: np.ndarray
    rayleighs: np.ndarray


def measured(frame: Frame, scene: Scene) -> Measured:
    """Read a frame through the scene's own filters, with all noise."""
    camera, filters = frame.camera, read_filters(scene.camera.response)
    negative = exposed(frame, scene)
    body = negative.collected.body
    assert body is not None
    electrons = np.asarray(negative.exposure(0, camera.rows).electrons)
    flat = _shaded(np.ones_like(electrons), frame.moment, scene)  # scattered even light stays even
    peak = filters.efficiency.argmax(axis=1)
    area, lens = camera.photosite_area_m2, scene.camera.lens
    per_rayleigh = RAYLEIGH * optical_throughput(area, camera.f_number, camera.exposure_s, lens.transmission)
    response = (per_rayleigh * filters.efficiency.max(axis=1))[:, None, None] * flat
    step = body.gain_electrons(camera.iso) * area / body.photosite_area_m2
    return Measured(filters.names, filters.wavelength_nm[peak], np.round(electrons / step), electrons / response)


def develop_frame(frame: Frame, scene: Scene) -> Image:
    """Expose the scene's sensor to a frame's light and develop it: the picture, encoded as the settings say."""
    bands = list(exposed(frame, scene).bands())
    return replace(bands[0], pixels=np.concatenate([band.pixels for band in bands]))


def exposed(frame: Frame, scene: Scene) -> Negative:
    """Expose the scene's sensor to a frame's light through the scene's lens."""
    return _through_lens(collected(frame.lines, frame.sky, frame.moment, scene), frame.moment, scene, frame.discs)


def scene_linear_frame(frame: Frame, scene: Scene) -> tuple[Any, ...]:
    """Return planes R, G, B of what the sensor sees of a frame through the lens, before noise: see `scene_linear`.

    What sees with other channels than a camera's is stood in for by the CIE's observer.
    """
    response = scene.camera.response if scene.camera.response in BODIES else "ideal_cie"
    scene = scene.model_copy(update={"camera": scene.camera.model_copy(update={"response": response})})
    taken = exposed(frame, scene).collected
    saturation = saturation_electrons(taken.photosite_area_m2, frame.camera.iso, response)
    return scene_linear(Exposure(taken.electrons, saturation, response), scene.develop)


def collected(lines: LineRadiance, sky: SkyRadiance, moment: Moment, scene: Scene) -> Collected:
    """Collect the light of some rows of a moment's picture on the scene's sensor, as on the lens's axis."""
    camera = moment.camera
    return collect(
        lines,
        sky,
        photosite_area_m2=camera.photosite_area_m2,
        f_number=camera.f_number,
        exposure_s=camera.exposure_s,
        response=scene.camera.response,
        transmission=scene.camera.lens.transmission,
    )


def _through_lens(collected: Collected, moment: Moment, scene: Scene, discs: Sequence[Disc]) -> Negative:
    """Let the lens do what it does to a whole picture: less light towards the corners, glow and veil everywhere.

    Fisheyes have their own fall-off, which is not known and left out.
    """
    camera, lens = moment.camera, scene.camera.lens
    if scene.camera.projection in PANORAMAS:
        return Negative(collected, moment, scene)
    light, shining = _shaded(collected.electrons, moment, scene), [_collected_disc(one, moment, scene) for one in discs]
    spread = scatter(light, _pitch_um(camera), *SHARES[lens.scatter], lens.blades, camera.f_number, shining)
    return Negative(replace(collected, electrons=spread), moment, scene)


def _collected_disc(disc: Disc, moment: Moment, scene: Scene) -> Disc:
    """Return a disc whose light is the electrons, [channel], that a wider sensor would collect of all of it."""
    camera = moment.camera
    lines = LineRadiance(LINE_KEYS, np.zeros((len(LINE_KEYS), 1, 1), np.float32))
    sky = SkyRadiance(SKY_WAVELENGTHS_NM, disc.light.astype(np.float32)[:, None, None])
    electrons = np.asarray(collected(lines, sky, moment, scene).electrons, float)[:, 0, 0]
    if camera.projection == "rectilinear":
        height = corner_height(disc.x, disc.y, _pitch_um(camera), list(camera.reference_pixel))
        electrons = electrons * fall_off_beside(float(height), camera.f_number, scene.camera.lens.fall_off)
    return replace(disc, light=electrons)


def _shaded(electrons: Any, moment: Moment, scene: Scene) -> Any:
    """Return electrons [channel, row, column] with the fall-off of the scene's lens, if it is a rectilinear one."""
    camera = moment.camera
    if camera.projection != "rectilinear" or scene.camera.projection in PANORAMAS:
        return electrons
    axis = float(camera.reference_pixel[0]), float(camera.reference_pixel[1])
    return vignette(electrons, _pitch_um(camera), axis, camera.f_number, scene.camera.lens.fall_off)


def _pitch_um(camera: Camera) -> float:
    """Return the width of a pixel on the sensor, um."""
    return 1e6 * float(np.sqrt(camera.photosite_area_m2))


def developed_bands(stage: Stage, tell: Progress | None = None, *, band_pixels: int = BAND_PIXELS) -> Iterator[Image]:
    """March, expose and develop a prepared picture in bands of rows from the top, and yield each: of a picture that is
    too large to be held.

    It is the picture of `develop_frame`, but that what lights the station is taken from a smaller one. Only electrons
    are held of all of it, which the lens spreads. `band_pixels`: of a band while it is marched; nothing but the memory
    that is taken depends on it.
    """
    scene, moment, say = stage.scene, stage.moment, tell or (lambda share, doing: None)
    rows, columns = moment.camera.rows, moment.camera.columns
    lights = _lights_of_station(stage, say) if scene.station.visible else None
    whole: Collected | None = None
    for part in bands_of_rows(rows, columns, band_pixels):
        first, count = part.start, part.stop - part.start

        def within(share: float, first: int = first, count: int = count) -> None:
            done = (first + share * count) / rows
            say(done, marching(done))

        within(0.0)
        light = stage.rows(first, count, tell=within)
        finish_rows(stage, light, first, lights=lights)
        lines, sky = LineRadiance(LINE_KEYS, light.lines), SkyRadiance(SKY_WAVELENGTHS_NM, light.sky)
        band = collected(lines, sky, moment, scene)
        if whole is None:
            channels = band.electrons.shape[0]
            whole = replace(band, electrons=np.empty((channels, rows, columns), np.float32))
        whole.electrons[:, part, :] = band.electrons
    assert whole is not None
    say(1.0, "developing")
    yield from _through_lens(whole, moment, scene, discs_of(scene, moment)).bands()


def _lights_of_station(stage: Stage, say: Progress) -> StationLights:
    """Return what lights the station, from a picture of LIGHTS_COLUMNS columns of the same moment."""
    say(0.0, "what lights the station")
    camera, scene = stage.moment.camera, stage.scene
    size = LIGHTS_COLUMNS, max(1, round(LIGHTS_COLUMNS * camera.rows / camera.columns))
    small = prepare(scene, moment_of(scene, stage.moment.epoch, size), stage.device)
    light = small.march()
    small.points.add(light.sky, ("stars", "cities"), light.veil)
    return station_lights(scene, small.moment, light.lines, light.sky)
