"""Channels: one messaging platform a file (or folder) of that name."""
