"""The call that counts: `count_tokens(content, model)`, and its plural for many texts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from costcalc.errors import TokenizerUnavailableError, UsageError
from costcalc.registry.current import check_registry, current
from costcalc.registry.registry import Registry
from costcalc.tokens.token_count import TokenCount, TokenPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from costcalc.registry.cards import ModelInfo
    from costcalc.tokens.content import Prompt

__all__ = ["UNKNOWN_FAMILY", "Counter", "count_texts", "count_tokens", "counter_for"]

UNKNOWN_FAMILY = "unknown"
"""Calibration of models whose tokenizer nobody outside their maker has."""
_ANY_VOCABULARY = "o200k_base"  # whose cuts change hardly any number in other vocabularies, too
_TORN = 8  # tokens by which a cut within a word may change a count; none seen above 4
_SAMPLE = "sample"
_MOST_KEPT = 1000
_MOST_MADE = 4096
_kept: tuple[Registry | None, dict[tuple[str | None, str | None], Counter]] = (None, {})


def count_tokens(
    content: Any,
    model: str | None = None,
    *,
    provider: str | None = None,
    tokenizer: Any = None,
    tools: Any = None,
    tool_choice: Any = None,
    response_format: Any = None,
    system: Any = None,
    registry: Registry | None = None,
) -> TokenCount:
    """Return how many input tokens a content has for a model, offline.

    `content` is text; a list of messages or a whole request in the shape of OpenAI, Anthropic or
    Gemini; an `Image`, `Audio`, `Video` or `Document`; a list of texts and these; a `PathLike` or
    an open file, which is not read whole. Text alone is counted as it is; messages get the tokens
    that the model's API puts around them. `tools`, `tool_choice`, `response_format` and `system`
    are those of a request, where the content does not hold them.

    The registry says the model's tokenizer. `tokenizer` replaces it: the name of a vocabulary or a
    calibration, a `Calibration`, a callable from text to a count, or a tokenizer object with
    `encode`; with it, `model` may be left out.

    Raises `UnknownModelError` and `AmbiguousModelError` for the model, `UsageError` for what cannot
    be counted, and `TokenizerUnavailableError` where a package that reads a file is not installed.
    """
    prices = registry if registry is not None else current()
    kept, counters = _kept
    try:  # what `_counter` does first, without its call: that is one per cent of a short text
        counter = counters[model, provider] if kept is prices and tokenizer is None else None
    except (KeyError, TypeError):
        counter = None
    if counter is None:
        counter = _counter(prices, model, provider, tokenizer)
    exact = counter.exact
    if (
        exact is not None
        and type(content) is str
        and tools is None
        and tool_choice is None
        and response_format is None
        and system is None
    ):
        return counter.exactly[exact(content)]
    return counter.count(
        content,
        tools=tools,
        tool_choice=tool_choice,
        response_format=response_format,
        system=system,
    )


def count_texts(
    texts: Iterable[str],
    model: str | None = None,
    *,
    provider: str | None = None,
    tokenizer: Any = None,
    registry: Registry | None = None,
) -> list[TokenCount]:
    """Return the count of each of many texts, with the model looked up once.

    The arguments and errors are those of `count_tokens`; a text that is no `str` is `UsageError`.
    """
    if isinstance(texts, str | Mapping) or not isinstance(texts, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        kind = type(texts).__name__
        msg = (
            f"count_texts takes many texts, such as a list, not {kind}; count one with count_tokens"
        )
        raise UsageError(msg, kind=kind)
    prices = registry if registry is not None else current()
    counter = _counter(prices, model, provider, tokenizer)
    exact, exactly = counter.exact, counter.exactly
    found: list[TokenCount] = []
    for text in texts:
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"text {len(found) + 1} is {type(text).__name__}, and a text is a str"
            raise UsageError(msg, text=text)
        found.append(counter.count(text) if exact is None else exactly[exact(text)])
    return found


def _counter(prices: Registry, model: str | None, provider: str | None, tokenizer: Any) -> Counter:
    """Return a counter; a model's own is kept for as long as the same registry is asked."""
    global _kept  # noqa: PLW0603 - replaced as a whole, so that threads need no lock
    kept, counters = _kept
    if kept is prices and tokenizer is None:
        with suppress(KeyError, TypeError):
            return counters[model, provider]
    if model is None and tokenizer is None:
        msg = "counting needs a model, or tokenizer= with a vocabulary such as 'o200k_base'"
        raise UsageError(msg)
    check_registry(prices)
    info = None if model is None else _model(prices, model, provider)
    counter = counter_for(info, tokenizer)
    if tokenizer is None:
        if kept is not prices or len(counters) >= _MOST_KEPT:
            counters = {}
        counters[model, provider] = counter
        _kept = (prices, counters)
    return counter


def _model(prices: Registry, model: str, provider: str | None) -> ModelInfo:
    if not isinstance(model, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"model is a model's name, not {model!r}"
        raise UsageError(msg, model=model)
    return prices.model(model, provider=provider)


class _Exactly(dict[int, TokenCount]):
    """The values of exact counts by their tokens, which short texts share: making one is slow."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __missing__(self, tokens: int) -> TokenCount:
        count = TokenCount(tokens, tokens, tokens, "exact", self._name)
        if tokens < _MOST_MADE:
            self[tokens] = count
        return count


class Counter:
    """What counts for one model, or by one tokenizer: looked up once, used for any content."""

    __slots__ = ("_family", "_media", "_model", "_part", "_vocabulary", "exact", "exactly", "name")

    def __init__(
        self,
        name: str,
        part: Callable[[str], TokenPart],
        info: ModelInfo | None,
        *,
        family: str,
        exact: Callable[[str], int] | None = None,
        vocabulary: str | None = None,
    ) -> None:
        self.name = name
        """Of the vocabulary, the calibration or the tokenizer."""
        self.exact = exact
        """Counter of a text where its count is exact; None elsewhere."""
        self.exactly = _Exactly(name)
        """The value of an exact count of a text, by its tokens."""
        self._part = part
        self._family = family
        self._vocabulary = vocabulary
        self._model = None if info is None else info.id
        self._media = None if info is None else info.media

    def count(self, content: Any, **request: Any) -> TokenCount:
        """Return the count of a content, with the parts of a request that stand beside it."""
        plain = all(each is None for each in request.values())
        if plain and self.exact is not None and isinstance(content, str):
            return self.exactly[self.exact(content)]
        if isinstance(content, os.PathLike) or hasattr(content, "read"):
            from costcalc.tokens.attachments import opened

            content = opened(content)
            if isinstance(content, Iterator):
                if plain:
                    return TokenCount.of((self._streamed(content),), self.name)
                content = "".join(content)
        from costcalc.tokens.content import read

        return self._counted(read(content, **request))

    def marked(self, content: Any, **request: Any) -> TokenCount | None:
        """Return the count of what a request marks to be cached; None where it marks nothing."""
        if isinstance(content, os.PathLike) or hasattr(content, "read"):
            return None
        from costcalc.tokens.content import read

        prompt = read(content, **request).cached
        return None if prompt is None else self._counted(prompt)

    def _counted(self, prompt: Prompt) -> TokenCount:
        from costcalc.tokens.messages import counted

        parts = counted(prompt, self._family, self._part, self._medium, model=self._model)
        return TokenCount.of(parts, self.name)

    def _streamed(self, chunks: Iterator[str]) -> TokenPart:
        """Return the count of a text that comes in chunks."""
        from costcalc.tokens.streams import pieces

        last: TokenPart | None = None
        tokens = low = high = 0
        torn = 0  # cuts that may have changed the number
        is_exact = True
        for piece, next_is_exact in pieces(chunks, self._vocabulary or _ANY_VOCABULARY):
            torn += last is not None and not (is_exact and self._vocabulary is not None)
            last, is_exact = self._part(piece), next_is_exact
            tokens, low, high = tokens + last.tokens, low + last.low, high + last.high
        if last is None:
            return self._part("")
        return TokenPart(
            what="text",
            tokens=tokens,
            low=low - torn * _TORN,
            high=high + torn * _TORN,
            method="calibrated" if torn and last.method == "exact" else last.method,
            note=last.note,
        )

    def _medium(self, medium: Any) -> TokenPart:
        """Return the tokens of an image, a sound, a video or a document."""
        from costcalc.tokens.attachments import counted

        return counted(medium, self._media, self._model, self._part)


def counter_for(info: ModelInfo | None, tokenizer: Any) -> Counter:
    """Return the counter of a model, or of a tokenizer that replaces the model's own.

    Messages keep the frame of the model; without a model, of the tokenizer's family.
    """
    family = UNKNOWN_FAMILY if info is None else info.tokenizer or UNKNOWN_FAMILY
    if tokenizer is None:
        return _named(family, family, info)
    if isinstance(tokenizer, str):
        return _named(tokenizer, tokenizer if info is None else family, info)
    from costcalc.tokens.calibration import Calibration

    if isinstance(tokenizer, Calibration):
        base = tokenizer.base
        return Counter(tokenizer.name, tokenizer.count, info, family=family, vocabulary=base)
    from costcalc.tokens.plugins import plugged

    count, name = plugged(tokenizer)
    return Counter(name, _exact_part(count), info, family=family, exact=count)


def _named(name: str, family: str, info: ModelInfo | None) -> Counter:
    """Return the counter of a public vocabulary or of a bundled calibration."""
    from costcalc.tokens.vocabularies import VOCABULARIES

    try:
        if name in VOCABULARIES:
            from costcalc.tokens.text import counter

            count = counter(name)
            part = _exact_part(count)
            return Counter(name, part, info, family=family, exact=count, vocabulary=name)
        from costcalc.tokens.calibration import bundled

        found = bundled(name)
        found.count(_SAMPLE)  # its vocabulary is there
        return Counter(name, found.count, info, family=family, vocabulary=found.base)
    except TokenizerUnavailableError:
        # a damaged installation still gives an honest range, and says that it is one
        from costcalc.tokens.calibration import by_characters

        return Counter("characters", by_characters, info, family=family)


def _exact_part(count: Callable[[str], int]) -> Callable[[str], TokenPart]:
    """Return a counter of texts that gives parts."""

    def part(text: str) -> TokenPart:
        tokens = count(text)
        return TokenPart(what="text", tokens=tokens, low=tokens, high=tokens, method="exact")

    return part
