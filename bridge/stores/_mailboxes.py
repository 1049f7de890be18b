"""Who works on which conversation, in the memory of one process: mailboxes, leases, parking, fairness.

It knows nothing of how turns are kept. Stores that serve one process share it; it is rebuilt from the kept turns
at start, when no lease can be alive any more. Times are the event loop's, so clock jumps cannot end a lease.
"""

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass, field

from bridge.errors import LeaseLost
from bridge.ports import Claim
from bridge.types import ConversationId, TurnId

_EPOCH_BITS = 40
"""Claims that one start of a process can make before fences of the next start could be reached."""


@dataclass(slots=True)
class _Box:
    turns: deque[tuple[int, TurnId, float]] = field(default_factory=deque)
    """Unfinished turns: order of arrival, id, wall-clock time. The first is the only one that can be claimed."""
    fence: int = 0
    """The owner's; 0 = nobody's."""
    free_at: float = 0.0
    """When the lease or the parking ends."""
    ending: bool = False
    """The end of the claim is on its way to the disk: its lease cannot run out any more."""
    rests_until: float = 0.0
    """More of a message may follow until then; whoever has the conversation now is not concerned."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How full the mailboxes are. A turn whose lease ran out counts as running until it is claimed again."""

    turns: int
    running: int
    oldest_at: float | None
    """Wall-clock time of the oldest turn that nobody works on."""


class Mailboxes:
    """Mutable. Every method is synchronous, so each is one step for the event loop."""

    def __init__(self) -> None:
        self._boxes: dict[ConversationId, _Box] = {}
        self._ready: list[tuple[int, ConversationId]] = []
        self._later: list[tuple[float, ConversationId]] = []
        self._arrivals = 0
        self._fence = 0
        self._running = 0
        self._waiting: dict[TurnId, float] = {}
        """When turns that were never claimed were accepted, oldest first."""
        self._given_back: dict[TurnId, float] = {}
        """The same for turns that were claimed and given back, in no order."""
        self._news = asyncio.Event()

    def start(self, epoch: int) -> None:
        """Begin a new life with fences above those of every earlier `epoch`."""
        self._fence = epoch << _EPOCH_BITS

    def add(self, conversation: ConversationId, turn_id: TurnId, accepted_at: float) -> None:
        """A new turn waits; calls come in the order of arrival."""
        self._arrivals += 1
        box = self._boxes.setdefault(conversation, _Box())
        box.turns.append((self._arrivals, turn_id, accepted_at))
        self._waiting[turn_id] = accepted_at
        if len(box.turns) == 1:
            heapq.heappush(self._ready, (self._arrivals, conversation))
            self._news.set()

    def rest(self, conversation: ConversationId, until: float) -> None:
        """Nobody gets the conversation before a time; who has it now keeps it."""
        if box := self._boxes.get(conversation):
            box.rests_until = max(until, box.rests_until)
            if box.fence == 0:
                self._hold(conversation, box, max(until, box.free_at))

    def unfinished(self, conversation: ConversationId) -> tuple[TurnId, ...]:
        """Its turns, oldest first."""
        box = self._boxes.get(conversation)
        return tuple(turn_id for _, turn_id, _ in box.turns) if box else ()

    def next(self, now: float, lease_s: float) -> tuple[ConversationId, TurnId, int] | None:
        """Lease the conversation whose oldest turn has waited longest: (conversation, turn, fence)."""
        while self._later and self._later[0][0] <= now:
            _, conversation = heapq.heappop(self._later)
            box = self._boxes.get(conversation)
            if box and box.turns and box.free_at <= now and not box.ending:
                heapq.heappush(self._ready, (box.turns[0][0], conversation))
        while self._ready:
            arrival, conversation = heapq.heappop(self._ready)
            box = self._boxes.get(conversation)
            # Entries are not removed when a conversation changes hands; stale ones are passed over here.
            if not box or not box.turns or box.turns[0][0] != arrival or box.free_at > now or box.ending:
                continue
            _, turn_id, _ = box.turns[0]
            if box.fence == 0:
                self._running += 1
            self._waiting.pop(turn_id, None)
            self._given_back.pop(turn_id, None)
            self._fence += 1
            box.fence = self._fence
            self._hold(conversation, box, now + lease_s)
            return conversation, turn_id, box.fence
        return None

    async def news(self, timeout_s: float, now: float) -> None:
        """Wait until there may be something to claim, at most `timeout_s`."""
        if self._later:
            timeout_s = min(timeout_s, max(0.0, self._later[0][0] - now))
        self._news.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            pass

    def check(self, claim: Claim) -> None:
        """May raise LeaseLost."""
        if self._owned(claim).ending:
            raise LeaseLost(f"turn {claim.turn.id} was given back (fence {claim.fence})")

    def renew(self, claim: Claim, until: float) -> None:
        """Keep the claim until a time. May raise LeaseLost."""
        self._hold(claim.turn.conversation_id, self._owned(claim), until)

    def begin_end(self, claim: Claim) -> None:
        """The end of a claim goes to the disk: nobody gets the conversation, and nobody ends the claim again, until
        `give_back` or `keep`. May raise LeaseLost."""
        self.check(claim)
        self._boxes[claim.turn.conversation_id].ending = True

    def keep(self, claim: Claim) -> None:
        """The end could not be written: the claim goes on where it was."""
        box = self._owned(claim)
        box.ending = False
        self._hold(claim.turn.conversation_id, box, box.free_at)

    def give_back(self, claim: Claim, *, free_at: float, finished: bool) -> None:
        """End a claim: its turn is over, or may be claimed again from `free_at`."""
        self.release(claim.turn.conversation_id, claim.fence, free_at=free_at, finished=finished)

    def release(self, conversation: ConversationId, fence: int, *, free_at: float, finished: bool = False) -> None:
        """End the claim with this fence; does nothing when it is lost."""
        box = self._boxes.get(conversation)
        if box is None or box.fence != fence:
            return
        box.fence = 0
        box.ending = False
        self._running -= 1
        if finished:
            box.turns.popleft()
        else:
            _, turn_id, accepted_at = box.turns[0]
            self._given_back[turn_id] = accepted_at
        if box.turns:
            self._hold(conversation, box, max(free_at, box.rests_until))
        else:
            del self._boxes[conversation]

    def _owned(self, claim: Claim) -> _Box:
        box = self._boxes.get(claim.turn.conversation_id)
        if box is None or box.fence != claim.fence:
            raise LeaseLost(f"turn {claim.turn.id} is not ours any more (fence {claim.fence})")
        return box

    def _hold(self, conversation: ConversationId, box: _Box, until: float) -> None:
        box.free_at = until
        if not self._later or until < self._later[0][0]:
            self._news.set()
        heapq.heappush(self._later, (until, conversation))

    def waiting(self) -> Waiting:
        """Quick also when many turns wait."""
        oldest = (next(iter(self._waiting.values()), None), min(self._given_back.values(), default=None))
        return Waiting(
            turns=len(self._waiting) + len(self._given_back),
            running=self._running,
            oldest_at=min((at for at in oldest if at is not None), default=None),
        )
