"""What the API accepts with a warning: kubectl prints it on stderr, and the outcome keeps it."""

from __future__ import annotations

import pytest

from harness.runner import play
from harness.scenario.reading import parse_scenario

VOLUME = "{accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, hostPath: {path: /tmp/v}%s}"
RECYCLE = ", persistentVolumeReclaimPolicy: Recycle"
CLAIM = "{accessModes: [ReadWriteOnce], resources: {requests: {storage: %s}}}"
BETA = "volume.beta.kubernetes.io/storage-class"


def warned(*steps: str) -> list[str]:
    outcome = play(parse_scenario("steps:\n" + "".join(f"- {step}\n" for step in steps), "x.yaml"))
    assert all(step.rejected is None for step in outcome.steps)
    return [step.warned for step in outcome.steps]


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        (
            f"kind: PersistentVolume, metadata: {{name: v}}, spec: {VOLUME % RECYCLE}",
            "Warning: spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
            "Instead, the recommended approach is to use dynamic provisioning.",
        ),
        (
            f"kind: PersistentVolumeClaim, metadata: {{name: c, annotations: {{{BETA}: slow}}}}, spec: {CLAIM % '1Gi'}",
            f'Warning: metadata.annotations[{BETA}]: deprecated since v1.8; use "storageClassName" attribute instead',
        ),
        (
            f"kind: PersistentVolumeClaim, metadata: {{name: c}}, spec: {CLAIM % '1500m'}",
            'Warning: spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
        ),
        (f"kind: PersistentVolume, metadata: {{name: v}}, spec: {VOLUME % ''}", ""),
    ],
)
def test_what_is_on_its_way_out_is_warned_of(manifest: str, text: str) -> None:
    assert warned(f"apply: {{apiVersion: v1, {manifest}}}") == [text]


def test_an_update_is_warned_of_again() -> None:
    spec = VOLUME % RECYCLE
    first, second = warned(
        f"apply: {{apiVersion: v1, kind: PersistentVolume, metadata: {{name: v}}, spec: {spec}}}",
        "{label: pv/v, set: {a: b}}",
    )
    assert second == first != ""


def test_one_command_says_the_same_warning_once() -> None:
    volumes = ", ".join(
        f"{{apiVersion: v1, kind: PersistentVolume, metadata: {{name: {name}}}, spec: {VOLUME % RECYCLE}}}"
        for name in ("a", "b")
    )
    (text,) = warned(f"apply: [{volumes}]")
    assert text.count("Warning: ") == 1


def test_several_kinds_that_nobody_has_are_listed_without_a_prefix() -> None:
    manifests = ", ".join(f"{{apiVersion: extensions/v1beta1, kind: {kind}, metadata: {{name: x}}}}" for kind in "AB")
    outcome = play(parse_scenario(f"steps:\n- apply: [{manifests}]\n", "x.yaml"))
    assert (outcome.steps[0].rejected or "").startswith('resource mapping not found for name: "x" namespace: ""')
