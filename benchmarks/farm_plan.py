"""A film on many machines, played in advance: how long, how much is lost, what the shared folder must bear.

    python -m benchmarks.farm_plan [--workers 10,100,1000] [--frames 10800] [--frame-s 544] [--seed 1] ...

A discrete-event model of `render.films`: machines take frames, die, come back; leases of the dead run out. What they
ask of the file system is counted as in `share` and `claims`, against which tests/films/test_farm_plan.py holds it. The
folder answers at once here: a load beyond what a server bears means that the plan breaks there.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace

import numpy as np

from render.films.claims import LEASE_S, RENEWALS
from render.films.share import LAST_LOOKS, LOOK_EVERY_S, MOST_LOOKS

DOME_S = 136.0  # s, a frame of dome_4k at 4096 x 4096 on two cores (docs/projections.md)
DOME_BYTES = 1.10 * 4096**2  # bytes of its PNG: 1.14 a pixel at 1024 x 1024, 1.10 at 2048 x 2048, measured
PIXELS_MORE = (8192 / 4096) ** 2  # of 8K: time and bytes grow with pixels (docs/performance.md: within 2 %)
START_S = 6.0  # s until a process renders, kernels and tables being kept (docs/performance.md)
SPREAD = 0.3  # of the logarithm of a frame's time: assumed; machines of unlike age
MTBF_H = 720.0  # h between two failures of a machine: assumed, a month
REPAIR_S = 600.0  # s until it is back: assumed

# Opens (creations among them) that a frame costs whoever renders it: looked at twice with its failures, lease made and
# read when given back, the folder known three times by its record, picture looked for and written, file and folder
# synced; and one that is found to be at another's, or done
OPENS_OF_A_FRAME, OPENS_OF_A_LEASED_ONE, OPENS_OF_A_DONE_ONE = 13, 4, 2
NAMES_OF_A_FRAME = 4  # lease and failures removed, picture renamed, its part removed where it is left
OPENS_OF_A_RENEWAL = 2
OPENS_OF_A_START, LISTINGS_OF_A_START = 7, 5
NAMES_A_REPLY = 100  # of one reply to a listing: NFS, 32 KB of entries with their attributes, about 300 bytes each
BIN_S = 10.0  # s over which loads are averaged
SERVER_PER_S = 5000.0  # requests that a file server answers: assumed, of one with disks; measure yours
LINK_MB_S = 1250.0  # of its network: 10 Gbit/s


@dataclass(frozen=True)
class Farm:
    """What is to be rendered by whom, of how many frames some are `there`.

    `claim`: machines leave when no frame is free. `one_by_one`: as it would be without listings, each machine asking
    for each frame, and all that wait for all that work every half second.
    """

    frames: int = 10_800
    there: int = 0
    workers: int = 100
    frame_s: float = DOME_S * PIXELS_MORE
    frame_bytes: float = DOME_BYTES * PIXELS_MORE
    spread: float = SPREAD
    mtbf_h: float = MTBF_H
    repair_s: float = REPAIR_S
    start_s: float = START_S
    lease_s: float = LEASE_S
    claim: bool = True
    one_by_one: bool = False


@dataclass
class Outcome:
    """How it went: seconds, of work and of lost work too; failures; requests to the file system by kind and by time.

    `last_reads`: opens of those who are there in the end, and see that all is done.
    """

    time_s: float = 0.0
    worked_s: float = 0.0
    lost_s: float = 0.0
    failures: int = 0
    last_reads: int = 0
    requests: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    bins: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def peak_per_s(self) -> float:
        """Return the most requests per second, over BIN_S."""
        return max(self.bins.values(), default=0) / BIN_S

    def queue_s(self, server_per_s: float) -> float:
        """Return for how long, s, a request waits at worst at a server that answers so many per second."""
        waiting = worst = 0.0
        for place in range(max(self.bins, default=0) + 1):
            waiting = max(0.0, waiting + self.bins[place] - server_per_s * BIN_S)
            worst = max(worst, waiting)
        return worst / server_per_s

    def ask(self, at_s: float, kind: str, count: float) -> None:
        """Count requests."""
        self.requests[kind] += count
        self.bins[int(at_s / BIN_S)] += count

    def ask_while(self, since_s: float, until_s: float, kind: str, per_s: float) -> None:
        """Count requests that come evenly."""
        while since_s < until_s:
            end_s = min(until_s, (math.floor(since_s / BIN_S) + 1) * BIN_S)
            self.ask(since_s, kind, per_s * (end_s - since_s))
            since_s = max(end_s, math.nextafter(since_s, math.inf))


class Play:
    """One run of a farm."""

    def __init__(self, farm: Farm, seed: int = 1) -> None:
        self.farm, self.outcome, self.random = farm, Outcome(), np.random.default_rng(seed)
        self.free, self.done, self.at_work = farm.frames - farm.there, farm.there, 0
        self.idle: list[int] = []
        self.events: list[tuple[float, int, str, int]] = []
        self.order = itertools.count()
        self.dies_s = [self._life() for _ in range(farm.workers)]

    def run(self) -> Outcome:
        """Play until every frame is done."""
        for worker in range(self.farm.workers):
            self._start(0.0, worker)
        while self.done < self.farm.frames:
            if not self.events:  # all have left, and a dead one's frame was found free later: a join renders it
                self._start(self.outcome.time_s, 0)
            at_s, _, what, worker = heapq.heappop(self.events)
            self._wait(self.outcome.time_s, at_s)
            self.outcome.time_s = at_s
            getattr(self, f"_{what}")(at_s, worker)
        self.outcome.last_reads = OPENS_OF_A_DONE_ONE * self.farm.frames * max(1, len(self.idle))
        return self.outcome

    def _life(self) -> float:
        return float(self.random.exponential(self.farm.mtbf_h * 3600.0)) if self.farm.mtbf_h else math.inf

    def _at(self, at_s: float, what: str, worker: int) -> None:
        heapq.heappush(self.events, (at_s, next(self.order), what, worker))

    def _list(self, at_s: float, times: int = 1) -> None:
        self.outcome.ask(at_s, "listings", times * self._replies())

    def _replies(self) -> int:
        return 1 + (self.done + 2 * self.at_work) // NAMES_A_REPLY  # a lease and a part of each frame in work

    def _start(self, at_s: float, worker: int) -> None:
        """Open the folder."""
        self.outcome.ask(at_s, "opens", OPENS_OF_A_START)
        self._list(at_s, LISTINGS_OF_A_START)
        if self.farm.one_by_one:  # heads twice: whose frames? heads and ends: are they done?
            self.outcome.ask(at_s, "opens", 4 * self.done + self.farm.frames - self.done)
        self._at(at_s + self.farm.start_s, "look", worker)

    def _wait(self, since_s: float, until_s: float) -> None:
        """Count what those ask who wait for others."""
        looks = min(self.at_work, MOST_LOOKS)
        each, pause_s = OPENS_OF_A_LEASED_ONE * looks + self._replies(), max(LOOK_EVERY_S, self.farm.lease_s / RENEWALS)
        if self.farm.one_by_one:
            each, pause_s = OPENS_OF_A_LEASED_ONE * self.at_work, LOOK_EVERY_S
        if self.idle:
            self.outcome.ask_while(since_s, until_s, "looks", len(self.idle) * each / pause_s)

    def _look(self, at_s: float, worker: int) -> None:
        """Take a frame, or wait, or leave."""
        farm, outcome = self.farm, self.outcome
        if farm.one_by_one:
            outcome.ask(at_s, "looks", OPENS_OF_A_LEASED_ONE * self.at_work)
        else:
            self._list(at_s)
        if not self.free and not farm.claim:
            self.idle.append(worker)
        if not self.free:
            last = 0 if farm.one_by_one or not farm.claim else min(self.at_work, LAST_LOOKS)
            outcome.ask(at_s, "looks", OPENS_OF_A_LEASED_ONE * last)
            return
        self.free, self.at_work = self.free - 1, self.at_work + 1
        if self.dies_s[worker] <= at_s:  # it was at nothing then
            self.dies_s[worker] = at_s + self._life()
        mean = -0.5 * farm.spread**2  # of the logarithm: the mean time is frame_s
        takes_s = farm.frame_s * math.exp(self.random.normal(mean, farm.spread) if farm.spread else 0.0)
        ends_s = min(at_s + takes_s, self.dies_s[worker])
        outcome.ask(at_s, "opens", OPENS_OF_A_FRAME)
        outcome.ask_while(at_s, ends_s, "renewals", OPENS_OF_A_RENEWAL * RENEWALS / farm.lease_s)
        outcome.worked_s += ends_s - at_s
        if ends_s < at_s + takes_s:
            outcome.lost_s += ends_s - at_s
        self._at(ends_s, "death" if ends_s < at_s + takes_s else "end", worker)

    def _end(self, at_s: float, worker: int) -> None:
        self.at_work, self.done = self.at_work - 1, self.done + 1
        self.outcome.ask(at_s, "names", NAMES_OF_A_FRAME)
        self._list(at_s)  # by who writes it: did a killed run leave a part of it?
        self._look(at_s, worker)

    def _death(self, at_s: float, worker: int) -> None:
        self.outcome.failures += 1
        self._at(at_s + self.farm.lease_s, "release", worker)
        self.dies_s[worker] = at_s + self.farm.repair_s + self._life()
        self._at(at_s + self.farm.repair_s, "start", worker)

    def _release(self, at_s: float, worker: int) -> None:
        """Set a dead machine's frame free; one that waits takes it."""
        self.at_work, self.free = self.at_work - 1, self.free + 1
        if self.idle:
            self._look(at_s, self.idle.pop())


COLUMNS = (
    "machines", "time", "at work", "failures", "lost", "MB/s", "requests/s", "in the worst 10 s", "wait for an answer",
    "reads at the end", "first to break",
)  # fmt: skip
LATE = 1.0 - 1.0 / RENEWALS  # of a lease's time: a renewal that comes later loses it


def row(farm: Farm, seed: int) -> list[str]:
    """Return what is told of a farm, as COLUMNS."""
    out = Play(farm, seed).run()
    mb_s = (farm.frames - farm.there) * farm.frame_bytes / 1e6 / out.time_s
    wait_s = out.queue_s(SERVER_PER_S)
    loads = {"leases": wait_s / (LATE * farm.lease_s), "network": mb_s / LINK_MB_S}
    worst = max(loads, key=lambda name: loads[name])
    return [
        f"{farm.workers}", f"{out.time_s / 3600.0:.1f} h", f"{out.worked_s / farm.workers / out.time_s:.0%}",
        f"{out.failures}", f"{out.lost_s / 3600.0:.1f} h", f"{mb_s:.1f}",
        f"{sum(out.requests.values()) / out.time_s:.0f}", f"{out.peak_per_s:.0f}", f"{wait_s:.0f} s",
        f"{out.last_reads}, {out.last_reads / SERVER_PER_S:.0f} s", f"{worst}, at {loads[worst]:.0%}",
    ]  # fmt: skip


def table(farm: Farm, workers: list[int], seed: int) -> Iterator[str]:
    """Yield the lines of a table of farms of so many machines."""
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{'---|' * len(COLUMNS)}"
    for count in workers:
        yield f"| {' | '.join(row(replace(farm, workers=count), seed))} |"


def main(arguments: list[str] | None = None) -> None:
    """Print the table of the farms that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.farm_plan", description="Play a film on many machines.")
    parser.add_argument("--seed", type=int, default=1)
    for each in fields(Farm):
        option, default = f"--{each.name.replace('_', '-')}", each.default
        if each.name == "workers":
            parser.add_argument(option, type=_counts, default=[10, 100, 1000], metavar="N,N")
        elif isinstance(default, bool):
            parser.add_argument(option, action=argparse.BooleanOptionalAction, default=default)
        else:
            parser.add_argument(option, type=_whole if isinstance(default, int) else _number, default=default)
    asked = vars(parser.parse_args(arguments))
    seed, workers = asked.pop("seed"), asked.pop("workers")
    if asked["there"] >= asked["frames"]:
        parser.error(f"--there {asked['there']}: of {asked['frames']} frames some must be missing")
    sys.stdout.write("\n".join(table(Farm(**asked), workers, seed)) + "\n")


def _number(text: str) -> float:
    value = float(text)
    if not 0.0 <= value < 1e15:
        raise ValueError("a number from 0")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 10_000_000:
        raise ValueError("a number from 0 to 10 million")
    return value


def _counts(text: str) -> list[int]:
    counts = [_whole(part) for part in text.split(",")]
    if min(counts) < 1:
        raise ValueError("one machine at least")
    return counts


if __name__ == "__main__":
    main()
