"""The methods of Slack's Web API, each as the real one answers."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tests.fakes import slack_rules as rules
from tests.fakes.slack_forms import judge_modal
from tests.fakes.slack_rules import Refused
from tests.fakes.slack_state import (
    APP_ID,
    CLIENT_ID,
    CLIENT_SECRET,
    Channel,
    Message,
    Session,
    Status,
    Team,
    Upload,
    Version,
)

if TYPE_CHECKING:
    from tests.fakes.slack_server import SlackServer

STATUS_S = 120.0
SESSION_STATES = ("processing", "active", "suspended", "closed")
CHUNK_KINDS = ("markdown_text", "task_update", "plan_update", "blocks")


class Methods:
    """One call. `team` is set once its token is known."""

    team: Team

    def __init__(self, slack: "SlackServer", args: dict[str, Any]) -> None:
        self._slack = slack
        self._args = args

    def by_name(self, method: str) -> Callable[[], dict[str, Any]]:
        """The method of that name. May raise Refused."""
        if method not in rules.METHOD_TIERS and method != "chat.postMessage":
            raise Refused("unknown_method")
        found: Callable[[], dict[str, Any]] = getattr(self, method.replace(".", "_"))
        return found

    def judge_scope(self, scope: str) -> None:
        """May raise Refused."""
        if scope and scope not in self.team.scopes:
            raise Refused("missing_scope", f"needed: {scope}")

    # ------------------------------------------------------------ messages

    def chat_postMessage(self) -> dict[str, Any]:
        channel = self._channel(also_people=True)
        text, blocks = self._content()
        for flag in ("unfurl_links", "unfurl_media"):
            if self._args.get(flag) not in (False, "false", "0"):
                self._slack.violated(f"chat.postMessage without {flag}=false")
        thread = self._thread(channel)
        metadata = rules.judge_metadata(self._args.get("metadata"))
        message = self._message(channel, text, blocks, thread, metadata)
        return {"channel": channel.id, "ts": message.ts, "message": message.payload(with_metadata=True)}

    def chat_postEphemeral(self) -> dict[str, Any]:
        channel = self._channel()
        text, blocks = self._content()
        user = str(self._args.get("user", ""))
        if user not in self.team.people:
            raise Refused("user_not_in_channel")
        message = self._message(channel, text, blocks, self._thread(channel), {}, quiet=True)
        message.ephemeral_for = user
        return {"message_ts": message.ts}

    def chat_update(self) -> dict[str, Any]:
        channel, message = self._own("cant_update_message")
        if message.streaming == "in_progress":
            raise Refused("streaming_state_conflict")
        text, blocks = self._content()
        before = message.shown
        if blocks or self._args.get("blocks") is not None:
            message.blocks = blocks
        elif "text" in self._args:  # a text alone takes the blocks away, and shows that it was changed
            message.blocks, message.edited = [], True
        message.text = text if "text" in self._args else message.text
        message.metadata = rules.judge_metadata(self._args.get("metadata"))
        message.streaming = "completed" if message.streaming else ""
        self._judge_edit(message, before)
        self._keep(message)
        self._slack.people.tell_changed(self.team, message, before)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.payload()}

    def chat_delete(self) -> dict[str, Any]:
        channel, message = self._own("cant_delete_message")
        if message.streaming == "in_progress":
            raise Refused("cant_delete_message")
        message.deleted = True
        return {"channel": channel.id, "ts": message.ts}

    # ------------------------------------------------------------ streams

    def chat_startStream(self) -> dict[str, Any]:
        channel = self._channel()
        thread = self._thread(channel)
        if not thread:
            raise Refused("invalid_thread_ts")
        if channel.kind != "im":
            for name in ("recipient_user_id", "recipient_team_id"):
                if not self._args.get(name):
                    raise Refused(f"missing_{name}")
            if self._args["recipient_user_id"] not in self.team.people:
                raise Refused("user_not_found")
        text = self._chunks()
        message = self._message(channel, "", [], thread, {}, quiet=True)
        message.streaming, message.streamed_from = "in_progress", self._slack.now()
        self._append(message, text)
        self.team.sessions[channel.id, thread] = Session("processing")
        return {"channel": channel.id, "ts": message.ts}

    def chat_appendStream(self) -> dict[str, Any]:
        _, message = self._own("message_not_owned_by_app")
        if message.streaming == "stopped":
            raise Refused("stopped_by_user")
        self._still_streams(message)
        text = self._chunks()
        if not text and not self._args.get("chunks"):
            raise Refused("no_text")
        self._append(message, text)
        return {"channel": message.channel, "ts": message.ts}

    def chat_stopStream(self) -> dict[str, Any]:
        _, message = self._own("message_not_owned_by_app")
        self._still_streams(message)
        text = self._chunks()
        blocks = rules.judge_blocks(self._args.get("blocks"))
        metadata = rules.judge_metadata(self._args.get("metadata"))
        status = self._args.get("session_status", "active")
        if status not in SESSION_STATES:
            raise Refused("invalid_arguments", "session_status")
        self._append(message, text)
        message.streaming = "completed"
        message.blocks = [*message.blocks, *blocks]
        message.metadata = metadata
        self.team.sessions[message.channel, message.thread_ts] = Session(status)
        self._slack.people.tell_posted(self.team, message)
        return {"channel": message.channel, "ts": message.ts, "message": message.payload()}

    def _still_streams(self, message: Message) -> None:
        if message.streaming == "in_progress" and self._slack.now() - message.streamed_from > self._slack.stream_life_s:
            message.streaming = "broken"
        if message.streaming != "in_progress":
            raise Refused("message_not_in_streaming_state")

    def _chunks(self) -> str:
        """The text that a call adds to a stream. May raise Refused."""
        chunks = self._args.get("chunks")
        if chunks is None:
            return rules.judge_markdown(self._args.get("markdown_text"))
        if self._args.get("markdown_text") is not None:
            raise Refused("invalid_arguments", "markdown_text and chunks exclude each other")
        if isinstance(chunks, str):
            chunks = json.loads(chunks)
        if not isinstance(chunks, list) or any(chunk.get("type") not in CHUNK_KINDS for chunk in chunks):
            raise Refused("invalid_chunks")
        return "".join(chunk["text"] for chunk in chunks if chunk["type"] == "markdown_text")

    def _append(self, message: Message, text: str) -> None:
        """Add to a stream; the JSON of chunks counts too. May raise Refused."""
        chunks = self._args.get("chunks")
        message.stream_chars += len(json.dumps(chunks)) if chunks else len(text)
        if message.stream_chars > rules.MARKDOWN_CHARS_MAX:
            raise Refused("msg_too_long")
        self._note_control(text)
        shown = message.shown + text
        message.blocks = [{"type": "markdown", "text": shown}] if shown else []
        self.team.statuses.pop((message.channel, message.thread_ts), None)
        self._keep(message)

    # ------------------------------------------------------------ statuses, prompts, home

    def assistant_threads_setStatus(self) -> dict[str, Any]:
        place = self._place()
        status, loading = self._args.get("status"), self._args.get("loading_messages") or []
        if not isinstance(status, str) or len(loading) > 10:
            raise Refused("invalid_arguments")
        self.team.statuses.pop(place, None)
        if status:
            self.team.statuses[place] = Status(status, self._slack.now() + STATUS_S)
        return {}

    def assistant_threads_setSuggestedPrompts(self) -> dict[str, Any]:
        prompts = self._args.get("prompts")
        place = self._place(thread_needed=False)
        good = isinstance(prompts, list) and 1 <= len(prompts) <= 4
        if not good or not all(p.get("title") and p.get("message") for p in prompts or []):
            raise Refused("invalid_arguments", "prompts must be 1 to 4 of a title and a message")
        self.team.prompts[place] = {"title": self._args.get("title", ""), "prompts": prompts}
        return {}

    def assistant_threads_setTitle(self) -> dict[str, Any]:
        self.team.titles[self._place()] = str(self._args.get("title", ""))
        return {}

    def agents_sessions_setStatus(self) -> dict[str, Any]:
        place = self._place()
        status, title = self._args.get("status"), str(self._args.get("title") or "")
        if status not in SESSION_STATES or len(title) > 200:
            raise Refused("invalid_arguments")
        session = self.team.sessions.setdefault(place, Session("active", title))
        session.status = str(status)
        return {"status": status, "title": session.title}

    def agents_sessions_rename(self) -> dict[str, Any]:
        session = self.team.sessions.get(self._place())
        if session is None:
            raise Refused("session_not_found")
        session.title = str(self._args.get("title", ""))
        return {"title": session.title}

    def views_publish(self) -> dict[str, Any]:
        view = self._args.get("view")
        view = json.loads(view) if isinstance(view, str) else view
        if self._args.get("user_id") not in self.team.people:
            raise Refused("user_not_found")
        if not isinstance(view, dict) or view.get("type") != "home":
            raise Refused("invalid_arguments")
        view["blocks"] = rules.judge_blocks(view.get("blocks"), blocks_max=rules.HOME_BLOCKS_MAX)
        self.team.homes[self._args["user_id"]] = view
        return {"view": view | {"id": self._slack.new_id("V")}}

    def views_open(self) -> dict[str, Any]:
        trigger = self._slack.triggers.get(str(self._args.get("trigger_id", "")))
        if trigger is None or trigger.team != self.team.id:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._slack.now() > trigger.until:
            raise Refused("expired_trigger_id")
        view = judge_modal(self._args.get("view"))
        trigger.used = True
        view = view | {"id": self._slack.new_id("V"), "user": trigger.user}
        self.team.views.append(view)
        return {"view": view}

    # ------------------------------------------------------------ reactions and files

    def reactions_add(self) -> dict[str, Any]:
        message = self._reacted()
        users = message.reactions.setdefault(self._reaction(), [])
        if self.team.bot_user in users:
            raise Refused("already_reacted")
        users.append(self.team.bot_user)
        return {}

    def reactions_remove(self) -> dict[str, Any]:
        message, name = self._reacted(), self._reaction()
        if self.team.bot_user not in message.reactions.get(name, []):
            raise Refused("no_reaction")
        message.reactions[name].remove(self.team.bot_user)
        if not message.reactions[name]:
            del message.reactions[name]
        return {}

    def _reaction(self) -> str:
        name = str(self._args.get("name", ""))
        if name not in ("hourglass_flowing_sand", "white_check_mark", "warning"):
            raise Refused("invalid_name")
        return name

    def _reacted(self) -> Message:
        message = self.team.messages.get((self._channel().id, str(self._args.get("timestamp", ""))))
        if message is None or message.deleted or message.ephemeral_for:
            raise Refused("message_not_found")
        return message

    def files_getUploadURLExternal(self) -> dict[str, Any]:
        name, length = str(self._args.get("filename") or ""), str(self._args.get("length") or "")
        if not name or not length.isdigit() or not int(length):
            raise Refused("missing_argument")
        if int(length) > rules.FILE_BYTES_MAX:
            raise Refused("file_upload_size_restricted")
        file_id = self._slack.new_id("F")
        self.team.uploads[file_id] = Upload(name, int(length))
        return {"upload_url": f"{self._slack.url}/upload/v1/{self.team.id}-{file_id}", "file_id": file_id}

    def files_completeUploadExternal(self) -> dict[str, Any]:
        """Shares them a moment later, as the real one does; sometimes, when a test says so, not at all."""
        files = self._args.get("files")
        files = json.loads(files) if isinstance(files, str) else files
        if not isinstance(files, list) or not files:
            raise Refused("invalid_arguments")
        for file in files:
            upload = self.team.uploads.get(str(file.get("id")))
            if upload is None or upload.data is None or upload.completed:
                raise Refused("file_not_found")
        channel = self._channel() if self._args.get("channel_id") else None
        thread = self._thread(channel) if channel else ""
        for file in files:
            self._complete(str(file["id"]), str(file.get("title") or ""))
        if channel and not self._slack.drops_shares:
            about = [self.team.files[str(file["id"])][0] for file in files]
            comment = rules.judge_text(self._args.get("initial_comment"))
            self._slack.in_background(self._share(channel, thread, about, comment))
        return {"files": [{"id": file["id"], "title": file.get("title", "")} for file in files]}

    def _complete(self, file_id: str, title: str) -> None:
        upload = self.team.uploads[file_id]
        upload.completed = True
        about = self._slack.people.file_of(self.team, file_id, upload.name, upload.data or b"")
        self.team.files[file_id] = (about | {"title": title or upload.name, "shares": {}}, upload.data or b"")

    async def _share(self, channel: Channel, thread: str, files: list[dict[str, Any]], comment: str) -> None:
        await asyncio.sleep(self._slack.share_s)
        message = self._message(channel, comment, [], thread, {}, quiet=True)
        message.files = files
        kind = "public" if channel.kind == "channel" else "private"
        for file in files:
            file["shares"] = {kind: {channel.id: [{"ts": message.ts, "thread_ts": thread}]}}
        self._slack.people.tell_posted(self.team, message)

    def chat_getPermalink(self) -> dict[str, Any]:
        channel, ts = self._channel(), str(self._args.get("message_ts", ""))
        if (channel.id, ts) not in self.team.messages:
            raise Refused("message_not_found")
        return {
            "channel": channel.id,
            "permalink": f"https://bridge-test.slack.com/archives/{channel.id}/p{ts.replace('.', '')}",
        }

    # ------------------------------------------------------------ reading

    def auth_test(self) -> dict[str, Any]:
        team = self.team
        return {
            "url": "https://bridge-test.slack.com/",
            "team": "Bridge Test",
            "user": "bridge",
            "team_id": team.id,
            "user_id": team.bot_user,
            "bot_id": team.bot_id,
            "is_enterprise_install": False,
        }

    def conversations_open(self) -> dict[str, Any]:
        user = str(self._args.get("users", ""))
        if user not in self.team.people:
            raise Refused("user_not_found")
        return {"channel": {"id": self.team.direct(user).id}}

    def conversations_info(self) -> dict[str, Any]:
        channel = self._channel()
        kinds = {"is_im": channel.kind == "im", "is_channel": channel.kind == "channel"}
        return {"channel": {"id": channel.id, "is_member": channel.bot_is_in, "user": channel.user, **kinds}}

    def conversations_history(self) -> dict[str, Any]:
        """Newest first; with `oldest` alone the pages go on from there, each of them newest first all the same."""
        channel = self._read_channel()
        kept = [m for m in self._within(channel) if not m.thread_ts or m.thread_ts == m.ts or m.broadcast]
        forwards = bool(self._args.get("oldest")) and not self._args.get("latest")
        page = self._page("conversations.history", kept if forwards else kept[::-1])
        if forwards:
            page["messages"].reverse()
        return page

    def conversations_replies(self) -> dict[str, Any]:
        """Oldest first, and the thread's first message in any case."""
        channel, root = self._read_channel(), str(self._args.get("ts", ""))
        first = self.team.messages.get((channel.id, root))
        if first is None or (first.deleted and not any(m.thread_ts == root for m in self._within(channel))):
            raise Refused("thread_not_found")
        kept = [m for m in self._within(channel) if m.thread_ts == root and m.ts != root]
        return self._page("conversations.replies", [*([] if first.deleted else [first]), *kept])

    def users_info(self) -> dict[str, Any]:
        user = str(self._args.get("user", ""))
        if user not in self.team.people:
            raise Refused("user_not_found")
        name = self.team.people[user]
        profile = {"display_name": name, "real_name": name}
        account = {"team_id": self.team.id, **self.team.accounts.get(user, {})}
        email = account.pop("email", None)
        if email and "users:read.email" in self.team.scopes:
            profile["email"] = email
        robot = user in self.team.robots
        about = {"id": user, "name": name.lower(), "real_name": name, "is_bot": robot, "profile": profile}
        return {"user": about | account}

    def files_info(self) -> dict[str, Any]:
        if (found := self.team.files.get(str(self._args.get("file", "")))) is None:
            raise Refused("file_not_found")
        return {"file": found[0]}

    def oauth_v2_access(self, authorization: str) -> dict[str, Any]:
        """Answers for itself: it needs no token."""
        pair = f"{self._args.get('client_id', '')}:{self._args.get('client_secret', '')}"
        if authorization.startswith("Basic "):
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        if pair.partition(":")[0] != CLIENT_ID:
            raise Refused("invalid_client_id")
        if pair != f"{CLIENT_ID}:{CLIENT_SECRET}":
            raise Refused("bad_client_secret")
        team_id = self._slack.codes.pop(str(self._args.get("code", "")), None)
        if team_id is None:
            raise Refused("invalid_code")
        team = self._slack.teams[team_id]
        return {
            "ok": True,
            "app_id": APP_ID,
            "access_token": team.bot_token,
            "token_type": "bot",
            "scope": "chat:write,im:history",
            "bot_user_id": team.bot_user,
            "team": {"id": team.id, "name": f"Team {team.id}"},
            "enterprise": None,
            "authed_user": {"id": "U1"},
            "is_enterprise_install": False,
        }

    # ------------------------------------------------------------ what they share

    def _channel(self, *, also_people: bool = False) -> Channel:
        name = str(self._args.get("channel") or self._args.get("channel_id") or "")
        if also_people and name in self.team.people:
            return self.team.direct(name)
        channel = self.team.channels.get(name)
        if channel is None or (channel.kind == "group" and not channel.bot_is_in):
            raise Refused("channel_not_found")
        if not channel.bot_is_in:
            raise Refused("not_in_channel")
        if channel.archived:
            raise Refused("is_archived")
        return channel

    def _thread(self, channel: Channel) -> str:
        thread = str(self._args.get("thread_ts") or "")
        root = self.team.messages.get((channel.id, thread))
        if thread and (root is None or root.deleted):
            raise Refused("thread_not_found")
        if root and root.thread_ts and root.thread_ts != root.ts:
            self._slack.violated("a thread_ts that names an answer, not the thread's first message")
        return thread

    def _place(self, *, thread_needed: bool = True) -> tuple[str, str]:
        """The thread that a status belongs to."""
        if not self._slack.agents:
            raise Refused("feature_not_enabled")
        channel = self._channel()
        thread = str(self._args.get("thread_ts") or "")
        if (thread_needed or thread) and (channel.id, thread) not in self.team.messages:
            raise Refused("invalid_thread_ts")
        return channel.id, thread

    def _own(self, not_ours: str) -> tuple[Channel, Message]:
        channel = self._channel()
        message = self.team.messages.get((channel.id, str(self._args.get("ts", ""))))
        if message is None or message.deleted or message.ephemeral_for or message.final_only:
            raise Refused("message_not_found")
        if message.user != self.team.bot_user:
            raise Refused(not_ours)
        return channel, message

    def _content(self) -> tuple[str, list[dict[str, Any]]]:
        """Text and blocks of a message. May raise Refused."""
        text = rules.judge_text(self._args.get("text"))
        blocks = rules.judge_blocks(self._args.get("blocks"))
        if not self._slack.takes_feedback and any(block["type"] == "context_actions" for block in blocks):
            raise Refused("invalid_blocks", "unsupported type: context_actions")
        if (markdown := rules.judge_markdown(self._args.get("markdown_text"))) and (text or blocks):
            raise Refused("markdown_text_conflict")
        if markdown:
            blocks = [{"type": "markdown", "text": markdown}]
        if not text.strip() and not blocks:
            raise Refused("no_text")
        if not text and not markdown:
            self._slack.violated("blocks without a text for notifications")
        if self._args.get("link_names") or self._args.get("parse") == "full":
            self._slack.violated("link_names or parse=full makes names in the text call people")
        self._note_control(text, *rules.texts(blocks))
        return text, blocks

    def _note_control(self, *texts: str) -> None:
        calls = str(self._args.get("channel", "")) in self._slack.may_be_called
        for text in texts:
            if found := rules.CONTROL.search(text.replace("<!here>", "") if calls else text):
                self._slack.violated(f"an unescaped control sequence: {found[0]}")

    def _message(
        self,
        channel: Channel,
        text: str,
        blocks: list[dict[str, Any]],
        thread: str,
        metadata: dict[str, Any],
        *,
        quiet: bool = False,
    ) -> Message:
        team = self.team
        message = Message(
            channel.id,
            self._slack.new_ts(),
            team.bot_user,
            text,
            bot_id=team.bot_id,
            thread_ts=thread,
            blocks=blocks,
            metadata=metadata,
        )
        team.messages[channel.id, message.ts] = message
        self._keep(message)
        team.statuses.pop((channel.id, thread or message.ts), None)
        if not quiet:
            self._slack.people.tell_posted(team, message)
        return message

    def _keep(self, message: Message) -> None:
        message.versions.append(Version(self._slack.now(), time.monotonic(), message.shown))

    def _judge_edit(self, message: Message, before: str) -> None:
        earlier = [version.text for version in message.versions[:-1]]
        if message.shown == before and message.shown:
            self._slack.wasted += 1
        elif message.shown in earlier:
            self._slack.violated(f"a stale edit of {message.ts} after a newer one")

    def _read_channel(self) -> Channel:
        """A channel whose messages the app may read. May raise Refused."""
        channel = self._channel()
        self.judge_scope(rules.HISTORY_SCOPES[channel.kind])
        return channel

    def _within(self, channel: Channel) -> list[Message]:
        """The channel's messages between `oldest` and `latest`, both left out unless `inclusive`; oldest first."""
        oldest, latest = (float(self._args.get(name) or 0) for name in ("oldest", "latest"))
        inclusive = str(self._args.get("inclusive", "")).lower() in ("true", "1")

        def within(at: float) -> bool:
            if inclusive:
                return oldest <= at and (not latest or at <= latest)
            return oldest < at and (not latest or at < latest)

        return [
            message
            for message in self.team.messages.values()
            if message.channel == channel.id
            and not (message.deleted or message.ephemeral_for)
            and within(float(message.ts))
        ]

    def _page(self, method: str, messages: Iterable[Message]) -> dict[str, Any]:
        limit = int(self._args.get("limit") or rules.PAGE_DEFAULT[method])
        limit = min(limit, rules.DISTRIBUTED_PAGE_MAX if self._slack.distributed else rules.PAGE_MAX[method])
        start = int(self._args.get("cursor") or 0)
        with_metadata = str(self._args.get("include_all_metadata", "")).lower() in ("true", "1")
        kept = list(messages)
        shown = [self._read(message, with_metadata) for message in kept[start : start + limit]]
        more = start + limit < len(kept)
        cursor = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
        return {"messages": shown, "has_more": more, **cursor}

    def _read(self, message: Message, with_metadata: bool) -> dict[str, Any]:
        """A message as it is read; one that has answers names itself as its thread."""
        body = message.payload(with_metadata=with_metadata)
        if message.broadcast:
            body["subtype"] = "thread_broadcast"
        answers = [
            m.ts
            for m in self.team.messages.values()
            if (m.channel, m.thread_ts) == (message.channel, message.ts) and not m.deleted
        ]
        if answers:
            body |= {"thread_ts": message.ts, "reply_count": len(answers), "latest_reply": max(answers, key=float)}
        return body
