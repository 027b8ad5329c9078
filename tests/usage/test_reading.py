"""Which format a response is read as, and what is refused, in words that say what to do."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

from costcalc import ResponseUsage, Usage, UsageError
from costcalc.usage.responses.apis import APIS, PROVIDERS

CHAT = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
RESPONSES = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
ANTHROPIC = {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 5}


def read(body: Any, **hint: str) -> ResponseUsage:
    return Usage.from_response(body, **hint)


def test_every_format_has_a_name_of_its_own() -> None:
    names = [each.name for each in APIS]
    assert len(names) == len(set(names))
    assert {each.name for spoken in PROVIDERS.values() for each in spoken} <= set(names)


@pytest.mark.parametrize("each", APIS, ids=[each.name for each in APIS])
def test_every_format_can_be_asked_for_by_name(each: Any) -> None:
    with pytest.raises(UsageError):
        read({"nothing": "of it"}, api=each.name)


HINTS = [
    ("nothing", {}, "chat"),
    ("a provider", {"provider": "openai"}, "openai-chat"),
    ("a provider that has no format of its own", {"provider": "together"}, "chat"),
    ("a format", {"api": "openai-chat"}, "openai-chat"),
    ("the end of a format's name, and a provider", {"provider": "groq", "api": "chat"}, "groq-chat"),
    ("a shared format", {"api": "chat"}, "chat"),
    ("a shared format of a provider without one", {"provider": "together", "api": "chat"}, "chat"),
    ("another's format, as Azure speaks OpenAI's", {"provider": "azure", "api": "openai-chat"}, "openai-chat"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "name"), [case[1:] for case in HINTS], ids=[f"{case[0]} is said" for case in HINTS]
)
def test_a_hint_leaves_its_formats(hint: dict[str, str], name: str) -> None:
    assert read(CHAT, **hint).api == name
    assert read(CHAT, **hint).counts() == Usage(input_tokens=10, output_tokens=5)


def test_a_hint_outranks_what_a_response_looks_like() -> None:
    assert read({**CHAT, "cost_in_usd_ticks": 5}).provider == "xai"
    assert read({**CHAT, "cost_in_usd_ticks": 5}, provider="openai").api == "openai-chat"


def test_the_end_of_a_name_is_enough_where_one_has_it() -> None:
    assert read(ANTHROPIC, api="messages").api == "anthropic-messages"


def test_a_format_that_is_none_is_named_with_its_neighbours() -> None:
    message = "^api 'opanai-chat' is no format that can be read; nearest: openai-chat"
    with pytest.raises(UsageError, match=message):
        read(CHAT, api="opanai-chat")
    with pytest.raises(UsageError, match="^api 'zzz' is no format that can be read; known: .*chat"):
        read(CHAT, api="zzz")


def test_a_format_of_another_provider_is_refused() -> None:
    message = "^api 'deepseek-chat' is no format of xai that can be read; nearest: deepseek-chat"
    with pytest.raises(UsageError, match=message):
        read(CHAT, provider="xai", api="deepseek-chat")


NO_RESPONSE: list[tuple[object, str]] = [
    ('{"usage": {}}', "not str; parse it first, with json.loads"),
    (b"{}", "not bytes; parse it first, with json.loads"),
    (None, "not NoneType"),
    (3, "not int"),
    (2.5, "not float"),
    (Usage(input_tokens=3), r"not Usage; it is one already: price it with costcalc.price\(model, usage\)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "why"), NO_RESPONSE, ids=[type(body).__name__ for body, _ in NO_RESPONSE]
)
def test_what_is_no_response_is_refused(body: object, why: str) -> None:
    with pytest.raises(UsageError, match=f"^a response is a mapping or an SDK's object, {why}$"):
        read(body)


def test_several_responses_are_refused() -> None:
    body = {"object": "chat.completion", "usage": CHAT}
    with pytest.raises(
        UsageError, match="holds 2 responses and is no stream of one; read them one"
    ):
        read([{**body, "id": "a"}, {**body, "id": "b"}])


@pytest.mark.parametrize("body", ["data: {}\n\ndata: [DONE]", b": keep-alive\n", "event: ping\n"])
def test_a_stream_in_one_text_is_read_by_its_lines(body: object) -> None:
    with pytest.raises(UsageError, match=r"pass its lines, body\.splitlines\(\)$"):
        read(body)


def test_a_hint_is_text() -> None:
    three: Any = 3
    for hint in ("provider", "api"):
        with pytest.raises(UsageError, match=f"^{hint} is a name as text, not int 3$"):
            read(CHAT, **{hint: three})


def test_a_usage_that_was_read_is_read_already() -> None:
    usage = read(CHAT)
    assert read(usage) is usage


MOCKS: dict[str, Callable[[], object]] = {
    "a mock": MagicMock,
    "a plain mock": Mock,
    "a mock of usage in a dict": lambda: {"usage": MagicMock()},
    "a mock of usage in an object": lambda: SimpleNamespace(usage=MagicMock(prompt_tokens=3)),
}


@pytest.mark.parametrize("make", MOCKS.values(), ids=MOCKS)
def test_an_object_that_answers_to_every_name_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="Mock answers to every name, so no count of it can be"):
        read(make())


def test_a_mock_of_the_counts_that_there_are_is_read() -> None:
    usage = MagicMock(
        spec=["prompt_tokens", "completion_tokens"], prompt_tokens=3, completion_tokens=1
    )
    assert read(SimpleNamespace(usage=usage, model="m")).disjoint() == {"input": 3, "output": 1}


NULL = {
    "a dict": {"object": "chat.completion", "usage": None},
    "a dict with a provider": {"usage": None},
    "an object": SimpleNamespace(usage=None),
}


@pytest.mark.parametrize("body", NULL.values(), ids=NULL)
def test_no_usage_is_unknown_and_not_zero(body: object) -> None:
    for hint in ({}, {"provider": "openai"}, {"provider": "xai", "api": "chat"}):
        with pytest.raises(
            UsageError, match="^the usage of the response is null, which is unknown"
        ):
            read(body, **hint)


def test_a_response_that_is_not_done_is_to_be_read_again() -> None:
    with pytest.raises(UsageError, match="^the response is queued and states no usage yet; read"):
        read({"object": "response", "status": "queued", "usage": None})


def test_a_usage_of_nulls_says_so() -> None:
    with pytest.raises(UsageError, match="^prompt_tokens, total_tokens of the usage are null, whi"):
        read({"usage": {"prompt_tokens": None, "total_tokens": None}})


UNKNOWN: list[tuple[object, str]] = [
    ({}, "nothing"),
    ({"id": 1, "object": "chat.completion"}, "id, object"),
    ({"usage": {}}, "usage, whose usage has nothing"),
    ({"usage": {"tokens_in": 3, "tokens_out": 4}}, "usage, whose usage has tokens_in, tokens_out"),
    ({"usage": [CHAT]}, "usage"),
    ({"usage": "12"}, "usage"),
    (SimpleNamespace(a=1), "SimpleNamespace"),
    ({str(n): n for n in range(20)}, "0, 1, 2, 3, 4, 5, 6, 7"),
    ({"input_tokens": 10, "output_tokens": 5}, "input_tokens, output_tokens"),
]


@pytest.mark.parametrize(
    ("body", "found"), UNKNOWN, ids=[f"a response of {found}" for _, found in UNKNOWN]
)
def test_an_unknown_shape_is_refused_with_what_it_has(body: object, found: str) -> None:
    message = (
        f"^no usage of a known format is in a response of {found}; say whose it is with provider= "
        "or api=, or state the counts with costcalc.Usage$"
    )
    with pytest.raises(UsageError, match=message):
        read(body)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(-5, "-5", id="a negative count"),
        pytest.param(5.7, "5.7", id="a part of a token"),
        pytest.param("many", "'many'", id="a word"),
        pytest.param(True, "True", id="a boolean"),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["in a response", "alone"])
def test_a_bad_count_is_named_though_the_format_is_unknown(
    value: object,
    said: str,
    whole: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    usage = {"input_tokens": value, "output_tokens": 3, "details": {"tokens": None}}
    message = f"^input_tokens of the response is {said}, and a count is a whole number from 0 on$"
    with pytest.raises(UsageError, match=message):
        read({"usage": usage} if whole else usage)


def test_a_usage_under_another_name_is_pointed_at() -> None:
    message = "in a response of model, token_usage; pass its token_usage alone, say whose it is"
    with pytest.raises(UsageError, match=message):
        read({"model": "m", "token_usage": CHAT})
    with pytest.raises(UsageError, match="of type, message; pass its message alone, say whose"):
        read({"type": "assistant", "message": {"type": "message", "usage": ANTHROPIC}})
    with pytest.raises(UsageError, match="of key, response; pass its response alone, say whose"):
        read({"key": "a", "response": {"usageMetadata": {"promptTokenCount": 3}}})


def test_two_counts_alone_need_a_provider() -> None:
    both = {"input_tokens": 10, "output_tokens": 5}
    for provider in ("openai", "anthropic", "xai"):
        assert read(both, provider=provider).counts() == Usage(input_tokens=10, output_tokens=5)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({**CHAT, "prompt_tokens_details": {"cached_tokens": 11}},
     "cache_read_tokens is 11, above input_tokens which contains it and is 10"),
    ({**CHAT, "completion_tokens_details": {"reasoning_tokens": 6}},
     "reasoning_tokens is 6, above output_tokens which contains it and is 5"),
    ({**CHAT, "total_tokens": 16},
     "total_tokens is 16 and its parts are prompt_tokens 10, completion_tokens 5, together 15"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "what"), WRONG, ids=[what for _, what in WRONG])
def test_a_usage_that_contradicts_itself_is_refused_by_its_format(
    body: dict[str, Any], what: str
) -> None:
    message = (
        f"^a usage of chat contradicts itself: {what}; say whose it is with provider= or api=,"
    )
    with pytest.raises(UsageError, match=message) as caught:
        read(body)
    assert caught.value.facts["api"] == "chat"


BAD = [-1, 12.5, True, "many", float("nan")]


@pytest.mark.parametrize("count", BAD, ids=repr)
def test_a_count_that_is_none_is_refused_by_its_path(count: object) -> None:
    with pytest.raises(UsageError, match="^prompt_tokens of the response is .*, and a count is"):
        read({**CHAT, "prompt_tokens": count})


def test_nulls_everywhere_are_absent_counts() -> None:
    body = {
        **CHAT, "prompt_tokens_details": None, "completion_tokens_details": {"reasoning_tokens": None},
        "id": None, "model": None, "created": None, "service_tier": None,
    }  # fmt: skip
    usage = read({**body, "usage": body})
    assert usage.counts() == Usage(input_tokens=10, output_tokens=5)
    assert (usage.model, usage.id, usage.at, usage.conditions) == (None, None, None, {})


TIMES: list[tuple[object, str | None]] = [
    (1_750_000_000, "2025-06-15T15:06:40+00:00"),
    (1_750_000_000.5, "2025-06-15T15:06:40.500000+00:00"),
    ("2025-06-15T15:06:40Z", "2025-06-15T15:06:40+00:00"),
    ("2025-06-15T17:06:40+02:00", "2025-06-15T15:06:40+00:00"),
    ("2025-06-15T15:06:40", None),  # nobody says whose time it is
    ("yesterday", None),
    (0, None),
    (True, None),
    ([], None),
]


@pytest.mark.parametrize(("created", "at"), TIMES, ids=[f"{created!r}" for created, _ in TIMES])
def test_the_time_of_a_response_is_taken_where_it_is_one(created: object, at: str | None) -> None:
    found = read({"usage": CHAT, "created": created}).at
    assert (found.isoformat() if found else None) == at


def test_a_time_in_milliseconds_is_not_taken_and_said() -> None:
    usage = read({"usage": CHAT, "created": 1_750_000_000_000})
    assert usage.at is None
    assert (
        "time 1750000000000 lies beyond the year 9999 as seconds since 1970"
        in usage.assumptions[0].text
    )


def test_an_anthropic_batch_line_is_the_message_in_it() -> None:
    message = {"type": "message", "model": "claude-sonnet-4-5", "usage": ANTHROPIC}
    usage = read({"custom_id": "q", "result": {"type": "succeeded", "message": message}})
    assert usage.conditions["batch"] is True
    assert usage.input_tokens == 100
