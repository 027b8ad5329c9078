"""Groq's chat completions: OpenAI's shape, with the times of the request beside the counts.

https://console.groq.com/docs/api-reference and the types of the groq SDK 1.7; reasoning is a part
of the completion.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses.openai import CHAT as OPENAI_CHAT

__all__ = ["CHAT"]

CHAT = replace(
    OPENAI_CHAT,
    name="groq-chat",
    provider="groq",
    marks=("prompt_tokens & queue_time", "prompt_tokens & prompt_time"),
    signs={"x_groq": "*"},
    refine=None,
)
