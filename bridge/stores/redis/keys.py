"""Where everything is kept on the server, for the modules and their scripts.

Every name carries the same hash tag, so that all of them are in one slot: each step of a turn changes several keys at
once, and a Redis Cluster lets a script do that within a slot only. A cluster carries one business on one of its nodes,
and several businesses, each with a prefix of its own, on several.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of keys. `prefix` sets businesses that share a server apart."""

    prefix: str

    def __call__(self, *parts: str) -> str:
        """`{bridge}:turn:ID` of ("turn", ID). Ids may hold any character; only the last part may hold a colon."""
        return f"{self.root}{':'.join(parts)}"

    @property
    def root(self) -> str:
        """What every name begins with. Scripts get it as their only key and build the others: all are in its slot."""
        return f"{{{self.prefix}}}:"
