"""Tools: what a model may have done, each in a file of its own, and the gateway that decides who may do what.

A tool is a value, `TOOL`; the gateway alone calls it. Nothing that a model writes is believed: for whom a tool acts
comes from the session, and everything that is not allowed is denied.
"""
