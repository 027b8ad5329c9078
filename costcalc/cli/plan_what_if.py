"""`costcalc plan what-if`: a plan with other numbers, hit ratios or prices, beside itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.counts import parse_pairs
from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE, UNPRICED
from costcalc.cli.plan_options import PlanArgument, RunOptions, option, read_plan, shown
from costcalc.errors import RegistryError, UsageError

if TYPE_CHECKING:
    from costcalc.registry.registry import Registry

__all__ = ["PriceOptions", "app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_PRICES = "Prices"


@dataclass(frozen=True, kw_only=True)
class PriceOptions:
    """Other prices: a factor on all of them or on a meter, another model behind a name."""

    times: Annotated[
        list[str] | None,
        option("--times", "[METER=]FACTOR", "All prices, or those of a meter, times this: 1.2, "
               "cache_read=0.5. Repeatable.", _PRICES),
    ] = None  # fmt: skip
    of: Annotated[
        list[str] | None,
        option("--of", "MODEL", "Only this model's prices. Repeatable.", _PRICES),
    ] = None  # fmt: skip
    becomes: Annotated[
        list[str] | None,
        option("--becomes", "MODEL=OTHER", "From then on MODEL is served and billed as OTHER. "
               "Repeatable.", _PRICES),
    ] = None  # fmt: skip
    starting: Annotated[
        str | None,
        option("--from", "DATE", "From when on: 2026-10-01; always unless given.", _PRICES),
    ] = None  # fmt: skip

    def registry(self, prices: Registry) -> Registry | None:
        """Return the registry with these prices; None where they are as they are."""
        if not self.times and not self.becomes:
            if self.of or self.starting:
                stated = "--of" if self.of else "--from"
                raise UsageError(f"{stated} limits other prices; state them with --times 1.2")
            return None
        found = prices
        if self.times:
            found = found.overlay(
                times=self._factors(), models=self.of or None, from_=self.starting, name="what-if"
            )
        if self.becomes:
            pairs = parse_pairs(self.becomes, "--becomes", "gpt-5=gpt-5-mini")
            found = found.overlay(redirect=pairs, from_=self.starting, name="what-if")
        return found

    def _factors(self) -> Any:
        given = self.times or []
        plain = [each for each in given if "=" not in each]
        if not plain:
            return parse_pairs(given, "--times", "cache_read=0.5")
        if len(given) > 1:
            msg = "--times is one factor on all prices, or several by meter: --times cache_read=0.5"
            raise UsageError(msg)
        return plain[0]


@command(app)
def what_if(
    path: PlanArgument = "plan.yaml",
    *,
    changes: Annotated[
        list[str] | None,
        option("--set", "KEY=VALUE", "Another value by dotted key: coding_agent.people=8, "
               "rag_chat.model=gpt-5-mini; x2, +20% and -50% scale a number. Repeatable.",
               "What changes"),
    ] = None,
    hit_ratio: Annotated[
        list[str] | None,
        option("--hit-ratio", "WORKLOAD=SHARE", "A hit ratio, reached by missed caches: "
               "coding_agent=85%. Repeatable.", "What changes"),
    ] = None,
    prices: PriceOptions,
    form: RunOptions,
) -> int:  # fmt: skip
    """Say what a plan would cost otherwise, and which part of the change does what.

    costcalc plan what-if plan.yaml --set coding_agent.people=8
    costcalc plan what-if plan.yaml --set rag_chat.sessions_per_month=+50% --hit-ratio rag_chat=20%
    costcalc plan what-if plan.yaml --times 1.2 --from 2026-10-01
    costcalc plan what-if plan.yaml --becomes gpt-5=gpt-5-mini --from 2026-10-01
    """
    runs = form.runs()
    if not (changes or hit_ratio or prices.times or prices.becomes):
        prices.registry(runs["registry"])
        msg = "nothing changes; say what: --set coding_agent.people=8, --hit-ratio, or --times 1.2"
        raise UsageError(msg)
    plan = read_plan(path)
    given = parse_pairs(changes, "--set", "coding_agent.people=8")
    from costcalc.planning.what_if import what_if as found_of

    with shown("forecasting both plans") as progress:
        found = found_of(
            plan,
            {key: _value(text) for key, text in given.items()},
            hit_ratios=parse_pairs(hit_ratio, "--hit-ratio", "coding_agent=85%"),
            prices=prices.registry(runs["registry"]),
            progress=progress,
            **runs,
        )
    if form.json:
        from costcalc.cli.plan_data import diff_data, print_plan_json

        print_plan_json(diff_data(found))
    else:
        from costcalc.cli import plan_diff_table as table

        if form.markdown:
            sys.stdout.write(table.markdown_of(found))
        else:
            table.print_diff(found)
    return UNPRICED if found.unpriced else DONE


def _value(text: str) -> Any:
    """Return what a text says as YAML would, exactly; text where it is none."""
    from costcalc.registry.documents import parse_documents

    try:
        (document,) = parse_documents(f"value: {text}", "--set")
    except RegistryError:
        return text
    value = document.value
    return value["value"] if isinstance(value, dict) and set(value) == {"value"} else text
