"""What the frames of a film share and takes a while is made before the first: the field lines of the way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from render.frame.aurora import Region
from render.processes.started import environment, interpreter

WORKERS = 4  # at most: each holds 0.3 GB
MAKE = "from render.frame.aurora import Region, make_region; make_region({})"


def make_regions(regions: list[Region], tell: Callable[[int], None]) -> None:
    """Trace the field lines of regions into the cache, several at once; `tell` hears how many are made.

    A single one is left to the frame that needs it: a process of its own would only start later. Whatever goes wrong is
    met, and told, by the frame that needs the region.
    """
    if len(regions) < 2:
        return
    tell(0)
    workers = min(len(regions), os.cpu_count() or 1, WORKERS)
    with ThreadPoolExecutor(workers) as pool:
        try:
            made = [pool.submit(_in_own_process, region) for region in regions]
            for count, _ in enumerate(as_completed(made), 1):
                tell(count)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


def _in_own_process(region: Region) -> None:
    """Make a region in a process that knows nothing of this one's program: a caller's script is not run again there."""
    subprocess.run(
        [*interpreter(), "-c", MAKE.format(repr(region))], check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(),
    )  # fmt: skip
