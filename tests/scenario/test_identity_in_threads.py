"""In a thread of several people: what somebody wrote to prove who they are is no remark of others, and never told."""

from pathlib import Path

from bridge.backends.demo.shop import DemoShop
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.mail_server import mail_server
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_world import answered, on_slack
from tests.scenario.test_identity_by_code import MAYAS_MAIL, smtp


async def test_neither_code_nor_address_is_overheard(tmp_path: Path) -> None:
    gate, shop = Gate(), DemoShop(tmp_path / "demo.db")
    gate.open.set()
    async with (
        mail_server(tmp_path) as mails,
        on_slack(gate, settings=smtp(mails), backend=shop) as (slack, _),
    ):
        root = await _say(slack, "Hello there")
        await answered(slack, "C1", root)
        for count, text in enumerate(["/verify", MAYAS_MAIL], start=2):
            await _say(slack, text, root)
            await answered(slack, "C1", root, count=count)
        await until(lambda: bool(mails.mails), within_s=30)
        await _say(slack, mails.code(), root)
        assert "now I know that it is you" in (await answered(slack, "C1", root, count=4))[-1].text
        await _say(slack, "and where is my order?", root)
        await answered(slack, "C1", root, count=5)

        assert [turn.question for turn in gate.asked] == ["Hello there", "and where is my order?"]
        assert [inbound.overheard for turn in gate.asked[1:] for inbound in turn.inbounds] == [()]
    await shop.aclose()


async def _say(slack: SlackServer, text: str, thread: str = "") -> str:
    slack.pass_time(2)
    return await slack.people.say("U1", "C1", f"<@{slack.team.bot_user}> {text}", thread=thread)
