"""Workers of a Dask cluster as renderers of a film's frames.

Dask only carries requests: a frame is asked of one worker, one at a time, and what is lost with it goes back to the
queue of `render.films.share` here, where the leases stay too. So a film without Dask can share the folder.
"""

from __future__ import annotations

import itertools
import pickle
import threading
import time
from asyncio import CancelledError
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

from render.core import __version__
from render.core.errors import DeviceError, InputError, PolarlightError
from render.core.machine import require
from render.films.child import FAILED, METER, REFUSED, task_of
from render.films.claims import Claims
from render.films.cluster.client import asked, connected, quiet, quietly, reason, was_for_memory
from render.films.cluster.there import Found, answer, found_here, leave, wanted_of
from render.films.failures import FrameError, GoneError
from render.films.plan import FilmPlan, Made
from render.films.presence import FolderAwayError
from render.films.share import Render

LOOK_EVERY_S = 1.0  # s between two looks at which workers there are
ANSWER_S = 20.0  # s that a scheduler may take to say which workers it has: it may have much to do
CLOSE_S = 5.0  # s that workers are given to end their processes
WAIT_S = 120.0  # s that a lost cluster is waited for, and workers where there are none
LOSSES = 3  # of workers at one frame that are not counted as its failures: `distributed.scheduler.allowed-failures`


class ClusterLostError(PolarlightError):
    """Say that there is no cluster any more to render a film."""


@dataclass
class Worker:
    """A worker that is used: its address, the client by which it is asked, and what it is asked for."""

    workers: Workers
    client: Any
    address: str
    found: Found
    number: int
    request: Any = None
    future: Any = None

    def render(self, index: int) -> Made:
        """Render a frame; raises as `Workers.ask`."""
        made: Made = self.workers.ask(self, index)
        return made


class Workers:
    """The workers of a cluster as renderers of a plan's frames, as they come and go.

    `threads`: of each, None for all cores. `wait_s`: how long a lost cluster is waited for. `warn` hears, a line each,
    of workers that are not used or lost. Raises InputError where Dask is not installed, or no scheduler is reached.
    """

    def __init__(
        self, plan: FilmPlan, device: str, claims: Claims, *, address: str, durable: bool = True,
        threads: int | None = None, wait_s: float = WAIT_S, warn: Callable[[str], None] = lambda line: None,
    ) -> None:  # fmt: skip
        require("--cluster", "cluster", "distributed")
        plan = replace(plan, folder=plan.folder.absolute())
        self._task, self._threads, self._claims = task_of(plan, device, durable, claims.presence), threads, claims
        self._address, self._wait_s, self._warn = address, wait_s, warn
        self._used: dict[str, Worker] = {}
        self._joined: list[Worker] = []
        self._checks: dict[str, Any] = {}
        self._refused: dict[str, str] = {}
        self._live: frozenset[str] = frozenset()
        self._losses: Counter[int] = Counter()
        self._lock, self._over = threading.RLock(), threading.Event()
        self._failure: PolarlightError | None = None
        self._lonely_s, self._made_any = float("inf"), False
        self._quiet = ExitStack()
        self._quiet.enter_context(quiet())
        try:
            self._client = connected(address)
        except Exception as error:
            self._quiet.close()
            raise InputError(f"--cluster {address}: no Dask scheduler is reached there ({reason(error)})") from None
        self._wanted = wanted_of(plan, claims)
        threading.Thread(target=self._watch, daemon=True).start()

    def joined(self) -> list[Render]:
        """Return the renderers that have joined since. Raises InputError where no worker can be used, ClusterLostError
        where none has been there for too long.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            joined, self._joined = self._joined, []
        return [worker.render for worker in joined]

    def meter(self, doing: Callable[[str], None]) -> None:
        """Let the exposure of the film be known to all: one of them finds it. Raises as `joined`, and FrameError."""
        doing("metering the film")
        while True:
            with self._lock:
                worker = next(iter(self._used.values()), None)
                if self._failure is not None:
                    raise self._failure
            if worker is None:
                time.sleep(0.05)
                continue
            with suppress(GoneError):
                scene = self.ask(worker, METER)
                self._task = replace(self._task, plan=replace(self._task.plan, scene=scene))
                return

    @property
    def count(self) -> int:
        """Return how many are used."""
        return len(self._used)

    def ask(self, worker: Worker, request: Any) -> Any:
        """Return what a worker's process answers to METER or a frame's index.

        Raises FrameError where the process failed or died of it, GoneError where the worker is lost, or has not the
        device, anything else that it refuses as itself.
        """
        if self._is_gone(worker):
            raise GoneError(f"worker {worker.address} is lost")
        place = worker.number, self._threads, worker.found.gpus
        worker.request = request
        try:
            worker.future = asked(worker.client, worker.address, answer, self._claims.token, self._task, place, request)
            kind, *told = self._told(worker)
        except GoneError:
            self._lost_at(worker, request)
            raise
        finally:
            worker.request = worker.future = None
        if kind == REFUSED and issubclass(told[0], (DeviceError, FolderAwayError)):
            self._refuse(worker.address, told[1])
            raise GoneError(told[1])
        if kind == REFUSED:
            raise told[0](told[1])
        if kind == FAILED:
            self._remove_parts(request)
            raise FrameError(told[0])
        self._made_any = True
        return told[0]

    def close(self) -> None:
        """Cancel what is asked for, end the workers' processes, and part from the cluster."""
        self._over.set()
        for ending in (self._end, lambda: self._client.close() if self._client is not None else None):
            thread = threading.Thread(target=quietly, args=(ending,), daemon=True)
            thread.start()
            thread.join(CLOSE_S)
        self._quiet.close()

    def _end(self) -> None:
        with self._lock:
            workers = [worker for worker in self._used.values() if not self._is_lost(worker.client)]
        requests = [worker.request for worker in workers if worker.request is not None]
        if workers:
            futures = [worker.future for worker in workers if worker.future is not None]
            self._client.cancel(futures)
            addresses = [worker.address for worker in workers]
            self._client.run(leave, self._claims.token, workers=addresses, on_error="ignore")
        for request in requests:
            self._remove_parts(request)

    def _told(self, worker: Worker) -> Any:
        """Wait for a worker's answer. Raises FrameError and GoneError."""
        while True:
            try:
                return pickle.loads(worker.future.result(timeout=LOOK_EVERY_S))
            except TimeoutError:
                if self._is_gone(worker):
                    raise GoneError(f"worker {worker.address} is lost") from None
            except (Exception, CancelledError) as error:
                if worker.future.status == "error":
                    raise FrameError(reason(error)) from None
                raise GoneError(f"worker {worker.address} is lost") from None

    def _is_lost(self, client: Any) -> bool:
        return client is not self._client or client.status != "running"

    def _is_gone(self, worker: Worker) -> bool:
        return self._over.is_set() or self._is_lost(worker.client) or worker.address not in self._live

    def _lost_at(self, worker: Worker, request: Any) -> None:
        """Take note of the loss of a worker. Raises FrameError where what it was asked for may be to blame."""
        with self._lock:
            if self._used.get(worker.address) is worker:
                del self._used[worker.address]  # should it be there after all, it will be found anew
        if self._over.is_set() or self._is_lost(worker.client):
            return
        self._remove_parts(request)
        self._losses[request] += 1
        if was_for_memory(worker.client, worker.address):
            raise FrameError(f"worker {worker.address} was ended by its nanny, for want of memory")
        if self._losses[request] > LOSSES:
            raise FrameError(f"{self._losses[request]} workers were lost at it")
        self._warn(f"worker {worker.address} is lost; what it was at, frame {request}, is lined up again")

    def _remove_parts(self, request: Any) -> None:
        """Remove what a process left half-written of a frame whose lease is ours."""
        if request != METER:
            path = self._task.plan.path(request)
            for part in path.parent.glob(f".{path.stem}.*.part.*"):
                with suppress(OSError):
                    part.unlink()

    def _refuse(self, address: str, why: str) -> None:
        with self._lock:
            self._used.pop(address, None)
            self._refused[address] = why
        self._warn(f"worker {address} is not used: {why}")

    def _watch(self) -> None:
        """Look after the workers until the end, or until there is no hope of any."""
        try:
            while not self._over.is_set():
                self._take_note(self._addresses())
                until = time.monotonic() + LOOK_EVERY_S
                while time.monotonic() < until and not self._over.wait(0.05):
                    self._admit()
        except PolarlightError as error:
            with self._lock:
                self._failure = error

    def _addresses(self) -> frozenset[str]:
        """Return the addresses of all workers of the cluster; none where it is lost."""
        client = self._client
        if client is None:
            with suppress(Exception):
                self._client = connected(self._address)
            return frozenset()
        if client.status != "running":
            self._client = None
            threading.Thread(target=quietly, args=(client.close,), daemon=True).start()
            return frozenset()
        try:
            return frozenset(client.sync(client.scheduler.ncores, callback_timeout=ANSWER_S))
        except Exception:
            return self._live  # no news: a connection that is lost shows in the status

    def _take_note(self, live: frozenset[str]) -> None:
        """Forget who has left, have a look at who has come. Raises as `joined`."""
        with self._lock:
            self._live = live
            for known in (self._used, self._checks, self._refused):
                for address in set(known) - live:
                    del known[address]
            for address in live - self._used.keys() - self._checks.keys() - self._refused.keys():
                with suppress(Exception):
                    self._checks[address] = asked(self._client, address, found_here, self._wanted)
            refused = len(self._refused)
        if refused < len(live):
            self._lonely_s = float("inf")
            return
        if refused and not self._made_any:
            raise InputError(f"--cluster {self._address}: none of its {refused} workers can be used")
        self._wait_for_some()

    def _wait_for_some(self) -> None:
        if self._lonely_s > (now := time.monotonic()):
            self._lonely_s = now
            what = "is lost" if self._client is None else "has no worker"
            self._warn(f"the cluster at {self._address} {what}; it is waited for, for up to {self._wait_s:.0f} s")
        elif now - self._lonely_s > self._wait_s:
            what = "the cluster is lost" if self._client is None else "there is no worker"
            raise ClusterLostError(
                f"--cluster {self._address}: {what}, for {self._wait_s:.0f} s now; the same command goes on from here"
            )

    def _admit(self) -> None:
        """Take in, or refuse, those whose look is done."""
        for address, future in list(self._checks.items()):
            if not future.done():
                continue
            del self._checks[address]
            try:
                found: Found = pickle.loads(future.result(timeout=ANSWER_S))
            except (Exception, CancelledError) as error:
                if future.status == "error":
                    self._refuse(address, f"it has no polarlight {__version__} ({reason(error)})")
                continue
            if found.why_not:
                self._refuse(address, found.why_not)
                continue
            with self._lock:
                alike = {(one.found.host, one.found.gpus, one.number) for one in self._used.values()}
                number = next(n for n in itertools.count() if (found.host, found.gpus, n) not in alike)
                self._used[address] = worker = Worker(self, self._client, address, found, number)
                self._joined.append(worker)
