"""`costcalc pins`: the pinned prices of a test suite, shown, checked and refreshed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.groups import command
from costcalc.cli.options import OutputOptions
from costcalc.cli.outcome import DONE, UNPRICED, WARNING
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.pins_state import States

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def pins(
    path: Annotated[
        str | None,
        typer.Argument(
            show_default=False,
            metavar="[FILE]",
            help="File of pins; else what pyproject.toml names, or tests/price_pins.yaml.",
        ),
    ] = None,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            show_default=False,
            metavar="TIME",
            help="Of when: a day, or now; else as_of of pyproject.toml, or now.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", show_default=False, help="Show what is not as it is pinned only."),
    ] = False,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh", show_default=False, help="Write the prices that moved, after asking."
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", show_default=False, help="Refresh without asking.")
    ] = False,
    form: OutputOptions,
) -> int:
    """Show pinned prices beside those that hold; check or refresh them.

    With --check the exit code is 1 where a price moved or a pin expired, 3 where one has no price.

    costcalc pins
    costcalc pins --check --at now
    costcalc pins --refresh
    """
    if check and refresh:
        raise UsageError("--check and --refresh exclude each other; keep one")
    from costcalc.cli.pins_state import states_of

    states = states_of(path, at, form.registry())
    if form.json:
        from costcalc.cli.data import print_json

        print_json(states.data())
    else:
        from costcalc.cli.pins_table import print_states

        print_states(states, only_bad=check or refresh)
    if refresh:
        return _refresh(states, asks=not yes, quiet=form.json)
    return _code(states) if check else DONE


def _code(states: States) -> int:
    if any(each.status == "no price" for each in states.pins):
        return UNPRICED
    return WARNING if states.bad() else DONE


def _refresh(states: States, *, asks: bool, quiet: bool) -> int:
    """Write what moved, where somebody says so; return the exit code of what is left."""
    from costcalc.testing.ending import difference
    from costcalc.testing.suite import is_ci

    after = states.refreshed()
    if after.entries == states.lock.entries:
        return _code(states)
    name = states.name
    say = sys.stderr if quiet else sys.stdout
    say.write(f"\n{difference(states.lock, after, name)}\n")
    if is_ci():
        sys.stderr.write(f"costcalc: {name} is not written where CI is set\n")
        return WARNING
    if asks and not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write(f"costcalc: {name} is not written; nobody can be asked, so say --yes\n")
        return WARNING
    if asks and not typer.confirm(f"Write {name}?", err=quiet):
        return WARNING
    after.write()
    say.write(f"{name} is written; review it like code\n")
    if any(each.status == "no price" for each in states.pins):
        return UNPRICED
    return WARNING if any(each.expired for each in states.pins) else DONE
