import pydantic
import pytest

from render.station.settings import WINDOWS_M, StationSettings


def test_station_is_off_by_default_and_fixed_to_the_camera():
    settings = StationSettings()
    assert not settings.visible
    assert settings.frame == "camera"


def test_camera_position_overrides_the_window():
    assert StationSettings(window="destiny").window_position_m == WINDOWS_M["destiny"]
    assert StationSettings(camera_position_m=(1.0, 2.0, 3.0)).window_position_m == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("array_angle_deg", 181.0),
        ("samples_per_side", 0),
        ("cabin_light_w_m2_nm", -1.0),
        ("cabin_lx", -1.0),
        ("mesh_scale", 0.0),
        ("composition", "door"),
        ("window", "door"),
        ("colour", 1),
    ],
)
def test_values_out_of_range_and_unknown_keys_are_named(key, value):
    with pytest.raises(pydantic.ValidationError, match=key):
        StationSettings(**{key: value})
