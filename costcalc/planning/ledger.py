"""Each number that a forecast rests on: measured, assumed or derived, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc import instants
from costcalc.digits import fixed
from costcalc.meters import METERS
from costcalc.money import text_of
from costcalc.planning.forecast import LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from costcalc.planning.epochs import Epoch
    from costcalc.planning.files import CountedFile
    from costcalc.planning.forecast import WorkloadForecast
    from costcalc.planning.plan import Plan

__all__ = ["ledger_of"]


def ledger_of(
    plan: Plan,
    epochs: Mapping[str, Sequence[Epoch]],
    files: Mapping[str, Sequence[CountedFile]],
    workloads: Mapping[str, WorkloadForecast],
) -> tuple[LedgerEntry, ...]:
    """Return what a forecast rests on: the plan's numbers, prices, counts, and what follows."""
    return (
        *_stated(plan),
        *_counted(files),
        *_prices(epochs, workloads),
        *_derived(workloads.values()),
    )


def _stated(plan: Plan) -> Iterator[LedgerEntry]:
    """Yield the numbers of the plan, but for those that are 0."""
    for key, number in plan.numbers().items():
        if number.largest():
            yield LedgerEntry(
                key=key, value=str(number), basis=number.stated_basis(), source=number.source
            )
    for name, workload in plan.workloads.items():
        caps = workload.caps_plan
        for key in sorted(caps.model_fields_set):
            value = getattr(caps, key)
            yield LedgerEntry(key=f"workloads.{name}.caps.{key}", value=f"{value}", basis="assumed")
        sigma = plan.shared_sigma(workload)
        if sigma:
            key = f"workloads.{name}.shared_sigma"
            yield LedgerEntry(key=key, value=text_of(sigma), basis="assumed")


def _counted(files: Mapping[str, Sequence[CountedFile]]) -> Iterator[LedgerEntry]:
    for name, counted in files.items():
        for each in counted:
            exact = each.method == "exact"
            yield LedgerEntry(
                key=f"workloads.{name}.files {each.path}",
                value=f"{each.tokens:,} tokens"
                + ("" if exact else f" ({each.low:,} to {each.high:,})"),
                basis="measured" if exact else "derived",
                source=f"counted, {each.method}",
            )


def _prices(
    epochs: Mapping[str, Sequence[Epoch]], workloads: Mapping[str, WorkloadForecast]
) -> Iterator[LedgerEntry]:
    """Yield the rates that are used, once for each price list of a model."""
    seen: set[tuple[str, str, str]] = set()
    for name, found in epochs.items():
        used = workloads[name].tokens
        for epoch in found:
            card = epoch.card
            if card is None:
                continue
            since = instants.to_text(epoch.start)
            model = f"{card.tariff.provider}/{card.tariff.model}"
            for meter in METERS:
                if meter not in used or meter not in card.rates:
                    continue
                rate = text_of(card.rates[meter])
                why = f", {card.why[meter]}" if meter in card.why else ""
                key = (model, meter, rate + why)
                if key in seen:
                    continue
                seen.add(key)
                checked = card.period.checked
                yield LedgerEntry(
                    key=f"{model} {meter} from {since}{why}",
                    value=f"{rate} {card.tariff.currency} per {METERS[meter].unit}",
                    basis="measured",
                    source=card.period.source,
                    checked=None if checked is None else checked[:10],
                )


def _derived(workloads: Iterable[WorkloadForecast]) -> Iterator[LedgerEntry]:
    for each in workloads:
        if not each.units:
            continue
        name = f"workloads.{each.name}"
        many = f"{fixed(each.units, 0)} on average"
        yield LedgerEntry(key=f"{name} {each.unit}s", value=many, basis="derived")
        if each.hit_ratio:
            ratio = f"{each.hit_ratio:.1%} of the input"
            yield LedgerEntry(key=f"{name} hit ratio", value=ratio, basis="derived")
        cost = f"{fixed(each.unit_cost, 6)} on average"
        yield LedgerEntry(key=f"{name} cost of a {each.unit}", value=cost, basis="derived")
