"""What one prompt will cost: input counted, output estimated, with a low and a high."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

from costcalc.billing.cost import Assumption
from costcalc.billing.price import price
from costcalc.errors import UsageError
from costcalc.estimate.cached import Hit, cached_part
from costcalc.estimate.estimate import Estimate, Seconds, counted_how
from costcalc.estimate.fit import fit
from costcalc.estimate.outputs import as_whole, output_ratio, output_tokens
from costcalc.estimate.sources import named
from costcalc.estimate.usages import usage_of
from costcalc.registry.current import check_registry, current
from costcalc.registry.registry import Registry
from costcalc.tokens.content import read
from costcalc.tokens.counting import counter_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.estimate.cached import Point
    from costcalc.estimate.outputs import OutputTokens
    from costcalc.registry.cards import ModelInfo
    from costcalc.tokens.token_count import TokenCount

__all__ = ["Estimator", "Reply", "estimate_prompt"]

_SECONDS = Context(prec=12, rounding=ROUND_HALF_EVEN)


def estimate_prompt(  # noqa: PLR0913 - the prompt, the reply, the cache, and the terms of price()
    model: str,
    content: Any,
    *,
    output_tokens: Any = None,
    output_ratio: Any = None,
    cached_prefix: Any = None,
    cached_tokens: int | None = None,
    hit_ratio: Any = None,
    cache: str | None = None,
    calls: int = 1,
    tokenizer: Any = None,
    tools: Any = None,
    tool_choice: Any = None,
    response_format: Any = None,
    system: Any = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> Estimate:
    """Return what a prompt will cost before it is sent, as a range.

    `content` is what `count_tokens` takes, or one that `read_prompts` yields; `tools`,
    `tool_choice`, `response_format`, `system` and `tokenizer` are as there. The reply is either
    `output_tokens` or `output_ratio`, a ratio to the input; both take a number, `(low, high)`,
    `{"low", "likely", "high"}` or `{"p50", "p90"}`. What is cached is one of `cached_prefix` (text
    that the content begins with, or its first messages; tools and system prompt stand before it),
    `cached_tokens` and `hit_ratio` (a share of the input). `cache` says what the call does with it:
    "read" unless stated, "write" or "write_1h"; stated alone, it holds for what the request itself
    marks with `cache_control`. `calls` multiplies. The rest are terms of `price`.

    Raises what `price` raises, and `UsageError` for what cannot be counted.
    """
    terms: dict[str, Any] = {
        "provider": provider, "at": at, "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    estimator = Estimator(model, tokenizer, terms, registry)
    request = {
        "tools": tools, "tool_choice": tool_choice, "response_format": response_format,
        "system": system,
    }  # fmt: skip
    reply = Reply(output_tokens, output_ratio)
    hit = Hit(cached_prefix, cached_tokens, hit_ratio, cache)
    return estimator.estimate(content, request, reply, hit, calls)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a caller says of the reply; exactly one is stated."""

    tokens: Any = None
    ratio: Any = None

    def of(self, count: TokenCount) -> OutputTokens:
        """Return the output tokens of a counted prompt."""
        if (self.tokens is None) == (self.ratio is None):
            stated = "neither" if self.tokens is None else "both"
            msg = (
                f"{stated} of output_tokens and output_ratio is stated; say one, such as "
                "output_tokens=800, or output_tokens=0 for an embedding"
            )
            raise UsageError(msg)
        if self.ratio is not None:
            return output_ratio(self.ratio, count.tokens, count.low, count.high)
        return output_tokens(self.tokens)


class Estimator:
    """One model under one set of terms, looked up once for any number of prompts."""

    def __init__(
        self, model: str, tokenizer: Any, terms: Mapping[str, Any], registry: Registry | None
    ) -> None:
        self._prices = current() if registry is None else registry
        check_registry(self._prices)
        now = datetime.now(UTC)  # one instant for the three costs, and for all prompts
        self._terms: dict[str, Any] = {**terms, "at": now if terms["at"] is None else terms["at"]}
        self._name = model
        self._card = self._prices.rate_card(model, **self._terms)
        self._info = self._prices.model(self._card.model, provider=self._card.provider)
        self._counter = counter_for(self._info, tokenizer)

    def estimate(
        self, content: Any, request: Mapping[str, Any], reply: Reply, hit: Hit, calls: int
    ) -> Estimate:
        """Return the estimate of one prompt; an error of a named one says its name."""
        card, info = self._card, self._info
        times = _checked_calls(calls)
        with named(content) as held:
            count = self._counter.count(held, **request)
            prefix, marked = self._prefix(held, request, hit)
            said = self._unused_marks(held, request, hit)
        output = reply.of(count)
        cached = cached_part(count, info, card, hit, prefix, marked=marked)

        def cost(point: Point, tokens: int, end: str) -> Cost:
            usage = usage_of(count, prefix, point, tokens, hit, card, end)
            return price(self._name, usage, **self._terms, registry=self._prices)

        expected = cost(cached.expected, output.expected, "tokens")
        low = (cost(point, output.low, "low") for point in cached.low)
        high = (cost(point, output.high, "high") for point in cached.high)
        return Estimate(
            model=card.model,
            provider=card.provider,
            at=card.at,
            calls=times,
            input=count,
            output=output,
            cost=expected * times,
            low=min(*low, expected, key=_total) * times,
            high=max(*high, expected, key=_total) * times,
            fit=fit(info, count, output),
            seconds=_seconds(info, output),
            assumptions=(*cached.assumptions, *said, *counted_how(info.id, count)),
        )

    def _prefix(
        self, content: Any, request: Mapping[str, Any], hit: Hit
    ) -> tuple[TokenCount | None, bool]:
        """Return the count of the cached prefix, and whether the request marks it itself."""
        if hit.prefix is not None:
            _check_prefix(content, hit.prefix)
            # tools and system prompt stand before all messages; the form of the answer may not
            before = {**request, "response_format": None}
            if not hit.prefix and all(each is None for each in before.values()):
                return None, False
            return self._counter.count(hit.prefix, **before), False
        if hit.use is None or hit.stated:
            return None, False
        # a text of its own beside a marked system prompt is a message like any other
        held = [content] if isinstance(content, str) else content
        marked = self._counter.marked(held, **request)
        if marked is None:
            msg = (
                f"cache={hit.use!r} says what a call does with its cached part, and none is stated "
                "or marked with cache_control; say cached_prefix, cached_tokens or hit_ratio"
            )
            raise UsageError(msg, cache=hit.use)
        return marked, True

    def _unused_marks(
        self, content: Any, request: Mapping[str, Any], hit: Hit
    ) -> tuple[Assumption, ...]:
        """Say where a request marks what it caches, and the caller not what becomes of it."""
        if hit.use is not None or hit.stated or "cache_read" not in self._card.rates:
            return ()
        if isinstance(content, os.PathLike) or hasattr(content, "read"):
            return ()
        if isinstance(content, str) and all(each is None for each in request.values()):
            return ()
        if read(content, **request).cached is None:
            return ()
        text = (
            "the request marks what it caches, and all of it is priced as plain input; say "
            "cache='write' for the call that writes the cache, or cache='read' for the others"
        )
        return (Assumption("no_cache", text),)


def _total(cost: Cost) -> Decimal:
    return cost.total


def _check_prefix(content: Any, prefix: Any) -> None:
    """Refuse a cached prefix that the content does not begin with."""
    if isinstance(content, str) and isinstance(prefix, str):
        begins = content.startswith(prefix)
    elif isinstance(content, list | tuple) and isinstance(prefix, list | tuple):
        begins = list(content[: len(prefix)]) == list(prefix)
    else:
        msg = (
            f"cached_prefix is {type(prefix).__name__} and the content is "
            f"{type(content).__name__}: text begins with text, messages with messages; else say "
            "cached_tokens"
        )
        raise UsageError(msg)
    if not begins:
        msg = (
            "the content does not begin with cached_prefix, and a cache is read only as far as "
            "both are the same; say cached_tokens if the rest of the request is not shown here"
        )
        raise UsageError(msg)


def _checked_calls(calls: Any) -> int:
    number = as_whole(calls)
    if number is None or number < 1:
        msg = f"calls {calls!r} is no number of calls; it is a whole number from 1 on"
        raise UsageError(msg, calls=calls)
    return number


def _seconds(info: ModelInfo, output: OutputTokens) -> Seconds | None:
    speed = info.output_tokens_per_second
    if not speed:
        return None
    counts = (output.expected, output.low, output.high)
    return Seconds(*(_SECONDS.divide(Decimal(each), speed) for each in counts))
