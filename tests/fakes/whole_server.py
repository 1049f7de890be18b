"""The whole product as it comes, in a process of its own: the settings of config.toml, a small knowledge base, the demo
shop."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.faults.server import Server, quick_start

ROOT = Path(__file__).parents[2]
PAGES = (
    "faq.md",
    "orders/order-status-meanings.md",
    "returns/return-windows.md",
    "shipping/tracking-your-order.md",
)


@asynccontextmanager
async def whole_server(folder: Path, **environ: str) -> AsyncIterator[Server]:
    """In `folder`, running, with more of the environment."""
    for page in PAGES:
        (folder / "kb" / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "kb" / page, folder / "kb" / page)
    shutil.copy(ROOT / "config.toml", folder)
    async with quick_start() as quick:
        # To learn the routing takes longer than all that is done here.
        server = Server(folder, **quick | {"BRIDGE_ROUTING__ENABLED": "false"} | environ)
        try:
            await server.start()
            yield server
        finally:
            server.close()
