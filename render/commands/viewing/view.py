"""The command `view`: a scene in a window of the browser, to turn, set and save it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from render.commands.console import (
    DeviceOption,
    SceneArgument,
    SizeOption,
    check_device,
    parse_size,
    say,
    warn,
)
from render.core.errors import InputError
from render.core.machine import require
from render.core.messages import shown
from render.viewer import PACKAGES, started_ahead

LOOPBACK = "127.0.0.1"
MOST_PORT = 65535
LOCAL = (LOOPBACK, "localhost", "::1")


def view(
    scene: SceneArgument,
    port: Annotated[int, typer.Option("--port", metavar="N", help="Port of the page; 0: one that is free.")] = 0,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="H", help="Where to listen; another machine's browser needs more than this one."
        ),
    ] = LOOPBACK,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open nothing.")] = False,
    size: SizeOption = "",
    device: DeviceOption = "auto",
    close_with_page: Annotated[
        bool, typer.Option("--close-with-page", help="End when the last page is closed.")
    ] = False,
) -> None:
    """Show a scene in a window of the browser: look about, set time, exposure and light, read rayleighs, save.

    The page is served to this machine alone, at an address with a key of its own; nothing is asked of the network. The
    picture sharpens pass by pass; at rest it is that of `polarlight render`. Ctrl-C ends it. Needs the extra `view`.

    Examples:

      polarlight view angels_singing

      polarlight view my.toml --no-browser --port 8000
    """
    require("polarlight view", "view", *PACKAGES)
    if not 0 <= port <= MOST_PORT:
        raise InputError(f"--port {port}: allowed: 0 (a free one) to {MOST_PORT}")
    check_device(device)
    width_height = parse_size(size)
    with started_ahead() as ahead:
        loaded, serving = _bound(scene, host, port, width_height, device, close_with_page=close_with_page, ahead=ahead)
        if host not in LOCAL:
            warn(
                f"warning: --host {shown(host)} opens the page, unencrypted, to whoever reaches this machine and knows "
                f"the address; safer: ssh -L {serving.keys.port}:{LOOPBACK}:{serving.keys.port} to it, without --host"
            )
        with suppress(KeyboardInterrupt):  # the way in which it ends
            serving.run(
                browser=not no_browser, ready=lambda address: say(f"{loaded.scene.name}: {address} (Ctrl-C ends it)")
            )


def _bound(
    scene: str, host: str, port: int, width_height: tuple[int, int] | None, device: str, **given: Any
) -> tuple[Any, Any]:
    """Return a loaded scene and the server of its window. Raises PolarlightError for what cannot be used."""
    from render.viewer.checks import checked_size  # noqa: PLC0415
    from render.viewer.serving.files import load  # noqa: PLC0415
    from render.viewer.serving.serve import Serving  # noqa: PLC0415

    if width_height is not None:
        try:
            checked_size(width_height)
        except InputError as error:
            raise InputError(f"--{error}") from None
    loaded = load(scene)
    serving = Serving(loaded, host=host, port=port, size=width_height, device=device, started_in=Path.cwd(), **given)
    return loaded, serving
