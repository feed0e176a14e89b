"""From a frame's light to a picture: the sensor exposed, the electrons developed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.frame.foreground import station_lights
from render.frame.moment import Moment, moment_of
from render.frame.result import Frame
from render.frame.stage import Progress, Stage, finish_rows, prepare
from render.imaging.colour import Image, develop
from render.imaging.scene_linear import scene_linear
from render.imaging.sensor import Collected, Exposure, collect, read_out, saturation_electrons
from render.integrator.bands import BAND_PIXELS
from render.integrator.station import StationLights
from render.scene import Scene

NOISE_TICKS_PER_S = 1000.0  # the noise of a frame is keyed by its instant to the millisecond
LIGHTS_COLUMNS = 320  # of the picture that says what lights the station: 3840x2160 differs in 0.13 % of its pixels


def develop_frame(frame: Frame, scene: Scene) -> Image:
    """Expose the scene's sensor to a frame's light and develop it: the picture, encoded as the settings say."""
    return develop(_exposed(frame.lines, frame.sky, frame.moment, scene, 0), scene.develop)


def scene_linear_frame(frame: Frame, scene: Scene) -> tuple[Any, ...]:
    """Return planes R, G, B of what the scene's sensor sees of a frame, before noise: see `scene_linear`."""
    taken = collected(frame.lines, frame.sky, frame.moment, scene)
    saturation = saturation_electrons(taken.photosite_area_m2, frame.camera.iso)
    return scene_linear(Exposure(taken.electrons, saturation, taken.response), scene.develop)


def collected(lines: LineRadiance, sky: SkyRadiance, moment: Moment, scene: Scene) -> Collected:
    """Collect the light of some rows of a moment's picture on the scene's sensor."""
    camera = moment.camera
    return collect(
        lines,
        sky,
        photosite_area_m2=camera.photosite_area_m2,
        f_number=camera.f_number,
        exposure_s=camera.exposure_s,
        response=scene.develop.response,
    )


def _exposed(lines: LineRadiance, sky: SkyRadiance, moment: Moment, scene: Scene, first_row: int) -> Exposure:
    """Expose the scene's sensor to the light of rows from `first_row` (0 = top) of a moment's picture."""
    camera, settings = moment.camera, scene.develop
    return read_out(
        collected(lines, sky, moment, scene),
        iso=camera.iso,
        noise=settings.noise,
        seed=settings.seed,
        frame_index=round(moment.time_s * NOISE_TICKS_PER_S) % 2**63,
        first_row=first_row,
    )


def developed_bands(stage: Stage, tell: Progress | None = None) -> Iterator[Image]:
    """March, expose and develop a prepared picture in bands of rows from the top, and yield each: of a picture that is
    too large to be held.

    It is the picture of `develop_frame`, but that what lights the station is taken from a smaller one.
    """
    scene, moment, say = stage.scene, stage.moment, tell or (lambda share, doing: None)
    rows, columns = moment.camera.rows, moment.camera.columns
    lights = _lights_of_station(stage, say) if scene.station.visible else None
    step = max(1, BAND_PIXELS // columns)
    for first in range(0, rows, step):
        count = min(step, rows - first)

        def within(share: float, first: int = first, count: int = count) -> None:
            say((first + share * count) / rows, "marching")

        within(0.0)
        light = stage.rows(first, count, tell=within)
        finish_rows(stage, light, first, lights=lights)
        lines, sky = LineRadiance(LINE_KEYS, light.lines), SkyRadiance(SKY_WAVELENGTHS_NM, light.sky)
        yield develop(_exposed(lines, sky, moment, scene, first), scene.develop)


def _lights_of_station(stage: Stage, say: Progress) -> StationLights:
    """Return what lights the station, from a picture of LIGHTS_COLUMNS columns of the same moment."""
    say(0.0, "what lights the station")
    camera, scene = stage.moment.camera, stage.scene
    size = LIGHTS_COLUMNS, max(1, round(LIGHTS_COLUMNS * camera.rows / camera.columns))
    small = prepare(scene, moment_of(scene, stage.moment.epoch, size), stage.device)
    light = small.march()
    small.points.add(light.sky, ("stars", "cities"), light.veil)
    return station_lights(scene, small.moment, light.lines, light.sky)
