"""What people send to an API, as countable parts: texts, media and tool calls in messages.

`read` takes what OpenAI, Anthropic and Gemini take, in their own shapes, and gives one `Prompt`, so
that one prompt can be counted for any model. `Image`, `Audio`, `Video` and `Document` stand for
media whose size is known without their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from costcalc.errors import UsageError
from costcalc.tokens.contents.fields import shown
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeAlias

__all__ = [
    "DETAILS",
    "ROLES",
    "Audio",
    "Document",
    "Image",
    "Message",
    "Part",
    "Prompt",
    "Schema",
    "Text",
    "Thinking",
    "Tool",
    "ToolChoice",
    "ToolResult",
    "ToolUse",
    "Unseen",
    "Video",
    "read",
]

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
"""Roles of a message; Gemini's `model` is read as `assistant`."""
DETAILS = ("auto", "low", "medium", "high", "ultra_high", "original")
"""Resolutions that a request may ask for: OpenAI's `detail` and Gemini's `media_resolution`."""


_MOST = 10**9
"""Most pixels, pages, seconds and frames; beyond it a number is no size but a mistake."""


def _whole(what: str, number: object, unit: str) -> None:
    if number is not None and (type(number) is not int or not 1 <= number <= _MOST):
        msg = (
            f"{what} is a whole number of {unit} from 1 to 10**9, or None if unknown, "
            f"not {shown(number)}"
        )
        raise UsageError(msg, number=number)


def _positive(what: str, number: Any) -> None:
    if number is None:
        return
    plain = isinstance(number, int | float) and not isinstance(number, bool)
    if not plain or not 0 < number <= _MOST:  # NaN is refused here, too
        msg = f"{what} is a number above 0 and up to 10**9, or None if unknown, not {shown(number)}"
        raise UsageError(msg, number=number)


def _data(what: str, data: object) -> None:
    if data is not None and not isinstance(data, bytes):
        msg = f"the data of {what} is bytes, not {type(data).__name__}; read the file in mode 'rb'"
        raise UsageError(msg, kind=type(data).__name__)


def _detail(what: str, detail: object) -> None:
    if detail is not None and detail not in DETAILS:
        msg = f"the detail of {what} is one of {', '.join(DETAILS)}, not {detail!r}"
        raise UsageError(msg, detail=detail)


class _Medium(Value):
    """A value that may hold bytes; JSON has them in base64."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {
        "extra": "forbid",
        "ser_json_bytes": "base64",
        "val_json_bytes": "base64",
    }


@dataclass(frozen=True, slots=True)
class Image(_Medium):
    """An image, by its size in pixels or by its bytes."""

    width: int | None = None
    """Pixels across; None where it is to be read from the data, or unknown."""
    height: int | None = None
    """Pixels down; None where it is to be read from the data, or unknown."""
    detail: str | None = None
    """Resolution that the request asks for, one of `DETAILS`; None is the API's default."""
    data: bytes | None = field(default=None, repr=False)
    """The file's bytes, where the content has them."""

    def __post_init__(self) -> None:
        """Refuse sizes that are none."""
        _whole("the width of an image", self.width, "pixels")
        _whole("the height of an image", self.height, "pixels")
        if (self.width is None) != (self.height is None):
            msg = f"an image has a width and a height: {self.width!r} x {self.height!r} is half"
            raise UsageError(msg, width=self.width, height=self.height)
        _detail("an image", self.detail)
        _data("an image", self.data)


@dataclass(frozen=True, slots=True)
class Audio(_Medium):
    """A sound, by its length or by its bytes."""

    seconds: float | None = None
    """Its length; None where it is to be read from the data, or unknown."""
    data: bytes | None = field(default=None, repr=False)
    """The file's bytes, where the content has them."""

    def __post_init__(self) -> None:
        """Refuse lengths that are none."""
        _positive("the seconds of a sound", self.seconds)
        _data("a sound", self.data)


@dataclass(frozen=True, slots=True)
class Video(_Medium):
    """A video with its sound, by its length or by its bytes."""

    seconds: float | None = None
    """Its length; None where it is to be read from the data, or unknown."""
    fps: float | None = None
    """Frames a second that the request asks to look at; None is the API's default."""
    detail: str | None = None
    """Resolution that the request asks for, one of `DETAILS`; None is the API's default."""
    data: bytes | None = field(default=None, repr=False)
    """The file's bytes, where the content has them."""

    def __post_init__(self) -> None:
        """Refuse lengths that are none."""
        _positive("the seconds of a video", self.seconds)
        _positive("the frames a second of a video", self.fps)
        _detail("a video", self.detail)
        _data("a video", self.data)


@dataclass(frozen=True, slots=True)
class Document(_Medium):
    """A PDF, by its pages and their text or by its bytes."""

    pages: int | None = None
    """How many; None where it is to be read from the data, or unknown."""
    text: str | None = field(default=None, repr=False)
    """What stands on them; None where it is to be read from the data, or unknown."""
    data: bytes | None = field(default=None, repr=False)
    """The file's bytes, where the content has them."""

    def __post_init__(self) -> None:
        """Refuse page counts that are none."""
        _whole("the pages of a document", self.pages, "pages")
        if self.text is not None and not isinstance(self.text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"the text of a document is a str, not {type(self.text).__name__}"
            raise UsageError(msg, kind=type(self.text).__name__)
        _data("a document", self.data)


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is sent."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a model thought in an earlier turn and is sent again."""

    text: str
    """As far as it is shown."""
    unseen: int = 0
    """Characters of the encrypted form that stands for what is not shown."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of a tool that the model made in an earlier turn."""

    name: str
    arguments: str | Mapping[str, Any]
    """JSON text or the object that it means, as the content has it."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Content of the provider's own that is sent again in a form that only it can read."""

    what: str
    size: int
    """Characters of that form."""


Part: TypeAlias = (
    "Text | Thinking | ToolUse | ToolResult | Unseen | Image | Audio | Video | Document"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    """One of `ROLES`."""
    parts: tuple[Part, ...]
    name: str | None = None
    """The participant's name, where the message states one."""
    cached: int = 0
    """How many of its parts its last cache breakpoint covers; 0 without one."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the model may call."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] | None = None
    """JSON schema of its arguments."""
    kind: str = "function"
    """`function`, `custom` (free text in), or the type of a tool that the provider defines."""
    cached: bool = False
    """Whether a cache breakpoint stands on it."""


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether the model must call a tool."""

    mode: str
    """`auto`, `none`, `any` or `tool`."""
    name: str | None = None
    """The tool that it must call."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The form that the answer must have."""

    schema: Mapping[str, Any] | None
    """JSON schema; None where any JSON will do."""
    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a request sends to the model."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    response_format: Schema | None = None
    shape: str = "messages"
    """`text`, `parts`, or the key that held the messages: messages, input, contents."""

    @property
    def framed(self) -> bool:
        """Whether the API puts tokens around it: a bare text or bare parts are counted alone."""
        return self.shape not in ("text", "parts")

    @property
    def cached(self) -> Prompt | None:
        """What stands before the last cache breakpoint, or None without one.

        https://platform.claude.com/docs/en/build-with-claude/prompt-caching: the order is tools,
        system, messages, and a breakpoint covers all that stands before it.
        """
        for place in range(len(self.messages) - 1, -1, -1):
            last = self.messages[place]
            if last.cached:
                kept = (*self.messages[:place], replace(last, parts=last.parts[: last.cached]))
                return replace(self, messages=kept, response_format=None)
        for place in range(len(self.tools) - 1, -1, -1):
            if self.tools[place].cached:
                return replace(
                    self, messages=(), tools=self.tools[: place + 1], response_format=None
                )
        return None


def read(
    content: Any,
    *,
    tools: Any = None,
    tool_choice: Any = None,
    response_format: Any = None,
    system: Any = None,
) -> Prompt:
    """Return what a content says, typed; the caller's objects are neither changed nor kept open.

    `content` is a text, a list of messages, a whole request, one message, one part, one of our
    media values, a list of texts and parts, or an SDK object of any of these. The keywords are
    those of a request, for what the content itself does not hold; naming one twice is an error.

    Raises `UsageError` for what is none of these. It names the place (`messages[2].content[1]`),
    what stands there, and what could.
    """
    from costcalc.tokens.contents.requests import prompt

    return prompt(
        content,
        tools=tools,
        tool_choice=tool_choice,
        response_format=response_format,
        system=system,
    )
