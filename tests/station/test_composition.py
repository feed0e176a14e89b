import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.station.composition import MESHES, VIEWS, groups, turn
from render.station.settings import StationSettings

ROUNDING = 1e-12
NAMES = ("corner", "edge", *VIEWS)
tangents = st.floats(-2.0, 2.0)
# Tips of the nearer wing and ends of the module as of version 0.6, camera axes, m, before groups are turned
WING_TIP_M, WING_ROOT_M = np.array([14.0, -1.0, 31.0]), 36.2


@given(tangents, tangents, tangents, tangents)
def test_turn_is_a_rotation_that_takes_the_anchor_to_its_target(u, v, s, t):
    rotation = turn(np.array([u, v, 1.0]), np.array([s, t, 1.0]))
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=ROUNDING)
    assert np.linalg.det(rotation) > 0.0
    moved = rotation @ np.array([u, v, 1.0])
    assert np.allclose(moved[:2] / moved[2], [s, t], atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_mirrored_composition_is_the_mirror_image(name):
    plain = groups(StationSettings(composition=name))
    mirrored = groups(StationSettings(composition=name, mirrored=True))
    flip = np.diag([-1.0, 1.0, 1.0])
    for one, other in zip(plain, mirrored, strict=True):
        assert other.frame_point == (1.0 - one.frame_point[0], one.frame_point[1])
        for a, b in zip(one.instances, other.instances, strict=True):
            assert a.mesh in MESHES
            point = np.array([0.3, 7.0, -1.0])
            assert np.allclose(flip @ (point @ a.axes + a.origin_m), point @ b.axes + b.origin_m)


def test_wings_turn_about_their_mast_and_show_their_amber_backs():
    plain, turned = (groups(StationSettings(array_angle_deg=a))[0].instances for a in (0.0, 30.0))
    for one, other in zip(plain, turned, strict=True):
        assert np.allclose(one.axes[1], other.axes[1])
        assert one.axes[2] @ other.axes[2] == pytest.approx(np.cos(np.radians(30.0)))
        assert one.axes[2] @ (one.origin_m + 20.0 * one.axes[1]) > 0.0  # the cells look away from the camera


@pytest.mark.parametrize("name", ["corner", "edge"])
def test_wings_stand_where_they_stood(name):
    one, other = groups(StationSettings(composition=name))[0].instances
    assert one.origin_m + WING_ROOT_M * one.axes[1] == pytest.approx(WING_TIP_M)
    assert np.linalg.norm(other.origin_m - one.origin_m) == pytest.approx(15.0, abs=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_tracked_wings_face_the_sun_as_far_as_they_turn(name):
    sun = np.array([0.48, -0.6, 0.64])
    for mirrored in (False, True):
        settings = StationSettings(composition=name, mirrored=mirrored)
        for group in groups(settings, sun):
            for one in (i for i in group.instances if i.mesh == "wing"):
                best = np.sqrt(1.0 - (one.axes[1] @ sun) ** 2)
                assert one.axes[2] @ sun == pytest.approx(best)
                assert name not in VIEWS or best == pytest.approx(1.0)
