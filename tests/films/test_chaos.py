"""Several processes at one film, left in peace and not: each frame once, nothing lost, equal to the bit."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.films.chaos import MAIN, Attack, can_have_hosts

FRAMES = 16
WITHOUT_LEASES = MAIN.replace(
    "from render import cli\n", "from render import cli\nfrom render.films import claims\n"
    "claims.Claims.take = lambda self, key, **about: True\nclaims.Claims.living = lambda self: []\n",
)  # fmt: skip
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists() or os.name == "nt", reason="finds processes in /proc"
)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the frames of a film that one process has made in peace."""
    film = Attack(tmp_path_factory.mktemp("alone") / "film", FRAMES, 1, 0, frame_s=0.0)
    film.run()
    assert film.faults == [] and film.times_rendered() == Counter(range(FRAMES))
    return frames_of(film)


def frames_of(film: Attack) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in film.folder.glob("frame_*.png")}


@pytest.mark.parametrize("own_hosts", [False, True])
def test_each_frame_is_rendered_once(tmp_path: Path, alone: dict[str, bytes], own_hosts: bool) -> None:
    if own_hosts and not can_have_hosts():
        pytest.skip("processes may not be given hosts of their own here")
    film = Attack(tmp_path / "film", FRAMES, 3, 0, own_hosts=own_hosts)
    film.run()
    assert film.faults == [] and film.times_rendered() == Counter(range(FRAMES))
    assert frames_of(film) == alone and film.rest() == []
    hosts = {line.split()[1] for line in film.log.read_text(encoding="utf-8").splitlines()}
    assert len(hosts) == 3 if own_hosts else len(hosts) == 1


def test_without_leases_frames_are_rendered_more_than_once(tmp_path: Path, alone: dict[str, bytes]) -> None:
    film = Attack(tmp_path / "film", FRAMES, 3, 0, main=WITHOUT_LEASES)
    film.run()
    assert sum(film.times_rendered().values()) > FRAMES and frames_of(film) == alone


def test_nothing_is_lost_to_kills(tmp_path: Path, alone: dict[str, bytes]) -> None:
    film = Attack(tmp_path / "film", FRAMES, 3, 6, seed=5, frame_s=1.0, strike_within_s=0.8)
    film.run()
    assert film.faults == [] and sum(film.events.values()) >= 3
    assert frames_of(film) == alone and film.rest() == []
    assert all(film.times_rendered()[index] for index in range(FRAMES))


def test_nothing_is_lost_to_a_folder_that_goes_and_comes(tmp_path: Path, alone: dict[str, bytes]) -> None:
    film = Attack(
        tmp_path / "film", FRAMES, 2, 0, seed=2, absences=3, frame_s=0.5, strike_within_s=0.3, lease_s=1.0
    )  # fmt: skip
    film.run(timeout_s=120.0)
    assert film.faults == [] and sum(film.events.values()) >= 2
    assert frames_of(film) == alone and film.rest() == []
    assert film.times_rendered() == Counter(range(FRAMES)) and all(code.startswith("0") for code in film.codes)
