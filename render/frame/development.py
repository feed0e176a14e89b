"""From a frame's light to a picture: the sensor exposed, the electrons developed."""

from __future__ import annotations

from render.frame.result import Frame
from render.imaging.colour import Image, develop
from render.imaging.sensor import collect, read_out
from render.scene import Scene

NOISE_TICKS_PER_S = 1000.0  # the noise of a frame is keyed by its instant to the millisecond


def develop_frame(frame: Frame, scene: Scene) -> Image:
    """Expose the scene's sensor to a frame's light and develop it: the picture, encoded sRGB."""
    camera, settings = frame.camera, scene.develop
    collected = collect(
        frame.lines,
        frame.sky,
        photosite_area_m2=camera.photosite_area_m2,
        f_number=camera.f_number,
        exposure_s=camera.exposure_s,
        response=settings.response,
    )
    exposure = read_out(
        collected,
        iso=camera.iso,
        noise=settings.noise,
        seed=settings.seed,
        frame_index=round(frame.time_s * NOISE_TICKS_PER_S) % 2**63,
    )
    return develop(exposure, settings)
