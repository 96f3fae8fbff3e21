"""Manifests that people have published get the answers that a v1.36.2 cluster gave them.

HARNESS_MANIFESTS names a folder of manifests with a file replies.json: what `kubectl apply --dry-run=server` printed
for each against an empty cluster, every object judged alone.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.runner import play
from harness.scenario.reading import parse_scenario

FOLDER = os.environ.get("HARNESS_MANIFESTS", "")
DRY_RUN = " (server dry run)"


def replies() -> dict[str, dict[str, Any]]:
    if not FOLDER:
        return {}
    found: dict[str, dict[str, Any]] = json.loads((Path(FOLDER) / "replies.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.skipif(not FOLDER, reason="HARNESS_MANIFESTS names no folder of manifests")
@pytest.mark.parametrize("manifest", replies())
def test_a_public_manifest_gets_the_reply_of_a_real_cluster(manifest: str) -> None:
    written = f"cluster: {{nodes: 0}}\nsteps:\n- apply: {json.dumps(manifest)}\n"
    step = play(parse_scenario(written, str(Path(FOLDER) / "scenario.yaml"), allow_outside=True)).steps[0]
    reply = replies()[manifest]
    refused = step.rejected is not None
    assert refused == (reply["rc"] != 0)
    assert (step.rejected if refused else step.warned) == reply["stderr"]
    assert step.message == reply["stdout"].replace(DRY_RUN, "")
