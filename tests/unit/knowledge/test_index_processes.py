"""Readers and builders as processes of their own: whatever dies, nobody opens half an index or a mixture."""

import subprocess
import sys
from pathlib import Path

ROUNDS = 30
DISTURBED = """
import os, random, signal, sys, time
from pathlib import Path
import numpy as np
from bridge.brain.knowledge.storage import open_index, sweep, write_index
from bridge.errors import KnowledgeError
from tests.unit.knowledge.made import passage

path, rounds = Path(sys.argv[1]), int(sys.argv[2])
stop = path.with_name("stop")

def put(generation):
    passages = [passage(f"{generation}", number=number) for number in range(50)]
    write_index(path, passages, np.full((50, 4), generation, np.float32), recipe="", embedder_id="e", stamps={})

def forked(work):
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)

def build(first, alone):
    generation = first
    while True:
        generation += 1
        put(generation)
        if alone:
            sweep(path, kept_s=0)  # readers must live with it; another builder needs the time that is given in life

def read(report):
    opened, seen = 0, set()
    while not stop.exists() and os.getppid() == parent:
        try:
            index = open_index(path)
        except KnowledgeError as error:
            assert "cannot be used" in str(error), error  # replaced three times in a row
            assert "damaged" not in str(error), error
            continue
        words = {passage.text for passage in index.passages}
        rows = {str(int(value)) for value in np.unique(index.rows.exact)}
        assert words == rows and len(words) == 1, (words, rows)
        postings = index.postings["en"]
        assert len(words & set(postings.terms)) == 1, "the words are of the same build"
        opened, seen = opened + 1, seen | words
        report.with_suffix(".new").write_text(f"{opened} {len(seen)}")
        os.replace(report.with_suffix(".new"), report)

def told(report):
    return [int(number) for number in report.read_text().split()] if report.exists() else [0, 0]

parent = os.getpid()
put(0)
begun = time.monotonic()
put(0)
sometime = 2.5 * (time.monotonic() - begun)
reports = [path.with_name(f"report{number}") for number in range(2)]
readers = [forked(lambda report=report: read(report)) for report in reports]
chance = random.Random(int(sys.argv[3]))
until, turn = time.monotonic() + 100, 0
while time.monotonic() < until and (turn < rounds or any(told(report)[1] < 3 for report in reports)):
    turn += 1
    firsts = [turn * 2000, turn * 2000 + 1000][: 1 + turn % 2]
    builders = [forked(lambda first=first: build(first, len(firsts) == 1)) for first in firsts]
    for builder in builders:
        time.sleep(chance.uniform(0, sometime))
        os.kill(builder, signal.SIGKILL)
        assert os.waitpid(builder, 0)[1] == signal.SIGKILL, "two builders at once do not hinder each other"
    open_index(path)
put(999_999)
stop.touch()
assert all(os.waitpid(reader, 0)[1] == 0 for reader in readers), "a reader saw what it must not see"
sweep(path, kept_s=0)
assert {passage.text for passage in open_index(path).passages} == {"999999"}
for report in reports:
    print(*told(report))
print(*sorted(file.name for file in path.iterdir()))
"""


def test_readers_see_one_build_or_another_while_builders_are_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DISTURBED, str(tmp_path / "index"), str(ROUNDS), "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stderr
    *read, left = done.stdout.splitlines()
    for line in read:
        opened, different = map(int, line.split())
        assert opened >= different > 2, "a reader saw several builds"
    assert len(left.split()) == 2, f"what the dead left is cleaned up: {left}"
