"""Who bills the calls of a client: by its class, else by its host."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from costcalc.recording.sellers import region_of, seller_of

HOSTS = [
    ("api.openai.com", "openai"),
    ("eu.api.openai.com", "openai"),
    ("ours.openai.azure.com", "azure"),
    ("ours.services.ai.azure.com", "azure"),
    ("api.anthropic.com", "anthropic"),
    ("bedrock-runtime.us-east-1.amazonaws.com", "bedrock"),
    ("bedrock-mantle.us-east-1.api.aws", "bedrock"),
    ("europe-west1-aiplatform.googleapis.com", "vertex"),
    ("generativelanguage.googleapis.com", "google"),
    ("api.x.ai", "xai"),
    ("dashscope-intl.aliyuncs.com", "alibaba"),
    ("ours.ap-southeast-1.maas.aliyuncs.com", "alibaba"),
    ("dashscope.aliyuncs.com", "alibaba-cn"),
    ("open.bigmodel.cn", "zhipu"),
    ("openrouter.ai", "openrouter"),
    ("localhost", None),
    ("", None),
]


@pytest.mark.parametrize(("host", "seller"), HOSTS, ids=[host or "none" for host, _ in HOSTS])
def test_a_host_says_who_bills(host: str, seller: str | None) -> None:
    assert seller_of(SimpleNamespace(base_url=SimpleNamespace(host=host))) == seller


CLASSES = [
    ("AsyncAzureOpenAI", "azure"),
    ("AnthropicFoundry", "azure"),
    ("AnthropicBedrockMantle", "bedrock"),
    ("BedrockOpenAI", "bedrock"),
    ("AsyncAnthropicVertex", "vertex"),
    ("AnthropicAWS", "aws"),
    ("AnthropicGoogleCloud", "google-cloud"),
    ("OpenAI", "openai"),
]


@pytest.mark.parametrize(("name", "seller"), CLASSES, ids=[name for name, _ in CLASSES])
def test_a_class_of_a_cloud_says_it_whatever_its_host(name: str, seller: str) -> None:
    client = type(name, (SimpleNamespace,), {})(base_url=SimpleNamespace(host="api.openai.com"))
    assert seller_of(client) == seller


SDK_CLASSES = [
    ("openai", "AzureOpenAI"),
    ("openai", "AsyncAzureOpenAI"),
    ("anthropic", "AnthropicBedrock"),
    ("anthropic", "AsyncAnthropicVertex"),
    ("anthropic", "AnthropicFoundry"),
]


@pytest.mark.parametrize(("package", "name"), SDK_CLASSES, ids=[name for _, name in SDK_CLASSES])
def test_the_classes_are_those_of_the_sdks(package: str, name: str) -> None:
    assert isinstance(getattr(pytest.importorskip(package), name), type)


REGIONS = [
    ("eu.api.openai.com", "eu"),
    ("us.api.openai.com", "us"),
    ("api.openai.com", None),
    ("eu.openai.azure.com", None),
    ("eu.api.openai.com.example.com", None),
]


@pytest.mark.parametrize(("host", "region"), REGIONS, ids=[host for host, _ in REGIONS])
def test_a_host_of_openai_says_the_region(host: str, region: str | None) -> None:
    assert region_of(SimpleNamespace(base_url=SimpleNamespace(host=host))) == region
