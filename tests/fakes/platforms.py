"""Platforms with the limits of the real ones, and what we spend there: a workspace, a chat, a pair."""

from bridge.ports import Bucket, Limits
from tests.fakes.recording_channel import Platform, Window


def workspace(size_max: int = 11_000) -> Platform:
    """Like Slack: 50 edits in any minute for all rooms together, one post a second in each."""

    def limits(room: str) -> Limits:
        return Limits(
            size_max=size_max,
            edit_interval_s=0.45,
            first_chars=20,
            first_wait_s=0.12,
            typing_s=90.0,
            post=(Bucket(f"post:{room}", 1, 0.95),),
            edit=(Bucket("edit", 26, 22 / 60),),
        )

    return Platform(
        limits_of=limits,
        windows=(
            Window(50, 60.0, ("edit",), ("edit",)),
            Window(50, 60.0, ("find",), ("find",), per_room=True),
            Window(50, 60.0, ("delete",), ("delete",)),
            Window(1, 1.0, ("post",), ("post",), per_room=True),
        ),
    )


def chats(size_max: int = 4_000) -> Platform:
    """Like Telegram: a post or an edit a second in each room, thirty a second in all; who asks too often must be quiet
    altogether. Nobody can look for a message."""

    def limits(room: str) -> Limits:
        buckets = (Bucket("bot", 5, 25), Bucket(f"chat:{room}", 1, 0.95))
        return Limits(
            size_max=size_max,
            edit_interval_s=1.0,
            first_chars=30,
            first_wait_s=1.5,
            typing_s=4,
            post=buckets,
            edit=buckets,
        )

    return Platform(
        limits_of=limits,
        lookable=False,
        windows=(
            Window(30, 1.0, ("post", "edit"), ("post", "edit", "delete", "typing")),
            Window(1, 1.0, ("post", "edit"), ("post", "edit", "delete", "typing"), per_room=True),
        ),
    )


def pairs(size_max: int = 1_500) -> Platform:
    """Like WhatsApp: a message in six seconds to each person, four at once after a silence. Nothing can change."""

    def limits(room: str) -> Limits:
        return Limits(
            size_max=size_max,
            typing_s=20.0,
            post=(Bucket("sender", 40, 40), Bucket(f"pair:{room}", 4, 1 / 6)),
            bubbles_max=3,
        )

    return Platform(
        limits_of=limits,
        windows=(
            Window(80, 1.0, ("post",), ("post",)),
            Window(14, 60.0, ("post",), ("post",), per_room=True),
            Window(5, 6.0, ("post",), ("post",), per_room=True),
        ),
    )
