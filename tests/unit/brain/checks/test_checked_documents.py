"""Whatever the knowledge base says may be said, word for word: each sentence of the demo's documents goes through."""

import pytest

from bridge.brain.checks.settings import ChecksSettings
from bridge.brain.sentences import units
from bridge.errors import CheckFailed
from tests.unit.brain import made
from tests.unit.brain.checks.answers import DOCUMENTS, draft, passages

AS_IT_COMES = ChecksSettings()


@pytest.mark.parametrize("doc_id", DOCUMENTS)
def test_what_a_document_says_may_be_said(doc_id: str) -> None:
    sources = passages(doc_id)
    held_back = []
    for source in sources:
        asked = made.question(made.turn("?"), *sources, language=source.language)
        for unit in units(source.text):
            answer = draft(asked, lambda _: None, AS_IT_COMES)
            try:
                answer.write(unit.text)
                answer.cite((source,))
                answer.finish()
            except CheckFailed as failure:
                held_back.append((failure.check, unit.text))
    assert held_back == []
