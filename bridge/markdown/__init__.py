"""Markdown for every channel: parsed once, written in each platform's dialect. Pure, and it imports nothing of bridge."""
