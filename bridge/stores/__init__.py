"""Stores: one contract (tests/contract/test_store.py), one engine a file."""
