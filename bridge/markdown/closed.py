"""Texts that are complete, but may have been cut off: what can stand below them."""

from bridge.markdown.heal import heal
from bridge.markdown.tail import Fence, tail


def closed(text: str) -> str:
    """The text with its code and emphasis closed, so that what is put below is not read as part of them. Nothing but
    half a closing line of code is left out: a blank line ends whatever else has only begun."""
    healed = heal(text)
    return healed if isinstance(tail(text), Fence) or healed.startswith(text.rstrip()) else text
