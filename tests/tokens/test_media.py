"""Images, sound, video and PDF by their named rules: published tables, measured bills, ranges."""

from __future__ import annotations

import math
import pickle
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import UsageError
from costcalc.tokens import images
from costcalc.tokens.media import LEVELS, MediaRules, rule_names, rules
from costcalc.tokens.token_count import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

SIDES = st.integers(1, 9_000)
SAMPLE = [(width, height) for width in range(1, 4097, 89) for height in range(1, 4097, 97)]


def image(name: str, width: int, height: int, detail: str | None = None) -> int:
    return rules(name).image(width, height, detail).tokens


# ------------------------------------------------------------------------------ published tables

COLUMNS: dict[tuple[str, str | None], list[int]] = {
    # 1024x1024, 1920x1080, 2048x4096, 4000x3000
    ("gpt-4o", None): [765, 1_105, 1_105, 765],
    ("gpt-4o-mini", None): [25_501, 36_835, 36_835, 25_501],
    ("gpt-5", None): [630, 910, 910, 630],
    ("gpt-4.1-mini", None): [1_659, 2_443, 2_362, 2_353],
    ("gpt-5-mini", None): [1_229, 1_810, 1_750, 1_743],
    ("gpt-5.4", "high"): [1_229, 2_448, 2_458, 2_942],
    ("gpt-5.6", "original"): [1_229, 2_448, 9_831, 14_100],
    ("claude-3", None): [1_369, 1_560, 1_568, 1_564],
    ("claude-4.7", None): [1_369, 2_691, 4_232, 4_740],
}


@pytest.mark.parametrize(("name", "detail"), COLUMNS, ids=str)
def test_an_image_counts_as_the_table_of_its_rules_says(name: str, detail: str | None) -> None:
    sizes = [(1024, 1024), (1920, 1080), (2048, 4096), (4000, 3000)]
    assert [image(name, *size, detail) for size in sizes] == COLUMNS[name, detail]


PUBLISHED: list[tuple[str, int, int, str | None, int]] = [
    # https://developers.openai.com/api/docs/guides/images-vision, examples and base tokens
    ("gpt-5.4", 1024, 1024, "high", 1_229),
    ("gpt-5.4", 2048, 2048, "high", 3_000),
    ("gpt-5-mini", 1024, 1024, None, 1_229),
    ("o4-mini", 1024, 1024, None, 1_762),
    ("gpt-4o", 4000, 3000, "low", 85),
    ("gpt-4o-mini", 9, 9, "low", 2_833),
    ("gpt-5", 1, 1, "low", 70),
    ("o1", 1, 1, "low", 75),
    ("o1", 512, 512, "high", 225),
    ("computer-use-preview", 2048, 768, None, 1_097),
    ("gpt-5.5", 4000, 4000, "low", 308),
    ("gpt-5.4", 2048, 2048, "low", 4_916),
    ("gpt-5.2", 2048, 2048, "high", 4_916),
    # https://platform.claude.com/docs/en/build-with-claude/vision and …/vision-coordinates
    ("claude-3", 200, 200, None, 64),
    ("claude-4.7", 1000, 1000, None, 1_296),
    ("claude-4.7", 1092, 1092, None, 1_521),
    ("claude-3", 3840, 2160, None, 1_560),
    ("claude-4.7", 3840, 2160, None, 4_784),
    ("claude-3", 1075, 1520, None, 33 * 47),  # becomes 924 x 1307
    # https://ai.google.dev/gemini-api/docs/image-understanding
    ("gemini-2", 384, 384, None, 258),
    ("gemini-2", 1024, 1024, None, 1_032),
    ("gemini-2", 1920, 1080, None, 1_548),
    ("gemini-2", 960, 540, None, 1_548),
    ("gemini-2", 3072, 3072, None, 4_128),
    ("gemini-2", 1920, 1080, "low", 64),
    ("gemini-1.5", 1920, 1080, None, 258),
    # https://docs.x.ai/docs/key-information/consumption-and-rate-limits
    ("grok", 448, 448, None, 512),
    ("grok", 896, 448, None, 768),
    ("grok", 4000, 3000, None, 1_792),
    # mistral-common 1.13.1, rows of patches with an end each
    ("pixtral", 1024, 1024, None, 4_160),
    ("pixtral", 512, 16, None, 33),
    ("pixtral", 4096, 4, None, 65),
    ("mistral-3", 1540, 1540, None, 3_080),
    # https://help.aliyun.com/zh/model-studio/vision
    ("qwen-3-vl", 1024, 1024, None, 1_026),
    ("qwen-3-vl", 10, 10, None, 6),
    ("qwen-2.5-vl", 280, 560, None, 202),
    ("qwen-2.5-vl", 4000, 3000, None, 41 * 30 + 2),
]


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: f"{case[0]} {case[1]}x{case[2]}")
def test_an_image_counts_as_its_provider_publishes(
    case: tuple[str, int, int, str | None, int],
) -> None:
    name, width, height, detail, tokens = case
    assert image(name, width, height, detail) == tokens


def test_the_worked_example_of_patches_comes_out_before_the_multiplier() -> None:
    patches = {"edge": 2048, "budget": 1536, "multiplier": "1"}
    assert images.count("patches", patches, 1800, 2400) == 1_452


MEASURED = [
    # https://huggingface.co/datasets/JOHNISKING/image-token-cost: GPT-6 Astra auto and high,
    # GPT-5.5, Gemini 3 (a token of text taken off), Claude 5.5 and Haiku 4.5 (77 and 65 taken off)
    (256, 256, 77, 77, 77, 1_089, 100, 100),
    (512, 512, 308, 308, 308, 1_089, 361, 361),
    (768, 768, 692, 692, 692, 1_089, 784, 784),
    (1024, 1024, 1_229, 1_229, 1_229, 1_089, 1_369, 1_369),
    (1280, 720, 1_104, 1_104, 1_104, 1_100, 1_196, 1_196),
    (1920, 1080, 2_448, 2_448, 2_448, 1_100, 2_691, 1_560),
    (1080, 1920, 2_448, 2_448, 2_448, 1_100, 2_691, 1_560),
    (2560, 1440, 4_320, 2_931, 4_320, 1_100, None, None),
    (3840, 2160, 9_792, 2_931, 9_792, 1_100, None, None),
    (4032, 3024, 14_364, 2_942, 11_868, 1_064, None, None),
]


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: f"{row[0]}x{row[1]}")
def test_an_image_counts_as_somebody_measured(row: tuple[int | None, ...]) -> None:
    width, height = row[0] or 0, row[1] or 0
    asked = [("gpt-6", "auto"), ("gpt-6", "high"), ("gpt-5.5", None), ("gemini-3", None)]
    asked += [("claude-4.7", None), ("claude-3", None)]
    for (name, detail), tokens in zip(asked, row[2:], strict=True):
        assert tokens in {None, image(name, width, height, detail)}


@pytest.mark.parametrize(
    ("level", "tokens"), [("low", 266), ("medium", 540), ("high", 1_064), ("ultra_high", 2_160)]
)
def test_a_photograph_of_4_to_3_fills_each_level_of_gemini_as_measured(
    level: str, tokens: int
) -> None:
    part = rules("gemini-3").image(1024, 768, f"MEDIA_RESOLUTION_{level.upper()}")
    assert (part.tokens, part.low) == (tokens, tokens)
    assert part.high == {"low": 280, "medium": 560, "high": 1_120, "ultra_high": 2_240}[level]


# ----------------------------------------------------------- the arithmetic, against floats and limits


def tiles_in_floats(width: int, height: int) -> int:
    """Return GPT-4o's tokens as litellm 1.109.1 computes them."""
    scale = min(1.0, 2048 / max(width, height), 768 / min(width, height))
    across, down = (max(1, math.floor(each * scale)) for each in (width, height))
    return 85 + 170 * math.ceil(across / 512) * math.ceil(down / 512)


def patches_in_floats(width: int, height: int) -> int:
    """Return GPT-5.4's tokens at high as litellm 1.109.1 computes them."""
    scale = min(1.0, 2048 / max(width, height))
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    patches = math.ceil(wide / 32) * math.ceil(high / 32)
    if patches > 2500:
        shrink = math.sqrt(32**2 * 2500 / (wide * high))
        across, down = wide * shrink / 32, high * shrink / 32
        shrink *= min(math.floor(across) / across, math.floor(down) / down)
        patches = math.ceil(math.floor(wide * shrink) / 32) * math.ceil(
            math.floor(high * shrink) / 32
        )
    return math.ceil(patches * 1.2)


def squares_in_floats(width: int, height: int) -> int:
    """Return the tokens of Claude 4.7 by the search that its documentation publishes."""

    def tokens(wide: int, high: int) -> int:
        return math.ceil(wide / 28) * math.ceil(high / 28)

    def fits(wide: int, high: int) -> bool:
        return max(wide, high) <= 2576 and tokens(wide, high) <= 4784

    wide, high = max(width, height), min(width, height)
    if fits(wide, high):
        return tokens(wide, high)
    aspect, least, most = wide / high, 1, wide
    while least + 1 < most:
        middle = (least + most) // 2
        if fits(middle, max(round(middle / aspect), 1)):
            least = middle
        else:
            most = middle
    return tokens(least, max(round(least / aspect), 1))


def multiples_in_floats(width: int, height: int) -> int:
    """Return the tokens of Qwen3-VL by the code that its documentation publishes."""
    across, down = round(width / 32) * 32, round(height / 32) * 32
    if across * down > 2560 * 1024:
        beta = math.sqrt(height * width / (2560 * 1024))
        across, down = (math.floor(each / beta / 32) * 32 for each in (width, height))
    elif across * down < 4096:
        beta = math.sqrt(4096 / (height * width))
        across, down = (math.ceil(each * beta / 32) * 32 for each in (width, height))
    return across * down // 1024 + 2


def rows_in_floats(width: int, height: int) -> int:
    """Return the tokens of Pixtral as mistral-common 1.13.1 computes them."""
    ratio = max(height / 1024, width / 1024)
    if ratio > 1:
        width, height = max(round(width / ratio), 1), max(round(height / ratio), 1)
    return ((width - 1) // 16 + 2) * ((height - 1) // 16 + 1)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("gpt-4o", tiles_in_floats),
        ("gpt-5.4", patches_in_floats),
        ("claude-4.7", squares_in_floats),
        ("qwen-3-vl", multiples_in_floats),
        ("pixtral", rows_in_floats),
    ],
)
def test_exact_arithmetic_agrees_with_the_published_floats(
    name: str, reference: Callable[[int, int], int]
) -> None:
    assert [image(name, *size) for size in SAMPLE] == [reference(*size) for size in SAMPLE]


def test_a_product_that_is_whole_is_not_one_more_by_dust_of_floats() -> None:
    assert math.ceil(150 * 1.62) == 244  # 243.00000000000003: a bill may have it, the page says
    assert image("gpt-4.1-mini", 75, 1600) == 243


SETS_OF_IMAGES = [name for name in rule_names() if "image" in rules(name).facts]


def levels(name: str, kind: str = "image") -> list[str | None]:
    stated = rules(name).facts[kind].get("levels", {"any": None})
    return [None if level == "any" else level for level in stated]


@given(name=st.sampled_from(SETS_OF_IMAGES), width=SIDES, height=SIDES)
def test_an_image_of_any_size_lies_in_the_range_of_its_unknown_size(
    name: str, width: int, height: int
) -> None:
    for level in levels(name):
        known = rules(name).image(width, height, level)
        unknown = rules(name).image(None, None, level)
        assert 0 < unknown.low <= known.low <= known.tokens <= known.high
        if max(width, height) <= 3_072:  # larger ones are refused, or no provider's business
            assert known.high <= unknown.high


@given(name=st.sampled_from(SETS_OF_IMAGES), width=SIDES, height=SIDES)
def test_a_turned_image_costs_the_same_but_for_the_ends_of_mistrals_rows(
    name: str, width: int, height: int
) -> None:
    rowed = name in {"pixtral", "mistral-3"}
    assert rowed or image(name, width, height) == image(name, height, width)


@given(width=st.integers(1, 65_535), height=st.integers(1, 65_535))
def test_no_resized_image_costs_more_than_its_budget(width: int, height: int) -> None:
    assert image("gpt-5.4", width, height) <= 3_000
    assert image("gpt-5.5", width, height) <= 12_000
    assert image("claude-3", width, height) <= 1_568
    assert image("gemini-3", width, height) <= 1_120
    assert image("qwen-2.5-vl", width, height) <= 1_282


# --------------------------------------------------------------------------- what a part tells


def test_a_known_size_is_exact_and_says_its_rule() -> None:
    part = rules("gpt-4o").image(1920, 1080)
    assert (part.what, part.low, part.high, part.method) == ("image", 1_105, 1_105, "exact")
    assert part.note == (
        "1,920 × 1,080 pixels, detail high; "
        "https://developers.openai.com/api/docs/guides/images-vision"
    )


def test_a_disputed_rule_spans_its_readings_and_names_the_dispute() -> None:
    part = rules("gpt-4.1-mini").image(1920, 1080)
    assert (part.low, part.tokens, part.high, part.method) == (2_443, 2_443, 3_305, "calibrated")
    assert "https://community.openai.com/t/1281361" in part.note


def test_two_readings_that_agree_leave_no_range() -> None:
    assert (part := rules("gemini-2").image(1920, 1080)).low == part.high == 1_548
    assert (part := rules("gemini-2").image(960, 540)).low == 516
    assert part.high == 1_548


def test_an_unknown_size_spans_the_rule_and_says_how_to_give_it() -> None:
    part = rules("gpt-5.6").image(None, None)
    assert (part.low, part.tokens, part.high, part.method) == (2, 2_448, 36_000, "heuristic")
    assert "not known" in part.note
    assert "give width and height" in part.note


@pytest.mark.parametrize(
    ("name", "low", "tokens", "high"),
    [
        ("gpt-4o", 255, 1_105, 1_445),
        ("gpt-4o-mini", 8_500, 36_835, 48_169),
        ("gpt-5.4", 2, 2_448, 3_000),
        ("claude-3", 1, 1_560, 1_568),
        ("claude-4.7", 1, 2_691, 4_784),
        ("gemini-1.5", 258, 258, 258),
        ("gemini-2", 258, 1_548, 6_192),
        ("gemini-3", 560, 1_100, 1_120),
        ("grok", 256, 1_792, 1_792),
        ("pixtral", 2, 2_340, 4_160),
        ("qwen-3-vl", 6, 2_042, 2_562),
    ],
)
def test_the_range_of_an_unknown_size_is_all_that_the_rule_can_give(
    name: str, low: int, tokens: int, high: int
) -> None:
    part = rules(name).image(None, None)
    assert (part.low, part.tokens, part.high) == (low, tokens, high)


def test_an_unknown_size_does_not_matter_where_every_size_costs_the_same() -> None:
    part = rules("gpt-4o").image(None, None, "low")
    assert (part.tokens, part.low, part.high, part.method) == (85, 85, 85, "exact")
    assert part.note.startswith("an image of any size, detail low")


def test_low_can_cost_more_than_high() -> None:
    assert image("gpt-5.4", 2048, 2048, "low") > image("gpt-5.4", 2048, 2048, "high")


def test_auto_is_what_the_provider_does_by_itself() -> None:
    for name, level in [("gpt-5.4", "high"), ("gpt-5.5", "original"), ("gemini-3", "high")]:
        assert rules(name).image(3000, 3000, "auto") == rules(name).image(3000, 3000, level)
        assert rules(name).image(3000, 3000) == rules(name).image(3000, 3000, level)


def test_a_detail_without_effect_is_named_and_changes_nothing() -> None:
    plain, asked = rules("claude-3").image(9, 9), rules("claude-3").image(9, 9, "low")
    assert plain.tokens == asked.tokens
    assert "detail low has no effect here" in asked.note


@pytest.mark.parametrize("name", rule_names())
def test_every_rule_of_a_set_gives_a_part_with_a_method_and_a_source(name: str) -> None:
    found = rules(name)
    for kind in found.facts:
        for level in levels(name, kind):
            part = {
                "image": lambda level=level: found.image(800, 600, level),
                "audio": lambda: found.audio(1.5),
                "video": lambda level=level: found.video(10, level),
                "document": lambda level=level: found.document(2, 500, resolution=level),
            }[kind]()
            assert 0 < part.low <= part.tokens <= part.high
            assert part.method in METHODS
            assert part.note.endswith(found.facts[kind]["source"])
            assert found.facts[kind]["source"].startswith("https://")
            assert part.method != "exact" or part.low == part.high


# ---------------------------------------------------------------------------- sound and video


@pytest.mark.parametrize(
    ("name", "seconds", "role", "tokens"),
    [
        ("gpt-audio", 60, "user", 600),
        ("gpt-audio", 60, "assistant", 1_200),
        ("gpt-audio", 60, None, 600),
        ("gpt-audio", 0.1, None, 1),  # reads as 0.1, not as the double above it
        ("gpt-audio", Decimal("0.11"), None, 2),
        ("gpt-audio", 0, None, 0),
        ("gemini-2", 60, "assistant", 1_920),
        ("gemini-3", 60, None, 1_920),
        ("gemini-live", 2.5, None, 63),
    ],
)
def test_sound_is_seconds_times_a_rate_rounded_up(
    name: str, seconds: Any, role: str | None, tokens: int
) -> None:
    assert rules(name).audio(seconds, role).tokens == tokens


def test_sound_says_its_duration_and_turn() -> None:
    part = rules("gpt-audio").audio(Decimal("90.50"), "assistant")
    assert (part.what, part.tokens, part.method) == ("audio", 1_810, "exact")
    assert part.note.startswith("90.5 s of the assistant; ")
    disputed = rules("gemini-3").audio(10)
    assert (disputed.low, disputed.tokens, disputed.method) == (250, 320, "calibrated")


@pytest.mark.parametrize(
    ("name", "question", "tokens", "high"),
    [
        ("gemini-2", {"seconds": 60}, 15_780, 18_000),
        ("gemini-2", {"seconds": 60, "resolution": "low"}, 6_000, 6_000),
        ("gemini-3", {"seconds": 60}, 6_120, 6_120),
        ("gemini-3", {"seconds": 60, "resolution": "high"}, 18_720, 18_720),
        ("gemini-3", {"seconds": 60, "fps": 2}, 10_320, 10_320),
        ("gemini-3", {"seconds": 60, "fps": 0.1}, 2_340, 2_340),
        ("gemini-3", {"seconds": Decimal("0.5")}, 86, 86),  # a frame of 70, half a second of sound
        ("gemini-live", {"seconds": 10, "resolution": "high"}, 2_580, 2_580),
    ],
)
def test_a_video_is_its_frames_and_its_sound(
    name: str, question: dict[str, Any], tokens: int, high: int
) -> None:
    part = rules(name).video(**question)
    assert (part.what, part.tokens, part.high) == ("video", tokens, high)


# ---------------------------------------------------------------------------------- documents


@pytest.mark.parametrize(
    ("name", "question", "numbers"),
    [
        ("gemini-2", {"pages": 10}, (2_580, 2_580, 32_580)),
        ("gemini-2", {"pages": 10, "text_tokens": 900}, (2_580, 2_580, 3_480)),
        ("gemini-3", {"pages": 10, "text_tokens": 900}, (5_200, 5_600, 5_600)),
        ("gemini-3", {"pages": 1, "resolution": "high"}, (1_102, 1_120, 1_120)),
        ("claude-3", {"pages": 1, "text_tokens": 100}, (1_634, 1_634, 1_668)),
        (
            "claude-3",
            {"pages": 1, "text_tokens": 0, "page_size": (210, 297)},
            (1_534, 1_534, 1_568),
        ),
        ("claude-3", {"pages": 1, "text_tokens": 0, "page_size": (2000, 100.0)}, (164, 164, 1_568)),
        ("claude-4.7", {"pages": 2, "text_tokens": 100}, (3_168, 3_168, 9_668)),
        ("claude-3", {"pages": 2}, (3_068, 6_068, 9_136)),
        ("gpt-4o", {"pages": 3, "text_tokens": 300}, (339, 339, 4_902)),
        ("gpt-4o", {"pages": 3, "text_tokens": 300, "image_pages": 1}, (1_860, 1_860, 4_902)),
        ("gpt-4o", {"pages": 3, "text_tokens": 0, "image_pages": 3}, (4_602, 4_602, 4_602)),
        ("gpt-4o", {"pages": 2, "text_tokens": 0}, (0, 0, 3_068)),
        ("gpt-4o", {"pages": 1}, (13, 1_513, 4_534)),
    ],
    ids=str,
)
def test_a_document_is_its_pages_and_their_text(
    name: str, question: dict[str, Any], numbers: tuple[int, int, int]
) -> None:
    part = rules(name).document(**question)
    assert (part.what, part.low, part.tokens, part.high) == ("pdf", *numbers)


def test_a_document_whose_text_nobody_counted_says_so() -> None:
    part = rules("claude-4.7").document(2)
    assert part.method == "heuristic"
    assert "its text is not counted and taken as 3,000 tokens, from 0 to 6,000" in part.note
    assert "left out, up to 3,000 tokens" in rules("gemini-2").document(1).note
    assert "text" not in rules("gemini-3").document(1).note.split(";")[0]


# --------------------------------------------------------------------------------------- errors

REFUSED: list[tuple[str, Callable[[MediaRules], object], str]] = [
    ("claude-3", lambda r: r.audio(1), "no known rule for audio"),
    ("claude-3", lambda r: r.video(1), "no known rule for video"),
    ("grok", lambda r: r.document(1), "no known rule for PDF"),
    ("gpt-audio", lambda r: r.image(1, 1), "no known rule for images"),
    ("gpt-4o", lambda r: r.image(1, 1, "original"), "known: auto, low, high"),
    ("gpt-4o", lambda r: r.image(1, 1, "hihg"), "nearest: high"),
    ("claude-3", lambda r: r.image(1, 1, "hihg"), "known: auto, low, medium, high"),
    ("gpt-4o", lambda r: r.image(1, 1, 3), "detail is one of auto"),  # type: ignore[arg-type]
    ("gpt-4o", lambda r: r.image(0, 1), "width is a whole number from 1, not 0"),
    ("gpt-4o", lambda r: r.image(1, True), "height is a whole number from 1, not True"),  # noqa: FBT003
    ("gpt-4o", lambda r: r.image(1, 1.5), "height is a whole number"),  # type: ignore[arg-type]
    ("gpt-4o", lambda r: r.image(None, 1), "height is given and width is not"),
    ("gpt-4o", lambda r: r.image(1, None), "width is given and height is not"),
    ("gpt-audio", lambda r: r.audio(-1), "finite and not negative, not -1"),
    ("gpt-audio", lambda r: r.audio(math.nan), "finite and not negative, not nan"),
    ("gpt-audio", lambda r: r.audio(Decimal("Infinity")), "finite and not negative"),
    ("gpt-audio", lambda r: r.audio("1"), "seconds is a number, not '1'"),  # type: ignore[arg-type]
    ("gpt-audio", lambda r: r.audio(True), "seconds is a number, not True"),  # noqa: FBT003
    ("gpt-audio", lambda r: r.audio(1, "system"), "role is 'user' or 'assistant'"),
    ("gemini-3", lambda r: r.video(1, fps=0), "fps is more than 0"),
    ("gemini-3", lambda r: r.video(1, "ultra_high"), "known: auto, low, medium, high"),
    ("gemini-3", lambda r: r.document(0), "pages is a whole number from 1, not 0"),
    (
        "gpt-4o",
        lambda r: r.document(2, 5, image_pages=3),
        "image_pages is a whole number from 0 to 2",
    ),
    ("gpt-4o", lambda r: r.document(1, -5), "text_tokens is a whole number from 0"),
    ("claude-3", lambda r: r.document(1, page_size=(0, 1)), "above 0"),
    ("claude-3", lambda r: r.document(1, page_size=(1,)), "pair of width and height"),  # type: ignore[arg-type]
    ("claude-3", lambda r: r.document(1, page_size="A4"), "pair of width and height"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(
    ("name", "ask", "message"), REFUSED, ids=[f"{name}: {said[:40]}" for name, _, said in REFUSED]
)
def test_what_cannot_be_counted_is_refused_with_the_reason(
    name: str, ask: Callable[[MediaRules], object], message: str
) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        ask(rules(name))


def test_a_model_without_rules_counts_nothing_and_is_named() -> None:
    nothing = rules(None, model="gpt-3.5-turbo")
    with pytest.raises(UsageError, match="model 'gpt-3.5-turbo' has no known rule for images") as e:
        nothing.image(1, 1)
    assert e.value.facts == {"model": "gpt-3.5-turbo", "media": None, "kind": "image"}
    assert "known: gpt-4o, " in str(e.value)
    with pytest.raises(UsageError, match="a model that names no rules has no known rule"):
        rules(None).audio(1)
    with pytest.raises(UsageError, match="the rule set 'grok' has no known rule for audio"):
        rules("grok").audio(1)


def test_a_rule_set_that_is_not_there_is_an_error_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no rule set 'gemini-30' for media; nearest: "):
        rules("gemini-30")
    with pytest.raises(UsageError, match="which model 'm' names; known: gpt-4o, "):
        rules("q", model="m")


def test_rules_are_values_that_cannot_change() -> None:
    found = rules("gpt-4o", model="gpt-4o")
    assert found == rules("gpt-4o", model="gpt-4o")
    assert len({found, rules("gpt-4o", model="gpt-4o")}) == 1
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - its own bytes
    assert repr(found) == "MediaRules(name='gpt-4o', model='gpt-4o')"
    with pytest.raises(TypeError, match="cannot change"):
        found.facts["image"]["auto"] = "low"  # type: ignore[index]


def test_media_resolution_may_be_written_as_the_api_has_it() -> None:
    unspecified = rules("gemini-3").image(9, 9, "MEDIA_RESOLUTION_UNSPECIFIED")
    assert unspecified == rules("gemini-3").image(9, 9)
    assert {"low", "original", "ultra_high"} < set(LEVELS)
