"""One usage or one session under several models: `compare`, and the pricing that it shares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import overload

from costcalc import instants
from costcalc.billing.cost import Assumption
from costcalc.billing.price import price
from costcalc.errors import CostcalcError, UsageError
from costcalc.estimate.comparison import Comparison, ComparisonRow, Unpriced, measured
from costcalc.estimate.stated import shown
from costcalc.estimate.terms import Offer, Terms
from costcalc.registry.conditions import as_text, is_neutral
from costcalc.sessions.session import RECORDED, Session
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from typing import Any

    from typing_extensions import TypeIs

    from costcalc.planning.comparison import PlanComparison
    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]
    Failure = tuple[str, CostcalcError]
    """A name, and why it has no price."""

__all__ = [
    "check_plan_terms",
    "check_subject",
    "common",
    "compare",
    "compared",
    "is_plan",
    "names_of",
    "need_of",
    "plain_usage",
    "priced",
    "priced_each",
    "rows_of",
]

_EXAMPLES = {"capabilities": "images", "models": "gpt-5"}
"""A name for each argument that is a list of them; else that of a provider."""


@overload
def compare(
    what: Plan,
    models: Iterable[str] | None = None,
    *,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> PlanComparison: ...


@overload
def compare(
    what: Usage | Session,
    models: Iterable[str],
    *,
    baseline: str | None = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
    currency: str | None = None,
    rates: Mapping[str, Decimal | int | str] | None = None,
    progress: Progress | None = None,
) -> Comparison: ...


def compare(  # noqa: PLR0913 - one argument a term
    what: Usage | Session | Plan,
    models: Iterable[str] | None = None,
    *,
    baseline: str | None = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
    currency: str | None = None,
    rates: Mapping[str, Decimal | int | str] | None = None,
    progress: Progress | None = None,
) -> Comparison | PlanComparison:
    """Return what the same usage, session or plan costs under each of several models.

    Rows stand as the models were named, each with its cost and how many times the baseline's it is.
    `baseline` names a model, which is added where it was not named; None is the cheapest. A model
    that has no price is a failure and stops no other. `currency` converts every cost at the `rates`
    that you state, in its units for one of each other currency; without it a model whose price is
    in another currency than the baseline's, or than dollars, is a failure, too. `progress` is
    called with how many models are done, and of how many. The other terms are those of `price`, and
    hold for all models at one instant. A plan says its own terms, and without `models` each of its
    workloads is compared under its `candidates`.

    Raises what `price` raises for a baseline without a price, and where no model has one: the error
    of the first, with the others as its notes. Raises `UsageError` for what is no comparison.
    """
    if is_plan(what):
        from costcalc.planning.comparison import compare_plan

        check_plan_terms(
            baseline=baseline, provider=provider, at=at, service_tier=service_tier, batch=batch,
            region=region, conditions=conditions, currency=currency, rates=rates,
        )  # fmt: skip
        named_models = None if models is None else names_of(models, "models")
        return compare_plan(what, named_models, registry=registry, progress=progress)
    check_subject(what)
    if not isinstance(baseline, str | None):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"baseline is the name of a model, such as 'gpt-5', not {shown(baseline)}"
        raise UsageError(msg, baseline=baseline)
    named = {
        "service_tier": service_tier, "batch": batch, "region": region, "conditions": conditions,
    }  # fmt: skip
    terms = Terms.of(what, registry, at, named, currency, rates)
    offers = [Offer(name, name, provider) for name in names_of(models, "models")]
    base = None if baseline is None else Offer(baseline, baseline, provider)
    found, errors = compared(what, offers, terms, baseline=base, progress=progress)
    if not found.rows:
        first = errors[0][1]
        for other, error in errors[1:]:
            first.add_note(f"{other} has no price either: {error}")
        raise first
    return found


def is_plan(what: object) -> TypeIs[Plan]:
    """Return whether something is a plan, without importing what plans are made of."""
    return type(what).__module__ == "costcalc.planning.plan"


def check_plan_terms(**terms: object) -> None:
    """Refuse terms that a plan states itself."""
    stated = [name for name, value in terms.items() if value is not None]
    if stated:
        msg = f"a plan says its own terms; leave out {' and '.join(stated)}, or change the plan"
        raise UsageError(msg, terms=stated)


def names_of(names: Any, what: str, *, least: int = 1) -> list[str]:
    """Return names of an argument once each; `UsageError` where they are no list of text."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        example = _EXAMPLES.get(what, "openai")
        msg = f"{what} is a list of names, such as [{example!r}], not {shown(names)}"
        raise UsageError(msg, argument=what)
    found = list(names)
    if len(found) < least or not all(isinstance(each, str) for each in found):
        msg = f"{what} is a list of names{', at least one' if least else ''}, not {shown(found)}"
        raise UsageError(msg, argument=what)
    return list(dict.fromkeys(found))


def check_subject(what: Any) -> None:
    """Refuse what is neither a usage nor a session."""
    if not isinstance(what, Usage | Session):
        msg = (
            f"a costcalc.Usage or a costcalc.Session is compared, not {type(what).__name__}; "
            "build one from the counts"
        )
        raise UsageError(msg, what=what)


def compared(
    what: Usage | Session,
    offers: Sequence[Offer],
    terms: Terms,
    *,
    baseline: Offer | None = None,
    progress: Progress | None = None,
) -> tuple[Comparison, list[Failure]]:
    """Return the comparison, be it without rows, and the errors of the models that failed."""
    base = None
    if baseline is not None:
        wanted = baseline.name.lower()
        mine = next((each for each in offers if each.name.lower() == wanted), None)
        if mine is None:
            mine = baseline
            offers = [baseline, *offers]
        base = priced(what, mine, terms)
    rows, errors = priced_each(what, offers, terms, known=base, progress=progress)
    return rows_of(what, rows, errors, terms, base)


def priced_each(
    what: Usage | Session,
    offers: Sequence[Offer],
    terms: Terms,
    *,
    known: ComparisonRow | None = None,
    progress: Progress | None = None,
) -> tuple[list[ComparisonRow], list[Failure]]:
    """Return the rows of offers, and why others have none; `known` is a row that is there."""
    rows: list[ComparisonRow] = []
    errors: list[Failure] = []
    for number, offer in enumerate(offers, 1):
        if known is not None and known.name == offer.name:
            rows.append(known)
        else:
            try:
                rows.append(priced(what, offer, terms))
            except CostcalcError as error:
                errors.append((offer.name, error))
        if progress is not None:
            progress(number, len(offers))
    return rows, errors


def priced(what: Usage | Session, offer: Offer, terms: Terms) -> ComparisonRow:
    """Return the row of one model, not yet measured by a baseline."""
    at = instants.to_datetime(terms.at)
    seller: dict[str, Any] = {"provider": offer.provider, "at": at, "registry": terms.registry}
    if isinstance(what, Session):
        estimate = what.estimate(offer.model, **seller, **terms.named)
        window = estimate.context_window
        return ComparisonRow(
            name=offer.name,
            model=estimate.model,
            provider=estimate.provider,
            cost=terms.in_currency(estimate.cost, offer.name),
            context_window=window,
            fits=None if window is None else not estimate.exceeded,
            session=estimate,
        )
    cost = price(offer.model, plain_usage(what), **seller, **terms.named)
    model, provider = str(cost.model), str(cost.provider)
    window = terms.registry.model(model, provider=provider).context_window
    return ComparisonRow(
        name=offer.name,
        model=model,
        provider=provider,
        cost=terms.in_currency(cost, offer.name),
        context_window=window,
        fits=None if window is None else need_of(what)[0] <= window,
    )


def plain_usage(usage: Usage) -> Usage:
    """Return the counts alone: what a response says of its own model holds for no other."""
    if type(usage) is Usage:
        return usage
    from costcalc.usage.responses.response_usage import ResponseUsage

    if isinstance(usage, ResponseUsage):
        return usage.whole()
    return Usage(**{name: getattr(usage, name) for name in Usage.__dataclass_fields__})


def need_of(usage: Usage) -> tuple[int, int]:
    """Return the tokens of one request and of its reply; of an aggregate, the mean rounded up."""
    requests = usage.requests or 1
    output = usage.output_tokens
    return -(-(usage.input_tokens + output) // requests), -(-output // requests)


def rows_of(
    what: Usage | Session,
    rows: Sequence[ComparisonRow],
    errors: Sequence[Failure],
    terms: Terms,
    baseline: ComparisonRow | None = None,
) -> tuple[Comparison, list[Failure]]:
    """Return the comparison of rows, measured; those of another currency are failures.

    Nobody's rate is guessed: the currency is that of the baseline, dollars where any row has them,
    or that of the first.
    """
    currency = baseline.currency if baseline is not None else common([row.currency for row in rows])
    same = [row for row in rows if row.currency == currency]
    failed = [*errors, *(_stranger(row, currency) for row in rows if row.currency != currency)]
    base = baseline if baseline is not None else min(same, key=lambda row: row.total, default=None)
    found = Comparison(
        at=instants.to_datetime(terms.at),
        currency=currency,
        baseline_name=None if base is None else base.name,
        rows=tuple(measured(row, base) for row in same if base is not None),
        failures=tuple(Unpriced(name, type(error).__name__, str(error)) for name, error in failed),
        assumptions=(
            *_about_tokens(same, terms),
            *_about_conditions(what, terms),
            *_about_replay(what, same),
        ),
    )
    return found, failed


def common(currencies: Sequence[str]) -> str | None:
    """Return the currency to compare in: dollars where any price is in them, else the first."""
    return "USD" if "USD" in currencies else next(iter(currencies), None)


def _stranger(row: ComparisonRow, currency: str | None) -> Failure:
    msg = (
        f"its price is {row.total:f} {row.currency}, and no exchange rate is guessed; say one: "
        f"currency='{currency}', rates={{'{row.currency}': '...'}}"
    )
    return row.name, UsageError(msg, currency=row.currency, to=currency)


def _about_tokens(rows: Sequence[ComparisonRow], terms: Terms) -> Iterable[Assumption]:
    """Say that another tokenizer makes other counts of the same text."""
    look_up = terms.registry.model
    found = {look_up(row.model, provider=row.provider).tokenizer for row in rows}
    if len(found) > 1 or (None in found and len(rows) > 1):
        text = (
            "all models are given the same counts of tokens; their tokenizers differ or are not "
            "known, so the same text is more tokens under some of them"
        )
        yield Assumption("same_tokens", text)


def _about_conditions(what: Usage | Session, terms: Terms) -> Iterable[Assumption]:
    """Say which conditions of a response its comparison leaves out."""
    if type(what) is Usage or isinstance(what, Session):
        return
    from costcalc.usage.responses.response_usage import ResponseUsage

    if isinstance(what, ResponseUsage):
        said = {key: as_text(each) for key, each in what.conditions.items() if not is_neutral(each)}
        said |= {key: " or ".join(each) for key, each in what.mixed.items() if key != "model"}
        asked = {**terms.named, **(terms.named.get("conditions") or {})}
        left = [f"{key}={said[key]}" for key in said if asked.get(key) is None]
        if left:
            text = (
                f"the response says {', '.join(left)}; models are compared by its counts alone, "
                "under the conditions that are stated"
            )
            yield Assumption("response_conditions", text)


def _about_replay(what: Usage | Session, rows: Sequence[ComparisonRow]) -> Iterable[Assumption]:
    """Say where a bill that was recorded stands beside simulations."""
    if not isinstance(what, Session) or what.cache != RECORDED or isinstance(what.steps, int):
        return
    billed = [step.usage for step in what.steps]
    others = [
        row.name
        for row in rows
        if row.session is not None and [step.usage for step in row.session.steps] != billed
    ]
    if others:
        text = (
            "the session was recorded: under its own model it is replayed as it was billed, under "
            f"{', '.join(others)} its steps are simulated with that model's cache"
        )
        yield Assumption("recorded", text)
