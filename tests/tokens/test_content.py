"""What people send: every provider's shapes read as one prompt, and what is wrong said with a place."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from costcalc.errors import UsageError
from costcalc.tokens.content import (
    Audio,
    Document,
    Image,
    Message,
    Schema,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Unseen,
    Video,
    read,
)
from costcalc.tokens.contents.fields import compact
from costcalc.tokens.contents.parts import READERS

PNG = b"\x89PNG\r\n\x1a\n"
BASE64 = base64.b64encode(PNG).decode()
PDF = base64.b64encode(b"%PDF-1.7").decode()
NOTE = base64.b64encode(b"a note").decode()
UNSURE = b"\xfb\xff\xfe" * 3  # its base64 differs between the alphabets


def spoken(*parts: Any, role: str = "user") -> tuple[Message, ...]:
    return (Message(role, tuple(Text(each) if isinstance(each, str) else each for each in parts)),)


def parts(*blocks: Any) -> tuple[Any, ...]:
    """Return the parts of a user's message with some blocks."""
    (message,) = read([{"role": "user", "content": list(blocks)}]).messages
    return message.parts


# contents ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "shape", "messages"),
    [
        pytest.param("hi", "text", spoken("hi"), id="a text"),
        pytest.param("", "text", spoken(""), id="an empty text"),
        pytest.param(Image(1, 2), "parts", spoken(Image(1, 2)), id="an image"),
        pytest.param(["a", Image(1, 2)], "parts", spoken("a", Image(1, 2)), id="a list"),
        pytest.param(("a",), "parts", spoken("a"), id="a tuple"),
        pytest.param({"type": "text", "text": "a"}, "parts", spoken("a"), id="a part"),
        pytest.param({"text": "a"}, "parts", spoken("a"), id="a part of Gemini's"),
        pytest.param(
            [{"type": "text", "text": "a"}, "b"], "parts", spoken("a", "b"), id="a list of parts"
        ),
        pytest.param({"role": "user", "content": "a"}, "messages", spoken("a"), id="a message"),
        pytest.param(
            {"role": "assistant", "content": None}, "messages", spoken(role="assistant"),
            id="a message without content",
        ),
        pytest.param(
            {"role": "user", "content": {"type": "text", "text": "a"}}, "messages", spoken("a"),
            id="one part that is no list",
        ),
        pytest.param(
            {"role": "user", "content": Audio(2)}, "messages", spoken(Audio(2)), id="a medium alone"
        ),
        pytest.param(
            [{"role": "developer", "content": "a"}], "messages", spoken("a", role="developer"),
            id="messages",
        ),
        pytest.param(
            {"parts": [{"text": "a"}]}, "messages", spoken("a"), id="a content without a role"
        ),
        pytest.param({"model": "m", "messages": []}, "messages", (), id="no messages yet"),
        pytest.param({"input": "a"}, "input", spoken("a"), id="a request with an input text"),
        pytest.param({"contents": "a"}, "contents", spoken("a"), id="a request with contents"),
        pytest.param(
            {"contents": ["a", {"text": "b"}]}, "contents", spoken("a", "b"), id="contents of parts"
        ),
        pytest.param(
            {"contents": {"role": "model", "parts": [{"text": "a"}]}}, "contents",
            spoken("a", role="assistant"), id="one content",
        ),
        pytest.param({"tools": []}, "messages", (), id="tools alone"),
        pytest.param(
            {"messages": [{"role": "user", "name": "ann", "content": "a"}]}, "messages",
            (Message("user", (Text("a"),), "ann"),), id="a name",
        ),
        pytest.param(
            {"input": [{"type": "message", "role": "user", "content": "a"}]}, "input", spoken("a"),
            id="an item that is a message",
        ),
    ],
)  # fmt: skip
def test_a_content_is_told_by_its_shape(
    content: Any, shape: str, messages: tuple[Message, ...]
) -> None:
    prompt = read(content)
    assert (prompt.shape, prompt.messages) == (shape, messages)
    assert prompt.framed == (shape not in ("text", "parts"))


@pytest.mark.parametrize(
    ("content", "beside"),
    [
        pytest.param("a", {"system": "s"}, id="a system prompt"),
        pytest.param(["a"], {"tools": [{"name": "f"}]}, id="tools"),
        pytest.param(Image(1, 1), {"response_format": {"type": "json_object"}}, id="a form"),
        pytest.param(None, {"system": "s"}, id="no content"),
        pytest.param([], {"system": "s"}, id="an empty list"),
    ],
)
def test_what_stands_beside_a_text_makes_it_a_request(content: Any, beside: Any) -> None:
    assert read(content, **beside).framed


@pytest.mark.parametrize(
    ("system", "messages"),
    [
        pytest.param("s", spoken("s", role="system"), id="text"),
        pytest.param([{"type": "text", "text": "s"}], spoken("s", role="system"), id="blocks"),
        pytest.param({"parts": [{"text": "s"}]}, spoken("s", role="system"), id="Gemini's parts"),
        pytest.param({"text": "s"}, spoken("s", role="system"), id="one part"),
        pytest.param([], (), id="nothing"),
    ],
)
def test_a_system_prompt_is_the_first_message(system: Any, messages: Any) -> None:
    assert read("u", system=system).messages == (*messages, *spoken("u"))
    for key in ("system", "instructions", "systemInstruction", "system_instruction"):
        assert read({"messages": "u", key: system}).messages == (*messages, *spoken("u"))


@pytest.mark.parametrize("name", ["system", "tools", "tool_choice", "response_format"])
def test_naming_one_twice_is_an_error(name: str) -> None:
    body = {"messages": [], "system": "s", "tools": [], "tool_choice": "auto"}
    body["response_format"] = {"type": "text"}
    with pytest.raises(UsageError, match=f"{name} stands in the request and beside it"):
        read(body, **{name: body[name]})


# parts -------------------------------------------------------------------------------------------

CALL = {"name": "f", "arguments": '{"a": 1}'}
PARTS: list[Any] = [
    # OpenAI
    pytest.param({"type": "text", "text": "a"}, Text("a"), id="text"),
    pytest.param({"type": "input_text", "text": "a"}, Text("a"), id="input_text"),
    pytest.param({"type": "output_text", "text": "a", "annotations": []}, Text("a"), id="answer"),
    pytest.param({"type": "refusal", "refusal": "no"}, Text("no"), id="refusal"),
    pytest.param(
        {"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "low"}},
        Image(detail="low"), id="a remote image",
    ),
    pytest.param(
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{BASE64}"}},
        Image(data=PNG), id="a data URL",
    ),
    pytest.param({"type": "image_url", "image_url": "HTTPS://A/b"}, Image(), id="a bare URL"),
    pytest.param(
        {"type": "input_image", "image_url": f"data:;base64,{BASE64}", "detail": "high"},
        Image(detail="high", data=PNG), id="a data URL without a type",
    ),
    pytest.param(
        {"type": "input_image", "file_id": "f", "detail": "original"}, Image(detail="original"),
        id="an uploaded image",
    ),
    pytest.param(
        {"type": "input_audio", "input_audio": {"data": BASE64, "format": "wav"}},
        Audio(data=PNG), id="audio",
    ),
    pytest.param(
        {"type": "video_url", "video_url": {"url": "gs://a/b.mp4"}}, Video(), id="a video"
    ),
    pytest.param(
        {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}"}},
        Document(data=b"%PDF-1.7"), id="a file",
    ),
    pytest.param(
        {"type": "file", "file": {"file_id": "f"}}, Document(), id="an uploaded file"
    ),
    pytest.param(
        {"type": "input_file", "file_data": PDF}, Document(data=b"%PDF-1.7"), id="bare base64"
    ),
    pytest.param(
        {"type": "input_file", "file_data": NOTE, "filename": "a.TXT"}, Text("a note"),
        id="a text file",
    ),
    pytest.param(
        {"type": "input_file", "file_url": "https://a/b.csv?x=1"}, Document(), id="a remote text"
    ),
    # Anthropic
    pytest.param(
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": BASE64},
        },
        Image(data=PNG), id="an image in base64",
    ),
    pytest.param(
        {"type": "image", "source": {"type": "url", "url": "https://a"}}, Image(), id="by URL"
    ),
    pytest.param(
        {"type": "document", "source": {"type": "file", "file_id": "f"}}, Document(), id="by id"
    ),
    pytest.param(
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}},
        Text("a"), id="a document of text",
    ),
    pytest.param(
        {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}, ToolUse("f", {"a": 1}),
        id="tool_use",
    ),
    pytest.param(
        {"type": "server_tool_use", "id": "t", "name": "f"}, ToolUse("f", {}), id="no input"
    ),
    pytest.param(
        {"type": "tool_result", "tool_use_id": "t", "content": "a"}, ToolResult((Text("a"),)),
        id="tool_result",
    ),
    pytest.param({"type": "tool_result", "tool_use_id": "t"}, ToolResult(()), id="no result"),
    pytest.param(
        {
            "type": "tool_result",
            "content": [{"type": "image", "source": {"type": "url"}}, Text("b"), "c"],
        },
        ToolResult((Image(), Text("b"), Text("c"))), id="a result with an image",
    ),
    pytest.param(
        {"type": "thinking", "thinking": "a", "signature": "abcd"}, Thinking("a"), id="thinking"
    ),
    pytest.param(
        {"type": "thinking", "thinking": "", "signature": "abcd"}, Thinking("", 4), id="hidden"
    ),
    pytest.param({"type": "thinking"}, Thinking(""), id="thinking of nothing"),
    pytest.param({"type": "redacted_thinking", "data": "abc"}, Thinking("", 3), id="redacted"),
    pytest.param(
        {"type": "web_search_tool_result", "content": [{"type": "web_search_result", "title": "t"}]},
        ToolResult((Text("t"),)), id="a page without content",
    ),
    pytest.param(
        {
            "type": "web_search_tool_result",
            "content": [{"type": "web_search_result", "url": "u", "encrypted_content": "abc"}],
        },
        ToolResult((Text("u"), Unseen("web page", 3))), id="a web search",
    ),
    pytest.param(
        {
            "type": "web_fetch_tool_result",
            "content": {
                "type": "web_fetch_result",
                "url": "u",
                "content": {"type": "document", "source": {"type": "text", "data": "a"}},
            },
        },
        ToolResult((Text("u"), Text("a"))), id="a fetched page",
    ),
    pytest.param(
        {
            "type": "bash_code_execution_tool_result",
            "content": {"type": "bash_code_execution_result", "stdout": "a"},
        },
        ToolResult((Text('{"stdout":"a"}'),)), id="code execution",
    ),
    pytest.param({"type": "tool_reference", "tool_name": "f"}, Text("f"), id="a reference"),
    pytest.param({"type": "container_upload", "file_id": "f"}, Text("f"), id="an upload"),
    pytest.param({"type": "compaction", "content": "a"}, Text("a"), id="a compaction"),
    # Gemini
    pytest.param({"text": "a"}, Text("a"), id="Gemini's text"),
    pytest.param({"text": "a", "thought": True}, Thinking("a"), id="a thought"),
    pytest.param(
        {"inlineData": {"mimeType": "image/PNG; x=1", "data": BASE64}}, Image(data=PNG),
        id="inlineData",
    ),
    pytest.param(
        {"inline_data": {"mime_type": "audio/wav", "data": PNG}}, Audio(data=PNG), id="bytes"
    ),
    pytest.param(
        {
            "inlineData": {
                "mimeType": "image/png",
                "data": base64.urlsafe_b64encode(UNSURE).decode(),
            }
        },
        Image(data=UNSURE), id="the alphabet of URLs",
    ),
    pytest.param(
        {"inlineData": {"mimeType": "application/json", "data": NOTE}}, Text("a note"), id="JSON"
    ),
    pytest.param(
        {
            "fileData": {"fileUri": "https://youtu.be/x"},
            "videoMetadata": {"fps": 5},
            "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"},
        },
        Video(fps=5, detail="low"), id="a YouTube video",
    ),
    pytest.param(
        {"file_data": {"file_uri": "gs://a/b", "mime_type": "video/mp4"}}, Video(), id="file_data"
    ),
    pytest.param(
        {"fileData": {"fileUri": "files/a.pdf"}, "mediaResolution": "MEDIA_RESOLUTION_UNSPECIFIED"},
        Document(), id="a type by its ending",
    ),
    pytest.param(
        {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "x"},
        ToolUse("f", {"a": 1}), id="functionCall",
    ),
    pytest.param({"function_call": {"name": "f"}}, ToolUse("f", {}), id="a call without args"),
    pytest.param(
        {"functionResponse": {"id": "i", "name": "f", "response": {"a": 1}}},
        ToolResult((Text('{"name":"f","response":{"a":1}}'),)), id="functionResponse",
    ),
    pytest.param(
        {"executableCode": {"language": "PYTHON", "code": "1+1"}}, Text("1+1"), id="code"
    ),
    pytest.param(
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}, Text("2"), id="output"
    ),
    pytest.param({"code_execution_result": {"outcome": "X"}}, Text(""), id="no output"),
    # typed already
    pytest.param(Document(3, "abc"), Document(3, "abc"), id="a document"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "part"), PARTS)
def test_a_part_is_read(block: Any, part: Any) -> None:
    assert parts(block) == (part,)


@pytest.mark.parametrize(
    ("block", "found"),
    [
        pytest.param(
            {
                "type": "document",
                "title": "t",
                "context": "c",
                "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
            },
            (Text("t"), Text("c"), Document(data=b"%PDF-1.7")),
            id="a document's title and context",
        ),
        pytest.param(
            {
                "type": "document",
                "source": {"type": "content", "content": [{"type": "text", "text": "a"}, "b"]},
            },
            (Text("a"), Text("b")),
            id="a document's own blocks",
        ),
        pytest.param(
            {"type": "search_result", "title": "t", "content": [{"type": "text", "text": "a"}]},
            (Text("t"), Text("a")),
            id="a search result",
        ),
    ],
)
def test_a_block_may_hold_several_parts(block: Any, found: Any) -> None:
    assert parts(block) == found


def test_base64_may_be_wrapped() -> None:
    wrapped = f"{BASE64[:4]}\r\n{BASE64[4:]}\n"
    assert parts({"inlineData": {"mimeType": "image/png", "data": wrapped}}) == (Image(data=PNG),)


# turns -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        pytest.param(
            {"role": "assistant", "content": "a", "tool_calls": [{"function": CALL}]},
            Message("assistant", (Text("a"), ToolUse("f", '{"a": 1}'))),
            id="tool_calls",
        ),
        pytest.param(
            {"role": "assistant", "tool_calls": [{"custom": {"name": "f", "input": "x"}}]},
            Message("assistant", (ToolUse("f", "x"),)),
            id="a custom tool's call",
        ),
        pytest.param(
            {"role": "assistant", "function_call": {"name": "f", "arguments": {"a": 1}}},
            Message("assistant", (ToolUse("f", {"a": 1}),)),
            id="function_call",
        ),
        pytest.param(
            {"role": "assistant", "function_call": {"name": "f"}},
            Message("assistant", (ToolUse("f", ""),)),
            id="a call without arguments",
        ),
        pytest.param(
            {"role": "assistant", "function_call": {"name": "f", "arguments": [1]}},
            Message("assistant", (ToolUse("f", "[1]"),)),
            id="arguments that are a list",
        ),
        pytest.param(
            {"role": "tool", "tool_call_id": "c", "content": "a"},
            Message("tool", (ToolResult((Text("a"),)),)),
            id="a tool's message",
        ),
        pytest.param(
            {"role": "function", "name": "f", "content": "a"},
            Message("function", (ToolResult((Text("a"),)),)),
            id="a function's message",
        ),
        pytest.param(
            {"role": "assistant", "content": None, "refusal": "no", "reasoning_content": "hm"},
            Message("assistant", (Text("no"), Thinking("hm"))),
            id="a refusal and reasoning",
        ),
        pytest.param(
            {"type": "function_call", "call_id": "c", **CALL},
            Message("assistant", (ToolUse("f", '{"a": 1}'),)),
            id="an item that calls",
        ),
        pytest.param(
            {"type": "function_call_output", "call_id": "c", "output": "a"},
            Message("tool", (ToolResult((Text("a"),)),)),
            id="an item with an output",
        ),
        pytest.param(
            {
                "type": "function_call_output",
                "output": [{"type": "input_image", "image_url": "https://a"}],
            },
            Message("tool", (ToolResult((Image(),)),)),
            id="an output of parts",
        ),
        pytest.param(
            {"type": "local_shell_call_output", "output": {"stdout": "a"}},
            Message("tool", (ToolResult((Text('{"stdout":"a"}'),)),)),
            id="an output that is a mapping",
        ),
        pytest.param(
            {
                "type": "computer_call_output",
                "output": {"type": "computer_screenshot", "image_url": "https://a"},
            },
            Message("tool", (ToolResult((Image(),)),)),
            id="a screenshot",
        ),
        pytest.param(
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "a"}],
                "content": [{"type": "reasoning_text", "text": "b"}, Image(1, 1)],
                "encrypted_content": "abc",
            },
            Message("assistant", (Thinking("a\nb", 3),)),
            id="reasoning",
        ),
        pytest.param(
            {"type": "reasoning", "summary": []},
            Message("assistant", (Thinking(""),)),
            id="reasoning that says nothing",
        ),
        pytest.param(
            {"type": "web_search_call", "id": "i", "status": "done", "action": {"query": "q"}},
            Message("assistant", (ToolUse("web_search_call", '{"action":{"query":"q"}}'),)),
            id="a web search",
        ),
        pytest.param(
            {"type": "image_generation_call", "result": BASE64},
            Message("assistant", (ToolUse("image_generation_call", "{}"), Image(data=PNG))),
            id="a made image",
        ),
        pytest.param(
            {"type": "compaction", "encrypted_content": "abc"},
            Message("assistant", (Unseen("compaction", 3),)),
            id="a compaction",
        ),
    ],
)
def test_a_turn_is_read(turn: Any, message: Message) -> None:
    held = {"input": [turn]}
    assert read(held).messages == (message,)


# tools, choices, forms ---------------------------------------------------------------------------

PARAMETERS = {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("given_tool", "found"),
    [
        pytest.param(
            {"type": "function", "function": {"name": "f", "description": "d"}},
            (Tool("f", "d"),),
            id="chat completions",
        ),
        pytest.param(
            {"type": "function", "name": "f", "parameters": PARAMETERS},
            (Tool("f", "", PARAMETERS),),
            id="responses",
        ),
        pytest.param(
            {"name": "f", "input_schema": PARAMETERS, "cache_control": {"type": "ephemeral"}},
            (Tool("f", "", PARAMETERS, cached=True),),
            id="Anthropic",
        ),
        pytest.param(
            {"type": "custom", "name": "f", "input_schema": PARAMETERS},
            (Tool("f", "", PARAMETERS),),
            id="Anthropic's custom tool is a function",
        ),
        pytest.param(
            {"type": "custom", "custom": {"name": "f", "format": {"type": "text"}}},
            (Tool("f", "", {"type": "text"}, "custom"),),
            id="OpenAI's custom tool",
        ),
        pytest.param({"type": "custom", "name": "f"}, (Tool("f", kind="custom"),), id="free text"),
        pytest.param({"name": "f"}, (Tool("f"),), id="a name alone"),
        pytest.param(
            {"functionDeclarations": [{"name": "f"}, {"name": "g"}], "codeExecution": {}},
            (Tool("f"), Tool("g"), Tool("codeExecution", kind="codeExecution")),
            id="Gemini",
        ),
        pytest.param(
            {"function_declarations": [{"name": "f", "parameters_json_schema": PARAMETERS}]},
            (Tool("f", "", PARAMETERS),),
            id="Gemini in snake case",
        ),
        pytest.param(
            {"google_search": {}, "url_context": None},
            (Tool("googleSearch", kind="googleSearch"),),
            id="Gemini's search",
        ),
        pytest.param(
            {"type": "web_search_20250305", "name": "web_search", "cache_control": {}},
            (Tool("web_search", kind="web_search_20250305", cached=True),),
            id="a server's tool",
        ),
        pytest.param(
            {"type": "file_search", "vector_store_ids": []},
            (Tool("file_search", kind="file_search"),),
            id="a built-in tool without a name",
        ),
        pytest.param(
            {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "f"}]},
            (Tool("f"),),
            id="a namespace",
        ),
        pytest.param(Tool("f"), (Tool("f"),), id="typed already"),
    ],
)
def test_a_tool_is_read(given_tool: Any, found: tuple[Tool, ...]) -> None:
    assert read("a", tools=[given_tool]).tools == found


def test_one_tool_needs_no_list_and_functions_are_tools() -> None:
    assert read("a", tools={"name": "f"}).tools == (Tool("f"),)
    assert read({"messages": "a", "functions": [{"name": "f"}]}).tools == (Tool("f"),)


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        pytest.param("auto", ToolChoice("auto"), id="auto"),
        pytest.param("required", ToolChoice("any"), id="required"),
        pytest.param({"type": "any"}, ToolChoice("any"), id="any"),
        pytest.param({"type": "tool", "name": "f"}, ToolChoice("tool", "f"), id="a tool"),
        pytest.param(
            {"type": "function", "function": {"name": "f"}}, ToolChoice("tool", "f"), id="function"
        ),
        pytest.param({"name": "f"}, ToolChoice("tool", "f"), id="function_call"),
        pytest.param({"type": "file_search"}, ToolChoice("tool", "file_search"), id="built in"),
        pytest.param({"mode": "none"}, ToolChoice("none"), id="a mode"),
        pytest.param({"type": "allowed_tools", "mode": "auto"}, ToolChoice("auto"), id="allowed"),
        pytest.param(
            {"type": "allowed_tools", "allowed_tools": {"mode": "required"}}, ToolChoice("any"),
            id="allowed in chat completions",
        ),
        pytest.param({}, None, id="nothing"),
        pytest.param(ToolChoice("any"), ToolChoice("any"), id="typed already"),
        pytest.param(
            {"functionCallingConfig": {"mode": "ANY"}}, ToolChoice("any"), id="Gemini's any"
        ),
        pytest.param(
            {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["f"]}},
            ToolChoice("tool", "f"), id="Gemini's one function",
        ),
        pytest.param({"functionCallingConfig": {}}, ToolChoice("auto"), id="Gemini's default"),
        pytest.param(
            {"function_calling_config": {"mode": SimpleNamespace(value="VALIDATED")}},
            ToolChoice("auto"), id="an enum of Gemini's SDK",
        ),
    ],
)  # fmt: skip
def test_a_tool_choice_is_read(choice: Any, found: ToolChoice | None) -> None:
    assert read("a", tool_choice=choice).tool_choice == found


class City(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("form", "found"),
    [
        pytest.param({"type": "text"}, None, id="text"),
        pytest.param({}, None, id="nothing"),
        pytest.param({"type": "json_object"}, Schema(None), id="any JSON"),
        pytest.param(
            {"type": "json_schema", "json_schema": {"name": "n", "schema": PARAMETERS}},
            Schema(PARAMETERS, "n"), id="chat completions",
        ),
        pytest.param(
            {"format": {"type": "json_schema", "schema": PARAMETERS, "description": "d"}},
            Schema(PARAMETERS, "", "d"), id="responses",
        ),
        pytest.param(PARAMETERS, Schema(PARAMETERS), id="a schema"),
        pytest.param(City, Schema(City.model_json_schema(), "City"), id="a pydantic model"),
        pytest.param(Schema(None), Schema(None), id="typed already"),
    ],
)  # fmt: skip
def test_a_form_of_the_answer_is_read(form: Any, found: Schema | None) -> None:
    assert read("a", response_format=form).response_format == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param({"text": {"verbosity": "low"}}, None, id="a verbosity is no form"),
        pytest.param({"output_config": {"effort": "high"}}, None, id="an effort is no form"),
        pytest.param(
            {"output_config": {"format": {"type": "json_schema", "schema": PARAMETERS}}},
            Schema(PARAMETERS), id="Anthropic's",
        ),
        pytest.param(
            {"generationConfig": {"responseSchema": PARAMETERS}}, Schema(PARAMETERS), id="Gemini's"
        ),
        pytest.param(
            {"config": {"response_json_schema": PARAMETERS, "tools": None}}, Schema(PARAMETERS),
            id="its SDK's",
        ),
    ],
)  # fmt: skip
def test_a_request_says_the_form_of_its_answer(body: Any, found: Schema | None) -> None:
    assert read({"contents": "a", **body}).response_format == found


def test_a_gemini_request_is_read_whole() -> None:
    prompt = read(
        {
            "contents": [{"role": "user", "parts": [{"text": "a"}, {"inlineData": {
                "mimeType": "image/png", "data": BASE64}}, Image(1, 1, "high")]}],
            "config": {
                "system_instruction": "s",
                "tools": [{"functionDeclarations": [{"name": "f"}]}],
                "media_resolution": "MEDIA_RESOLUTION_LOW",
            },
            "toolConfig": {"functionCallingConfig": {"mode": "NONE"}},
        }
    )  # fmt: skip
    image = Image(detail="low", data=PNG)
    assert prompt.messages == (
        *spoken("s", role="system"), *spoken("a", image, Image(1, 1, "high"))
    )  # fmt: skip
    assert prompt.tools == (Tool("f"),)
    assert prompt.tool_choice == ToolChoice("none")


# what SDKs give ----------------------------------------------------------------------------------


class Block(BaseModel):
    type: str = "text"
    text: str | None = "a"
    citations: list[str] | None = None


class Turn(BaseModel):
    role: str = "assistant"
    content: list[Block] = Field(default_factory=lambda: [Block()])


class Older:
    def to_dict(self) -> dict[str, Any]:
        return {"role": "user", "content": "a"}


class Odd:
    def model_dump(self) -> list[int]:
        return [1]


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        pytest.param(Turn(), spoken("a", role="assistant"), id="a message"),
        pytest.param([Turn()], spoken("a", role="assistant"), id="a list of them"),
        pytest.param(
            [{"role": "user", "content": [Block()]}], spoken("a"), id="a block in a mapping"
        ),
        pytest.param([Block(), "b"], spoken("a", "b"), id="blocks alone"),
        pytest.param([Older()], spoken("a"), id="an object with to_dict"),
    ],
)
def test_sdk_objects_are_read(content: Any, messages: Any) -> None:
    assert read(content).messages == messages


def test_an_sdk_model_filled_past_validation_is_no_warning() -> None:
    assert read([Turn.model_construct(role="user", content="a")]).messages == spoken("a")


def test_json_may_hold_sdk_objects() -> None:
    assert compact({"a": Block()}, "x") == '{"a":{"type":"text","text":"a"}}'


# cache breakpoints -------------------------------------------------------------------------------

EPHEMERAL = {"cache_control": {"type": "ephemeral"}}


def block(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def test_the_cached_prefix_ends_with_the_last_breakpoint() -> None:
    prompt = read(
        {
            "tools": [{"name": "f", **EPHEMERAL}, {"name": "g"}],
            "system": [block("s", **EPHEMERAL)],
            "messages": [
                {"role": "user", "content": [block("a"), block("b", **EPHEMERAL), block("c")]},
                {"role": "assistant", "content": "d"},
            ],
            "output_config": {"format": {"type": "json_schema", "schema": PARAMETERS}},
        }
    )
    assert [message.cached for message in prompt.messages] == [1, 2, 0]
    prefix = prompt.cached
    assert prefix is not None
    assert [message.parts for message in prefix.messages] == [
        (Text("s"),), (Text("a"), Text("b")),
    ]  # fmt: skip
    assert prefix.tools == prompt.tools
    assert prefix.response_format is None


def test_a_breakpoint_on_tools_covers_tools_alone() -> None:
    tools = [{"name": "f"}, {"name": "g", **EPHEMERAL}, {"name": "h"}]
    prefix = read([{"role": "user", "content": "a"}], tools=tools).cached
    assert prefix is not None
    assert (prefix.messages, [tool.name for tool in prefix.tools]) == ((), ["f", "g"])


@pytest.mark.parametrize(
    ("content", "covered"),
    [
        pytest.param({"role": "user", "content": block("a", **EPHEMERAL)}, 1, id="a single block"),
        pytest.param(
            {"role": "tool", "content": [block("a"), block("b", **EPHEMERAL)]}, 1, id="a result"
        ),
        pytest.param(
            {"role": "assistant", "reasoning": "r", "content": [block("a", **EPHEMERAL)]}, 2,
            id="reasoning stands before it",
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": ["a", "b"]}], **EPHEMERAL}, 2,
            id="automatic caching",
        ),
        pytest.param([block("a"), block("b", **EPHEMERAL)], 2, id="bare blocks"),
        pytest.param({"role": "user", "content": block("a", cache_control=None)}, 0, id="none"),
    ],
)  # fmt: skip
def test_a_message_remembers_what_its_breakpoint_covers(content: Any, covered: int) -> None:
    assert read(content).messages[0].cached == covered


def test_without_breakpoints_nothing_is_cached() -> None:
    assert read("a").cached is None
    assert read({"messages": [], **EPHEMERAL}).cached is None


# what is wrong -----------------------------------------------------------------------------------


def deep(levels: int) -> dict[str, Any]:
    found: Any = "end"
    for _ in range(levels):
        found = [{"type": "tool_result", "content": found}]
    return {"role": "user", "content": found}


WITHIN = {"role": "user"}
LOOP: dict[str, Any] = {"type": "namespace"}
LOOP["tools"] = [LOOP]
ENDLESS: dict[str, Any] = {}
ENDLESS["format"] = ENDLESS


class Broken:
    def model_dump(self) -> dict[str, Any]:
        message = "boom"
        raise RuntimeError(message)


WRONG: list[Any] = [
    pytest.param(None, "content is a text, a list", id="nothing"),
    pytest.param(3, "content is a text, a list", id="a number"),
    pytest.param(b"abc", "content is bytes, which may be anything", id="bytes"),
    pytest.param([], "content is an empty list", id="an empty list"),
    pytest.param(iter(["a"]), "not list_iterator", id="an iterator"),
    pytest.param({"foo": 1}, "it has foo", id="another mapping"),
    pytest.param({}, "it has no fields", id="an empty mapping"),
    pytest.param({"messages": 3}, "messages is a text, a list", id="messages that are none"),
    pytest.param([Odd()], "not Odd", id="an SDK object that is no mapping"),
    pytest.param(Turn, "not ModelMetaclass", id="a class"),
    pytest.param([1], r"content\[0\] is a content part", id="a number in a list"),
    pytest.param(
        [{"role": "user", "content": "a"}, "b"], r"messages\[1\] is str 'b' among messages",
        id="text among messages",
    ),
    pytest.param(
        [{"role": "bot", "content": "a"}], r"messages\[0\] has the role 'bot'", id="a role"
    ),
    pytest.param({"role": None, "content": "a"}, "has the role None", id="no role"),
    pytest.param({**WITHIN, "content": 5}, "content.content is text", id="a content"),
    pytest.param({**WITHIN, "name": 5}, "content.name is text, not int 5", id="a name"),
    pytest.param(
        {"messages": [{**WITHIN, "content": ["a", {"type": "imag_url"}]}]},
        r"messages\[0\].content\[1\] has the type 'imag_url'.*nearest: image_url", id="a type",
    ),
    pytest.param({**WITHIN, "content": [{"type": 3}]}, "has the type 3", id="a number as type"),
    pytest.param({"type": "zzz"}, "has the type 'zzz', whose", id="a type like no other"),
    pytest.param(
        {**WITHIN, "content": [{"foo": 1}]}, r"content.content\[0\] is no content part.*has foo",
        id="no type",
    ),
    pytest.param({**WITHIN, "content": [{}]}, "it has no fields", id="an empty part"),
    pytest.param({**WITHIN, "content": [["a"]]}, "not list", id="a list in a list"),
    pytest.param(deep(60), "lies more than 40 levels deep", id="parts in parts without end"),
    pytest.param({"text": None}, "holds nothing: text are empty", id="an empty part of Gemini's"),
    pytest.param({"type": "text"}, "has no 'text'; it has type", id="text without text"),
    pytest.param({"type": "text", "text": 3}, "content.text is text, not int 3", id="no text"),
    pytest.param({"type": "image_url"}, "has no 'image_url'", id="an image without URL"),
    pytest.param(
        {"type": "image_url", "image_url": {"url": "a.png"}}, "neither a URL nor a data URL",
        id="a path as URL",
    ),
    pytest.param(
        {"type": "image_url", "image_url": {"url": "data:image/png,abc"}}, "is no data URL",
        id="a data URL without base64",
    ),
    pytest.param(
        {"type": "image_url", "image_url": {"url": "data:image/png;base64"}}, "is no data URL",
        id="a data URL without data",
    ),
    pytest.param(
        {"type": "image_url", "image_url": {"url": "https://a", "detail": "huge"}},
        "image_url asks for the detail 'huge'; a detail is one of auto", id="a detail",
    ),
    pytest.param(
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,@@"}}, "is no base64",
        id="no base64",
    ),
    pytest.param(
        {"type": "input_audio", "input_audio": {"data": "ü"}}, "input_audio.data is no base64",
        id="base64 with other letters",
    ),
    pytest.param(
        {"type": "input_audio", "input_audio": {}}, "is base64 text or bytes, not NoneType",
        id="no data",
    ),
    pytest.param({"type": "input_audio"}, "input_audio is a mapping with 'data'", id="no audio"),
    pytest.param({"type": "file", "file": {}}, "has none of file_data", id="an empty file"),
    pytest.param(
        {"type": "image", "source": {"type": "data"}}, "source has the type 'data'; known: base64",
        id="a source",
    ),
    pytest.param({"type": "image"}, "source is a mapping with a type", id="an image without source"),
    pytest.param(
        {"type": "tool_use", "name": "f", "input": [1]}, "input is a mapping", id="an input"
    ),
    pytest.param(
        {"inlineData": {"data": BASE64}}, "inlineData has no mimeType", id="data without its type"
    ),
    pytest.param(
        {"inlineData": {"mimeType": "application/zip", "data": BASE64}},
        "the type 'application/zip', whose tokens are not known", id="an archive",
    ),
    pytest.param(
        {"inlineData": {"mimeType": "text/plain", "data": BASE64}}, "is text/plain but no UTF-8",
        id="text that is none",
    ),
    pytest.param(
        {"inlineData": {"mimeType": "video/mp4", "data": BASE64}, "videoMetadata": {"fps": -1}},
        "the frames a second of a video is a number above 0", id="frames a second",
    ),
    pytest.param(
        {"fileData": {"fileUri": "files/x"}}, "names 'files/x' without its MIME type",
        id="a file without its type",
    ),
    pytest.param(
        {"text": "a", "fileData": 3, "thought": False}, "", id="text stands before other keys",
    ),
    pytest.param(
        {"fileData": {"fileUri": "a.png"}, "mediaResolution": "TINY"},
        "a media_resolution is low, medium", id="a resolution",
    ),
    pytest.param(
        {"role": "assistant", "tool_calls": [{}]}, r"tool_calls\[0\] has neither 'function'",
        id="a call of nothing",
    ),
    pytest.param(
        {"role": "assistant", "tool_calls": {"a": 1}}, "tool_calls is a list of calls", id="calls"
    ),
    *(
        pytest.param({"input": "a", key: "x"}, f"{key} names content that the provider keeps", id=key)
        for key in ("previous_response_id", "conversation", "cachedContent", "cached_content")
    ),
    pytest.param({"messages": "a", "tools": "x"}, "tools is a list of tools", id="tools"),
    pytest.param({"messages": "a", "tools": [print]}, "is a Python object", id="a Python function"),
    pytest.param({"messages": "a", "tools": [{"type": "function"}]}, "has no 'name'", id="no name"),
    pytest.param({"messages": "a", "tools": [{"type": 3}]}, r"tools\[0\].type is text", id="kinds"),
    pytest.param({"messages": "a", "tools": [City]}, "is one of function declar", id="a class"),
    pytest.param(
        {"messages": "a", "tools": [{"name": "f", "parameters": 3}]}, "parameters is a JSON schema",
        id="parameters",
    ),
    pytest.param(
        {"messages": "a", "tools": [{"functionDeclarations": ["f"]}]},
        r"functionDeclarations\[0\] is text 'f'", id="a declaration",
    ),
    pytest.param(
        {"messages": "a", "tool_choice": "maybe"}, "tool_choice is 'maybe'", id="a choice"
    ),
    pytest.param({"messages": "a", "tool_choice": {"a": 1}}, "a tool choice is auto", id="choices"),
    pytest.param(
        {"messages": "a", "response_format": {"type": "json_schema"}}, "schema is a JSON schema",
        id="a form without a schema",
    ),
    pytest.param({"messages": "a", "response_format": 3}, "a response format", id="a form"),
    pytest.param(
        {"contents": "a", "toolConfig": {
            "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": 5}}},
        "allowedFunctionNames is a list of names, not int 5", id="names that are none",
    ),
    pytest.param(
        {"contents": "a", "toolConfig": {
            "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [5]}}},
        "tool_choice is text, not int 5", id="a name that is none",
    ),
    pytest.param({"messages": "a", "tools": [LOOP]}, "levels deep; .*hold itself", id="tools"),
    pytest.param(
        {"messages": "a", "response_format": ENDLESS}, "levels deep; .*hold itself",
        id="a form within itself",
    ),
    pytest.param(
        [{"role": "user", "content": [Broken()]}],
        r"content\[0\] cannot be read: model_dump\(\) of its Broken fails with RuntimeError: boom",
        id="an SDK object that fails",
    ),
    pytest.param(
        {"type": "text", "text": None}, "content has no 'text'; it has type$", id="an empty text"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), [case for case in WRONG if case.values[1]])
def test_what_is_wrong_is_said_with_its_place(content: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        read(content)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # noqa: S301 - our own


def test_an_unknown_type_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as raised:
        read([{"type": "imag"}])
    assert raised.value.facts["known"] == tuple(READERS)
    assert raised.value.facts["place"] == "content[0]"


def test_arguments_within_themselves_are_no_json() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = loop
    with pytest.raises(UsageError, match="is no JSON"):
        compact(loop, "x")
    with pytest.raises(UsageError, match="x is no JSON: object .* has no JSON form"):
        compact({"a": object()}, "x")
    with pytest.raises(UsageError, match="x is no JSON: Broken cannot be read: model_dump"):
        compact({"a": Broken()}, "x")


def test_parts_within_themselves_end() -> None:
    loop: dict[str, Any] = {"type": "tool_result"}
    loop["content"] = [loop]
    with pytest.raises(UsageError, match="levels deep") as raised:
        read([{"role": "user", "content": [loop]}])
    assert len(str(raised.value)) < 200


# media values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        pytest.param(Image, {"width": 0, "height": 1}, "the width of an image", id="no width"),
        pytest.param(Image, {"width": True, "height": 1}, "not True", id="a bool"),
        pytest.param(Image, {"width": 1.5, "height": 1}, "not 1.5", id="half a pixel"),
        pytest.param(Image, {"width": 1, "height": -1}, "the height of an image", id="a height"),
        pytest.param(Image, {"width": 1}, "1 x None is half", id="one side"),
        pytest.param(
            Image,
            {"width": 10**5_000, "height": 1},
            "not a int of thousands of digits",
            id="a width beyond all bounds",
        ),
        pytest.param(Image, {"width": 1, "height": 10**9 + 1}, "1 to 10", id="a mile of pixels"),
        pytest.param(Audio, {"seconds": 10**400}, "up to 10", id="a sound without end"),
        pytest.param(Image, {"detail": "huge"}, "the detail of an image is one of", id="a detail"),
        pytest.param(Image, {"data": "abc"}, "the data of an image is bytes, not str", id="text"),
        pytest.param(Audio, {"seconds": 0}, "the seconds of a sound", id="no length"),
        pytest.param(Audio, {"seconds": float("nan")}, "not nan", id="NaN"),
        pytest.param(Audio, {"seconds": float("inf")}, "not inf", id="infinity"),
        pytest.param(Audio, {"seconds": True}, "not True", id="a bool as length"),
        pytest.param(Audio, {"seconds": "3"}, "not '3'", id="text as length"),
        pytest.param(Audio, {"data": 3}, "the data of a sound", id="a sound's data"),
        pytest.param(Video, {"seconds": -1}, "the seconds of a video", id="a negative length"),
        pytest.param(Video, {"fps": 0}, "the frames a second", id="no frames"),
        pytest.param(Video, {"data": []}, "the data of a video", id="a video's data"),
        pytest.param(Document, {"pages": 0}, "the pages of a document", id="no pages"),
        pytest.param(Document, {"text": 3}, "the text of a document is a str", id="a number"),
        pytest.param(Document, {"data": "x"}, "the data of a document", id="a document's data"),
    ],
)
def test_a_medium_refuses_what_it_cannot_be(kind: Any, fields: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        kind(**fields)


@pytest.mark.parametrize(
    "medium",
    [
        Image(1024, 768, "low", b"\xff\x00"),
        Audio(1.5, b"\xff"),
        Video(60, 1, "high", b"\x00"),
        Document(3, "text", b"\xfe"),
        Image(),
    ],
    ids=lambda medium: type(medium).__name__,
)
def test_a_medium_is_a_value(medium: Any) -> None:
    kind = type(medium)
    assert kind.model_validate_json(medium.model_dump_json()) == medium
    assert kind.model_validate(medium.model_dump()) == medium
    assert set(kind.model_json_schema()["properties"]) == set(medium.model_dump())
    assert pickle.loads(pickle.dumps(medium)) == medium  # noqa: S301 - our own
    assert hash(medium) == hash(copy.deepcopy(medium))
    assert "data" not in repr(medium)


# all contents ------------------------------------------------------------------------------------

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "role", "content", "type", "text", "messages", "input", "contents", "parts",
                    "tools", "name", "source", "data", "url", "image_url", "inlineData", "x",
                    "functionCall", "fileData", "tool_calls", "function", "summary", "output",
                ]
            ),
            st.one_of(inner, st.sampled_from(["user", *READERS, "function_call", "base64"])),
            max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_anything_is_read_or_refused_and_stays_as_it_was(content: Any) -> None:
    before = json.dumps(content)
    shapes = ("messages", "input", "contents")
    with contextlib.suppress(UsageError):
        prompt = read(content)
        assert prompt.messages or prompt.shape in shapes
    assert json.dumps(content) == before
