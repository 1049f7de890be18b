"""The parts of the Slack channel: how texts are read, pages are written, files are fetched, and quotas are kept."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.channels import slack
from bridge.channels.slack import blocks, oauth, tokens
from bridge.channels.slack.place import Place, message_of, place_of, ref_to
from bridge.channels.slack.settings import Settings as SlackSettings
from bridge.channels.slack.text import readable
from bridge.errors import ChannelUnavailable, MessageGone, RateLimited, Unconfirmed, Undeliverable
from bridge.ports import Claim, EditableChannel, Page
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, Attachment, Inbound, Outcome, Passage, Sender, Turn, TurnId
from tests.contract.stage_slack import SECRETS, built
from tests.fakes import slack_rules
from tests.fakes.context import channel_context
from tests.fakes.slack_server import LOST, RESET, Fault, SlackServer, broken, hang, ratelimited, refused
from tests.fakes.slack_state import APP_TOKEN

ROOT = Path(__file__).parents[3]
DIRECT = Address("slack", "T0BRIDGE:D1:1700000000.000100")
PASSAGE = Passage(
    chunk_id="1",
    doc_id="a.md",
    title="Title",
    section="",
    url="https://shop.example/a",
    updated="",
    language="",
    text="",
)


def page(text: str = "Hi", to: Address = DIRECT, **fields: object) -> Page:
    inbound = Inbound(event_id="e", address=to, sender=Sender("U1", "Ada"), text="What?", received_at=datetime.now(UTC))
    turn = Turn(id=TurnId("t" * 32), conversation_id=to.conversation_id, inbounds=(inbound,))
    return replace(Page(claim=Claim(turn=turn, fence=1, attempts=1), text=text), **fields)  # type: ignore[arg-type]


def say(name: str) -> str:
    return name


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U0BOT> hi", "hi"),
        ("hi <@U0BOT|bridge>!", "hi !"),
        ("ask <@U2> or <@U3|bela>", "ask @U2 or @bela"),
        ("in <#C1|general> and <#C2>", "in #general and #C2"),
        ("<!here> <!subteam^S1|@staff> <!date^1|{date}|today>", "@here @staff {date}|today"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<https://a.example|a.example> <http://a.example/|here>", "https://a.example here (http://a.example/)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2, &amp;lt;", "1 < 2 && 3 > 2, &lt;"),
        ("a\0b \ud83d", "ab ?"),
        ("<|> <> < >", "<|> <> < >"),
        (None, ""),
        (5, ""),
    ],
)
def test_a_message_is_read_as_people_see_it(written: object, read: str) -> None:
    assert readable(written, "U0BOT") == read


@given(st.text(alphabet="<>|@#!&;U0\n a:/", max_size=60) | st.text(max_size=60))
def test_any_message_can_be_read_and_stored(written: str) -> None:
    readable(written, "U0BOT").encode()


@given(st.text(max_size=300), st.booleans(), st.sampled_from([None, *Outcome]), st.integers(0, 25))
def test_slack_takes_every_page(text: str, final: bool, outcome: Outcome | None, sources: int) -> None:
    citations = tuple(
        replace(PASSAGE, title=f"{text} {n} | <x>", url=f"https://shop.example/{n}?{text}") for n in range(sources)
    )
    for place in (place_of(DIRECT), Place("T1", "C1", "ask-1")):
        one = page(text, final=final, outcome=outcome, citations=citations)
        written = blocks.blocks_of(one, place, say, ("shop.example",), native=sources % 2 == 0)
        slack_rules.judge_blocks(written)
        slack_rules.judge_blocks(blocks.plain(one, say, ("shop.example",)))
        slack_rules.judge_text(blocks.notification(one))
        assert not any(slack_rules.CONTROL.search(shown) for shown in slack_rules.texts(written))
        assert not slack_rules.CONTROL.search(blocks.notification(one))


def test_the_longest_page_with_the_most_sources_fits() -> None:
    sources = tuple(replace(PASSAGE, title="T" * 200, url="https://shop.example/" + "x" * 500) for _ in range(30))
    one = page("x" * blocks.TEXT_CHARS_MAX, final=True, outcome=Outcome.ANSWERED, citations=sources)
    written = blocks.blocks_of(one, Place("T1", "C1", "ask-1"), say, ("shop.example",), native=True)

    slack_rules.judge_blocks(written)
    assert sum(len(text) for text in slack_rules.texts(written)) < 13_000


def test_the_plainest_form_of_the_longest_page_has_all_of_it() -> None:
    text = "\n\n".join(f"Paragraph {n}: **some** <words> & [a link](https://shop.example/{n})" for n in range(150))
    one = page(text, final=True, outcome=Outcome.ANSWERED, citations=(PASSAGE,))
    written = blocks.plain(one, say, ("shop.example",))

    slack_rules.judge_blocks(written)
    shown = "\n".join(slack_rules.texts(written))
    assert all(f"Paragraph {n}: *some* &lt;words&gt; &amp; " in shown for n in range(150))
    assert "sources: [1]" in shown
    assert not any(block["type"] == "actions" for block in written)


def test_only_the_last_page_has_buttons_and_only_a_final_has_sources() -> None:
    for last, final in ((False, False), (False, True), (True, False), (True, True)):
        one = page("x", last=last, final=final, outcome=Outcome.ANSWERED, citations=(PASSAGE,))
        kinds = [block["type"] for block in blocks.footer(one, say, (), native=True)]
        assert (
            kinds
            == {
                (False, False): [],
                (False, True): [],
                (True, False): ["actions"],
                (True, True): ["context", "context_actions", "actions"],
            }[last, final]
        )


def test_places_are_addresses_and_back() -> None:
    for place in (Place("T1", "C1"), Place("T1", "C1", "1.2"), Place("T1", "C1", "ask-1.2.a")):
        assert place_of(Address("slack", place.key)) == place
    assert message_of(ref_to(DIRECT, "C1", "1.2")) == ("C1", "1.2")
    assert place_of(Address("slack", "T1:C1:ask-1")).asked


@pytest.fixture
async def on() -> AsyncIterator[tuple[SlackServer, EditableChannel]]:
    async with SlackServer.start() as platform:
        channel = built(platform, MemoryStore(Settings()))
        yield platform, channel
        await channel.close()


async def test_the_quota_of_edits_is_never_passed_in_any_minute(on: tuple[SlackServer, EditableChannel]) -> None:
    _, channel = on
    for bucket in channel.limits(DIRECT).edit:
        assert bucket.capacity + 60 * bucket.refill_per_s <= 50
    (post,) = channel.limits(DIRECT).post
    assert (post.capacity, post.refill_per_s) == (1, 0.95)


async def test_files_are_fetched_with_the_token_and_only_from_slack(on: tuple[SlackServer, EditableChannel]) -> None:
    platform, channel = on
    about = platform.people.file("a.png", "image/png", b"x" * 1_000)

    async def fetch(url: str, bytes_max: int = 2_000) -> bytes:
        return await channel.fetch(Attachment(url, "image/png"), DIRECT, bytes_max=bytes_max)

    assert await fetch(about["url_private"]) == b"x" * 1_000
    assert await fetch(f"file:{about['id']}") == b"x" * 1_000
    assert len(await fetch(about["url_private"], 10)) == 11
    platform.team.files.clear()
    for url in (
        about["url_private"],  # now a login page
        f"file:{about['id']}",
        "file:",
        "",
        "https://evil.example/a.png",
        "https://slack.com.evil.example/a.png",
        "https://evilslack.com/a.png",
        "http://files.slack.com/a.png",
        "https://files.slack.com:8443/a.png",
        "https://user@evil.example/a.png",
        platform.url.replace("127.0.0.1", "127.0.0.2") + "/files/a",
    ):
        with pytest.raises(Undeliverable):
            await fetch(url)


async def test_no_more_of_a_file_is_read_than_wanted(on: tuple[SlackServer, EditableChannel]) -> None:
    platform, channel = on
    about = platform.people.file("a.png", "image/png", bytes(30_000_000))

    read = await channel.fetch(Attachment(about["url_private"], "image/png"), DIRECT, bytes_max=1_000)

    assert len(read) == 1_001
    assert platform.file_bytes_sent < 10_000_000


@pytest.mark.parametrize(
    ("fault", "posting", "editing"),
    [
        (ratelimited(7), RateLimited, RateLimited),
        (refused("invalid_auth"), ChannelUnavailable, ChannelUnavailable),
        (refused("missing_scope"), ChannelUnavailable, ChannelUnavailable),
        (refused("service_unavailable"), ChannelUnavailable, ChannelUnavailable),
        (refused("fatal_error"), Unconfirmed, ChannelUnavailable),
        (broken(503), ChannelUnavailable, ChannelUnavailable),
        (broken(502), Unconfirmed, ChannelUnavailable),
        (broken(404), Unconfirmed, ChannelUnavailable),
        (RESET, Unconfirmed, ChannelUnavailable),
        (LOST, Unconfirmed, ChannelUnavailable),
        (hang(0.05), Unconfirmed, ChannelUnavailable),
        (refused("msg_too_long"), Undeliverable, Undeliverable),
        (refused("is_archived"), Undeliverable, Undeliverable),
        (refused("message_not_found"), MessageGone, MessageGone),
        (refused("edit_window_closed"), MessageGone, MessageGone),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else value.error or f"{value.kind}{value.status}",
)
async def test_refusals_are_the_decisions_they_ask_for(
    on: tuple[SlackServer, EditableChannel], fault: Fault, posting: type[Exception], editing: type[Exception]
) -> None:
    platform, channel = on
    direct = platform.team.direct("U1").id
    root = await platform.people.say("U1", direct, "Hello", tell=False)
    to = Address("slack", f"T0BRIDGE:{direct}:{root}")
    ref = await channel.post(to, page(to=to))
    platform.pass_time(2)
    platform.will("chat.postMessage", fault)
    platform.will("chat.update", fault)

    for wanted, call in ((posting, channel.post(to, page(to=to))), (editing, channel.edit(ref, page("Else", to=to)))):
        with pytest.raises(wanted) as raised:
            await call
        assert type(raised.value) in (wanted, *wanted.__subclasses__())
        if isinstance(raised.value, RateLimited):
            assert raised.value.retry_after_s == 7


async def test_check_says_who_we_are_and_how_to_mend_what_is_wrong(on: tuple[SlackServer, EditableChannel]) -> None:
    platform, channel = on
    assert await channel.check() == "@bridge in Bridge Test (T0BRIDGE), events at http://127.0.0.1/slack/events"
    platform.team.revoked = True
    with pytest.raises(Undeliverable, match=r"SLACK_BOT_TOKEN \(token_revoked\)"):
        await channel.check()

    platform.team.revoked = False
    assert (await checked(platform, APP_TOKEN)).endswith("by Socket Mode")
    with pytest.raises(Undeliverable, match="connections:write"):
        await checked(platform, "xapp-wrong")


async def checked(platform: SlackServer, app_token: str) -> str:
    settings = SlackSettings(api_url=f"{platform.url}/api")
    context = channel_context(MemoryStore(Settings()), SECRETS | {"SLACK_APP_TOKEN": app_token})
    channel = slack.build(settings, context)
    try:
        return await channel.check()
    finally:
        await channel.close()


async def test_a_slack_that_cannot_be_reached_is_unavailable() -> None:
    settings = SlackSettings(api_url="http://127.0.0.1:9/api/")
    channel = slack.build(settings, channel_context(MemoryStore(Settings()), SECRETS))
    for call in (channel.check(), channel.post(DIRECT, page()), channel.edit(ref_to(DIRECT, "D1", "1.2"), page())):
        with pytest.raises(ChannelUnavailable):
            await call
    await channel.close()


async def test_finding_messages_has_a_quota_of_its_own(on: tuple[SlackServer, EditableChannel]) -> None:
    platform, channel = on
    platform.team.direct("U1")
    with pytest.raises(RateLimited):  # noqa: PT012 - which of the calls it is does not matter
        for _ in range(60):
            assert await channel.find(DIRECT, page()) is None
    assert not platform.refusals["ratelimited"]


async def test_tokens_of_installations_are_unreadable_in_the_store_and_survive_a_new_key() -> None:
    store, old, new = MemoryStore(Settings()), Fernet.generate_key().decode(), Fernet.generate_key().decode()
    first = tokens.Tokens(SecretStr("xoxb-home"), store, old)
    first.home_team = "T1"
    await first.keep("T2", "xoxb-theirs")

    assert "xoxb-theirs" not in str(await store.get("slack:install:T2"))
    assert (await first.of("T1"), await first.of("T2")) == ("xoxb-home", "xoxb-theirs")
    later = tokens.Tokens(SecretStr("xoxb-home"), store, f"{new}, {old}")
    later.home_team = "T1"
    assert await later.of("T2") == "xoxb-theirs"
    lost = tokens.Tokens(SecretStr("xoxb-home"), store, new)
    lost.home_team = "T1"
    assert not await lost.serves("T2")


def test_the_manifest_asks_for_what_the_code_needs() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yaml").read_text())

    assert tuple(manifest["oauth_config"]["scopes"]["bot"]) == oauth.SCOPES
    urls = [
        manifest["features"]["slash_commands"][0]["url"],
        manifest["settings"]["event_subscriptions"]["request_url"],
        manifest["settings"]["interactivity"]["request_url"],
    ]
    assert set(urls) == {"https://chat.example.com/slack/events"}
    heard = (ROOT / "bridge/channels/slack/ears.py").read_text()
    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        assert f'"{event.partition(".")[0]}"' in heard
