"""How a command ends: its exit code, its errors and warnings as one sentence each."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from decimal import DecimalException
from typing import TYPE_CHECKING, Any

import typer

from costcalc.cli.pipes import outlasting
from costcalc.errors import (
    CostcalcError,
    PlanError,
    RedirectWarning,
    RegistryError,
    StalePriceWarning,
    UnknownConditionError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = [
    "DONE", "UNPRICED", "WARNING", "WRONG_INPUT", "NothingFoundError", "code_of", "fact_of",
    "finish", "say_error", "say_warning",
]  # fmt: skip

DONE = 0
WARNING = 1
"""It is done, and what it found needs seeing to."""
UNPRICED = 3
"""A model, a price, a rate or a condition is not known."""
WRONG_INPUT = 4
"""An option, a count or a file is not what it can be."""
_TOO_LONG = (
    "a number is too large or too fine, and a result would have more than 400 digits; write "
    "numbers of usual size, not like 1e400"
)
_INTERRUPTED = 130  # what a shell reports after Ctrl-C

# Typer carried click inside some of its versions and beside others; its public names did not move.
_ParserError: type[Exception] = typer.BadParameter.__mro__[2]


class NothingFoundError(CostcalcError, LookupError):
    """A search that nothing answers."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


def code_of(error: CostcalcError) -> int:
    """Return the exit code of an error: unknown things are 3, wrong input is 4."""
    return UNPRICED if isinstance(error, LookupError | UnknownConditionError) else WRONG_INPUT


def finish(call: Callable[[], int], *, as_json: bool) -> int:
    """Run a command and return its exit code; bad input ends in a sentence, not in a traceback."""
    if not as_json:
        _tolerate(sys.stdout)
    _tolerate(sys.stderr)
    with outlasting("stderr"), _warnings_said(as_json=as_json):
        try:
            with outlasting("stdout"):
                return call()
        except typer.Exit as end:
            return end.exit_code
        except CostcalcError as error:
            return say_error(error, as_json=as_json)
        except _ParserError as error:
            return _say_parser_error(error, as_json=as_json)
        except (OSError, DecimalException) as error:  # what is read has errors of its own
            return _say_end(error, _failed(error), as_json=as_json)
        except (KeyboardInterrupt, typer.Abort):
            return _INTERRUPTED


def _failed(error: OSError | DecimalException) -> str:
    """Return what a full disk, say, or a number of an option says to a user."""
    if isinstance(error, DecimalException):
        return _TOO_LONG
    reason = error.strerror or str(error)
    if error.filename is None:
        return f"cannot write: {reason}"
    return f"cannot read or write {str(error.filename)!r}: {reason}; name another file"


def _tolerate(stream: Any) -> None:
    """Let a stream show '?' where its encoding has no sign for a character, not fail."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def fact_of(error: CostcalcError) -> dict[str, Any]:
    """Return an error as data: its type, its sentence, its exit code and its facts."""
    from costcalc.cli.data import jsonable

    facts = {name: value for name, value in vars(error).items() if not name.startswith("_")}
    facts.update(facts.pop("facts", {}))
    facts.pop("message", None)
    if hasattr(error, "nearest"):
        facts["nearest"] = error.nearest  # type: ignore[attr-defined]
    head = {"type": type(error).__name__, "message": str(error), "exit_code": code_of(error)}
    return {**head, **jsonable({key: each for key, each in facts.items() if key not in head})}


def say_error(error: CostcalcError, *, as_json: bool) -> int:
    """Say an error on standard error and return its exit code."""
    if as_json:
        _say_json({"error": fact_of(error)})
    elif isinstance(error, PlanError) and error.path is not None:
        sys.stderr.write("".join(f"{line}\n" for line in error.problems))
    else:
        many = isinstance(error, RegistryError | PlanError)
        for line in error.problems if many else (str(error),):
            _say(line)
    return code_of(error)


def say_warning(text: str, kind: str, *, as_json: bool) -> int:
    """Say a warning on standard error and return its exit code."""
    if as_json:
        _say_json({"warning": {"type": kind, "message": text}})
    else:
        _say(f"warning: {text}")
    return WARNING


def _say_parser_error(error: Any, *, as_json: bool) -> int:
    said = str(error.format_message()).strip().rstrip(".")
    context = getattr(error, "ctx", None)
    help_of = context.command_path if context is not None else "costcalc"
    sentence = f"{said[:1].lower()}{said[1:]}; see '{help_of} --help'"
    return _say_end(error, sentence, as_json=as_json)


def _say_end(error: Exception, sentence: str, *, as_json: bool) -> int:
    if as_json:
        fact = {"type": type(error).__name__, "message": sentence, "exit_code": WRONG_INPUT}
        _say_json({"error": fact})
    else:
        _say(sentence)
    return WRONG_INPUT


def _say(sentence: str) -> None:
    sys.stderr.write(f"costcalc: {sentence}\n")


def _say_json(value: dict[str, Any]) -> None:
    import json

    sys.stderr.write(f"{json.dumps(value)}\n")


@contextmanager
def _warnings_said(*, as_json: bool) -> Generator[None]:
    """Say the library's warnings once each as sentences; leave all others as they are."""
    said: set[str] = set()

    def show(message: Any, category: type[Warning], *place: Any) -> None:
        text = str(message)
        if not issubclass(category, (RedirectWarning, StalePriceWarning)):
            before(message, category, *place)
        elif text not in said:
            said.add(text)
            say_warning(text, category.__name__, as_json=as_json)

    with warnings.catch_warnings():
        before = warnings.showwarning
        for category in (RedirectWarning, StalePriceWarning):
            warnings.simplefilter("always", category)
        warnings.showwarning = show
        yield
