"""What each API puts around messages, calls and tools: the table, and where it was found.

Sources, by the names that the notes use:

* cookbook: https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken
* harmony: https://cookbook.openai.com/articles/openai-harmony; a request to gpt-oss-120b that says
  only "What is the capital of France?" was billed as 74 tokens: 57 of the preamble, 4 around each
  of two messages, 2 that open the reply, 7 of text.
* recorded: requests and the usage that the APIs answered, as published with the tests of
  https://github.com/pydantic/pydantic-ai (tests/models/cassettes). Claude 4.5: a system prompt and
  a message, a prefilled answer, and 13 messages in a row; Claude Fable 5.1: one and three messages
  with a system prompt; o3-mini, o4-mini, gpt-5, gpt-5.5, gpt-5.6: one or two messages; gpt-4o,
  gpt-4o-mini, gpt-4.1: calls and their results; Gemini 2.0 to 2.5: messages, tools, calls.
* ctok: https://github.com/ctok-cli/ctok 1.3.0, measured against Anthropic's count_tokens.
* templates: the chat templates that the makers publish with their models' weights.
"""

from __future__ import annotations

import re
from dataclasses import replace

from costcalc.tokens.frames import Calls, Definitions, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FRAMES", "MODELS", "UNKNOWN"]

# measured on gpt-4o, gpt-4o-mini and gpt-4.1 (recorded): a call and its result take 13 tokens
# beside the arguments, the result and twice the name, 8 of them the frames of two messages; the
# older functions take 10 (https://github.com/hmarr/openai-chat-tokens), responses 11 to 14
_OPENAI_CALLS = Calls(
    "13 for a call and its result, with the name twice (recorded requests)",
    call=3,
    names=2,
    result=2,
    low=3,
    high=4,
)
# exact for every case that openai-chat-tokens and the cookbook checked with the API; recorded
# requests of 2026 take one token less where no parameter has a description, responses up to seven
_OPENAI_TOOLS = Definitions(
    "as a TypeScript namespace + 9, - 4 beside a system message (openai-chat-tokens)",
    "typescript",
    base=9,
    beside_system=-4,
    low=7,
    high=3,
)
_OPENAI = Frame(
    "3 per message, 1 for its role, 3 for the reply (OpenAI cookbook)",
    system=4,
    user=4,
    assistant=4,
    tool=4,
    reply=3,
    named=1,
    method="exact",
    calls=_OPENAI_CALLS,
    definitions=_OPENAI_TOOLS,
    # gpt-4o billed 37 tokens for a schema whose JSON and description have 39 (recorded)
    schema=(25, 25, 10),
)
_OPENAI_LIKE = replace(
    _OPENAI, rule=f"{_OPENAI.rule}, found to hold", low=(1, 0), high=(1, 1), method="calibrated"
)
_REASONING = replace(
    _OPENAI_LIKE, rule="3 per message, 1 for its role, 2 for the reply (recorded)", reply=2
)
_OLDEST = replace(
    _OPENAI,
    rule="4 per message, 1 for its role, 3 for the reply, a name replaces the role (cookbook)",
    system=5,
    user=5,
    assistant=5,
    tool=5,
    named=-1,
)
_HARMONY = replace(
    _REASONING,
    rule="harmony: a preamble of 61, 4 per message, 2 for the reply",
    start=61,
    system=7,  # "# Instructions\n\n" stands before it
    definitions=replace(_OPENAI_TOOLS, rule="harmony's TypeScript namespace", base=25, high=8),
    low=(4, 0),
    high=(8, 1),
)

# a call and its result take 40 tokens beside name, arguments and text, an argument 14 (recorded:
# Claude 4.5 and 4.6); on Claude 5 the pair takes 29
_CLAUDE_CALLS = Calls(
    "40 for a call and its result, 14 for an argument (recorded requests)",
    call=24,
    argument=14,
    result=16,
    low=6,
    high=10,
)
_CLAUDE_TOOLS = Definitions("a line of JSON in a tag for each tool", "tagged", low=3, high=3)
_CLAUDE_3 = Frame(
    "1 + 3 per turn, the reply's included (ctok, recorded)",
    start=1,
    user=3,
    assistant=3,
    reply=3,
    merged=True,
    low=(1, 0),
    high=(1, 0),
    calls=_CLAUDE_CALLS,
    definitions=_CLAUDE_TOOLS,
    schema=(30, 50, 300),
)
_CLAUDE_4_7 = replace(
    _CLAUDE_3,
    rule="11 around one message (ctok); 4 and 6 per further turn, from the words of its vocabulary",
    system=2,
    user=4,
    assistant=6,
    reply=6,
    low=(2, 1),
    high=(2, 1),
)
_CLAUDE_4_8 = replace(
    _CLAUDE_3,
    rule="6 around one message (ctok), 2 per further one, 3 for a system prompt (recorded)",
    start=0,
    system=3,
    user=2,
    assistant=2,
    reply=4,
    low=(1, 0),
    high=(1, 1),
    calls=replace(
        _CLAUDE_CALLS,
        rule="29 for a call and its result, 14 for an argument (recorded requests)",
        call=17,
        result=12,
        high=14,
    ),
)

# https://github.com/googleapis/python-genai counts the texts alone (google/genai/local_tokenizer);
# requests were billed 0 or 1 token more for each message (ai.google.dev/api/tokens, recorded), and
# a function 43 tokens whose compact JSON has 44
_GEMINI = Frame(
    "1 per message (Google's examples of countTokens and usage)",
    user=1,
    assistant=1,
    low=(0, 1),
    high=(2, 0),
    calls=Calls("JSON + 4 for a call and its result (recorded)", call=7, result=2, low=8, high=8),
    definitions=Definitions(
        "compact JSON of each declaration (recorded)", "declaration", low=2, percent=(15, 15)
    ),
    schema=(70, 30, 10),
)

_CHATML = Frame(
    "5 per message, 3 for the reply (ChatML template)",
    system=5,
    user=5,
    assistant=5,
    tool=5,
    reply=3,
    high=(22, 1),  # Qwen 2.5 says who it is where no system message does
    calls=Calls("ChatML template: JSON in tags", call=16, result=6, low=8, high=12),
)
_QWEN_3 = replace(
    _CHATML,
    definitions=Definitions(
        "86 and a line of JSON for each tool (Qwen 3's template)",
        "line",
        base=87,
        each=1,
        low=10,
        high=20,
        percent=(5, 5),
    ),
)
_QWEN_3_5 = replace(
    _CHATML,
    definitions=Definitions(
        "196 and a line of JSON for each tool (Qwen 3.5's template)",
        "line",
        base=201,
        beside_system=-5,
        each=1,
        low=10,
        high=20,
        percent=(5, 5),
    ),
)
_DEEPSEEK = Frame(
    "1 at the start, 1 per question, 2 per answer, 2 for the reply (DeepSeek's template)",
    start=1,
    user=1,
    assistant=2,
    tool=2,
    reply=2,
    low=(1, 0),
    high=(2, 1),
    calls=Calls("DeepSeek's template", call=6, result=2),
    definitions=Definitions(
        "222 and a line of JSON for each tool (DeepSeek V4's template)",
        "line",
        base=222,
        each=1,
        low=60,  # V3's instructions were shorter
        high=20,
        percent=(10, 10),
    ),
)
_GLM = Frame(
    "2 at the start, 2 per message, 1 for the reply (GLM's template)",
    start=2,
    system=2,
    user=2,
    assistant=2,
    tool=2,
    reply=1,
    high=(4, 3),
    calls=Calls("GLM's template", call=8, argument=8, result=4),
    definitions=Definitions(
        "115 and a line of JSON for each tool (GLM 4.5's template)",
        "line",
        base=118,
        each=1,
        low=20,
        high=40,
        percent=(5, 5),
    ),
)
_KIMI = Frame(
    "4 per message, 3 for the reply, a system prompt of its own (Kimi K2's template)",
    system=4,
    user=4,
    assistant=4,
    tool=4,
    reply=3,
    unprompted=18,
    low=(18, 0),
    high=(20, 1),
    calls=Calls("Kimi's template", call=8, result=8),
    definitions=Definitions(
        "4 and JSON for each tool (Kimi K2's template)",
        "line",
        base=5,
        each=1,
        low=5,
        high=30,
        percent=(15, 5),
    ),
)
_MISTRAL = Frame(
    "1 at the start, 2 per question, 1 per answer (Mistral's template)",
    start=1,
    system=2,
    user=2,
    assistant=1,
    tool=2,
    high=(2, 1),
    calls=Calls("Mistral's template", call=12, result=10, low=10),
    definitions=Definitions(
        "2 and JSON for each tool (Mistral's template)",
        "line",
        base=4,
        each=1,
        low=2,
        high=6,
        percent=(5, 5),
    ),
)
_INST = replace(
    _MISTRAL,
    rule="1 at the start, 8 per question, 2 per answer ([INST] written as text)",
    system=14,
    user=8,
    assistant=2,
    tool=8,
    low=(0, 1),
    high=(2, 2),
)
_LLAMA_3 = Frame(
    "1 at the start, 5 per message, 4 for the reply (Llama 3's template)",
    start=1,
    system=5,
    user=5,
    assistant=5,
    tool=5,
    reply=4,
    high=(26, 0),  # from 3.1 on, the template says which day it is
)
UNKNOWN = Frame(
    "a guess: most makers take 2 to 5 per message",
    system=4,
    user=4,
    assistant=4,
    tool=4,
    reply=3,
    low=(3, 3),
    high=(30, 4),
    method="heuristic",
)

FRAMES: Mapping[str, Frame] = {
    "o200k_base": _OPENAI_LIKE,
    "o200k_harmony": _HARMONY,
    "cl100k_base": _OPENAI_LIKE,
    "claude-3": _CLAUDE_3,
    "claude-4.7": _CLAUDE_4_7,
    "claude-4.8": _CLAUDE_4_8,
    "gemini": _GEMINI,
    "deepseek-v3": _DEEPSEEK,
    "qwen-3": _QWEN_3,
    "qwen-3.5": _QWEN_3_5,
    "glm-4": _GLM,
    "kimi-k2": _KIMI,
    "kimi-k3": replace(_KIMI, unprompted=0, low=(4, 0)),
    "tekken": _MISTRAL,
    "mistral-v3": _MISTRAL,
    "mistral-v1": _INST,
    "llama-2": _INST,
    "llama-3": _LLAMA_3,
}
"""By tokenizer; every other one has the frame of an unknown model."""

MODELS: Mapping[str, tuple[tuple[re.Pattern[str], Frame], ...]] = {
    "cl100k_base": (
        (re.compile(r"gpt-(3\.5|35)-turbo-0301"), _OLDEST),
        (re.compile(r"gpt-(3\.5|35)-turbo|gpt-4(?![.\d])"), _OPENAI),
    ),
    "o200k_base": (
        (re.compile(r"gpt-4o|chatgpt-4o"), _OPENAI),
        (re.compile(r"gpt-oss"), _HARMONY),
        (re.compile(r"(^|[/.])o\d|gpt-([5-9]|\d\d)|codex|computer-use"), _REASONING),
    ),
}
"""Models whose frame is not that of their tokenizer."""
