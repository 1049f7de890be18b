"""Answers a turn: what the knowledge base says, in Claude's words, or quoted when there is no Claude."""
