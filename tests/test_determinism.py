"""The same scenario gives the same bytes: in every process, whatever its hash seed, locale, time zone and folder.

Owns the environments. Runs fifty processes, as many at a time as there are processors.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

PROCESSES = 50
SCENARIOS = Path(__file__).parent / "conformance" / "scenarios"

# Sets and volumes, a rollout that sticks, refusals: one of each sort whose outcome is long.
PLAYED = (
    "statefulset/parallel-revert-heals-a-stuck-update",
    "statefulset/retention-delete-delete-on-scale-then-delete",
    "statefulset/slow-readiness-orders-start-and-endpoints",
    "local-volumes-wait-for-consumer",
    "reclaim-policies",
    "storage/volume-and-class-edits-are-refused",
)

TELL = """
import sys
from harness.cli import main
from harness.golden.text import render
from harness.runner import play
from harness.scenario.reading import read_scenario

for path in sys.argv[1:]:
    main(["run", path, "--output", "jsonl"])
    sys.stdout.flush()
    sys.stdout.buffer.write(render(play(read_scenario(path)), path="scenario.yaml").encode())
    sys.stdout.flush()
"""

LOCALES = ("C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "en_US.ISO-8859-1", "ja_JP.eucJP", "tr_TR.UTF-8")
ZONES = ("UTC", "America/St_Johns", "Asia/Kathmandu", "Europe/Berlin", "Pacific/Apia", "XXX-13:37")


def surroundings(number: int, folder: Path) -> tuple[dict[str, str], Path]:
    """The environment and the working directory of a process: no two of them alike."""
    locale = LOCALES[number % len(LOCALES)]
    there = folder / f"çà {number}"
    there.mkdir()
    return {
        **os.environ,
        "PYTHONHASHSEED": str(number * 7919),
        "PYTHONUTF8": str(number % 2),
        "PYTHONCOERCECLOCALE": "0",
        "LANG": locale,
        "LC_ALL": locale,
        "TZ": ZONES[number % len(ZONES)],
        "COLUMNS": str(40 + number),
        "HOME": str(there),
    }, there


def told(number: int, folder: Path) -> bytes:
    environment, there = surroundings(number, folder)
    paths = [str(SCENARIOS / f"{name}.yaml") for name in PLAYED]
    command = [sys.executable, "-c", TELL, *paths]
    run = subprocess.run(command, env=environment, cwd=there, capture_output=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr.decode(errors="replace")
    return run.stdout


def first_difference(expected: bytes, got: bytes) -> str:
    pairs = zip(expected.splitlines(), got.splitlines(), strict=False)
    number, (want, found) = next(
        ((number, pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]), (0, (b"", b""))
    )
    return f"line {number}\nexpected {want!r}\ngot      {found!r}" if number else "one is longer than the other"


@pytest.mark.slow
def test_fifty_processes_tell_the_same_story(tmp_path: Path) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        stories = list(pool.map(told, range(PROCESSES), [tmp_path] * PROCESSES))
    assert stories[0].count(b'"STEP"') > len(PLAYED)
    different = [number for number, story in enumerate(stories) if story != stories[0]]
    assert not different, f"process {different[0]}: {first_difference(stories[0], stories[different[0]])}"
