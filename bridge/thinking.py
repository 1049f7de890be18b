"""Puts the brain together: models behind breakers and budgets, and the rungs of the cascade, best first. Beside app.py
the only file that names concrete classes."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from bridge import feedback
from bridge.brain import backup as backup_model
from bridge.brain import prompt
from bridge.brain.backup import BackupSettings
from bridge.brain.brain import Brain
from bridge.brain.breaker import Breaker, Breaking, states
from bridge.brain.budget import Budget, Budgeted
from bridge.brain.cache.rung import Answers, Cached
from bridge.brain.cascade import Question, Rung
from bridge.brain.checks import guard, promised
from bridge.brain.continuing import Continuing
from bridge.brain.counting import Counting
from bridge.brain.escalating.escalation import Escalation
from bridge.brain.extractive import Extractive
from bridge.brain.faq import Faq
from bridge.brain.hints import LOOK_S as HINTS_S
from bridge.brain.hints import Hints
from bridge.brain.knowledge.library import Library
from bridge.brain.model_rung import Draft, Drafting, ModelRung
from bridge.brain.person import Person
from bridge.brain.phrases import Voice
from bridge.brain.pinned import Pinned
from bridge.brain.prices import PriceList
from bridge.brain.retrying import Retrying
from bridge.brain.routing import rules
from bridge.brain.routing.by_model import ByModel
from bridge.brain.routing.examples import read_examples
from bridge.brain.routing.local import Local
from bridge.brain.routing.router import Router
from bridge.brain.settings import TierName, TierSettings
from bridge.brain.summary import Summariser
from bridge.brain.tokens import Meter
from bridge.config import Config
from bridge.errors import BridgeError, StoreUnavailable
from bridge.jobs import Job
from bridge.logs import event
from bridge.ports import Embedder, Identities, Model, ModelRequest, Store, Tools, ToolSpec

log = logging.getLogger(__name__)

TIERS: Sequence[TierName] = ("haiku", "sonnet", "opus")
LEARN_S = 60.0
"""How often the routing is tried to be learned, until it is."""
EXAMPLES = Path(__file__).parents[1] / "routing/examples.jsonl"
"""What the routing learns from comes with the product."""
WATCH_S = 30.0
"""How often the budget's metrics are brought up to date while nobody asks."""
LEASE_TIMES = 2.0
"""A reservation is held for so many times the longest answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """A brain that is ready, and what it wants done beside it."""

    brain: Brain
    jobs: Sequence[Job]
    states: Callable[[], Mapping[str, Any]]
    """Of its models, for /readyz."""
    learn: Callable[[], Coroutine[Any, Any, None]] | None
    """Learns the routing, once; what was learned is kept beside the index."""
    warm: Callable[[], Coroutine[Any, Any, None]]
    """Puts the system prompt into the models' caches, so that the first question finds it there."""

    async def begin(self, warms: Callable[[], Awaitable[bool]] | None = None) -> None:
        """What is done once, beside the first questions; `warms` says whether this process fills the models' caches,
        which are the same for all."""
        await asyncio.to_thread(_prepare)
        if self.learn:
            await self.learn()
        try:
            if warms is None or await warms():
                await self.warm()
        except StoreUnavailable as error:  # a cold cache costs the first question a second, and no start
            event(log, "the caches of the models are not filled", level=logging.WARNING, error=error)


def _prepare() -> None:
    """What takes long enough to be felt at a start, and longer than a loop should stand still."""
    rules.prepare()
    promised.prepare()


@dataclass(frozen=True, slots=True)
class _Tier:
    """One tier of Claude: as it is asked, and parts of it."""

    model: Model
    breaking: Breaking
    warm: Callable[[str, Sequence[ToolSpec]], Awaitable[None]]


@asynccontextmanager
async def thinking(
    config: Config,
    library: Library,
    embedder: Embedder,
    store: Store,
    *,
    tools: Tools | None = None,
    identities: Identities | None = None,
    hinted: bool = False,
) -> AsyncIterator[Thinking]:
    """The brain that the configuration describes, with what it may have done, and who knows for whom. `hinted`: other
    processes tell of models that fail. May raise ConfigError."""
    voice = Voice(config.business, config.phrases)
    prices, meter = PriceList.of(config.prices), Meter()
    budget = Budget(
        store,
        prices,
        config.budget,
        config.business.zone,
        lease_s=LEASE_TIMES * config.claude.total_s,
        pdf_pages_max=config.files.pdf_pages_max,
        meter=meter,
    )
    pinned = Pinned(config.prompt, config.knowledge)
    await pinned.refresh()

    def offered() -> bool:
        return tools is not None and bool(tools.specs)

    def system() -> str:
        return prompt.system_prompt(config.prompt, config.business, pinned(), tools=offered())

    def version() -> str:
        return prompt.version(system())

    answers = Answers(
        store,
        config.cache,
        embedder,
        business=config.business.name,
        version=version,
        current=library.retriever.current,
    )
    local = None
    if config.routing.enabled and config.claude.is_used(config.secrets):
        own = [config.routing.examples] if config.routing.examples else []
        local = Local(
            embedder, read_examples(config.routing.base_examples or EXAMPLES, *own), config.knowledge.index_path
        )
    async with AsyncExitStack() as stack:
        claude = await _claude(config, budget, meter, stack)
        rung = partial(
            ModelRung,
            prompt=config.prompt,
            voice=voice,
            drafting=_drafting(config, pinned, offered),
            pinned=pinned,
            tools=tools,
            provable=config.identity.provable,
            meter=meter,
            visible_max=config.budget.output_tokens_max,  # no tier gives more than its own limit
            # Claude's time counts for whoever is asked after it, too.
            total_s=config.claude.total_s if claude else config.backup.total_s,
        )
        rungs = _local_rungs(config, voice, embedder, last=not claude)
        breaking = [it.breaking for it in claude.values()]
        if spare := backup_model.build(config.backup, config.secrets):
            stack.push_async_callback(spare.aclose)
            behind = Breaking(spare, config.backup.model)
            breaking.append(behind)
            asked = Budgeted(
                model=behind,
                name=config.backup.model,
                budget=budget,
                output_tokens_max=partial(_output_tokens_max, config.backup.limits),
                unseen_tokens_max=config.backup.limits.thinking_tokens_max,
            )
            # Before what is quoted, but behind an entry that answers the very question.
            rungs.insert(len(rungs) - 1, rung("backup", {"": Continuing(Retrying(asked))}, reads_only=True))
        if claude:
            models = {tier: it.model for tier, it in claude.items()}
            again = Cached(answers, piece_s=config.extractive.piece_s)
            patience_s: dict[str, float] = {tier: getattr(config.claude.tiers, tier).first_text_s for tier in TIERS}
            below_s = config.backup.first_text_s if spare else 0.0
            asking = rung("claude", models, below_s=below_s, patience_s=patience_s)
            rungs[:0] = [again, asking, replace(again, fallback=True)]
        small = claude["haiku"].model if claude else None
        by_model = ByModel(small, config.routing.model_deadline_s) if small and config.routing.ask_model else None
        routing = Router(config.routing, tier=config.claude.tier, local=local, by_model=by_model)
        # Where people answer they can be asked for, with or without a model.
        peopled = bool(config.desk.slack_channel)
        jobs = [
            Job("pinned", config.knowledge.poll_interval_s, pinned.refresh),
            Job("budget", WATCH_S, budget.watch),
        ]
        if claude:
            jobs.append(Job("answers", config.cache.refresh_s, answers.refresh))
        if hinted and breaking:
            jobs.append(Job("hints", HINTS_S, Hints(store, {it.name: it.breaker for it in breaking}).exchange))
        if local:  # in case the embedder is away at first
            jobs.append(Job("routing", LEARN_S, local.prepare))
        yield Thinking(
            brain=Brain(
                retriever=library.retriever,
                rungs=rungs,
                person=Person(voice) if claude or peopled else None,
                voice=voice,
                prompt=config.prompt,
                knowledge=config.knowledge,
                version=version,
                tier=config.claude.tier,
                routing=routing if claude or peopled else None,
                spending=budget,
                summarising=Summariser(small) if small else None,
                keeping=answers if claude else None,
                escalation=Escalation(settings=config.escalation, disliked=partial(feedback.disliked, store)),
                tools=tools,
                identities=identities,
                first_text_s=config.claude.turn_first_text_s,
                files_s=config.claude.files_s,
            ),
            jobs=jobs,
            states=lambda: {"rungs": [rung.name for rung in rungs], "breakers": states(breaking)},
            learn=local.prepare if local else None,
            warm=lambda: _warm(claude, system(), tools.specs if tools else ()),
        )


async def _claude(config: Config, budget: Budget, meter: Meter, stack: AsyncExitStack) -> Mapping[str, _Tier]:
    """Every tier of Claude; none without a key."""
    if not config.claude.is_used(config.secrets):
        return {}
    key = config.secrets.get(config.claude.secret)
    # Importing the SDK takes seconds: only when it is needed, and never in a request.
    from bridge.brain.claude import Claude

    tiers: dict[str, _Tier] = {}
    breakers: defaultdict[str, Breaker] = defaultdict(Breaker)
    for name in TIERS:
        tier: TierSettings = getattr(config.claude.tiers, name)
        claude = Claude(config.claude, key, tier=name)
        stack.push_async_callback(claude.aclose)
        known_as = f"{config.claude.provider}:{tier.model}"
        # Two tiers may ask one model, each in its own way: what one of them learns holds for both.
        breaking = Breaking(claude, known_as, breaker=breakers[known_as])
        asked = Budgeted(
            model=breaking,
            name=tier.model,
            budget=budget,
            output_tokens_max=partial(_output_tokens_max, tier),
            unseen_tokens_max=tier.thinking_tokens_max,
            cached_1h=config.claude.system_ttl == "1h",
        )
        counting = Counting(
            asked,
            meter,
            count=claude.count,
            tokens_max=budget.prices.prompt_tokens_max(tier.model),
            pdf_pages_max=config.files.pdf_pages_max,
        )
        tiers[name] = _Tier(Continuing(Retrying(counting)), breaking, partial(asked.warm, claude.warm))
    return tiers


def _output_tokens_max(limits: TierSettings | BackupSettings, request: ModelRequest) -> int:
    return limits.tokens_max(request.output_tokens_max, roomier=request.roomier)


def _local_rungs(config: Config, voice: Voice, embedder: Embedder, *, last: bool) -> list[Rung]:
    """Those that need no network. Without any model the quoting one has the last word."""
    quoting = Extractive(config.extractive, voice, embedder, last=last)
    return [quoting] if last else [Faq(quoting), quoting]


def _drafting(config: Config, pinned: Callable[[], str], offered: Callable[[], bool]) -> Drafting:
    """Drafts that pass the checks, which know the pinned documents as they are now, and whether tools are offered."""

    @lru_cache(maxsize=1)
    def checked(pinned_now: str, tools: bool) -> Drafting:
        return guard.drafting(config.checks, config.business, config.prompt, pinned_now, tools=tools)

    def begin(question: Question, on_text: Callable[[str], None]) -> Draft:
        return checked(pinned(), offered())(question, on_text)

    return begin


async def _warm(tiers: Mapping[str, _Tier], system: str, tools: Sequence[ToolSpec]) -> None:
    for name, tier in tiers.items():
        try:
            await tier.warm(system, tools)
        except BridgeError as error:
            event(log, "not_warmed", tier=name, error=error)
