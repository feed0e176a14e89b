"""Every fault at every operation of every output: `python -m tests.faults [WORDS OF AN OUTPUT'S NAME ...]`.

Prints what came of them, and whatever went wrong; exit code 1 if anything did. `--few N`: N faults of each, spread.
"""

from __future__ import annotations

import argparse
import json
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
    parser.add_argument("--dear", type=int, default=0, help="the same of outputs that take long; default: as the rest")
    parser.add_argument("--json", type=Path, help="a file for what came of each")
    asked = parser.parse_args()
    prepare()
    whole, started = Tally(), time.monotonic()
    chosen = [one for one in OUTPUTS if not asked.names or any(name in one.name for name in asked.names)]
    told = {}
    for index, output in enumerate(chosen):
        begun, tally = time.monotonic(), Tally()
        with tempfile.TemporaryDirectory(prefix="faults") as folder:
            bench = Bench(output, Path(folder))
            faults = list(bench.faults())
            few = (output.dear and asked.dear) or asked.few
            step = max(1, len(faults) // few) if few else 1
            bench.try_all(faults[7 * index % step :: step], tally)  # of each output others
        counts = ", ".join(f"{count} {what}" for what, count in sorted(tally.counts.items()))
        print(f"{output.name}: {counts}; {time.monotonic() - begun:.0f} s", flush=True)
        for line in tally.wrong:
            print(f"  WRONG {line}", flush=True)
        writers = {writer for _, _, at in bench.plain.events for writer in at.split()}
        told[output.name] = {"counts": tally.counts, "wrong": tally.wrong, "writers": sorted(writers)}
        whole.counts.update(tally.counts)
    if asked.json:
        asked.json.write_text(json.dumps(told), encoding="utf-8")
    counts = ", ".join(f"{count} {what}" for what, count in sorted(whole.counts.items()))
    print(f"{len(chosen)} outputs: {counts}; {time.monotonic() - started:.0f} s")
    return int(whole.counts["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
