"""Other workspaces install the app: `/slack/install` leads to Slack, which comes back with a code for a token.

The way there and back is tied to one browser by a cookie and to ten minutes by a signature; nothing is kept for it.
"""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from pydantic import SecretStr

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.settings import Settings
from bridge.channels.slack.tokens import Tokens
from bridge.errors import BadPayload, BadSignature, ChannelError, ConfigError
from bridge.logs import event
from bridge.ports import ChannelContext, Routes

log = logging.getLogger(__name__)

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "mpim:history",
    "reactions:write",
    "users:read",
)
"""What the app asks for, the same as in manifest.yaml."""
STATE_S = 600
COOKIE = "bridge_slack_install"
CODE_CHARS_MAX = 512
_DONE = "Installed. You can close this page."
_CANCELLED = "Nothing was installed. You can close this page."
_LATER = "Slack could not be asked just now. Please install the app again in a minute."


def keys(settings: Settings, given: Mapping[str, SecretStr]) -> str:
    """What encrypts installations; empty when other workspaces cannot install the app. May raise ConfigError."""
    if not settings.client_id:
        return ""
    if missing := [name for name in ("SLACK_CLIENT_SECRET", "SLACK_ENCRYPTION_KEY") if name not in given]:
        raise ConfigError([f"channels.slack.client_id: also set {', '.join(missing)} in the environment or in .env"])
    return given["SLACK_ENCRYPTION_KEY"].get_secret_value()


def routes(settings: Settings, context: ChannelContext, api: SlackApi, tokens: Tokens) -> Routes:
    """None where other workspaces cannot install the app."""
    if not settings.client_id:
        return []
    install = Install(settings, context, api, tokens)
    return [web.get("/slack/install", install.begin), web.get("/slack/oauth", install.end)]


class Install:
    """Has no state of its own."""

    def __init__(self, settings: Settings, context: ChannelContext, api: SlackApi, tokens: Tokens) -> None:
        self._settings = settings
        self._client_secret = context.secrets["SLACK_CLIENT_SECRET"].get_secret_value()
        self._signing_secret = context.secrets["SLACK_SIGNING_SECRET"].get_secret_value()
        self._redirect_uri = f"{context.public_url}/slack/oauth"
        self._secure = urlsplit(context.public_url).scheme == "https"
        self._api = api
        self._tokens = tokens

    async def begin(self, request: web.Request) -> web.Response:
        """Send a person to Slack."""
        nonce = secrets.token_urlsafe(24)
        query = {
            "client_id": self._settings.client_id,
            "scope": ",".join(SCOPES),
            "redirect_uri": self._redirect_uri,
            "state": self._state(nonce, int(time.time()) + STATE_S),
        }
        response = web.Response(status=302, headers={"Location": f"{self._settings.authorize_url}?{urlencode(query)}"})
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            COOKIE, nonce, max_age=STATE_S, path="/slack", httponly=True, secure=self._secure, samesite="Lax"
        )
        return response

    async def end(self, request: web.Request) -> web.Response:
        """Take the code that Slack sends a person back with, and keep the token that it stands for."""
        self._check(request.query.get("state", ""), request.cookies.get(COOKIE, ""))
        if request.query.get("error"):
            return _page(_CANCELLED, 200)
        code = request.query.get("code", "")
        if not code or len(code) > CODE_CHARS_MAX:
            raise BadPayload("no code")
        try:
            answer = await self._api.exchange(
                client_id=self._settings.client_id,
                client_secret=self._client_secret,
                code=code,
                redirect_uri=self._redirect_uri,
            )
        except Refusal as refusal:
            raise BadPayload(str(refusal)) from None
        except ChannelError as error:
            event(log, "an installation failed", level=logging.WARNING, channel="slack", error=error)
            return _page(_LATER, 503)
        await self._keep(answer)
        response = _page(_DONE, 200)
        response.del_cookie(COOKIE, path="/slack")
        return response

    async def _keep(self, answer: Mapping[str, object]) -> None:
        team, token = answer.get("team"), answer.get("access_token")
        team_id = team.get("id") if isinstance(team, dict) else None
        if not (isinstance(team_id, str) and isinstance(token, str)):
            raise BadPayload("an installation without a workspace or a token")
        await self._tokens.keep(team_id, token)
        event(log, "installed in a workspace", level=logging.INFO, channel="slack", team=team_id)

    def _state(self, nonce: str, until: int) -> str:
        signed = hmac.new(self._signing_secret.encode(), f"install:{nonce}:{until}".encode(), hashlib.sha256)
        return f"{until}.{signed.hexdigest()}"

    def _check(self, state: str, nonce: str) -> None:
        """May raise BadSignature."""
        until = state.partition(".")[0]
        if not (until.isascii() and until.isdigit() and len(until) <= 12 and int(until) >= time.time()):
            raise BadSignature("the installation took too long, or was not begun here")
        wanted = self._state(nonce, int(until))
        if not hmac.compare_digest(wanted.encode(), state.encode("utf-8", "surrogateescape")):
            raise BadSignature("the installation was begun elsewhere")


def _page(text: str, status: int) -> web.Response:
    html = f"<!doctype html><meta charset=utf-8><title>{text.partition('.')[0]}</title><p>{text}"
    return web.Response(text=html, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})
