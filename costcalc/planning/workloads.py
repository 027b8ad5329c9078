"""The parts of a project: agent sessions, chats, RAG, documents, embeddings, prompts from files.

A workload says what it is by `kind`, or by its keys. However it is written, it comes down to one
`Shape`: sessions of steps, with what each step sends and gets back.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from costcalc.errors import nearest_names
from costcalc.planning.numbers import PerRunShare, PerSession
from costcalc.planning.volumes import Documents, Runs, Sessions, Texts
from costcalc.planning.workload import ZERO, CachePlan, Caps, Gaps, Shape, WorkloadBase
from costcalc.registry.problems import MistakeError
from costcalc.registry.scalars import Text

__all__ = [
    "KINDS",
    "Agent",
    "Batch",
    "CachePlan",
    "Caps",
    "Chat",
    "Embeddings",
    "Gaps",
    "Prompts",
    "Rag",
    "Shape",
    "Workload",
    "WorkloadBase",
]


class _Conversation(WorkloadBase, Sessions):
    """Sessions with a cache, caps and waits."""

    system_tokens: PerSession = ZERO
    """System prompt and tools: what every prompt begins with."""
    reasoning_ratio: PerRunShare = ZERO
    """Share of the output that is reasoning: billed, and not sent again."""
    user_gaps: Gaps | None = None
    """Waits before steps that a person starts; none if left out."""
    cache: CachePlan = CachePlan()
    """Which prompt cache the calls use; what the model does by itself if left out."""
    caps: Caps = Caps()
    """Limits of a session and of a month."""

    @model_validator(mode="after")
    def _check_steps(self) -> Self:
        key, number = self.shape.steps
        if not number.largest():
            msg = "a session has at least one step, not 0; for no sessions, make their number 0"
            raise MistakeError(msg, key)
        return self

    @model_validator(mode="after")
    def _check_compaction(self) -> Self:
        limit, summary = self.caps.compact_at_tokens, self.caps.summary_tokens
        if limit is not None and summary is not None:
            least = self.system_tokens.largest() + summary
            if limit <= least:
                msg = (
                    f"compact_at_tokens {limit:,} is not above system_tokens and summary_tokens, "
                    f"which are {least:,}: compaction would never end"
                )
                raise MistakeError(msg, "caps", "compact_at_tokens")
        return self


class Agent(_Conversation):
    """Agent sessions: many steps that the model takes by itself, on a growing conversation."""

    kind: Literal["agent"] = "agent"
    """agent"""
    steps_per_session: PerSession
    """Model calls of a session."""
    input_tokens_per_step: PerSession
    """New input of a step that stays in the conversation: messages, results of tools."""
    transient_tokens_per_step: PerSession = ZERO
    """Input that only one prompt has."""
    output_tokens_per_step: PerSession
    """Output of a step, reasoning included."""

    @property
    def shape(self) -> Shape:
        """What its sessions are made of."""
        return Shape(
            ("steps_per_session", self.steps_per_session),
            ("system_tokens", self.system_tokens),
            ("input_tokens_per_step", self.input_tokens_per_step),
            ("transient_tokens_per_step", self.transient_tokens_per_step),
            ("output_tokens_per_step", self.output_tokens_per_step),
            ("reasoning_ratio", self.reasoning_ratio),
        )


class Chat(_Conversation):
    """Conversations: each turn sends all before it and a message."""

    kind: Literal["chat"] = "chat"
    """chat"""
    turns_per_session: PerSession
    """Messages of a conversation."""
    user_tokens_per_turn: PerSession
    """Tokens of a message."""
    transient_tokens_per_turn: PerSession = ZERO
    """Retrieved passages, which the next turn drops."""
    output_tokens_per_turn: PerSession
    """Tokens of a reply, reasoning included."""

    @property
    def shape(self) -> Shape:
        """What its sessions are made of."""
        return Shape(
            ("turns_per_session", self.turns_per_session),
            ("system_tokens", self.system_tokens),
            ("user_tokens_per_turn", self.user_tokens_per_turn),
            ("transient_tokens_per_turn", self.transient_tokens_per_turn),
            ("output_tokens_per_turn", self.output_tokens_per_turn),
            ("reasoning_ratio", self.reasoning_ratio),
        )


class Rag(Chat):
    """Conversations over retrieved passages, which stand before the message and are not kept."""

    kind: Literal["rag"] = "rag"  # pyright: ignore[reportIncompatibleVariableOverride] - the tag of its kind
    """rag"""
    transient_tokens_per_turn: PerSession  # pyright: ignore[reportGeneralTypeIssues] - required here
    """Retrieved passages, which the next turn drops."""


class Batch(WorkloadBase, Documents):
    """Documents: one call each."""

    kind: Literal["documents"] = "documents"
    """documents"""
    system_tokens: PerSession = ZERO
    """Instructions that every prompt begins with."""
    input_tokens_per_document: PerSession
    """Tokens of a document."""
    output_tokens_per_document: PerSession
    """Tokens of what is written about it, reasoning included."""
    reasoning_ratio: PerRunShare = ZERO
    """Share of the output that is reasoning."""
    cache: CachePlan = CachePlan()
    """Which prompt cache the calls use; warm_start_ratio says how often it has the instructions."""
    caps: Caps = Caps()
    """Limits of a month."""

    @property
    def shape(self) -> Shape:
        """What its calls are made of."""
        return Shape(
            system=("system_tokens", self.system_tokens),
            input=("input_tokens_per_document", self.input_tokens_per_document),
            output=("output_tokens_per_document", self.output_tokens_per_document),
            reasoning=("reasoning_ratio", self.reasoning_ratio),
        )


class Embeddings(WorkloadBase, Texts):
    """Texts that are embedded: input only."""

    kind: Literal["embeddings"] = "embeddings"
    """embeddings"""
    tokens_per_text: PerSession
    """Tokens of a text."""
    caps: Caps = Caps()
    """Limits of a month."""

    @property
    def shape(self) -> Shape:
        """What its calls are made of."""
        return Shape(input=("tokens_per_text", self.tokens_per_text))


class Prompts(WorkloadBase, Runs):
    """Prompts that stand in files: each is counted, and sent once a run."""

    kind: Literal["prompts"] = "prompts"
    """prompts"""
    files: tuple[Text, ...] = Field(min_length=1)
    """Files relative to the plan; `*` and `**` stand for any name and any folders."""
    system_tokens: PerSession = ZERO
    """Tokens before each of them."""
    output_tokens_per_prompt: PerSession
    """Tokens of a reply, reasoning included."""
    reasoning_ratio: PerRunShare = ZERO
    """Share of the output that is reasoning."""
    cache: CachePlan = CachePlan()
    """Which prompt cache the calls use."""
    caps: Caps = Caps()
    """Limits of a month."""

    @property
    def shape(self) -> Shape:
        """What its calls are made of; the files are their input."""
        return Shape(
            system=("system_tokens", self.system_tokens),
            output=("output_tokens_per_prompt", self.output_tokens_per_prompt),
            reasoning=("reasoning_ratio", self.reasoning_ratio),
        )


KINDS: dict[str, type[WorkloadBase]] = {
    "agent": Agent,
    "chat": Chat,
    "rag": Rag,
    "documents": Batch,
    "embeddings": Embeddings,
    "prompts": Prompts,
}
"""Every kind of workload by its name."""
_TELLING = {
    "steps_per_session": "agent",
    "turns_per_session": "chat",
    "input_tokens_per_document": "documents",
    "tokens_per_text": "embeddings",
    "files": "prompts",
}
"""Keys that only one kind has, where `kind` is left out."""


def _workload(value: Any) -> Any:
    """Return a mapping that says of what kind it is, by itself or by its keys."""
    if isinstance(value, WorkloadBase):
        return value
    if not isinstance(value, dict):
        msg = f"a workload is a mapping with model, a volume and a shape, not {value!r:.60}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    stated: dict[str, Any] = value
    return {"kind": _kind(stated), **stated}


def _tag(value: Any) -> str:
    return value["kind"] if isinstance(value, dict) else value.kind


def _kind(stated: dict[str, Any]) -> str:
    if "kind" in stated:
        kind = stated["kind"]
        if not isinstance(kind, str) or kind not in KINDS:
            near = nearest_names(str(kind), KINDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(KINDS)}"
            raise MistakeError(f"{kind!r} is no kind of workload; {hint}", "kind")
        return kind
    for key, kind in _TELLING.items():
        if key in stated:
            return "rag" if kind == "chat" and "transient_tokens_per_turn" in stated else kind
    for key in stated:
        near = nearest_names(str(key), _TELLING, 1, alike=0.8)
        if near:
            raise MistakeError(f"unknown key {key!r}; did you mean {near[0]!r}?", key)
    msg = (
        f"nothing says what this is; write kind: {', '.join(KINDS)}, or one of "
        f"{', '.join(_TELLING)}"
    )
    raise ValueError(msg)


Workload = Annotated[
    Annotated[Agent, Tag("agent")]
    | Annotated[Chat, Tag("chat")]
    | Annotated[Rag, Tag("rag")]
    | Annotated[Batch, Tag("documents")]
    | Annotated[Embeddings, Tag("embeddings")]
    | Annotated[Prompts, Tag("prompts")],
    Discriminator(_tag),
    BeforeValidator(_workload),
]
"""A workload of any kind."""
