"""A hook for LangChain: a callback that lets a meter note every call of a model."""

from __future__ import annotations

from costcalc.recording.meter import Meter, current_meter

try:
    from langchain_core.callbacks import BaseCallbackHandler
except ImportError as error:
    msg = "the hook for LangChain needs langchain-core: pip install langchain-core"
    raise ImportError(msg) from error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from langchain_core.outputs import LLMResult

__all__ = ["MeterCallback"]


class MeterCallback(BaseCallbackHandler):
    """Notes what each call cost: `model.invoke(..., config={"callbacks": [MeterCallback()]})`.

    Without a meter a call is noted by the one whose `with` block it is made in. A budget that is
    exceeded stops the run. What comes from LangChain's own cache costs nothing and is not noted.
    """

    raise_error = True

    def __init__(self, meter: Meter | None = None) -> None:
        self._meter = meter

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """Note the call for every prompt that was answered."""
        meter = self._meter or current_meter()
        if meter is None:
            return
        for generations in response.generations:
            messages = [m for each in generations if (m := getattr(each, "message", None))]
            if messages:
                _note_chat(meter, messages)
            else:
                _note_text(meter, response.llm_output or {})


def _note_chat(meter: Meter, messages: Sequence[Any]) -> None:
    """Note one call; each of several answers to a prompt states the usage of all of them."""
    told = [each for each in messages if getattr(each, "usage_metadata", None)]
    message = (told or messages)[0]
    if told and message.usage_metadata.get("total_cost") == 0:  # how LangChain marks a cached one
        return
    meter.note(message)


def _note_text(meter: Meter, output: Mapping[str, Any]) -> None:
    """Note a call of a model of text; of several prompts the first states the usage of all."""
    usage = output.get("token_usage")
    if usage != {}:
        meter.note({"usage": usage}, api="chat", asked=output.get("model_name"))
