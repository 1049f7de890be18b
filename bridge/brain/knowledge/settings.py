"""The settings of the knowledge base, the `[knowledge]` table of config.toml."""

from pathlib import Path

from pydantic import BaseModel, Field, model_validator


class SizesSettings(BaseModel, frozen=True, extra="forbid"):
    """How much of the knowledge base goes along with a question, by the context size of its route. Tokens are
    estimated; the best passage goes along in any case."""

    focused_tokens_max: int = Field(
        4_000, ge=200, description="`focused`: the best passages (`passages_max`), up to so many tokens."
    )
    extended_passages_max: int = Field(10, ge=1, le=50, description="`extended`: so many passages ...")
    extended_tokens_max: int = Field(6_500, ge=200, description="... up to so many tokens.")
    catalogue_passages_max: int = Field(
        6, ge=1, le=50, description="`catalogue`: besides the best passages so many of the catalogue ..."
    )
    catalogue_tokens_max: int = Field(7_500, ge=200, description="... up to so many tokens with them.")
    full_documents_max: int = Field(
        2,
        ge=1,
        le=20,
        description="`full`: so many whole documents, those of the best passages, and the other passages ...",
    )
    full_chunks_max: int = Field(30, ge=1, le=200, description="... in so many passages ...")
    full_tokens_max: int = Field(8_000, ge=200, description="... up to so many tokens.")


class Settings(BaseModel, frozen=True, extra="forbid"):
    """Where documents come from, how they are cut, and what counts as found."""

    path: Path = Field(Path("kb"), description="The folder with the Markdown documents.")
    index_path: Path = Field(
        Path("var/index"),
        description="The folder where the index is kept; safe to delete. Processes that share a store share it too.",
    )
    audiences: tuple[str, ...] = Field(
        ("public",), min_length=1, description="Documents for any other audience are left out of the index."
    )
    trusted: tuple[str, ...] = Field(
        (),
        description="Documents that may talk to the assistant, by their paths (`*` any part of a name, `**` any"
        " folders). Any other that does (`bridge ingest` names them) is kept out of the index.",
    )
    embedder: str = Field(
        "use",
        description="Which embedder turns text into vectors: `use` runs here, the others call their vendor.",
    )
    passages_max: int = Field(7, ge=1, le=50, description="How many passages an answer is made from.")
    more_chunks: int = Field(
        2,
        ge=0,
        le=50,
        description="How many of those, at most a third, are further chunks of the documents that were found; the rest"
        " are the best chunk of each.",
    )
    sizes: SizesSettings = Field(SizesSettings(), description="How much goes along with a question.")
    catalogue: tuple[str, ...] = Field(
        ("products/**", "**/products/**"),
        description="Which documents are about what can be bought, by their paths: `*` is any part of a name, `**` any "
        "folders. Questions of buyers get them besides what fits best.",
    )
    weight: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="The share of meaning against words in the ranking: 0 words only, 1 meaning only.",
    )
    floor: float = Field(
        0.22,
        ge=0.0,
        le=1.0,
        description="When no passage's cosine with the question reaches this, nothing counts as found. Higher refuses"
        " more questions that the documents do not answer, and more that they do. Fits `use`; others need their own.",
    )
    words_floor: float = Field(
        0.3,
        ge=0.0,
        le=1.0,
        description="The same when words alone decide because the question has no vector: the least share of the"
        " question's words, rare ones counting more, that a passage must hold.",
    )
    chunk_tokens_min: int = Field(
        200, ge=1, le=2000, description="Smaller neighbouring sections are joined up to about this many tokens."
    )
    chunk_tokens_max: int = Field(
        500, ge=50, le=4000, description="Larger sections are split at about this many tokens."
    )
    poll_interval_s: float = Field(
        5.0, ge=0.5, le=3600.0, description="How often the folder is looked at for changes, in seconds."
    )

    @model_validator(mode="after")
    def _min_below_max(self) -> "Settings":
        if self.chunk_tokens_min > self.chunk_tokens_max:
            raise ValueError("chunk_tokens_min is larger than chunk_tokens_max")
        return self
