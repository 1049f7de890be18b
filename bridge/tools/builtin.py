"""The tools that come with the product."""

from collections.abc import Collection, Sequence

from bridge.tools import (
    apply_discount,
    check_inventory,
    check_order_status,
    check_subscription_status,
    create_support_ticket,
    escalate_to_human,
    find_appointment_slots,
    get_customer_history,
    initiate_return,
    lookup_customer,
    modify_subscription,
    schedule_appointment,
    schedule_callback,
    search_knowledge_base,
    update_account_settings,
)
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import AnyTool

TOOLS: Sequence[AnyTool] = (
    apply_discount.TOOL,
    check_inventory.TOOL,
    check_order_status.TOOL,
    check_subscription_status.TOOL,
    create_support_ticket.TOOL,
    escalate_to_human.TOOL,
    find_appointment_slots.TOOL,
    get_customer_history.TOOL,
    initiate_return.TOOL,
    lookup_customer.TOOL,
    modify_subscription.TOOL,
    schedule_appointment.TOOL,
    schedule_callback.TOOL,
    search_knowledge_base.TOOL,
    update_account_settings.TOOL,
)


def problems(settings: ToolsSettings, others: Collection[str] = ()) -> list[str]:
    """Names in the settings that are no tool's: what they ask for would quietly not happen. `others` are the names of
    servers' tools."""
    known = {tool.name for tool in TOOLS} | set(others)
    named = {"off": settings.off, "identity": settings.identity, "tiers": settings.tiers}
    there_are = ", ".join(sorted(known))
    return [
        f"tools.{key}: {name!r} is not a tool we know; there are: {there_are}"
        for key, names in named.items()
        for name in names
        if name not in known
    ]
