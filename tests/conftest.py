"""What holds for every test: nothing leaves this machine, and no key of the machine's owner is used."""

import ipaddress
import os
import re
import sys
from typing import Any

import pytest
from hypothesis import settings

# A busy machine makes an example slow, not wrong. The suite tries the same examples every time, so that it fails for
# what was changed; TEST_EXPLORE=1 tries others.
settings.register_profile("bridge", deadline=None, derandomize="TEST_EXPLORE" not in os.environ)
settings.load_profile("bridge")

_SECRET = re.compile(r"_(API_KEY|AUTH_TOKEN|BOT_TOKEN|APP_TOKEN|SECRET|SIGNING_KEY|ACCOUNT_SID)$")


def _refuse_strangers(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: Python asks it before every connection, whoever makes it."""
    if event != "socket.connect" or not isinstance(args[1], tuple):
        return
    host = str(args[1][0]).partition("%")[0]
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise PermissionError(f"a test tried to reach {host}: tests talk to stand-ins on this machine only")


sys.addaudithook(_refuse_strangers)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and settings of the shell that runs the tests do not reach them."""
    for name in os.environ:
        if name.startswith("BRIDGE_") or name == "FAILPOINT" or _SECRET.search(name):
            monkeypatch.delenv(name)
