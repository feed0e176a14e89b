"""`render.view`: what it gives, what it refuses in a line, and that no process of its outlives whoever wants it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

import render
from render.core.errors import DeviceError, InputError, PolarlightError, SceneError
from render.scene import bundled_scenes, load_scene
from render.viewer.notebook import server as servers
from render.viewer.notebook.view import NotebookView, without_own_port
from render.viewer.serving import files
from tests.viewer.conftest import ROOT, Page, slab_text
from tests.viewer.test_serving import children_of, command_of, gone

SMALL: dict[str, Any] = {"size": (32, 18), "device": "cpu"}
KERNEL = """
import os, signal, sys, time
import render
window = render.view("slab.toml", size=(32, 18), device="cpu")
print(window.url, flush=True)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own with a scene in it."""
    (tmp_path / "slab.toml").write_text(slab_text(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def window() -> Iterator[NotebookView]:
    with render.view("slab.toml", **SMALL) as made:
        yield made


def opened(window: NotebookView) -> Any:
    """Open the socket of a window as its page does."""
    address = window.url.replace("http", "ws") + "socket"
    origin = "/".join(window.url.split("/")[:3])
    return connect(address, additional_headers={"Origin": origin}, compression=None, max_size=None)


def processes_of(window: NotebookView) -> list[int]:
    """Return the window's server and, as soon as it is there, its renderer."""
    server, deadline = window._server.pid, time.monotonic() + 30.0
    while not (found := [pid for pid in children_of(server) if "render.viewer.child" in command_of(pid)]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return [server, *found]


def test_it_is_a_frame_and_an_address_and_says_nothing(window: NotebookView, capfd: pytest.CaptureFixture[str]) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{43}/", window.url)
    assert repr(window) == f"<polarlight view of slab: {window.url}>"
    html = window._repr_html_()
    assert html.startswith(f'<iframe src="{window.url}" width="100%" height="640" ') and html.count("<") == 2
    answer = httpx.get(window.url)
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    assert answer.headers["content-security-policy"].endswith("frame-ancestors http://localhost:* http://127.0.0.1:*")
    assert httpx.get(f"{window.url}page/main.js").status_code == 200
    assert httpx.get("/".join(window.url.split("/")[:3])).status_code == 403
    assert capfd.readouterr() == ("", "")


def test_two_processes_end_when_it_is_closed(window: NotebookView) -> None:
    both = processes_of(window)
    with opened(window) as socket:
        Page(socket).rest()
        loaded = ["taichi" in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8") for pid in both]
    assert loaded == [False, True]
    window.close()
    assert window.closed and all(gone(pid) for pid in both)
    assert repr(window) == "<polarlight view of slab: closed>"
    assert window._repr_html_() == "<p>The window of slab is closed; run the cell again.</p>"
    window.close()


def test_another_call_gives_the_window_again_or_ends_the_one_before(window: NotebookView) -> None:
    again = render.view(Path("slab.toml"), **SMALL, height=300)
    assert again.url == window.url and 'height="300"' in again._repr_html_()
    before = processes_of(window)
    with render.view("slab.toml", **{**SMALL, "size": (48, 27)}) as other:
        assert other.url != window.url and window.closed and all(gone(pid) for pid in before)
    assert [one for one in servers._open.values() if one.is_open] == []


def kernel(folder: Path, more: str) -> tuple[subprocess.Popen[str], int]:
    """Start a process that opens a window, and does more; return it and the window's server."""
    process = subprocess.Popen(
        [sys.executable, "-c", KERNEL + more], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline().startswith("http://"), process.communicate()[1]
    (server,) = [pid for pid in children_of(process.pid) if "serving.framed" in command_of(pid)]
    return process, server


@pytest.mark.parametrize("forks", ["", "if os.fork() == 0: time.sleep(40); os._exit(0)\n"])
def test_all_ends_where_the_kernel_is_killed_though_a_fork_of_it_lives(folder: Path, forks: str) -> None:
    process, server = kernel(folder, f"{forks}time.sleep(60)")
    time.sleep(0.5)
    renderers = children_of(server)
    process.kill()
    try:
        assert gone(server) and renderers and all(gone(pid) for pid in renderers)
    finally:
        os.killpg(process.pid, signal.SIGKILL) if forks else None
    process.communicate()


def test_it_ends_with_the_kernel_and_its_forks_end_nothing(folder: Path) -> None:
    more = (
        "if os.fork() == 0: window.close(); sys.exit(0)\n"
        "os.wait(); print(window.closed, flush=True); sys.stdin.readline()\n"
    )
    process, server = kernel(folder, more)
    assert process.stdout is not None and process.stdout.readline() == "False\n"
    assert process.communicate("\n")[1] == "" and process.returncode == 0
    assert not command_of(server)


def test_an_interrupted_cell_leaves_the_window_open(folder: Path) -> None:
    more = (
        "try: os.killpg(0, signal.SIGINT); time.sleep(9)\n"  # as Jupyter interrupts: the whole group
        "except KeyboardInterrupt: time.sleep(1); print(window.closed, flush=True)\n"
    )
    process, server = kernel(folder, f"signal.signal(signal.SIGINT, signal.default_int_handler)\n{more}")
    assert process.communicate()[0] == "False\n" and gone(server)


WRONG = [
    ({"scene": "nowhere"}, SceneError, 'no scene named "nowhere"; bundled: angels_singing, '),
    ({"scene": "broken.toml"}, SceneError, "broken.toml: "),
    ({"scene": 3}, InputError, "scene 3: allowed: a bundled scene's name, a file's path, a Scene"),
    ({"scene": b"slab.toml"}, InputError, "allowed: a bundled scene's name"),
    ({"size": (8, 8)}, InputError, "each 16 to 4096"),
    ({"size": 480}, InputError, "size 480: allowed: [columns, rows]"),
    ({"device": "gpu9"}, DeviceError, 'device "gpu9" is unknown; allowed: auto, '),
    ({"port": 99999}, InputError, "port 99999: allowed: 0 (a free one) to 65535"),
    ({"port": True}, InputError, "port true: allowed"),
    ({"height": "50%"}, InputError, 'height "50%": allowed: pixels, 1 to 99999'),
    ({"width": '9" onload="alert()'}, InputError, 'allowed: pixels, or a share such as "100%"'),
    ({"origin": "hub.example.org"}, InputError, 'origin "hub.example.org": allowed: scheme, host and port'),
    ({"origin": "https://hub.example.org; script-src *"}, InputError, "allowed: scheme, host and port"),
    ({"origin": "*"}, InputError, 'origin "*"'),
    ({"proxy": "https://hub.example.org"}, InputError, 'proxy "https://hub.example.org": allowed: an address such as'),
    ({"proxy": "https://hub.example.org/a b"}, InputError, "allowed: an address such as"),
    ({"proxy": 8888}, InputError, "proxy 8888: allowed"),
]


@pytest.mark.parametrize(("given", "kind", "words"), WRONG)
def test_what_cannot_be_used_is_told_in_a_line(
    folder: Path, given: dict[str, Any], kind: type[PolarlightError], words: str
) -> None:
    (folder / "broken.toml").write_text(slab_text().replace("exposure_s", "exposed_s"), encoding="utf-8")
    with pytest.raises(PolarlightError) as refused:
        render.view(**{"scene": "slab.toml", **SMALL, **given})
    assert type(refused.value) is kind and words in str(refused.value) and "\n" not in str(refused.value)
    assert not [pid for pid in children_of(os.getpid()) if "serving.framed" in command_of(pid)]


def test_a_broken_scene_is_told_as_by_the_command(folder: Path) -> None:
    (folder / "broken.toml").write_text(slab_text().replace("exposure_s", "exposed_s"), encoding="utf-8")
    with pytest.raises(SceneError) as refused:
        render.view("broken.toml")
    command = [sys.executable, "-m", "render", "view", "broken.toml", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, capture_output=True, text=True, env=environment, check=False).stderr
    assert said.strip().endswith(str(refused.value)) and "exposed_s" in said


def test_a_port_that_is_taken_is_told(window: NotebookView) -> None:
    port = int(window.url.split(":")[2].partition("/")[0])
    with pytest.raises(InputError, match=f"^port {port}: Address already in use$"):
        render.view("uniform_slab", **SMALL, port=port)


def test_a_missing_package_is_named_with_the_command_that_brings_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['uvicorn'] = None\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    told = "render.view needs uvicorn, which this Python has not; run: pip install 'polarlight[view]'"
    with pytest.raises(InputError, match=re.escape(told)):
        render.view("slab.toml", **SMALL)


def test_a_server_that_dies_before_it_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "PROGRAM", "import os, sys; sys.stdin.buffer.read(1); os._exit(3)")
    with pytest.raises(PolarlightError, match=r"^render\.view: the window's server ended with exit code 3"):
        render.view("slab.toml", **SMALL)


def test_a_server_that_says_something_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site's start-up may print; nobody waits for ever then."""
    program = "import sys; print('Warning: a site prints', flush=True); sys.stdin.buffer.read()"
    monkeypatch.setattr(servers, "PROGRAM", program)
    with pytest.raises(PolarlightError, match=r"^render\.view: the window's server was ended by SIGKILL"):
        render.view("slab.toml", **SMALL)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("https://hub.example.org:443/user/me/proxy", "https://hub.example.org/user/me/proxy"),
        ("http://hub.example.org:80/proxy", "http://hub.example.org/proxy"),
        ("http://hub.example.org:443/proxy", "http://hub.example.org:443/proxy"),
        ("https://hub.example.org:4430/proxy", "https://hub.example.org:4430/proxy"),
    ],
)
def test_a_proxys_address_is_as_browsers_name_it(given: str, plain: str) -> None:
    assert without_own_port(given) == plain


def test_a_call_that_is_interrupted_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "PROGRAM", "import time; time.sleep(61)")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident
    assert main is not None
    interrupt = threading.Timer(0.5, signal.pthread_kill, (main, signal.SIGINT))
    interrupt.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            render.view("slab.toml", **SMALL)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not [pid for pid in children_of(os.getpid()) if "sleep(61)" in command_of(pid)]


@pytest.mark.parametrize("name", sorted(bundled_scenes()))
def test_settings_of_a_scene_can_be_written_without_its_text(name: str) -> None:
    scene = load_scene(name)
    read = files.scene_from_text(files._text_of(scene), scene.name, scene.folder)
    assert read.model_dump() == scene.model_dump() and read.scene_hash == scene.scene_hash


def test_a_value_has_its_own_text_or_that_of_its_settings_or_is_refused() -> None:
    scene = load_scene("slab.toml")
    assert files.of_value(scene).scene.text == slab_text()
    other = scene.model_copy(update={"camera": scene.camera.model_copy(update={"iso": 800.0})})
    read = files.of_value(other)
    assert read.scene.camera.iso == 800.0 and "# grain" not in read.scene.text
    assert read.path is None and not read.may_overwrite and read.again().scene == read.scene
    never = scene.model_copy(update={"camera": scene.camera.model_copy(update={"iso": -1.0})})
    with pytest.raises(InputError, match=r'^scene "slab": its settings cannot be written as a scene file'):
        files.of_value(never)


def test_a_value_is_shown_as_it_stands_and_saved_where_the_notebook_works(folder: Path) -> None:
    scene = load_scene("slab.toml")
    scene = scene.model_copy(update={"camera": scene.camera.model_copy(update={"iso": 800.0})})
    (folder / "here").mkdir()
    os.chdir(folder / "here")
    with render.view(scene, **SMALL) as window, opened(window) as socket:
        assert repr(window).startswith("<polarlight view of slab: http")
        page = Page(socket)
        told = page.hear_of("scene")
        assert (told["file"], told["may_overwrite"], told["own"]["iso"]) == ("", False, 800.0)
        page.rest()
        page.say("save", name="slab.toml", folder="scene", overwrite=True)
        assert page.hear_of("saved")["file"] == str(folder / "here" / "slab.toml")
        page.say("text")
        assert page.hear_of("text")["command"] == "polarlight render slab_2.toml --size 32x18"
    assert load_scene("slab.toml").model_dump() == scene.model_dump()
    assert (folder / "slab.toml").read_text(encoding="utf-8") == slab_text()
