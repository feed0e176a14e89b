"""A frame is written once, where its folder is, and its film joined there; a folder's record does not stay alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.core.errors import OutputError
from render.films import joining, one, presence
from render.films.failures import OvertakenError
from render.films.opening import open_folder
from render.films.plan import FilmPlan, plan_of
from render.films.presence import RECORD, FolderAwayError, Presence, record_of
from render.scene import load_scene
from tests.films.shares import write


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilmPlan:
    for module in (presence, one):
        monkeypatch.setattr(module, "LOOK_EVERY_S", 0.02)
    (tmp_path / "film").mkdir()
    return plan_of(load_scene("quiet_arc"), tmp_path / "film", (4, 2), range(12))


def test_a_frame_is_written_once(plan: FilmPlan) -> None:
    record = record_of(plan.folder, plan.identity, replace=True)
    assert record is not None
    write(plan, 0)
    with pytest.raises(OvertakenError):
        one._written(plan, 0, Presence(record), lambda: pytest.fail("written again"))


def test_a_place_that_takes_no_frame_is_told_of(plan: FilmPlan) -> None:
    record = record_of(plan.folder, plan.identity, replace=True)
    assert record is not None
    plan.path(0).mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        one._written(plan, 0, Presence(record), lambda: write(plan, 0) and None)  # type: ignore[func-returns-value]


def test_a_frame_that_never_comes_to_lie_there_is_not_made(plan: FilmPlan) -> None:
    record = record_of(plan.folder, plan.identity, replace=True)
    assert record is not None
    written = []
    with pytest.raises(OutputError, match="is not there"):
        one._written(plan, 0, Presence(record), lambda: written.append(1))
    assert len(written) == one.TRIES


def test_a_folder_that_is_back_when_it_is_looked_for_is_joined(
    plan: FilmPlan, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    once = iter([FolderAwayError("away: Stale file handle")])

    def joined(*_: object) -> None:
        for error in once:
            raise error

    monkeypatch.setattr(joining, "_join", joined)
    with open_folder(plan, 40.0) as (held, _):
        joining.join(plan, held, [0], None, lambda word: None)
    assert next(once, None) is None


def test_a_record_alone_does_not_stay(plan: FilmPlan) -> None:
    with open_folder(plan, 40.0):
        assert (plan.folder / RECORD).exists()
    assert not list(plan.folder.iterdir())
    with open_folder(plan, 40.0):
        write(plan, 0)
    assert sorted(path.name for path in plan.folder.iterdir()) == [RECORD, plan.path(0).name]


def test_an_empty_folder_in_the_place_of_a_new_one_stays(plan: FilmPlan) -> None:
    plan.folder.rmdir()
    with open_folder(plan, 40.0) as (held, _):
        plan.folder.rename(plan.folder.with_name("away"))
        plan.folder.mkdir()
        assert not held.is_there()
    assert plan.folder.is_dir() and (plan.folder.with_name("away") / RECORD).exists()
