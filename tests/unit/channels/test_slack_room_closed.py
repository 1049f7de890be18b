"""The desk's channel is archived, or the app was taken out of it: the log says so, and what is to be shown waits."""

import pytest

from bridge.errors import ChannelUnavailable, MessageGone
from bridge.ports import Card
from bridge.types import MessageRef
from tests.fakes.slack_room import DESK, on_stage


@pytest.mark.parametrize("how", ["archived", "left"])
async def test_what_is_to_be_shown_waits_and_the_operator_is_told(how: str, caplog: pytest.LogCaptureFixture) -> None:
    async with on_stage() as stage:
        ref, _ = await stage.card()
        channel = stage.slack.team.channel(DESK)
        channel.archived, channel.bot_is_in = how == "archived", how != "left"
        card = Card(id="2", heading="Bo needs a person")
        for show in (
            stage.channel.show_card(card, below=None, ref=None),
            stage.channel.show_card(card, below=None, ref=ref),
            stage.channel.add_note(ref, "n1", "Hello?", "Ada", ()),
        ):
            with pytest.raises(ChannelUnavailable):
                await show
        told = [record for record in caplog.records if record.levelname == "ERROR"]
        assert {record.getMessage() for record in told} == {"the desk's channel cannot be used"}

        channel.archived, channel.bot_is_in = False, True
        await stage.channel.show_card(card, below=None, ref=None)
        await stage.channel.add_note(ref, "n1", "Hello?", "Ada", ())
        shown = [message.shown for message in stage.slack.visible(DESK) if message.bot_id]
        assert sum("Bo needs a person" in each for each in shown) == 1
        assert any("Hello?" in message.shown for message in stage.thread(ref))


async def test_a_card_in_a_channel_where_the_desk_was_before_is_shown_anew() -> None:
    async with on_stage() as stage:
        stage.slack.team.channel("C0OLD").archived = True
        ref, _ = await stage.card()
        ts = ref.message_id.partition(":")[2]
        with pytest.raises(MessageGone):
            await stage.channel.show_card(
                Card(id="1", heading="Ada"), below=None, ref=MessageRef(ref.address, f"C0OLD:{ts}")
            )
