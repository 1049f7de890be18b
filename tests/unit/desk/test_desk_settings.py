"""Which channel is the desk's."""

import pytest
from pydantic import ValidationError

from bridge.desk.settings import DeskSettings


@pytest.mark.parametrize("channel", ["", "C0123456789", "G0DESK"])
def test_the_id_of_a_channel_is_taken(channel: str) -> None:
    assert DeskSettings(slack_channel=channel).slack_channel == channel


@pytest.mark.parametrize("channel", ["#support", "support", "c0123456789", "U0123456789", "C0123456789\n"])
def test_a_name_is_refused_with_where_the_id_is(channel: str) -> None:
    with pytest.raises(ValidationError, match="must be the id of a channel, such as C0123456789"):
        DeskSettings(slack_channel=channel)
