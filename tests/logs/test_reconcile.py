from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs_support import write

from costcalc import Registry, Usage, logs
from costcalc.errors import UsageError
from costcalc.logs import Bill, BillRow, LogRecord, LogRecords, invoice, reconcile

# plain: 3 in, 0.3 read, 3.75 write, 6 write 1h, 15 out; a million of input is 3 dollars
M = 1_000_000


def _call(day: str, model: str = "plain", *, hour: str = "10:00", **more: Any) -> dict[str, Any]:
    return {"at": f"{day}T{hour}:00Z", "model": model, "input_tokens": M, **more}


def _row(amount: str, day: str | None = None, model: str | None = "plain", **more: Any) -> BillRow:
    when = None if day is None else date.fromisoformat(day)
    return BillRow(amount=Decimal(amount), day=when, model=model, **more)


def _bill(*rows: BillRow, **facts: Any) -> Bill:
    days = [row.day for row in rows if row.day is not None]
    span: dict[str, Any] = {}
    if days:
        span = {"since": min(days), "until": date.fromordinal(max(days).toordinal() + 1)}
    return Bill(**{"kind": "made", "rows": rows, "places": 12, **span, **facts})


def _logs(tmp_path: Path, *calls: dict[str, Any]) -> Path:
    return write(tmp_path / "logs.jsonl", *calls)


A, B, C, D = "2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04"


@dataclass(frozen=True)
class Case:
    name: str
    calls: list[dict[str, Any]]
    bill: Bill
    reasons: dict[str, str]
    """Amount by code."""
    unexplained: str = "0"
    outcome: str = "explained"
    says: list[str] = field(default_factory=list[str])


CASES = [
    Case("the same on both sides agrees", [_call(A)], _bill(_row("3", A)), {}, outcome="agrees"),
    Case(
        "half a unit of the last decimal is rounding, and agrees",
        [_call(A, input_tokens=101_000), _call(B, input_tokens=101_000)],
        _bill(_row("0.30", A), _row("0.30", B), places=2),
        {"rounding": "-0.006"},
        outcome="agrees",
        says=["2 rows off by at most $0.01 in all"],
    ),
    Case(
        "more than rounding is not explained by it",
        [_call(A)],
        _bill(_row("3.02", A), places=2),
        {},
        "0.02",
        "unexplained",
    ),
    Case(
        "days before the logs begin, after they end and between",
        [_call(B), _call(D)],
        _bill(
            _row("1", A),
            _row("3", B),
            _row("2", C),
            _row("3", D),
            _row("7", "2026-09-05"),
        ),
        {"no_logs": "10"},
        says=[
            "the logs begin on 2026-09-02: none is there of 2026-09-01; agents delete old logs",
            "there is no call in the logs on 2026-09-03",
            "the logs end on 2026-09-04: none is there of 2026-09-05",
        ],
    ),
    Case(
        "a bill without any log",
        [],
        _bill(_row("1", A), _row("2", B)),
        {"no_logs": "3"},
        outcome="no_calls",
        says=["there is no call of this bill's models in the logs: 2026-09-01, 2026-09-02"],
    ),
    Case(
        "many days are named in short",
        [],
        _bill(*(_row("1", f"2026-09-0{n}") for n in range(1, 8))),
        {"no_logs": "7"},
        outcome="no_calls",
        says=["2026-09-01, 2026-09-02, 2026-09-03, 2026-09-04 and 3 more"],
    ),
    Case(
        "models that one side has alone",
        [_call(A), _call(A, "tiered")],
        _bill(_row("3", A), _row("4", A, "voice")),
        {"only_billed": "4", "only_logged": "-5"},
        says=["the logs have no call of voice", "the bill has no tiered: a subscription"],
    ),
    Case(
        "days that one side has alone of a model that both have",
        [_call(A), _call(B), _call(B, "tiered"), _call(C, "tiered"), _call(C), _call(D, "tiered")],
        _bill(
            _row("3", A),
            _row("3", B),
            _row("5", B, "tiered"),
            _row("5", C, "tiered"),
            _row("9", D),
            _row("4", D, "tiered"),
            _row("1", A, "tiered"),
        ),
        {"only_billed": "10", "only_logged": "-3"},
        "-1",
        "unexplained",
        says=[
            "the logs have no call of plain on 2026-09-04",
            "the bill has no plain on 2026-09-03",
        ],
    ),
    Case(
        "a model without a price has the rate that the bill implies",
        [_call(A, "new-model", output_tokens=M)],
        _bill(_row("9", A, "new-model")),
        {"unpriced": "9"},
        says=["$9.00 for 2,000,000 tokens imply $4.50 per 1M, all kinds alike"],
    ),
    Case(
        "a bill by meter implies a rate for each",
        [_call(A, "new-model", output_tokens=M // 2)],
        _bill(
            _row("2", A, "new-model", meter="input"),
            _row("5", A, "new-model", meter="output"),
            _row("0.1", A, "new-model", meter="cache_read"),
        ),
        {"unpriced": "7.1"},
        says=["$7.10 imply input $2.00, output $10.00 per 1M tokens"],
    ),
    Case(
        "a model without a price and without tokens",
        [_call(A, "new-model", input_tokens=0)],
        _bill(_row("9", A, "new-model")),
        {"unpriced": "9"},
        says=["calls of new-model have no price; the bill says $9.00, and the logs no tokens"],
    ),
    Case(
        "a batch that the log does not tell of",
        [_call(A), _call(B, output_tokens=1000)],
        _bill(_row("1.5", A), _row("1.5075", B)),
        {"condition": "-3.0075"},
        says=["every row of plain is its price under batch=true, 0.5 times the logs' price"],
    ),
    Case(
        "a batch leaves the fees as they are",
        [_call(A, web_search=2)],
        _bill(_row("1.52", A)),
        {"condition": "-1.5"},
        says=["every row of plain is its price under batch=true: the logs do not say it"],
    ),
    Case(
        "one row is its price under a condition, and has no factor of its own",
        [_call(A)],
        _bill(_row("6", A)),
        {"condition": "3"},
        says=["every row of plain is its price under service_tier=fast: the logs do not say it"],
    ),
    Case(
        "a batch that the bill does not know",
        [_call(A, batch=True), _call(B, batch=True)],
        _bill(_row("3", A), _row("3", B)),
        {"condition": "3"},
        says=["its price without batch=true, 2 times the logs' price: the logs say that, and"],
    ),
    Case(
        "cache writes at the rate of an hour",
        [_call(A, cache_write_tokens=M), _call(B, cache_write_tokens=M)],
        _bill(_row("6", A), _row("6", B)),
        {"cache_ttl": "4.5"},
        says=["2,000,000 tokens that the logs have as cache_write are billed as cache_write_1h"],
    ),
    Case(
        "cache writes at the rate of five minutes",
        [_call(A, cache_write_tokens=M, cache_write_1h_tokens=M)],
        _bill(_row("3.75", A)),
        {"cache_ttl": "-2.25"},
        says=["as cache_write_1h are billed as cache_write for plain"],
    ),
    Case(
        "a discount on everything",
        [_call(A), _call(A, "tiered"), _call(B)],
        _bill(_row("2.7", A), _row("4.5", A, "tiered"), _row("2.7", B)),
        {"factor": "-1.1"},
        says=["every row is 0.9 × the logs' price: a discount of 10 %"],
    ),
    Case(
        "a markup on one model",
        [_call(A), _call(A, "tiered"), _call(B)],
        _bill(_row("3.165", A), _row("5", A, "tiered"), _row("3.165", B)),
        {"factor": "0.33"},
        says=["every row is 1.055 × the logs' price: a markup, a region or a tier of 5.5 %"],
    ),
    Case(
        "a factor of one model beside what is not explained",
        [_call(A), _call(A, "tiered"), _call(B)],
        _bill(_row("3.165", A), _row("5.3", A, "tiered"), _row("3.165", B)),
        {"factor": "0.33"},
        "0.3",
        "unexplained",
        says=["every row of plain is 1.055 × the logs' price"],
    ),
    Case(
        "a factor of rows of a bill without models",
        [_call(A), _call(B, "tiered")],
        _bill(_row("3.165", A, None), _row("5.275", B, None)),
        {"factor": "0.44"},
    ),
    Case(
        "no factor that nobody would agree on",
        [_call(A), _call(B)],
        _bill(_row("3.123456", A), _row("3.123456", B)),
        {},
        "0.246912",
        "unexplained",
    ),
    Case(
        "no batch of what rounding hides",
        [_call(A, input_tokens=10_000)],
        _bill(_row("0.01", A), places=2),
        {},
        "-0.02",
        "unexplained",
    ),
    Case(
        "no factor of what rounding hides",
        [_call(A, input_tokens=10), _call(B, input_tokens=10)],
        _bill(_row("0.006", A), _row("0.007", B), places=3),
        {},
        "0.01294",
        "unexplained",
    ),
    Case(
        "days that begin at another hour, by the zone in which all agree",
        [_call(A, hour="23:30"), _call(B, hour="10:00", input_tokens=2 * M)],
        _bill(_row("0", A), _row("9", B)),
        {"time_zone": "0"},
        says=["with those of UTC+1 every row of plain agrees"],
    ),
    Case(
        "a web search that no log tells of",
        [_call(A)],
        _bill(_row("3", A), _row("0.12", A, None, item="web_search", meter="web_search")),
        {"tool_fee": "0.12"},
        says=["$0.12 more for web_search than the logs, 12 calls at $10.00 per 1,000"],
    ),
    Case(
        "fewer searches than the logs have, and a rate that does not divide it",
        [_call(A, web_search=3)],
        _bill(_row("3", A), _row("0.005", A, None, item="web_search", meter="web_search")),
        {"tool_fee": "-0.025"},
        says=["$0.025 less for web_search than the logs, 2.5 calls"],
    ),
    Case(
        "a tool without a price is an amount",
        [_call(A)],
        _bill(_row("3", A), _row("1", A, None, item="file_search", meter="file_search")),
        {"tool_fee": "1"},
        says=["$1.00 more for file_search than the logs: tool"],
    ),
    Case(
        "taxes and credits are no calls",
        [_call(A)],
        _bill(_row("3", A), _row("0.57", A, None, item="Tax"), _row("-2", A, None, item="Credit")),
        {"charges": "-1.43"},
        says=["the bill charges for Tax, which is no call of a model"],
    ),
    Case(
        "a retired id is its successor on both sides",
        [_call(A)],
        _bill(_row("3", A, "Plain")),
        {},
        outcome="agrees",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_difference_has_its_reason_and_its_money(
    case: Case, tmp_path: Path, prices: Registry
) -> None:
    found = reconcile(_logs(tmp_path, *case.calls), case.bill, registry=prices)
    amounts: dict[str, Decimal] = {}
    for each in found.explanations:
        amounts[each.code] = amounts.get(each.code, Decimal(0)) + each.amount
    assert amounts == {code: Decimal(text) for code, text in case.reasons.items()}
    assert found.unexplained == Decimal(case.unexplained)
    assert found.outcome == case.outcome
    said = "\n".join(each.text for each in found.explanations)
    for text in case.says:
        assert text in said
    _sums(found)


def _sums(found: logs.Reconciliation) -> None:
    explained = sum((each.amount for each in found.explanations), Decimal(0))
    assert found.logged + explained + found.unexplained == found.billed
    assert sum((row.difference for row in found.rows), Decimal(0)) == found.difference
    assert sum((row.unexplained for row in found.rows), Decimal(0)) == found.unexplained
    assert sum(each.rows for each in found.explanations) == sum(
        row.reason is not None for row in found.rows
    )
    sizes = [abs(each.amount) for each in found.explanations]
    assert sizes == sorted(sizes, reverse=True)


_CENTS = st.integers(0, 3000).map(lambda cents: Decimal(cents).scaleb(-2))
_ROWS = st.lists(
    st.tuples(
        st.sampled_from([A, B, C]), st.sampled_from(["plain", "tiered", "new", None]), _CENTS
    ),
    max_size=8,
)


@given(calls=_ROWS, billed=_ROWS, places=st.sampled_from([2, 12]))
def test_explained_and_unexplained_are_the_difference(
    prices: Registry, calls: Any, billed: Any, places: int
) -> None:
    records = [
        LogRecord(
            usage=Usage(input_tokens=int(size * 10_000)),
            model=model or "plain",
            at=datetime.fromisoformat(f"{day}T12:00:00+00:00"),
        )
        for day, model, size in calls
    ]
    bill = _bill(*(_row(str(size), day, model) for day, model, size in billed), places=places)
    found = reconcile(LogRecords.of(records), bill, registry=prices)
    _sums(found)


def test_a_report_is_held_as_it_is_and_moved_days_sum_to_nothing(
    tmp_path: Path, prices: Registry
) -> None:
    path = _logs(tmp_path, _call(A), _call(B, input_tokens=2 * M))
    report = logs.price(path, by=["day", "model", "provider"], registry=prices)
    found = reconcile(report, _bill(_row("2", A), _row("7", B)), registry=prices)
    (reason,) = found.explanations
    assert (reason.code, reason.amount, reason.rows) == ("time_zone", Decimal(0), 2)
    assert "differences sum to $0.00" in reason.text
    assert (reason.models, reason.days) == (("plain",), (A, B))
    assert found.outcome == "explained"


def test_a_zone_of_its_own_is_compared_with_utc_first(tmp_path: Path, prices: Registry) -> None:
    path = _logs(tmp_path, _call(A, hour="23:30"), _call(B, input_tokens=2 * M))
    bill = _bill(_row("3", A), _row("6", B))
    found = reconcile(path, bill, timezone="Europe/Berlin", registry=prices)
    assert "with those of UTC every row of plain agrees" in found.explanations[0].text
    assert (found.timezone, found.assumptions) == ("Europe/Berlin", ())
    # the call of the last day lies beyond the bill's days there
    exported = _bill(_row("3", A), kind="focus")
    found = reconcile(path, exported, until=B, timezone="Europe/Berlin", registry=prices)
    assert found.explanations[0].text.endswith("with those of UTC every row of plain agrees")
    assert found.assumptions[0].text == (
        "days of the logs are those of Europe/Berlin, and this bill's those of UTC"
    )
    agreed = reconcile(path, _bill(_row("9", B)), timezone="Europe/Berlin", registry=prices)
    assert agreed.outcome == "agrees"


def test_a_report_of_other_rows_cannot_be_held(tmp_path: Path, prices: Registry) -> None:
    report = logs.price(_logs(tmp_path, _call(A)), by="day", registry=prices)
    with pytest.raises(UsageError, match="is by day, model and provider, and this one is by day"):
        reconcile(report, _bill(_row("3", A)), registry=prices)


def test_days_outside_the_bill_and_other_sellers_are_no_difference(
    tmp_path: Path, prices: Registry
) -> None:
    path = _logs(tmp_path, _call(A), _call(B), _call(B, "toll"))
    both = prices.overlay(
        Registry.from_yaml("provider: other\nmodels:\n  theirs: {input: 1, output: 1}\n")
    )
    with path.open("a") as file:
        file.write('{"model":"theirs","at":"2026-09-02","input_tokens":1000000}\n')
        file.write('{"model":"nobodys","at":"2026-09-02","input_tokens":1000000}\n')
    bill = _bill(_row("3", B), _row("1.005", B, "toll"), provider="acme")
    found = reconcile(path, bill, registry=both)
    assert (found.outside, found.others) == (Decimal(3), Decimal(1))
    assert (found.outcome, found.unpriced) == ("agrees", ())
    assert (found.since, found.until) == (date(2026, 9, 2), date(2026, 9, 3))
    # a bill without models may have the calls of nobody known
    whole = reconcile(path, invoice("7.005", provider="acme"), registry=both)
    assert [each.model for each in whole.unpriced] == ["nobodys"]


def test_days_that_are_asked_for_cut_both_sides(tmp_path: Path, prices: Registry) -> None:
    path = _logs(tmp_path, *(_call(day) for day in (A, B, C)))
    bill = _bill(*(_row("4", day) for day in (A, B, C)))
    found = reconcile(path, bill, since=B, until=date(2026, 9, 3), registry=prices)
    assert [(row.day, row.logged, row.billed) for row in found.rows] == [(B, 3, 4)]
    assert (found.outside, found.share) == (0, Decimal("0.333333333333"))


def test_an_invoice_has_neither_days_nor_models(tmp_path: Path, prices: Registry) -> None:
    path = _logs(tmp_path, _call(A), _call(B, "tiered"), {"model": "plain", "input_tokens": M})
    found = reconcile(path, invoice("8.00"), until=C, registry=prices)
    (row,) = found.rows
    assert (row.day, row.model, row.logged, row.requests) == (None, None, Decimal(8), 2)
    assert found.outcome == "agrees"
    # an undated call lies within no day of a bill, and within a bill without days
    assert reconcile(path, invoice("11"), registry=prices).outcome == "agrees"
    assert reconcile(path, _bill(_row("3", A)), registry=prices).outside == Decimal(8)


def test_records_and_paths_of_any_kind(tmp_path: Path, prices: Registry) -> None:
    path = _logs(tmp_path, _call(A))
    records = logs.read(path)
    bill = _bill(_row("3", A))
    for source in (records, list(records), [path], str(path), []):
        if source == []:
            with pytest.raises(UsageError, match="there is no path to read"):
                reconcile(source, bill, registry=prices)
        else:
            assert reconcile(source, bill, registry=prices).outcome == "agrees"
    with pytest.raises(UsageError, match="no agent's logs are on this machine"):
        reconcile(None, bill, registry=prices)


def test_a_bill_in_another_currency_needs_a_rate(tmp_path: Path, prices: Registry) -> None:
    path = _logs(tmp_path, _call(A))
    bill = _bill(_row("2.5", A), currency="EUR")
    with pytest.raises(
        UsageError, match="in EUR and the logs' prices in USD, and no exchange rate"
    ):
        reconcile(path, bill, registry=prices)
    found = reconcile(path, bill, exchange="1.2", registry=prices)
    # half a cent of the bill is more than half a cent of the logs' currency
    rounded = _bill(_row("2.505", A), currency="EUR", places=2)
    assert reconcile(path, rounded, exchange="1.2", registry=prices).outcome == "agrees"
    assert (found.outcome, found.currency, found.billed) == ("agrees", "USD", Decimal(3))
    assert found.assumptions[0].text == "the bill is in EUR, converted at 1.2 USD for one"


@pytest.mark.parametrize(
    ("tolerance", "limit", "outcome"),
    [
        ("0.03", "0.03", "agrees"),
        ("0.029", "0.029", "unexplained"),
        ("1%", "0.0303", "agrees"),
        (" 0.9 %", "0.02727", "unexplained"),
        (0, "0", "unexplained"),
    ],
)
def test_what_may_remain_is_an_amount_or_a_share(
    tmp_path: Path, prices: Registry, tolerance: Any, limit: str, outcome: str
) -> None:
    path = _logs(tmp_path, _call(A))
    found = reconcile(path, _bill(_row("3.03", A)), tolerance=tolerance, registry=prices)
    assert (found.tolerance, found.outcome) == (Decimal(limit), outcome)


def test_what_remains_is_said_by_meter_where_the_bill_says_it(
    tmp_path: Path, prices: Registry
) -> None:
    path = _logs(tmp_path, _call(A, output_tokens=M), _call(B))
    whole = [_row("3", A, meter="input"), _row("16.5", A, meter="output"), _row("4", B)]
    found = reconcile(path, _bill(*whole, _row("0.25", A, meter="cache_read")), registry=prices)
    one, other = found.rows
    assert one.meters == {"cache_read": Decimal("0.25"), "output": Decimal("1.5")}
    assert sum(one.meters.values()) == one.unexplained
    assert other.meters == {}
    # a part of the bill that names no meter leaves it unsaid
    partly = reconcile(path, _bill(*whole, _row("0.25", A)), registry=prices)
    assert partly.rows[0].meters == {}


def test_rows_that_cancel_each_other_do_not_agree(tmp_path: Path, prices: Registry) -> None:
    path = _logs(tmp_path, _call(A), _call(A, "tiered"))
    found = reconcile(path, _bill(_row("3.5", A), _row("4.5", A, "tiered")), registry=prices)
    assert (found.difference, found.unexplained) == (0, 0)
    assert (found.unexplained_rows, found.outcome) == (Decimal(1), "unexplained")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"since": "soon"}, "a bill has whole days, and 'soon' is none"),
    ({"since": B, "until": B}, "nothing lies between 2026-09-02 and 2026-09-02"),
    ({"provider": "acm"}, "unknown provider 'acm'; nearest: acme"),
    ({"provider": "zzzzzz"}, "unknown provider 'zzzzzz'; see 'costcalc models'"),
    ({"exchange": 0}, "an exchange rate is positive, not 0"),
    ({"tolerance": "-1"}, "a tolerance is not negative, as -1 is"),
    ({"tolerance": "few"}, "a tolerance 'few' is no decimal number"),
    ({"timezone": "Mars"}, "there is no time zone 'Mars'"),
]


@pytest.mark.parametrize(("terms", "message"), WRONG, ids=[text for _, text in WRONG])
def test_wrong_terms_are_a_sentence(
    tmp_path: Path, prices: Registry, terms: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        reconcile(_logs(tmp_path, _call(A)), _bill(_row("3", A)), registry=prices, **terms)


RETIRING = """
provider: acme
models:
  new: {name: Acme New, input: 1, output: 2}
  old: {retired: 2026-09-02, redirects_to: new, input: 1, output: 2}
  gone: {retired: 2026-09-02, input: 1, output: 2}
"""


def test_models_go_by_the_id_that_was_billed_on_the_day(tmp_path: Path) -> None:
    registry = Registry.from_yaml(RETIRING)
    path = _logs(tmp_path, _call(A, "old"), _call(B, "new"), _call(C, "new"), _call(A, "gone"))
    bill = _bill(
        _row("1", A, "old"), _row("1", B, "old"), _row("1", C, "acme new"), _row("1", A, "gone"),
        provider="acme",
    )  # fmt: skip
    found = reconcile(path, bill, registry=registry)
    assert found.outcome == "agrees"
    assert [(row.day, row.model) for row in found.rows] == [
        (A, "gone"), (A, "old"), (B, "new"), (C, "new"),
    ]  # fmt: skip


def test_a_bill_of_two_names_of_one_cloud(tmp_path: Path) -> None:
    registry = Registry.from_yaml(
        "provider: amazon\nmodels:\n  nova: {input: 1, output: 1}\n---\n"
        "provider: bedrock\nmodels:\n  claude: {input: 2, output: 2}\n"
    )
    path = _logs(tmp_path, _call(A, "nova"), _call(A, "claude"))
    bill = _bill(_row("1", A, "nova", provider="amazon"), _row("2", A, "claude"))
    assert reconcile(path, bill, registry=registry).outcome == "agrees"


def test_the_result_is_a_value(tmp_path: Path, prices: Registry) -> None:
    found = reconcile(_logs(tmp_path, _call(A)), _bill(_row("3.1", A)), registry=prices)
    assert logs.Reconciliation.model_validate_json(found.model_dump_json()) == found
    assert found.rows[0].share == Decimal("0.0333333333333")
    assert (
        reconcile(_logs(tmp_path, _call(A, "gone")), _bill(_row("1", A)), registry=prices)
        .rows[0]
        .share
        is None
    )


def test_prices_that_only_the_report_knew_explain_nothing(tmp_path: Path, prices: Registry) -> None:
    path = _logs(tmp_path, _call(A, cache_write_tokens=M), _call(A, "toll"))
    report = logs.price(path, by=["day", "model", "provider"], registry=prices)
    bill = _bill(_row("5", A), _row("1", A, "toll"), _row("1", A, None, item="web_search"))
    # its rules are known in the second one, and its rates not yet
    for models in (UNKNOWN, NOT_YET):
        found = reconcile(report, bill, registry=Registry.from_yaml(models))
        assert {each.code for each in found.explanations} == {"charges"}
        assert found.unexplained == Decimal("1.245")


UNKNOWN = "provider: acme\nmodels:\n  other: {input: 1, output: 1}\n"
NOT_YET = """
provider: acme
rules: [{if: {batch: true}, times: 0.5}]
models:
  plain: {prices: [{from: 2027-01-01, input: 3, cache_write: 3, output: 1}]}
"""
