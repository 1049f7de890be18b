"""The load suite: what the product carries, measured from the outside on real processes.

`make load`, or `python -m bench.load [--only NAME,NAME] [--scale short|long]`. Servers, Redis, Claude's stand-in and
the people are processes of their own on loopback. Their figures go to docs/data/performance.json, and
docs/performance.md is written from it.
"""
