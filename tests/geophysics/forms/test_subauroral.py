"""Where subauroral arcs stand: L shells, envelopes, drift and striae, against closed forms and published figures."""

import numpy as np
import pytest
from pydantic import ValidationError

from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.forms import subauroral
from render.geophysics.forms.oval import starkov_boundaries
from render.geophysics.forms.subauroral import SarArcSettings, SteveSettings

ALONG = np.arange(-12.0, 12.0, 0.005) * KM_PER_HOUR  # x, from noon to noon


def test_l_shells_are_dipole_lines():
    """cos^2 of the invariant latitude is 1/L: 54.74 deg at L 3, 60 at 4."""
    assert subauroral.apex_latitude_of_l(3.0) == pytest.approx(54.74, abs=0.01)
    assert subauroral.apex_latitude_of_l(4.0) == pytest.approx(60.0)


def test_a_sar_arc_follows_its_shell():
    by_l, by_latitude = SarArcSettings(l_shell=3.0), SarArcSettings(apex_latitude_deg=54.5)
    assert subauroral.sar_centre_km(by_l, ALONG) == pytest.approx(54.74 * KM_PER_DEGREE, abs=2.0)
    assert subauroral.sar_centre_km(by_latitude, ALONG) == pytest.approx(54.5 * KM_PER_DEGREE)
    with pytest.raises(ValidationError, match="give one of them"):
        SarArcSettings(l_shell=3.0, apex_latitude_deg=54.0)


@pytest.mark.parametrize(("start", "stop"), [(21.0, 23.6), (22.5, 2.0), (18.0, 6.0), (1.0, 4.0)])
def test_envelope_covers_its_local_times(start, stop):
    arc = SteveSettings(mlt_from_h=start, mlt_to_h=stop)
    envelope = subauroral.along(arc, ALONG)
    since = (ALONG / KM_PER_HOUR - start) % 24.0
    span = (stop - start) % 24.0
    inside = since < span
    assert (envelope[~inside] == 0.0).all()
    assert envelope[np.abs(since - 0.5 * span).argmin()] == 1.0
    assert envelope.min() >= 0.0 and envelope.max() <= 1.0
    assert envelope.sum() * 0.005 == pytest.approx(span - subauroral.STEVE_FADE_H, abs=0.01)
    assert np.abs(np.diff(envelope)).max() < 0.03  # no step


def test_nothing_at_the_cut_of_the_map():
    arc = SarArcSettings(mlt_from_h=6.0, mlt_to_h=3.0)
    envelope = subauroral.along(arc, ALONG)
    assert (envelope[np.abs(ALONG) > 11.5 * KM_PER_HOUR] == 0.0).all()
    assert envelope[np.abs(ALONG + 9.0 * KM_PER_HOUR).argmin()] == 1.0  # 15 h, on the other side of it


@pytest.mark.parametrize(("start", "stop"), [(20.0, 20.0), (20.0, 19.0), (24.0, 0.0)])
def test_an_arc_must_begin_and_end(start, stop):
    with pytest.raises(ValidationError, match="at most 22"):
        SteveSettings(mlt_from_h=start, mlt_to_h=stop)


def test_steve_is_as_long_as_observed():
    """2145 km (Gallardo-Lacourt et al. 2018), at the true length of a degree of longitude where it stands."""
    arc = SteveSettings()
    length = subauroral.along(arc, ALONG).sum() * 0.005 * 15.0 * KM_PER_DEGREE * np.cos(np.radians(60.0))
    assert 1700.0 < length < 2400.0


def test_steve_stands_below_the_oval_and_drifts_equatorward():
    arc, x = SteveSettings(), np.linspace(-3.0, -0.4, 200) * KM_PER_HOUR
    edge = starkov_boundaries(x / KM_PER_HOUR % 24.0, 5.0).equatorward_deg
    below = edge - subauroral.steve_centre_km(arc, 5.0, x, 0.0) / KM_PER_DEGREE
    assert (below > 3.0).all() and (below < 6.0).all()
    now, later = (subauroral.steve_centre_km(arc, 5.0, x, t).mean() for t in (0.0, 3600.0))
    assert now - later == pytest.approx(50.0, abs=2.0 * subauroral.UNDULATION_HALF_KM)
    fixed = SteveSettings(apex_latitude_deg=60.0)
    assert subauroral.steve_centre_km(fixed, 2.0, x, 0.0) == pytest.approx(
        60.0 * KM_PER_DEGREE, abs=subauroral.UNDULATION_HALF_KM
    )


@pytest.mark.parametrize("drift_km_h", [50.0, -120.0])
def test_steves_drift_levels_off(drift_km_h):
    """It moves some 50 km in its hour (Gallardo-Lacourt et al. 2018) and not 1390 km in 1e5 s."""
    arc, x = SteveSettings(apex_latitude_deg=60.0, drift_km_h=drift_km_h), np.linspace(-3.0, -0.4, 500) * KM_PER_HOUR
    still = arc.model_copy(update={"drift_km_h": 0.0})  # with the same bends

    def moved(time_s):
        way = subauroral.steve_centre_km(still, 5.0, x, time_s) - subauroral.steve_centre_km(arc, 5.0, x, time_s)
        assert np.ptp(way) < 1e-9
        return float(way[0])

    for time_s in (-600.0, -30.0, 30.0, 600.0):
        assert moved(time_s) == pytest.approx(drift_km_h * time_s / 3600.0, rel=0.01)
    assert moved(3600.0) == pytest.approx(drift_km_h, rel=0.1)
    assert moved(1e5) == pytest.approx(1.11 * drift_km_h, rel=0.01)
    assert moved(-1e5) == pytest.approx(-moved(1e5))
    ways = np.sign(drift_km_h) * np.array([moved(time_s) for time_s in np.arange(0.0, 20_000.0, 100.0)])
    assert (np.diff(ways) > 0.0).all()
    assert np.abs(np.diff(ways, 2)).max() < 0.1 * ways[1]  # no kink: at 100 s steps it starts with ways[1] each


def test_pickets_stand_a_little_equatorward():
    arc, x = SteveSettings(picket_offset_km=7.0), np.linspace(-2000.0, 0.0, 50)
    offset = subauroral.steve_centre_km(arc, 5.0, x, 60.0, 9) - subauroral.picket_track_km(arc, 5.0, x, 60.0, 9)
    assert offset == pytest.approx(7.0)


def test_striae_stream_westward():
    """After 2 s the pattern fits best where it has moved by 11 km towards smaller x."""
    arc = SteveSettings(mlt_from_h=19.0, mlt_to_h=24.0)
    x = np.arange(-2800.0, -700.0, 0.5)
    before = subauroral.steve_brightness(arc, x, 100.0, 5)
    shifts = np.arange(-30.0, 30.5, 0.5)
    fits = [np.corrcoef(before, subauroral.steve_brightness(arc, x + shift, 102.0, 5))[0, 1] for shift in shifts]
    assert shifts[int(np.argmax(fits))] == pytest.approx(-2.0 * arc.striae_km_s, abs=2.0)
    assert max(fits) > 0.9
    assert before.std() > 0.1
    assert before.mean() == pytest.approx(1.0, abs=0.25)
    assert before.min() >= 0.0


def test_seeds_differ_and_instants_are_their_own():
    arc, x = SteveSettings(), np.linspace(-1900.0, -500.0, 300)
    one, other = (subauroral.steve_brightness(arc, x, 50.0, seed) for seed in (1, 2))
    assert np.abs(one - other).max() > 0.1
    np.testing.assert_array_equal(one, subauroral.steve_brightness(arc, x, 50.0, 1))
    part = subauroral.steve_brightness(arc, x[100:200], 50.0, 1)
    np.testing.assert_array_equal(one[100:200], part)
