"""A drive that is not given, or in part: the date's own Kp, Ap and F10.7, what is assumed, what is said of it."""

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.frame.air import air_column, scene_air
from render.geophysics.drive import origins, settings
from render.geophysics.drive.indices import measured_indices
from render.geophysics.drive.origins import drive_origins, kp_intervals, later_kp_words
from render.geophysics.drive.settings import DEFAULT_F107, DEFAULT_KP, DriveSettings, activity_of_kp, ap_from_kp
from render.geophysics.forms.drive_series import drive_function
from render.geophysics.upper_air.thermosphere import ThermosphereSettings, thermosphere_at
from render.scene import Scene, bundled_scenes, load_scene, scene_from_text

STORM = Epoch.parse("2015-03-17T11:59:30Z")  # Kp 5+ until 12 UT, then 8-; Ap 108; F10.7 117.2, mean 128.3
LATE = Epoch.parse("2030-01-01T00:00:00Z")
WIND = {"speed_km_s": 500.0, "by_nt": 2.0, "bz_nt": -5.0, "density_cm3": 6.0}
THIRD = 1.0 / 3.0
WITHOUT_AIR = {"uniform_slab"}  # bundled scenes in which nothing depends on the drive
AS_IT_WAS = {"limb_glow", "iss030_e_102170", "poker_flat_allsky"}  # a photograph's night, with what was measured then


def dated(scene: str, utc: str, more: str = "") -> Scene:
    return scene_from_text(scene.replace("2015-01-28T09:45:00Z", utc) + more)


def test_state_changes_with_the_three_hours() -> None:
    drive = DriveSettings()
    before, after = drive.state(29.999, STORM), drive.state(30.0, STORM)
    assert (before.kp, after.kp) == (pytest.approx(5 + THIRD), pytest.approx(8 - THIRD))
    assert before.activity == activity_of_kp(before.kp) < after.activity
    assert (after.pressure_npa, after.coupling) == (None, None)
    assert drive.onsets(-1e5, 1e5, STORM) == ()


def test_a_film_across_the_hour_has_both() -> None:
    """Curtains ask for several instants at once: the past of an afterglow keeps its own Kp."""
    series = drive_function(DriveSettings(), STORM)(np.array([100.0, 30.0, 29.0, -260.0]))
    assert series.kp == pytest.approx([8 - THIRD, 8 - THIRD, 5 + THIRD, 5 + THIRD])
    assert series.events == ()


@pytest.mark.parametrize(
    ("given", "kp", "ap", "f107", "f107a"),
    [
        ({}, 5 + THIRD, 107.5, 117.2, 128.323),
        ({"f107": 200.0}, 5 + THIRD, 107.5, 200.0, 200.0),
        ({"f107a": 90.0}, 5 + THIRD, 107.5, 117.2, 90.0),
        ({"f107": 200.0, "f107a": 90.0}, 5 + THIRD, 107.5, 200.0, 90.0),
        ({"ap": 9.0}, 5 + THIRD, 9.0, 117.2, 128.323),
        ({"kp": 3.0}, 3.0, 15.0, 117.2, 128.323),
        ({"kp": 3.0, "f107": 120.0}, 3.0, 15.0, 120.0, 120.0),
    ],
)
def test_what_is_not_given_is_the_dates(given: dict, kp: float, ap: float, f107: float, f107a: float) -> None:
    drive = DriveSettings(**given)
    assert drive.state(0.0, STORM).kp == pytest.approx(kp)
    assert drive.ap_at(0.0, STORM) == pytest.approx(ap)
    assert (drive.f107_on(STORM), drive.f107_mean_on(STORM)) == (pytest.approx(f107), pytest.approx(f107a, abs=1e-3))
    assert drive.warnings(STORM, 0.0, 3600.0) == ()


@pytest.mark.parametrize("source", [{"preset": "storm"}, {"solar_wind": WIND}])
def test_a_wind_keeps_its_kp_and_takes_the_dates_flux(source: dict) -> None:
    drive = DriveSettings(**source)
    assert drive.state(0.0, STORM) == drive.state(0.0, LATE)
    assert drive.ap_at(0.0, STORM) == float(ap_from_kp(drive.state(0.0, STORM).kp))
    assert drive.f107_on(STORM) == pytest.approx(117.2)


def test_the_table_is_not_asked_for_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden() -> None:
        raise AssertionError("the table was read")

    for module in (settings, origins):
        monkeypatch.setattr(module, "measured_indices", forbidden)
    drive = DriveSettings(kp=5.0, f107=140.0)
    drive.state(0.0, STORM)
    drive.warnings(STORM, 0.0, 1e4)
    assert drive_origins(drive, 0.0, STORM).facts["f107_source"] == "given"
    assert kp_intervals(drive, 0.0, 1e4, STORM) == []


def test_outside_the_table_says_what_it_assumes() -> None:
    drive = DriveSettings()
    assert (drive.state(0.0, LATE).kp, drive.f107_on(LATE), drive.f107_mean_on(LATE)) == (
        DEFAULT_KP,
        DEFAULT_F107,
        DEFAULT_F107,
    )
    assert drive.ap_at(0.0, LATE) == pytest.approx(15.0)
    (line,) = drive.warnings(LATE, 0.0, 100.0)
    assert line == (
        "[drive]: the measured values go from 1957-10-01 to 2025-07-20; assumed: Kp 3 and F10.7 120; give kp and f107 "
        "to say otherwise"
    )
    (line,) = DriveSettings(f107=100.0).warnings(LATE, 0.0, 100.0)
    assert "assumed: Kp 3; give kp to" in line
    (line,) = DriveSettings(kp=5.0).warnings(LATE, 0.0, 100.0)
    assert "assumed: F10.7 120; give f107 to" in line
    assert DriveSettings(kp=5.0, f107=100.0).warnings(LATE, 0.0, 100.0) == ()
    assert DriveSettings(preset="storm", f107=100.0).warnings(LATE, 0.0, 100.0) == ()
    last = measured_indices().last.plus_seconds(-30.0)
    assert drive.warnings(last, 0.0, 29.0) == ()
    assert "assumed: Kp 3; " in drive.warnings(last, 0.0, 30.0)[0]  # a film that leaves the table


def test_a_scene_warns_of_it(minimal_scene: str) -> None:
    assert dated(minimal_scene, "2015-01-28T09:45:00Z").warnings == ()
    assert "assumed: Kp 3 and F10.7 120" in " ".join(dated(minimal_scene, "2030-01-01T00:00:00Z").warnings)
    assert dated(minimal_scene, "2030-01-01T00:00:00Z", "[drive]\nkp = 4.0\nf107 = 100.0\n").warnings == ()


def test_the_air_is_the_dates(minimal_scene: str) -> None:
    of_date = thermosphere_at(ThermosphereSettings(), 58.0, -80.0, STORM, DriveSettings())
    given = DriveSettings(kp=1.0, ap=107.5, f107=117.2, f107a=float(measured_indices().flux(STORM)[1]))  # type: ignore[index]
    same = thermosphere_at(ThermosphereSettings(), 58.0, -80.0, STORM, given)
    assert np.array_equal(of_date.Tn_K, same.Tn_K) and np.array_equal(of_date.O_cm3, same.O_cm3)
    quiet, storm = (dated(minimal_scene, f"{day}T09:00:00Z") for day in ("2009-01-28", "2003-10-29"))
    assert quiet.drive == storm.drive  # the same settings, and not the same air
    assert air_column(quiet) != air_column(storm)
    warm, cold = (scene_air(scene).Tn_K[-1] for scene in (storm, quiet))
    assert warm > cold + 300.0


def test_no_bundled_scene_hangs_on_the_table() -> None:
    """Their light was chosen by their authors; a date that says otherwise must not change it."""
    for name in bundled_scenes().keys() - WITHOUT_AIR - AS_IT_WAS:
        drive = load_scene(name).drive
        assert not drive.of_date and drive.f107 is not None, name


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Kp 5+ (GFZ Potsdam, 2015-03-17 09 to 12 UT), Ap 108 (GFZ Potsdam, mean of the day)"),
        ({"ap": 9.0}, "Kp 5+ (GFZ Potsdam, 2015-03-17 09 to 12 UT), Ap 9 (given)"),
        ({"kp": 4.5}, "Kp 4.5 (given), Ap 35.5 (from Kp)"),
        ({"preset": "quiet"}, "Kp 1.01 (preset quiet), Ap 4.04 (from Kp)"),
        ({"solar_wind": WIND}, "Kp 4.38 (from the solar wind given), Ap 33 (from Kp)"),
    ],
)
def test_the_source_of_kp_is_told(given: dict, words: str) -> None:
    assert drive_origins(DriveSettings(**given), 0.0, STORM).kp_words == words


def test_the_source_of_the_flux_is_told() -> None:
    told = drive_origins(DriveSettings(), 0.0, STORM)
    assert told.flux_words == (
        "F10.7 117.2 (CelesTrak, observed 2015-03-16), 81-day mean 128.3 (CelesTrak, 2015-02-05 to 2015-04-26)"
    )
    assert told.header == {
        "kp": "5.33", "ap": "107.5", "f107": "117.2", "f107a": "128.3", "drive": f"{told.kp_words}; {told.flux_words}",
    }  # fmt: skip
    assert drive_origins(DriveSettings(f107=140.0), 0.0, STORM).flux_words == (
        "F10.7 140 (given), 81-day mean 140 (as F10.7)"
    )
    assumed = drive_origins(DriveSettings(), 0.0, LATE)
    assert (assumed.kp_words, assumed.flux_words) == (
        "Kp 3 (assumed), Ap 15 (from Kp)", "F10.7 120 (assumed), 81-day mean 120 (as F10.7)",
    )  # fmt: skip


def test_a_film_tells_how_kp_goes_on() -> None:
    intervals = kp_intervals(DriveSettings(), 0.0, 6 * 3600.0, STORM)
    assert [begins.isoformat()[11:13] for begins, _ in intervals] == ["09", "12", "15"]
    assert later_kp_words(intervals) == ", then Kp 8- from 12 UT, 8- from 15 UT"
    assert later_kp_words(intervals[:1]) == later_kp_words([]) == ""
    days = kp_intervals(DriveSettings(), 0.0, 3 * 86_400.0, STORM)
    assert len(days) == 25 and later_kp_words(days).endswith(", and 17 more")
    assert kp_intervals(DriveSettings(), 0.0, 60.0, LATE) == []
