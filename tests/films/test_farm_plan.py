"""A film on many machines played in advance: closed forms, and requests counted against the real thing."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import farm_plan
from benchmarks.farm_plan import Farm, Outcome, Play
from render.core.machine import host_tag
from render.films import film, one
from render.films.claims import RENEWALS, Claims
from render.films.failures import Failures
from render.films.folder import STAMP_KEY
from render.films.opening import GUARD, open_folder
from render.films.plan import FilmPlan, Made, plan_of
from render.films.presence import Presence, record_of
from render.films.share import Share
from render.formats.png import write_png
from render.imaging.colour import Image
from render.scene import load_scene
from tests.operations import counted

EVEN = Farm(frames=12, workers=4, frame_s=100.0, spread=0.0, mtbf_h=0.0, start_s=0.0)


def even(**changes: object) -> Farm:
    return Farm(**{**vars(EVEN), **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(("frames", "workers"), [(1, 1), (12, 4), (13, 4), (3, 8), (100, 7), (10_800, 1000)])
@pytest.mark.parametrize("claim", [True, False])
def test_equal_frames_without_failures_come_in_rows(frames: int, workers: int, claim: bool) -> None:
    out = Play(even(frames=frames, workers=workers, claim=claim)).run()
    assert out.time_s == pytest.approx(math.ceil(frames / workers) * 100.0, rel=1e-12)
    assert (out.worked_s, out.lost_s, out.failures) == (pytest.approx(100.0 * frames), 0.0, 0)


def test_a_start_is_paid_once_and_frames_that_are_there_are_not_rendered() -> None:
    assert Play(even(start_s=6.0)).run().time_s == pytest.approx(306.0)
    assert Play(even(there=5)).run().time_s == pytest.approx(200.0)


def test_work_lost_to_failures_is_what_memoryless_deaths_take() -> None:
    """A frame begun anew until it comes to its end takes (exp(rate t) - 1) / rate of work on the mean."""
    rate = 0.5 / 100.0
    farm = even(frames=4000, workers=3, mtbf_h=1.0 / rate / 3600.0, repair_s=0.0)
    out = Play(farm, seed=3).run()
    assert out.worked_s / farm.frames == pytest.approx(math.expm1(0.5) / rate, rel=0.04)
    assert out.lost_s == pytest.approx(out.worked_s - 100.0 * farm.frames)
    assert out.failures / farm.frames == pytest.approx(math.expm1(0.5), rel=0.05)


def test_a_dead_machines_frame_is_taken_when_its_lease_is_over() -> None:
    for claim, taken_s in ((False, 150.0 + 60.0), (True, 150.0 + 600.0)):  # by who waits, or by itself, back again
        play = Play(even(frames=2, workers=2, frame_s=200.0, claim=claim))
        play.dies_s = [math.inf, 150.0]
        play._life = lambda: math.inf  # type: ignore[method-assign]
        out = play.run()
        assert (out.failures, out.lost_s) == (1, 150.0)
        assert out.time_s == pytest.approx(taken_s + 200.0)


def test_stragglers_change_the_end_and_not_the_mean() -> None:
    out = Play(even(frames=4000, workers=50, spread=0.5), seed=2).run()
    assert out.worked_s / 4000 == pytest.approx(100.0, rel=0.03)
    assert out.time_s > 8000.0


def test_requests_in_closed_form() -> None:
    workers, replies = 40, 1
    out = Play(even(frames=workers, workers=workers)).run()
    assert out.requests["names"] == farm_plan.NAMES_OF_A_FRAME * workers
    assert out.requests["opens"] == (farm_plan.OPENS_OF_A_START + farm_plan.OPENS_OF_A_FRAME) * workers
    assert out.requests["renewals"] == pytest.approx(workers * 100.0 * 2 * RENEWALS / 60.0)
    assert out.requests["listings"] == replies * workers * (farm_plan.LISTINGS_OF_A_START + 3)
    assert out.requests["looks"] == 4 * sum(range(workers))  # as they leave, at those that are still at work
    slow = Play(even(frames=workers, workers=workers, one_by_one=True)).run()
    assert slow.requests["looks"] == 4 * workers * (workers - 1)  # as they come too
    assert out.last_reads == 2 * workers


def test_looks_at_others_one_by_one_grow_with_the_square_of_machines() -> None:
    def requests(workers: int, one_by_one: bool) -> int:
        play = Play(even(frames=2000, workers=workers, one_by_one=one_by_one))
        return sum(play.run().requests.values())

    assert requests(1000, True) / requests(100, True) > 5.0
    assert requests(1000, True) > 10.0 * requests(1000, False)


def test_a_seed_gives_a_run() -> None:
    farm = even(frames=200, spread=0.3, mtbf_h=0.2)
    first, again, other = (Play(farm, seed).run() for seed in (1, 1, 2))
    assert (first.time_s, first.requests) == (again.time_s, again.requests) and first.time_s != other.time_s


def test_a_server_works_off_what_came_at_once() -> None:
    out = Outcome()
    out.ask(5.0, "opens", 100_000)
    out.ask(25.0, "opens", 10_000)
    assert out.queue_s(5000.0) == pytest.approx(10.0) and out.peak_per_s == 10_000.0
    assert out.queue_s(1000.0) == pytest.approx(90.0)
    even_out = Outcome()
    even_out.ask_while(3.0, 47.0, "looks", 10.0)
    assert [even_out.bins[place] for place in range(5)] == pytest.approx([70.0, 100.0, 100.0, 100.0, 70.0])


def test_a_table_of_farms(capsys: pytest.CaptureFixture[str]) -> None:
    farm_plan.main(["--workers", "4,12", "--frames", "12", "--spread", "0", "--mtbf-h", "0", "--start-s", "0"])
    head, _, four, twelve = capsys.readouterr().out.splitlines()
    assert head.startswith("| machines | time |")
    assert four.startswith("| 4 | 0.5 h | 100% | 0 | 0.0 h |") and twelve.startswith("| 12 | 0.2 h | 100% |")
    mb_s = 12 * farm_plan.DOME_BYTES * 4.0 / 1e6 / (3 * 544.0)
    assert f"| {mb_s:.1f} |" in four


@pytest.mark.parametrize("bad", [["--workers", "0"], ["--frames", "-1"], ["--there", "12", "--frames", "12"]])
def test_a_farm_that_cannot_be_is_refused(bad: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        farm_plan.main(bad)
    assert caught.value.code == 2


# The real thing


@pytest.fixture
def plan(tmp_path: Path) -> FilmPlan:
    return plan_of(load_scene("quiet_arc"), tmp_path, (4, 2), range(20))


def write(plan: FilmPlan, index: int) -> Made:
    pixels = np.full((2, 4, 3), index / 100.0, np.float32)
    write_png(plan.path(index), Image(pixels), 8, {STAMP_KEY: plan.stamp(index)})
    return Made("none", 0.0)


def test_a_frame_asks_for_as_much_as_is_said(plan: FilmPlan) -> None:
    record = record_of(plan.folder, plan.identity, replace=True)
    assert record is not None
    presence = Presence(record)
    share = Share(plan, Claims(plan.folder, 600.0, presence=presence), Failures(plan, 0), plan.wanted)

    def render(index: int) -> Made:
        one._written(plan, index, presence, lambda: write(plan, index) and None)  # type: ignore[func-returns-value]
        return Made("none", 0.0)

    with counted(plan.folder) as asked:
        index = share.next()
        assert index == 0
        share.make(index, render)
    said = (farm_plan.OPENS_OF_A_FRAME, farm_plan.NAMES_OF_A_FRAME, 2)
    assert (asked["opens"], asked["names"], asked["listings"]) == said
    share.claims.close()


def test_frames_of_others_ask_for_as_much_as_is_said(plan: FilmPlan) -> None:
    away = Claims(plan.folder)
    for index in range(5):
        write(plan, index)
    for index in range(5, 20):
        assert away.take(f"frame_{index:05d}")
    share = Share(plan, Claims(plan.folder), Failures(plan, 0), plan.wanted, wait=False)
    with counted(plan.folder) as asked:
        assert share.next() is None
    looked = farm_plan.OPENS_OF_A_DONE_ONE * 5 + farm_plan.OPENS_OF_A_LEASED_ONE * 15
    assert asked["opens"] == looked  # these five were there before: they are looked at, they may be damaged
    away.close()


def test_a_start_beside_others_asks_for_as_much_as_is_said(plan: FilmPlan) -> None:
    first, busy = Claims(plan.folder), Claims(plan.folder)
    assert first.take(GUARD, film=plan.identity) and busy.take("frame_00019")
    record_of(plan.folder, plan.identity, replace=True)
    for count in (0, 10):
        for index in range(count):
            write(plan, index)
        with counted(plan.folder) as asked, open_folder(plan, 600.0) as (claims, failures_of):
            missing, kept = film._missing(plan, claims, force=False)
            Share(plan, claims, failures_of(2), [*missing, *kept], kept=kept)
            begun = dict(asked)
        assert (begun["opens"], begun["listings"]) == (farm_plan.OPENS_OF_A_START, farm_plan.LISTINGS_OF_A_START)
        assert sorted([*missing, *kept]) == list(plan.wanted) and len(kept) == count
    first.close()
    busy.close()


def test_a_renewal_asks_for_as_much_as_is_said(tmp_path: Path) -> None:
    claims = Claims(tmp_path, 0.2)
    assert claims.take("a")
    with counted(tmp_path) as asked:
        time.sleep(0.5)
        claims._over.set()
        assert claims._renewing is not None
        claims._renewing.join()
        opens = asked["opens"]
    told = json.loads((tmp_path / ".a.lease").read_text(encoding="utf-8"))
    assert told["host"] == host_tag() and told["renewed"] >= 3
    assert abs(opens - farm_plan.OPENS_OF_A_RENEWAL * told["renewed"]) <= farm_plan.OPENS_OF_A_RENEWAL
    claims.close()
