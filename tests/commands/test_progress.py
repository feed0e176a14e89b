"""Where there is no terminal, long work says how far it is in lines, and short work says nothing."""

import pytest

from render.commands import progress
from render.core import cache
from render.films.film import FilmProgress


@pytest.fixture
def clock(monkeypatch):
    """Stand in for the clock: set its `now`, s."""

    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_each_stage_of_long_work_has_its_line_and_one_stage_a_line_in_ten_seconds(clock, capsys):
    with progress.progress_bar("first_light") as tell:
        for now, fraction, doing in (
            (0.1, 0.0, "the air"), (1.2, 0.1, "map of the aurora"), (1.9, 0.2, "the sky"), (3.0, 0.5, "rows 0 to 9"),
            (5.0, 0.6, "rows 10 to 19"), (13.5, 0.9, "rows 20 to 29"),
        ):  # fmt: skip
            clock.now = now
            tell(fraction, doing)
    assert capsys.readouterr().err.splitlines() == [
        "polarlight: first_light: 10%, map of the aurora",
        "polarlight: first_light: 50%, rows 0 to 9",
        "polarlight: first_light: 90%, rows 20 to 29",
    ]


def test_a_series_has_a_line_of_each_of_its_members_and_none_of_what_is_made_for_them(clock, capsys):
    with progress.progress_bar("poker", each=True) as tell:
        for doing in ("picture 1 of 2", "picture 1 of 2: compiling kernels", "picture 1 of 2", "picture 2 of 2"):
            tell(0.0 if doing[8] == "1" else 0.5, doing)
    assert capsys.readouterr().err.splitlines() == [
        "polarlight: poker: 0%, picture 1 of 2", "polarlight: poker: 50%, picture 2 of 2",
    ]  # fmt: skip


def test_short_work_says_nothing(clock, capsys):
    with progress.progress_bar("first_light") as tell:
        clock.now = 0.9
        tell(1.0, "developing")
    assert capsys.readouterr().err == ""


def test_a_film_says_frame_by_frame_how_long_it_will_take(clock, capsys):
    with progress.film_bar() as tell:
        for now, done, left in ((0.0, 0, None), (20.0, 1, 60.0), (40.0, 2, 40.0)):
            clock.now = now
            tell(FilmProgress(done, 4, 6, left, f"frame {6 + done}"))
    assert capsys.readouterr().err.splitlines() == [
        "polarlight: film: 7 of 10, 1 min 0 s left, frame 7",
        "polarlight: film: 8 of 10, 40.0 s left, frame 8",
    ]


def test_what_is_made_once_is_named_after_the_stage_that_waits_for_it(clock, capsys):
    with progress.progress_bar("first_light") as tell:
        tell(0.1, "the sky")
        clock.now = 2.0
        with cache.told("making a table, diffuse"):
            clock.now = 4.0
            with cache.told("compiling kernels"):
                clock.now = 6.0
    with cache.told("making a table, unheard"):
        clock.now = 20.0
    assert capsys.readouterr().err.splitlines() == [
        "polarlight: first_light: 10%, the sky: making a table, diffuse",
        "polarlight: first_light: 10%, the sky: compiling kernels",
    ]


def test_a_film_names_it_too(clock, capsys):
    with progress.film_bar() as tell:
        tell(FilmProgress(0, 4, 6, None, "frame 6"))
        clock.now = 2.0
        with cache.told("compiling kernels"):
            pass
    assert capsys.readouterr().err.splitlines() == ["polarlight: film: 6 of 10, frame 6: compiling kernels"]
