"""Which index is meant in the whole cluster: one value in the store, which every process reads. What is opened is what
the folder names; this tells a process whose folder is another machine's, or cannot be read, that it is behind."""

import json
from dataclasses import asdict, dataclass

from bridge.ports import KeyValue

KEY = "index:version"


@dataclass(frozen=True, slots=True)
class Meant:
    """The index that was put in service last."""

    version: str
    folder: str
    """The id of the folder that it was built in."""
    built_at: str
    """In ISO 8601."""


async def read(store: KeyValue) -> Meant | None:
    """None when nobody has told, or a bridge of another version did in its own way. May raise StoreUnavailable."""
    told = await store.get(KEY)
    try:
        return Meant(**json.loads(told)) if told else None
    except (ValueError, TypeError):
        return None


async def tell(store: KeyValue, meant: Meant) -> None:
    """From now on this one is meant. May raise StoreUnavailable."""
    await store.put(KEY, json.dumps(asdict(meant)))
