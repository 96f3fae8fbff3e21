"""Bugs that Kubernetes once had, planted in the actors: the fuzzer finds each within a small budget of examples.

The name of each says what the planted code does wrong; what must speak up is a check, by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.persistentvolume import claims as binder
from harness.actors.controllers.persistentvolume.written import BOUND, bound_claim, volume_in_phase
from harness.actors.controllers.statefulset import algorithm, status
from harness.actors.scheduler import volume_binding as late_binder
from harness.explore.fuzz import failures_of, fuzz
from harness.objects import volume_binding, volume_matching
from harness.objects.volume_binding import claim_reference

EXAMPLES = 300

Plant = Callable[[pytest.MonkeyPatch], None]


def promotes_as_soon_as_all_above_the_partition_are_updated(patch: pytest.MonkeyPatch) -> None:
    def completed(stateful_set: Any, told: Any) -> Any:
        rolling = stateful_set.spec.update_strategy.rolling_update
        wanted = (stateful_set.spec.replicas or 0) - ((rolling.partition or 0) if rolling is not None else 0)
        if stateful_set.spec.update_strategy.type == "RollingUpdate" and told.updated_replicas >= wanted:
            return replace(told, current_replicas=told.updated_replicas, current_revision=told.update_revision)
        return told

    patch.setattr(status, "completed", completed)


def replaces_only_pods_that_failed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(algorithm, "_FINISHED", ("Failed",))


def writes_the_claim_before_the_volume(patch: pytest.MonkeyPatch) -> None:
    async def bind(self: Any, volume: Any, claim: Any, client: Any) -> None:
        named = bound_claim(claim, volume)
        if named is not claim:
            claim = await client.update(named)

        def pointing(stored: Any) -> Any:
            return replace(stored, spec=replace(stored.spec, claim_ref=claim_reference(claim)))

        volume = await client.modify(volume, pointing)
        bound = volume_in_phase(volume, BOUND)
        if bound is not volume:
            volume = await client.update_status(bound)
        await self._set_phase(claim, BOUND, client, volume)

    patch.setattr(binder.ClaimSync, "_bind", bind)


def knows_a_claim_by_its_name_alone(patch: pytest.MonkeyPatch) -> None:
    def is_claimed_by(volume: Any, claim: Any) -> bool:
        reference, metadata = volume.spec.claim_ref, claim.metadata
        return reference is not None and (reference.namespace, reference.name) == (metadata.namespace, metadata.name)

    for module in (binder, late_binder, volume_binding, volume_matching):
        patch.setattr(module, "is_claimed_by", is_claimed_by)


def rolls_past_unavailable_pods(patch: pytest.MonkeyPatch) -> None:
    honest = status.health

    def health(pod: Any, min_ready_seconds: int, clock: Any) -> Any:
        return honest(pod, 0, clock)

    patch.setattr(status, "health", health)


def binds_volumes_of_any_size(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(volume_matching, "request", lambda _claim: 0)
    from harness.actors.controllers.persistentvolume import candidates

    patch.setattr(candidates, "request", lambda _claim: 0)


PLANTS: list[tuple[Plant, tuple[str, ...]]] = [
    (
        promotes_as_soon_as_all_above_the_partition_are_updated,
        ("status-counts-what-there-is", "partition-keeps-the-old-revision"),
    ),
    (replaces_only_pods_that_failed, ("ordinals-are-filled",)),
    (writes_the_claim_before_the_volume, ("claim-and-volume-agree",)),
    (knows_a_claim_by_its_name_alone, ("volume-keeps-its-claim",)),
    (rolls_past_unavailable_pods, ("pod-waits-for-lower-ordinals", "rollout-replaces-one-pod-at-a-time")),
    (binds_volumes_of_any_size, ("bound-volume-suits-its-claim",)),
]


@pytest.mark.parametrize(("plant", "checks"), PLANTS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_fuzzer_finds_a_planted_bug_and_writes_it_down(plant, checks, monkeypatch, tmp_path):
    plant(monkeypatch)
    found = fuzz(EXAMPLES, out=tmp_path, names=checks, most_findings=1).findings
    assert len(found) == 1
    assert found[0].failure.key in checks
    assert found[0].path is not None and found[0].path.exists()
    assert len(found[0].scenario.steps) <= 4


def test_the_same_scenario_is_clean_without_the_planted_bug(monkeypatch, tmp_path):
    with monkeypatch.context() as planted:
        replaces_only_pods_that_failed(planted)
        finding = fuzz(EXAMPLES, out=tmp_path, names=["ordinals-are-filled"], most_findings=1).findings[0]
    assert failures_of(finding.scenario) == ()


def test_a_plant_that_changes_nothing_is_not_found(monkeypatch):
    monkeypatch.setattr(status, "completed", status.completed)
    assert fuzz(50).findings == ()
