"""Whatever is wrong with a manifest, the server takes it or refuses it with a Status, and stores all of it or nothing.

Owns that promise. How manifests go wrong is known to `mutations`; which of them must be refused is held elsewhere.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.api import patching
from harness.api.problems import ApiError
from harness.objects.config import Namespace
from harness.objects.meta import Object, ObjectMeta
from harness.objects.wire import from_wire, to_wire
from harness.runner.kubectl import Kubectl, Placed
from harness.runner.session import play
from harness.scenario.model import Apply, Manifest, Scenario, Step
from tests.api.server_world import ServerWorld
from tests.properties.mutations import Document, mutated_manifests

MUTATIONS = 5_000
PLAYED = 500
LIMIT_MS = 120_000
REASONS = frozenset(
    {"AlreadyExists", "BadRequest", "Conflict", "Forbidden", "Invalid", "NotFound", "UnsupportedMediaType"}
)
CLIENT_ERRORS = range(400, 500)
# What a server says without a reason of its own.
UNREASONED = frozenset(
    {
        "resourceVersion should not be set on objects to be created",
        "the server could not find the requested resource",
    }
)


def world() -> ServerWorld:
    """A server with every namespace that the scenarios' manifests name."""
    world = ServerWorld()
    for name in ("kube-system", "logging", "shop"):
        world.server.create(Namespace(metadata=ObjectMeta(name=name)))
    return world


def everything(world: ServerWorld) -> tuple[list[Object], int, int]:
    """All that is stored, the last revision given out, and how many changes watchers were told of."""
    store = world.server.store
    return list(store.everything()), store.revision, len(world.trace.records)


def ask(world: ServerWorld, request: Any) -> ApiError | None:
    """Make a request as kubectl does; what it was refused with. A refusal must be in order and leave nothing behind."""
    before = everything(world)
    try:
        done = request()
        if hasattr(done, "send"):
            finish(done)
    except ApiError as problem:
        after = everything(world)
        assert all(one is other for one, other in zip(before[0], after[0], strict=True))
        assert before[1:] == after[1:]
        assert problem.message in UNREASONED or (problem.code in CLIENT_ERRORS and problem.reason in REASONS)
        assert problem.message
        return problem
    for obj in world.server.store.everything():
        assert from_wire(to_wire(obj), type(obj)) == obj
    return None


def finish(activity: Any) -> None:
    """Run a request to its end, as if it took no time."""
    try:
        while True:
            activity.send(None)
    except StopIteration:
        return


@settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=MUTATIONS,
    suppress_health_check=tuple(HealthCheck),
)
@given(mutated_manifests(), st.sampled_from((patching.STRATEGIC, patching.MERGE)))
def check(tally: Counter[str], manifests: tuple[Document, Document], type_: str) -> None:
    valid, spoilt = manifests
    alone, beside = world(), world()
    placing = Kubectl(alone.server)
    placed = next(placing.placed([Manifest(source="web.yaml", documents=(spoilt,))], None), None)
    if placed is None:
        assert placing.stderr.startswith('error: unable to decode "web.yaml": json: cannot unmarshal ')
        tally["unreadable"] += 1
        return
    problem = ask(alone, lambda: Kubectl(alone.server).create(placed))
    tally["refused" if problem else "accepted"] += 1
    ask(beside, lambda: Kubectl(beside.server).create(placed._replace(document=valid)))
    problem = ask(beside, lambda: Kubectl(beside.server).apply(placed))
    tally["apply refused" if problem else "applied"] += 1
    problem = ask(beside, lambda: patched(beside, placed, type_, spoilt))
    tally["patch refused" if problem else "patched"] += 1


def patched(world: ServerWorld, placed: Placed, type_: str, body: Document) -> Any:
    return patching.patch(world.server, placed.kind, placed.namespace, placed.name, type_, body)


@pytest.mark.slow
def test_a_manifest_with_mistakes_is_taken_or_refused_with_a_status_and_never_half_stored():
    tally: Counter[str] = Counter()
    check(tally)
    assert [word for word in ("refused", "accepted", "applied", "apply refused", "patched") if tally[word] < 500] == []


@pytest.mark.slow
def test_what_the_server_took_in_spite_of_its_mistakes_upsets_nobody_who_acts_on_it():
    played: Counter[str] = Counter()

    @settings(
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=PLAYED,
        suppress_health_check=tuple(HealthCheck),
    )
    @given(mutated_manifests())
    def play_it(manifests: tuple[Document, Document]) -> None:
        applied = [Apply(manifests=(Manifest(documents=(document,)),)) for document in manifests]
        outcome = play(
            Scenario(path="wrong.yaml", steps=tuple(Step(action=action, limit_ms=LIMIT_MS) for action in applied))
        )
        played["refused" if outcome.steps[1].rejected else "taken"] += 1

    play_it()
    assert [word for word in ("refused", "taken") if played[word] < PLAYED // 10] == []
