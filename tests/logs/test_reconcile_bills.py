from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costcalc.errors import UsageError
from costcalc.logs import Bill, invoice, read_bill

DAY = 86_400
T = 1_788_220_800  # 2026-09-01T00:00:00Z


def _openai(*buckets: tuple[int, list[tuple[Any, Any]]], more: bool = False) -> dict[str, Any]:
    return {
        "object": "page",
        "data": [
            {
                "object": "bucket",
                "start_time": T + n * DAY,
                "end_time": T + (n + 1) * DAY,
                "results": [
                    {
                        "object": "organization.costs.result",
                        "amount": {"value": value, "currency": "usd"},
                        "line_item": item,
                        "project_id": None,
                    }
                    for value, item in results
                ],
            }
            for n, results in buckets
        ],
        "has_more": more,
        "next_page": "page_x" if more else None,
    }


def _file(tmp_path: Path, content: Any, name: str = "bill") -> Path:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def _shown(bill: Bill) -> list[tuple[Any, ...]]:
    return [
        (str(row.amount), row.day and row.day.isoformat(), row.model, row.meter, row.item)
        for row in bill.rows
    ]


def test_openai_costs_by_line_item(tmp_path: Path) -> None:
    content = _openai(
        (0, [(0.06, "gpt-4o-2024-08-06, input"), (0.1, "gpt-4o-2024-08-06, cached input")]),
        (1, [(2, "gpt-5, audio"), (0.5, "web search tool calls"), (1, "Assistants storage")]),
        (2, [(3, "gpt-5"), (4, None)]),
        (3, []),
    )
    bill = read_bill(_file(tmp_path, content))
    assert _shown(bill) == [
        ("0.06", "2026-09-01", "gpt-4o-2024-08-06", "input", None),
        ("0.1", "2026-09-01", "gpt-4o-2024-08-06", "cache_read", None),
        ("2", "2026-09-02", "gpt-5", None, None),
        ("0.5", "2026-09-02", None, "web_search", "web_search"),
        ("1", "2026-09-02", None, None, "Assistants storage"),
        ("3", "2026-09-03", "gpt-5", None, None),
        ("4", "2026-09-03", None, None, None),
    ]
    assert (bill.kind, bill.provider, bill.currency) == ("openai-costs", "openai", "USD")
    # a day without a charge is covered, too
    assert (bill.since, bill.until) == (date(2026, 9, 1), date(2026, 9, 5))
    assert (bill.total, bill.by_day, bill.by_model) == (Decimal("10.66"), True, True)


def test_a_float_of_json_keeps_its_digits_and_its_noise_is_rounding(tmp_path: Path) -> None:
    text = json.dumps(_openai((0, [(0.25, None)]))).replace("0.25", "0.30000000000000004")
    bill = read_bill(_file(tmp_path, text))
    assert bill.total == Decimal("0.30000000000000004")
    assert (bill.places, bill.half) == (12, Decimal("0.0000000000005"))
    whole = read_bill(_file(tmp_path, _openai((0, [(5, None)]))))
    assert (whole.places, whole.half, whole.by_model) == (2, Decimal("0.005"), False)


def test_pages_of_one_answer(tmp_path: Path) -> None:
    first = _file(tmp_path, _openai((0, [(1, None)]), more=True), "1.json")
    last = _file(tmp_path, _openai((1, [(2, None)])), "2.json")
    assert read_bill([first, str(last)]).total == 3
    both = _file(tmp_path, [_openai((0, [(1, None)]), more=True), _openai((1, [(2, None)]))])
    assert read_bill(both).total == 3
    with pytest.raises(UsageError, match="the export says that more pages follow"):
        read_bill(first)


OPENAI_TABLE = """\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id
1788220800,1788307200,2026-09-01T00:00:00+00:00,2026-09-02T00:00:00+00:00,0.8958740000000000,usd,,
1788220800,1788307200,2026-09-01T00:00:00+00:00,2026-09-02T00:00:00+00:00,0.5,usd,"gpt-5-nano, input_tokens",
1788307200,1788393600,2026-09-02T00:00:00+00:00,2026-09-03T00:00:00+00:00,,,,
1788393600,1788480000,2026-09-03T00:00:00+00:00,2026-09-04T00:00:00+00:00,1,,,
"""


def test_openais_table_of_costs(tmp_path: Path) -> None:
    bill = read_bill(_file(tmp_path, "\ufeff" + OPENAI_TABLE))
    assert _shown(bill) == [
        ("0.895874", "2026-09-01", None, None, None),
        ("0.5", "2026-09-01", "gpt-5-nano", "input", None),
        ("1", "2026-09-03", None, None, None),
    ]
    assert (bill.kind, bill.until) == ("openai-costs-table", date(2026, 9, 4))


def _bucket(day: str, end: str, *results: dict[str, Any]) -> dict[str, Any]:
    return {
        "starting_at": f"{day}T00:00:00Z", "ending_at": f"{end}T00:00:00Z",
        "results": [{"currency": "USD", "workspace_id": None, **each} for each in results],
    }  # fmt: skip


def test_anthropics_cost_report_is_in_cents(tmp_path: Path) -> None:
    tokens = {"cost_type": "tokens", "model": "claude-opus-4-8"}
    content = {
        "data": [
            _bucket(
                "2026-09-01", "2026-09-02",
                {"amount": "123.45", "token_type": "uncached_input_tokens", **tokens},
                {"amount": "1.5", "token_type": "cache_read_input_tokens", **tokens},
                {
                    "amount": "7",
                    "token_type": "cache_creation.ephemeral_1h_input_tokens", **tokens,
                },
                {"amount": "12", "cost_type": "web_search", "model": None},
                {"amount": "0.5"},
            ),
            _bucket("2026-09-02", "2026-09-03"),
        ],
        "has_more": False,
    }  # fmt: skip
    bill = read_bill(_file(tmp_path, content))
    assert _shown(bill) == [
        ("1.2345", "2026-09-01", "claude-opus-4-8", "input", None),
        ("0.015", "2026-09-01", "claude-opus-4-8", "cache_read", None),
        ("0.07", "2026-09-01", "claude-opus-4-8", "cache_write_1h", None),
        ("0.12", "2026-09-01", None, "web_search", "web_search"),
        ("0.005", "2026-09-01", None, None, None),
    ]
    assert (bill.kind, bill.provider) == ("anthropic-cost-report", "anthropic")
    assert [each.code for each in bill.assumptions] == ["bill_scope"]


def test_anthropics_analytics_may_span_days(tmp_path: Path) -> None:
    def item(day: str, end: str, amount: str, group: Any) -> dict[str, Any]:
        cost = {"amount": amount, "list_amount": "999", "currency": "USD", "requests": None}
        return {
            "starting_at": f"{day}T00:00:00Z", "ending_at": f"{end}T00:00:00Z", "cost": cost,
            "group": group,
        }  # fmt: skip

    one = {"model": "claude-opus-5", "cost_type": "tokens", "token_type": "output_tokens"}
    content = {"data": [item("2026-09-01", "2026-09-02", "250", one)], "next_page": None}
    bill = read_bill(_file(tmp_path, content))
    assert _shown(bill) == [("2.5", "2026-09-01", "claude-opus-5", "output", None)]
    month = {"data": [item("2026-09-01", "2026-10-01", "250", None)]}
    whole = read_bill(_file(tmp_path, month))
    assert (whole.by_day, whole.since, whole.until) == (False, date(2026, 9, 1), date(2026, 10, 1))
    wrong = {"data": [item("2026-09-01", "2026-09-02", "1", "x")]}
    with pytest.raises(UsageError, match=r"entry 1: cost and group are objects"):
        read_bill(_file(tmp_path, wrong))


CONSOLE = """\
usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed
2026-09-01,Claude Haiku 4.5,Default,key,message,≤ 200k,input_no_cache,0.19,0.19,token,global,
2026-09-01,Claude Haiku 4.5,Default,key,message,≤ 200k,output,0.03,0.03,token,global,
2026-09-02,,Default,key,message,,,0.10,0.10,web_search,global,
"""


def test_the_table_of_anthropics_console_has_names_for_people(tmp_path: Path) -> None:
    bill = read_bill(_file(tmp_path, CONSOLE))
    assert _shown(bill) == [
        ("0.19", "2026-09-01", "Claude Haiku 4.5", "input", None),
        ("0.03", "2026-09-01", "Claude Haiku 4.5", "output", None),
        ("0.1", "2026-09-02", None, "web_search", "web_search"),
    ]
    listed = read_bill(_file(tmp_path, CONSOLE), columns={"amount": "list_price_usd"})
    assert (listed.kind, listed.total) == ("anthropic-console", Decimal("0.32"))


ACTIVITY = """\
generation_id,created_at,cost_total,cost_web_search,cost_cache,byok_usage_inference,tokens_prompt,model_permaslug
gen-1,2026-09-01 18:54:30.040,0.0123,0,0,0,10389,openai/gpt-oss-120b
gen-2,2026-09-01 23:59:59.999,0.5,0,0,0.25,1,anthropic/claude-opus-5
gen-3,2026-09-02 00:00:00.000,1,0,0,0.25,1,anthropic/claude-opus-5
"""


def test_openrouters_activity_is_in_utc_and_without_own_keys(tmp_path: Path) -> None:
    bill = read_bill(_file(tmp_path, ACTIVITY))
    assert [(row.day, row.model) for row in bill.rows] == [
        (date(2026, 9, 1), "openai/gpt-oss-120b"),
        (date(2026, 9, 1), "anthropic/claude-opus-5"),
        (date(2026, 9, 2), "anthropic/claude-opus-5"),
    ]
    assert (bill.total, bill.provider) == (Decimal("1.5123"), None)
    assert bill.assumptions[0].text.startswith("2 times: OpenRouter states what your own key")
    item = {
        "date": "2026-09-01", "model": "openai/gpt-4.1", "usage": 0.015, "requests": 5,
        "model_permaslug": "openai/gpt-4.1-2025-04-14", "byok_usage_inference": 0,
    }  # fmt: skip
    api = read_bill(_file(tmp_path, {"data": [item]}))
    assert (api.kind, api.total, api.assumptions) == (
        "openrouter-activity-api",
        Decimal("0.015"),
        (),
    )


FOCUS = """\
BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceCategory,SkuMeter,x_Model,x_Provider
1.0,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Usage,AI and Machine Learning,input,gpt-5,openai
2.0,USD,2026-09-01 13:00:00 UTC,2026-09-01T14:00Z,,,output,gpt-5,openai
0.3,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Tax,,,,
9.0,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Usage,Compute,vm,,
"""


def test_focus_rows_of_models_and_charges_beside_them(tmp_path: Path) -> None:
    bill = read_bill(_file(tmp_path, FOCUS))
    assert _shown(bill) == [
        ("1", "2026-09-01", "gpt-5", "input", None),
        ("2", "2026-09-01", "gpt-5", "output", None),
        ("0.3", "2026-09-01", None, None, "Tax"),
    ]
    assert [row.provider for row in bill.rows] == ["openai", "openai", None]
    assert bill.until == date(2026, 9, 2)
    assert bill.assumptions[0].code == "service_category"


def test_a_currency_of_several_is_chosen(tmp_path: Path) -> None:
    path = _file(tmp_path, FOCUS.replace("2.0,USD", "2.0,EUR"))
    with pytest.raises(UsageError, match="the bill has amounts in EUR, USD, which do not add up"):
        read_bill(path)
    assert read_bill(path, currency="eur").total == 2
    with pytest.raises(UsageError, match="the bill has no amount in CNY; its amounts are in EUR"):
        read_bill(path, currency="CNY")


def test_a_table_of_your_own_by_its_columns(tmp_path: Path) -> None:
    path = _file(tmp_path, 'Date;SKU;Cost\n2026-09-01;gpt-5;"$1,234.50"\n2026-09-02;;-2\n')
    named = {"amount": "Cost", "day": "Date", "model": "SKU"}
    bill = read_bill(path, columns=named)
    assert _shown(bill) == [
        ("1234.5", "2026-09-01", "gpt-5", None, None), ("-2", "2026-09-02", None, None, None),
    ]  # fmt: skip
    assert (bill.kind, bill.currency, bill.places) == ("table", "USD", 2)
    assert read_bill(path, columns=named, currency="EUR", provider="openai").currency == "EUR"
    total = read_bill(path, columns={"amount": "Cost"})
    assert (total.by_day, total.since, total.by_model) == (False, None, False)
    own = _file(tmp_path, "cost\tin\twhat\n1\tcny\tinput\n")
    bill = read_bill(own, columns={"amount": "cost", "currency": "in", "meter": "what"})
    assert (bill.currency, bill.rows[0].meter) == ("CNY", "input")


def test_an_invoice_is_a_bill_of_one_amount() -> None:
    bill = invoice("123.45", currency="eur", provider="openai")
    assert (bill.total, bill.currency, bill.half) == (Decimal("123.45"), "EUR", Decimal("0.005"))
    assert (bill.by_day, bill.by_model, bill.since) == (False, False, None)


def test_an_empty_bill_has_no_day(tmp_path: Path) -> None:
    bill = read_bill(_file(tmp_path, {"data": [], "has_more": False}))
    assert (bill.rows, bill.by_day, bill.total, bill.currency) == ((), False, 0, "USD")


WRONG: list[tuple[str, Any, str]] = [
    ("text of nothing", "hello", "is no bill of a known shape"),
    ("usage without costs", "start_time,end_time,model,input_tokens\n1,2,a,3\n", "is no bill of a"),
    ("broken JSON", "{", "is no valid JSON: Expecting"),
    ("another object", {"id": 1}, "entry 1 is no bill of a known shape"),
    ("a list of numbers", [1], "entry 1 is no bill of a known shape"),
    ("a bucket without results", {"data": [_bucket("2026-09-01", "2026-09-02") | {"results": 1}]},
     "entry 1: results is a list of objects in this export, not int"),
    ("a bucket without a time", {"data": [{"starting_at": None, "ending_at": "x", "results": []}]},
     "starting_at is '', and a time of a bill is ISO 8601 text or seconds"),
    ("a time beyond calendars", {"data": [{"object": "bucket", "start_time": 10**30}]},
     "start_time is '1000000000000000000000000000000', and a time"),
    ("an amount of words", OPENAI_TABLE.replace("0.5", "half"), r"bill:3: amount_value is 'half', "),
    ("a float that is not finite", CONSOLE.replace("0.19", "NaN"), "cost_usd is 'NaN', and an"),
    ("no amount", _openai((0, [(None, None)])), "value is None, and an amount of a bill"),
    ("no currency", FOCUS.replace("1.0,USD", "1.0,"), r"bill:2: a currency is its ISO 4217 code"),
    ("a day that is none", CONSOLE.replace("2026-09-02", "2026-09-99"), "usage_date_utc is '2026-"),
    ("a short row", CONSOLE + "2026-09-03,x\n", "bill:5: the row has other columns than the header"),
    ("a long row", CONSOLE.replace("global,\n", "global,,,\n"), "bill:2: the row has other columns"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG]
)
def test_what_is_no_bill_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_bill(_file(tmp_path, content))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the bill .*nowhere': No such file"):
        read_bill(tmp_path / "nowhere")
    (tmp_path / "picture").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no text; a bill is a JSON document or a table"):
        read_bill(tmp_path / "picture")
    with pytest.raises(UsageError, match="a bill is one file or more"):
        read_bill([])


def test_two_bills_are_held_one_at_a_time(tmp_path: Path) -> None:
    one, other = _file(tmp_path, CONSOLE, "a"), _file(tmp_path, ACTIVITY, "b")
    with pytest.raises(UsageError, match="b is openrouter-activity and the file before it anthrop"):
        read_bill([one, other])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"amnt": "x"}, "a column of a bill cannot be 'amnt'; nearest: amount"),
        ({"xyz": "x"}, "a column of a bill cannot be 'xyz'; known: amount, day, model"),
        ({"amount": "cost_us"}, "has no column 'cost_us' for amount; nearest: cost_usd"),
        ({"amount": "zzz"}, "has no column 'zzz' for amount; it has usage_date_utc, model"),
    ],
)
def test_columns_that_are_none(tmp_path: Path, columns: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_bill(_file(tmp_path, CONSOLE), columns=columns)


def test_a_document_has_no_columns(tmp_path: Path) -> None:
    path = _file(tmp_path, _openai((0, [(1, None)])))
    with pytest.raises(UsageError, match="is JSON, which has no columns to name; leave amount=x"):
        read_bill(path, columns={"amount": "x"})
