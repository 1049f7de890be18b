"""What colleagues write in Slack reads for customers as Slack shows it to whoever wrote it."""

import pytest

from bridge.channels.slack.emoji import with_emoji
from bridge.channels.slack.text import marked_up
from bridge.markdown.plain import plain
from tests.fakes.slack_room import DESK, on_stage

WAVE = {"type": "emoji", "name": "wave", "unicode": "1f44b"}
THUMB = {"type": "emoji", "name": "+1", "unicode": "1f44d-1f3fb", "skin_tone": 2}
OURS = {"type": "emoji", "name": "larkwell"}


def _blocks(*elements: object) -> list[object]:
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}]


@pytest.mark.parametrize(
    ("text", "blocks", "shown"),
    [
        ("Hi :wave:", _blocks(WAVE), "Hi 👋"),
        (":+1::skin-tone-2: :wave::wave:", _blocks(WAVE, THUMB), "👍🏻 👋👋"),
        ("From :larkwell:", _blocks(OURS), "From :larkwell:"),
        ("10:30:45", _blocks(WAVE), "10:30:45"),
        (":wave:", None, ":wave:"),
        (":wave:", _blocks({"type": "emoji", "name": "wave", "unicode": "d800"}), ":wave:"),
        (":wave:", _blocks({"type": "emoji", "name": "wave", "unicode": "zz"}, 5, None, {"elements": {}}), ":wave:"),
        (None, _blocks(WAVE), ""),
    ],
)
def test_emoji_are_what_they_look_like(text: object, blocks: object, shown: str) -> None:
    assert with_emoji({"text": text, "blocks": blocks}) == shown


@pytest.mark.parametrize(
    "text",
    [
        "# 1 is yours",
        "3) fork\n7) chain",
        "4. fork\n2. chain",
        "Total\n=====\n5",
        "a\n---\nb",
        "a<b>c and 3 < 5",
        "#5 is there",
        "Open 9-17, 5*3*2",
    ],
)
def test_what_markdown_reads_and_slack_does_not_stays_as_it_was_written(text: str) -> None:
    assert plain(marked_up(text)) == text


def test_code_stays_as_it_is() -> None:
    code = "```\n# 1) <b>\n---\n``` and `<x>`"
    assert marked_up(code) == code


async def test_customers_read_emoji_and_names_instead_of_ids() -> None:
    async with on_stage() as stage:
        ref, _ = await stage.card()
        thread = ref.message_id.partition(":")[2]
        people = stage.slack.people
        ts = await people.say("U7", DESK, "<@U8> and <@U404> look at it :wave:", thread=thread, tell=False)
        message = stage.slack.team.messages[DESK, ts]
        message.blocks = [*_blocks(WAVE)]  # type: ignore[list-item]
        for event in people.events_of(message):
            await people.tell(event)

    (heard,) = stage.heard
    assert heard.text == f"@{stage.slack.team.people['U8']} and @colleague look at it 👋"
