"""The sky of a real photograph, ISS030-E-102170: how dark it is between the stars, and how many stars there are.

Measured in the photograph between the stars of its upper strip: 0.0021 of white, linear sRGB. A developed photograph is
uncertain by a factor 2 (the file's black is known to 8 +- 5 of 255); its sky has the glare of the lens, noise that is
clipped at black, and aurora besides. Kept: a factor 2.2; found: 2.0 in the mean.
"""

import numpy as np
import pytest

from render import load_scene
from render.frame.development import develop_frame
from render.frame.render import render_frame
from render.sky.stars import catalogue
from tests.devices import start_or_skip
from tests.small import changed

PHOTOGRAPH = 0.0021  # of white, linear sRGB, between the stars
WITHIN = 2.2
STRIP = 12  # of 44 rows: above the aurora's rays
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear sRGB (IEC 61966-2-1)


def sky_level(aurora, **settings):
    """Return mean and median, of white, linear, of the strip between the stars: with aurora and noise, or neither."""
    scene = changed(load_scene("limb_glow"), "sky", stars=False, planets=False, **settings)
    scene = changed(changed(scene, "aurora", enabled=aurora), "develop", noise=aurora)
    start_or_skip("cpu", "single")
    frame = render_frame(scene, size=(66, 44), device="cpu")
    encoded = np.asarray(develop_frame(frame, scene).pixels)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    strip = linear[:STRIP] @ LUMINANCE
    return float(np.mean(strip)), float(np.median(strip))


@pytest.mark.usefixtures("coarse_sky")
def test_the_sky_between_the_stars_is_as_dark_as_photographed():
    mean, _ = sky_level(aurora=True)
    assert PHOTOGRAPH / WITHIN < mean < PHOTOGRAPH * WITHIN
    _, without = sky_level(aurora=False, starlight=False, zodiacal=False)
    assert without < PHOTOGRAPH / 15.0  # airglow alone: black


@pytest.mark.parametrize(
    ("limit", "count"), [(1, 16), (2, 50), (3, 173), (4, 522), (5, 1623), (6, 5023), (7, 15472), (8, 37557)]
)
def test_stars_to_a_magnitude(limit, count):
    """Counts of the catalogue: complete to V 7.3, some 8 % short at 8."""
    assert np.count_nonzero(catalogue()[1] < limit) == pytest.approx(count, rel=0.002, abs=1)
