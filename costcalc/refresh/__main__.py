"""`python -m costcalc.refresh`: digests of public price lists, and drift of ours against them."""

from __future__ import annotations

import argparse
import sys
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TextIO

from costcalc import instants
from costcalc.errors import (
    CostcalcError,
    RedirectWarning,
    StalePriceWarning,
    UnknownModelError,
    UsageError,
    nearest_names,
)
from costcalc.refresh import genai_prices, litellm, model_prices
from costcalc.refresh.consensus import drift
from costcalc.refresh.digest import digest
from costcalc.refresh.numbers import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from costcalc import Registry
    from costcalc.refresh.consensus import Camp, Drift, OurRates
    from costcalc.refresh.listing import Listing

__all__ = ["main"]

_READERS: Final[dict[str, Callable[[str], tuple[Listing, ...]]]] = {
    genai_prices.NAME: genai_prices.read,
    model_prices.NAME: model_prices.read,
    litellm.NAME: litellm.read,
}

_CURRENCY: Final = "USD"

_EXAMPLE: Final = """\
example:
  pip download --no-deps genai-prices model-prices litellm
  python -m costcalc.refresh digest --provider xai \\
      --list genai-prices=genai_prices-0.2.3-py3-none-any.whl \\
      --list model-prices=model_prices-0.0.5-py3-none-any.whl

A list is read as data: nothing of it is imported, run or downloaded.
Exit codes: 0 done and no drift, 1 drift found, 4 wrong input."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        at = instants.to_datetime(instants.parse(options.at or datetime.now(UTC)))
        listings = [listing for name, path in options.lists for listing in _READERS[name](path)]
        chosen = _chosen(options.providers, listings)
        if options.command == "digest":
            lines = (line for each in chosen for line in digest(listings, at, provider=each))
            _write(lines, sys.stdout)
            return 0
        from costcalc import Registry  # a digest needs no registry

        registry = Registry.load()
        if not options.providers:
            # models of providers that we have no prices of are not missing, but not begun
            ours = set(registry.providers())
            chosen = [each for each in chosen if each in ours]
        found = drift(listings, _rates_of(registry), at, providers=chosen)
    except CostcalcError as error:
        _write([str(error)], sys.stderr)
        return 4
    _write(_drift_lines(found), sys.stdout)
    return 1 if found.differences or found.missing else 0


def _write(lines: Iterable[str], stream: TextIO) -> None:
    stream.writelines(f"{line}\n" for line in lines)


def _chosen(wanted: Sequence[str] | None, listings: Sequence[Listing]) -> Sequence[str]:
    """Return the providers to look at: those asked for, which a list must have, or all."""
    known = sorted({each.provider for each in listings})
    for name in wanted or ():
        if name not in known:
            near = ", ".join(nearest_names(name, known)) or ", ".join(known)
            msg = f"no list has the provider {name!r}; try {near}"
            raise UsageError(msg, provider=name)
    return wanted or known


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m costcalc.refresh",
        description="Read public price lists, to refresh and to check the prices in pricing/.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("digest", "print all that the lists state, side by side"),
        ("drift", "print where a majority of the lists stands against the bundled prices"),
    ):
        command = commands.add_parser(
            name,
            help=about,
            description=about,
            epilog=_EXAMPLE,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument(
            "--list",
            dest="lists",
            metavar="NAME=PATH",
            type=_named_path,
            action="append",
            required=True,
            help=f"a list and its wheel or data file; NAME is one of {', '.join(_READERS)}",
        )
        command.add_argument(
            "--provider",
            dest="providers",
            action="append",
            help="only this provider, repeatable; for drift, those that we have if left out",
        )
        command.add_argument(
            "--at", help="the instant to look at, such as 2026-11-23T12:00:00Z; now if left out"
        )
    return parser


def _named_path(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or name not in _READERS:
        msg = f"{text!r} is no NAME=PATH with one of {', '.join(_READERS)} as its name"
        raise argparse.ArgumentTypeError(msg)
    return name, path


def _rates_of(registry: Registry) -> OurRates:
    """Return what tells a registry's standard rates."""

    def rates(provider: str, model: str, at: datetime, /) -> Mapping[str, Decimal] | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StalePriceWarning)
            warnings.simplefilter("error", RedirectWarning)
            try:
                card = registry.rate_card(model, provider=provider, at=at)
            except UnknownModelError:
                return None
            except (CostcalcError, RedirectWarning):
                return {}  # known, but retired or not priced then, so there is nothing to compare
        if card.currency != _CURRENCY:
            return {}  # the lists convert such prices, at rates of exchange of their own
        if card.conditions:
            return card.rates  # the name implies a region or a tier, which the lists price by id
        # The card may be that of busy hours; the lists' standard rates are those of quiet ones.
        lists = registry.history(card.model, provider=provider)
        return next((each.rates for each in lists if each.start == card.start), card.rates)

    return rates


def _drift_lines(found: Drift) -> Iterator[str]:
    for each in found.differences:
        ours = "unstated" if each.ours is None else plain(each.ours)
        others = "".join(f"; {_camp(camp)}" for camp in each.others)
        what = f"{each.provider} {each.model} {each.meter}"
        yield f"{what}: ours {ours}; {_camp(each.theirs)}{others}"
    for each in found.missing:
        gone = f" (deprecation: {each.deprecation})" if each.deprecation else ""
        yield f"{each.provider} {each.model}: not ours; known to {', '.join(each.lists)}{gone}"
    yield (
        f"{found.compared} rates of a majority compared: {len(found.differences)} differ from "
        f"ours, {len(found.missing)} models are missing"
    )


def _camp(camp: Camp) -> str:
    return f"{plain(camp.rate)} in {', '.join(camp.lists)}"


if __name__ == "__main__":
    sys.exit(main())
