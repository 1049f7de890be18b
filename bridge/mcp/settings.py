"""Which MCP servers there are, how they are reached, and which of their tools may be used, for what."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from bridge.tools.policy import RESTRICTED
from bridge.types import IdentityLevel

NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
"""Of a server: the beginning of its tools' names."""
TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESULT_CHARS = 4_000

Bound = Literal["customer", "conversation", "key"]
"""What an argument is filled with: the id of the session's own customer, the conversation's, or a key that is the same
whenever the same write is tried again."""

Promise = Literal["refund", "return", "cancel", "discount", "booking", "callback", "ticket", "update", "subscription"]
"""What an answer may only say once it was done."""


class McpToolSettings(BaseModel, frozen=True, extra="forbid"):
    """A tool of a server that may be used."""

    tier: Literal["read", "low", "high"] = Field(
        description="What a call takes: `read` nothing, `low` a known customer, `high` a person's approval."
    )
    name: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,40}$", description="What models know it as, behind the server's.")
    description: str = Field("", max_length=2_000, description="What models are told of it, instead of its own words.")
    bind: dict[str, Bound] = Field(
        {},
        description="Arguments that are filled in here and that models never see: `customer` for the id of the "
        "session's own customer, `conversation`, or `key` for a key that makes a write harmless when it is repeated.",
    )
    nobodys: bool = Field(
        False,
        description="What it tells or changes belongs to no single customer. Without it a tool that writes must bind "
        "`customer`.",
    )
    high_over: dict[str, float] = Field(
        {},
        description="Arguments with the number above which a person has to approve the call: `{ amount = 50 }`. One "
        "that is left out counts as above.",
    )
    identity: IdentityLevel = Field(0, description="The identity it needs, where that is more than its tier asks for.")
    refuses: bool = Field(
        False,
        description="When it answers with an error it has surely done nothing. Otherwise a write that failed counts as "
        "one whose outcome nobody knows, and goes to a person.",
    )
    result_chars_max: int = Field(RESULT_CHARS, ge=100, le=6_000, description="More of a result is left out.")
    does: tuple[Promise, ...] = Field(
        (), description="Promises that are true once it is done, as the answers' checks name them: `refund`, `booking`."
    )

    @model_validator(mode="after")
    def _has_a_subject(self) -> Self:
        if self.tier != "read" and not self.nobodys and "customer" not in self.bind.values():
            raise ValueError(
                "a tool that writes must say for whom: bind an argument to the session's customer, such as "
                '`bind = { customer_id = "customer" }`, or set `nobodys = true`'
            )
        return self

    @property
    def subject(self) -> bool:
        """It concerns the session's own customer."""
        return "customer" in self.bind.values()


def _in_short(value: Any) -> Any:
    """`"read"` stands for `{ tier = "read" }`."""
    return {"tier": value} if isinstance(value, str) else value


Mapped = Annotated[McpToolSettings, BeforeValidator(_in_short)]


class McpServerSettings(BaseModel, frozen=True, extra="forbid"):
    """A server: a command that is started here, or an address."""

    enabled: bool = Field(True, description="Whether it is used.")
    command: str = Field("", description="The program to start; it is spoken to over its standard input and output.")
    args: tuple[str, ...] = Field((), description="The program's arguments.")
    env: tuple[str, ...] = Field(
        (), description="Names of environment variables that the program gets, besides PATH, HOME and the like."
    )
    url: str = Field("", description="The address of a server that speaks streamable HTTP.")
    bearer: str = Field("", description="The name of the environment variable that holds the token for `url`.")
    headers: dict[str, str] = Field(
        {}, description="Further headers for `url`: each the name of the environment variable that holds its value."
    )
    tools: dict[str, Mapped] = Field(
        {}, description="The tools that may be used, each with its tier; any other is never offered."
    )
    start_s: float = Field(
        20.0,
        ge=0.1,
        le=120.0,
        description="Seconds that it may take to be ready. One that speaks an older protocol may need ten to say so.",
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not re.match(r"https?://[^/@\s]+(/\S*)?$", url):
            raise ValueError("must be like https://mcp.example.com/mcp, without a name or password in it")
        return url

    @field_validator("tools")
    @classmethod
    def _are_named(cls, tools: Mapping[str, McpToolSettings]) -> Mapping[str, McpToolSettings]:
        for name, tool in tools.items():
            if not tool.name and not TOOL_NAME.fullmatch(name):
                raise ValueError(f"{name[:60]!r} cannot be a tool's name for models; give it another by `name`")
            if name in RESTRICTED or tool.name in RESTRICTED:
                raise ValueError(f"{name} is restricted: no assistant may do it, whoever approves")
        return tools

    @model_validator(mode="after")
    def _is_reached(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("needs either `command` or `url`")
        if self.command and (self.bearer or self.headers):
            raise ValueError("`bearer` and `headers` go with `url`; a command gets its secrets by `env`")
        if self.url and (self.args or self.env):
            raise ValueError("`args` and `env` go with `command`")
        if wrong := [name for name in self.variables if not VARIABLE.fullmatch(name)]:
            raise ValueError(f"{len(wrong)} of `env`, `bearer` and `headers` are no names of environment variables")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that it needs."""
        return (*self.env, *((self.bearer,) if self.bearer else ()), *self.headers.values())


class McpSettings(BaseModel, frozen=True, extra="forbid"):
    """Other systems, by MCP servers. Nothing of a server is used that is not named here."""

    servers: dict[str, McpServerSettings] = Field({}, description="Each with a name: lower-case letters and digits.")

    @field_validator("servers")
    @classmethod
    def _are_named(cls, servers: Mapping[str, McpServerSettings]) -> Mapping[str, McpServerSettings]:
        for name in servers:
            if not NAME.fullmatch(name):
                raise ValueError(f"{name[:60]!r} must be at most 20 lower-case letters and digits, a letter first")
        return servers

    @model_validator(mode="after")
    def _are_different(self) -> Self:
        seen: dict[str, str] = {}
        for server, settings in self.servers.items():
            for name, tool in settings.tools.items():
                offered = offered_name(server, name, tool)
                if offered in seen:
                    raise ValueError(f"{server}.tools.{name}: would be offered as {offered!r}, as {seen[offered]} is")
                seen[offered] = f"{server}.tools.{name}"
        return self

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that the enabled servers need, each with the table that names it."""
        return {
            variable: f"mcp.servers.{name}"
            for name, server in self.servers.items()
            if server.enabled
            for variable in server.variables
        }


def offered_name(server: str, name: str, tool: McpToolSettings) -> str:
    """What models know a tool as; fits the API's pattern."""
    return f"{server}_{tool.name or name}"


def offered_names(settings: McpSettings) -> frozenset[str]:
    """Every name that models may know a tool of a server as."""
    return frozenset(
        offered_name(server, name, tool)
        for server, those in settings.servers.items()
        for name, tool in those.tools.items()
    )


def problems(settings: McpSettings, secrets: Collection[str]) -> list[str]:
    """What is missing in the environment, by the table that names it."""
    return [
        f"{table}: set {variable} in the environment or in .env"
        for variable, table in settings.variables.items()
        if variable not in secrets
    ]
