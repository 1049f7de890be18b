"""Markdown for every channel: read in one way, written in each platform's dialect. Pure; imports nothing of bridge."""
