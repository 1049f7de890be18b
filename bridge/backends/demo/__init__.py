"""The demo shop: Larkwell Cycles as `kb/` describes it, in one SQLite file, so that tools act before a business is
connected."""
