"""How fast a large file of manifests is read, judged and stored, with nobody there to act on what it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.manifests import mixed_list
from harness.api.problems import ApiError
from harness.api.server import Server
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import Namespace
from harness.objects.meta import ObjectMeta
from harness.runner.kubectl import Kubectl
from harness.scenario.model import Apply
from harness.scenario.reading import parse_scenario

MEGABYTE = 1_000_000
HOUR_MS = 3_600_000


def accepted(folder: Path, file: str) -> Kubectl:
    """The command that applied the file to a server with the namespace `default`."""
    scenario = parse_scenario(f"steps:\n- apply: {file}\n", str(folder / "scenario.yaml"))
    (step,) = scenario.steps
    assert isinstance(step.action, Apply)
    loop = Loop(Clock(0))
    server = Server(loop.clock, Trace())
    server.create(Namespace(metadata=ObjectMeta(name="default")))
    kubectl = Kubectl(server)
    manifests = step.action.manifests

    async def apply() -> None:
        for placed in kubectl.placed(manifests, None):
            try:
                word = await kubectl.apply(placed)
            except ApiError as problem:
                kubectl.refuse(problem)
                continue
            kubectl.say(placed.kind.resource, placed.name, word)

    loop.spawn(apply())
    loop.run_until(HOUR_MS)
    return kubectl


@pytest.mark.parametrize(("suffix", "limit_seconds"), [("json", 0.8), ("yaml", 3.5)])
def test_a_megabyte_of_500_mixed_manifests_is_accepted_in_time(
    suffix: str, limit_seconds: float, benchmark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = mixed_list()
    texts = {
        "json": json.dumps(data, separators=(",", ":")),
        "yaml": yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False),
    }
    text = texts[suffix]
    (tmp_path / f"release.{suffix}").write_text(text, encoding="utf-8")
    kubectl = benchmark.pedantic(accepted, (tmp_path, f"release.{suffix}"), rounds=3, warmup_rounds=1)
    best = benchmark.stats.stats.min
    with capsys.disabled():
        print(f"\n    {len(kubectl.printed)} objects in {len(text) / MEGABYTE:.2f} MB of {suffix}: {best:.2f} s")
    assert not kubectl.complained
    assert len(kubectl.printed) == 500
    assert len(text) >= MEGABYTE
    assert best <= limit_seconds
