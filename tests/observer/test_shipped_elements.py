"""The shipped elements of the ISS: a photograph solved by its stars, the bundled scenes' own elements, their limits."""

import numpy as np
import pytest
from sgp4.api import Satrec

from render.core.epoch import Epoch
from render.core.errors import InputError, SceneError
from render.core.geodesy import Array
from render.observer.ephemeris import itrs_from_gcrs
from render.observer.orbit import ObserverSettings, elements_age_days, observe
from render.observer.orbits.two_line import checked_tle
from render.observer.shipped_elements import MOST_DAYS, _table, elements_nearest, gap_words
from render.scene import bundled_scenes, load_scene, scene_from_text

ISS = ObserverSettings(satellite="ISS")
# ISS030-E-102170, its place solved from its stars, for the instant at which it was taken (NASA JSC; the time stamp of
# the file is 13 s later)
PHOTOGRAPH, PLACE_GCRS_KM = Epoch.parse("2012-01-25T09:26:55.06Z"), np.array([-4809.5242, 524.8118, 4729.2658])
SOLVED_KM = 4.0  # 3.06 measured: 0.40 s of flight, which the solution's clock may be off by
SAME_DAY_KM = 2.0  # two sets of one day: 1.3 in the median
FOUR_DAYS_KM = 100.0  # two sets four days apart: less in four cases of five


def place(settings: ObserverSettings, epoch: Epoch, scene_epoch: Epoch | None = None) -> tuple[Array, Array]:
    seen = observe(settings.on_date(scene_epoch or epoch), epoch)
    return seen.position_km, seen.velocity_km_s


def test_the_photograph_was_taken_there() -> None:
    found, velocity = place(ISS, PHOTOGRAPH)
    away = found - itrs_from_gcrs(PHOTOGRAPH) @ PLACE_GCRS_KM
    along = velocity / np.linalg.norm(velocity)
    assert np.linalg.norm(away) == pytest.approx(3.06, abs=0.05)
    assert np.linalg.norm(away) < SOLVED_KM
    assert abs(away @ along) / np.linalg.norm(velocity) == pytest.approx(0.40, abs=0.02)
    assert np.linalg.norm(away - (away @ along) * along) < 1.0


def test_another_day_s_elements_would_not_do() -> None:
    wrong, _ = place(ISS, PHOTOGRAPH, PHOTOGRAPH.plus_seconds(4 * 86_400.0))
    assert np.linalg.norm(wrong - itrs_from_gcrs(PHOTOGRAPH) @ PLACE_GCRS_KM) > SOLVED_KM


@pytest.mark.parametrize("name", [n for n, path in bundled_scenes().items() if "tle = [" in path.read_text()])
def test_bundled_scenes_pass_where_the_table_says(name: str) -> None:
    """Their own elements are of four days after the night: at their epoch they agree, at the night along the track."""
    scene = load_scene(name)
    younger = Epoch.parse("2015-02-01T11:08:32Z")
    assert elements_age_days(scene.observer, younger) == pytest.approx(0.0, abs=1e-4)
    assert np.linalg.norm(place(ISS, younger)[0] - place(scene.observer, younger)[0]) < SAME_DAY_KM
    own, velocity = place(scene.observer, scene.time.epoch)
    away, along = place(ISS, scene.time.epoch)[0] - own, velocity / np.linalg.norm(velocity)
    assert np.linalg.norm(away) < FOUR_DAYS_KM  # 67 measured
    assert np.linalg.norm(away - (away @ along) * along) < SAME_DAY_KM


def test_the_nearest_set_is_taken_for_a_whole_film() -> None:
    noon = elements_nearest(Epoch.parse("2012-01-25T09:26:55Z"))
    assert noon.lines[0][18:32] == "12025.46493756"
    assert noon.gap_days == pytest.approx(-0.0712, abs=1e-4)
    assert noon.epoch.isoformat().startswith("2012-01-25T11:09:30.6")
    assert elements_nearest(Epoch.parse("2012-01-26T01:00:00Z")).lines != noon.lines  # nearer to the next
    film = scene_from_text('[time]\nutc = "2012-01-25T22:00:00Z"\n[observer]\nsatellite = "ISS"\n')
    start, late = film.time.epoch, film.time.epoch.plus_seconds(6 * 3600.0)
    assert np.array_equal(place(film.observer_on_date, late)[0], place(ISS, late, start)[0])
    assert not np.array_equal(place(film.observer_on_date, late)[0], place(ISS, late)[0])


def test_all_sets_are_sound_and_rise() -> None:
    lines, since_s = _table()
    assert len(lines) == 2 * len(since_s) == 2 * 9390
    assert np.all(np.diff(since_s) > 0.0)
    for at in range(0, len(since_s), 97):
        pair = lines[2 * at], lines[2 * at + 1]
        assert checked_tle(pair) == pair
        own = Satrec.twoline2rv(*pair)
        days = own.jdsatepoch + own.jdsatepochF - 2435839.5  # JD of 1957-01-01T00
        assert since_s[at] == pytest.approx(86_400.0 * days, abs=1e-3)


@pytest.mark.parametrize(
    "century", ["1998-11-20T12:27:00Z", "1999-12-31T12:00:00Z", "2000-02-29T12:00:00Z", "2024-09-09T12:00:00Z"]
)
def test_years_of_two_digits(century: str) -> None:
    found = elements_nearest(Epoch.parse(century))
    assert abs(found.gap_days) < 1.0
    assert abs(found.epoch.seconds_since(Epoch.parse(century))) < 86_400.0


def test_outside_the_table_is_one_line() -> None:
    scene = '[time]\nutc = "{}"\n[observer]\nsatellite = "ISS"\n'
    last = elements_nearest(Epoch.parse("2024-09-12T00:00:00Z"))
    assert last.gap_days == pytest.approx(2.5, abs=0.01)
    assert gap_words(last) == "ISS by its elements of 2024-09-09T12:02:29Z; the scene is 2.50 days after them"
    for far in ("2024-09-15T00:00:00Z", "1998-11-15T00:00:00Z", "1957-10-04T00:00:00Z", "9999-12-31T00:00:00Z"):
        with pytest.raises(
            SceneError, match=r'^scene: \[observer\] satellite = "ISS": [^\n]*1998-11-20 to 2024-09-09[^\n]*tle'
        ):
            scene_from_text(scene.format(far))
    with pytest.raises(SceneError, match=r"\[observer\] satellite: \"HST\" does not fit; allowed: 'ISS' \(line 4\)"):
        scene_from_text(scene.format("2012-01-25").replace("ISS", "HST"))
    with pytest.raises(SceneError, match="give exactly one of: satellite, tle"):
        scene_from_text(scene.format("2012-01-25") + "latitude_deg = 1.0\nlongitude_deg = 1.0\naltitude_km = 400.0\n")


def missed_km(days: int, count: int = 300) -> np.ndarray:
    """Return by how much sets of the table, taken `days` further, miss the one of that day: along the track, [set]."""
    lines, since_s = _table()
    found = []
    for at in np.linspace(400, len(since_s) - 40, count).astype(int):
        later = int(np.argmin(np.abs(since_s - since_s[at] - 86_400.0 * days)))
        if abs(since_s[later] - since_s[at] - 86_400.0 * days) > 0.3 * 86_400.0:
            continue
        old, new = (Satrec.twoline2rv(lines[2 * i], lines[2 * i + 1]) for i in (at, later))
        states = [set_.sgp4(new.jdsatepoch, new.jdsatepochF)[1:] for set_ in (old, new)]
        away, velocity = np.subtract(states[0][0], states[1][0]), np.array(states[1][1])
        found.append(abs(away @ velocity) / np.linalg.norm(velocity))
    return np.array(found)


@pytest.mark.parametrize(("days", "median_km", "share"), [(1, 2.4, 0.03), (int(MOST_DAYS), 36.0, 0.27)])
def test_the_limit_is_where_the_sets_begin_to_miss(days: int, median_km: float, share: float) -> None:
    missed = missed_km(days)
    assert np.median(missed) == pytest.approx(median_km, rel=0.25)
    assert np.mean(missed > 100.0) == pytest.approx(share, abs=0.05)


def test_no_gap_of_the_table_is_beyond_the_limit() -> None:
    """Of 9390 sets the two farthest apart stand around 12 May 2014."""
    _, since_s = _table()
    widest = int(np.argmax(np.diff(since_s)))
    middle = Epoch.parse("1957-01-01").plus_seconds(float(since_s[widest : widest + 2].mean()))
    assert middle.isoformat().startswith("2014-05-10")
    assert 3.0 < abs(elements_nearest(middle).gap_days) < MOST_DAYS


def test_a_name_must_be_resolved_before_it_is_observed() -> None:
    with pytest.raises(InputError, match="no orbital elements"):
        observe(ISS, PHOTOGRAPH)
