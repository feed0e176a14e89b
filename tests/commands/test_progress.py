"""Where there is no terminal, work says how far it is in lines, of each stage, picture and frame."""

from __future__ import annotations

import re
import sys
import threading
import time

import pytest

from render.commands import progress
from render.commands.terminal import lines, loudness
from render.core import cache
from render.films.film import FilmProgress
from render.frame import render as frame_render


class Clock:
    """Stands in for the clock: set its `now`, s."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stand in for the clock of lines; whether one is due is looked at only when something is told."""
    clock = Clock()
    monkeypatch.setattr(lines, "time", clock)
    monkeypatch.setattr(lines, "LOOK_EVERY_S", 1e3)
    return clock


@pytest.fixture
def verbose():
    before = loudness._asked.set("verbose")
    yield
    loudness._asked.reset(before)


@pytest.fixture
def quiet():
    before = loudness._asked.set("quiet")
    yield
    loudness._asked.reset(before)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.removeprefix("polarlight: ") for line in capsys.readouterr().err.splitlines()]


def test_each_stage_has_one_line_however_its_parts_are_numbered(clock, capsys):
    with progress.progress_bar("first_light") as tell:
        for now, fraction, doing in (
            (0.1, 0.0, "the air"), (1.2, 0.1, "map of the aurora"), (1.9, 0.25, "marching, 0% of the rows"),
            (3.0, 0.5, "marching, 30% of the rows"), (5.0, 0.6, "marching, 60% of the rows"), (6.0, 1.0, "done"),
        ):  # fmt: skip
            clock.now = now
            tell(fraction, doing)
    assert told(capsys) == [
        "first_light: 0%, the air",
        "first_light: 10%, map of the aurora",
        "first_light: 25%, marching, 0% of the rows",
        "first_light: 100%, done",
    ]


def test_a_stage_that_goes_on_has_a_line_in_ten_seconds_with_the_time_left(clock, capsys):
    # Closed forms: 2 of 13 in 20 s are 10 s each, of which 11 are left; 25 % in 15 s leave 45 s.
    with progress.progress_bar("first_light") as tell:
        for now, doing in (
            (0.0, "metering the film, 1 of 13"), (9.0, "metering the film, 2 of 13"),
            (20.0, "metering the film, 3 of 13"), (21.0, "marching, 0% of the rows"),
            (36.0, "marching, 25% of the rows"),
        ):  # fmt: skip
            clock.now = now
            tell(0.5, doing)
    assert told(capsys) == [
        "first_light: 50%, metering the film, 1 of 13",
        "first_light: 50%, metering the film, 3 of 13, about 1 min 50 s left",
        "first_light: 50%, marching, 0% of the rows",
        "first_light: 50%, marching, 25% of the rows, about 45.0 s left",
    ]


def test_work_that_says_nothing_meanwhile_is_looked_at_from_outside(monkeypatch, capsys):
    monkeypatch.setattr(lines, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(lines, "LINE_EVERY_S", 0.05)
    with progress.progress_bar("first_light") as tell:
        tell(0.0, "the map of the aurora")
        deadline = time.monotonic() + 30.0
        heard: list[str] = []
        while len(heard) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
            heard += told(capsys)
    assert heard[0] == "first_light: 0%, the map of the aurora"
    assert re.fullmatch(r"first_light: 0%, the map of the aurora, for 0\.\d s", heard[1])


def test_what_is_made_once_is_named_after_the_stage_that_waits_for_it(clock, capsys):
    with progress.progress_bar("first_light") as tell:
        tell(0.1, "the sky")
        with cache.told("making a table, diffuse"):
            clock.now = 4.0
            with cache.told("compiling kernels, march"):
                clock.now = 14.0
            clock.now = 26.0
    with cache.told("making a table, unheard"):
        clock.now = 50.0
    assert told(capsys) == [
        "first_light: 10%, the sky",
        "first_light: 10%, the sky: compiling kernels, march, for 10.0 s",
        "first_light: 10%, the sky: making a table, diffuse, for 26.0 s",
    ]


def test_a_table_whose_making_says_how_far_it_is_does_not_hide_the_time_left(clock, capsys):
    with progress.progress_bar("first_light") as tell, cache.told("making a table, exposure"):
        for now, index in ((1.0, 1), (13.0, 2)):
            clock.now = now
            tell(0.0, f"metering the film, {index} of 3")
        clock.now = 30.0
        with cache.told("making a table, field lines"):
            clock.now = 41.0
    assert told(capsys) == [
        "first_light: 0%, metering the film, 1 of 3",
        "first_light: 0%, metering the film, 2 of 3, about 24.0 s left",
        "first_light: 0%, metering the film, 2 of 3, about 7.0 s left",
        "first_light: 0%, metering the film, 2 of 3: making a table, field lines, for 11.0 s",
    ]


def test_a_series_has_a_line_of_each_of_its_pictures_that_is_finished(clock, capsys):
    with progress.progress_bar("poker", each=True) as tell:
        for now, index in ((0.0, 1), (30.0, 2), (40.0, 4)):  # the third lies there already
            clock.now = now
            tell((index - 1) / 4, f"picture {index} of 4")
            with cache.told("compiling kernels"):
                pass
        clock.now = 48.0
    assert told(capsys) == [
        "poker: picture 1 of 4 done, 30.0 s, at most 1 min 30 s left",
        "poker: picture 2 of 4 done, 10.0 s, 20.0 s left",
        "poker: picture 4 of 4 done, 8.0 s",
    ]


def test_a_series_that_breaks_off_does_not_claim_its_last(clock, capsys):
    with pytest.raises(KeyboardInterrupt), progress.progress_bar("poker", each=True) as tell:
        tell(0.0, "picture 1 of 4")
        raise KeyboardInterrupt
    assert told(capsys) == []


def film_of_three(clock: Clock) -> None:
    """Tell of a film of ten frames, seven of which are kept: 20, 10 and 10 s."""
    with progress.film_bar() as tell:
        tell(FilmProgress(0, 3, 7, None, "field lines of the way, 0 of 2 regions"))
        tell(FilmProgress(0, 3, 7, None, "field lines of the way, 1 of 2 regions"))
        clock.now = 5.0
        for done, now, left in ((0, 25.0, 40.0), (1, 35.0, 15.0), (2, 45.0, 0.0)):
            begun, index = clock.now, 7 + done
            tell(FilmProgress(done, 3, 7, None, f"frame {index}"))
            listener = frame_render._listener.get()
            assert listener is not None
            listener(0.0, "the sky")
            clock.now += 0.75 * (now - begun)
            listener(1.0, "done")
            clock.now = now
            tell(FilmProgress(done + 1, 3, 7, left, f"frame {index}", index, now - begun))
        tell(FilmProgress(3, 3, 7, None, "joining frames"))


def test_a_film_has_a_line_of_each_frame_and_of_what_is_made_ahead(clock, capsys):
    film_of_three(clock)
    assert told(capsys) == [
        "film: 7 of 10 frames are there already",
        "film: 7 of 10, field lines of the way, 0 of 2 regions",
        "film: frame 7, 8 of 10 done, 20.0 s, at most 40.0 s left",
        "film: frame 8, 9 of 10 done, 10.0 s, 15.0 s left",
        "film: frame 9, 10 of 10 done, 10.0 s",
        "film: 10 of 10, joining frames",
    ]


def test_verbose_tells_the_stages_of_each_frame(clock, capsys, verbose):
    film_of_three(clock)
    heard = told(capsys)
    assert "film: ahead: field lines of the way 5.0 s" in heard
    assert "film: frame 8: the sky 7.5 s, developing 2.5 s" in heard
    assert re.fullmatch(r"film: took 45\.0 s.*", heard[-1])


def test_verbose_hears_of_frames_from_any_thread(clock, capsys, verbose):
    with progress.film_bar() as tell:
        tell(FilmProgress(0, 1, 0, None, "field lines of the way, 0 of 2 regions"))
        clock.now = 5.0
        begun = FilmProgress(0, 1, 0, None, "frame 0")
        thread = threading.Thread(target=tell, args=(begun,))
        thread.start()
        thread.join()
    assert "film: ahead: field lines of the way 5.0 s" in told(capsys)


def test_verbose_tells_what_is_made_and_how_long_it_and_the_stages_took(clock, capsys, verbose):
    with progress.progress_bar("first_light") as tell:
        tell(0.0, "the sky")
        with cache.told("making a table, diffuse"):
            clock.now = 2.0
            with cache.told("compiling kernels, march"):
                clock.now = 5.0
        clock.now = 6.0
        tell(0.5, "stars")
        clock.now = 6.01
        tell(0.6, "the sky")
        clock.now = 7.01
    heard = told(capsys)
    assert heard[1:3] == ["first_light: compiling kernels, march: 3.0 s", "first_light: making a table, diffuse: 5.0 s"]
    memory = r"; memory at peak \d.*B" if sys.platform != "win32" else ""
    assert re.fullmatch(rf"first_light: took 7\.0 s: the sky 7\.0 s{memory}", heard[-1])


def test_quiet_work_says_nothing(clock, capsys, quiet):
    with progress.progress_bar("first_light") as tell:
        tell(0.0, "the sky")
        clock.now = 60.0
        tell(0.1, "the sky")
    with progress.film_bar() as tell_film:
        tell_film(FilmProgress(0, 3, 7, None, "frame 0"))
    assert told(capsys) == []


@pytest.mark.parametrize(
    ("doing", "stage", "share"),
    [
        ("metering the film, 3 of 13", "metering the film", 2 / 13),
        ("marching, 42% of the rows", "marching", 0.42),
        ("field lines of the way, 0 of 2 regions", "field lines of the way", 0.0),
        ("the map of the aurora", "the map of the aurora", None),
        ("frame 12", "frame", None),
    ],
)
def test_stages_and_shares_are_read_off_what_is_told(doing, stage, share):
    assert lines.stage_of(doing) == stage
    assert lines.share_of(doing) == (share if share is None else pytest.approx(share))
