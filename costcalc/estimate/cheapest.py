"""The models that do a job for the least money, among all that the registry knows: `cheapest`.

Candidates are ranked by their totals alone, which are exact and quick; only those that stay are
priced in full, so that nothing is warned of that no row shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import overload

from costcalc.billing.cost import Assumption
from costcalc.estimate.candidates import Search, candidates_of
from costcalc.estimate.compare import (
    check_plan_terms,
    check_subject,
    is_plan,
    names_of,
    priced,
    rows_of,
)
from costcalc.estimate.constraints import Constraints, Sellers
from costcalc.estimate.stated import count
from costcalc.estimate.subjects import subject_of
from costcalc.estimate.terms import Offer, Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from costcalc.estimate.candidates import Candidate
    from costcalc.estimate.compare import Progress
    from costcalc.estimate.comparison import Comparison, ComparisonRow
    from costcalc.estimate.subjects import SessionSubject, UsageSubject
    from costcalc.planning.comparison import PlanComparison
    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry
    from costcalc.sessions.session import Session
    from costcalc.usage.usage import Usage

__all__ = ["cheapest"]


@overload
def cheapest(
    what: Plan,
    *,
    models: Iterable[str] | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> PlanComparison: ...


@overload
def cheapest(
    what: Usage | Session,
    *,
    models: Iterable[str] | None = None,
    providers: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    context_window: int | None = None,
    max_output: int | None = None,
    capabilities: Iterable[str] = (),
    until: datetime | date | str | None = None,
    retired_ok: bool = False,
    free_ok: bool = False,
    max_price_age_days: int | None = None,
    every_seller: bool = False,
    limit: int | None = 10,
    baseline: str | None = None,
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


def cheapest(  # noqa: PLR0913 - one argument a constraint
    what: Usage | Session | Plan,
    *,
    models: Iterable[str] | None = None,
    providers: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    context_window: int | None = None,
    max_output: int | None = None,
    capabilities: Iterable[str] = (),
    until: datetime | date | str | None = None,
    retired_ok: bool = False,
    free_ok: bool = False,
    max_price_age_days: int | None = None,
    every_seller: bool = False,
    limit: int | None = 10,
    baseline: str | None = None,
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
    """Return the models that a usage, or a session, costs least under, the cheapest first.

    It compares prices under constraints and nothing else: how good the answers of a model are, no
    price list says. Candidates are `models`, or all that the registry has; of `providers` only, and
    without what `exclude` names: models, providers as a whole, or ids with a star for any letters.

    `context_window` is the least that a model must have; None is what the longest prompt and its
    reply need, 0 asks for none. `max_output` is the least that one reply may have. `capabilities`
    are names of `costcalc.estimate.capabilities.CAPABILITIES`; those that the usage counts, such as
    images, are asked for anyway. What the price files do not state does not pass. A model must be
    served at `at`, until a session ends, and at `until`, unless `retired_ok`. Its price must have
    been checked within `max_price_age_days` before `at`. Free models are left out unless `free_ok`,
    since their limits are of another kind than a price. Where several sell an id, the one that asks
    least stands for all, its maker before others, unless `every_seller`. `limit` is the most rows,
    None is all.

    Each candidate is a row, or its name stands in `excluded` under the first reason that applies;
    names of `models` that mean nothing are `failures`. `baseline` names a model to measure by, and
    is a row whatever it is; None is the cheapest. The other terms are those of `compare`. Nothing
    is raised where no model is left: the comparison then has no rows, and says why.

    Of a plan each workload is compared under `models`, or under its `candidates`, the cheapest
    first; `best(workload)` passes over those that are retired meanwhile or too small.
    """
    if is_plan(what):
        from costcalc.planning.comparison import compare_plan

        check_plan_terms(
            providers=providers, context_window=context_window, max_output=max_output, until=until,
            max_price_age_days=max_price_age_days, baseline=baseline, at=at, batch=batch,
            service_tier=service_tier, region=region, conditions=conditions, currency=currency,
            rates=rates, exclude=tuple(exclude) or None, capabilities=tuple(capabilities) or None,
        )  # fmt: skip
        chosen = None if models is None else names_of(models, "models")
        return compare_plan(what, chosen, registry=registry, progress=progress)
    check_subject(what)
    named = {
        "service_tier": service_tier, "batch": batch, "region": region, "conditions": conditions,
    }  # fmt: skip
    terms = Terms.of(what, registry, at, named, currency, rates)
    quiet = terms.quiet()
    most = None if limit is None else count(limit, "limit", least=1)
    sold_by = None if providers is None else names_of(providers, "providers")
    sellers = Sellers.of(terms.registry, sold_by, names_of(exclude, "exclude", least=0))
    wanted = None if models is None else names_of(models, "models")
    candidates, failures = candidates_of(quiet, wanted)
    asked = (each.offer for each in candidates if sellers.refusal(each.info) is None)
    subject = subject_of(what, quiet, asked)
    constraints = Constraints.of(
        subject.need,
        terms.at,
        context_window=context_window,
        max_output=max_output,
        capabilities=(*names_of(capabilities, "capabilities", least=0), *subject.implied),
        retired_ok=retired_ok,
        until=until,
        max_price_age_days=max_price_age_days,
    )
    base = None if baseline is None else priced(what, Offer(baseline, baseline), terms)
    search = Search(subject, constraints, sellers, quiet)
    for number, each in enumerate(candidates, 1):
        search.judge(each)
        if progress is not None:
            progress(number, len(candidates))
    stay = search.ranked(
        base.currency if base else terms.currency,
        free_ok=free_ok, every_seller=every_seller, most=most,
    )  # fmt: skip
    rows = [priced(what, each.offer, terms) for each in stay]
    base = _measure(rows, base)
    found, _ = rows_of(what, rows, failures, terms, base)
    return replace(
        found.sorted(),
        excluded={reason: tuple(names) for reason, names in search.excluded.items()},
        assumptions=(*found.assumptions, *_assumed(subject, stay, rows)),
    )


def _measure(rows: list[ComparisonRow], base: ComparisonRow | None) -> ComparisonRow | None:
    """Return the row to measure by: the stated one, which becomes a row, or the first paid one."""
    if base is None:
        return next((row for row in rows if row.total), None)
    seller = (base.model, base.provider)
    mine = next((row for row in rows if (row.model, row.provider) == seller), None)
    if mine is not None:
        return mine
    rows.append(base)
    return base


def _assumed(
    subject: UsageSubject | SessionSubject, stay: Sequence[Candidate], rows: Sequence[ComparisonRow]
) -> Iterator[Assumption]:
    """Say what the search took for granted."""
    if subject.requests > 1:
        text = (
            f"windows are compared with the mean of {subject.requests:,} requests, "
            f"{subject.need[0]:,} tokens of prompt and reply; a longer one may not fit"
        )
        yield Assumption("mean_request", text)
    longest = subject.need[1]
    unknown = [each.offer.name for each in stay if longest and each.info.max_output is None]
    if unknown:
        text = (
            f"the longest reply of {', '.join(unknown)} is not known; taken as at least "
            f"{longest:,} {'token' if longest == 1 else 'tokens'}"
        )
        yield Assumption("max_output", text)
    free = [row.name for row in rows if not row.total]
    if free:
        text = f"{', '.join(free)}: free, within limits of use that are not known here"
        yield Assumption("free", text)
