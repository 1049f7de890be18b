"""Which addresses may be live. All others are shown as text, with the host that they would have led to.

The same rule as the widget's `links.js`: `https:` and `mailto:` only, and only to the business's own hosts.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import quote

JOINER = "\u2060"
"""Word joiner: nobody sees it, and what it stands in is no longer an address or a mark for a platform."""

BARE = re.compile(
    r"(?<!\w)https?://[^\s<>\"'`]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}", re.IGNORECASE
)
"""An address in plain text; punctuation at its end is not part of it."""

_PUNCTUATION = ".,;:!?*_~]}"
_HTTPS = re.compile(r"https://([a-z0-9.-]+?)(:443|:\d{1,5})?([/?#].*)?", re.IGNORECASE | re.DOTALL)
_MAILTO = re.compile(r"mailto:[\w.+-]+@([\w.-]+)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:(?:https?|wss?|ftp):[/\\]*|[a-z][a-z0-9+.-]*://)([^/\\?#]*)", re.IGNORECASE)
_UNSAFE = re.compile(r"[^!#$%&'()*+,/:;=?@\[\]\w.~-]", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x20]")
_JOINTS = re.compile(rf"(?:(?<=[.。．｡@])|(?<=:)(?=//))(?!{JOINER})")


def live_url(url: str, link_hosts: Collection[str]) -> str | None:
    """The address as it may be made live, percent-encoded; None when it must not."""
    if found := _HTTPS.fullmatch(url):
        host = found[1].lower() + ("" if found[2] in (None, ":443") else found[2])
        if not _among(host, link_hosts):
            return None
        return f"https://{host}" + _UNSAFE.sub(lambda unsafe: quote(unsafe[0], safe=""), found[3] or "")
    if found := _MAILTO.fullmatch(url):
        return url if _among(found[1].lower(), link_hosts) else None
    return None


def _among(host: str, link_hosts: Collection[str]) -> bool:
    return host in link_hosts or any(host == allowed.lower() for allowed in link_hosts)


def host_of(url: str) -> str:
    """Where a reader would end up: the host as a browser reads it, or a mail address; empty when there is none."""
    url = _CONTROL.sub("", url)
    if url[:7].lower() == "mailto:":
        return url[7:].partition("?")[0]
    found = _AUTHORITY.match(url)
    return found[1].rpartition("@")[2].lower() if found else ""


def defused(address: str) -> str:
    """An address as text that no platform makes a link of by itself. Twice is once."""
    return _JOINTS.sub(JOINER, address)


COMMANDS = ("help", "new", "stop", "human")
"""What people may be led to send by touching it: the commands that channels have themselves."""

_FILES = "txt|pdf|docx?|xlsx?|pptx?|csv|json|xml|ya?ml|toml|html?|css|js|jpe?g|png|gif|webp|svg|mp3|mp4|log|exe|dll"
"""Endings of files that are no top-level domains."""
_ADDRESS_ONLY = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{0,31}://|www\.)\S+\s*", re.IGNORECASE)
_SIGNS = {
    # @name
    "@": r"|(?<=(?<!\w)@)(?=\w)",
    # /command
    "/": rf"|(?<=(?<![\w/<>])/)(?!(?:{'|'.join(COMMANDS)})(?![\w@/]))(?=\w)",
}


@lru_cache(maxsize=4)
def _live(signs: str) -> re.Pattern[str]:
    """Finds what may be live. Begins with one of a few signs, which is searched for quickly."""
    return re.compile(
        r"[.。．｡:@/](?:"
        # A name before its last part: `evil.example`, but not `e.g.` and `3.5`
        rf"(?<=[\w`\u00a1-\u1fff\u2070-\U0010ffff-]\.)(?!(?:{_FILES})(?![\w.-]))(?=[^\W\d_]{{2}})"
        r"|(?<=[a-z\d-][。．｡])(?=[a-z]{2})"
        r"|(?<=\d\.)(?=\d{1,3}(?![\w-]|\.\d))(?P<number>)"
        # Any `scheme://`
        r"|(?<=:)(?=//)" + "".join(_SIGNS[sign] for sign in signs) + ")",
        re.IGNORECASE,
    )


_NUMBERS = re.compile(r"(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\Z")
"""An address of numbers before its last part."""
_NUMBERS_CHARS = 13
_SPACE = re.compile(r"\s")


def live_places(text: str, link_hosts: Collection[str], signs: str) -> Iterator[int]:
    """Where a joiner belongs in plain text, so that a platform that looks for addresses by itself finds none but those
    of `link_hosts`. `signs` are those that it acts on before a word: `@` (somebody is called), `/` (a command). A
    joiner too many is seen by nobody."""
    own = _own(tuple(link_hosts)) if link_hosts else None
    word_end = 0
    found: Iterator[re.Match[str]] = iter(())
    spared: re.Match[str] | None = None
    for place in _live(signs).finditer(text):
        at = place.end()
        if place["number"] is not None and not _NUMBERS.search(text, max(0, at - _NUMBERS_CHARS), at):
            continue
        if own and at > word_end:
            # Few words have a place: only those are looked into.
            word = at
            while word > word_end and not text[word - 1].isspace():
                word -= 1
            space = _SPACE.search(text, at)
            word_end = space.start() if space else len(text)
            found = own.finditer(text, word, word_end)
            spared = next(found, None)
        while spared and spared.end() < at:
            spared = next(found, None)
        if not spared or not spared.start() < at < spared.end():
            yield at


def harmless(text: str, link_hosts: Collection[str], signs: str) -> str:
    """The text with joiners at its live places. Twice is once."""
    parts, done = [], 0
    for place in live_places(text, link_hosts, signs):
        parts += [text[done:place], JOINER]
        done = place
    return "".join([*parts, text[done:]]) if parts else text


def only_address(code: str, link_hosts: Collection[str]) -> bool:
    """Whether code is nothing but an address that must not be live: it is no code then, and nothing to copy and run.
    Platforms are known to make links of addresses in code."""
    return bool(_ADDRESS_ONLY.fullmatch(code)) and live_url(code.strip(), link_hosts) is None


@lru_cache(maxsize=16)
def _own(link_hosts: tuple[str, ...]) -> re.Pattern[str]:
    """Finds addresses of these hosts as `live_url` lets them pass, also without `https://`, and mail addresses."""
    hosts = "|".join(re.escape(host) for host in sorted(link_hosts, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w.+@/:\\-])(?:(?:https://)?(?:{hosts})(?![\w@:\\-]|\.[\w-])(?:[/?#][^\s<>\"'`{JOINER}]*)?"
        rf"|[\w.+-]{{1,64}}@(?:{hosts})(?![\w@:\\-]|\.[\w-]))",
        re.IGNORECASE,
    )


def without_punctuation(address: str) -> str:
    """What of a bare address is the address: `https://shop.example).` stands in a sentence."""
    end = len(address)
    opened = address.count("(")
    while end > 0:
        last = address[end - 1]
        if not (last in _PUNCTUATION or (last == ")" and not opened)):
            break
        end -= 1
    return address[:end]
