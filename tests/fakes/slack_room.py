"""Slack's channel in front of its stand-in, with a scripted desk behind it and no turns."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bridge.channels import slack as slack_module
from bridge.channels.slack.channel import SlackChannel
from bridge.channels.slack.settings import Settings
from bridge.ports import Accepted, Card, Click, Colleague, Form, Store, Submission
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.types import Address, Inbound, MessageRef
from bridge.web import application, runner
from tests.fakes.context import channel_context
from tests.fakes.core import until
from tests.fakes.loopback import listening
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import SLACK_SECRETS

DESK = "C0DESK"


def open_desk(slack: SlackServer, people: Mapping[str, str] = {}) -> None:
    """Make the desk's channel, where the app may call everybody, and the people who are there."""
    slack.team.channel(DESK)
    slack.may_be_called.add(DESK)
    slack.team.people |= people


@dataclass(slots=True)
class ScriptedDesk:
    """Implements ports.DeskEars: keeps what it is told, and answers as it was told to. Mutable."""

    clicks: list[Click] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    commands: list[tuple[str, Colleague]] = field(default_factory=list)
    changes: list[tuple[Inbound, bool]] = field(default_factory=list)
    to_clicks: Form | str | None = None
    to_submissions: Mapping[str, str] = field(default_factory=dict)
    to_commands: str = "Nobody waits."
    error: Exception | None = None
    takes_s: float = 0.0
    """How long a command takes."""

    async def clicked(self, click: Click) -> Form | str | None:
        if self.error:
            raise self.error
        self.clicks.append(click)
        return self.to_clicks

    async def submitted(self, submission: Submission) -> Mapping[str, str]:
        if self.error:
            raise self.error
        self.submissions.append(submission)
        return self.to_submissions

    async def command(self, text: str, by: Colleague) -> str:
        await asyncio.sleep(self.takes_s)
        self.commands.append((text, by))
        return self.to_commands

    async def changed(self, inbound: Inbound, deleted: bool) -> None:
        self.changes.append((inbound, deleted))

    async def writing(self, thread: Address) -> None:
        raise AssertionError("Slack does not tell who is writing")


@dataclass(slots=True)
class Stage:
    """A desk's channel. Mutable."""

    slack: SlackServer
    channel: SlackChannel
    desk: ScriptedDesk
    store: Store
    heard: list[Inbound]

    async def card(self, id: str = "1", **fields: object) -> tuple[MessageRef, Message]:
        """A card on its own, as it was posted."""
        ref = await self.channel.show_card(Card(id=id, heading="Ada needs a person", **fields), below=None, ref=None)  # type: ignore[arg-type]
        return ref, self.message(ref)

    def message(self, ref: MessageRef) -> Message:
        channel, _, ts = ref.message_id.partition(":")
        return self.slack.team.messages[channel, ts]

    def thread(self, ref: MessageRef) -> list[Message]:
        """What stands below a card."""
        ts = ref.message_id.partition(":")[2]
        return [message for message in self.slack.visible(DESK, ts) if message.ts != ts]

    def quiet(self) -> list[Message]:
        """What one person alone was told."""
        return [message for message in self.slack.team.messages.values() if message.ephemeral_for]


@asynccontextmanager
async def on_stage(
    *, slack: SlackServer | None = None, store: Store | None = None, desk_channel: str = DESK, stream: str = "update"
) -> AsyncIterator[Stage]:
    """A channel that Slack knows, and its webhooks."""
    if slack is None:
        async with (
            SlackServer.start() as started,
            on_stage(slack=started, store=store, desk_channel=desk_channel, stream=stream) as stage,
        ):
            yield stage
        return
    open_desk(slack, {"U7": "Cleo", "U8": "Dana"})
    kept = store or MemoryStore(MemorySettings())
    heard: list[Inbound] = []

    async def receive(inbound: Inbound) -> Accepted:
        accepted = await kept.accept(inbound)
        if accepted.fresh:
            heard.append(inbound)
        return accepted

    desk = ScriptedDesk()
    context = channel_context(kept, SLACK_SECRETS, receive=receive, desk=desk, desk_channel=desk_channel)
    settings = Settings.model_validate(
        {"enabled": True, "api_url": f"{slack.url}/api/", "catch_up_s": 0, "stream": stream}
    )
    channel = slack_module.build(settings, context)
    assert isinstance(channel, SlackChannel)
    app = application(store=kept, routes=[channel.routes()], status=dict, trusted_proxies=[])
    async with listening(runner(app)) as url:
        slack.target = f"{url}/slack/events"
        await channel.run()
        try:
            yield Stage(slack, channel, desk, kept, heard)
        finally:
            await channel.close()


async def told(stage: Stage) -> Message:
    """What one person alone was told, as soon as it is."""
    await until(lambda: bool(stage.quiet()), within_s=30)
    return stage.quiet()[-1]
