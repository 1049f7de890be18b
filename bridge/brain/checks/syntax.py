"""Nothing of the machinery: tool calls, markup of prompts, thoughts that leaked into the text."""

import html
import re

from bridge.brain.checks.evidence import Evidence
from bridge.brain.checks.text import Sentence, plain

_RAW = re.compile(
    r"</?(?:antml:)?(?:function_calls|function_results|function|invoke|parameter|tool_use|tool_call|tool_result"
    r"|tool_code|thinking|think|scratchpad|reasoning|reflection|search_results?|document_content|system|system_prompt"
    r"|user|assistant|human|instructions)(?:\s[^<>]{0,200})?/?>?(?![\w-])"
    r"|</?antml"
    # These are words of other markup too: only whole, and without what a model does not write there.
    r"|</?(?:tools?|execute|action|answer|cite)(?:\s{1,3}(?:name|index|id|source)\s?=[^<>]{0,200})?\s?/?>"
    r"|[\"']type[\"']\s{0,20}:\s{0,20}[\"'](?:tool_use|tool_result|function|function_call|thinking)[\"']"
    r"|[\"'](?:tool_calls?|tool_use_id|function_call)[\"']\s{0,20}:"
    r"|[\"'](?:name|tool)[\"']\s{0,20}:\s{0,20}[\"'][\w.:-]{1,64}[\"']\s{0,20},\s{0,20}"
    r"[\"'](?:input|arguments|parameters)[\"']\s{0,20}:"
    r"|(?:```|~~~)\s?tool_(?:code|call|use|output)"
    r"|<\|[a-z_]{2,30}\|>|\[/?INST\]|<</?SYS>>"
    r"|\[(?:From the operator|The customer(?: (?:sent|called|wrote|had)|'s message)|What other people)",
    re.IGNORECASE,
)
_SIGNS = frozenset("<[\"'`~")
"""One of them stands in each of these."""
_TURN = re.compile(
    r"^\W{0,3}(?:(?:Human|Assistant|System|User|AI)\**:(?: |\**$)"
    # In bold, "System:" and "User:" begin the lines of many an honest list.
    r"|(?:Human|Assistant):\*{1,3}\s)",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(r"`([^`\n]{1,500})`")
_AROUND = " \t\n`*-"
"""Stands around a quotation, and is none of it."""
_HINT = "It held markup of tools, prompts or thoughts. Write only the words of the answer."


class Syntax:
    """`evidence`: what stands word for word in a passage that may be relied on may be shown, such as the example in a
    business's own documents; without it nothing of the kind may."""

    name = "syntax"

    def __init__(self, evidence: Evidence | None = None) -> None:
        self._evidence = evidence

    def fault(self, sentence: Sentence) -> str | None:
        before, text = _unescaped(sentence.before), _unescaped(sentence.text)
        if sentence.begins and before and not before.endswith("\n"):
            before += "\n"  # the sentence comes without the space around it
        both = before + text
        patterns = (_TURN,) if _SIGNS.isdisjoint(both) else (_TURN, _RAW)
        for pattern in patterns:
            for found in pattern.finditer(both):
                # What ends before the sentence was judged with the one that it stands in.
                if found.end() > len(before) and not self._quoted(found[0], text):
                    return _HINT
        return None

    def _quoted(self, found: str, text: str) -> bool:
        """The line, or the piece of code in it, is one of a passage, with the markup that was found."""
        if self._evidence is None:
            return False
        code = [piece for piece in _CODE.findall(text) if found in piece]
        return all(self._stands(words) for words in (found, *(code or [text])))

    def _stands(self, words: str) -> bool:
        assert self._evidence is not None
        return self._evidence.quotes(plain(words).strip(_AROUND).lower(), self._evidence.passages)


def _unescaped(text: str) -> str:
    return html.unescape(text) if "&" in text else text
