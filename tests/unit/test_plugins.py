"""Every channel, store and embedder has the shape that config.py and app.py rely on."""

import importlib
import inspect
from types import ModuleType

import pytest
from pydantic import BaseModel

from bridge import plugins
from bridge.config import EMBEDDERS
from bridge.errors import ConfigError

PACKAGES = ("bridge.channels", "bridge.stores", EMBEDDERS)
MODULES = [
    pytest.param(importlib.import_module(f"{package}.{name}"), id=name)
    for package in PACKAGES
    for name in plugins.names(package)
]


@pytest.mark.parametrize("module", MODULES)
def test_settings_are_frozen_strict_and_have_defaults(module: ModuleType) -> None:
    assert issubclass(module.Settings, BaseModel)
    assert module.Settings.model_config.get("frozen") is True
    assert module.Settings.model_config.get("extra") == "forbid"
    assert module.Settings()
    assert all(field.description for field in module.Settings.model_fields.values())


@pytest.mark.parametrize("module", MODULES)
def test_it_can_be_built_and_names_its_secrets(module: ModuleType) -> None:
    wanted = {
        "bridge.channels": ["settings", "context"],
        "bridge.stores": ["settings"],
        EMBEDDERS: ["settings", "secrets"],
    }[module.__name__.rpartition(".")[0]]
    parameters = inspect.signature(module.build).parameters.values()

    assert [p.name for p in parameters if p.default is inspect.Parameter.empty] == wanted
    required = {*getattr(module, "REQUIRED", ()), *getattr(module, "REQUIRED_WHEN", ())}
    assert required <= set(getattr(module, "SECRETS", ()))
    assert all(name.isupper() for name in getattr(module, "SECRETS", ()))
    assert module.__doc__


@pytest.mark.parametrize("name", plugins.names("bridge.channels"))
def test_a_channel_can_be_switched(name: str) -> None:
    assert "enabled" in importlib.import_module(f"bridge.channels.{name}").Settings.model_fields


@pytest.mark.parametrize("name", ["", "Widget", "widget.routes", "../widget", "_http", "os", "wid\0get", "widget "])
def test_only_what_is_there_can_be_loaded(name: str) -> None:
    with pytest.raises(ConfigError, match=r"the\.key: there is no .*; there are: slack, telegram, whatsapp, widget"):
        plugins.load("bridge.channels", name, "the.key")
