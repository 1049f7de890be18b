"""Every Prometheus metric, declared once. Labels hold names from our own code, never text or ids of people."""

from prometheus_client import Counter, Gauge, Histogram

_FAST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SLOW_S = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)

INFO = Gauge("bridge_info", "1: what runs here.", ["version", "role"])

# Messages in
MESSAGES = Counter("bridge_messages_total", "Messages received and stored.", ["channel", "fresh"])
REFUSED = Counter("bridge_refused_total", "Requests from outside that were refused.", ["reason"])
ACCEPT_SECONDS = Histogram("bridge_accept_seconds", "From a message's arrival to its commit.", buckets=_FAST_S)

# Turns
TURNS = Counter("bridge_turns_total", "Turns ended.", ["channel", "outcome", "rung"])
TURNS_RUNNING = Gauge("bridge_turns_running", "Turns being answered in this process.")
TURN_SECONDS = Histogram("bridge_turn_seconds", "From the oldest message of a turn to its end.", buckets=_SLOW_S)
FIRST_TEXT_SECONDS = Histogram(
    "bridge_first_text_seconds", "From the oldest message of a turn to its first visible text.", buckets=_SLOW_S
)
TURN_RETRIES = Counter("bridge_turn_retries_total", "Turns begun again.", ["reason"])

# The brain
MODEL_CALLS = Counter("bridge_model_calls_total", "Calls to a model, by result.", ["model", "result"])
MODEL_TOKENS = Counter("bridge_model_tokens_total", "Tokens as the provider counted them.", ["model", "kind"])
BREAKER_OPEN = Gauge(
    "bridge_breaker_open",
    "A model that failed: 1 while it is not asked, 0.5 while one question tries, 0.25 while it wants to be left alone.",
    ["model"],
)
FIRST_MODEL_TEXT_SECONDS = Histogram(
    "bridge_first_model_text_seconds", "From a model request to its first text.", ["model"], buckets=_SLOW_S
)
RUNG_FAILURES = Counter("bridge_rung_failures_total", "Rungs of the cascade that failed.", ["rung", "error"])
CHECKS_FAILED = Counter(
    "bridge_checks_failed_total", "Drafts that were held back, by the check that failed.", ["check"]
)
MODEL_COST = Counter("bridge_model_cost_dollars_total", "What calls to models came to, in US dollars.", ["model"])
BUDGET_SPENT = Gauge(
    "bridge_budget_spent_dollars", "Spent or set aside in the current day and month, in US dollars.", ["scope"]
)
BUDGET_LIMIT = Gauge("bridge_budget_limit_dollars", "What may be spent; nothing where there is no limit.", ["scope"])
BUDGET_REFUSED = Counter(
    "bridge_budget_refused_total", "Calls to models that were not made, by what had no room for them.", ["scope"]
)
ESCALATIONS = Counter("bridge_escalations_total", "Turns that called a person.", ["channel", "reason"])
RETRIEVAL_SECONDS = Histogram("bridge_retrieval_seconds", "One search in the knowledge base.", buckets=_FAST_S)
RETRIEVAL_EMPTY = Counter("bridge_retrieval_empty_total", "Searches that found nothing near enough.")

ROUTES = Counter("bridge_routes_total", "Questions by what they are about, by who decided.", ["category", "tier", "by"])
ROUTE_SHARE = Gauge("bridge_route_share", "The share of the newest questions that a tier gets.", ["tier"])

CACHE = Counter("bridge_cache_total", "Questions that an earlier answer may serve, by what came of it.", ["result"])
CACHE_ENTRIES = Gauge("bridge_cache_entries", "Answers that are kept for the same question.")
CACHE_OFF = Gauge("bridge_cache_off", "1 while answers of a category are not used again.", ["category"])

# Tools
TOOL_CALLS = Counter(
    "bridge_tool_calls_total",
    "Calls of tools, by what became of them; without a name: there is no such tool.",
    ["tool", "result"],
)
TOOL_SECONDS = Histogram("bridge_tool_seconds", "One tool at work.", ["tool"], buckets=_FAST_S)
APPROVALS = Counter("bridge_approvals_total", "Requests for a person's approval, by the state they came to.", ["state"])

# The desk
HANDOFFS = Counter("bridge_handoffs_total", "Times that people were called to the desk.", ["channel", "reason"])
HANDOFFS_OPEN = Gauge("bridge_handoffs_open", "Conversations at the desk.", ["state"])
HANDOFF_WAIT_SECONDS = Histogram(
    "bridge_handoff_wait_seconds",
    "From the call for a person until somebody took the conversation.",
    buckets=(10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0),
)
RELAYS = Counter(
    "bridge_relays_total", "Messages passed on between customers and the desk, by result.", ["to", "channel", "result"]
)
RELAY_SECONDS = Histogram(
    "bridge_relay_seconds", "From a colleague's message to its delivery to the customer.", ["channel"], buckets=_FAST_S
)
RATINGS = Counter("bridge_ratings_total", "How customers said it was, from 1 to 5.", ["channel", "rating"])

# Delivery
DELIVERY_WRITES = Counter("bridge_delivery_writes_total", "Posts and edits, by result.", ["channel", "kind", "result"])
POSTS_REPEATED = Counter(
    "bridge_posts_repeated_total",
    "Posts whose confirmation was lost and that were not found: made again, perhaps a second time.",
    ["channel"],
)
OUTBOX = Counter("bridge_outbox_total", "Tries to post what waited in the outbox, by result.", ["channel", "result"])
EDITS_COALESCED = Counter("bridge_edits_coalesced_total", "Drafts skipped because a newer one was there.", ["channel"])

# Knowledge, store, process
INDEX_CHUNKS = Gauge("bridge_index_chunks", "Chunks in the index that is serving.")
INDEX_QUARANTINED = Gauge(
    "bridge_index_quarantined", "Documents that the last ingest kept out because they talk to the assistant."
)
INDEX_PROBLEMS = Gauge("bridge_index_problems", "Documents that the last ingest could not use.")
INDEX_BEHIND = Gauge(
    "bridge_index_behind", "1 while another index than the newest, or than the one that is meant, is serving here."
)
STORE_TURNS_WAITING = Gauge("bridge_store_turns_waiting", "Unfinished turns that nobody works on now.")
STORE_TURNS_RUNNING = Gauge("bridge_store_turns_running", "Turns that somebody works on, in all processes.")
STORE_OLDEST_WAITING_SECONDS = Gauge("bridge_store_oldest_waiting_seconds", "Age of the oldest of them.")
STORE_PARCELS = Gauge("bridge_store_parcels", "Final messages that still have to land.")
STORE_COMMIT_SECONDS = Histogram("bridge_store_commit_seconds", "One group commit.", buckets=_FAST_S)
STORE_BATCH = Histogram("bridge_store_batch", "Writes in one group commit.", buckets=(1, 2, 5, 10, 20, 50, 100))
MCP_UP = Gauge("bridge_mcp_server_up", "1 while a session with the MCP server is open.", ["server"])
MCP_CHANGED = Gauge(
    "bridge_mcp_tools_changed", "Tools that an MCP server describes in another way than when we started.", ["server"]
)
STREAMS_OPEN = Gauge("bridge_widget_streams_open", "Widget event streams open in this process.")
SUMMARIES = Counter(
    "bridge_summaries_total",
    "Summaries of conversations, by how it went.",
    ["result"],
)
FEEDBACK = Counter("bridge_feedback_total", "Thumbs up and down.", ["channel", "rating"])
IDENTITY_CODES = Counter(
    "bridge_identity_codes_total", "Codes that were asked for, by what became of them.", ["way", "result"]
)
IDENTITY_STEPS = Counter(
    "bridge_identity_steps_total",
    "Messages of customers who prove who they are, by what came of them.",
    ["channel", "step"],
)
BUGS = Counter("bridge_bugs_total", "Unexpected exceptions, by the place that contained them.", ["place"])
