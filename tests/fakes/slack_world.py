"""Slack in tests: the stand-in, and behind it the whole server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from bridge.errors import StoreUnavailable
from bridge.ports import Accepted, Backend
from bridge.stores.memory import MemoryStore
from bridge.types import Inbound
from tests.fakes.core import until
from tests.fakes.server import Answer, Server, echo, start_server
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Message, Team

SLACK_SECRETS = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
PATIENCE_S = 30.0


class Away(MemoryStore):
    """A store that takes nothing for now."""

    away = True

    async def accept(self, inbound: Inbound) -> Accepted:
        if self.away:
            raise StoreUnavailable("the disk is full")
        return await super().accept(inbound)


@asynccontextmanager
async def on_slack(
    answer: Answer = echo,
    *,
    slack: SlackServer | None = None,
    store: Any = None,
    settings: Mapping[str, Any] | None = None,
    socket: bool = False,
    backend: Backend | None = None,
    **options: Any,
) -> AsyncIterator[tuple[SlackServer, Server]]:
    """A server that people reach through a stand-in for Slack, a given one or one with these `options`."""
    if slack is None:
        async with (
            SlackServer.start(**options) as started,
            on_slack(answer, slack=started, store=store, settings=settings, socket=socket, backend=backend) as both,
        ):
            yield both
        return
    environ: dict[str, Any] = {
        "BRIDGE_CHANNELS__SLACK__ENABLED": "true",
        "BRIDGE_CHANNELS__SLACK__API_URL": f"{slack.url}/api/",
        **SLACK_SECRETS,
        **({"SLACK_APP_TOKEN": APP_TOKEN} if socket else {}),
    }
    environ |= dict(settings or {})
    async with start_server(answer, store=store, settings=environ, backend=backend) as server:
        if socket:
            await until(lambda: bool(slack.sockets.open), within_s=PATIENCE_S)
        else:
            slack.target = f"{server.url}/slack/events"
        yield slack, server


async def answered(
    slack: SlackServer, channel: str, thread: str | None = None, *, count: int = 1, team: Team | None = None
) -> list[Message]:
    """The messages of the app, once there are so many and all are complete."""

    def complete() -> bool:
        messages = slack.answers(channel, thread, team=team)
        return len(messages) >= count and all(is_final(message) for message in messages[-1:])

    await until(complete, within_s=PATIENCE_S)
    return slack.answers(channel, thread, team=team)


def is_final(message: Message) -> bool:
    """It offers no stop; a stream offers more when its text is complete."""
    actions = {button.action_id for button in message.buttons}
    return "bridge_retry" in actions if message.streaming else "bridge_stop" not in actions


def unspoiled(slack: SlackServer) -> None:
    """Slack refused nothing, and nothing happened that must not."""
    assert not slack.violations, slack.violations
    assert not slack.refusals, slack.refusals


async def only_this_is_answered(slack: SlackServer) -> None:
    """Nothing that was said before is: another question is answered, and it is the only one."""
    channel = slack.team.direct("U2").id
    slack.pass_time(2)
    before = {message.ts for team in slack.teams.values() for message in team.messages.values()}
    root = await slack.people.say("U2", channel, "Is anybody there?")
    await answered(slack, channel, root)
    await asyncio.sleep(0.05)
    answers = [m for team in slack.teams.values() for m in team.messages.values() if m.bot_id and m.ts not in before]
    assert [message.thread_ts for message in answers] == [root], [message.shown for message in answers]
