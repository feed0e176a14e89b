"""The aurora is lost in the dawn because the dawn is brighter: the film's road, towards the Sun, at one exposure.

A narrow camera looks at the limb below the rising Sun; one exposure is kept throughout. Nothing fades the aurora: its
own light does not know of the Sun (but for ions that scatter it, a line apart), and a curtain of 10 kR is drowned by
the electrons of the sky behind it.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from render import load_scene
from render.core.geodesy import tangent_point
from render.core.lines import AURORA_KEYS, LINE_KEYS
from render.core.radiance import LineRadiance, SkyRadiance
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.frame.render import render_frame
from render.imaging.capture.sensor import collect, read_noise_electrons, saturation_electrons
from render.integrator.sky import sky_view
from render.observer import ephemeris
from render.observer.orbit import observe
from tests.devices import start_or_skip
from tests.small import changed, through_lens

CURTAIN_RAYLEIGHS = 1e4  # 557.7 nm, IBC III
PHOTOSITE_COLUMNS = 4928  # of the camera's full-size picture
STEP_S = 30.0  # of film time between instants
GREEN_NM = 560.0
LIMB_KM = np.arange(10.0, 40.1, 5.0)  # tangent altitudes of the limb's brightest part
LOWER_KM = np.arange(100.0, 105.1, 1.0)  # tangent altitudes of a curtain's lower part
TALL_KM = np.arange(115.0, 130.1, 2.5)
EXPOSURE = {"f_number": 1.4, "exposure_s": 0.32, "iso": 3200.0}  # shows a curtain of 10 kR twice over its noise
SEEN = 2.0  # times the noise: there, before airglow and zodiacal light at the limb (2.03; 2.47 without the latter)
BRIGHTENED = 40.0  # times: the limb at 100 km from night to sunrise, 48 to 97 (108 to 297 without these bands' light)
LENS_MM = 50.0  # of the wide pictures: a third of the maps of the scene's own lens
SUNRISE_S = 290.0  # s of film time: the Sun is up, straight rays
SUN_RADIUS_DEG = 0.2666  # at 1 au
FIELD_DEG, ROWS = 3.6, 64  # the limb from below the ground's edge to 150 km; a row is 2.3 km there


@dataclass(frozen=True)
class Instant:
    """What the narrow camera saw: light of one column, tangent `altitude_km` [row], the Sun's over the ground."""

    time_s: float
    sun_limb_km: float
    altitude_km: np.ndarray
    lines: LineRadiance
    sky: SkyRadiance

    def green(self) -> np.ndarray:
        """Return radiance in the green band at LIMB_KM, W m-2 sr-1 nm-1."""
        band = int(np.searchsorted(self.sky.wavelengths_nm, GREEN_NM))
        return self._at(self.sky.radiance[band, :, 0], LIMB_KM)

    def electrons(self, altitudes_km: np.ndarray, camera: dict[str, float]) -> np.ndarray:
        """Return green electrons of a photosite behind the curtain, at tangent altitudes; unclipped."""
        return self._at(self._collect(camera, 0.0), altitudes_km)

    def contrast(self, altitudes_km: np.ndarray, camera: dict[str, float]) -> np.ndarray:
        """Return the curtain's electrons over the noise of its photosite; 0 where the photosite is full."""
        curtain = (self._collect(camera, CURTAIN_RAYLEIGHS) - self._collect(camera, 0.0)).mean()  # the same in all rows
        full = self.electrons(altitudes_km, camera) + curtain
        place = camera["photosite_area_m2"], camera["iso"]
        noise = np.sqrt(full + read_noise_electrons(*place) ** 2)
        return np.where(full < saturation_electrons(*place), curtain / noise, 0.0)

    def _collect(self, camera: dict[str, float], rayleighs: float) -> np.ndarray:
        """Return green electrons [row], unclipped, with `rayleighs` of 557.7 nm more."""
        lines = self.lines.rayleighs.copy()
        lines[LINE_KEYS.index("557.7")] += rayleighs
        optics = {name: value for name, value in camera.items() if name != "iso"}
        return collect(LineRadiance(LINE_KEYS, lines), self.sky, **optics).electrons[1, :, 0].astype(float)

    def _at(self, values: np.ndarray, altitudes_km: np.ndarray) -> np.ndarray:
        """Return values [row] at tangent altitudes; in logarithms, for they fall by decades."""
        order = np.argsort(self.altitude_km)
        logarithms = np.log(np.maximum(values.astype(float), 1e-30))
        return np.exp(np.interp(altitudes_km, self.altitude_km[order], logarithms[order]))


def exposed(**exposure):
    """Return an exposure (by default the film's first) of the full-size picture's photosite, as the sensor wants it."""
    camera = load_scene("angels_singing").camera
    area = (camera.sensor_width_mm * 1e-3 / PHOTOSITE_COLUMNS) ** 2
    first = {name: camera.at(name, 0.0) for name in ("f_number", "exposure_s", "iso")}
    return {"photosite_area_m2": area} | first | exposure


def narrow_scene(azimuth_deg, elevation_deg):
    """Return the main scene through a long lens turned to the limb, without aurora, stars, station and cities."""
    scene = load_scene("angels_singing")
    focal_length = scene.camera.sensor_width_mm / 2.0 / np.tan(np.radians(FIELD_DEG / ROWS))
    look = {"azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg, "focal_length_mm": focal_length}
    camera = scene.camera.model_copy(update={"keys": (), "exposure": "manual", "columns": 2, "rows": ROWS} | look)
    switches = {
        "aurora": scene.aurora.model_copy(update={"enabled": False}),
        "station": scene.station.model_copy(update={"visible": False}),
        "sky": scene.sky.model_copy(update={"stars": False}),
        "earth": scene.earth.model_copy(update={"cities": False}),
    }
    return scene.model_copy(update={"camera": camera} | switches)


def look(time_s):
    """Return the Instant of this film time."""
    scene = load_scene("angels_singing")
    epoch = scene.time.epoch.plus_seconds(time_s)
    position = observe(scene.observer, epoch).position_km
    sun = ephemeris.sun(epoch, position)
    azimuth, elevation = ephemeris.azimuth_elevation(sun.direction_itrs, position)
    dip = np.degrees(np.arccos((EARTH_MEAN_RADIUS_KM + 70.0) / np.linalg.norm(position)))
    frame = render_frame(narrow_scene(float(azimuth), -float(dip)), epoch, device="cpu")
    upper_limb = np.radians(float(elevation) + SUN_RADIUS_DEG)
    return Instant(
        time_s=time_s,
        sun_limb_km=float(np.linalg.norm(position) * np.cos(upper_limb)) - EARTH_MEAN_RADIUS_KM,
        altitude_km=tangent_point(position, frame.camera.ray_directions()[:, 0])[1],
        lines=frame.lines,
        sky=frame.sky,
    )


@pytest.fixture(scope="module")
def dawn():
    """Return the film's instants from its start to the last before the Sun's limb is up (straight rays)."""
    start_or_skip("cpu")
    instants = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sky_view, "FEWEST_AZIMUTHS", 5)  # the picture is two columns wide
        while not instants or instants[-1].sun_limb_km < 0.0:
            instants.append(look(STEP_S * len(instants)))
            assert len(instants) < 30, "the Sun never rises on this film"
    return instants[:-1]


def test_the_film_runs_from_night_to_sunrise(dawn):
    assert 200.0 < dawn[-1].time_s < 300.0
    assert dawn[0].sun_limb_km < -500.0


def test_the_limb_brightens_monotonically_to_sunrise(dawn):
    green = np.array([instant.green() for instant in dawn])
    assert (np.diff(green, axis=0) > 0.0).all(), np.diff(np.log(green), axis=0).round(3)
    assert (green[-1] > 1e3 * green[0]).all()


def test_a_curtains_lower_part_is_lost_before_sunrise(dawn):
    camera = exposed(**EXPOSURE)
    contrast = np.array([instant.contrast(LOWER_KM, camera) for instant in dawn])
    assert (contrast[0] > SEEN).all()
    assert (contrast[-1] < 1.0).all(), contrast.round(2)


def test_at_the_films_first_exposure_the_lower_edge_is_lost_too(dawn):
    # With more light the lower edge is still lost, in noise or in full photosites; the part above sinks towards it.
    camera = exposed()
    contrast = np.array([instant.contrast(LOWER_KM, camera) for instant in dawn])
    assert (contrast[0] > 1.3 * SEEN).all()
    assert contrast[-1, 0] < 1.0
    assert (contrast[-1] < contrast[0] / 3.0).all()
    assert (dawn[-1].electrons(LOWER_KM, camera) > BRIGHTENED * dawn[0].electrons(LOWER_KM, camera)).all()


def test_tall_rays_last_longer(dawn):
    camera = exposed(**EXPOSURE)
    tall = np.array([instant.contrast(TALL_KM, camera) for instant in dawn])
    lower = np.array([instant.contrast(LOWER_KM, camera) for instant in dawn])
    gone = (lower < 1.0).all(axis=1)
    assert gone.any()
    assert (tall[gone][0] > 1.0).all()  # seen still when the lower part has gone
    assert (tall[gone].min(axis=1) > 1.15 * lower[gone].max(axis=1)).all()  # 1.5 without the zodiacal light behind


@pytest.mark.usefixtures("coarse_sky")
def test_the_auroras_own_light_does_not_know_of_the_sun():
    start_or_skip("cpu")
    scene = changed(through_lens(load_scene("angels_singing"), LENS_MM), "station", visible=False)
    sunless = changed(scene, "sky", sun=False)
    epoch = scene.time.epoch.plus_seconds(SUNRISE_S)
    # `sky.sun` puts out the light that the air scatters; ions aloft (N2+_1NG_sunlit) see the same Sun in both.
    day, night = (render_frame(s, epoch, (48, 27), device="cpu") for s in (scene, sunless))
    assert day.lines.rayleighs[: len(AURORA_KEYS)].max() > 1e3
    np.testing.assert_array_equal(day.lines.rayleighs, night.lines.rayleighs)
    assert day.sky.radiance.sum() > night.sky.radiance.sum()
