"""What of a text from outside can be kept."""


def kept(text: str) -> str:
    """Without NUL, and with a question mark for half a surrogate pair: no store or platform takes either."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
