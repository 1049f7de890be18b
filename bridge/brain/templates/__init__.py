"""Ready-made system prompts, one Markdown file for each kind of business, with the six sections as headings."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

SECTIONS = ("identity", "knowledge", "tone", "format", "guardrails", "escalation")
"""In the order in which a model reads them."""

_HEADING = re.compile(r"^## (.+)\n+", re.MULTILINE)


@cache
def sections(name: str) -> Mapping[str, str]:
    """The texts of a template by section."""
    text = (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8")
    _, *parts = _HEADING.split(text)
    found = {title.lower(): body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}
    return {section: found[section] for section in SECTIONS}
