"""Change one thing in the customer's own account. How they are reached and where things are sent takes a person:
whoever changes that takes the account over."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bridge.backends.operations import Customer
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import Done, Tier, Tool, ToolContext

_CHANGES = {
    "name": "another name of the customer",
    "phone": "a new telephone number",
    "address": "a new delivery address",
    "language": "another language",
    "newsletter": "a change to the newsletter",
}
"""What people approve, in words."""
_RISKY = ("phone", "address")
_PATTERNS: dict[str, tuple[int, int, str]] = {
    "name": (1, 100, "1 to 100 characters"),
    "phone": (8, 16, "a plus and the number with its country code, as +441632960001"),
    "address": (5, 300, "5 to 300 characters on one line"),
    "language": (2, 12, "a language tag such as en or de-AT"),
    "newsletter": (2, 3, "yes or no"),
}


class Change(Args):
    setting: Literal["name", "phone", "address", "language", "newsletter"] = Field(description="What to change.")
    value: str = Field(
        min_length=1,
        max_length=300,
        description="What it should be: a phone number as +441632960001, a language as en or de-AT, newsletter as yes "
        "or "
        "no, an address on one line.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        shortest, longest, how = _PATTERNS[self.setting]
        digits = self.value[1:]
        fits = shortest <= len(self.value) <= longest
        if self.setting == "phone":
            fits = fits and self.value.startswith("+") and digits.isascii() and digits.isdigit()
        elif self.setting == "newsletter":
            fits = self.value in ("yes", "no")
        elif self.setting == "language":
            fits = fits and self.value.isascii() and self.value.replace("-", "").isalnum()
        if not fits or "\n" in self.value:
            raise ValueError(f"the value does not fit: {how}")
        return self


def asks(args: Change, _: ToolsSettings) -> str:
    return _CHANGES[args.setting]


def raises(args: Change, settings: ToolsSettings) -> Tier:
    return Tier.HIGH if args.setting in _RISKY else Tier.LOW


async def run(args: Change, context: ToolContext) -> Done:
    value: Any = args.value == "yes" if args.setting == "newsletter" else args.value
    changed: Customer = await ask(context, "update_settings", {args.setting: value})
    now = getattr(changed, args.setting)
    return Done(data={"changed": args.setting, "now": now}, digest=f"{args.setting} changed")


TOOL = Tool(
    name="update_account_settings",
    description="Change one setting of the customer you are talking with, as they asked in their own words: name, "
    "phone, "
    "delivery address, language or newsletter. A new phone number or address has to be approved by a person. The "
    "e-mail "
    "address cannot be changed here.",
    arguments=Typed(Change),
    run=run,
    raises=raises,
    tier=Tier.LOW,
    needs=frozenset({"update_settings"}),
    label="doing_settings",
    asks=asks,
    does=("update",),
)
