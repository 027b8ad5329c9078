"""The command line: a thin door to the library, behind the extra `cli`."""

from __future__ import annotations

import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["main"]

_NEEDED = ("typer", "rich")


def main() -> int:
    """Run the command line and return its exit code."""
    if sys.argv[1:] == ["--version"]:  # the whole answer, without a parser
        return _say_version()
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in _NEEDED):
        return _fail(
            "the command line needs an extra; install it with: pip install 'costcalc[cli]'"
        )
    with _interruptible():
        from costcalc.cli.app import run

    return run()


@contextmanager
def _interruptible() -> Generator[None]:
    """Let Ctrl-C end the process at once: in the midst of an import it is no `KeyboardInterrupt`.

    It would be a traceback, or an error of whatever is being imported, or be lost.
    """
    from signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal

    usual = getsignal(SIGINT) is default_int_handler
    try:
        if usual:
            signal(SIGINT, SIG_DFL)
    except ValueError:  # only the main thread has signals
        usual = False
    try:
        yield
    finally:
        if usual:
            signal(SIGINT, default_int_handler)


def _say_version() -> int:
    from costcalc import __version__
    from costcalc.cli.pipes import outlasting

    try:
        with outlasting("stdout"):
            sys.stdout.write(f"costcalc {__version__}\n")
    except OSError as error:
        return _fail(f"cannot write: {error.strerror or error}")
    return 0


def _fail(sentence: str) -> int:
    from costcalc.cli.pipes import outlasting

    with outlasting("stderr"):
        sys.stderr.write(f"costcalc: {sentence}\n")
    return 4
