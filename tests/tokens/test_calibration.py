"""Calibrations: how they count, how one is fitted to bills, and how it is kept in a file."""

from __future__ import annotations

import decimal
import os
import random
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from math import exp
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import RegistryError, UsageError
from costcalc.errors import TokenizerUnavailableError
from costcalc.tokens import calibration, calibration_files, text
from costcalc.tokens.calibration import (
    Calibration,
    Ratio,
    bundled,
    bundled_names,
    by_characters,
)
from costcalc.tokens.classes import CLASSES
from costcalc.tokens.fitting import student_t
from costcalc.tokens.token_count import TokenPart

ENGLISH = "The invoice is ready, and you can pay it with your card or from the app. "
RUSSIAN = "Счёт готов, и вы можете оплатить его картой или в приложении на телефоне. "


def ratio(mean: str, low: str, high: str, spread: str = "0") -> Ratio:
    return Ratio(Decimal(mean), Decimal(low), Decimal(high), Decimal(spread))


def own(pooled: Ratio, **fields: Any) -> Calibration:
    return Calibration(**{"name": "own", "pooled": pooled, "base": "characters", **fields})


def numbers(part: TokenPart) -> tuple[int, int, int]:
    return part.tokens, part.low, part.high


# Ratios and calibrations are values.


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param((1.5, 1, 2), "the mean of a ratio is a Decimal of 0 or more, not 1.5", id="float"),
        pytest.param((Decimal("NaN"),) * 3, "the mean of a ratio", id="no number"),
        pytest.param((Decimal(1), Decimal(-1), Decimal(2)), "the low of a ratio", id="negative"),
        pytest.param((Decimal(1), Decimal(1), Decimal("inf")), "the high of a ratio", id="infinite"),
        pytest.param((Decimal(0),) * 3, "a ratio is above 0", id="zero"),
        pytest.param((Decimal(3), Decimal(1), Decimal(2)), "not 3 between 1 and 2", id="out of range"),
    ],
)  # fmt: skip
def test_a_ratio_that_is_none_is_refused(fields: tuple[Any, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Ratio(*fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"method": "exact"}, "calibrated or heuristic, not 'exact'", id="exact"),
        pytest.param({"method": "guess"}, "calibrated or heuristic, not 'guess'", id="a word"),
        pytest.param({"digits": "two"}, "grouped or single, not 'two'", id="digits"),
    ],
)
def test_a_calibration_that_is_none_is_refused(fields: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        own(ratio("1", "1", "1"), **fields)


def test_a_calibration_is_a_frozen_value() -> None:
    found = own(ratio("1", "1", "1"), classes={"english": ratio("2", "1", "3")})
    with pytest.raises(TypeError, match="cannot change"):
        found.classes["english"] = found.pooled
    assert Calibration.model_validate_json(found.model_dump_json()) == found
    assert hash(found) == hash(own(found.pooled, classes=dict(found.classes)))


# Counting.


def test_a_text_has_its_base_tokens_times_the_ratio() -> None:
    found = own(ratio("2", "1.5", "3"))
    assert numbers(found.count("seven c")) == (14, 10, 21)
    assert numbers(found.count("seven c", base_tokens=4)) == (8, 6, 12)


def test_an_empty_text_has_no_tokens() -> None:
    assert numbers(own(ratio("2", "1", "3", "9")).count("")) == (0, 0, 0)
    assert numbers(bundled("claude-3").count("")) == (0, 0, 0)


def test_a_short_text_has_a_wider_range() -> None:
    found = own(ratio("1", "0.9", "1.1", "2"))
    widths = [
        (part.high - part.low) / part.tokens
        for part in (found.count("a" * size) for size in (4, 16, 100, 10_000))
    ]
    assert widths == sorted(widths, reverse=True)
    assert numbers(found.count("a" * 4)) == (4, 1, 9)  # 4 less 2 × √4 and what 0.1 adds, but 1
    assert widths[-1] == pytest.approx(0.2, rel=0.05)


def test_a_text_has_one_token_at_least() -> None:
    assert own(ratio("1", "0", "2", "9")).count("ab").low == 1
    assert numbers(own(ratio("0.1", "0", "2", "0")).count("a")) == (1, 1, 2)
    assert numbers(own(ratio("1", "0", "2", "9")).count("")) == (0, 0, 0)


def test_single_digits_are_tokens_of_their_own() -> None:
    one = ratio("1", "1", "1")
    grouped, single = own(one, base="o200k_base"), own(one, base="o200k_base", digits="single")
    assert grouped.count("12345").tokens == 2
    assert single.count("12345").tokens == 5
    assert numbers(single.count(ENGLISH)) == numbers(grouped.count(ENGLISH))
    assert single.count("1 2 3").tokens == grouped.count("1 2 3").tokens


def test_a_mixed_text_is_counted_by_its_parts() -> None:
    classes = {"english": ratio("1", "1", "1"), "russian": ratio("3", "2", "4")}
    found = own(ratio("9", "9", "9"), base="o200k_base", classes=classes)
    alone = found.count(RUSSIAN * 20)
    mixed = found.count(ENGLISH * 20 + "\n" + RUSSIAN * 20)
    english = text.count("o200k_base", ENGLISH * 20)
    assert mixed.tokens == pytest.approx(alone.tokens + english, rel=0.05)
    assert mixed.high - mixed.low == pytest.approx(alone.high - alone.low, rel=0.2)
    assert mixed.method == "calibrated"
    assert "english" in mixed.note
    assert "russian" in mixed.note


def test_content_that_was_not_measured_is_a_guess() -> None:
    found = own(ratio("2", "1", "3"), classes={"english": ratio("1", "1", "1")})
    assert found.count(ENGLISH).method == "calibrated"
    part = found.count(RUSSIAN)
    assert part.method == "heuristic"
    assert part.tokens == 2 * len(RUSSIAN)


def test_a_note_says_what_was_multiplied() -> None:
    found = own(ratio("1.5", "1", "2"), measured="abacus 1.0")
    assert found.count(ENGLISH).note == "characters × 1.5 for english; abacus 1.0"
    assert own(ratio("1.5", "1", "2")).count(ENGLISH).note == "characters × 1.5 for english"


@pytest.mark.parametrize("number", [True, -1, 1.0, "3", None.__class__])
def test_base_tokens_that_are_none_are_refused(number: Any) -> None:
    with pytest.raises(UsageError, match="base_tokens is a whole number of tokens, 0 or more"):
        own(ratio("1", "1", "1")).count("text", base_tokens=number)


def test_a_base_that_is_unknown_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown vocabulary 'o300k_base'"):
        own(ratio("1", "1", "1"), base="o300k_base").count("text")


@given(st.text(max_size=200), st.sampled_from(bundled_names()))
def test_tokens_lie_between_low_and_high(content: str, name: str) -> None:
    part = bundled(name).count(content)
    assert 0 <= part.low <= part.tokens <= part.high
    assert part.what == "text"
    assert (part.high == 0) is (not content)


# The calibrations that come with costcalc.


FAMILIES = (
    "claude-3", "claude-4.7", "claude-4.8", "gemini", "deepseek-v3", "tekken", "mistral-v1",
    "mistral-v3", "llama-2", "llama-3", "qwen-3", "qwen-3.5", "glm-4", "kimi-k2", "kimi-k3",
)  # fmt: skip


def test_the_families_are_there() -> None:
    assert bundled_names() == ("characters", *FAMILIES, "unknown")


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_calibration_is_whole(name: str) -> None:
    found = bundled(name)
    assert found.name == name
    assert set(found.classes) == set(CLASSES)
    assert found.method == ("calibrated" if name in FAMILIES else "heuristic")
    assert found.documents > 10_000
    assert found.checked is not None
    assert found.measured
    assert bundled(name) is found


def test_an_unknown_name_is_told_its_neighbours() -> None:
    with pytest.raises(UsageError, match=r"no tokenizer 'claude-4.9'; nearest: 'claude-4.[78]'"):
        bundled("claude-4.9")
    with pytest.raises(UsageError, match=r"no tokenizer 'x'; known: o200k_base"):
        bundled("x")


def test_a_family_of_single_digits_says_so() -> None:
    single = {name for name in FAMILIES if bundled(name).digits == "single"}
    assert single == {
        "gemini", "tekken", "mistral-v1", "mistral-v3", "llama-2", "qwen-3", "qwen-3.5",
    }  # fmt: skip


def test_an_unknown_family_spans_those_since_2024() -> None:
    unknown = bundled("unknown")
    for name in FAMILIES:
        if name in {"llama-2", "mistral-v1", "mistral-v3"}:
            continue
        for kind, known in bundled(name).classes.items():
            if bundled(name).digits == "grouped":
                assert unknown.classes[kind].low <= known.mean <= unknown.classes[kind].high


def test_characters_do_where_no_vocabulary_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise TokenizerUnavailableError(name, "its data is damaged", "install costcalc again")

    monkeypatch.setattr(text, "counter", missing)
    with pytest.raises(TokenizerUnavailableError):
        bundled("claude-3").count(ENGLISH)
    part = by_characters(ENGLISH)
    assert part.method == "heuristic"
    assert part.low < 17 < part.high
    assert part.tokens == pytest.approx(17, abs=3)


# Fitting to bills.


def bills(factors: list[float], content: str = ENGLISH, beside: int = 0) -> list[tuple[str, int]]:
    """Return bills of growing texts, each with its own tokens for a character."""
    texts = [content * (20 + 7 * number) for number in range(len(factors))]
    return [
        (each, round(len(each) * factor) + beside)
        for each, factor in zip(texts, factors, strict=True)
    ]


def fit(pairs: Any, **options: Any) -> Calibration:
    return Calibration.fit(pairs, **{"name": "own", "base": "characters", **options})


def test_a_ratio_is_found_again() -> None:
    found = fit(bills([0.25] * 30))
    assert found.classes["english"].mean == Decimal("0.2500")
    assert found.documents == 30
    assert found.measured == "your own bills"
    assert found.count(ENGLISH * 50).tokens == pytest.approx(0.25 * 50 * len(ENGLISH), abs=1)


def test_many_bills_give_their_own_order_as_range() -> None:
    factors = [0.2 + 0.001 * number for number in range(39)]
    found = fit(bills(factors)).classes["english"]
    # with 39 documents the next is below the second lowest with probability 2 / 40
    assert float(found.low) == pytest.approx(factors[1], rel=1e-3)
    assert float(found.high) == pytest.approx(factors[-2], rel=1e-3)
    assert found.low < found.mean < found.high


def test_few_bills_give_a_wide_range() -> None:
    widths = {}
    for number in (2, 5, 18):
        found = fit(bills([0.24, 0.26] * (number // 2) + [0.25] * (number % 2)))
        english = found.classes["english"]
        widths[number] = float((english.high - english.low) / english.mean)
    assert widths[2] > 0.9  # Student's t with one degree of freedom
    assert widths[2] > 2 * widths[5]
    assert widths[5] > widths[18] > 0.08


def test_bills_that_agree_by_chance_still_have_a_range() -> None:
    found = fit(bills([0.25, 0.25])).classes["english"]
    assert found.high / found.low > Decimal("1.1")


@pytest.mark.parametrize("number", [3, 8, 25])
def test_ranges_hold_for_the_next_bill(number: int) -> None:
    draw = random.Random(number)  # noqa: S311 - repeatable
    texts = ["word " * 40] * (number + 1)
    inside = 0
    for _ in range(200):
        pairs = [(each, max(1, round(1_000 * exp(draw.gauss(0, 0.1))))) for each in texts]
        found = fit(pairs[1:]).classes["words"]
        inside += found.low <= Decimal(pairs[0][1]) / len(texts[0]) <= found.high
    assert 0.86 * 200 <= inside <= 0.97 * 200


def test_each_class_of_content_has_its_own_ratio() -> None:
    found = fit([*bills([0.25] * 9), *bills([0.5] * 9, RUSSIAN), *bills([0.9], "你好，世界。")])
    assert set(found.classes) == {"english", "russian"}
    assert found.classes["russian"].mean == Decimal("0.5000")
    assert found.pooled.low < found.classes["english"].mean < found.pooled.high
    assert found.count("你好" * 99).method == "heuristic"


def test_a_mixed_document_tells_the_pooled_ratio_alone() -> None:
    mixed = [(ENGLISH * size + RUSSIAN * size, 60 * size) for size in range(5, 10)]
    assert fit(mixed).classes == {}
    assert fit([*mixed, *bills([0.25] * 3)]).classes.keys() == {"english"}


def test_bills_may_be_mappings() -> None:
    pairs = bills([0.25] * 5)
    told = [{"text": content, "tokens": tokens, "model": "own"} for content, tokens in pairs]
    assert fit(told) == fit(pairs) == fit([list(pair) for pair in pairs])


def test_an_overhead_is_taken_off() -> None:
    found = fit(bills([0.25] * 20, beside=300), overhead=300)
    assert found.overhead == 300
    assert found.classes["english"].mean == Decimal("0.2500")


def test_an_overhead_is_found_though_some_bills_are_odd() -> None:
    pairs = [*bills([0.25] * 20, beside=300), *bills([0.5] * 20, RUSSIAN, beside=300)]
    pairs[7] = (pairs[7][0], 9_000)
    found = fit(pairs, overhead="fit")
    assert found.overhead == pytest.approx(300, abs=2)
    assert float(found.classes["russian"].mean) == pytest.approx(0.5, rel=0.01)


def test_an_overhead_is_found_among_many_bills() -> None:
    draw = random.Random(1)  # noqa: S311 - repeatable
    pairs = [
        ("word " * size, round(size * draw.gauss(1.2, 0.02)) + 50)
        for size in (draw.randint(10, 200) for _ in range(900))
    ]
    assert fit(pairs, overhead="fit").overhead == pytest.approx(50, abs=3)


def test_an_overhead_is_never_negative() -> None:
    pairs = [(ENGLISH * size, size * size) for size in range(20, 40)]
    assert fit(pairs, overhead="fit").overhead == 0


def test_a_fit_counts_what_it_was_given() -> None:
    pairs = [(ENGLISH * size, 2 * text.count("o200k_base", ENGLISH * size)) for size in (9, 30, 70)]
    found = fit(pairs, base="o200k_base", digits="single", note="n", checked=date(2026, 11, 24))
    assert (found.base, found.digits, found.note) == ("o200k_base", "single", "n")
    assert found.checked == date(2026, 11, 24)
    part = found.count(ENGLISH * 50)
    assert part.low <= 2 * text.count("o200k_base", ENGLISH * 50) <= part.high


PAIRS = bills([0.25] * 3)


@pytest.mark.parametrize(
    ("pairs", "options", "said"),
    [
        pytest.param([], {}, "2 documents or more, not 0", id="no bills"),
        pytest.param(PAIRS[:1], {}, "2 documents or more, not 1", id="one bill"),
        pytest.param([*PAIRS, ("", 3)], {}, "the text of pair 4 is a string that is not empty", id="an empty text"),
        pytest.param([(b"text", 3)], {}, "the text of pair 1 is a string", id="bytes"),
        pytest.param([("text", 0)], {}, "billed tokens of pair 1 are a whole number above 0, not 0", id="no tokens"),
        pytest.param([("text", -3)], {}, "above 0, not -3", id="negative tokens"),
        pytest.param([("text", True)], {}, "above 0, not True", id="a boolean"),
        pytest.param([("text", 3.0)], {}, "above 0, not 3.0", id="a float"),
        pytest.param([{"text": "text"}], {}, "above 0, not None", id="a mapping without tokens"),
        pytest.param(["text"], {}, "pair 1 is no .text, tokens.", id="a text alone"),
        pytest.param([("text", 3, 4)], {}, "pair 1 is no .text, tokens.", id="a triple"),
        pytest.param(PAIRS, {"coverage": 1}, "coverage is a share such as 0.9, not 1", id="coverage of all"),
        pytest.param(PAIRS, {"coverage": 0.999}, "between 0.5 and 0.99, not at 0.999", id="coverage of nearly all"),
        pytest.param(PAIRS, {"coverage": float("nan")}, "not at nan", id="coverage that is no number"),
        pytest.param(PAIRS, {"coverage": True}, "such as 0.9, not True", id="coverage that is a boolean"),
        pytest.param(PAIRS, {"overhead": -1}, "or 'fit', not -1", id="negative overhead"),
        pytest.param(PAIRS, {"overhead": True}, "or 'fit', not True", id="overhead that is a boolean"),
        pytest.param(PAIRS, {"overhead": "some"}, "or 'fit', not 'some'", id="overhead in words"),
        pytest.param(PAIRS, {"overhead": 10_000}, "pair 1 was billed for 365 tokens", id="overhead above a bill"),
        pytest.param([PAIRS[0]] * 5, {"overhead": "fit"}, "texts of different sizes", id="sizes that are alike"),
        pytest.param(PAIRS, {"digits": "none"}, "digits is grouped or single, not 'none'", id="digits"),
        pytest.param(PAIRS, {"base": "words"}, "unknown vocabulary 'words'", id="base"),
    ],
)  # fmt: skip
def test_bills_that_tell_nothing_are_refused(
    pairs: list[Any], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        fit(pairs, **options)


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [
        (0.95, 1, 6.314), (0.975, 1, 12.706), (0.95, 2, 2.920), (0.95, 3, 2.353),
        (0.95, 4, 2.132), (0.975, 5, 2.571), (0.995, 7, 3.499), (0.95, 10, 1.812),
        (0.9, 12, 1.356), (0.95, 30, 1.697),
    ],
)  # fmt: skip
def test_quantiles_of_student_are_those_of_the_tables(
    probability: float, freedom: int, quantile: float
) -> None:
    assert student_t(probability, freedom) == pytest.approx(quantile, abs=6e-4)


# Files.


WHOLE = Calibration(
    name="house model",
    base="cl100k_base",
    digits="single",
    overhead=12,
    documents=40,
    measured='our "proxy", in November: 40 %',
    source="https://example.com/bills",
    checked=date(2026, 11, 24),
    note="line one\nline two \u2028 \x85 \ufeff 🎉 \\",
    pooled=ratio("1.10", "0.9", "1.300", "0.75"),
    classes={"english": ratio("1.05", "1", "1.1"), "yes": ratio("2", "1", "1E+2"), "1.5": ratio("2", "1", "3")},
)  # fmt: skip


def test_a_calibration_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    WHOLE.save(path)
    assert Calibration.load(path) == WHOLE
    assert Calibration.load(str(path)) == WHOLE
    assert [each.name for each in tmp_path.iterdir()] == ["own.yaml"]
    written = path.read_text(encoding="utf-8")
    assert written.startswith("# How many tokens a family has for one token of the base")
    assert "\n  english: [1.05, 1, 1.1, 0]\n" in written


NUMBERS = st.decimals(min_value=0, max_value=9, places=3)


@st.composite
def ratios(draw: st.DrawFn) -> Ratio:
    low, mean, high = sorted(draw(st.lists(NUMBERS, min_size=3, max_size=3)))
    return Ratio(mean + 1, low, high + 1, draw(NUMBERS))


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    name=TEXTS.filter(str.strip),
    note=TEXTS,
    pooled=ratios(),
    classes=st.dictionaries(TEXTS, ratios(), max_size=3),
)
def test_whatever_a_calibration_says_is_read_back(**fields: Any) -> None:
    found = Calibration(**fields)
    assert Calibration(**calibration_files.parsed(calibration_files.text_of(found), "f")) == found


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("old")

    def full(*_: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="cannot write the calibration to .*: No space left"):
        WHOLE.save(path)
    assert [each.name for each in tmp_path.iterdir()] == ["own.yaml"]
    assert path.read_text() == "old"


def test_a_link_to_a_calibration_stays_one(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    link = tmp_path / "own.yaml"
    link.symlink_to("shared/all.yaml")
    WHOLE.save(link)
    assert link.is_symlink()
    assert Calibration.load(shared / "all.yaml") == WHOLE
    assert sorted(os.listdir(shared)) == ["all.yaml"]


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="cannot write the calibration to '/nowhere/at/all.yaml'"):
        WHOLE.save("/nowhere/at/all.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("- a", ":1: a calibration is one mapping", id="a list"),
        pytest.param("", ": a calibration is one mapping", id="nothing"),
        pytest.param("name: a\n---\nname: b", ":1: a calibration is one mapping", id="two documents"),
        pytest.param("name: [", "this is not valid YAML", id="broken YAML"),
        pytest.param("name: a", ":1: a calibration needs 'pooled'", id="no pooled ratio"),
        pytest.param("pooled: [1, 1, 1]", ":1: a calibration needs 'name'", id="no name"),
        pytest.param("name: a\npoled: [1, 1, 1]", ":2: poled: unknown key; did you mean 'pooled'?", id="a slip"),
        pytest.param("name: a\nzzz: 1", ":2: zzz: unknown key", id="a key of nobody's"),
        pytest.param("name: ' '\npooled: [1, 1, 1]", ":1: name: text stands here, not ' '", id="a blank name"),
        pytest.param("name: 3\npooled: [1, 1, 1]", ":1: name: text stands here, not 3", id="a number as name"),
        pytest.param("name: a\npooled: 1.1", ":2: pooled: a ratio is [mean, low, high]", id="a number as ratio"),
        pytest.param("name: a\npooled: [1, 2]", ":2: pooled: a ratio is [mean, low, high]", id="two numbers"),
        pytest.param("name: a\npooled: [1, 1, 1, 1, 1]", ":2: pooled: a ratio is", id="five numbers"),
        pytest.param("name: a\npooled: [1, 1, 'x']", ":2: pooled: a ratio is", id="text as number"),
        pytest.param("name: a\npooled: [1, 1, true]", ":2: pooled: a ratio is", id="a boolean as number"),
        pytest.param("name: a\npooled: [1, 2, 3]", ":2: pooled: a ratio is above 0 and stands between", id="out of order"),
        pytest.param("name: a\npooled: [1, 1, 1]\nclasses: [1]", ":3: classes: classes map a class", id="classes as list"),
        pytest.param("name: a\npooled: [1, 1, 1]\nclasses:\n  code: 2", ":4: classes.code: a ratio is", id="a class without ratio"),
        pytest.param("name: a\npooled: [1, 1, 1]\nchecked: soon", ":3: checked: a day stands here", id="no day"),
        pytest.param("name: a\npooled: [1, 1, 1]\nchecked: 2026", ":3: checked: a day stands here", id="a year"),
        pytest.param("name: a\npooled: [1, 1, 1]\ndocuments: -1", ":3: documents: a whole number of 0 or more", id="negative"),
        pytest.param("name: a\npooled: [1, 1, 1]\noverhead: true", ":3: overhead: a whole number", id="a boolean"),
        pytest.param("name: a\npooled: [1, 1, 1]\nmethod: exact", "method of a calibration is calibrated or", id="exact"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(content)
    with pytest.raises(RegistryError, match=re.escape(said)) as caught:
        Calibration.load(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        RegistryError, match=r"own\.yaml: cannot read the calibration: No such file"
    ):
        Calibration.load(tmp_path / "own.yaml")
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: caf\xe9")
    with pytest.raises(RegistryError, match="this is no UTF-8 text"):
        Calibration.load(path)
    with pytest.raises(RegistryError, match="null"):
        Calibration.load("\0")


def test_the_default_form_of_a_ratio_has_a_spread(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: a\npooled: [1.1, 1, 1.25]\n")
    assert Calibration.load(path).pooled == Ratio(Decimal("1.1"), Decimal(1), Decimal("1.25"))


def test_the_bundled_file_is_read_once_and_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    bundled("gemini")
    monkeypatch.setattr(calibration, "_BUNDLED", "/nowhere")
    assert bundled("gemini").name == "gemini"


def test_the_callers_decimal_context_changes_nothing() -> None:
    pairs = [("word " * number, 7 * number) for number in range(1, 30)]
    plain = Calibration.fit(pairs, name="mine")
    with decimal.localcontext() as context:
        context.prec = 3
        context.traps[decimal.Inexact] = True
        context.traps[decimal.FloatOperation] = True
        assert Calibration.fit(pairs, name="mine") == plain


NO_ARGUMENTS: dict[str, tuple[Callable[[], object], str]] = {
    "pairs that are none": (lambda: Calibration.fit(5, name="mine"), "pairs are .text, billed"),
    "a mapping of pairs": (lambda: Calibration.fit({"a": 1}, name="mine"), "pairs are .text, bil"),
    "a bill beyond all counts": (
        lambda: Calibration.fit([("a", 10**400), ("b", 1)], name="mine"),
        "the billed tokens of pair 1 are a whole number above 0",
    ),
    "no name": (
        lambda: Calibration.fit([("a", 1), ("b", 1)], name=" "), "a calibration has a name",
    ),
    "a number as a path": (lambda: Calibration.load(5), "is a YAML file at a path such as"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "message"), NO_ARGUMENTS.values(), ids=NO_ARGUMENTS)
def test_arguments_of_another_kind_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
