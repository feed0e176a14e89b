"""What drives the aurora: one source, its Kp, activity, Ap and substorms."""

import numpy as np
import pytest
from pydantic import ValidationError

from render.core.epoch import Epoch
from render.core.errors import InputError, SceneError
from render.geophysics.drive.settings import AP_OF_KP, DriveSettings, activity_of_kp, ap_from_kp
from render.geophysics.drive.solar_wind import levelled_kp, linear_kp, newell_coupling
from render.geophysics.drive.substorm_cycle import PERIOD_S
from render.geophysics.upper_air.thermosphere import ThermosphereSettings, thermosphere_at
from render.scene import scene_from_text

NOW = Epoch.parse("2015-03-17T20:00:00Z")
WIND = {"speed_km_s": 500.0, "by_nt": 2.0, "bz_nt": -5.0, "density_cm3": 6.0}


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("kp", 0.0, 9.0), ("ap", 0.0, 400.0), ("f107", 60.0, 400.0), ("f107a", 60.0, 400.0)],
)
def test_indices_end_where_their_scales_do(key, low, high):
    for allowed in (low, high):
        assert getattr(DriveSettings(**{key: allowed}), key) == allowed
    for refused in (np.nextafter(low, -np.inf), np.nextafter(high, np.inf)):
        with pytest.raises(ValidationError, match=key):
            DriveSettings(**{key: refused})


def test_ap_may_be_as_high_as_the_table_goes():
    """Kp 9 stands for ap 400 (Bartels): the limit of Ap is the table's end."""
    field = DriveSettings.model_fields["ap"]
    assert (
        max(getattr(mark, "le", 0.0) or 0.0 for mark in field.metadata)
        == AP_OF_KP[-1]
        == DriveSettings(kp=9.0).ap_index
    )


@pytest.mark.parametrize(("kp", "ap"), [(0, 0), (1, 4), (3, 15), (5, 48), (7, 132), (9, 400), (8 + 2 / 3, 300)])
def test_ap_is_the_standard_table(kp, ap):
    assert ap_from_kp(kp) == pytest.approx(ap)


def test_ap_rises_between_the_thirds():
    assert np.all(np.diff(ap_from_kp(np.linspace(0, 9, 500))) > 0)


def test_defaults_follow_from_kp_and_f107():
    drive = DriveSettings(kp=5.0, f107=150.0)
    assert drive.ap_index == drive.ap_at(1e6, NOW) == pytest.approx(48.0)
    assert drive.f107_mean_on(NOW) == drive.f107_on(NOW) == 150.0


def test_given_indices_win():
    drive = DriveSettings(kp=5.0, f107=150.0, f107a=120.0, ap=9.0)
    assert (drive.ap_index, drive.f107_on(NOW), drive.f107_mean_on(NOW)) == (9.0, 150.0, 120.0)
    assert DriveSettings(preset="storm", ap=9.0).ap_at(0.0, NOW) == 9.0


@pytest.mark.parametrize(
    "bad",
    [
        {"kp": 9.5}, {"kp": -0.1}, {"f107": 10.0}, {"ap": -1.0}, {"kq": 3.0}, {"preset": "calm"},
        {"solar_wind": {**WIND, "speed_km_s": 400_000.0}}, {"solar_wind": {"speed_km_s": 400.0}}, {"file": "gone.csv"},
    ],
)  # fmt: skip
def test_bad_values_are_errors(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        DriveSettings(**bad)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kp": 3.0, "preset": "storm"}, "kp and preset both say what drives the aurora; give one of kp, solar_wind,"),
        ({"kp": 0.0, "solar_wind": WIND}, "kp and solar_wind both say"),
        ({"kp": 1.0, "solar_wind": WIND, "preset": "quiet"}, "kp, solar_wind and preset all say"),
        ({"kp": 3.0, "arrival_s": 60.0}, 'arrival_s belongs to preset = "cme_arrival"'),
        ({"preset": "storm", "arrival_s": 600.0}, "arrival_s belongs to"),
    ],
)
def test_one_source_only(given, words):
    with pytest.raises(ValidationError, match=words):
        DriveSettings(**given)


def test_a_scene_says_so_in_one_line(minimal_scene):
    with pytest.raises(SceneError, match=r"^scene: \[drive\]: kp and preset both say what drives the aurora; [^\n]*$"):
        scene_from_text(minimal_scene + '[drive]\nkp = 4\npreset = "active"\n')
    with pytest.raises(SceneError, match=r"\[drive\] solar_wind.bz_nt: missing"):
        scene_from_text(minimal_scene + "[drive]\nsolar_wind = { speed_km_s = 400, by_nt = 1, density_cm3 = 5 }\n")
    with pytest.raises(SceneError, match=r"solar_wind.speed_km_s: 400000 is out of range; allowed: 100 to 3000"):
        scene_from_text(
            minimal_scene + "[drive]\nsolar_wind = { speed_km_s = 400000, by_nt = 1, bz_nt = 1, density_cm3 = 5 }\n"
        )


def test_no_source_is_the_kp_of_the_date():
    for drive in (DriveSettings(), DriveSettings(f107=200.0), DriveSettings(kp=None)):
        assert drive.of_date
        assert drive.state(0.0, NOW).kp == pytest.approx(7 + 1 / 3)  # 7+ from 18 to 21 UT (GFZ Potsdam)
    assert not DriveSettings(preset="quiet").of_date
    for drive in (DriveSettings(), DriveSettings(preset="cme_arrival"), DriveSettings(solar_wind=WIND)):
        assert DriveSettings.model_validate(drive.model_dump()) == drive


def test_constant_kp_has_a_state_and_no_substorms():
    state = DriveSettings(kp=5.0).state(123.0, NOW)
    assert (state.kp, state.activity, state.pressure_npa, state.coupling) == (5.0, 1.0, None, None)
    assert DriveSettings(kp=8.0).onsets(-1e6, 1e6, NOW) == ()


def test_activity_rises_with_kp():
    kp = np.linspace(0.0, 9.0, 91)
    assert np.all(np.diff([activity_of_kp(k) for k in kp]) > 0.0)
    assert [activity_of_kp(k) for k in (1.0, 3.0, 5.0, 8.0)] == pytest.approx([0.45, 0.8, 1.0, 1.25])


def test_a_steady_wind_has_its_kp_and_regular_substorms():
    drive = DriveSettings(solar_wind=WIND)
    coupling = float(newell_coupling(500.0, 2.0, -5.0))
    state = drive.state(-77.0, NOW)
    assert state == drive.state(1e7, NOW)
    assert state.coupling == pytest.approx(coupling)
    assert state.kp == pytest.approx(float(levelled_kp(linear_kp(coupling, 500.0, 6.0))))
    assert state.activity == pytest.approx(activity_of_kp(state.kp))
    assert state.pressure_npa == pytest.approx(3.0)
    for start_s in (0.0, 1e6):
        times = [onset.time_s for onset in drive.onsets(start_s, start_s + 5 * PERIOD_S, NOW)]
        assert np.diff(times) == pytest.approx([PERIOD_S] * 4)


def test_kp_rises_with_each_part_of_the_wind():
    def kp(**change):
        return DriveSettings(solar_wind={**WIND, **change}).state(0.0, NOW).kp

    assert kp() < min(kp(speed_km_s=600.0), kp(bz_nt=-8.0), kp(density_cm3=12.0))
    assert kp(bz_nt=5.0) < kp()


def test_the_thermosphere_is_that_of_the_drives_kp():
    def warmth(drive):
        column = thermosphere_at(ThermosphereSettings(), 58.0, -80.0, NOW, drive)
        return column.Tn_K[column.altitude_km == 400.0][0]

    storm = DriveSettings(preset="storm")
    assert warmth(storm) == pytest.approx(warmth(DriveSettings(kp=storm.state(0.0, NOW).kp)))
    assert warmth(storm) > warmth(DriveSettings(preset="quiet")) + 100.0
    with pytest.raises(InputError, match="ap_at"):
        _ = storm.ap_index
