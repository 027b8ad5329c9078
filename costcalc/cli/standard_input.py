"""Standard input, which commands name `-`: it is read once, and may be closed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costcalc.errors import PlanError, RegistryError

__all__ = ["STANDARD_INPUT", "check_once", "stream", "utf8_text"]

STANDARD_INPUT = "-"
"""Its name among files."""


def check_once(paths: Iterable[str | None]) -> None:
    """Refuse paths that name standard input twice, since nothing is left the second time."""
    if sum(path == STANDARD_INPUT for path in paths) > 1:
        raise UsageError("- is standard input, which can be read once; name it once")


def stream() -> Any:
    """Return standard input: of bytes, unless somebody put a text in its place."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - so it is where it is closed
        raise UsageError("standard input is closed; name a file instead of -")
    return getattr(sys.stdin, "buffer", sys.stdin)


def utf8_text(failure: type[PlanError | RegistryError]) -> str:
    """Return the text of standard input; `failure` says why there is none."""
    try:
        data = stream().read()
        return data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"this is no UTF-8 text: {error.reason} at byte {error.start}"
    except UsageError as error:
        message = str(error)
    except OSError as error:
        message = f"standard input cannot be read: {error.strerror or error}; name a file"
    raise failure(message, path=STANDARD_INPUT)
