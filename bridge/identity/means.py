"""What the gate and the sending of codes both stand on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.identity.known import Known
from bridge.identity.senders import Ways
from bridge.identity.settings import IdentitySettings
from bridge.ports import Say, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`key` is the key of the codes' hashes; `clock` gives wall-clock seconds."""

    store: Store
    settings: IdentitySettings
    known: Known
    ways: Ways
    key: bytes = field(repr=False)
    say: Say
    clock: Callable[[], float] = time.time
