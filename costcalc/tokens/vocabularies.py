"""The public vocabularies that ship with the package, and the tiktoken encodings made of them.

`tiktoken.get_encoding` fetches a vocabulary over the network, without a time limit, whenever its
cache has none (openai/tiktoken#281, #287). Here the ranks come out of the package: nothing is
fetched, nothing is registered with tiktoken, and its cache is neither set nor written.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from itertools import chain
from threading import Lock
from types import MappingProxyType

from costcalc.errors import TokenizerUnavailableError, UsageError, nearest_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tiktoken import Encoding

__all__ = ["DATA", "VOCABULARIES", "Vocabulary", "encoding", "ranks", "unpacked", "vocabulary"]

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
"""The folder of the packed vocabularies."""

# The patterns that cut text into pieces, and the special tokens below, are those of
# https://github.com/openai/tiktoken/blob/0.14.0/tiktoken_ext/openai_public.py
_R50K_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"
_CL100K_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_O200K_PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

_END_OF_TEXT = "<|endoftext|>"
_END_OF_PROMPT = "<|endofprompt|>"
_FILL_IN = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")
_HARMONY = {
    "<|startoftext|>": 199_998,
    "<|return|>": 200_002,
    "<|constrain|>": 200_003,
    "<|channel|>": 200_005,
    "<|start|>": 200_006,
    "<|end|>": 200_007,
    "<|message|>": 200_008,
    "<|call|>": 200_012,
    _END_OF_PROMPT: 200_018,
}
# Harmony reserves the numbers around those that it names; 200018 is reserved and named.
_RESERVED = {
    f"<|reserved_{rank}|>": rank
    for rank in (200_000, 200_001, 200_004, *range(200_009, 200_012), *range(200_013, 201_088))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What makes one of the public vocabularies: its tokens, its pattern and its special tokens."""

    name: str
    """The name that tiktoken gives the encoding."""
    base: str
    """The vocabulary with the same tokens and pattern: plain text has the same ids in both."""
    split: str
    """Which pattern cuts text into pieces: r50k, cl100k or o200k."""
    pattern: str
    """That pattern, in the syntax of tiktoken's engine."""
    packed: str
    """The packed file in `DATA`."""
    packed_tokens: int
    """How many tokens the packed file has; the vocabulary may be the first of them."""
    tokens: int
    """How many tokens the vocabulary has, special ones aside."""
    skipped: int | None = None
    """The rank that is left out, as it is that of a special token."""
    sha256: str
    """Digest of the published text, of lines `base64(token) rank`."""
    special_tokens: Mapping[str, int]
    """Special tokens, which plain text never becomes."""

    @property
    def url(self) -> str:
        """Where the text is published; the name of its copy in tiktoken's cache comes from it."""
        return f"https://openaipublic.blob.core.windows.net/encodings/{self.base}.tiktoken"

    @property
    def ranks(self) -> Iterable[int]:
        """Ranks in the order of the tokens."""
        if self.skipped is None:
            return range(self.tokens)
        return chain(range(self.skipped), range(self.skipped + 1, self.tokens + 1))


_O200K = Vocabulary(
    name="o200k_base",
    base="o200k_base",
    split="o200k",
    pattern=_O200K_PATTERN,
    packed="o200k.gz",
    packed_tokens=199_998,
    tokens=199_998,
    sha256="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    special_tokens={_END_OF_TEXT: 199_999, _END_OF_PROMPT: 200_018},
)
_CL100K = Vocabulary(
    name="cl100k_base",
    base="cl100k_base",
    split="cl100k",
    pattern=_CL100K_PATTERN,
    packed="cl100k.gz",
    packed_tokens=100_256,
    tokens=100_256,
    sha256="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    special_tokens={
        _END_OF_TEXT: 100_257,
        **dict(zip(_FILL_IN, range(100_258, 100_261), strict=True)),
        _END_OF_PROMPT: 100_276,
    },
)
_P50K = Vocabulary(
    name="p50k_base",
    base="p50k_base",
    split="r50k",
    pattern=_R50K_PATTERN,
    packed="p50k.gz",
    packed_tokens=50_280,
    tokens=50_280,
    skipped=50_256,
    sha256="94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
    special_tokens={_END_OF_TEXT: 50_256},
)
_R50K = replace(  # p50k is r50k and 24 runs of spaces
    _P50K,
    name="r50k_base",
    base="r50k_base",
    tokens=50_256,
    skipped=None,
    sha256="306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
)
_FILL_IN_OF_P50K = dict(zip(_FILL_IN, range(50_281, 50_284), strict=True))

VOCABULARIES: Mapping[str, Vocabulary] = MappingProxyType(
    {
        each.name: each
        for each in (
            _O200K,
            replace(
                _O200K,
                name="o200k_harmony",
                special_tokens={**_O200K.special_tokens, **_HARMONY, **_RESERVED},
            ),
            _CL100K,
            _P50K,
            replace(
                _P50K,
                name="p50k_edit",
                special_tokens={**_P50K.special_tokens, **_FILL_IN_OF_P50K},
            ),
            _R50K,
            replace(_R50K, name="gpt2"),
        )
    }
)
"""The vocabularies by tiktoken's names; seven of them, in three files."""

_encodings: dict[str, Encoding] = {}
_building = Lock()


def vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary by its name."""
    found = VOCABULARIES.get(name) if isinstance(name, str) else None  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
    if found is None:
        near = nearest_names(str(name), VOCABULARIES, alike=0.4)
        named = f"nearest: {', '.join(map(repr, near))}; " if near else ""
        msg = f"unknown vocabulary {name!r}; {named}known: {', '.join(VOCABULARIES)}"
        raise UsageError(msg, name=name)
    return found


def encoding(name: str) -> Encoding:
    """Return tiktoken's encoding of a vocabulary; built at its first use, once a process."""
    wanted = vocabulary(name)
    found = _encodings.get(name)
    if found is None:
        with _building:
            found = _encodings.get(name)  # another thread may have built it meanwhile
            if found is None:
                found = _encodings[name] = _built(wanted)
    return found


def _built(wanted: Vocabulary) -> Encoding:
    try:
        from tiktoken import Encoding
    except ImportError as error:
        raise TokenizerUnavailableError(
            wanted.name,
            f"tiktoken cannot be imported ({error})",
            "install it: pip install tiktoken",
        ) from error
    return Encoding(
        wanted.name,
        pat_str=wanted.pattern,
        mergeable_ranks=ranks(wanted.name),
        special_tokens=dict(wanted.special_tokens),
    )


def ranks(name: str) -> dict[bytes, int]:
    """Return the tokens of a vocabulary and their ranks, special tokens aside."""
    wanted = vocabulary(name)
    found = unpacked(wanted, DATA) or _from_cache(wanted)
    if found is None:
        raise TokenizerUnavailableError(
            name,
            f"its file {os.path.join(DATA, wanted.packed)!r} is missing or damaged",
            "install costcalc again, or set TIKTOKEN_CACHE_DIR to a folder where tiktoken keeps it",
        )
    return found


def unpacked(wanted: Vocabulary, folder: str) -> dict[bytes, int] | None:
    """Return what a packed file holds of a vocabulary; None where it is missing or damaged.

    The file is the length of each token, a byte each, and then all tokens, in the order of their
    ranks. gzip's own checksum tells damage, at no extra cost.
    """
    import zlib
    from io import BytesIO

    try:
        with open(os.path.join(folder, wanted.packed), "rb") as file:
            held = zlib.decompress(file.read(), wbits=16 + zlib.MAX_WBITS)
    except (OSError, zlib.error):
        return None
    tokens = BytesIO(held)
    tokens.seek(wanted.packed_tokens)
    lengths = held[: wanted.tokens]
    # reading a buffer token by token takes half the time of slicing it
    found = dict(zip(map(tokens.read, lengths), wanted.ranks, strict=False))
    return found if len(found) == wanted.tokens else None


def _from_cache(wanted: Vocabulary) -> dict[bytes, int] | None:
    """Read a vocabulary from the cache folder that the user gave tiktoken, if it is there whole.

    https://github.com/openai/tiktoken/blob/0.14.0/tiktoken/load.py names folder and file.
    """
    from base64 import b64decode
    from hashlib import sha1, sha256

    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if not folder:
        return None
    name = sha1(wanted.url.encode(), usedforsecurity=False).hexdigest()
    try:
        with open(os.path.join(folder, name), "rb") as file:
            text = file.read()
    except OSError:
        return None
    if sha256(text).hexdigest() != wanted.sha256:
        return None
    pairs = (line.split() for line in text.splitlines())
    return {b64decode(token): int(rank) for token, rank in pairs}
