"""Worlds of a job whose pods fail, are deleted and are drained away while it is changed, as scenarios.

Owns what such a world is made of and how likely each part is. Needs the extra `fuzz`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harness.scenario.model import (
    Action,
    Apply,
    ClusterSettings,
    Delete,
    Drain,
    ImageBehaviour,
    Images,
    Manifest,
    Patch,
    Scenario,
    Step,
    Uncordon,
    Wait,
    numbered_nodes,
)
from harness.scenario.targets import target_named

Document = dict[str, Any]

QUIET_MS = 16_000
IMAGE = "task:v1"
NODES = 2
COMPLETIONS = (None, 1, 3, 5)
REPLACEMENTS = ("TerminatingOrFailed", "Failed")
ENDS = (
    ImageBehaviour(),
    ImageBehaviour(exit=0, after_ms=2_000),
    ImageBehaviour(exit=1, after_ms=1_000, stop=3_000),
    ImageBehaviour(exit=0, after_ms=20_000, stop=5_000),
)


def _job(completions: int | None, indexed: bool, more: Document) -> Document:
    spec: Document = {"restartPolicy": "Never", "containers": [{"name": "c", "image": IMAGE}]}
    body: Document = {"parallelism": 2, "backoffLimit": 4, "template": {"spec": spec}, **more}
    if completions is not None:
        body = {**body, "completions": completions, **({"completionMode": "Indexed"} if indexed else {})}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work"}, "spec": body}


def acts() -> st.SearchStrategy[Action]:
    """Something that takes pods away, or asks for others."""
    job = target_named("job/work")

    def changed(spec: Document) -> Action:
        return Patch(target=job, body={"spec": spec}, type="merge")

    nodes = st.integers(1, NODES).map(lambda number: f"node-{number}")
    return st.one_of(
        st.integers(0, 4).map(lambda number: changed({"parallelism": number})),
        st.booleans().map(lambda suspend: changed({"suspend": suspend})),
        st.sampled_from(ENDS).map(lambda end: Images(behaviours={IMAGE: end})),
        nodes.map(lambda node: Drain(node=node)),
        nodes.map(lambda node: Uncordon(node=node)),
        st.just(Delete(targets=(job,))),
        st.sampled_from((1, 500, 2_000, 12_000)).map(lambda duration: Wait(duration_ms=duration)),
    )


@st.composite
def job_scenarios(draw: st.DrawFn, most_acts: int = 6) -> Scenario:
    """A job is made; then up to `most_acts` things happen, most of them without a rest."""
    more: Document = {"podReplacementPolicy": draw(st.sampled_from(REPLACEMENTS))}
    job = _job(draw(st.sampled_from(COMPLETIONS)), draw(st.booleans()), more)
    apply = Apply(manifests=(Manifest(documents=(job,)),))
    doing = draw(st.lists(acts(), min_size=min(1, most_acts), max_size=most_acts))
    steps = [Step(action=apply, settle=draw(st.booleans()))]
    steps += [Step(action=one, settle=draw(st.sampled_from((False, False, True)))) for one in doing]
    images = {IMAGE: draw(st.sampled_from(ENDS))}
    cluster = ClusterSettings(nodes=numbered_nodes(NODES), quiet_ms=QUIET_MS, images=images)
    return Scenario(cluster=cluster, steps=tuple(steps))
