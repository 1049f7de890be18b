"""Write the parts of the documents that the code knows best: `make docs`. A test compares them with the code.

Whole files: docs/configuration.md and docs/openapi.json. Between `<!-- name -->` and `<!-- /name -->`: the metrics and
the commands in docs/operations.md, the modules in ARCHITECTURE.md.
"""

import argparse
import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bridge import cli, config, metrics, plugins
from scripts.openapi import description

ROOT = Path(__file__).parents[1]
EMBEDDERS = "bridge.brain.knowledge.embedders"
_CELL = str.maketrans({"|": "\\|", "\n": " "})


def documents() -> dict[Path, str]:
    """Every file that is written here, with what it should hold."""
    operations = _between(ROOT / "docs/operations.md", {"metrics": metrics_table(), "commands": commands()})
    architecture = _between(ROOT / "ARCHITECTURE.md", {"modules": modules_table()})
    return {
        ROOT / "docs/configuration.md": configuration(),
        ROOT / "docs/openapi.json": json.dumps(description(), indent=2, ensure_ascii=False) + "\n",
        ROOT / "docs/operations.md": operations,
        ROOT / "ARCHITECTURE.md": architecture,
    }


def main() -> None:
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _between(path: Path, parts: dict[str, str]) -> str:
    """The file with each part put between its markers; a marker that is not there yet comes at the end."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for name, part in parts.items():
        opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
        if opening not in text:
            text += f"\n## {name.capitalize()}\n\n{opening}\n{closing}\n"
        before, _, rest = text.partition(opening)
        text = f"{before}{opening}\n{part}{closing}{rest.partition(closing)[2]}"
    return text.lstrip("\n")


# ---------------------------------------------------------------- configuration


def configuration() -> str:
    """Every setting with its default, and every secret."""
    return "\n".join([_INTRODUCTION, *_tables(), _SECRETS, *_secrets()]).rstrip() + "\n"


_INTRODUCTION = """# Configuration

`config.toml` holds what differs from the defaults below.
Every key can be set in the environment instead: `BRIDGE_`, then the path joined by `__`, in upper case.
Lists and tables are written as JSON there.
A key that is not listed here is a mistake, and every mistake is reported in one go with its fix.

This page is written by `make docs` from the code.
"""
_SECRETS = """## Secrets

Secrets come from the environment or from a `.env` file beside `config.toml`, never from `config.toml` itself.

| variable | for | needed |
|---|---|---|"""


def _tables() -> Iterator[str]:
    for name, settings in config.TABLES.items():
        yield from _table(name, settings)
    for scheme in plugins.names("bridge.stores"):
        yield from _table("store", _settings("bridge.stores", scheme), f' for `url = "{scheme}://…"`')
    for name in plugins.names(EMBEDDERS):
        yield from _table(f"embedders.{name}", _settings(EMBEDDERS, name))
    for name in plugins.names("bridge.channels"):
        yield from _table(f"channels.{name}", _settings("bridge.channels", name))


def _settings(package: str, name: str) -> type[BaseModel]:
    settings: type[BaseModel] = plugins.load(package, name, name).Settings
    return settings


def _table(key: str, settings: type[BaseModel], more: str = "", default: Any = None) -> Iterator[str]:
    """A table's own keys; then each table inside it."""
    words = (settings.__doc__ or "").strip().split("\n\n")[0]
    yield f"## `[{key}]`{more}\n"
    if words and not words.startswith("`["):
        yield f"{words}\n"
    nested = {name: field for name, field in settings.model_fields.items() if _model(field)}
    plain = {name: field for name, field in settings.model_fields.items() if name not in nested}
    if plain:
        yield "| key | default | environment | |\n|---|---|---|---|"
        for name, field in plain.items():
            value = getattr(default, name) if default is not None else _default(field)
            yield _row(key, field.alias or name, value, field.description or "")
        yield ""
    for name, field in nested.items():
        model = _model(field)
        assert model is not None
        yield from _table(f"{key}.{name}", model, default=getattr(default, name, None) or _default(field))


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _default(field: FieldInfo) -> Any:
    value = field.get_default(call_default_factory=True)
    return None if value is PydanticUndefined else value


def _row(table: str, key: str, value: Any, words: str) -> str:
    environment = config.PREFIX + "__".join([*table.split("."), key]).upper()
    shown = "" if value is None else f"`{_toml(value)}`"
    return f"| `{key}` | {shown.translate(_CELL)} | `{environment}` | {words.translate(_CELL)} |"


def _toml(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return json.dumps(value, ensure_ascii=False, default=lambda other: list(other) if _many(other) else str(other))


def _many(value: object) -> bool:
    return isinstance(value, (tuple, set, frozenset))


def _secrets() -> Iterator[str]:
    for secret, tables in config.CORE_SECRETS.items():
        yield f"| `{secret}` | {', '.join(f'`[{table}]`' for table in tables.split(', '))} | no |"
    for package, table in (("bridge.stores", "store"), (EMBEDDERS, "embedders"), ("bridge.channels", "channels")):
        for name in plugins.names(package):
            module = plugins.load(package, name, name)
            for secret in getattr(module, "SECRETS", ()):
                setting, _ = getattr(module, "REQUIRED_WHEN", {}).get(secret, ("", None))
                needed = (
                    "yes" if secret in getattr(module, "REQUIRED", ()) else f"with `{setting}`" if setting else "no"
                )
                yield f"| `{secret}` | `[{table}.{name}]` | {needed} |"


# ---------------------------------------------------------------- operations and architecture


def metrics_table() -> str:
    """Every metric."""
    kinds = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}
    rows = ["| metric | kind | labels | |", "|---|---|---|---|"]
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            name = metric._name + ("_total" if isinstance(metric, Counter) else "")
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            rows.append(f"| `{name}` | {kinds[type(metric)]} | {labels} | {metric._documentation.translate(_CELL)} |")
    return "\n".join(rows) + "\n"


def commands() -> str:
    """What `bridge --help` says, command by command."""
    whole = cli.parser()
    parsers = [whole]
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            parsers += action.choices.values()
    for parser in parsers:
        parser.formatter_class = _Formatter
    return "\n".join(f"```text\n{parser.format_help().strip()}\n```\n" for parser in parsers)


class _Formatter(argparse.HelpFormatter):
    """The width of the terminal must not change the document."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=100)


def modules_table() -> str:
    """Every module with the first line of its docstring."""
    rows = ["| module | |", "|---|---|"]
    for path in sorted((ROOT / "bridge").rglob("*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        name = path.relative_to(ROOT).as_posix()
        rows.append(f"| `{name}` | {_sentence(docstring).translate(_CELL)} |")
    return "\n".join(rows) + "\n"


def _sentence(docstring: str) -> str:
    """The first sentence, or the first paragraph when it has none."""
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) (?=[A-Z`])", paragraph)[0]


if __name__ == "__main__":
    main()
