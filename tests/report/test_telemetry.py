from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import Cost, Registry, ResponseUsage, Usage, UsageError, price, price_response
from costcalc.report.telemetry import telemetry_attributes

AT = "2026-11-20"
USAGE = Usage(
    input_tokens=1_000, cache_read_tokens=300, cache_write_tokens=200, input_audio_tokens=40,
    input_image_tokens=50, cache_read_audio_tokens=10, cache_read_image_tokens=20,
    output_tokens=500, reasoning_tokens=100, output_audio_tokens=30, output_image_tokens=60,
)  # fmt: skip
LOCAL = {
    "gen_ai.provider.name": "acme",
    "gen_ai.response.model": "small",
    "gen_ai.usage.cost.amount": 0.0003,
    "gen_ai.usage.cost.currency": "USD",
    "gen_ai.usage.cost.source": "local",
    "costcalc.cost.total": "0.0003",
    "costcalc.cost.currency": "USD",
    "costcalc.cost.model": "small",
    "costcalc.price.source": "https://acme.example/prices",
}


@pytest.fixture(scope="module")
def cost(registry: Registry) -> Cost:
    return price("small", Usage(input_tokens=100, output_tokens=10), at=AT, registry=registry)


def test_a_cost_alone_says_who_and_how_much(cost: Cost) -> None:
    found = telemetry_attributes(cost)
    assert found == {
        **LOCAL,
        "costcalc.registry.version": cost.registry_version,
        "costcalc.cost.assumptions": "overlay",
    }
    assert isinstance(found["gen_ai.usage.cost.amount"], float)


def test_counts_are_totals_and_their_parts(cost: Cost) -> None:
    found = telemetry_attributes(cost, USAGE, request_model="small-latest")
    assert {name: value for name, value in found.items() if name.endswith("_tokens")} == {
        "gen_ai.usage.input_tokens": 1_000,
        "gen_ai.usage.output_tokens": 500,
        "gen_ai.usage.cache_read.input_tokens": 300,
        "gen_ai.usage.cache_write.input_tokens": 200,
        "gen_ai.usage.audio.input_tokens": 40,
        "gen_ai.usage.image.input_tokens": 50,
        "gen_ai.usage.audio.cache_read.input_tokens": 10,
        "gen_ai.usage.image.cache_read.input_tokens": 20,
        "gen_ai.usage.reasoning.output_tokens": 100,
        "gen_ai.usage.audio.output_tokens": 30,
        "gen_ai.usage.image.output_tokens": 60,
    }
    assert found["gen_ai.request.model"] == "small-latest"


@pytest.mark.parametrize(
    ("usage", "written"), [(USAGE, 200), (Usage(input_tokens=1), None)], ids=["written", "none"]
)
def test_the_older_name_of_writes_is_given_when_asked(
    cost: Cost, usage: Usage, written: int | None
) -> None:
    name = "gen_ai.usage.cache_creation.input_tokens"
    assert name not in telemetry_attributes(cost, usage)
    assert telemetry_attributes(cost, usage, older_names=True).get(name) == written


def test_a_part_that_is_zero_is_not_said_and_a_total_is(cost: Cost) -> None:
    found = telemetry_attributes(cost, Usage())
    assert [name for name in found if "tokens" in name] == [
        "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
    ]  # fmt: skip


def test_a_response_says_its_model_and_counts_its_parts(cost: Cost) -> None:
    part = ResponseUsage(input_tokens=7, output_tokens=3, model="helper")
    usage = ResponseUsage(
        input_tokens=100, output_tokens=10, model="small-2026", id="resp_1", parts=(part,)
    )
    found = telemetry_attributes(cost, usage)
    assert (found["gen_ai.response.model"], found["gen_ai.response.id"]) == ("small-2026", "resp_1")
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (107, 13)
    nameless = telemetry_attributes(cost, ResponseUsage(input_tokens=1))
    assert nameless["gen_ai.response.model"] == "small"
    assert "gen_ai.response.id" not in nameless


def test_a_cost_that_the_seller_states_is_passed_on_beside_the_exact_price() -> None:
    body = {
        "id": "resp_1", "object": "chat.completion", "model": "grok-4", "created": 1_760_000_000,
        "choices": [],
        "usage": {
            "prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100,
            "cost_in_usd_ticks": 40_000_000,
        },
    }  # fmt: skip
    cost = price_response(body, provider="xai", at="2025-10-01")
    found = telemetry_attributes(cost)
    assert cost.stated == Decimal("0.004")
    assert (found["gen_ai.usage.cost.amount"], found["gen_ai.usage.cost.source"]) == (0.004, "provider")  # fmt: skip
    assert found["costcalc.cost.total"] == f"{cost.total:f}"
    assert found["costcalc.cost.stated"] == "0.004"


def test_a_sum_says_only_what_holds_for_all() -> None:
    bare = Cost(total=Decimal(0), currency="EUR", lines=())
    assert telemetry_attributes(bare) == {
        "gen_ai.usage.cost.amount": 0.0,
        "gen_ai.usage.cost.currency": "EUR",
        "gen_ai.usage.cost.source": "local",
        "costcalc.cost.total": "0",
        "costcalc.cost.currency": "EUR",
    }


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("amazon", "aws.bedrock"), ("anthropic", "anthropic"), ("azure", "azure.ai.openai"),
        ("bedrock", "aws.bedrock"), ("cohere", "cohere"), ("deepseek", "deepseek"),
        ("google", "gcp.gemini"), ("groq", "groq"), ("mistral", "mistral_ai"),
        ("moonshot", "moonshot_ai"), ("openai", "openai"), ("openrouter", "openrouter"),
        ("perplexity", "perplexity"), ("vertex", "gcp.vertex_ai"), ("xai", "x_ai"),
    ],
)  # fmt: skip
def test_providers_have_their_well_known_names(provider: str, name: str) -> None:
    cost = Cost(total=Decimal(0), currency="USD", lines=(), provider=provider)
    assert telemetry_attributes(cost)["gen_ai.provider.name"] == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((Decimal(1),), "cost is a costcalc.Cost, not Decimal; price the call first"),
        ((Cost(total=Decimal(0), currency="USD", lines=()), {"input_tokens": 1}),
         "usage is a costcalc.Usage, not dict; read a response with Usage.from_response"),
    ],
    ids=["no cost", "no usage"],
)  # fmt: skip
def test_what_is_no_cost_and_no_usage_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        telemetry_attributes(*arguments)


def test_a_span_takes_them_as_they_are(cost: Cost) -> None:
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = memory.InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    given = telemetry_attributes(cost, USAGE, request_model="small", older_names=True)
    with provider.get_tracer("test").start_as_current_span("chat small") as span:
        span.set_attributes(given)
    provider.shutdown()
    (finished,) = exporter.get_finished_spans()
    assert dict(finished.attributes) == given
