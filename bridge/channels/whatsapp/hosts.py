"""Which hosts files are fetched from, and which of them get our credentials.

A file's address comes from Twilio: its API, which sends us on to where the file lies (mms.twiliocdn.com, or a bucket
somewhere). What leads on from there might lead anywhere, so it never leads into our own network.
"""

import ipaddress
import socket
from typing import Any

from yarl import URL

_API = ".twilio.com"
_FILES = ".twiliocdn.com"


class NotPublic(OSError):
    """The address is in somebody's own network, where Twilio has no files."""


class Hosts:
    """By the address of the API that is set, "" for Twilio's own."""

    def __init__(self, api_url: str) -> None:
        self._api = URL(api_url).origin() if api_url else None
        self.is_inside = self._api is not None and _is_inside(self._api.host or "")
        """The API itself is in our own network, as in tests: then so may be the files."""

    def gets_credentials(self, url: URL) -> bool:
        if self._api is not None:
            return url.origin() == self._api
        return _is_below(url, _API) and url.port == 443

    def may_begin(self, url: URL) -> bool:
        """Whether a file may be there, before Twilio has said more."""
        return self.gets_credentials(url) or _is_below(url, _API) or _is_below(url, _FILES)

    def may_follow(self, url: URL) -> bool:
        """Whether one goes where one is sent on to."""
        return url.scheme == "https" or (self._api is not None and url.scheme == self._api.scheme)


def public_socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket for one of the addresses that a name stands for, as getaddrinfo tells them. Raises NotPublic."""
    family, kind, protocol, _, where = address
    if not _is_public(where[0]):
        raise NotPublic("the address is not a public one")
    return socket.socket(family, kind, protocol)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast


def _is_inside(host: str) -> bool:
    try:
        return not _is_public(host)
    except ValueError:
        return host == "localhost"


def _is_below(url: URL, domain: str) -> bool:
    return url.scheme == "https" and (url.host or "").endswith(domain)
