"""From a frame's light to a picture: the sensor exposed, the electrons developed."""

from __future__ import annotations

from render.frame.result import Frame
from render.imaging.colour import Image, develop
from render.imaging.sensor import expose
from render.scene import Scene

NOISE_TICKS_PER_S = 1000.0  # the noise of a frame is keyed by its instant to the millisecond


def develop_frame(frame: Frame, scene: Scene) -> Image:
    """Expose the scene's sensor to a frame's light and develop it: the picture, encoded sRGB."""
    camera, film = frame.camera, scene.film
    exposure = expose(
        frame.lines,
        frame.sky,
        photosite_area_m2=camera.photosite_area_m2,
        f_number=camera.f_number,
        exposure_s=camera.exposure_s,
        iso=camera.iso,
        response=film.response,
        noise=film.noise,
        seed=film.seed,
        frame_index=round(frame.time_s * NOISE_TICKS_PER_S) % 2**63,
    )
    return develop(exposure, film)
