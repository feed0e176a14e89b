"""Every fault at every operation of every output: `python -m tests.faults [WORDS OF AN OUTPUT'S NAME ...]`.

Prints what came of them, and whatever went wrong; exit code 1 if anything did. `--few N`: N faults of each, spread.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.harness import Bench, Tally
from tests.faults.outputs import OUTPUTS, prepare


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of outputs' names; default: all")
    parser.add_argument("--few", type=int, default=0, help="faults of each output, spread over all")
    asked = parser.parse_args()
    prepare()
    whole, started = Tally(), time.monotonic()
    chosen = [one for one in OUTPUTS if not asked.names or any(name in one.name for name in asked.names)]
    for output in chosen:
        begun, tally = time.monotonic(), Tally()
        with tempfile.TemporaryDirectory(prefix="faults") as folder:
            bench = Bench(output, Path(folder))
            faults = list(bench.faults())
            bench.try_all(faults[:: max(1, len(faults) // asked.few)] if asked.few else faults, tally)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(tally.counts.items()))
        print(f"{output.name}: {counts}; {time.monotonic() - begun:.0f} s", flush=True)
        for line in tally.wrong:
            print(f"  WRONG {line}", flush=True)
        whole.counts.update(tally.counts)
    counts = ", ".join(f"{count} {what}" for what, count in sorted(whole.counts.items()))
    print(f"{len(chosen)} outputs: {counts}; {time.monotonic() - started:.0f} s")
    return int(whole.counts["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
