"""Labelled messages, the file the classifier learns from: JSON Lines."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from bridge.brain.route import Category
from bridge.errors import ConfigError

EXAMPLES_MAX = 4_000
"""Learning takes longer than in proportion: 4 s for 1,500."""
TEXT_CHARS_MAX = 4_000


class Example(BaseModel, frozen=True):
    """A message and what it is about. Further fields, such as `language`, are for people."""

    text: str = Field(min_length=1, max_length=TEXT_CHARS_MAX)
    category: Category


def read_examples(*paths: Path) -> Sequence[Example]:
    """Of all files together, each message once; what a later file says of it counts. May raise ConfigError, with every
    mistake."""
    found: dict[str, Example] = {}
    problems: list[str] = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"routing: {path} cannot be read: {_why(error)}")
            continue
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                example = Example.model_validate_json(line)
            except ValidationError as error:
                first = error.errors(include_url=False, include_context=False, include_input=False)[0]
                where = ".".join(map(str, first["loc"])) or "line"
                problems.append(f"routing: {path}, line {number}: {where}: {first['msg']}")
            else:
                found[example.text] = example
    if len(found) > EXAMPLES_MAX:
        problems.append(f"routing: {len(found):,} examples; at most {EXAMPLES_MAX:,} are learned from")
    if problems:
        raise ConfigError(problems)
    return tuple(found.values())


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return str(error.strerror) if isinstance(error, OSError) else "it is not UTF-8"
