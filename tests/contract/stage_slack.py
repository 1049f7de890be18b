"""The contract suite in front of the stand-in for Slack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bridge.channels import slack
from bridge.channels.slack.blocks import STOP
from bridge.channels.slack.settings import Settings
from bridge.markdown.safe import safe
from bridge.ports import EditableChannel
from bridge.stores.memory import MemoryStore
from bridge.types import Address
from tests.fakes.context import channel_context
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import BOT_TOKEN, SIGNING_SECRET, Message

SECRETS = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET}


@dataclass(slots=True)
class SlackStage:
    """People see the messages of a thread in a direct message. A final has no stop button."""

    channel: EditableChannel
    store: MemoryStore
    to: Address
    platform: SlackServer
    others: list[EditableChannel] = field(default_factory=list)

    def another(self) -> EditableChannel:
        self.others.append(built(self.platform, self.store))
        return self.others[-1]

    def shown(self, markdown: str) -> str:
        return safe(markdown, ())

    async def finals(self, address: Address) -> list[str]:
        return [message.shown for message in self._answers(address) if not _can_be_stopped(message)]

    async def drafts(self, address: Address) -> str:
        return "".join(message.shown for message in self._answers(address) if _can_be_stopped(message))

    def _answers(self, address: Address) -> list[Message]:
        assert self.platform.violations == []
        _, channel, thread = address.key.split(":")
        return self.platform.answers(channel, thread)


def _can_be_stopped(message: Message) -> bool:
    return any(button.action_id == STOP for button in message.buttons)


def built(platform: SlackServer, store: MemoryStore, **settings: object) -> EditableChannel:
    """The channel in front of a stand-in."""
    values = {"enabled": True, "api_url": f"{platform.url}/api/", **settings}
    return slack.build(Settings.model_validate(values), channel_context(store, SECRETS))


@asynccontextmanager
async def slack_stage(store: MemoryStore) -> AsyncIterator[SlackStage]:
    async with SlackServer.start() as platform:
        channel = platform.team.direct("U1").id
        root = await platform.people.say("U1", channel, "Hello?", tell=False)
        to = Address("slack", f"{platform.team.id}:{channel}:{root}")
        stage = SlackStage(built(platform, store), store, to, platform)
        try:
            yield stage
        finally:
            for one in (stage.channel, *stage.others):
                await one.close()
