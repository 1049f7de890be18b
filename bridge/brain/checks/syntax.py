"""Nothing of the machinery: tool calls, markup of prompts, thoughts that leaked into the text."""

import re

from bridge.brain.checks.text import Sentence

_RAW = re.compile(
    r"</?(?:antml:)?(?:function_calls|function_results|function|invoke|parameter|tool_use|tool_call|tool_result"
    r"|tool_code|thinking|think|scratchpad|reasoning|reflection|search_results?|document_content|system|system_prompt"
    r"|user|assistant|human|instructions)(?:\s[^<>]{0,200})?/?>?(?![\w-])"
    r"|</?antml"
    r"|[\"']type[\"']\s{0,20}:\s{0,20}[\"'](?:tool_use|tool_result|function|function_call|thinking)[\"']"
    r"|[\"'](?:tool_calls?|tool_use_id|function_call)[\"']\s{0,20}:"
    r"|(?:```|~~~)\s?tool_(?:code|call|use|output)"
    r"|<\|[a-z_]{2,30}\|>|\[/?INST\]|<</?SYS>>"
    r"|\[(?:From the operator|The customer sent|The customer's message|The customer called|What other people)",
    re.IGNORECASE,
)
_SIGNS = frozenset("<[\"'`~")
"""One of them stands in each of these."""
_TURN = re.compile(r"^\W{0,3}(?:Human|Assistant|System|User|AI)\**:(?: |\**$)", re.IGNORECASE | re.MULTILINE)
_HINT = (
    "It held markup of tools, prompts or thoughts. Write only the words of the answer; you have no tools to call here."
)


class Syntax:
    name = "syntax"

    def fault(self, sentence: Sentence) -> str | None:
        text = f"{sentence.before}{sentence.text}"
        raw = not _SIGNS.isdisjoint(text) and _RAW.search(text)
        return _HINT if raw or _TURN.search(text) else None
