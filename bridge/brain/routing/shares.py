"""The share of questions that each tier gets, against the plan."""

import logging
from collections import Counter, deque

from bridge import metrics
from bridge.brain.routing.settings import PlanSettings
from bridge.logs import event

_log = logging.getLogger(__name__)

NEWEST = 1_000
"""So many questions are looked back on."""
SAMPLE_MIN = 200
"""With fewer nothing is said."""
MARGIN = 0.03
"""A share outside the plan by more than this is told; it is told to be back when it is inside the plan."""


class Shares:
    """Counts the newest questions, and says once when a tier leaves the plan and once when it is back."""

    def __init__(self, plan: PlanSettings) -> None:
        self._plan = dict(plan)
        self._newest: deque[str] = deque(maxlen=NEWEST)
        self._counts: Counter[str] = Counter()
        self._outside: set[str] = set()

    def add(self, tier: str) -> None:
        """One more question for a tier."""
        if len(self._newest) == NEWEST:
            self._counts[self._newest[0]] -= 1
        self._newest.append(tier)
        self._counts[tier] += 1
        for name, (least, most) in self._plan.items():
            share = self.share(name)
            metrics.ROUTE_SHARE.labels(name).set(share)
            if len(self._newest) >= SAMPLE_MIN:
                self._compare(name, share, least, most)

    def share(self, tier: str) -> float:
        """Of the newest questions; 0 before the first."""
        return self._counts[tier] / max(1, len(self._newest))

    def _compare(self, tier: str, share: float, least: float, most: float) -> None:
        if tier not in self._outside and not least - MARGIN <= share <= most + MARGIN:
            self._outside.add(tier)
            level = logging.WARNING
        elif tier in self._outside and least <= share <= most:
            self._outside.discard(tier)
            level = logging.INFO
        else:
            return
        name = "routing_outside_plan" if tier in self._outside else "routing_back_in_plan"
        event(_log, name, level=level, tier=tier, share=round(share, 3), least=least, most=most)
