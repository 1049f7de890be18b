"""Drafts cut anywhere: what of them can be shown now, and what for good."""


def heal(text: str) -> str:
    """A draft as it can be shown: nothing half in it. Complete text comes back unchanged."""
    return text


def settled(text: str) -> str:
    """The longest beginning of a draft that no later text reads differently; it only grows while the draft grows."""
    return text
