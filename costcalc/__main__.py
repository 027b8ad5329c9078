"""Run the command line with `python -m costcalc`."""

from __future__ import annotations

from costcalc.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
