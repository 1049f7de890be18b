"""Documents, passages and folders for the tests."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from bridge.brain.knowledge.load import Document, FrontMatter
from bridge.types import Passage


def front(title: str = "Returns", *, language: str = "en", audience: str = "public", kind: str = "article") -> str:
    """Front matter as it stands in a file."""
    return (
        f"---\ntitle: {title}\nurl: https://shop.example/{title.replace(' ', '-')}\nupdated: 2026-11-01\n"
        f"audience: {audience}\nlanguage: {language}\nkind: {kind}\n---\n"
    )


def document(body: str, *, title: str = "Returns", kind: str = "article", doc_id: str = "returns.md") -> Document:
    values = {
        "title": title,
        "url": "https://shop.example/r",
        "updated": date(2026, 11, 1),
        "audience": "public",
        "language": "en",
        "kind": kind,
    }
    return Document(id=doc_id, front=FrontMatter.model_validate(values), body=body)


def passage(text: str, *, number: int = 0, doc_id: str = "", language: str = "en", kind: str = "article") -> Passage:
    return Passage(
        chunk_id=f"{doc_id or number}#{number}",
        doc_id=doc_id or f"{number}.md",
        title="Title",
        section="",
        url="https://shop.example/x",
        updated="2026-11-01",
        language=language,
        text=text,
        kind="faq" if kind == "faq" else "article",
    )


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Make the folder hold exactly these documents: text by name, front matter added."""
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text if text.startswith("---") else front(Path(name).stem) + text
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
