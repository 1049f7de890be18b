"""Counting the pages of a stranger's PDF costs little, whatever is in it."""

import time
import zlib
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.media import pdf
from tests.fakes import samples

FILE_BYTES = 8_000_000
CPU_S_MAX = 0.1
"""Twice what it takes at most on a slow machine; without bounds these files took seconds each."""
HEAD = b"<< /Type /ObjStm >>\nstream\n"
LETTERS = bytes(Random(1).choices(b"abcdefghijkl /<>", k=400_000))


def cpu_s(data: bytes) -> float:
    """What it takes; the least of three, as the machine does other work, too."""

    def once() -> float:
        begun = time.thread_time()
        pdf.pages(data)
        return time.thread_time() - begun

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    "piece",
    [
        b"/Type/ObjStm ",
        HEAD,
        HEAD + b"x\x9c",
        HEAD + zlib.compress(b""),
        HEAD + zlib.compress(b"/Type /Page"),
        HEAD + zlib.compress(bytes(50_000_000), 9),
        HEAD + zlib.compress(bytes(15_000_000), 9)[:-4] + b"xxxx\nendstream\n",
        HEAD + zlib.compress(LETTERS, 9)[:500],
        HEAD + zlib.compress(LETTERS, 9),
        HEAD + zlib.compress(b"/Type /Page " * 200_000),
        b"/Type/ObjStm" + b"strea" * 78,
        b"/Type" + b" " * pdf.SPACE_BYTES_MAX + b"/Page ",
        b"/Page",
        b"/",
        b"/Encryp",
        b"/ObjSt",
    ],
    ids=range(16),
)
def test_no_file_takes_long(piece: bytes) -> None:
    assert cpu_s((b"%PDF-1.7\n" + piece * (FILE_BYTES // len(piece) + 1))[:FILE_BYTES]) < CPU_S_MAX


TOKENS = [b"/Type", b"/Page", b"/ObjStm", b"/Encryp", b"stream", b"endstream", b"\r\n", b" ", b"<<", b"/", b"x\x9c"]


@given(st.lists(st.sampled_from([*TOKENS, zlib.compress(LETTERS[:900]), b" " * 390]), min_size=1, max_size=6))
@settings(max_examples=15)
def test_no_mixture_takes_long(pieces: list[bytes]) -> None:
    piece = b"".join(pieces)
    assert cpu_s((piece * (FILE_BYTES // len(piece) + 1))[:FILE_BYTES]) < CPU_S_MAX


@given(st.lists(st.sampled_from([*TOKENS, zlib.compress(b"/Type /Page"), b"a"]), max_size=30))
def test_no_mixture_is_a_failure(pieces: list[bytes]) -> None:
    assert pdf.pages(b"".join(pieces)) >= 0


def test_no_more_than_so_much_is_inflated() -> None:
    def packed(zeros: int) -> bytes:
        return HEAD + zlib.compress(b"\x00" * zeros + b"/Type /Page") + b"\nendstream\n"

    assert pdf.pages(packed(pdf.WORK_MAX // 2)) == 1
    assert pdf.pages(packed(pdf.WORK_MAX)) == 0


def test_what_takes_too_much_work_is_not_counted_rather_than_counted_in_part() -> None:
    assert pdf.pages(samples.pdf(4_000)) == 4_000
    assert pdf.pages(samples.pdf(6_000)) == 0


@pytest.mark.parametrize("place", [-6, -1, 0, 1])
def test_a_mark_across_two_steps_of_the_search_is_found(place: int) -> None:
    before = b"%" * (pdf.SEARCH_BYTES + place - len(b"/Type "))
    assert pdf.pages(before + b"/Type /Page\n") == 1
    assert pdf.pages(before + b"/Type /Page /Encrypt ") == 0
