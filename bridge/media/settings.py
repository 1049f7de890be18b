"""The settings of what people send along: the `[files]` and `[transcriber]` tables of config.toml."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

IMAGE_BYTES_MAX = 5 * 1024 * 1024 * 3 // 4
"""Claude takes 5 MiB of an image's base64, which is a third longer than the image."""
TURN_BYTES_MAX = 20_000_000
"""Claude takes requests of 32 MB; in base64 this is 26.7 of them, and the rest is ample for the words."""
AUDIO_BYTES_MAX = 25_000_000
"""What OpenAI takes, a little less than its 25 MiB: the form around the recording counts too."""
COPIES = 2
"""So many times its size does a file take in memory: while it is fetched it grows and is copied once. Later it is there
once: it becomes base64 while it is sent. Not so with the providers bedrock and vertex, whose client writes the request
whole: there it takes up to four times its size more for as long."""


def _address_or_nothing(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("must be like https://api.openai.com/v1, or empty")
    return url.rstrip("/")


class FilesSettings(BaseModel, frozen=True, extra="forbid"):
    """How much is read of what people send along; the rest is left unread, and they are told."""

    files_max: int = Field(10, ge=0, le=20, description="Files read for one answer; 0 reads none.")
    image_bytes_max: int = Field(
        IMAGE_BYTES_MAX, ge=1, le=IMAGE_BYTES_MAX, description="The largest picture. Claude takes no larger ones."
    )
    pdf_bytes_max: int = Field(8_000_000, ge=1, le=TURN_BYTES_MAX, description="The largest PDF.")
    pdf_pages_max: int = Field(
        30,
        ge=1,
        le=100,
        description="Pages of all PDFs of one answer. A page costs 1,500 to 5,000 tokens; Claude takes 100 pages.",
    )
    audio_bytes_max: int = Field(
        10_000_000, ge=1, le=AUDIO_BYTES_MAX, description="The largest voice message; a minute has about 0.2 MB."
    )
    turn_bytes_max: int = Field(
        16_000_000, ge=1, le=TURN_BYTES_MAX, description="Pictures and PDFs of one answer together."
    )
    process_bytes_max: int = Field(
        200_000_000,
        ge=COPIES * AUDIO_BYTES_MAX,
        description="Memory for files in this process. A file counts twice until its answer is complete;"
        " when all is in use, others wait up to fetch_s and are then left out. With the providers bedrock and vertex a"
        " request takes up to four times its files more, which is not counted here.",
    )
    fetch_s: float = Field(
        10.0, gt=0, le=60, description="Seconds until everything is fetched; what is not there by then is left out."
    )


class TranscriberSettings(BaseModel, frozen=True, extra="forbid"):
    """Who writes down voice messages: OpenAI, or any server that speaks its `/audio/transcriptions`. The key, where one
    is asked for, comes from the environment: OPENAI_API_KEY."""

    base_url: Annotated[str, AfterValidator(_address_or_nothing)] = Field(
        "",
        description="Where the API is, with its `/v1`, such as https://api.openai.com/v1. Empty: nobody listens, and"
        " people are asked to write.",
    )
    model: str = Field("gpt-transcribe", min_length=1, description="The model, as that server calls it.")
    timeout_s: float = Field(
        30.0, gt=0, le=300, description="The longest wait for what one recording says, in seconds."
    )
