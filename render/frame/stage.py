"""One instant of a scene, prepared and marched: a frame is made of these stages.

    stage = prepare(scene, moment, device)          what the light depends on: maps, sky table, points
    light = stage.rows(0, 90)                       what the march gathers in some rows, by source where asked
    frame = finish(stage, light)                    stars, cities and the station added

Each part of a stage is a value. A caller that holds a stage gives it back to `prepare`: parts are then taken over whose
causes are unchanged, and the frame is the same to the bit. `render.frame.render.render_frame` is the caller that keeps
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from render.atmosphere.extinction import build_atmosphere
from render.core.geodesy import geodetic_from_itrs
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.device import Device, to_host
from render.frame.air import layer_rows, oval_emission
from render.frame.aurora import AuroraPart, aurora_part
from render.frame.causes import causes_of
from render.frame.foreground import add_station, discs_of, station_lights
from render.frame.moment import Moment
from render.frame.motion import Motion, motion_of
from render.frame.points_of_light import PointsOfLight, points_of_light
from render.frame.result import Frame
from render.frame.sources import behind_stars, downwelling, ground_model, sun_and_moon
from render.integrator.airglow import device_layers
from render.integrator.aurora import march as aurora
from render.integrator.bands import BAND_PIXELS
from render.integrator.ground import stage as ground
from render.integrator.ground.city_lights import CLEAR, add_cities
from render.integrator.ground.noctilucent import NoctilucentStage, add_noctilucent, stage_noctilucent
from render.integrator.lattice import Part
from render.integrator.motion import average, rows_around
from render.integrator.quality import quality_named
from render.integrator.sky import pixels as sky
from render.integrator.sky.scattered import scattering_air
from render.integrator.sky.transmittance import limb_table, line_wavelengths_nm, rising_table
from render.integrator.station import StationLights, check_station
from render.integrator.view import device_view, lower_air
from render.scene import Scene

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and what is being done, before it is done."""
T = TypeVar("T")

MARCHED = ("aurora", "airglow", "sky")
"""Sources that are marched row by row: aurora lines, airglow lines, and scattered light with the ground and discs."""
LINES_OF_MARCH = 0.75  # of a march's time, about, that aurora and airglow take: 0.5 to 0.9 in bundled scenes
SOURCES = (*MARCHED, "stars", "cities", "station")


@dataclass(frozen=True, eq=False)
class AirPart:
    """What depends on the air alone, on the device: the airglow's layers (None: there are none), and the lower air."""

    layers: Any | None
    lower: Any


@dataclass(frozen=True, eq=False)
class Light:
    """Light of some rows: `lines` [line, row, column] rayleighs, `sky` [band, row, column] W m-2 sr-1 nm-1; float32.

    `veil` [row, column, 2]: which share of a light on the ground comes through the clouds unscattered, and of all its
    light; None where there are none.
    """

    lines: np.ndarray
    sky: np.ndarray
    veil: np.ndarray | None = None

    def plus(self, other: Light) -> Light:
        """Return the light of both, of the same rows."""
        return Light(self.lines + other.lines, self.sky + other.sky, self.veil)


@dataclass(frozen=True, eq=False)
class Stage:
    """What the light of one instant depends on; `causes`: by part, what it was made of (see `render.frame.causes`).

    `motion`: what light is averaged along; `view`: the camera on the device, `shaders.view.View`.
    """

    scene: Scene
    moment: Moment
    device: Device
    aurora: AuroraPart
    air: AirPart
    sky: sky.SkyStage
    ground: ground.GroundStage | None
    noctilucent: NoctilucentStage | None
    points: PointsOfLight
    motion: Motion
    view: Any
    causes: dict[str, Hashable]

    def rows(
        self, first: int, count: int, sources: Collection[str] = MARCHED, tell: Callable[[float], None] | None = None
    ) -> Light:
        """March `count` rows from `first` (0 = top) and return the light of those `sources` that are marched.

        `tell` hears of the share done before it goes on. Raises ValueError for rows outside the picture or a source of
        another name.
        """
        camera = self.moment.camera
        if unknown := sorted(set(sources) - set(SOURCES)):
            raise ValueError(f"no source {unknown[0]!r}; known: {', '.join(SOURCES)}")
        if not (first >= 0 and count >= 1 and first + count <= camera.rows):
            raise ValueError(f"rows {first} to {first + count - 1} are not all of 0 to {camera.rows - 1}")
        top, beyond, kept = rows_around(self.motion.aurora, first, count, camera.rows)
        within = tell and (lambda share: tell(share * LINES_OF_MARCH))
        lines = average(self._lines(top, beyond, sources, within), self.motion.aurora, top, kept)
        ways = self.motion.sky
        top, beyond, kept = rows_around(ways, first, count, camera.rows)
        light, upward, veil = self._sky_and_earth(top, beyond, sources)
        if upward is not None:
            lines += average(upward, ways, top, kept)
        if veil is not None:
            veil = np.moveaxis(average(np.moveaxis(veil, -1, 0), ways, top, kept), 0, -1)
        return Light(lines, average(light, ways, top, kept) if "sky" in sources else light[:, kept], veil)

    def _lines(
        self, first: int, count: int, sources: Collection[str], tell: Callable[[float], None] | None
    ) -> np.ndarray:
        """Return the lines of aurora and airglow of the middle of the exposure, Light.lines of some rows."""
        camera = self.moment.camera
        curtains, arcs = (self.aurora.curtains, self.aurora.arcs) if "aurora" in sources else (None, None)
        layers = self.air.layers if "airglow" in sources else None
        if curtains is None and arcs is None and layers is None:
            return np.zeros((len(LINE_KEYS), count, camera.columns), np.float32)
        part, sampling = Part(camera.rows, camera.columns, first, count), quality_named(camera.quality).sampling
        return aurora.march_aurora(curtains, layers, self.air.lower, self.view, part, sampling, arcs, tell)

    def _sky_and_earth(
        self, first: int, count: int, sources: Collection[str]
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Return (Light.sky, lines that come up from the Earth or None, Light.veil) of the middle of the exposure."""
        camera, upward, veil = self.moment.camera, None, None
        out = sky.render_sky(self.sky, camera, first, count) if "sky" in sources else None
        if out is not None and self.noctilucent is not None:
            add_noctilucent(self.noctilucent, self.sky, camera, first, out)
        if self.ground is not None and set(sources) & set(MARCHED):
            shining = {name: name in sources for name in ("aurora", "airglow")}
            upward, veil = ground.render_ground(self.ground, self.sky, camera, first, count, out, **shining)
        if out is None:
            return np.zeros((len(SKY_WAVELENGTHS_NM), count, camera.columns), np.float32), upward, veil
        return to_host(out).astype(np.float32, copy=False), upward, veil

    def march(self, sources: Collection[str] = MARCHED, tell: Progress | None = None) -> Light:
        """Return the light of the whole picture, marched in bands of rows; `tell` hears of each before it goes on."""
        camera = self.moment.camera
        if camera.rows * camera.columns <= BAND_PIXELS:  # one band: its light is the picture's, and is not copied
            return self.rows(0, camera.rows, sources, tell and (lambda share: tell(share, marching(share))))
        lines = np.empty((len(LINE_KEYS), camera.rows, camera.columns), np.float32)
        light = np.empty((len(SKY_WAVELENGTHS_NM), camera.rows, camera.columns), np.float32)
        veil = None if self.ground is None else np.ones((camera.rows, camera.columns, 2), np.float32)
        step = max(1, BAND_PIXELS // camera.columns)
        for first in range(0, camera.rows, step):
            count = min(step, camera.rows - first)

            def within(share: float, first: int = first, count: int = count) -> None:
                if tell:
                    done = (first + share * count) / camera.rows
                    tell(done, marching(done))

            within(0.0)
            band = self.rows(first, count, sources, within)
            lines[:, first : first + count], light[:, first : first + count] = band.lines, band.sky
            if veil is not None and band.veil is not None:
                veil[first : first + count] = band.veil
        return Light(lines, light, veil)


def marching(share: float) -> str:
    """Return what is told of a march of which a share is done."""
    return f"marching, {share:.0%} of the rows"


def prepare(
    scene: Scene, moment: Moment, device: Device, held: Stage | None = None, tell: Progress | None = None
) -> Stage:
    """Prepare an instant of a scene on a started device; parts of `held` are taken over whose causes are the same.

    Raises InputError for what cannot be looked at: an instant that the scene's files do not cover, among others.
    """
    say = tell or (lambda share, doing: None)
    check_station(scene.station)
    causes = causes_of(scene, moment)

    def part(name: str, share: float, doing: str, make: Callable[[], T]) -> T:
        if held is not None and held.device is device and held.causes[name] == causes[name]:
            kept: T = getattr(held, name)
            return kept
        say(share, doing)
        return make()

    motion = part("motion", 0.0, "the map of the aurora", lambda: motion_of(scene, moment))
    return Stage(
        scene=scene, moment=moment, device=device, causes=causes, motion=motion,
        view=device_view(moment.camera, moment.position_km),
        aurora=part("aurora", 0.0, "the map of the aurora", lambda: aurora_part(scene, moment, motion.turn_rad_s)),
        air=part("air", 0.5, "what the air lets through", lambda: air_part(scene, moment)),
        sky=part("sky", 0.55, "the twilight table", lambda: _sky(scene, moment)),
        noctilucent=part("noctilucent", 0.8, "noctilucent clouds", lambda: _noctilucent(scene, moment)),
        ground=part("ground", 0.8, "light on clouds and ground", lambda: _ground(scene, moment)),
        points=part("points", 0.95, "stars and cities", lambda: points_of_light(scene, moment)),
    )  # fmt: skip


def finish(
    stage: Stage, light: Light, sources: Collection[str] = SOURCES, lights: StationLights | None = None,
    tell: Progress | None = None,
) -> Frame:  # fmt: skip
    """Return the frame of a whole picture's marched light, with stars, cities and the station where in `sources`.

    Arguments and trap as `finish_rows`.
    """
    finish_rows(stage, light, 0, sources, lights, tell)
    lines, continuum = LineRadiance(LINE_KEYS, light.lines), SkyRadiance(SKY_WAVELENGTHS_NM, light.sky)
    discs = discs_of(stage.scene, stage.moment, station="station" in sources) if "sky" in sources else ()
    return Frame(lines, continuum, stage.moment, stage.device, discs=discs)


def finish_rows(
    stage: Stage, light: Light, first: int, sources: Collection[str] = SOURCES, lights: StationLights | None = None,
    tell: Progress | None = None,
) -> None:  # fmt: skip
    """Add stars, cities and the station, where in `sources`, to the light of rows that begin with `first` (0 = top).

    `lights`: what lights the station, by default what is found in these rows (`station_lights`). Trap: `light` is
    added to in place; a caller that holds it gives a copy.
    """
    say = tell or (lambda share, doing: None)
    say(0.0, "stars and cities")
    stage.points.of_rows(first, light.lines.shape[1]).add(light.sky, sources, light.veil)
    if "cities" in sources and stage.points.raster is not None:
        veil = CLEAR if light.veil is None else light.veil
        add_cities(stage.points.raster, stage.sky, stage.moment.camera, first, light.sky, veil)
    if "station" in sources and stage.scene.station.visible:
        say(0.5, "the station")
        found = lights or station_lights(stage.scene, stage.moment, light.lines, light.sky)
        add_station(stage.scene, stage.moment, light.lines, light.sky, found, first, stage.motion.station)
    shown = stage.moment.camera.coverage(first + 1, first + light.lines.shape[1])
    if shown is not None:  # black outside the image circle
        light.lines[...] *= shown.astype(light.lines.dtype)
        light.sky[...] *= shown.astype(light.sky.dtype)


def air_part(scene: Scene, moment: Moment) -> AirPart:
    """Return what depends on the air of a scene, for an observer at a moment's place."""
    atmosphere = build_atmosphere(scene.atmosphere)
    altitude_km = float(geodetic_from_itrs(moment.position_km)[2])
    rising = rising_table(atmosphere, altitude_km, line_wavelengths_nm())
    layers = device_layers(layer_rows(scene, oval_emission(scene)[1]))
    return AirPart(layers, lower_air(limb_table(atmosphere), rising))


def _sky(scene: Scene, moment: Moment) -> sky.SkyStage:
    atmosphere, sources = build_atmosphere(scene.atmosphere), sun_and_moon(scene, moment)
    return sky.prepare_sky(atmosphere, moment.position_km, *sources, moment.camera, behind_stars(scene, moment))


def _ground(scene: Scene, moment: Moment) -> ground.GroundStage | None:
    night = downwelling(scene, moment)
    if night is None:
        return None
    air, sources = scattering_air(build_atmosphere(scene.atmosphere)), sun_and_moon(scene, moment)
    model = ground_model(scene, moment)
    return ground.prepare_ground(air, *sources, model, night, moment.camera, moment.position_km)


def _noctilucent(scene: Scene, moment: Moment) -> NoctilucentStage | None:
    air, sun = scattering_air(build_atmosphere(scene.atmosphere)), sun_and_moon(scene, moment)[0]
    return stage_noctilucent(scene.atmosphere.noctilucent, air, sun, moment.camera)
