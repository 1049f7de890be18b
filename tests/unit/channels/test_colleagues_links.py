"""Links of colleagues lead where they say; those of the assistant only to the business's own hosts."""

from dataclasses import replace

import pytest

from bridge.channels.slack import blocks
from bridge.channels.telegram import written as telegram
from bridge.channels.whatsapp import written as whatsapp
from bridge.markdown.authors import hosts_for
from bridge.ports import Claim, Page
from bridge.types import ConversationId, Turn, TurnId
from tests.fakes.core import message

LINK = "https://parcels.example/track?id=1_2"
TEXT = f"It is on its way: {LINK}. Ask ada@parcels.example"


def _say(name: str, question: str) -> str:
    return name


def shown(of: Page) -> list[str]:
    """As the platforms get it."""
    return [
        telegram.write(of, _say, ()).text,
        whatsapp.written(of, (), _say),
        blocks.shown(of, ()),
        str(blocks.plain(of, str, ())),
    ]


def test_a_colleagues_link_is_whole_and_the_assistants_is_not() -> None:
    asked = message("Where is it?")
    turn = Turn(id=TurnId("0" * 32), conversation_id=ConversationId("telegram:1"), inbounds=(asked,))
    of = Page(claim=Claim(turn=turn, fence=1, attempts=1), text=TEXT, final=True, last=False)
    assert all(LINK in text and "ada@parcels.example" in text for text in shown(replace(of, author="Cleo")))
    assert not any(LINK in text for text in shown(of))


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("no link", ()),
        ("(https://A.example). https://a.example/x, https://b.example:8443/", ("a.example", "b.example:8443")),
        ("https://аpple.example https://", ()),
        ("https://user:pw@c.example/ and x@d.example", ("c.example", "d.example")),
    ],
)
def test_the_hosts_that_a_text_names(text: str, hosts: tuple[str, ...]) -> None:
    assert tuple(hosts_for("Cleo", text, ())) == hosts
    assert tuple(hosts_for("", text, ("own.example",))) == ("own.example",)
