"""Measure costcalc beside its peers: `python benchmarks/run.py`, or `make bench`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import environment

_PARTS = ("starts", "memory", "warm", "exactness", "counting", "sessions", "logs", "plugin")


def main() -> int:
    """Run outside as the one who prepares, inside as the one who measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object, not tables")
    parser.add_argument("--runs", type=int, default=15, help="runs of each (default: 15)")
    parser.add_argument("--only", choices=_PARTS, action="append", help="measure this part alone")
    arguments = parser.parse_args()
    if not environment.is_inside():
        python = environment.prepare()
        # the caller's settings would change what is imported, and at whose prices
        ours = ("PYTHON", "COSTCALC_", "LITELLM_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        command = [str(python), str(Path(__file__).resolve()), *sys.argv[1:]]
        return subprocess.run(command, check=False, env=clean).returncode

    import report

    found = report.collect(arguments.only or _PARTS, arguments.runs, _say)
    if arguments.json:
        print(json.dumps(report.as_data(found), indent=2))
    else:
        print(report.as_text(found))
    return 0


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)
    else:
        print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
