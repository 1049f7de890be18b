"""Delivery: make the platform show the newest draft of a turn, no faster than allowed."""
