"""The command line: a thin door to the library, behind the extra `cli`."""

from __future__ import annotations

import sys

__all__ = ["main"]

_NEEDED = ("typer", "rich")


def main() -> int:
    """Run the command line and return its exit code."""
    if sys.argv[1:] == ["--version"]:  # the whole answer, without a parser
        from costcalc import __version__

        sys.stdout.write(f"costcalc {__version__}\n")
        return 0
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in _NEEDED):
        sys.stderr.write(
            "costcalc: the command line needs an extra; install it with: "
            "pip install 'costcalc[cli]'\n"
        )
        return 4
    from costcalc.cli.app import run

    return run()
