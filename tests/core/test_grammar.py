"""The grammar: what a broken price file is told, with file, line and key."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from core_support import lab, registry, total

from costcalc import METERS, Registry, RegistryError, Usage
from costcalc.registry.documents import parse_documents
from costcalc.registry.schema import schema_text

HEAD = "provider: lab\nmodels:\n"


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RegistryError) as raised:
        Registry.from_yaml(text)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


# The text after HEAD, and the one problem that it has.
YAML_ERRORS = [
    pytest.param(
        "  m: {input: 1}\n  n: {input: 1}\n  m: {input: 2}\n",
        "<text>:5: models: 'm' stands twice in one mapping, first in line 3; keep one",
        id="an id stands twice",
    ),
    pytest.param(
        "  m:\n    input: 1\n    output: 2\n    input: 3\n",
        "<text>:6: models.m: 'input' stands twice in one mapping, first in line 4; keep one",
        id="a key stands twice",
    ),
    pytest.param(
        "  m:\n    input: 1\n    rules:\n      - {if: {hours: 16:30}, times: 2}\n",
        "<text>:6: models.m.rules.0.if.hours: 16:30 is a base-60 number to YAML; quote times of "
        'day: "16:30"',
        id="a time of day without quotes",
    ),
    pytest.param(
        "  m: {input: 010}\n",
        "<text>:3: models.m.input: 010 is no plain decimal number; write it as 8, 0.25 or 256_000",
        id="an octal number",
    ),
    pytest.param(
        "  m: {input: 0x10}\n",
        "<text>:3: models.m.input: 0x10 is no plain decimal number; write it as 8, 0.25 or 256_000",
        id="a hexadecimal number",
    ),
    pytest.param(
        "  m: {input: .inf}\n",
        "<text>:3: models.m.input: .inf is no plain decimal number; write it as 8, 0.25 or 256_000",
        id="infinity",
    ),
    pytest.param(
        "  m: {input: yes}\n",
        "<text>:3: models.m.input: yes is a boolean to YAML; write true or false, or quote the text",
        id="yes",
    ),
    pytest.param(
        "  m:\n    input: 1\n    rules: [{if: {batch: On}, times: 2}]\n",
        "<text>:5: models.m.rules.0.if.batch: On is a boolean to YAML; write true or false, or "
        "quote the text",
        id="on",
    ),
    pytest.param(
        "  m: {input: 1e-6}\n",
        "<text>:3: models.m.input: 1e-6 is text to YAML, not a number; write "
        '0.000001, or "1e-6" if text',
        id="an exponent that YAML reads as text",
    ),
    pytest.param(
        "  m: {input: 1, aliases: [4e5]}\n",
        "<text>:3: models.m.aliases.0: 4e5 is text to YAML, not a number; write "
        '400000, or "4e5" if text',
        id="a name that looks like a number",
    ),
    pytest.param(
        "  m: {input: 1e-999999999}\n",
        "<text>:3: models.m.input: 1e-999999999 is text to YAML, not a number; write it without an "
        'exponent, or "1e-999999999" if text',
        id="a number that nobody writes out",
    ),
    pytest.param(
        "  4.1: {input: 1}\n",
        '<text>:3: models: the key 4.1 is no text to YAML; quote it: "4.1"',
        id="an id that is a number",
    ),
    pytest.param(
        "  m: {input: 1}\n  2024-11-20: {input: 1}\n",
        '<text>:4: models: the key 2024-11-20 is no text to YAML; quote it: "2024-11-20"',
        id="an id that is a date",
    ),
    pytest.param(
        "  no: {input: 1}\n",
        '<text>:3: models: the key no is no text to YAML; quote it: "no"',
        id="an id that is a boolean",
    ),
    pytest.param(
        "  [m]: {input: 1}\n",
        "<text>:3: models: the key is a list or mapping; quote it",
        id="an id that is a list",
    ),
    pytest.param(
        "  m: !price {input: 1}\n  n: !price 5\n",
        "<text>:4: models.n: the YAML tag '!price' has no meaning here",
        id="a tag",
    ),
    pytest.param(
        "  m: {<<: 5}\n", "<text>:3: models.m: '<<' merges mappings only", id="a merge of a number"
    ),
    pytest.param(
        "  m:\n    input: 1\n    rules: [{if: {prompt_tokens: >272k}, times: 2}]\n",
        "<text>:5: this is not valid YAML: while scanning for the next token found character that "
        'cannot start any token; quote comparisons: prompt_tokens: ">200k"',
        id="a comparison without quotes",
    ),
    pytest.param(
        "  m: {input: 1\n",
        "<text>:4: this is not valid YAML: ",
        id="a brace that is never closed",
    ),
    pytest.param(
        "  m: {input: \x07}\n", "<text>: this is not valid YAML: ", id="a control character"
    ),
    pytest.param("  m: *rates\n", "<text>:3: this is not valid YAML: ", id="an unknown anchor"),
]


@pytest.mark.parametrize(("text", "problem"), YAML_ERRORS)
def test_what_yaml_would_misread_is_an_error(text: str, problem: str) -> None:
    (found,) = problems(HEAD + text)
    assert found.startswith(problem)


def test_an_anchor_within_itself_is_an_error() -> None:
    (found,) = problems("provider: lab\nmodels: &all\n  m: *all\n")
    assert found.startswith("<text>:")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("\n", "<text>: there are no prices here; a price file needs 'provider' and "
                     "'models'", id="nothing"),
        pytest.param("# only\n---\n---\n", "<text>: there are no prices here",
                     id="empty documents"),
        pytest.param("- 1\n- 2\n", "<text>:1: a price file is a mapping with 'provider' and "
                     "'models', not [1, 2]", id="a list"),
        pytest.param("grok\n", "<text>:1: a price file is a mapping with 'provider' and 'models', "
                     "not 'grok'", id="a word"),
        pytest.param("provider: lab\n", "<text>:1: models: field required", id="no models"),
        pytest.param("models: {m: {input: 1}}\n", "<text>:1: provider: field required",
                     id="no provider"),
        pytest.param("provider: Lab AI\nmodels: {m: {input: 1}}\n",
                     "<text>:1: provider: string should match pattern", id="a provider with spaces"),
        pytest.param("provider: lab\ncurency: EUR\nmodels: {m: {input: 1}}\n",
                     "<text>:2: curency: unknown key 'curency'; did you mean 'currency'?", id="a typo"),
        pytest.param("provider: lab\nzzz: 1\nmodels: {m: {input: 1}}\n",
                     "<text>:2: zzz: unknown key 'zzz'; known: source, checked, note, minimum",
                     id="a key unlike any"),
        pytest.param("provider: lab\ncurrency: euro\nmodels: {m: {input: 1}}\n",
                     "<text>:2: currency: string should match pattern '^[A-Z]{3}$'",
                     id="no code of a currency"),
        pytest.param("provider: lab\nfees: {serch: 1}\nmodels: {m: {input: 1}}\n",
                     "<text>:2: fees.serch", id="an unknown fee"),
        pytest.param("provider: lab\nfees: {web_search: '5'}\nmodels: {m: {input: 1}}\n",
                     "<text>:2: fees.web_search: a rate is a plain number, not the text '5'",
                     id="a fee given as text"),
        pytest.param("provider: lab\nmodels: {m: {input: 1}}\n---\nprovider: lab\nmodels: {n: "
                     "{input: 1}}\n", "<text>:4: provider: provider 'lab' has a file already",
                     id="a provider in two documents"),
        pytest.param("provider: lab\nmodels: {m: {input: 1}}\n---\nprovider: x\nmodels: 5\n",
                     "<text>:5: models: input should be a valid dictionary",
                     id="an error in a second document"),
        pytest.param("provider: lab\nmodels: {M: {input: 1}, m: {input: 1}}\n",
                     "<text>:2: models.m: 'm' is defined already in <text>:2",
                     id="an id in two cases"),
        pytest.param("calendars:\n  cn: {zone: Asia/Atlantis, dates: []}\n",
                     "<text>:2: calendars.cn: 'Asia/Atlantis' is no IANA time zone",
                     id="an unknown zone"),
        pytest.param("calendars:\n  cn: {zone: ../etc, dates: []}\n",
                     "<text>:2: calendars.cn: '../etc' is no IANA time zone", id="no zone at all"),
        pytest.param("calendars:\n  cn: {zone: UTC, dates: [soon]}\n",
                     "<text>:2: calendars.cn.dates.0: 'soon' is no ISO 8601 date",
                     id="a holiday that is no date"),
        pytest.param("calendars:\n  cn: {zone: UTC, dates: [2026-10-01T12:00:00Z]}\n",
                     "<text>:2: calendars.cn", id="a holiday with a time of day"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_where(text: str, problem: str) -> None:
    assert problems(text)[0].startswith(problem)


def rule(text: str) -> str:
    return f"input: 1, rules: [{{{text}}}]"


# What stands between the braces of a model in line 4, its key, and what is said.
MODEL_ERRORS = [
    pytest.param("input: '0.20'", ".input", "a rate is a plain number, not the text '0.20'; write "
                 "it without quotes, such as 0.20", id="a rate given as text"),
    pytest.param("input: free", ".input", "a rate is a plain number, not the text 'free'", id="word"),
    pytest.param("input: true", ".input", "a rate is a plain number, not True", id="a boolean rate"),
    pytest.param("input: [1]", ".input", "a rate is a plain number, not [1]", id="a list of rates"),
    pytest.param("input: -1", ".input", "a rate is finite and not negative, not -1; free is written "
                 "0", id="a negative rate"),
    pytest.param("input: 0.1234567890123", ".input", "0.1234567890123 has more than 12 decimals: "
                 "float dust?", id="float dust"),
    pytest.param("input: 1_000_000_001", ".input", "1000000001 is no price per unit; rates are per "
                 "million tokens", id="a rate per token times a mistake"),
    pytest.param("inptu: 1", "", "unknown key 'inptu'; did you mean 'input'?", id="a typo"),
    pytest.param("colour: 1", "", "unknown key 'colour'; known: source, checked, note, input",
                 id="a key unlike any"),
    pytest.param("name: m", "", "a model needs rates, or 'prices' with periods", id="no rates"),
    pytest.param("", "", "a model needs rates, or 'prices' with periods", id="nothing"),
    pytest.param("prices: []", "", "a model needs rates, or 'prices' with periods", id="no periods"),
    pytest.param("input: 1, prices: [{input: 2}]", "", "input stands beside 'prices'; move it into a "
                 "period", id="rates beside periods"),
    pytest.param("from: 2025-01-01, prices: [{input: 2}]", "", "from stands beside 'prices'",
                 id="a start beside periods"),
    pytest.param("prices: [{input: 1, until: 2026-02-01}, {from: 2026-01-01, input: 2}]", "",
                 "period 2 from 2026-01-01 overlaps the one before it, which holds until 2026-02-01",
                 id="overlapping periods"),
    pytest.param("prices: [{input: 1}, {input: 2}]", "", "period 2 needs 'from'; only the first may "
                 "have no known start", id="two periods without a start"),
    pytest.param("prices: [{from: 2026-02-01, input: 1}, {from: 2026-01-01, input: 2}]", "",
                 "period 2 from 2026-01-01 does not come after the one before it",
                 id="periods out of order"),
    pytest.param("prices: [{from: 2026-01-01, input: 1}, {from: 2026-01-01, input: 2}]", "",
                 "period 2 from 2026-01-01 does not come after the one before it",
                 id="two periods from one day"),
    pytest.param("prices: [{from: 2026-02-01, until: 2026-01-01, input: 1}]", "",
                 "period 1: until 2026-01-01 is not after from 2026-02-01",
                 id="a period that ends before it begins"),
    pytest.param("input: 1, from: 2026-02-01, until: 2026-01-01", "",
                 "until 2026-01-01 is not after from 2026-02-01",
                 id="a model in one line that ends before it begins"),
    pytest.param("input: 1, from: soon", ".from", "'soon' is no ISO 8601 date or time", id="no date"),
    pytest.param("input: 1, from: 2026", ".from", "2026 is no date or instant; write 2026-05-15",
                 id="a year alone"),
    pytest.param("input: 1, from: 2026-01-01T00:00:00", ".from", "2026-01-01T00:00:00 has no time "
                 "zone", id="a naive instant"),
    pytest.param('input: 1, from: "2026-01-01 12"', ".from", "2026-01-01T12:00:00 has no time zone",
                 id="a naive hour"),
    pytest.param("input: 1, checked: today", ".checked", "'today' is no ISO 8601 date", id="checked"),
    pytest.param("input: 1, context_window: 1.5", ".context_window", "input should be a valid "
                 "integer", id="half a token"),
    pytest.param("input: 1, context_window: 0", ".context_window", "input should be greater than 0",
                 id="no window"),
    pytest.param("input: 1, redirects_to: n", "", "'redirects_to' and 'replacement' need 'retired'",
                 id="a redirect of a living model"),
    pytest.param("input: 1, retired: 2026-01-01, redirect_disputed: {to: n, source: s}", "",
                 "'redirect_disputed' needs 'redirects_to'", id="a dispute without a redirect"),
    pytest.param("input: 1, minimum: {inptu: 1}", ".minimum.inptu", "", id="unknown minimum"),
    pytest.param("input: 1, minimum: {input: -1}", ".minimum.input", "input should be greater than "
                 "or equal to 0", id="a negative minimum"),
    pytest.param("audio_second: 1, round_up: {audio_second: 0}", ".round_up.audio_second",
                 "input should be greater than", id="a grain of nothing"),
    pytest.param("input: 1, aliases: ['']", ".aliases.0", "string should have at least 1 char",
                 id="an empty alias"),
    pytest.param("input: 1, aliases: [a b]", ".aliases.0", "string should match pattern",
                 id="an alias with a space"),
    pytest.param("input: 1, aliases: [m]", ".aliases.0", "'m' is defined already in <text>:4",
                 id="an alias that is the id"),
    pytest.param("input: 1, aliases: [a, A]", ".aliases.1", "'A' is defined already in <text>:4",
                 id="an alias twice"),
    pytest.param("input: 1, cache: {automatic: {ttl: {cache_read: soon}}}",
                 ".cache.automatic.ttl.cache_read", "'soon' is no duration; write 30s, 5m, 1h or 1d",
                 id="no duration"),
    pytest.param("input: 1, cache: {manual: {}}", ".cache", "unknown key 'manual'; known: automatic, explicit",
                 id="an unknown kind of cache"),
    pytest.param(rule("if: {prompt_tokens: 272k}, times: 2"), ".rules.0.if.prompt_tokens",
                 "'272k' is no comparison; write \">272k\"", id="no comparison"),
    pytest.param(rule("if: {prompt_tokens: 272000}, times: 2"), ".rules.0.if.prompt_tokens",
                 "272000 is no comparison", id="a number is no comparison"),
    pytest.param(rule('if: {prompt_tokens: ">1.0005k"}, times: 2'), ".rules.0.if.prompt_tokens",
                 "'>1.0005k' is no comparison", id="a part of a token"),
    pytest.param(rule('if: {prompt_tokens: ">"}, times: 2'), ".rules.0.if.prompt_tokens",
                 "'>' is no comparison", id="a comparison with nothing"),
    pytest.param(rule('if: {prompt_tokens: "=5"}, times: 2'), ".rules.0.if.prompt_tokens",
                 "'=5' is no comparison", id="equality"),
    pytest.param(rule('if: {hours: "25:00-26:00"}, times: 2'), ".rules.0.if",
                 "'25:00-26:00' is no window of hours; write \"16:30-00:30\"", id="no such hour"),
    pytest.param(rule('if: {hours: "01:00"}, times: 2'), ".rules.0.if",
                 "'01:00' is no window of hours", id="one hour only"),
    pytest.param(rule('if: {hours: "01:00-01:00"}, times: 2'), ".rules.0.if",
                 "'01:00-01:00' is no window of hours", id="an empty window"),
    pytest.param(rule('if: {hours: "24:00-01:00"}, times: 2'), ".rules.0.if",
                 "'24:00-01:00' is no window of hours", id="a window that begins at its end"),
    pytest.param(rule('if: {hours: "1:00-2:00"}, times: 2'), ".rules.0.if",
                 "'1:00-2:00' is no window of hours", id="hours of one digit"),
    pytest.param(rule('if: {hours: "01:60-02:00"}, times: 2'), ".rules.0.if",
                 "'01:60-02:00' is no window of hours", id="no such minute"),
    pytest.param(rule("if: {days: montag}, times: 2"), ".rules.0.if",
                 "'montag' is no weekday; write mon-fri, or [sat, sun]", id="no such day"),
    pytest.param(rule("if: {days: mon-}, times: 2"), ".rules.0.if", "'mon-' is no weekday",
                 id="half a span of days"),
    pytest.param(rule("if: {servce_tier: flex}, times: 2"), ".rules.0.if",
                 "unknown condition 'servce_tier'; did you mean 'service_tier'?",
                 id="a typo in a condition"),
    pytest.param(rule("if: {Thinking: true}, times: 2"), ".rules.0.if",
                 "condition key 'Thinking' is not lower_snake_case", id="a condition in capitals"),
    pytest.param(rule("if: {level: 1.5}, times: 2"), ".rules.0.if",
                 "the value of condition 'level' is text, a whole number, true or false",
                 id="a fraction as a condition"),
    pytest.param(rule("if: {batch: }, times: 0.5"), ".rules.0.if", "batch",
                 id="a condition whose value was forgotten"),
    pytest.param(rule("if: {thinking: }, times: 0.5"), ".rules.0.if", "thinking",
                 id="a free condition whose value was forgotten"),
    pytest.param(rule("if: {hours: []}, times: 0.5"), ".rules.0.if", "hours",
                 id="an empty list of hours is not always"),
    pytest.param(rule("if: {days: []}, times: 0.5"), ".rules.0.if", "days",
                 id="an empty list of days is not every day"),
    pytest.param(rule("if: {region: []}, times: 0.5"), ".rules.0.if", "region",
                 id="an empty list of regions"),
    pytest.param(rule("if: {batch: true}"), ".rules.0", "a rule needs rates, 'times', 'minimum', "
                 "'round_up' or 'offered: false'", id="a rule that says nothing"),
    pytest.param(rule("if: {batch: true}, minimum: {}"), ".rules.0", "a rule needs rates, 'times', ",
                 id="a rule with an empty minimum"),
    pytest.param(rule("if: {batch: true}, offered: false, round_up: {page: 2}"), ".rules.0",
                 "a combination that is not offered has no rates", id="a grain of nothing sold"),
    pytest.param(rule("times: 2"), ".rules.0.if", "field required", id="a rule without conditions"),
    pytest.param(rule("if: {batch: true}, offered: false, times: 2"), ".rules.0",
                 "a combination that is not offered has no rates", id="a factor on nothing"),
    pytest.param(rule("if: {batch: true}, offered: true"), ".rules.0.offered", "input should be",
                 id="offered true"),
    pytest.param(rule("if: {}, times: 2, from: 2026-02-01, until: 2026-01-01"), ".rules.0",
                 "until 2026-01-01 is not after from 2026-02-01",
                 id="a rule that ends before it begins"),
    pytest.param(rule("if: {batch: true}, times: -1"), ".rules.0.times",
                 "a rate is finite and not negative, not -1", id="a negative factor"),
    pytest.param(rule("if: {batch: true}, times: {inptu: 2}"), ".rules.0.times",
                 "", id="a factor on an unknown meter"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "key", "words"), MODEL_ERRORS)
def test_a_broken_model_is_told_where_and_what(model: str, key: str, words: str) -> None:
    with pytest.raises(RegistryError) as raised:
        lab(model)
    first = raised.value.problems[0]
    assert first.startswith(f"<text>:4: models.m{key}")
    assert words in first


@pytest.mark.parametrize(
    ("model", "key", "words"),
    [
        pytest.param(rule("if: {batch: true}, times: {inptu: 2}"), ".rules.0.times.inptu", "input should be",
                     id="a factor on an unknown meter names it"),
        pytest.param("input: 1, aliases: [{idd: x}]", ".aliases.0.idd", "unknown key 'idd'",
                     id="a typo in an alias"),
        pytest.param(rule("if: {prompt_tokens: 272k}, times: 2"), ".rules.0.if.prompt_tokens",
                     "is no comparison", id="no comparison"),
        pytest.param(rule("if: {batch: 5}, times: 2"), ".rules.0.if.batch",
                     "should be a valid boolean", id="no boolean"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_problem_without_pydantics_inner_names(
    model: str, key: str, words: str
) -> None:
    with pytest.raises(RegistryError) as raised:
        lab(model)
    (found,) = raised.value.problems
    assert found.startswith(f"<text>:4: models.m{key}: ")
    assert words in found


def test_all_problems_of_a_file_are_told_at_once() -> None:
    found = problems(HEAD + "  m: {input: '1'}\n  n:\n    output: -1\n  o: {}\n")
    assert [each[: each.index(": ", 10)] for each in found] == [
        "<text>:3: models.m.input",
        "<text>:5: models.n.output",
        "<text>:6: models.o",
    ]


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        pytest.param(HEAD + "  m:\n    input: '1'\n", 4, "models.m.input", id="a wrong value"),
        pytest.param(HEAD + "  m:\n    input: 010\n", 4, "models.m.input", id="a wrong number"),
        pytest.param(HEAD + "  m: {input: 1}\n  M: {input: 1}\n", 4, "models.M", id="a duplicate"),
        pytest.param(HEAD + "  m: {input: '1'}\n  n: {input: '1'}\n", 3, "models.m.input",
                     id="the first of two"),
    ],
)  # fmt: skip
def test_an_error_has_file_line_and_key_as_attributes(text: str, line: int, key: str) -> None:
    with pytest.raises(RegistryError) as raised:
        Registry.from_yaml(text)
    assert (raised.value.path, raised.value.line, raised.value.key) == ("<text>", line, key)


def test_lines_are_those_of_the_place_and_not_of_a_merged_anchor() -> None:
    (found,) = problems(
        "provider: lab\nmodels:\n  a: &a\n    input: 1\n  b:\n    prices:\n      - <<: *a\n"
        "        rules:\n          - {if: {}}\n      - <<: *a\n        from: 5\n"
    )[:1]
    assert found.startswith("<text>:9: models.b.prices.0.rules.0: ")
    (found,) = problems(
        "provider: lab\nmodels:\n  a: &a\n    input: 1\n    output: 2\n  b:\n    input: '3'\n"
        "    <<: *a\n"
    )
    assert found.startswith("<text>:7: models.b.input: ")


def test_merged_mappings_and_lists_of_them_are_read() -> None:
    prices = registry(
        """
        provider: lab
        models:
          a: &a {input: 1, output: 2}
          b: &b {input: 3, cache_read: 4}
          c: {<<: *a, input: 5}
          d: {input: 6, <<: [*a, *b]}
          e: {<<: [*b, *a]}
        """
    )
    found = {name: dict(prices.rate_card(name).rates) for name in "cde"}
    assert found == {
        "c": {"input": 5, "output": 2},
        "d": {"input": 6, "cache_read": 4, "output": 2},
        "e": {"input": 3, "cache_read": 4, "output": 2},
    }


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("1", "1"),
        ("0.20", "0.20"),
        (".5", ".5"),
        ("1.", "1"),
        ("+3", "3"),
        ("1_000", "1000"),
        ("1_000.25", "1000.25"),
        ("1.0e-6", "0.0000010"),
        ("2.5E+1", "25"),
        ("0", "0"),
        ("0.000000000001", "0.000000000001"),
        ("1.000000000000000", "1.000000000000000"),
        ("1000000000", "1000000000"),
    ],
)
def test_a_number_is_read_from_its_text(written: str, rate: str, hostile_context: None) -> None:
    del hostile_context
    found = lab(f"input: {written}").rate_card("m").rates["input"]
    assert f"{found:f}" == f"{Decimal(rate):f}"


def test_decimal_contexts_do_not_blur_rates_while_loading(hostile_context: None) -> None:
    del hostile_context
    assert str(lab("input: 1234.56789").rate_card("m").rates["input"]) == "1234.56789"
    with pytest.raises(RegistryError, match="more than 12 decimals"):
        lab("input: 1234.5678901234567")


@pytest.mark.parametrize(
    "day", ["2026-05-15", "2026-05-15T00:00:00Z", "2026-05-15T00:00Z", '"2026-05-15"',
            "2026-05-15 02:00:00+02:00"]
)  # fmt: skip
def test_a_day_may_be_written_in_several_ways(day: str) -> None:
    prices = registry(
        f"provider: lab\nmodels:\n  m: {{prices: [{{input: 1}}, {{from: {day}, input: 2}}]}}\n"
    )
    assert total(prices, at="2026-05-14T23:59:59Z") == 1
    assert total(prices, at="2026-05-15") == 2


def test_one_line_is_enough_for_a_model() -> None:
    prices = lab(
        "input: 1, from: 2025-01-01, until: 2026-01-01, rules: [{if: {batch: true}, times: 2}]"
    )
    assert total(prices, at="2025-06-01", batch=True) == 2


def test_a_file_of_calendars_only_is_a_file() -> None:
    prices = registry("calendars:\n  cn: {zone: Asia/Shanghai, dates: [2026-10-01]}\n")
    assert prices.models() == ()


@pytest.mark.parametrize("kind", [str, Path], ids=["text", "path"])
def test_a_path_is_read(tmp_path: Path, kind: Any) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("\ufeffprovider: lab\nmodels: {modèle: {input: 1}}\n", encoding="utf-8")
    assert total(Registry.from_yaml(kind(file)), model="MODÈLE") == 1


def test_errors_in_a_file_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(HEAD + "  m: {input: '1'}\n")
    with pytest.raises(RegistryError) as raised:
        Registry.from_yaml(file)
    assert str(raised.value).startswith(f"{file}:3: models.m.input: a rate is a plain number")
    assert raised.value.path == str(file)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("nowhere.yaml", "nowhere.yaml: cannot read the price file: No such file",
                     id="a missing file"),
        pytest.param("provider: lab", "provider: lab: cannot read the price file", id="one line"),
        pytest.param("", "cannot read the price file", id="empty text"),
        pytest.param(".", "cannot read the price file", id="a folder"),
        pytest.param("a\0b", "cannot read the price file", id="a path that cannot be"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told(path: str, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        Registry.from_yaml(path)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"provider: \xff\n")
    with pytest.raises(RegistryError, match="this is no UTF-8 text: invalid start byte at byte 10"):
        Registry.from_yaml(file)


@pytest.mark.parametrize("source", [None, 5, ["a.yaml"], b"a.yaml"])
def test_what_is_neither_path_nor_text_is_refused(source: Any) -> None:
    with pytest.raises(RegistryError):
        Registry.from_yaml(source)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("provider: a\nprefixes: [b]", "provider: b", id="another provider's id"),
        pytest.param("provider: a\nprefixes: [c]", "provider: b\nprefixes: [c]", id="in two files"),
    ],
)
def test_a_prefix_that_means_two_providers_is_refused(one: str, other: str) -> None:
    text = f"{one}\nmodels: {{m: {{input: 1}}}}\n---\n{other}\nmodels: {{n: {{input: 1}}}}\n"
    with pytest.raises(RegistryError, match="prefix|already"):
        Registry.from_yaml(text)


def test_a_document_knows_the_lines_of_its_places() -> None:
    (document,) = parse_documents("a:\n  - b: 1\n  - c: null\n", "x.yaml")
    assert document.value == {"a": [{"b": 1}, {"c": None}]}
    assert document.line(("a", 1, "c")) == 3
    assert document.line(("a", 1, "c", "deeper")) == 3
    assert document.line(("elsewhere",)) == 1


def test_true_false_and_null_are_read() -> None:
    prices = registry(
        """
        provider: lab
        resells: true
        cache: {automatic: {refresh_on_read: false}, explicit: null}
        models: {m: {input: 1, cache: null}}
        """
    )
    assert prices.model("m").cache == {"automatic": {"refresh_on_read": False}}
    assert prices.model("m").maker is None


def test_minima_may_be_zero() -> None:
    prices = lab("audio_second: 3.6, minimum: {audio_second: 0}, round_up: {audio_second: 1}")
    assert total(prices, Usage(units={"audio_second": 1})) == Decimal("0.001")


def test_editors_learn_the_grammar_from_its_schema() -> None:
    schema = json.loads(schema_text())
    kinds = schema["$defs"]
    assert schema["title"] == "A price file of costcalc"
    assert set(kinds["Period"]["properties"]) > {*METERS, "from", "until", "rules", "minimum"}
    assert set(kinds["Rule"]["properties"]) > {*METERS, "if", "times", "offered"}
    closed = {name for name, each in kinds.items() if each.get("additionalProperties") is False}
    assert closed == set(kinds) - {"Condition"}
    assert all("description" in each for each in kinds["Model"]["properties"].values())
    assert schema_text() == schema_text()
