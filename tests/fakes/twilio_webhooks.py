"""What Twilio posts to us: forms with all their fields, and their signature. Pure."""

import base64
import hmac
import json
from collections.abc import Mapping

STOP_WORDS = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit")
START_WORDS = ("start", "yes", "unstop")
HELP_WORDS = ("help", "info")


def signature(url: str, form: Mapping[str, str], token: str) -> str:
    """`X-Twilio-Signature`: HMAC-SHA1 over the URL and the parameters, sorted, without separators."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode("utf-8", "surrogatepass"), "sha1")).decode()


def inbound_form(
    *, account_sid: str, sid: str, person: str, to: str, body: str, name: str, kind: str
) -> dict[str, str]:
    """A WhatsApp message as it was seen on the wire; what is special about its kind comes on top."""
    number = person.removeprefix("whatsapp:+")
    context = {"ProfileName": name, "WaId": number, "Forwarded": "false", "FrequentlyForwarded": "false"}
    return {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": name,
        "MessageType": kind,
        "SmsSid": sid,
        "WaId": number,
        "SmsStatus": "received",
        "Body": body,
        "To": to,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": account_sid,
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}),
        "From": person,
        "ApiVersion": "2010-04-01",
    }


def status_form(*, account_sid: str, sid: str, sender: str, to: str, status: str, error_code: int) -> dict[str, str]:
    """A status callback as it was seen on the wire."""
    form = {
        "SmsSid": sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "ChannelToAddress": to.removeprefix("whatsapp:")[:-4] + "XXXX",
        "To": to,
        "ChannelPrefix": "whatsapp",
        "MessageSid": sid,
        "AccountSid": account_sid,
        "From": sender,
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": "XE" + "c" * 32,
    }
    if status in ("delivered", "read"):
        form["EventType"] = status.upper()
    if error_code:
        form |= {"ErrorCode": str(error_code), "ErrorMessage": f"error {error_code}", "EventType": "UNDELIVERED"}
        form["ChannelStatusMessage"] = f"error {error_code}"
    return form


def opt_out_type(body: str) -> str:
    """What Twilio's own handling of STOP, START and HELP makes of a text; empty for any other."""
    word = body.strip().lower()
    for kind, words in (("STOP", STOP_WORDS), ("START", START_WORDS), ("HELP", HELP_WORDS)):
        if word in words:
            return kind
    return ""
