import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.station.composition import groups, turn
from render.station.settings import StationSettings

ROUNDING = 1e-12
tangents = st.floats(-2.0, 2.0)


@given(tangents, tangents, tangents, tangents)
def test_turn_is_a_rotation_that_takes_the_anchor_to_its_target(u, v, s, t):
    rotation = turn(np.array([u, v, 1.0]), np.array([s, t, 1.0]))
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=ROUNDING)
    assert np.linalg.det(rotation) > 0.0
    moved = rotation @ np.array([u, v, 1.0])
    assert np.allclose(moved[:2] / moved[2], [s, t], atol=1e-9)


@pytest.mark.parametrize("name", ["corner", "edge"])
def test_mirrored_composition_is_the_mirror_image(name):
    plain = groups(StationSettings(composition=name))
    mirrored = groups(StationSettings(composition=name, mirrored=True))
    for one, other in zip(plain, mirrored, strict=True):
        assert other.frame_point == (1.0 - one.frame_point[0], one.frame_point[1])
        for a, b in zip(one.parts, other.parts, strict=True):
            assert np.allclose(a.centre_m * [-1, 1, 1], b.centre_m)
            assert np.allclose(a.axes @ np.diag([-1, 1, 1]), b.axes)


def test_wings_turn_about_their_mast_and_show_their_amber_backs():
    plain, turned = (groups(StationSettings(array_angle_deg=a))[0].parts for a in (0.0, 30.0))
    for one, other in zip(plain, turned, strict=True):
        assert np.allclose(one.axes[1], other.axes[1]) or one.kind != 2
        if one.kind == 2:
            assert one.axes[2] @ other.axes[2] == pytest.approx(np.cos(np.radians(30.0)))
            assert one.axes[2] @ one.centre_m > 0.0  # the cells look away from the camera
