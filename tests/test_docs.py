"""The documents say what the code does: every setting, secret, metric, command, module and route."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from bridge import cli, config, metrics, plugins
from bridge.channels.widget import WidgetChannel
from bridge.channels.widget.settings import Settings
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.web import application
from scripts.generate_docs import ROOT, documents
from scripts.openapi import description
from tests.fakes.context import channel_context


@pytest.mark.parametrize("path", sorted(documents()), ids=lambda path: str(path.name))
def test_what_is_generated_is_up_to_date(path: Path) -> None:
    wanted = documents()[path]

    assert path.exists(), "make docs"
    assert path.read_text(encoding="utf-8") == wanted, "the code has changed: make docs"


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _settings_classes() -> Iterator[tuple[str, type]]:
    yield from config.TABLES.items()
    for package in ("bridge.stores", "bridge.brain.knowledge.embedders", "bridge.channels"):
        for name in plugins.names(package):
            yield name, importlib.import_module(f"{package}.{name}").Settings


@pytest.mark.parametrize(("name", "settings"), list(_settings_classes()))
def test_every_setting_is_explained(name: str, settings: type) -> None:
    page = _read("docs/configuration.md")

    for key, field in settings.model_fields.items():  # type: ignore[attr-defined]
        assert f"`{field.alias or key}`" in page or f".{key}]`" in page
        assert field.description, f"{name}.{key} has no description"


def test_every_metric_is_listed_and_explained() -> None:
    page = _read("docs/operations.md")

    declared = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    assert len(declared) > 20
    for metric in declared:
        assert f"`{metric._name}" in page
        assert metric._documentation


def test_every_command_is_listed() -> None:
    page = _read("docs/operations.md")

    for command in cli.COMMANDS:
        assert f"usage: bridge {command} " in page


def test_every_module_is_on_the_map_and_says_what_it_is() -> None:
    page = _read("ARCHITECTURE.md")

    for path in (ROOT / "bridge").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        assert f"| `{name}` | " in page
        assert f"| `{name}` |  |" not in page, f"{name} has no docstring"


def test_the_description_of_the_http_has_every_route_and_no_other() -> None:
    store = MemoryStore(MemorySettings())

    widget = WidgetChannel(Settings(), channel_context(store))
    app = application(store=store, routes=[widget.routes()], status=dict)
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method not in ("HEAD", "OPTIONS")
    }
    described = {(method, path) for path, methods in description()["paths"].items() for method in methods}

    assert {(method, path) for method, path in served if not path.startswith("/demo/")} == described
