"""Twilio's signature on a webhook: HMAC-SHA1 over the address as configured and every field, by the auth token.

Nothing in it is a time, so the same request stays genuine for ever; that it is handled once is for the message's SID.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

_PORTS = {"https": 443, "http": 80}


def genuine(
    public_url: str, path: str, form: Mapping[str, Sequence[str]], signature: str, tokens: Iterable[SecretStr]
) -> bool:
    """Whether one of our tokens signed this. `path` is the raw one of the request, with its query; Twilio is not
    consistent about whether it signs the port."""
    given = signature.encode("utf-8", "surrogatepass")
    expected = [_sign(root + path, form, token) for token in tokens for root in _roots(public_url)]
    return any(hmac.compare_digest(given, one) for one in expected)


def headers(public_url: str, path: str, body: bytes, token: SecretStr) -> dict[str, str]:
    """What Twilio would send with a form."""
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {"X-Twilio-Signature": _sign(public_url + path, form, token).decode()}


def _sign(url: str, form: Mapping[str, Sequence[str]], token: SecretStr) -> bytes:
    fields = "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    signed = (url + fields).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(token.get_secret_value().encode(), signed, "sha1"))


def _roots(public_url: str) -> set[str]:
    """Our address with and without its port; as it is when it cannot be taken apart."""
    try:
        parts = urlsplit(public_url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return {public_url}
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    return {f"{parts.scheme}://{netloc}{parts.path}" for netloc in (parts.netloc, host, f"{host}:{port}")}
