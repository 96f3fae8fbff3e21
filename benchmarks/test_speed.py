"""How fast the simulator is, held against the limits the README names, on one core."""

from __future__ import annotations

import gc
import heapq
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from benchmarks.worlds import parallel_set
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import read_scenario

ROOT = Path(__file__).parent.parent
PARTITION = ROOT / "tests/conformance/scenarios/statefulset-partition-rollout.yaml"


def records(outcome: Outcome) -> int:
    return sum(len(step.records) for step in outcome.steps)


def bare_heap(entries: int) -> float:
    """Seconds to push and pop so many entries on a heap: what no simulator of this kind can be faster than."""
    began = time.perf_counter()
    heap: list[tuple[int, int]] = []
    for number in range(entries):
        heapq.heappush(heap, (number % 97, number))
    while heap:
        heapq.heappop(heap)
    return time.perf_counter() - began


def report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n    {text}")


def test_partition_rollout_plays_within_15_ms(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = read_scenario(PARTITION)
    outcome = benchmark(play, scenario)
    best = benchmark.stats.stats.min
    transitions = records(outcome)
    bare = bare_heap(transitions)
    report(
        capsys,
        f"{transitions} transitions in {best * 1000:.1f} ms: {transitions / best:,.0f}/s "
        f"(a bare heap loop: {transitions / bare:,.0f}/s)",
    )
    assert best <= 0.015


def test_import_takes_at_most_150_ms(benchmark: Any) -> None:
    def import_once() -> None:
        subprocess.run([sys.executable, "-c", "import harness"], check=True)

    def bare() -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    benchmark.pedantic(import_once, rounds=5, warmup_rounds=1)
    began = time.perf_counter()
    bare()
    interpreter = time.perf_counter() - began
    assert benchmark.stats.stats.min - interpreter <= 0.150


def test_100_scenarios_through_pytest_take_at_most_5_s(benchmark: Any, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    text = PARTITION.read_text(encoding="utf-8")
    for manifest in ("nfs-volumes.yaml", "stateful-demo.yaml"):
        target = folder / "manifests" / manifest
        target.parent.mkdir(exist_ok=True)
        target.write_text((PARTITION.parent / manifest).read_text(encoding="utf-8"), encoding="utf-8")
        text = text.replace(f"apply: {manifest}", f"apply: manifests/{manifest}")
    for number in range(100):
        (folder / f"rollout-{number:03}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")

    def run(*arguments: str) -> None:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-p",
            "no:benchmark",
        ]
        environment = {"PATH": "", "HARNESS_GOLDEN": ""}
        done = subprocess.run(
            [*command, *arguments, "scenarios/"], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run("--golden-update")
    benchmark.pedantic(run, rounds=3)
    assert benchmark.stats.stats.min <= 5


def settle(replicas: int) -> tuple[float, int, Outcome]:
    """(seconds, transitions, outcome) of a Parallel set of so many pods on 100 nodes, from nothing to settled."""
    scenario = parallel_set(replicas, nodes=100)
    gc.collect()
    began = time.perf_counter()
    outcome = play(scenario)
    return time.perf_counter() - began, records(outcome), outcome


def peak_memory(replicas: int) -> int:
    """Bytes the run holds at most, beyond what was there before."""
    scenario = parallel_set(replicas, nodes=100)
    gc.collect()
    tracemalloc.start()
    play(scenario)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def ready_pods(outcome: Outcome) -> int:
    return sum(
        1
        for obj in outcome.objects
        if obj.kind == "Pod" and any(c.type == "Ready" and c.status == "True" for c in obj.status.conditions)  # type: ignore[attr-defined]
    )


def test_1000_parallel_replicas_settle_within_3_s_and_doubling_at_most_doubles(
    benchmark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = []

    def once() -> Outcome:
        took, _, outcome = settle(1000)
        seconds.append(took)
        return outcome

    outcome = benchmark.pedantic(once, rounds=3)
    assert ready_pods(outcome) == 1000
    double, transitions, doubled = min(settle(2000) for _ in range(2))[0], records(outcome), settle(2000)[2]
    assert ready_pods(doubled) == 2000
    single = min(seconds)
    report(
        capsys,
        f"1,000 replicas: {single:.2f} s, {transitions:,} transitions, {transitions / single:,.0f}/s; "
        f"2,000 replicas: {double:.2f} s ({double / single:.2f} times)",
    )
    assert single <= 3
    assert double <= single * 2 * 1.2


def test_1000_parallel_replicas_need_at_most_300_mb_and_doubling_at_most_doubles(
    capsys: pytest.CaptureFixture[str],
) -> None:
    single, double = peak_memory(1000), peak_memory(2000)
    report(capsys, f"memory: {single / 1e6:.0f} MB for 1,000 replicas, {double / 1e6:.0f} MB for 2,000")
    assert single <= 300e6
    assert double <= single * 2 * 1.2
