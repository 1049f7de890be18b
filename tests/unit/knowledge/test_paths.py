"""Which documents a pattern names."""

import pytest

from bridge.brain.knowledge.paths import below


@pytest.mark.parametrize(
    ("patterns", "path", "named"),
    [
        (["products/**"], "products/a.md", True),
        (["products/**"], "products/deep/er/a.md", True),
        (["products/**"], "de/products/a.md", False),
        (["products/**"], "products.md", False),
        (["**/products/**"], "de/products/a.md", True),
        (["**/products/**"], "products/a.md", True),
        (["**/products/**"], "my-products/a.md", False),
        (["products/*"], "products/a.md", True),
        (["products/*"], "products/deep/a.md", False),
        (["*.md"], "faq.md", True),
        (["*.md"], "x/faq.md", False),
        (["/faq.md"], "faq.md", True),
        (["f?q.md"], "faq.md", True),
        (["faq.md"], "faqxmd", False),
        (["a.md", "b/**"], "b/c.md", True),
        ([], "a.md", False),
        (["**"], "any/where.md", True),
    ],
)
def test_a_pattern_names_paths(patterns: list[str], path: str, named: bool) -> None:
    assert bool(below(patterns).fullmatch(path)) is named
