"""config.toml + environment -> Config. Every mistake is reported at once, with its key and the fix.

Each table is described by the Settings class of the file that uses it; only the server's own tables live here.
"""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from types import ModuleType
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator

from bridge import plugins
from bridge.backends import opening as backend_opening
from bridge.backends.settings import BackendSettings
from bridge.brain.backup import BackupSettings
from bridge.brain.budget import BudgetSettings
from bridge.brain.cache.settings import CacheSettings
from bridge.brain.checks.settings import ChecksSettings
from bridge.brain.escalating.settings import EscalationSettings
from bridge.brain.knowledge.settings import Settings as KnowledgeSettings
from bridge.brain.phrases import PhrasesSettings
from bridge.brain.prices import PricesSettings
from bridge.brain.routing.settings import RoutingSettings
from bridge.brain.settings import BusinessSettings, ClaudeSettings, ExtractiveSettings, PromptSettings
from bridge.desk.settings import DeskSettings
from bridge.errors import ConfigError
from bridge.identity import settings as identity_settings
from bridge.identity.settings import IdentitySettings
from bridge.logs import KEY_SHAPED
from bridge.mcp import settings as mcp_settings
from bridge.mcp.settings import McpSettings
from bridge.media.settings import FilesSettings, TranscriberSettings
from bridge.roles import Role
from bridge.tickets import settings as tickets_settings
from bridge.tickets.settings import TicketsSettings
from bridge.tools import builtin as builtin_tools
from bridge.tools.settings import ToolsSettings

PREFIX = "BRIDGE_"
CORE_SECRETS = {
    "ANTHROPIC_API_KEY": "claude",
    "AWS_BEARER_TOKEN_BEDROCK": "claude",
    "ANTHROPIC_VERTEX_TOKEN": "claude",
    "OPENAI_API_KEY": "backup, transcriber",
    **dict.fromkeys(identity_settings.SECRETS, "identity"),
    **dict.fromkeys(backend_opening.SECRETS, "backend"),
    **dict.fromkeys(tickets_settings.SECRETS, "tickets"),
}
"""By the tables they are for. Optional everywhere: without the first the extractive answerer is the whole brain."""
EXAMPLE_SECRETS = re.compile(
    r"^(sk-|sk-ant-|xoxb-|xapp-)?(changeme|change[-_]me|example|x{3,}|your[-_ ].*|<.*>)$|.*(\.{3,}|…)$",
    re.IGNORECASE,
)
"""What nobody was given by a platform; the templates on the channels' pages end in dots."""
SECRET_NAME = re.compile(r"(api_?key|signing_?key|secret|token|password|account_sid)$", re.IGNORECASE)
FLAGS = {"server.port": "port", "server.role": "role"}
"""What `bridge serve` takes on its command line; it comes in as a variable of the environment (`bridge/cli.py`)."""
_ELSEWHERE = "secrets never stand in config.toml; set it in the environment or in .env"
_SHOWN_CHARS_MAX = 80


class ServerSettings(BaseModel, frozen=True, extra="forbid"):
    """Where the server listens and how much it does at once."""

    host: str = Field("127.0.0.1", min_length=1, description="The address to listen on; 0.0.0.0 for every one.")
    port: int = Field(8080, ge=0, le=65_535, description="The port to listen on; 0 lets the system choose.")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        description="The server as the platforms see it. Signatures are checked against this, never against Host.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="Addresses of proxies in front of the server, or their networks, such as 10.0.0.0/8. Requests from"
        " them count as from the address that they name in X-Forwarded-For; nobody else's word is taken.",
    )
    role: Role = Field(
        "all",
        description="What this process does: everything, or as one of several that share a store `ingress` (takes"
        " messages), `worker` (answers) or `scheduler` (timers, sockets, polling, the index). Also `bridge serve"
        " --role`.",
    )
    turns_max: int = Field(256, ge=1, le=10_000, description="Answers made at the same time.")
    drain_s: float = Field(8.0, ge=0, description="At shutdown, seconds that running answers get to end.")
    log_style: Literal["text", "json"] = Field("text", description="Log lines for people or for machines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least level logged.")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ip_network(proxy, strict=False)
            except ValueError as error:
                raise ValueError(f"{proxy!r} is neither an address nor a network such as 10.0.0.0/8") from error
        return proxies

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        mistake = "must be like https://chat.example.com, with a port up to 65535 or none"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(mistake) from error
        bare = parts.hostname and port != 0 and not parts.query and not parts.fragment
        if parts.scheme not in ("http", "https") or not bare:
            raise ValueError(mistake)
        return url.rstrip("/")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A module found by its name, its validated settings and those of its secrets that are set."""

    module: ModuleType
    settings: Any
    secrets: Mapping[str, SecretStr]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the composition root needs."""

    server: ServerSettings
    business: BusinessSettings
    prompt: PromptSettings
    phrases: PhrasesSettings
    extractive: ExtractiveSettings
    routing: RoutingSettings
    cache: CacheSettings
    claude: ClaudeSettings
    backup: BackupSettings
    prices: PricesSettings
    budget: BudgetSettings
    checks: ChecksSettings
    escalation: EscalationSettings
    files: FilesSettings
    transcriber: TranscriberSettings
    knowledge: KnowledgeSettings
    identity: IdentitySettings
    backend: BackendSettings
    tools: ToolsSettings
    mcp: McpSettings
    tickets: TicketsSettings
    desk: DeskSettings
    store: Plugin
    embedder: Plugin
    channels: Mapping[str, Plugin]
    """The enabled ones, by name."""
    secrets: Mapping[str, SecretStr]
    """The core's own that are set."""

    @property
    def store_is_shared(self) -> bool:
        """Several processes may use the store at once."""
        return _is_shared(self.store)

    @property
    def secret_values(self) -> list[str]:
        """Every secret's value, for the log filter."""
        plugged = [plugin.secrets for plugin in (self.store, self.embedder, *self.channels.values())]
        return [secret.get_secret_value() for secrets in (self.secrets, *plugged) for secret in secrets.values()]


TABLES: dict[str, type[BaseModel]] = {
    "server": ServerSettings,
    "business": BusinessSettings,
    "prompt": PromptSettings,
    "phrases": PhrasesSettings,
    "extractive": ExtractiveSettings,
    "routing": RoutingSettings,
    "cache": CacheSettings,
    "claude": ClaudeSettings,
    "backup": BackupSettings,
    "prices": PricesSettings,
    "budget": BudgetSettings,
    "checks": ChecksSettings,
    "escalation": EscalationSettings,
    "files": FilesSettings,
    "transcriber": TranscriberSettings,
    "knowledge": KnowledgeSettings,
    "identity": IdentitySettings,
    "backend": BackendSettings,
    "tools": ToolsSettings,
    "mcp": McpSettings,
    "tickets": TicketsSettings,
    "desk": DeskSettings,
}
"""Tables with one fixed shape. `store`, `embedders.NAME` and `channels.NAME` get theirs from the plug-in they name."""
PLUGGED = ("store", "embedders", "channels")
BY_CHANNEL = (("prompt", "words_max"), ("checks", "chars_max"), ("budget", "output_tokens_max"))
"""Maps whose keys are channels. Known here alone: a table does not know which channels there are."""
SCHEMES = {"rediss": "redis", "unix": "redis"}
"""Beginnings of a store's address that are not its name: TLS, and a socket of this machine."""
EMBEDDERS = "bridge.brain.knowledge.embedders"


def read(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of `path` and the environment (with a `.env` beside the file filling gaps).
    May raise ConfigError, with every mistake."""
    environ = dict(os.environ if environ is None else environ)
    reader = _Reader(_dotenv(path.parent / ".env") | environ)
    tables = reader.tables(path)
    config = reader.config(tables)
    if reader.problems or config is None:
        raise ConfigError(reader.problems)
    return config


def _dotenv(path: Path) -> dict[str, str]:
    try:
        kept = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {type(error).__name__}"]) from error
    return {name: value for name, value in kept.items() if value is not None}


class _Reader:
    """Mutable: collects problems on the way."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def tables(self, path: Path) -> dict[str, Any]:
        """The file's tables, overridden by the environment's."""
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            fix = "run bridge in the folder that holds it, or name it with --config"
            raise ConfigError([f"{path}: cannot be read: {error.strerror}; {fix}"]) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError([f"{path}: is not valid TOML: {error}"]) from error
        for name, value in sorted(self._environ.items()):
            if name.startswith(PREFIX):
                self._override(tables, name, value)
        return tables

    def _override(self, tables: dict[str, Any], name: str, value: str) -> None:
        """Names are in upper case in the environment: each part is the key that is spelt so in whatever case."""
        *parents, key = name.removeprefix(PREFIX).split("__")
        table: Any = tables
        path: list[str] = []
        for parent in parents:
            path.append(_spelt(parent, path, table))
            table = table.setdefault(path[-1], {})
            if not isinstance(table, dict):
                self.problems.append(f"{name}: {path[-1]!r} is a value in the file, not a table")
                return
        path.append(_spelt(key, path, table))
        table[path[-1]] = self._value(name, value)

    def _value(self, name: str, value: str) -> Any:
        """Lists and tables are JSON; anything else is taken as written and fitted to the key's type."""
        if value[:1] not in ("[", "{"):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            self.problems.append(f"{name}: is not valid JSON: {error}")
            return value

    def config(self, tables: dict[str, Any]) -> Config | None:
        known = [*TABLES, *PLUGGED]
        for name in sorted(tables.keys() - set(known)):
            self.problems.append(f"{name}: {_unknown('table', name, known)}{self._set_by(name)}")
        self._refuse_secrets("", tables)
        fixed: dict[str, Any] = {
            name: self._validate(name, settings, tables.get(name, {})) for name, settings in TABLES.items()
        }
        self._refuse_unknown_channels(tables)
        store = self._store(tables.get("store", {}))
        embedder = self._embedder(fixed["knowledge"], tables.get("embedders", {}))
        channels = self._channels(tables.get("channels", {}))
        if fixed["desk"] and fixed["desk"].slack_channel and "slack" not in channels:
            self.problems.append(
                "desk.slack_channel: Slack is not enabled; set channels.slack.enabled, or leave it empty"
            )
        if store and fixed["server"] and fixed["server"].role != "all" and not _is_shared(store):
            self.problems.append(
                f"server.role: {fixed['server'].role!r} is one of several processes, and this store is for one; set"
                f" store.url to redis://..., or leave the role out{self._set_by('server.role')}"
            )
        secrets = self._secrets(CORE_SECRETS)
        if fixed["identity"]:
            shared = store is not None and _is_shared(store)
            self.problems += identity_settings.problems(fixed["identity"], secrets, shared=shared)
        if fixed["backend"]:
            self.problems += backend_opening.problems(fixed["backend"], secrets)
        if fixed["mcp"]:
            secrets |= self._secrets(fixed["mcp"].variables)
            self.problems += mcp_settings.problems(fixed["mcp"], secrets)
        if fixed["tools"] and fixed["mcp"]:
            self.problems += builtin_tools.problems(fixed["tools"], mcp_settings.offered_names(fixed["mcp"]))
        if fixed["tickets"]:
            self.problems += tickets_settings.problems(fixed["tickets"], secrets)
        if self.problems or store is None or embedder is None:
            return None
        return Config(**fixed, store=store, embedder=embedder, channels=channels, secrets=secrets)

    def _refuse_secrets(self, path: str, value: Any) -> None:
        """A value that looks like a key stands in the wrong place, whatever its name."""
        if isinstance(value, dict):
            for key, inner in value.items():
                self._refuse_secrets(f"{path}.{key}" if path else key, inner)
        elif isinstance(value, str) and KEY_SHAPED.search(value):
            self.problems.append(f"{path}: holds a secret; {_ELSEWHERE}")

    def _refuse_unknown_channels(self, tables: Mapping[str, Any]) -> None:
        """A name that is mistyped would quietly leave its channel as it was."""
        channels = list(plugins.names("bridge.channels"))
        for name, key in BY_CHANNEL:
            table = tables.get(name)
            named = table.get(key) if isinstance(table, dict) else None
            for channel in named if isinstance(named, dict) else ():
                if channel not in channels:
                    path = f"{name}.{key}.{channel}"
                    self.problems.append(f"{path}: {_unknown('channel', channel, channels)}{self._set_by(path)}")

    def _set_by(self, path: str) -> str:
        """Where to mend a value that does not come from the file."""
        name = PREFIX + path.replace(".", "__").upper()
        said = f"--{FLAGS[path]} or {name}" if path in FLAGS else name
        return f" (set by {said})" if name in self._environ else ""

    def _store(self, table: Any) -> Plugin | None:
        url = table.get("url", "sqlite:///var/bridge.db") if isinstance(table, dict) else ""
        scheme, separator, _ = str(url).partition("://")
        if not separator:
            self.problems.append(f"store.url: {_show(url)} is not an address such as 'sqlite:///var/bridge.db'")
            return None
        return self._plugin("bridge.stores", SCHEMES.get(scheme, scheme), "store", "store.url", table)

    def _embedder(self, knowledge: KnowledgeSettings | None, tables: Any) -> Plugin | None:
        if knowledge is None or not self._is_table("embedders", tables):
            return None
        chosen = knowledge.embedder
        for name in sorted(tables.keys() - {chosen}):
            self._plugin(EMBEDDERS, name, f"embedders.{name}", f"embedders.{name}", tables[name], used=False)
        return self._plugin(EMBEDDERS, chosen, f"embedders.{chosen}", "knowledge.embedder", tables.get(chosen, {}))

    def _channels(self, tables: Any) -> dict[str, Plugin]:
        if not self._is_table("channels", tables):
            return {}
        wanted = {"widget": {}, **tables}
        found = {
            name: self._plugin("bridge.channels", name, f"channels.{name}", f"channels.{name}", table)
            for name, table in wanted.items()
        }
        return {name: plugin for name, plugin in found.items() if plugin and plugin.settings.enabled}

    def _plugin(
        self, package: str, name: str, key: str, named_by: str, table: Any, *, used: bool = True
    ) -> Plugin | None:
        try:
            module = plugins.load(package, name, named_by)
        except ConfigError as error:
            self.problems += error.problems
            return None
        settings = self._validate(key, module.Settings, table)
        if settings is None:
            return None
        secrets = self._secrets(getattr(module, "SECRETS", ()))
        missing = [secret for secret in getattr(module, "REQUIRED", ()) if secret not in secrets]
        if missing and used and getattr(settings, "enabled", True):
            self.problems.append(f"{key}: set {', '.join(missing)} in the environment or in .env")
        for secret, (setting, needed) in getattr(module, "REQUIRED_WHEN", {}).items():
            if secret not in secrets and used and getattr(settings, "enabled", True) and needed(settings):
                self.problems.append(f"{key}: with {setting}, set {secret} in the environment or in .env")
        return Plugin(module, settings, secrets)

    def _secrets(self, names: Iterable[str]) -> dict[str, SecretStr]:
        found = {name: SecretStr(self._environ[name]) for name in names if self._environ.get(name)}
        for name, secret in found.items():
            if EXAMPLE_SECRETS.match(secret.get_secret_value()):
                self.problems.append(f"{name}: holds an example value; set the real one or leave it out")
        return found

    def _validate(self, key: str, settings: type[BaseModel], table: Any) -> Any:
        if not self._is_table(key, table):
            return None
        try:
            return settings.model_validate(table)
        except ValidationError as error:
            for mistake in error.errors(include_url=False, include_context=False):
                path = ".".join([key, *(str(part) for part in mistake["loc"])])
                self.problems.append(f"{path}: {_say(settings, mistake)}{self._set_by(path)}")
            return None

    def _is_table(self, key: str, table: Any) -> bool:
        if not isinstance(table, dict):
            self.problems.append(f"{key}: must be a table")
        return isinstance(table, dict)


def _is_shared(store: Plugin) -> bool:
    return bool(getattr(store.settings, "shared", False))


def _spelt(part: str, path: Sequence[str], table: Mapping[str, Any]) -> str:
    """The key below `path` that is spelt like `part` in whatever case: one that we know, else, in a map whose keys are
    free, one that `table` of the file has; else `part` in lower case."""
    owner = _model_at(TABLES[path[0]], tuple(path[1:])) if path and path[0] in TABLES else None
    known = [*(owner.model_fields if owner else ()), *table]
    return next((key for key in known if key.lower() == part.lower()), part.lower())


def _say(settings: type[BaseModel], mistake: Any) -> str:
    """One mistake in words, with, where we can tell, the fix."""
    if mistake["type"] == "extra_forbidden":
        owner = _model_at(settings, mistake["loc"][:-1])
        return _unknown("key", str(mistake["loc"][-1]), list(owner.model_fields) if owner else [])
    if mistake["type"] in ("tuple_type", "list_type"):
        return f"must be a list{_list_such_as(settings, mistake['loc'])} (it is {_show(mistake['input'])})"
    words = str(mistake["msg"]).removeprefix("Value error, ")
    return f"{words[:1].lower()}{words[1:]} (it is {_show(mistake['input'])})"


def _list_such_as(settings: type[BaseModel], path: tuple[Any, ...]) -> str:
    """How a list is written: the usual one, where there is one."""
    owner = _model_at(settings, path[:-1])
    field = owner.model_fields.get(path[-1]) if owner else None
    if not field:
        return ""
    usual = json.dumps(field.default) if field.default else '["…"]'
    return f", such as {usual}"


def _unknown(what: str, name: str, known: list[str]) -> str:
    if SECRET_NAME.search(name):
        return f"is a secret; {_ELSEWHERE}"
    return f"is not a {what} we know{_suggest(name, known)}"


def masked(text: str) -> str:
    """Without the name and password that an address may hold."""
    return re.sub(r"(?<=://)[^@/\s]*(?=@)", "***", text)


def _show(value: object) -> str:
    """A value in an error: not too long, and without what must not be seen."""
    if isinstance(value, (dict, list, tuple)):
        return "a table" if isinstance(value, dict) else "a list"
    shown = KEY_SHAPED.sub("***", masked(repr(value)))
    return shown if len(shown) <= _SHOWN_CHARS_MAX else shown[:_SHOWN_CHARS_MAX] + "…"


def _model_at(settings: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel] | None:
    model: Any = settings
    for part in path:
        field = model.model_fields.get(part)
        model = field.annotation if field else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return None
    return model if isinstance(model, type) else None


def _suggest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are: {', '.join(known)}" if known else ""
