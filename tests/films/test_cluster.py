"""Films on a Dask cluster: each frame once, whatever becomes of workers, scheduler and connection."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from render.films import children
from render.films.cluster import client
from render.films.cluster.client import asked
from render.films.cluster.workers import ClusterLostError, Workers
from render.films.failures import FramesFailedError
from render.films.film import Film, Sharing, render_film
from render.films.presence import RECORD
from render.scene import Scene, load_scene
from tests.films.on_cluster import PROGRAM, Cluster, free_port, logged, tell, wait_until

pytest.importorskip("distributed", reason="needs distributed, of the extra `cluster`")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

SIZE = (32, 18)


class Run:
    """A call in a thread of its own."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._told: Any = None
        self._thread = threading.Thread(target=self._do, args=(call,), daemon=True)
        self._thread.start()

    def _do(self, call: Callable[[], Any]) -> None:
        try:
            self._told = call()
        except BaseException as error:
            self._told = error

    def result(self) -> Any:
        """Return what it returned, or raise what it raised."""
        self._thread.join(60.0)
        assert not self._thread.is_alive()
        if isinstance(self._told, BaseException):
            raise self._told
        return self._told


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene("quiet_arc")


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.close()


@pytest.fixture
def cluster(machines: Cluster) -> Cluster:
    """Return a cluster of two workers, and of a third that sees no file."""
    machines.repair(3)
    return machines


def film(scene: Scene, folder: Path, address: str, frames: int, wait_s: float = 60.0, **sharing: Any) -> Film:
    """Render a film on a cluster; the lines that are told of it go to `lines` in the folder's parent."""

    def note(line: str) -> None:
        with (folder.parent / "lines").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    find = partial(Workers, address=address, wait_s=wait_s, warn=note)
    return render_film(scene, folder, frames=range(frames), size=SIZE, sharing=Sharing(others=find, **sharing))


def lines(folder: Path) -> str:
    file = folder / "lines"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != RECORD)


# The whole way


def test_frames_are_those_of_a_film_without_dask(
    cluster: Cluster, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(tmp_path, seconds=0.1)
    made = film(scene, tmp_path / "there", cluster.address, 8)
    assert (made.rendered, made.left, made.device_label) == (8, 0, "fake auto")
    assert len({worker for _, worker, _ in logged(tmp_path)}) >= 2 and len({c for *_, c in logged(tmp_path)}) <= 3
    monkeypatch.setattr(children, "PROGRAM", PROGRAM)
    render_film(scene, tmp_path / "here", frames=range(8), size=SIZE, sharing=Sharing(workers=1))
    assert names(tmp_path / "there") == names(tmp_path / "here") == [f"frame_0000{index}.png" for index in range(8)]
    for path in (tmp_path / "there").glob("frame_*"):
        assert path.read_bytes() == (tmp_path / "here" / path.name).read_bytes()


def test_a_frame_costs_little_more_than_it_takes(cluster: Cluster, scene: Scene, tmp_path: Path) -> None:
    ends: dict[int, float] = {}
    tell(tmp_path)
    find = partial(Workers, address=cluster.address)
    render_film(
        scene, tmp_path / "frames", frames=range(60), size=SIZE, sharing=Sharing(others=find),
        progress=lambda at: ends.setdefault(at.done, time.monotonic()),
    )  # fmt: skip
    first = min(done for done in ends if done >= 6)  # those before also start processes
    assert (max(ends.values()) - ends[first]) / (60 - first) < 0.2


def test_a_worker_without_the_scenes_files_is_not_used(cluster: Cluster, tmp_path: Path) -> None:
    tell(tmp_path, seconds=0.2)
    assert film(load_scene("iss030_e_130515"), tmp_path / "frames", cluster.address, 6).rendered == 6
    assert len({worker for _, worker, _ in logged(tmp_path)}) == 2
    line = r"^worker tcp://\S+ is not used: it has no file /\S+/iss030_e_130515\.json, which \[camera\] wcs names$"
    assert len(re.findall(line, lines(tmp_path), re.MULTILINE)) == 1


def test_a_frame_that_kills_its_process_is_tried_again_and_given_up(
    cluster: Cluster, scene: Scene, tmp_path: Path
) -> None:
    tell(tmp_path, dies=(2,))
    with pytest.raises(FramesFailedError, match=r"1 of 4 frames failed: 2 \(2 times: the process .* exit code 3"):
        film(scene, tmp_path / "frames", cluster.address, 4, retries=1)
    assert [index for index, *_ in logged(tmp_path)].count(2) == 2
    assert [name for name in names(tmp_path / "frames") if name.endswith(".png")] == [
        f"frame_0000{index}.png" for index in (0, 1, 3)
    ]


INTERRUPTED = """
import sys
from pathlib import Path
from render import cli
film = ["film", "quiet_arc", "--frames", "0-3", "--size", "32x18"]
sys.exit(cli.run([*film, "-o", sys.argv[1], "--cluster", sys.argv[2]]))
"""


def test_ctrl_c_ends_the_processes_of_the_workers(cluster: Cluster, tmp_path: Path) -> None:
    tell(tmp_path, seconds=60.0)
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "frames"), cluster.address]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: len(logged(tmp_path)) >= 2)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60.0)
    assert run.returncode == 130
    assert said.splitlines()[-1].startswith("polarlight: interrupted: 0 of 4 frames are done in")
    assert [line for line in said.splitlines() if not line.startswith("polarlight: ")] == []
    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for *_, child in logged(tmp_path)), 10.0)
    assert not (tmp_path / "frames").exists()


# What is lost; the last one leaves no cluster, so that none is started anew for it


def test_what_a_killed_worker_was_at_is_rendered_by_another(cluster: Cluster, scene: Scene, tmp_path: Path) -> None:
    tell(tmp_path, seconds=0.5)
    made = Run(partial(film, scene, tmp_path / "frames", cluster.address, 8))
    wait_until(lambda: len({worker for _, worker, _ in logged(tmp_path)}) == 3)
    lost = logged(tmp_path)[-1][1]
    os.kill(lost, signal.SIGKILL)
    assert made.result().left == 0 and len(names(tmp_path / "frames")) == 8
    assert re.search(r"^worker tcp://\S+ is lost; what it was at, frame \d+, is lined up again$", lines(tmp_path), re.M)


def test_workers_may_come_late_and_be_started_anew_by_their_nanny(
    cluster: Cluster, scene: Scene, tmp_path: Path
) -> None:
    for worker in cluster.living():
        worker.kill()
        worker.wait()
    tell(tmp_path, seconds=0.3)
    made = Run(partial(film, scene, tmp_path / "frames", cluster.address, 4))
    nanny = cluster.start_worker("--nanny")
    wait_until(lambda: len(logged(tmp_path)) == 2)
    os.kill(logged(tmp_path)[-1][1], signal.SIGKILL)
    assert made.result().left == 0 and len(names(tmp_path / "frames")) == 4
    assert len({worker for _, worker, _ in logged(tmp_path)}) == 2
    os.killpg(nanny.pid, signal.SIGKILL)
    nanny.wait()


def test_a_scheduler_that_comes_back_is_gone_on_with(cluster: Cluster, scene: Scene, tmp_path: Path) -> None:
    tell(tmp_path, seconds=0.5)
    made = Run(partial(film, scene, tmp_path / "frames", cluster.address, 12))
    wait_until(lambda: len(logged(tmp_path)) == 4)
    assert cluster.scheduler is not None
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    wait_until(lambda: not cluster.living())  # workers end with their scheduler
    cluster.repair(3)
    assert made.result().left == 0 and len(names(tmp_path / "frames")) == 12
    assert f"the cluster at {cluster.address} is lost; it is waited for, for up to 60 s" in lines(tmp_path)


def test_only_a_process_of_its_own_lets_a_worker_live_through_a_long_kernel(
    cluster: Cluster, scene: Scene, tmp_path: Path
) -> None:
    from distributed import Client  # noqa: PLC0415

    tell(tmp_path, holds_s=HOLD_S)
    made = Run(partial(film, scene, tmp_path / "frames", cluster.address, 1))
    wait_until(lambda: len(logged(tmp_path)) == 1)
    busy = logged(tmp_path)[0][1]
    with Client(cluster.address, set_as_default=False) as other:
        idle = next(address for address, pid in other.run(os.getpid).items() if pid != busy)
        held = asked(other, idle, eval, HELD)  # the same in the worker itself
        assert made.result().rendered == 1 and len(logged(tmp_path)) == 1 and not lines(tmp_path)
        wait_until(lambda: idle not in other.nthreads(), 10.0)
        assert held.status == "pending" and len(other.nthreads()) == 2


HOLD_S = 7.0  # longer than the 5 s in which ten heartbeats are due, and a look of the scheduler each second
HELD = f"__import__('ctypes').PyDLL(None).usleep({int(HOLD_S * 1e6)})"  # with Python's lock


def test_a_cluster_that_stays_away_ends_the_film_which_can_be_gone_on_with(
    cluster: Cluster, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(tmp_path, seconds=0.5)
    made = Run(partial(film, scene, tmp_path / "frames", cluster.address, 12, wait_s=1.0))
    wait_until(lambda: len(logged(tmp_path)) >= 4)
    monkeypatch.setattr(client, "CONNECT_S", 1.0)
    cluster.close()
    with pytest.raises(ClusterLostError, match=r"^--cluster tcp://\S+: the cluster is lost, for 1 s now; the same"):
        made.result()
    assert ClusterLostError.exit_code == 1
    there = names(tmp_path / "frames")
    assert there and [name for name in there if not name.endswith(".png")] == []
    tell(tmp_path)
    monkeypatch.setattr(children, "PROGRAM", PROGRAM)
    rest = render_film(scene, tmp_path / "frames", frames=range(12), size=SIZE, sharing=Sharing(workers=1))
    assert rest.rendered == 12 - len(there)


# What is refused


def test_what_is_no_cluster_is_refused_in_a_line(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:  # takes connections, and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setattr(client, "CONNECT_S", 1.0)
        no_dask = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for options, told in (
            (
                ["tcp://there"],
                r"--cluster \"tcp://there\" is no address; write tcp://HOST:PORT, as the scheduler tells",
            ),
            (["carrier://there:1"], r"--cluster carrier://there:1: no Dask scheduler is reached there \(.*carrier.*\)"),
            ([f"tcp://127.0.0.1:{free_port()}"], r"--cluster tcp://127\S+: no Dask scheduler is reached there \(.*\)"),
            ([no_dask], r"--cluster tcp://127\S+: no Dask .* there \((TimeoutError: no word within 2 s|.*closed.*)\)"),
            (["tcp://a:1", "--local-workers", "2"], r"--local-workers: not with --cluster, .*"),
            (["tcp://a:1", "--cluster-wait", "-1"], r"--cluster-wait \"-1\": out of range; allowed: seconds, .*"),
        ):
            began = time.monotonic()
            code, out, err = run("film", "quiet_arc", "-o", "out", "--frames", "0", "--cluster", *options)
            assert (code, out) == (2, "") and re.fullmatch(rf"polarlight: {told}\n", err), err
            assert time.monotonic() - began < 20.0 and not Path("out").exists()


def test_without_dask_a_line_says_what_is_missing(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, err = run("film", "quiet_arc", "-o", "out", "--cluster", "tcp://a:1")
    assert (code, err) == (
        2,
        "polarlight: --cluster needs distributed, which is not installed; run: pip install distributed (polarlight's "
        "extra 'cluster')\n",
    )
