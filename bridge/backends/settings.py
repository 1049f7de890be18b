"""The settings of the business's own system: the `[backend]` table of config.toml."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from bridge.backends.http.settings import HttpSettings


class DemoSettings(BaseModel, frozen=True, extra="forbid"):
    """The demo shop."""

    path: Path | None = Field(
        None,
        description="Its file, made with the first question to it; demo.db beside the store's where none is named.",
    )


class BackendSettings(BaseModel, frozen=True, extra="forbid"):
    """What tools look things up in, and act on."""

    kind: Literal["demo", "http", "none"] = Field(
        "none", description="The demo shop, a system that answers over HTTP, or nothing: then no tool needs one."
    )
    demo: DemoSettings = Field(DemoSettings(), description="The demo shop.")
    http: HttpSettings = Field(HttpSettings(), description="A system that answers over HTTP: `docs/backends.md`.")
