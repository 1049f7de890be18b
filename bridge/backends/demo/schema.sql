-- The demo shop's tables. Amounts are pence, days ISO dates. `touched`: somebody acted on the row, so that it is left as
-- it is when the shop is brought up to a new day.
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS customers (
    customer_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    newsletter INTEGER NOT NULL,
    since TEXT NOT NULL,
    points INTEGER NOT NULL,
    touched INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS customers_email ON customers (email);
CREATE INDEX IF NOT EXISTS customers_phone ON customers (phone);

CREATE TABLE IF NOT EXISTS products (
    sku TEXT PRIMARY KEY,
    available INTEGER NOT NULL,
    due_on TEXT
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS orders (
    order_number TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    placed_on TEXT NOT NULL,
    delivery TEXT NOT NULL,
    delivery_price INTEGER NOT NULL,
    discount INTEGER NOT NULL DEFAULT 0,
    expected_from TEXT,
    expected_until TEXT,
    delivered_on TEXT,
    note TEXT NOT NULL DEFAULT '',
    touched INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_customer ON orders (customer_id);

CREATE TABLE IF NOT EXISTS items (
    order_number TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    price INTEGER NOT NULL,
    returned INTEGER NOT NULL DEFAULT 0,
    UNIQUE (order_number, sku)
);

CREATE TABLE IF NOT EXISTS parcels (
    tracking_number TEXT PRIMARY KEY,
    order_number TEXT NOT NULL,
    carrier TEXT NOT NULL,
    step TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parcels_order ON parcels (order_number);

CREATE TABLE IF NOT EXISTS returns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    order_number TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    reason TEXT NOT NULL,
    method TEXT NOT NULL,
    note TEXT NOT NULL,
    started_on TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS returns_order ON returns (order_number);

CREATE TABLE IF NOT EXISTS vouchers (
    code TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    reason TEXT NOT NULL,
    made_on TEXT NOT NULL,
    valid_until TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS subscriptions (
    subscription_id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    plan TEXT NOT NULL,
    family TEXT NOT NULL,
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    status TEXT NOT NULL,
    started_on TEXT NOT NULL,
    renews_on TEXT NOT NULL,
    term_until TEXT NOT NULL,
    ends_on TEXT,
    pause_from TEXT,
    pause_until TEXT,
    next_plan TEXT,
    next_plan_on TEXT,
    changed_down_on TEXT,
    touched INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS subscriptions_customer ON subscriptions (customer_id);

CREATE TABLE IF NOT EXISTS appointments (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL,
    service TEXT NOT NULL,
    room TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS appointments_room ON appointments (room, starts_at);

-- What was done under which key, with what it answered.
CREATE TABLE IF NOT EXISTS done (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    result TEXT NOT NULL
);
