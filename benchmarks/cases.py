"""Real calls that some tool once mispriced, with what they cost: the rates stand beside them.

Each case was reported in public; `seen_in` names the thread. Its right answer is rational
arithmetic on the rates that held, written out here, so that a reader can check it without any of
the libraries. Where the reported counts had to be joined by an instant or an exact model id, those
of the thread's time were taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

__all__ = ["CASES", "Call", "Case"]

_MILLION = 1_000_000
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One model call, in the words of the provider's API; counts are totals with their parts."""

    provider: str
    model: str
    at: datetime | None = None
    service_tier: str | None = None
    region: str | None = None
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0

    @property
    def parts(self) -> dict[str, int]:
        """Counts that exclude each other, by meter."""
        return {
            "input": self.input_tokens - self.cache_read_tokens - self.cache_write_tokens,
            "cache_read": self.cache_read_tokens,
            "cache_write": self.cache_write_tokens - self.cache_write_1h_tokens,
            "cache_write_1h": self.cache_write_1h_tokens,
            "output": self.output_tokens,
        }


@dataclass(frozen=True, kw_only=True)
class Case:
    """A call, the rates that held for it per million tokens, and where it was mispriced."""

    name: str
    seen_in: str
    call: Call
    rates: dict[str, str] = field(repr=False)
    times: str = "1"
    past: bool = False
    """Whether the id has another price today, so that it takes a date to ask for this one."""

    @property
    def expected(self) -> Fraction:
        """What the call cost, exactly."""
        return (
            sum((n * Fraction(self.rates[m]) for m, n in self.call.parts.items() if n), Fraction())
            * Fraction(self.times)
            / _MILLION
        )


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _rates(text: str) -> dict[str, str]:
    """Return `input 3, output 15` as a mapping."""
    pairs = (each.split() for each in text.split(","))
    return {meter: rate for meter, rate in pairs}  # noqa: C416 - dict() does not type this


_SONNET = "input 3, cache_read 0.3, cache_write 3.75, cache_write_1h 6, output 15"
_OPUS = "input 5, cache_read 0.5, cache_write 6.25, cache_write_1h 10, output 25"

CASES = (
    # --- cache reads and writes -------------------------------------------------------------------
    Case(
        name="writes billed twice",
        seen_in="BerriAI/litellm#9812",
        call=Call(provider="anthropic", model="claude-3-7-sonnet-20250219", at=_day("2025-04-07"),
                  input_tokens=12_307, cache_write_tokens=12_304, output_tokens=550),
        rates=_rates(_SONNET),
    ),
    Case(
        name="write price on top of input",
        seen_in="BerriAI/litellm#6575",
        call=Call(provider="anthropic", model="claude-3-5-sonnet-20241022", at=_day("2024-11-04"),
                  input_tokens=1_000, cache_write_tokens=1_000),
        rates=_rates(_SONNET),
    ),
    Case(
        name="streamed reads as plain input",
        seen_in="BerriAI/litellm#11789",
        call=Call(provider="anthropic", model="claude-3-5-haiku-20241022", at=_day("2025-06-17"),
                  input_tokens=2_459, cache_read_tokens=2_455, output_tokens=23),
        rates=_rates("input 0.8, cache_read 0.08, output 4"),
    ),
    Case(
        name="cached tokens ignored",
        seen_in="BerriAI/litellm#25950",
        call=Call(provider="fireworks", model="accounts/fireworks/models/glm-5p1",
                  at=_day("2026-04-17"), input_tokens=44_341, cache_read_tokens=41_518),
        rates=_rates("input 1.4, cache_read 0.26"),
    ),
    Case(
        name="prompt tokens include the cache",
        seen_in="Aider-AI/aider#5516",
        call=Call(provider="anthropic", model="claude-haiku-4-5-20251001", at=_NOW,
                  input_tokens=17_111, cache_read_tokens=17_102),
        rates=_rates("input 1, cache_read 0.1, output 5"),
    ),
    Case(
        name="cached billed as input",
        seen_in="maximhq/bifrost#904",
        call=Call(provider="openai", model="gpt-5", at=_NOW,
                  input_tokens=1_239_328, cache_read_tokens=1_188_096, output_tokens=12_909),
        rates=_rates("input 1.25, cache_read 0.125, output 10"),
    ),
    Case(
        name="OpenAI cache writes dropped",
        seen_in="laravel/ai#846",
        call=Call(provider="openai", model="gpt-5.6-luna", at=_NOW,
                  input_tokens=18_014, cache_write_tokens=18_011),
        rates=_rates("input 0.2, cache_read 0.02, cache_write 0.25, output 1.2"),
    ),
    Case(
        name="OpenAI cache writes under another name",
        seen_in="BerriAI/litellm#33772",
        call=Call(provider="openai", model="gpt-5.6-sol", at=_NOW,
                  input_tokens=12_317, cache_write_tokens=12_314, output_tokens=5),
        rates=_rates("input 4, cache_write 5, output 20"),
    ),
    Case(
        name="1h writes at the 5m rate, Opus 5",
        seen_in="can1357/oh-my-pi#6876",
        call=Call(provider="anthropic", model="claude-opus-5", at=_NOW, input_tokens=344_139,
                  cache_write_tokens=344_139, cache_write_1h_tokens=344_139),
        rates=_rates(_OPUS),
    ),
    Case(
        name="5m and 1h writes mixed",
        seen_in="earendil-works/pi#5738",
        call=Call(provider="anthropic", model="claude-opus-4-8", at=_NOW, input_tokens=1_000_000,
                  cache_write_tokens=1_000_000, cache_write_1h_tokens=400_000),
        rates=_rates(_OPUS),
    ),
    Case(
        name="1h writes at the 5m rate, Fable 5",
        seen_in="langfuse/claude-observability-plugin#34",
        call=Call(provider="anthropic", model="claude-fable-5", at=_NOW, input_tokens=37_175,
                  cache_write_tokens=37_175, cache_write_1h_tokens=37_175),
        rates=_rates("cache_write 12.5, cache_write_1h 20"),
    ),
    Case(
        name="1h writes at the 5m rate, Opus 4.8",
        seen_in="link-assistant/hive-mind#1954",
        call=Call(provider="anthropic", model="claude-opus-4-8", at=_NOW, input_tokens=71_030,
                  cache_write_tokens=71_030, cache_write_1h_tokens=71_030),
        rates=_rates(_OPUS),
    ),
    Case(
        name="cumulative counter billed again",
        seen_in="multica-ai/multica#5568",
        call=Call(provider="openai", model="gpt-5", at=_NOW,
                  input_tokens=800, cache_read_tokens=700, output_tokens=65),
        rates=_rates("input 1.25, cache_read 0.125, output 10"),
    ),
    # --- context tiers ----------------------------------------------------------------------------
    Case(
        name="long-context tier ignored",
        seen_in="NousResearch/hermes-agent#93678",
        call=Call(provider="google", model="gemini-3.1-pro-preview", at=_NOW, input_tokens=250_000),
        rates=_rates("input 4"),
    ),
    Case(
        name="one token below an inclusive threshold",
        seen_in="pydantic/genai-prices#583",
        call=Call(provider="xai", model="grok-4.3", at=_NOW,
                  input_tokens=199_999, output_tokens=1_000),
        rates=_rates("input 1.25, output 2.5"),
    ),
    Case(
        name="exactly at an exclusive threshold",
        seen_in="Google's price page",
        call=Call(provider="google", model="gemini-2.5-pro", at=_NOW,
                  input_tokens=200_000, output_tokens=1_000),
        rates=_rates("input 1.25, output 10"),
    ),
    Case(
        name="one token above an exclusive threshold",
        seen_in="Google's price page",
        call=Call(provider="google", model="gemini-2.5-pro", at=_NOW,
                  input_tokens=200_001, output_tokens=1_000),
        rates=_rates("input 2.5, output 15"),
    ),
    # --- reasoning and streams: counts that were read wrongly, priced as they should have been ----
    Case(
        name="reasoning added to completion",
        seen_in="anomalyco/opencode#17566",
        call=Call(provider="openai", model="gpt-5.4-pro", at=_NOW,
                  input_tokens=14_746, output_tokens=1_944),
        rates=_rates("input 30, output 180"),
    ),
    Case(
        name="reasoning outside completion dropped",
        seen_in="Wei-Shaw/sub2api#5771",
        call=Call(provider="xai", model="grok-4.20", at=_NOW,
                  input_tokens=10_120, cache_read_tokens=128, output_tokens=4_308),
        rates=_rates("input 1.25, cache_read 0.2, output 2.5"),
    ),
    Case(
        name="reasoning not billed",
        seen_in="agentjido/req_llm#198",
        call=Call(provider="xai", model="grok-4", at=_day("2025-11-01"),
                  input_tokens=1_000, output_tokens=5_500),
        rates=_rates("input 3, output 15"),
        past=True,
    ),
    Case(
        name="stream chunks summed",
        seen_in="tensorzero/tensorzero#5481",
        call=Call(provider="anthropic", model="claude-sonnet-4-5-20250929", at=_NOW,
                  input_tokens=25, output_tokens=15),
        rates=_rates(_SONNET),
    ),
    Case(
        name="partial chunk kept",
        seen_in="ccusage/ccusage#901",
        call=Call(provider="anthropic", model="claude-sonnet-4-5-20250929", at=_NOW,
                  output_tokens=159),
        rates=_rates(_SONNET),
    ),
    # --- service tiers and regions ----------------------------------------------------------------
    Case(
        name="priority as default, GPT-4o mini",
        seen_in="BerriAI/litellm#37046",
        call=Call(provider="openai", model="gpt-4o-mini", at=_NOW, service_tier="priority",
                  input_tokens=9, output_tokens=2),
        rates=_rates("input 0.25, output 1"),
    ),
    Case(
        name="priority as default, GPT-4.1",
        seen_in="BerriAI/litellm#37046",
        call=Call(provider="openai", model="gpt-4.1", at=_NOW, service_tier="priority",
                  input_tokens=9, output_tokens=1),
        rates=_rates("input 3.5, output 14"),
    ),
    Case(
        name="priority as default, GPT-4.1 mini",
        seen_in="BerriAI/litellm#37046",
        call=Call(provider="openai", model="gpt-4.1-mini", at=_NOW, service_tier="priority",
                  input_tokens=9, output_tokens=1),
        rates=_rates("input 0.7, output 2.8"),
    ),
    Case(
        name="fast at 2 times instead of 2.5",
        seen_in="ding113/claude-code-hub#1191",
        call=Call(provider="openai", model="gpt-5.5", at=_NOW, service_tier="priority",
                  input_tokens=209_179, cache_read_tokens=204_160, output_tokens=536),
        rates=_rates("input 5, cache_read 0.5, output 30"),
        times="2.5",
    ),
    Case(
        name="Vertex flex as standard",
        seen_in="BerriAI/litellm#37724",
        call=Call(provider="vertex", model="gemini-3.5-flash", at=_NOW, service_tier="flex",
                  input_tokens=7, output_tokens=205),
        rates=_rates("input 0.75, output 4.5"),
    ),
    Case(
        name="Bedrock in a region at the global rate",
        seen_in="BerriAI/litellm#42679",
        call=Call(provider="bedrock", model="anthropic.claude-sonnet-4-6", at=_NOW,
                  region="us-east-1", input_tokens=100_000),
        rates=_rates("input 3"),
        times="1.1",
    ),
    # --- names and dates --------------------------------------------------------------------------
    Case(
        name="taken for a longer name's prefix",
        seen_in="HKUDS/DeepTutor#1492",
        call=Call(provider="openai", model="gpt-4o-mini", at=_NOW,
                  input_tokens=1_000, output_tokens=1_000),
        rates=_rates("input 0.15, output 0.6"),
    ),
    Case(
        # by xAI's model list grok-build-0.1 serves it; by the notice grok-4.3, at 0.00535
        name="a retired id, served by its successor",
        seen_in="litellm 1.109.1's entry",
        call=Call(provider="xai", model="grok-code-fast-1", at=_NOW,
                  input_tokens=10_000, cache_read_tokens=8_000, output_tokens=500),
        rates=_rates("input 1, cache_read 0.2, output 2"),
    ),
)  # fmt: skip
