"""What came along with a question: shown to the model, and said where it could not be read."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.brain import claude_request, prompt
from bridge.brain.brain import Brain
from bridge.brain.cascade import Rung
from bridge.brain.claude import Claude
from bridge.brain.extractive import Extractive
from bridge.brain.phrases import is_stop
from bridge.brain.settings import ClaudeSettings, ExtractiveSettings
from bridge.errors import ModelOverflow, ModelRefused, ModelUnavailable, ModelUnreadable
from bridge.ports import Model
from bridge.types import Attachment, File, Outcome, Progress, Reply, TextDelta, Turn, Unread
from tests.fakes import samples
from tests.fakes.claude_rules import bad
from tests.fakes.claude_server import KEY, ClaudeServer, Event, Pause, Stream, say
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.scripted_model import Line, ScriptedModel, line
from tests.unit.brain import made
from tests.unit.brain.made import VOICE, Events, conversation, passage, question, quick, rung, turn

KEEP = passage("You may keep it for 30 days. It must be clean.")
PNG = File("helm\u200bet.png", "image/png", samples.png())
JPEG = File("", "image/jpeg", samples.jpeg())
PDF = File("Invoice 7.pdf", "application/pdf", samples.pdf(2))
UNPOLISHED = ("kind", "size", "number", "gone", "voice")


def brain(model: Model | None) -> tuple[Brain, FakeRetriever]:
    retriever = FakeRetriever((KEEP,))
    rungs: list[Rung] = [rung("claude", model)] if model else []
    rungs.append(Extractive(ExtractiveSettings(piece_s=0), VOICE))
    return made.brain(retriever, rungs), retriever


async def ask(
    model: Model | None, text: str, files: Sequence[File | Unread], *earlier: Turn
) -> tuple[Reply, Events, list[str]]:
    asked, retriever = brain(model)
    events = Events()
    reply = await asked.answer(turn(text), conversation(*earlier), events.append, files)
    assert events.shown == reply.text, "what is on the screen is the reply"
    return reply, events, retriever.asked


# ---------------------------------------------------------------- to the model


async def test_the_api_gets_the_very_bytes_before_the_text(api: ClaudeServer) -> None:
    model = Claude(quick(api.url), SecretStr(KEY))
    reply, _, _ = await ask(model, "Which helmet is this?", [PNG, PDF, JPEG])
    await model.aclose()
    assert reply.outcome is Outcome.ANSWERED
    content = api.requests[0]["messages"][0]["content"]
    assert [block["type"] for block in content] == ["search_result", "image", "document", "image", "text"]
    assert [base64.b64decode(block["source"]["data"]) for block in content[1:4]] == [PNG.data, PDF.data, JPEG.data]
    kinds = [block["source"]["media_type"] for block in content[1:4]]
    assert kinds == ["image/png", "application/pdf", "image/jpeg"]
    assert content[2]["title"] == "Invoice 7.pdf"
    assert content[-1]["text"] == "Which helmet is this?"
    assert "customer's word" in api.requests[0]["messages"][-1]["content"][0]["text"], "it is told what files are worth"


async def test_the_largest_files_there_may_be_are_taken(api: ClaudeServer) -> None:
    model = Claude(quick(api.url), SecretStr(KEY))
    largest = replace(PNG, data=samples.png(8_000, 8_000, bytes_min=3_932_160))
    document = replace(PDF, data=samples.pdf(30, bytes_min=20_000_000 - 3 * 3_932_160))
    reply, _, _ = await ask(model, "And these?", [largest] * 3 + [document])
    await model.aclose()
    assert (reply.outcome, api.refusals) == (Outcome.ANSWERED, [])


def test_a_question_without_files_is_asked_byte_for_byte_as_before() -> None:
    tier = ClaudeSettings().tiers.sonnet
    asked = rung("claude", ScriptedModel([])).request(question(turn("How long?"), KEEP))
    body = claude_request.body(asked, tier)
    assert [block["type"] for block in body["messages"][0]["content"]] == ["search_result", "text"]
    assert body["messages"][0]["content"][-1] == {"type": "text", "text": "How long?"}
    assert body["messages"][1]["content"] == [
        {"type": "text", "text": asked.facts, "cache_control": {"type": "ephemeral"}}
    ]
    assert asked.facts == (
        "It is Friday, 20 November 2026, 12:00 (UTC).\n"
        "The customer writes on the channel 'widget', probably in the language 'en'. "
        "Nobody has checked who the customer is."
    )


async def test_a_citation_of_a_customers_file_is_no_source(api: ClaudeServer) -> None:
    def block(name: str, **data: Any) -> Event:
        return Event(f"content_block_{name}", {"type": f"content_block_{name}", "index": 0} | data)

    page = {"type": "page_location", "document_index": 0, "start_page_number": 1, "end_page_number": 2}
    events = api.events({"model": "claude-sonnet-5-5", "messages": []}, say())
    steps = [
        *events[:2],
        block("start", content_block={"type": "text", "text": ""}),
        block("delta", delta={"type": "text_delta", "text": "You paid £7."}),
        block("delta", delta={"type": "citations_delta", "citation": page | {"cited_text": "£7"}}),
        block("stop"),
        *events[2:],
    ]
    api.play(Stream(steps))
    model = Claude(quick(api.url), SecretStr(KEY))
    reply, _, _ = await ask(model, "What did I pay?", [PDF])
    await model.aclose()
    assert (reply.text, reply.citations) == ("You paid £7.", ())


async def test_looking_at_files_may_take_longer(api: ClaudeServer) -> None:
    settings = quick(api.url, first_text_s=0.1).model_copy(update={"files_s": 5.0})
    model = Claude(settings, SecretStr(KEY))
    slow = Stream([Pause(0.3), *api.events({"model": "claude-sonnet-5-5", "messages": []}, say("A helmet."))])
    api.play(slow, slow)
    looked, _, _ = await ask(model, "What is this?", [PNG])
    read, _, _ = await ask(model, "How long may I keep it?", [])
    await model.aclose()
    assert (looked.text, looked.rung, read.rung) == ("A helmet.", "claude", "extractive")


async def test_a_picture_without_a_word_goes_to_the_model() -> None:
    model = ScriptedModel([line("A helmet. What would you like to know?")])
    reply, _, searched = await ask(model, " ", [PNG])
    assert reply.text == "A helmet. What would you like to know?"
    assert model.asked[0].question == prompt.WORDLESS
    assert model.asked[0].files == (replace(PNG, name="helmet.png"),)
    assert searched == [], "there are no words to search for"


async def test_a_picture_without_a_word_belongs_to_the_question_before() -> None:
    before = turn("Which helmets do you have?", answered="Many.", name="t0")
    _, _, searched = await ask(ScriptedModel([line("This one.")]), "", [PNG], before)
    assert searched == ["Which helmets do you have?"]


# ---------------------------------------------------------------- later


def sent(made: Turn, *media_types: str) -> Turn:
    attachments = tuple(Attachment("u", media_type, "evil\nname") for media_type in media_types)
    return replace(made, inbounds=(replace(made.inbounds[0], attachments=attachments),))


async def test_history_tells_that_there_were_files_and_holds_none() -> None:
    words = sent(turn("See?", answered="Yes.", name="t0"), "image/png", "application/pdf", "IMAGE/JPEG")
    wordless = sent(turn("", answered="A helmet.", name="t1"), "audio/ogg", "text/x-junk")
    model = ScriptedModel([line("30 days.")])
    await ask(model, "How long may I keep it?", [], words, wordless)
    body = claude_request.body(model.asked[0], ClaudeSettings().tiers.sonnet)
    told = [m["content"] if isinstance(m["content"], str) else m["content"][-1]["text"] for m in body["messages"][:4]]
    assert told == [
        "[The customer sent along: a picture, a PDF, a picture.]\nSee?",
        "Yes.",
        "[The customer sent along: a voice message, a file.]",
        "A helmet.",
    ]


# ---------------------------------------------------------------- what nobody could read


@pytest.mark.parametrize(
    ("why", "words"), list(zip(UNPOLISHED, ["open", "large", "more", "again", "listen"], strict=True))
)
async def test_what_could_not_be_read_is_said_below_the_answer(why: Any, words: str) -> None:
    model = ScriptedModel([line("30 days.")])
    reply, events, _ = await ask(model, "How long may I keep it?", [Unread("x", why), PNG, Unread("y", why)])
    answer, _, note = reply.text.partition("\n\n")
    assert answer == "30 days."
    assert words in note
    assert note.count(".") + note.count("?") <= 2, "said once"
    assert events[-1] == TextDelta(f"\n\n{note}")
    assert prompt.FILES_LEFT_OUT in model.asked[0].facts
    assert model.asked[0].files[0].data == PNG.data


async def test_several_reasons_are_each_said_once_in_the_persons_language() -> None:
    files = [Unread("a", "size"), Unread("b", "voice"), Unread("c", "size"), Unread("d", "kind")]
    reply, _, _ = await ask(ScriptedModel([line("30 Tage.")]), "Wie lange darf ich es behalten?", files)
    assert reply.text == f"30 Tage.\n\n{VOICE.say('de', 'voice_unread', 'file_kind', 'file_size')}"


async def test_it_stands_below_the_note_that_an_answer_was_cut() -> None:
    reply, _, _ = await ask(ScriptedModel([line("It", truncated=True)]), "How long?", [Unread("a", "gone")])
    assert reply.text == f"It\n\n{VOICE.say('en', 'cut_short')}\n\n{VOICE.say('en', 'file_gone')}"


@pytest.mark.parametrize("why", UNPOLISHED)
async def test_where_there_is_nothing_else_to_answer_it_is_the_answer_and_no_model_is_asked(why: Any) -> None:
    model = ScriptedModel([])
    reply, events, _ = await ask(model, "", [Unread("a", why), Unread("b", why)])
    assert reply.text == VOICE.unread("en", [Unread("a", why)])
    assert (reply.outcome, model.asked) == (Outcome.UNKNOWN, [])
    assert events == [Progress("Looking it up"), TextDelta(reply.text)]


async def test_nothing_at_all_is_still_told_that_text_is_wanted() -> None:
    reply, _, _ = await ask(ScriptedModel([]), " ", [])
    assert reply.text == VOICE.say("en", "text_only")


@pytest.mark.parametrize(
    ("error", "note"), [(ModelUnreadable("400"), "file_kind"), (ModelOverflow("too long"), "file_size")]
)
async def test_a_file_that_only_the_model_finds_broken_does_not_cost_the_answer(error: Exception, note: str) -> None:
    model = ScriptedModel([line(error=error), line("30 days.")])
    reply, _, _ = await ask(model, "How long may I keep it?", [PNG, Unread("x", "gone"), PDF])
    assert reply.text == f"30 days.\n\n{VOICE.say('en', note, 'file_gone')}"
    assert (reply.outcome, reply.rung) == (Outcome.ANSWERED, "claude")
    assert [len(request.files) for request in model.asked] == [2, 0]


async def test_without_a_word_a_broken_file_is_said_and_no_more_asked() -> None:
    model = ScriptedModel([line(error=ModelUnreadable("400"))])
    reply, _, _ = await ask(model, "", [PNG])
    assert reply.text == VOICE.say("en", "file_kind")


@pytest.mark.parametrize(
    "lines",
    [
        [line("Hm", error=ModelOverflow("late")), line("Hm", error=ModelOverflow("late"))],
        [line("Hm", error=ModelUnreadable("late"))],
        [line(error=ModelUnreadable("400")), line(error=ModelOverflow("long"))],
    ],
    ids=["after some text", "what could be read after all", "without files too"],
)
async def test_asking_again_without_files_has_an_end(lines: list[Line]) -> None:
    model, asked_max = ScriptedModel(lines), len(lines)
    reply, _, _ = await ask(model, "How long may I keep it?", [PNG])
    assert (reply.rung, reply.outcome) == ("extractive", Outcome.DEGRADED)
    assert len(model.asked) == asked_max


async def test_the_api_refusing_a_file_is_not_taken_for_an_outage(api: ClaudeServer) -> None:
    model = Claude(quick(api.url), SecretStr(KEY))
    api.play(bad("messages.0.content.1.image.source.base64.data: Could not process image"))
    reply, _, _ = await ask(model, "How long may I keep it?", [PNG])
    await model.aclose()
    assert (reply.rung, reply.outcome) == ("claude", Outcome.ANSWERED)
    assert reply.text.endswith(VOICE.say("en", "file_kind"))
    assert [len(request["messages"][0]["content"]) for request in api.requests] == [3, 2]


async def test_a_model_that_declines_says_nothing_of_files() -> None:
    reply, _, _ = await ask(ScriptedModel([line(error=ModelRefused("no"))]), "Hm?", [PNG, Unread("x", "kind")])
    assert reply.text == VOICE.say("en", "refused", "offer_person")


# ---------------------------------------------------------------- without a model


@pytest.mark.parametrize("files", [[PNG], [Unread("x", "kind")], [PNG, PDF, Unread("x", "size"), Unread("y", "gone")]])
async def test_the_extractive_rung_says_once_that_it_reads_text_only(files: list[File | Unread]) -> None:
    reply, _, _ = await ask(None, "How long may I keep it?", files)
    answer, _, note = reply.text.rpartition("\n\n")
    assert "30 days" in answer
    assert note == VOICE.say("en", "files_unread")
    wordless, _, _ = await ask(None, "", files)
    assert (wordless.text, wordless.outcome) == (VOICE.say("en", "text_only"), Outcome.UNKNOWN)


async def test_a_voice_nobody_hears_is_told_by_the_extractive_rung_too() -> None:
    reply, _, _ = await ask(None, "", [Unread("x", "voice"), Unread("y", "voice")])
    assert reply.text == VOICE.say("en", "voice_unread")
    both, _, _ = await ask(None, "How long may I keep it?", [Unread("x", "voice"), PNG])
    assert both.text.endswith(f"\n\n{VOICE.say('en', 'voice_unread', 'files_unread')}")


async def test_when_the_model_fails_the_next_rung_says_that_it_did_not_look() -> None:
    model = ScriptedModel([line("A hel", error=ModelUnavailable("gone"))])
    reply, _, _ = await ask(model, "How long may I keep it?", [PNG])
    assert reply.outcome is Outcome.DEGRADED
    assert reply.text.endswith(VOICE.say("en", "files_unread"))


# ---------------------------------------------------------------- the word stop


@pytest.mark.parametrize("text", ["stop", " Stop! ", "STOPP", "/stop", "¡Para!", "alto", "Halt.", "stop 🛑"])
def test_stop_is_understood(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize(
    "text", ["", "stop it please", "bus stop", "stop 5", "para qué", "🛑", "nonstop", "stop " * 99]
)
def test_more_than_stop_is_a_question(text: str) -> None:
    assert not is_stop(text)
