"""The tokens of a prompt for one family of models: its texts, and what the API puts around them.

One function, `counted`, gives all parts. The caller brings the two counters that know the model:
one of a text, one of a medium. Whatever shape the prompt was written in, the frame is that of the
family, so that one prompt can be compared across makers.
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.tokens.content import (
    Audio,
    Document,
    Image,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Video,
)
from costcalc.tokens.contents.fields import compact
from costcalc.tokens.extras import extras
from costcalc.tokens.frames import frame_of
from costcalc.tokens.sums import Sum
from costcalc.tokens.token_count import TokenPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from costcalc.tokens.content import Message, Part, Prompt
    from costcalc.tokens.frames import Calls, Frame

    TextCounter = Callable[[str], TokenPart]
    MediaCounter = Callable[[Image | Audio | Video | Document], TokenPart]

__all__ = ["counted"]


def counted(
    prompt: Prompt,
    family: str,
    text_counter: TextCounter,
    media_counter: MediaCounter,
    *,
    model: str | None = None,
) -> tuple[TokenPart, ...]:
    """Return the parts of a prompt's count; they sum to what the model is sent.

    `text` is all that people and models wrote, names and arguments of calls included; `frame` what
    the API writes around messages and calls; `tools`, `tool_choice` and `schema` what a request
    adds; then each medium as `media_counter` has it. `text_counter` counts one text and is asked
    once for each. `model` decides where models of one tokenizer have rules of their own.
    """
    count = _Counting(frame_of(family, model), text_counter, media_counter)
    for message in prompt.messages:
        count.message(message, framed=prompt.framed)
    parts = [count.text.part("text")]
    if prompt.framed:
        parts.append(count.frame_part())
    parts.extend(extras(prompt, count.frame, text_counter, family, model))
    return (*parts, *count.media)


_SIDES = {"system": "system", "developer": "system", "assistant": "assistant", "tool": "tool",
          "function": "tool"}  # fmt: skip


def _side(role: str) -> str:
    return _SIDES.get(role, "user")


class _Counting:
    """What a prompt's messages come to, part by part."""

    def __init__(self, frame: Frame, text: TextCounter, media: MediaCounter) -> None:
        self.frame = frame
        self.text = Sum()
        self.media: list[TokenPart] = []
        self.calls = Sum()
        self._turns: list[str] = []
        self._named = 0
        self.count = text
        self._medium = media

    def message(self, message: Message, *, framed: bool) -> None:
        """Add a message; a tool's result within a user's message is a turn where it has its own."""
        if message.name is not None:
            self._named += 1
            self.text.add(self.count(message.name))
        calls = 0
        for part in message.parts:
            if isinstance(part, ToolUse):
                self._called(part, self.frame.calls, more=calls > 0, framed=framed)
                calls += 1
            else:
                self._add(part, framed=framed)
        self._turns.extend(self._sides(message))

    def _sides(self, message: Message) -> Iterator[str]:
        side = _side(message.role)
        results = sum(isinstance(part, ToolResult) for part in message.parts)
        if self.frame.tool is None or not results:
            yield "user" if side == "tool" else side
            return
        yield from ["tool"] * results
        if results < len(message.parts):
            yield side

    def _add(self, part: Part, *, framed: bool) -> None:
        if isinstance(part, Text):
            self.text.add(self.count(part.text))
        elif isinstance(part, Thinking):
            self._thought(part)
        elif isinstance(part, ToolResult):
            if framed:
                self.calls.plain(self.frame.calls.result, low=2, high=2)
                self.calls.note(self.frame.calls.rule, "calibrated")
            for within in part.parts:
                self._add(within, framed=framed)
        elif isinstance(part, Image | Audio | Video | Document):
            self.media.append(self._medium(part))
        elif isinstance(part, ToolUse):
            self._called(part, self.frame.calls, more=False, framed=framed)
        else:
            self.text.add(_unseen(part.what, part.size))

    def _called(self, call: ToolUse, rule: Calls, *, more: bool, framed: bool) -> None:
        name = self.count(call.name)
        self.text.add(name)
        arguments = _object(call.arguments) if rule.argument is not None else None
        if arguments is None:
            given = call.arguments
            said = given if isinstance(given, str) else compact(given, f"arguments of {call.name}")
            self.text.add(self.count(said))
        for key, value in (arguments or {}).items():
            self.text.add(self.count(key))
            self.text.add(
                self.count(value if isinstance(value, str) else compact(value, "an argument"))
            )
        if framed:
            self.calls.add(name, rule.names - 1)
            around = rule.call + (rule.argument or 0) * len(arguments or {})
            extra = 4 if more else 0  # further calls of one message stand in messages of their own
            self.calls.plain(around + extra, low=rule.low + extra, high=rule.high + extra)
            self.calls.note(rule.rule, "calibrated")

    def _thought(self, part: Thinking) -> None:
        """Add thinking, which some models are not shown again once the turn is over.

        https://platform.claude.com/docs/en/build-with-claude/token-counting
        """
        said = self.count(part.text) if part.text else None
        hidden = _unseen("thinking", part.unseen)
        tokens = hidden.tokens + (said.tokens if said else 0)
        self.text.add(
            TokenPart(
                what="text",
                tokens=tokens,
                low=0,
                high=hidden.high + (said.high if said else 0),
                method="heuristic" if part.unseen else "calibrated",
                note="thinking is not counted where the model is not shown it again",
            )
        )

    def frame_part(self) -> TokenPart:
        """Return what the API writes around the messages and calls."""
        frame = self.frame
        total = Sum(frame.method)
        turns = _merged(self._turns) if frame.merged else self._turns
        around = {
            "system": frame.system,
            "user": frame.user,
            "assistant": frame.assistant,
            "tool": frame.tool or frame.user,
        }
        answered = frame.merged and turns[-1:] == ["assistant"]
        tokens = frame.start + sum(around[turn] for turn in turns) + self._named * frame.named
        tokens += 0 if answered else frame.reply
        tokens += frame.unprompted if "system" not in turns else 0
        total.plain(
            tokens,
            low=frame.low[0] + frame.low[1] * len(turns),
            high=frame.high[0] + frame.high[1] * len(turns),
        )
        total.notes[frame.rule] = None
        total.add_all(self.calls)
        return total.part("frame")


def _merged(turns: list[str]) -> list[str]:
    """Return turns with those of one side in a row as one; system prompts stay what they are."""
    return [turn for place, turn in enumerate(turns) if place == 0 or turns[place - 1] != turn]


def _object(arguments: str | Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return arguments as an object; None where they are none."""
    if not isinstance(arguments, str):
        return arguments
    import json

    try:
        found = json.loads(arguments) if arguments else {}
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _unseen(what: str, size: int) -> TokenPart:
    """Return a guess of what stands encrypted: about a token for 12 characters of base64."""
    tokens = size // 12
    note = f"encrypted {what}: its size tells little" if size else ""
    method = "heuristic" if size else "exact"
    return TokenPart(what="text", tokens=tokens, low=0, high=size // 4, method=method, note=note)
