import numpy as np
import pytest
from pydantic import ValidationError

from render.geophysics.drive import DriveSettings, ap_from_kp


@pytest.mark.parametrize(("kp", "ap"), [(0, 0), (1, 4), (3, 15), (5, 48), (7, 132), (9, 400), (8 + 2 / 3, 300)])
def test_ap_is_the_standard_table(kp, ap):
    assert ap_from_kp(kp) == pytest.approx(ap)


def test_ap_rises_between_the_thirds():
    assert np.all(np.diff(ap_from_kp(np.linspace(0, 9, 500))) > 0)


def test_defaults_follow_from_kp_and_f107():
    drive = DriveSettings(kp=5.0, f107=150.0)
    assert drive.ap_index == pytest.approx(48.0)
    assert drive.f107_mean == 150.0


def test_given_indices_win():
    drive = DriveSettings(kp=5.0, f107=150.0, f107a=120.0, ap=9.0)
    assert (drive.ap_index, drive.f107_mean) == (9.0, 120.0)


@pytest.mark.parametrize("bad", [{"kp": 9.5}, {"kp": -0.1}, {"f107": 10.0}, {"ap": -1.0}, {"kq": 3.0}])
def test_bad_values_are_errors(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        DriveSettings(**bad)
