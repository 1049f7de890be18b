"""Claude's stand-in for a simulated day: says something plausible in the customer's language, and writes the bill. It
is offered the product's tools, which stand in front of every request, and calls none."""

import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench._customers import Message
from bridge.brain.phrases import PhrasesSettings, Voice, language_of
from bridge.brain.prices import PriceList
from bridge.brain.settings import BusinessSettings
from bridge.ports import ToolCall, ToolResult, ToolSession, ToolSpec
from bridge.tools.builtin import TOOLS
from bridge.tools.tool import Tier
from bridge.types import Usage
from tests.fakes import claude_rules
from tests.fakes.claude_cache import PromptCache
from tests.fakes.claude_server import Answer, say

VOICE = Voice(BusinessSettings(), PhrasesSettings())
_SENTENCES = {
    "en": (
        "You can find this on our help pages. ",
        "It depends a little on what you bought and when. ",
        "Please have a look at the section named above, where every step is described. ",
        "If anything is still unclear, just ask again here. ",
    ),
    "de": (
        "Das finden Sie auf unseren Hilfeseiten. ",
        "Es hängt ein wenig davon ab, was Sie gekauft haben und wann. ",
        "Bitte sehen Sie in den oben genannten Abschnitt, dort steht jeder Schritt. ",
        "Ist etwas unklar, fragen Sie gern noch einmal. ",
    ),
    "es": (
        "Puede encontrar esto en nuestras páginas de ayuda. ",
        "Depende un poco de lo que compró y de cuándo. ",
        "Consulte la sección indicada arriba, donde se describe cada paso. ",
        "Si algo no queda claro, pregunte aquí de nuevo. ",
    ),
    "fr": (
        "Vous trouverez cela sur nos pages d'aide. ",
        "Cela dépend un peu de ce que vous avez acheté et du moment. ",
        "Veuillez consulter la section citée plus haut, où chaque étape est décrite. ",
        "Si ce n'est pas clair, demandez encore ici. ",
    ),
    "pt": (
        "Você encontra isso nas nossas páginas de ajuda. ",
        "Depende um pouco do que comprou e de quando. ",
        "Consulte a seção indicada acima, onde cada passo está descrito. ",
        "Se algo não ficar claro, pergunte aqui novamente. ",
    ),
    "it": (
        "Lo trova nelle nostre pagine di aiuto. ",
        "Dipende un po' da che cosa ha comprato e da quando. ",
        "Guardi la sezione indicata sopra, dove ogni passo è descritto. ",
        "Se qualcosa non è chiaro, chieda pure di nuovo qui. ",
    ),
    "nl": (
        "U vindt dit op onze hulppagina's. ",
        "Het hangt een beetje af van wat u hebt gekocht en wanneer. ",
        "Kijk in het hierboven genoemde deel, waar elke stap wordt beschreven. ",
        "Is er nog iets onduidelijk, vraag het dan hier opnieuw. ",
    ),
    "ja": (
        "こちらはヘルプページでご確認いただけます。",
        "お買い上げの品と時期によって少し異なります。",
        "上に挙げた項目に、手順がすべて書かれています。",
        "ご不明な点がございましたら、こちらでもう一度お尋ねください。",
    ),
    "ar": (
        "يمكنك العثور على ذلك في صفحات المساعدة لدينا. ",
        "يعتمد الأمر قليلاً على ما اشتريته ومتى اشتريته. ",
        "يرجى مراجعة القسم المذكور أعلاه، حيث تُشرح كل خطوة. ",
        "إذا بقي شيء غير واضح، فاسأل هنا مرة أخرى. ",
    ),
}
"""Of answers that say nothing which a passage would have to say."""


@dataclass(slots=True)
class Bill:
    """What the provider counted. Mutable."""

    prices: PriceList
    calls: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
    nano: int = 0
    uncached_nano: int = 0
    """The same calls, had nothing been read from a cache or written there."""

    def add(self, model: str, usage: Usage) -> None:
        plain = Usage(input_tokens=usage.prompt_tokens, output_tokens=usage.output_tokens)
        self.calls[model] += bool(usage.prompt_tokens)
        self.usage += usage
        self.nano += self.prices.cost(model, usage) or 0
        self.uncached_nano += self.prices.cost(model, plain) or 0

    @property
    def read_share(self) -> float:
        """Of all input tokens."""
        return self.usage.cache_read_tokens / max(1, self.usage.prompt_tokens)


class Counted(PromptCache):
    """Writes a bill of what passes."""

    __slots__ = ("bill",)

    def __init__(self, bill: Bill) -> None:
        super().__init__()
        self.bill = bill

    def keep(self, body: Mapping[str, Any], now: float) -> None:
        found = self.look(body, now)
        written = {ttl: found.written.get(ttl, 0) for ttl in ("5m", "1h")}
        usage = Usage(
            input_tokens=found.total - found.read - sum(written.values()),
            cache_read_tokens=found.read,
            cache_write_tokens=written["5m"],
            cache_write_1h_tokens=written["1h"],
        )
        self.bill.add(body["model"], usage)
        super().keep(body, now)


class Offered:
    """The product's own tools, to be told of."""

    specs: Sequence[ToolSpec] = tuple(
        ToolSpec(name=it.name, description=it.description, schema=it.arguments.schema, reads=it.tier is Tier.READ)
        for it in sorted(TOOLS, key=lambda tool: tool.name)
    )

    def label(self, call: ToolCall, language: str) -> str:
        raise AssertionError("nobody calls")

    async def run(self, calls: Sequence[ToolCall], session: ToolSession) -> Sequence[ToolResult]:
        raise AssertionError("nobody calls")


@dataclass(slots=True)
class BilledClaude:
    """Says something plausible, and knows what each message is about. Mutable."""

    bill: Bill
    asked: Message | None = None

    def __call__(self, body: dict[str, Any]) -> Answer:
        assert self.asked is not None
        if "format" in body.get("output_config", {}):
            answer = say(json.dumps({"category": self.asked.category.value}))
        else:
            language = language_of(self.asked.text, "en")
            length = 4 + len(self.asked.text) % 6
            sentences = itertools.islice(itertools.cycle(_SENTENCES[language]), length)
            found = claude_rules.search_results(body)
            answer = say(*sentences, cites=(0,)) if found else say(VOICE.say(language, "unknown", "offer_person"))
        tokens = claude_rules.count_tokens(["".join(block.pieces) for block in answer.blocks])
        self.bill.add(body["model"], Usage(output_tokens=tokens))
        return answer
