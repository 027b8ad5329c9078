"""A hook for LiteLLM: a callback that lets a meter note every call that succeeded."""

from __future__ import annotations

from contextlib import suppress

from costcalc.errors import BudgetExceededError
from costcalc.recording.meter import Meter

try:
    from litellm.integrations.custom_logger import CustomLogger
except ImportError as error:
    msg = "the hook for LiteLLM needs litellm: pip install litellm"
    raise ImportError(msg) from error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["MeterCallback"]


class MeterCallback(CustomLogger):
    """Notes what each call cost: `litellm.callbacks = [MeterCallback(meter)]`.

    LiteLLM calls back a moment after the call, mostly in a thread of its own, where no `with` block
    is seen and no error reaches the run: so the meter is stated, and `meter.check()` before a call
    raises where the budget is exceeded. What comes from LiteLLM's own cache is not noted.
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Note a call; of a stream, once it is whole."""
        del start_time, end_time
        if kwargs.get("cache_hit") is not True:
            with suppress(BudgetExceededError):  # LiteLLM would only log it; it is recorded
                self._meter.note(response_obj, api="litellm", asked=kwargs.get("model"))

    async def async_log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Note a call of `acompletion` and its like."""
        self.log_success_event(kwargs, response_obj, start_time, end_time)
