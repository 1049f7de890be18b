"""Look something up in the knowledge base."""

from pydantic import Field

from bridge.errors import ToolError
from bridge.tools.arguments import Args, Typed
from bridge.tools.tool import Done, Tool, ToolContext

PASSAGES_MAX = 5


class Search(Args):
    query: str = Field(
        min_length=2,
        max_length=300,
        description="What to look for, as a short question in the customer's own language; at most 300 characters.",
    )


async def run(args: Search, context: ToolContext) -> Done:
    if context.retriever is None:
        raise ToolError("there is no knowledge base")
    passages = tuple(await context.retriever.search(args.query, PASSAGES_MAX))
    if not passages:
        return Done(data="The knowledge base has nothing about this.", digest="searched the help pages: nothing")
    titles = ", ".join(dict.fromkeys(passage.title for passage in passages))
    return Done(data=f"{len(passages)} passages.", passages=passages, digest=f"searched the help pages: {titles}")


TOOL = Tool(
    name="search_knowledge_base",
    description="Search the business's help pages: policies, products, prices, how things work. Use it when the "
    "passages "
    "that came with the question do not answer it. It knows nothing about single customers or orders.",
    arguments=Typed(Search),
    run=run,
    subject=False,
    needs=frozenset({"search"}),
    label="looking_up",
)
