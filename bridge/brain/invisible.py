"""Takes out of a text what nobody sees: documents, questions and file names all pass here before a model reads them.

Characters without a shape are a known way to hide instructions: tag characters spell whole sentences, bidirectional
marks show a reader another order than a model reads, zero-width ones break words apart. Those that writing needs stay,
where it needs them: a joiner between letters of a script that joins, or inside of an emoji; one variation selector
behind a sign that has variations.
"""

import re

_SIGNS = "\u203c-\u32ff\U0001f000-\U0001faff"
"""Where emoji and their parts are."""
_JOINING = "\u0590-\u1fff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00011fff"
"""Scripts in which a joiner or its absence changes a word: Persian, Arabic, and those of India and its neighbours."""

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_NEVER = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft hyphens, fillers, selectors
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"  # zero width, bidirectional, annotations
    "\ud800-\udfff"  # lone surrogates: no JSON can carry them
    "\ufe00-\ufe0d\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3"  # selectors, layout of signs
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # music, tags
)
_SELECTOR = re.compile(f"(?<![#*0-9\xa9\xae{_SIGNS}])[\ufe0e\ufe0f]")
_JOINER = re.compile(
    f"(?<![{_JOINING}])\u200c|\u200c(?![{_JOINING}])"
    f"|(?<![{_JOINING}{_SIGNS}\ufe0f])\u200d|(?<=[{_JOINING}])\u200d(?![{_JOINING}])"
    f"|(?<=[{_SIGNS}\ufe0f])\u200d(?![{_SIGNS}])"
)


def without_invisible(text: str) -> str:
    """The text as people see it, with plain line ends. What it returns it leaves as it is; takes any text."""
    text = _NEVER.sub("", _LINE_ENDS.sub("\n", text))
    # One after the other: what a selector stood on decides whether a joiner behind it is needed.
    return text if text.isascii() else _JOINER.sub("", _SELECTOR.sub("", text))
