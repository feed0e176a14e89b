"""The folder of a film opened for work: made, found to hold no other film, swept, and guarded against another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from render.core.errors import OutputError
from render.core.files import sweep
from render.core.machine import host_tag, is_alive
from render.films.claims import Claims
from render.films.failures import Failures
from render.films.folder import check_frames_are_of, make_folder
from render.films.plan import FilmPlan
from render.films.presence import WAIT_S, Presence, Record, forget_empty, record_of

GUARD = "film"  # key of the lease that says of which film an empty folder is to be
LOOK_EVERY_S = 0.5  # s between two looks at another's lease


@contextmanager
def open_folder(
    plan: FilmPlan, lease_s: float, *, force: bool = False, tell: Callable[[str], None] = lambda what: None,
    wait_s: float = WAIT_S,
) -> Iterator[tuple[Claims, Callable[[int], Failures]]]:  # fmt: skip
    """Give the leases of a film's folder, and its failures by the number of retries; leases end with the block.

    `force`: frames of another film may lie there. `wait_s`: for how long the folder is waited for where it goes, which
    `tell` hears. Raises OutputError where they may not and do, where another film is being rendered into the folder,
    and where it cannot be made or written to.
    """
    claims = Claims(plan.folder, lease_s)
    if not force and (claims.holder(GUARD) or {}).get("film") != plan.identity:
        check_frames_are_of(plan.scene, plan.folder, plan.size)
    made = not plan.folder.exists()
    make_folder(plan.folder)
    try:
        claims.presence = Presence(_record(plan, claims, force, tell), wait_s, tell)
        name = plan.scene.film.frame_name
        sweep(plan.folder, f"{name}_*")
        if claims.is_alone():
            claims.clear_dead()
            Failures(plan, 0).forget_all()
        yield claims, lambda retries: Failures(plan, retries)
    finally:
        claims.close()
        if claims.presence is None or not claims.presence.is_away:  # an empty folder in its place stays
            forget_empty(plan.folder)
            if made:
                with suppress(OSError):  # it holds something
                    plan.folder.rmdir()


def _record(plan: FilmPlan, claims: Claims, force: bool, tell: Callable[[str], None]) -> Record:
    """Return by what the film's folder is known; who holds the guard sees to it that it is a record of this film.

    Raises OutputError as `open_folder`.
    """
    while True:
        guards = _guard(plan, claims, tell)
        if guards and not force:  # else who holds it has looked
            check_frames_are_of(plan.scene, plan.folder, plan.size)  # who held the guard may have been quick
        record = record_of(plan.folder, plan.identity, replace=guards)
        if record is not None:
            return record
        tell("waiting for who is at the film to write its record")
        time.sleep(LOOK_EVERY_S)


def _guard(plan: FilmPlan, claims: Claims, tell: Callable[[str], None]) -> bool:
    """Take the folder's guard; False where somebody holds it who is at the same film.

    Raises OutputError for another film.
    """
    renewed: object = None
    while not claims.take(GUARD, film=plan.identity):
        holder = claims.holder(GUARD)
        if holder is None or not holder:
            time.sleep(LOOK_EVERY_S)
            continue
        if holder.get("film") == plan.identity:
            return False
        here = holder.get("host") == host_tag() and is_alive(holder.get("pid"))
        if here or renewed not in (None, holder.get("renewed")):
            raise OutputError(
                f"{plan.folder}: another film is being rendered here, {_words(holder)}; wait for its end, or choose "
                "another folder"
            )
        renewed = holder.get("renewed")
        tell(f"waiting to see whether another film is still being rendered here, {_words(holder)}")
        time.sleep(LOOK_EVERY_S)
    return True


def _words(holder: dict[str, object]) -> str:
    """Return in words who holds a lease."""
    host = str(holder.get("host", "?")).rpartition("-")[0]
    film = str(holder.get("film", "?")).split()
    named = film[1] if len(film) > 1 else "?"
    return f"scene {named}, by process {holder.get('pid', '?')} on {host}"
