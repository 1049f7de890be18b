"""Any system that answers over HTTP with JSON: each operation is a request, and a way to read its answer."""
