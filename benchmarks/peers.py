"""The libraries that are measured, each called the way its own documentation calls it.

An adapter turns a `Call` into a function without arguments that prices it. What a library has no
way to say raises `CannotExpressError`; what it refuses raises its own error.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any, ClassVar

from cases import Call

__all__ = ["GENAI_PRICES", "OURS", "PEERS", "CannotExpressError", "Peer"]

Pricer = Callable[[], object]


class CannotExpressError(Exception):
    """The library's call has no argument for something that the price depends on."""


class Peer:
    """One library: how it is imported, and how it prices a call."""

    distribution: ClassVar[str]
    module: ClassVar[str]
    providers: ClassVar[dict[str, str]] = {}
    """Its names of providers, where they are not ours; a name that is missing is passed on."""
    takes_dates: ClassVar[bool] = False
    environment: ClassVar[dict[str, str]] = {}
    """Variables that keep it from the network, so that all price from what they ship."""
    first_price: ClassVar[str]
    """A program that imports it and prices one call."""

    def __init__(self) -> None:
        self._api: Any = None

    @property
    def version(self) -> str:
        """Version that is installed."""
        return version(self.distribution)

    def load(self) -> Any:
        """Import the library; whatever that raises is for the caller to report."""
        if self._api is None:
            os.environ.update(self.environment)
            self._api = import_module(self.module)
        return self._api

    def pricer(self, call: Call, *, how: str = "total") -> Pricer:
        """Return a function that prices a call and returns its total.

        `how` is `total`, `lines` (itemise as well, where that is extra work) or `usage` (build the
        usage object each time, where there is one).
        """
        raise NotImplementedError


class Costcalc(Peer):
    """This project."""

    distribution = "costcalc"
    module = "costcalc"
    takes_dates = True
    first_price = """
from datetime import UTC, datetime
import costcalc
usage = costcalc.Usage(input_tokens=10_000, cache_read_tokens=8_000, output_tokens=500)
at = datetime(2026, 11, 23, tzinfo=UTC)
costcalc.price("gpt-4.1-mini", usage, provider="openai", at=at).total
"""

    def pricer(self, call: Call, *, how: str = "total") -> Pricer:
        """Price with `costcalc.price`."""
        price, usage_type = self.load().price, self.load().Usage
        counts = {
            "input_tokens": call.input_tokens,
            "output_tokens": call.output_tokens,
            "cache_read_tokens": call.cache_read_tokens,
            "cache_write_tokens": call.cache_write_tokens,
            "cache_write_1h_tokens": call.cache_write_1h_tokens,
        }
        counts = {name: count for name, count in counts.items() if count}
        given: dict[str, Any] = {"provider": call.provider}
        for name in ("at", "service_tier", "region"):
            if getattr(call, name) is not None:
                given[name] = getattr(call, name)
        model, usage = call.model, usage_type(**counts)
        if how == "usage":
            return lambda: price(model, usage_type(**counts), **given).total
        if how == "lines":
            return lambda: _itemised(price(model, usage, **given))
        return lambda: price(model, usage, **given).total

    def models(self) -> list[tuple[str, str]]:
        """Return provider and id of every model that is sold."""
        found = self.load().Registry.load().models(retired=False)
        return [(each.provider, each.id) for each in found]


def _itemised(cost: Any) -> object:
    _ = cost.lines
    return cost.total


class GenaiPrices(Peer):
    """pydantic's genai-prices."""

    distribution = "genai-prices"
    module = "genai_prices"
    providers: ClassVar[dict[str, str]] = {
        "xai": "x-ai",
        "vertex": "google",
        "bedrock": "aws",
        "moonshot": "moonshotai",
        "zhipu": "zhipuai",
    }
    takes_dates = True
    first_price = """
from datetime import UTC, datetime
import genai_prices
usage = genai_prices.Usage(input_tokens=10_000, cache_read_tokens=8_000, output_tokens=500)
at = datetime(2026, 11, 23, tzinfo=UTC)
genai_prices.calc_price(
    usage, "gpt-4.1-mini", provider_id="openai", genai_request_timestamp=at
).total_price
"""

    def pricer(self, call: Call, *, how: str = "total") -> Pricer:
        """Price with `genai_prices.calc_price`; it always gives input and output beside the total.

        Its service tiers are OpenAI's (README, "Request pricing context").
        """
        calc_price, usage_type = self.load().calc_price, self.load().Usage
        counts = {
            "input_tokens": call.input_tokens,
            "output_tokens": call.output_tokens,
            "cache_read_tokens": call.cache_read_tokens,
            "cache_write_tokens": call.cache_write_tokens,
            "cache_write_1h_tokens": call.cache_write_1h_tokens,
        }
        counts = {name: count for name, count in counts.items() if count}
        given: dict[str, Any] = {"provider_id": self.providers.get(call.provider, call.provider)}
        if call.at is not None:
            given["genai_request_timestamp"] = call.at
        if call.service_tier is not None:
            if call.provider != "openai":
                msg = f"service tiers of {call.provider}"
                raise CannotExpressError(msg)
            given["price_context"] = {"service_tier": call.service_tier}
        model, usage = call.model, usage_type(**counts)
        if how == "usage":
            return lambda: calc_price(usage_type(**counts), model, **given).total_price
        return lambda: calc_price(usage, model, **given).total_price

    def models(self) -> set[tuple[str, str]]:
        """Return provider and id of every model it lists, in its own names."""
        self.load()
        snapshot: Any = import_module("genai_prices.data_snapshot").get_snapshot()
        return {(each.id, model.id) for each in snapshot.providers for model in each.models}


class Tokencost(Peer):
    """AgentOps' tokencost."""

    distribution = "tokencost"
    module = "tokencost"
    providers: ClassVar[dict[str, str]] = {
        "google": "gemini/",
        "xai": "xai/",
        "vertex": "vertex_ai/",
        "fireworks": "fireworks_ai/",
    }
    """What its model names begin with; those of the other providers stand alone."""
    first_price = """
from tokencost import calculate_cost_by_tokens as cost
cost(2_000, "gpt-4.1-mini", "input") + cost(8_000, "gpt-4.1-mini", "cached") + cost(
    500, "gpt-4.1-mini", "output")
"""

    def pricer(self, call: Call, *, how: str = "total") -> Pricer:  # noqa: ARG002
        """Add up `calculate_cost_by_tokens` of each type of token that it has."""
        cost = self.load().calculate_cost_by_tokens
        if call.cache_write_tokens:
            msg = "cache writes"
            raise CannotExpressError(msg)
        _refuse_conditions(call)
        model = self.providers.get(call.provider, "") + call.model
        types = {"input": "input", "cache_read": "cached", "output": "output"}
        counts = [(call.parts[meter], types[meter]) for meter in types if call.parts[meter]]
        return lambda: sum(cost(count, model, kind) for count, kind in counts)


class Litellm(Peer):
    """BerriAI's litellm."""

    distribution = "litellm"
    module = "litellm"
    providers: ClassVar[dict[str, str]] = {
        "google": "gemini",
        "vertex": "vertex_ai",
        "fireworks": "fireworks_ai",
    }
    environment: ClassVar[dict[str, str]] = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    first_price = """
import litellm
sum(litellm.cost_per_token(model="gpt-4.1-mini", custom_llm_provider="openai",
    prompt_tokens=10_000, cache_read_input_tokens=8_000, completion_tokens=500))
"""

    def pricer(self, call: Call, *, how: str = "total") -> Pricer:  # noqa: ARG002
        """Price with `litellm.cost_per_token`; one-hour writes stand in its usage object only."""
        api = self.load()
        api.suppress_debug_info = True
        given: dict[str, Any] = {
            "model": call.model,
            "custom_llm_provider": self.providers.get(call.provider, call.provider),
        }
        counts: dict[str, Any] = {
            "prompt_tokens": call.input_tokens,
            "completion_tokens": call.output_tokens,
        }
        if call.cache_read_tokens:
            counts["cache_read_input_tokens"] = call.cache_read_tokens
        if call.cache_write_tokens:
            counts["cache_creation_input_tokens"] = call.cache_write_tokens
        if call.service_tier is not None:
            given["service_tier"] = call.service_tier
        if call.region is not None:
            given["region_name"] = call.region
        if call.cache_write_1h_tokens:
            given["usage_object"] = _litellm_usage(call, counts)
        else:
            given.update(counts)
        cost_per_token = api.cost_per_token
        return lambda: sum(cost_per_token(**given))


def _litellm_usage(call: Call, counts: dict[str, Any]) -> object:
    types: Any = import_module("litellm.types.utils")
    split = types.CacheCreationTokenDetails(
        ephemeral_5m_input_tokens=call.parts["cache_write"],
        ephemeral_1h_input_tokens=call.cache_write_1h_tokens,
    )
    details = types.PromptTokensDetailsWrapper(
        cached_tokens=call.cache_read_tokens,
        cache_creation_tokens=call.cache_write_tokens,
        cache_creation_token_details=split,
    )
    total = call.input_tokens + call.output_tokens
    return types.Usage(**counts, total_tokens=total, prompt_tokens_details=details)


class ModelPrices(Peer):
    """model-prices: models.dev's history with corrections."""

    distribution = "model-prices"
    module = "model_prices"
    providers: ClassVar[dict[str, str]] = {"bedrock": "amazon-bedrock"}
    takes_dates = True
    first_price = """
import model_prices
model_prices.cost("gpt-4.1-mini", provider="openai", at="2026-11-23T00:00:00Z",
    input_tokens=2_000, cache_read_tokens=8_000, output_tokens=500)
"""

    def pricer(self, call: Call, *, how: str = "total") -> Pricer:  # noqa: ARG002
        """Price with `model_prices.cost`; OpenAI's priority is its mode `fast`."""
        if call.provider == "vertex" or call.region is not None:
            msg = f"{call.provider} and its regions"  # README, "Not modeled"
            raise CannotExpressError(msg)
        given: dict[str, Any] = {
            "provider": self.providers.get(call.provider, call.provider),
            "input_tokens": call.parts["input"],
            "cache_read_tokens": call.cache_read_tokens,
            "cache_write_tokens": call.parts["cache_write"],
            "cache_write_1h_tokens": call.cache_write_1h_tokens,
            "output_tokens": call.output_tokens,
        }
        if call.at is not None:
            given["at"] = call.at
        if call.service_tier is not None:
            given["mode"] = {"priority": "fast"}.get(call.service_tier, call.service_tier)
        cost, model = self.load().cost, call.model
        return lambda: _known(cost(model, **given))


def _known(total: object) -> object:
    """Refuse the None that stands for an unknown model."""
    if total is None:
        msg = "None: the model or its mode is not known"
        raise LookupError(msg)
    return total


class OpenaiCostCalculator(Peer):
    """openai-cost-calculator, its provider-agnostic call."""

    distribution = "openai-cost-calculator"
    module = "openai_cost_calculator"
    providers: ClassVar[dict[str, str]] = {"google": "gemini"}
    takes_dates = True
    first_price = """
from datetime import UTC, datetime
from openai_cost_calculator import calculate_cost
calculate_cost("openai", "gpt-4.1-mini", at=datetime(2026, 11, 23, tzinfo=UTC),
    input_tokens=2_000, cached_input_tokens=8_000, output_tokens=500).total
"""

    def pricer(self, call: Call, *, how: str = "total") -> Pricer:  # noqa: ARG002
        """Price with `calculate_cost`; it always itemises."""
        given: dict[str, Any] = {
            "input_tokens": call.parts["input"],
            "cached_input_tokens": call.cache_read_tokens,
            "cache_write_tokens": call.parts["cache_write"],
            "cache_write_1h_tokens": call.cache_write_1h_tokens,
            "output_tokens": call.output_tokens,
        }
        for name in ("at", "service_tier", "region"):
            if getattr(call, name) is not None:
                given[name] = getattr(call, name)
        calculate_cost, model = self.load().calculate_cost, call.model
        provider = self.providers.get(call.provider, call.provider)
        return lambda: calculate_cost(provider, model, **given).total


def _refuse_conditions(call: Call) -> None:
    for name in ("service_tier", "region"):
        if getattr(call, name) is not None:
            raise CannotExpressError(name.replace("_", " "))


OURS = Costcalc()
GENAI_PRICES = GenaiPrices()
PEERS: tuple[Peer, ...] = (
    OURS,
    GENAI_PRICES,
    Tokencost(),
    Litellm(),
    ModelPrices(),
    OpenaiCostCalculator(),
)
