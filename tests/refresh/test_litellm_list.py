"""litellm's price map: keys with suffixes, bands, off-peak windows, zeros."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from costcalc.errors import RegistryError
from costcalc.refresh import litellm
from costcalc.refresh.listing import condition_text
from costcalc.refresh.litellm_keys import Key, parse_key
from costcalc.refresh.litellm_windows import peak_conditions

if TYPE_CHECKING:
    from pathlib import Path

    from costcalc.refresh.listing import Listing

D = Decimal


def by_conditions(listings: tuple[Listing, ...], model: str) -> dict[str, Listing]:
    return {condition_text(each.conditions): each for each in listings if each.model == model}


def test_a_row_gives_one_listing_for_each_set_of_conditions(
    litellm_listings: tuple[Listing, ...],
) -> None:
    found = by_conditions(litellm_listings, "lark-1")
    assert {said: each.rates for said, each in found.items()} == {
        "": {"input": D("1.25"), "output": D("2.5"), "cache_read": D("0.2"), "web_search": D(5)},
        "prompt_tokens >=200k": {"input": D("2.5")},
        "batch": {"input": D(1)},
        "batch, prompt_tokens >=200k": {"input": D(2)},
        "service_tier priority": {"input": D("2.5")},
        "api decisions": {"input": D("0.1")},
        "cache_kind explicit": {"cache_read": D("0.1")},
        "region us": {},
        "service_tier fast": {},
    }
    assert found["region us"].times == D("1.1")
    assert found["service_tier fast"].times == D(2)


def test_what_stands_beside_a_row_is_kept(litellm_listings: tuple[Listing, ...]) -> None:
    standard = by_conditions(litellm_listings, "lark-1")[""]
    assert (standard.provider, standard.listed_as) == ("xai", "xai/lark-1")
    assert standard.zeros == ("cache_write",)
    assert standard.unmapped == {
        "code_interpreter_cost_per_session": "0.03",
        "guardrail_cost_per_unit": '{"word": "0.0001"}',
    }
    assert standard.sources == ("https://api.example.com/models",)
    assert standard.comments == ("comment: a lark", 'metadata: {"notes": "made up"}')
    assert standard.facts.mode == "chat"
    assert standard.facts.context_window == 256_000
    assert standard.facts.max_output is None, "a remark instead of a number is unstated"
    assert standard.facts.min_cache_tokens == 1024
    assert standard.facts.deprecation == "2026-12-31"


def test_the_lists_own_specimen_and_rules_are_no_models(
    litellm_listings: tuple[Listing, ...],
) -> None:
    assert {each.listed_as for each in litellm_listings} == {
        "xai/lark-1", "finch-night", "dashscope/owl-plus", "exa_ai/search", "perplexity/chatter",
    }  # fmt: skip


def test_off_peak_prices_become_the_standard_ones(litellm_listings: tuple[Listing, ...]) -> None:
    found = by_conditions(litellm_listings, "finch-night")
    assert {said: each.rates for said, each in found.items()} == {
        "": {"input": D("0.15"), "output": D("1.2")},
        "days mon-fri, hours 01:00-04:00|06:00-10:00": {"input": D("0.3")},
    }


def test_bands_of_input_length_become_tiers(litellm_listings: tuple[Listing, ...]) -> None:
    found = by_conditions(litellm_listings, "owl-plus")
    assert {said: each.rates for said, each in found.items()} == {
        "": {"input": D("0.4"), "output": D("1.2")},
        "prompt_tokens >256k": {"input": D("1.2"), "output": D("3.6")},
    }


def test_bands_of_results_become_a_condition(litellm_listings: tuple[Listing, ...]) -> None:
    assert by_conditions(litellm_listings, "search")["max_results 0-25"].rates == {
        "web_search": D(5)
    }


def test_a_fee_by_context_size_is_a_condition(litellm_listings: tuple[Listing, ...]) -> None:
    found = by_conditions(litellm_listings, "chatter")
    assert found["search_context_size low"].rates == {"request": D(5)}
    assert found["search_context_size high"].rates == {"request": D(12)}


MILLION, HOUR = 1_000_000, 3_600


@pytest.mark.parametrize(
    ("key", "mode", "expected"),
    [
        pytest.param(
            "cache_creation_input_token_cost_above_12hr_above_272k_tokens_flex", "chat",
            Key("cache_write_12h", MILLION, {"service_tier": "flex", "prompt_tokens": ">272k"}),
            id="a cache life, a prompt size and a tier in one key",
        ),
        pytest.param(
            "cache_creation_input_token_cost_above_1hr", "chat", Key("cache_write_1h", MILLION),
            id="above one hour is the hour's cache write",
        ),
        pytest.param(
            "output_cost_per_second_1080p", "video_generation",
            Key("video_second", 1, {"resolution": "1080p"}), id="a resolution",
        ),
        pytest.param(
            "output_cost_per_image_4K", "image_generation", Key("image", 1, {"resolution": "4k"}),
            id="a resolution in capitals",
        ),
        pytest.param(
            "input_cost_per_second", "audio_transcription", Key("audio_second", HOUR),
            id="a second of speech",
        ),
        pytest.param("input_cost_per_second", "chat", None, id="a second of rented hardware"),
        pytest.param("output_cost_per_second", "chat", None, id="a second of nothing known"),
        pytest.param(
            "input_cost_per_audio_per_second_above_15s_interval", "embedding",
            Key("audio_second", HOUR, {"interval": "15s"}), id="an interval of a recording",
        ),
        pytest.param(
            "input_cost_per_image", "image_generation", Key("image", 1), id="an image generated"
        ),
        pytest.param("input_cost_per_image", "chat", None, id="an image put in has no meter"),
        pytest.param(
            "input_cost_per_query", "rerank", Key("rerank_search", 1_000), id="a rerank search"
        ),
        pytest.param("input_cost_per_query", None, Key("request", 1_000), id="some query"),
        pytest.param("annotation_cost_per_page_batches", "ocr",
            Key("page", 1_000, {"batch": True, "annotated": True}), id="annotated pages in a batch",
        ),
        pytest.param("ocr_cost_per_page", "ocr", Key("page", 1_000), id="pages"),
        pytest.param("file_search_cost_per_1k_calls", None, Key("file_search", 1), id="per 1k"),
        pytest.param("rpm", "chat", None, id="no price at all"),
    ],
)  # fmt: skip
def test_a_key_is_taken_apart(key: str, mode: str | None, expected: Key | None) -> None:
    assert parse_key(key, provider="openai", mode=mode) == expected


def test_xai_counts_from_the_boundary_on() -> None:
    key = parse_key("input_cost_per_token_above_200k_tokens", provider="xai", mode="chat")
    assert key == Key("input", MILLION, {"prompt_tokens": ">=200k"})


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        pytest.param(
            [{"hours_utc": "16:30-00:30", "weekdays": [1, 2, 3, 4, 5, 6, 7]}],
            [{"hours": ("00:30-16:30",)}],
            id="a window over midnight, every day",
        ),
        pytest.param(
            [{"hours_utc": "00:00-00:00", "weekdays": [6, 7]}],
            [{"days": "mon-fri"}],
            id="whole days off leave whole days of peak",
        ),
        pytest.param(
            [{"hours_utc": ["00:00-12:00"], "weekdays": [1]}],
            [
                {"hours": ("12:00-24:00",), "days": ("mon",)},
                {"days": ("tue", "wed", "thu", "fri", "sat", "sun")},
            ],
            id="days of different kinds are apart",
        ),
        pytest.param([], [{}], id="without a window it is always peak"),
    ],
)
def test_peak_hours_are_what_no_window_holds(windows: Any, expected: list[Any]) -> None:
    assert list(peak_conditions(windows)) == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param(3, "lark: expected an object, found 3", id="no row"),
        pytest.param(
            {"litellm_provider": "xai", "tiered_pricing": 3}, "expected an array", id="no bands"
        ),
        pytest.param(
            {"litellm_provider": "xai", "off_peak_pricing": 3},
            "lark.off_peak_pricing: expected an object",
            id="no off-peak prices",
        ),
        pytest.param(
            {
                "litellm_provider": "xai",
                "off_peak_pricing": {"windows": [{"hours_utc": "noon", "weekdays": [1]}]},
            },
            "a time of day such as 16:30, found 'noon'",
            id="no time of day",
        ),
    ],
)
def test_anything_but_such_a_map_is_refused(tmp_path: Path, row: Any, said: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"lark": row}), encoding="utf-8")
    with pytest.raises(RegistryError) as raised:
        litellm.read(path)
    assert said in str(raised.value)


def test_text_that_is_no_json_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text("{\n  x", encoding="utf-8")
    with pytest.raises(RegistryError) as raised:
        litellm.read(path)
    assert (raised.value.path, raised.value.line) == (str(path), 2)
