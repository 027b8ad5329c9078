"""Tools as models see them: what OpenAI's API billed, and schemas of every kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.tokens.content import Tool
from costcalc.tokens.text import count
from costcalc.tokens.tools import declaration, openai_line, render, tagged_line

CITY = {"type": "string", "description": "City name"}
WEATHER = Tool(
    "get_weather",
    "Get the current weather",
    {
        "type": "object",
        "properties": {
            "city": CITY,
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    },
)


def tool(properties: dict[str, Any] | None, **more: Any) -> Tool:
    return Tool("f", "", {"type": "object", "properties": properties, **more})


def test_a_function_is_written_as_a_typescript_type() -> None:
    assert render([WEATHER]) == (
        "namespace functions {\n"
        "\n"
        "// Get the current weather\n"
        "type get_weather = (_: {\n"
        "// City name\n"
        "city: string,\n"
        'unit?: "celsius" | "fahrenheit",\n'
        "}) => any;\n"
        "\n"
        "} // namespace functions"
    )


def test_the_worked_example_has_41_tokens() -> None:
    assert count("o200k_base", render([WEATHER])) == 41


# functions whose requests to gpt-3.5-turbo were billed, as published with the tests of
# https://github.com/hmarr/openai-chat-tokens; 8 of the tokens are the message, 9 the frame of tools
BILLED: list[Any] = [
    pytest.param(Tool("foo", "", {"type": "object", "properties": {}}), 31, id="no parameters"),
    pytest.param(Tool("foo", "Do a foo", {"properties": {}}), 36, id="a description"),
    pytest.param(
        Tool("bing_bong", "Do a bing bong", {"properties": {"foo": {"type": "string"}}}),
        49,
        id="a string",
    ),
    pytest.param(
        Tool(
            "bing_bong",
            "Do a bing bong",
            {
                "properties": {
                    "foo": {"type": "string"},
                    "bar": {"type": "number", "description": "A number"},
                }
            },
        ),
        57,
        id="a number with a description",
    ),
    pytest.param(
        Tool(
            "bing_bong",
            "Do a bing bong",
            {
                "properties": {
                    "foo": {
                        "type": "object",
                        "properties": {
                            "bar": {"type": "string", "enum": ["a", "b", "c"]},
                            "baz": {"type": "boolean"},
                        },
                    }
                }
            },
        ),
        68,
        id="an object with an enum and a boolean",
    ),
    pytest.param(
        Tool(
            "get_recipe",
            "",
            {
                "required": ["ingredients", "instructions", "time_to_cook"],
                "properties": {
                    "ingredients": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["name", "unit", "amount"],
                            "properties": {
                                "name": {"type": "string"},
                                "unit": {
                                    "enum": ["grams", "ml", "cups", "pieces", "teaspoons"],
                                    "type": "string",
                                },
                                "amount": {"type": "number"},
                            },
                        },
                    },
                    "instructions": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Steps to prepare the recipe (no numbering)",
                    },
                    "time_to_cook": {
                        "type": "number",
                        "description": "Total time to prepare the recipe in minutes",
                    },
                },
            },
        ),
        106,
        id="arrays of objects and of strings",
    ),
]


@pytest.mark.parametrize(("function", "billed"), BILLED)
def test_functions_have_the_tokens_that_were_billed(function: Tool, billed: int) -> None:
    assert count("cl100k_base", render([function])) + 8 + 9 == billed


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        pytest.param({"type": "integer"}, "number", id="an integer is a number"),
        pytest.param({"type": "null"}, "null", id="null"),
        pytest.param({"type": "STRING"}, "string", id="Gemini writes types in capitals"),
        pytest.param({"type": "array"}, "any[]", id="an array of anything"),
        pytest.param({"type": "array", "items": [1]}, "any[]", id="items that are no schema"),
        pytest.param({"type": "array", "items": {"type": "array"}}, "any[][]", id="arrays nest"),
        pytest.param({"type": "object"}, "{\n}", id="an object without properties"),
        pytest.param({"type": "number", "enum": [1, 2.5]}, "1 | 2.5", id="an enum of numbers"),
        pytest.param({"enum": []}, "any", id="an empty enum says nothing"),
        pytest.param({"enum": "abc", "type": "string"}, "string", id="an enum that is text"),
        pytest.param({"enum": ['a"b']}, '"a\\"b"', id="quotes are escaped"),
        pytest.param({"$ref": "#/$defs/A"}, "any", id="a reference"),
        pytest.param({"anyOf": [{"type": "string"}]}, "any", id="a union"),
        pytest.param({"type": ["string", "null"]}, "any", id="a list of types"),
        pytest.param({}, "any", id="nothing said"),
        pytest.param(True, "any", id="a schema may be a boolean"),
    ],
)
def test_a_type_is_written_or_is_any(schema: Any, written: str) -> None:
    assert f"x?: {written},\n}}) => any;" in render([tool({"x": schema})])


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(Tool("f"), id="no schema"),
        pytest.param(Tool("f", "", {}), id="an empty schema"),
        pytest.param(tool(None), id="no properties"),
        pytest.param(Tool("f", "", {"properties": ["a"]}), id="properties that are a list"),
    ],
)
def test_a_function_without_parameters_takes_none(function: Tool) -> None:
    assert "type f = () => any;" in render([function])


def test_required_may_be_anything() -> None:
    assert "x?: string," in render([tool({"x": {"type": "string"}}, required=None)])
    assert "x: string," in render([tool({"x": {"type": "string"}}, required=("x",))])
    assert "x?: string," in render([tool({"x": {"type": "string"}}, required="x")])
    assert "1?: string," in render([tool({1: {"type": "string"}}, required="x")])


def test_a_custom_tool_takes_free_text() -> None:
    written = render([Tool("exec", "Run it", kind="custom")])
    assert "// Run it\ntype exec = (FREEFORM) => any;" in written


def test_nested_objects_are_indented() -> None:
    inner = {"type": "object", "properties": {"a": {"type": "string", "description": "An a"}}}
    assert "x?: {\n  // An a\n  a?: string,\n},\n" in render([tool({"x": inner})])


def test_a_schema_within_itself_ends() -> None:
    loop: dict[str, Any] = {"type": "object"}
    loop["properties"] = {"left": loop, "right": loop}
    assert render([tool({"x": loop})]).count("any,") == 2


def test_depth_is_bounded() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(5_000):
        deep = {"type": "array", "items": deep}
    assert "any" + "[]" * 41 in render([tool({"x": deep})])


NAMES = st.sampled_from(["a", "b", "city", "unit", "x y", "ü"])
SCHEMAS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.text(max_size=5),
        st.fixed_dictionaries(
            {"type": st.one_of(st.sampled_from(["string", "array", "object", "x"]), st.none())}
        ),
    ),
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["object", "array", "OBJECT"])},
        optional={
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "items": inner,
            "enum": st.lists(inner, max_size=2),
            "required": st.lists(NAMES, max_size=2),
            "description": inner,
        },
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(SCHEMAS)
def test_any_schema_is_written(schema: Any) -> None:
    text = render([tool({"x": schema})])
    assert text.startswith("namespace functions {\n\ntype f = (_: {\n")
    assert text.endswith("}) => any;\n\n} // namespace functions")


def test_templates_write_a_function_as_json() -> None:
    line = openai_line(WEATHER)
    function = {
        "name": "get_weather",
        "description": "Get the current weather",
        "parameters": WEATHER.parameters,
    }
    assert json.loads(line) == {"type": "function", "function": function}
    assert '", "' in line
    assert openai_line(WEATHER, spaced=False) == line.replace(": ", ":").replace(", ", ",")


def test_claude_is_shown_json_in_a_tag() -> None:
    assert tagged_line(Tool("f")) == (
        '<function>{"description": "", "name": "f", "parameters": {}}</function>'
    )


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        pytest.param(Tool("f"), {"name": "f"}, id="a name alone"),
        pytest.param(
            Tool("f", "d", {}), {"name": "f", "description": "d", "parameters": {}}, id="all three"
        ),
    ],
)
def test_a_declaration_has_what_there_is(function: Tool, shown: dict[str, Any]) -> None:
    assert declaration(function) == shown
