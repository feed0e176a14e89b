"""What this machine has: its name and processes, its memory, and packages that come only with an extra."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib
import os
import re
import socket
from contextlib import suppress
from pathlib import Path

from render.core.errors import InputError

CONTROL_GROUPS = Path("/sys/fs/cgroup")
MOST_WORKERS = 256  # processes of ours, side by side
# NumPy's library for products of matrices: its other threads spin for a tenth of a second after each of ours, which are
# small, a CPU second of a frame in all
PRODUCTS_THREADS_VARIABLE = "OPENBLAS_NUM_THREADS"


def require(what: str, extra: str, *modules: str) -> None:
    """Import the modules that `what` (an option or a file) needs. Raises InputError with the pip command."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            command = f"pip install {' '.join(modules)}"
            raise InputError(
                f"{what} needs {module}, which is not installed; run: {command} (polarlight's extra {extra!r})"
            ) from None


@functools.cache
def host_tag() -> str:
    """Return a name, fit for a file's, of what numbers this machine's processes: host, start and process namespace.

    Containers may share a host's name, and a machine started anew has its name still: neither knows of the other's
    processes.
    """
    told = ""
    with suppress(OSError):
        told = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii") + os.readlink("/proc/self/ns/pid")
    host = re.sub("[^A-Za-z0-9]+", "-", socket.gethostname())[:32].strip("-") or "host"
    return f"{host}-{hashlib.sha256(told.encode()).hexdigest()[:6]}"


def is_alive(process: object) -> bool:
    """Say whether a process of this number runs on this machine."""
    if not isinstance(process, int) or process <= 0:
        return False
    if os.name == "nt":  # os.kill would end it there
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's
        pass
    return True


def memory_bytes() -> float:
    """Return how much memory this machine lets its processes take, all in all; infinity where that is not known.

    Within a container or a cluster's job that is what their control group allows (cgroups(7), both versions).
    """
    allowed = [float("inf")]
    with suppress(AttributeError, ValueError, OSError):
        allowed.append(float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            allowed += _limits_of(controllers.split(","), group.strip("/"))
    return min((limit for limit in allowed if limit > 0.0), default=float("inf"))


def _limits_of(controllers: list[str], group: str) -> list[float]:
    """Return what a control group and those around it allow, bytes; controllers [""] of version 2."""
    if controllers == [""]:
        top, name = CONTROL_GROUPS, "memory.max"
    elif "memory" in controllers:
        top, name = CONTROL_GROUPS / "memory", "memory.limit_in_bytes"
    else:
        return []
    found = []
    for folder in (top / group, *(top / group).parents):
        if not folder.is_relative_to(top):
            break
        with suppress(OSError, ValueError):  # "max" is no number
            found.append(float((folder / name).read_text(encoding="ascii")))
    return found


def give_back_memory() -> None:
    """Give memory that nothing uses any longer back to the system, where the C library (glibc) can be told to.

    Without it what was freed in small pieces stays with a process that runs for long.
    """
    with suppress(AttributeError, OSError, TypeError):  # another library, or system
        ctypes.CDLL(None).malloc_trim(0)
