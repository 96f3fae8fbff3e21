"""The namespace controller: in which order a deleted namespace is emptied, and what it says while it waits.

Source: pkg/controller/namespace/deletion/namespaced_resources_deleter_test.go.
"""

from __future__ import annotations

from harness.objects.config import Namespace, NamespaceCondition
from harness.objects.event import Event
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

TEAM = "apply: {apiVersion: v1, kind: Namespace, metadata: {name: team}}"


def config(name: str = "a", finalizers: str = "") -> str:
    metadata = f"{{name: {name}, namespace: team, finalizers: [{finalizers}]}}"
    return f"apply: {{apiVersion: v1, kind: ConfigMap, metadata: {metadata}}}"


def pod(name: str = "p", grace: int = 30, image: str = "app:v1") -> str:
    return (
        f"apply: {{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: team}}, "
        f"spec: {{terminationGracePeriodSeconds: {grace}, containers: [{{name: c, image: '{image}'}}]}}}}"
    )


def played(*steps: str) -> Outcome:
    listed = "".join("- " + step.replace("\n", "\n  ") + "\n" for step in (TEAM, *steps))
    images = "{slow:v1: {stop: 20s}, stuck:v1: {stop: never}}"
    return play(parse_scenario(f"cluster: {{nodes: 1, images: {images}}}\nsteps:\n{listed}", "x.yaml"))


def goings(outcome: Outcome) -> list[tuple[float, str]]:
    """What was deleted in the last step, and how many seconds into it."""
    step = outcome.steps[-1]
    return [
        (round((record.time_ms - step.began_ms) / 1000, 1), record.subject.kind)
        for record in step.records
        if record.type == "DELETED" and not isinstance(record.subject, Event)
    ]


def conditions(outcome: Outcome) -> dict[str, NamespaceCondition]:
    """All conditions that were ever true in the last step, by type; the last words of each."""
    found = {}
    for record in outcome.steps[-1].records:
        if isinstance(record.subject, Namespace):
            found |= {one.type: one for one in record.subject.status.conditions if one.status == "True"}
    return found


def test_an_empty_namespace_goes_after_five_seconds() -> None:
    assert goings(played("delete: ns/team")) == [(5.0, "Namespace")]


def test_everything_waits_for_the_pods() -> None:
    found = goings(played(config(), pod(image="slow:v1"), "delete: ns/team"))
    assert [kind for _, kind in found] == ["Pod", "ConfigMap", "Namespace"]
    # Five seconds after the namespace, twenty to stop, and the rest until its kubelet looks at its containers again.
    assert found[0][0] == 25.8


def test_a_pod_that_ignores_its_end_is_killed_after_its_grace_period() -> None:
    assert goings(played(pod(image="stuck:v1"), "delete: ns/team"))[0] == (35.8, "Pod")


def test_pods_whose_time_is_up_are_told_as_a_failure() -> None:
    outcome = played(pod(grace=2, image="stuck:v1"), "delete: ns/team")
    found = conditions(outcome)
    assert list(found) == ["NamespaceDeletionContentFailure"]
    failure = found["NamespaceDeletionContentFailure"]
    assert (failure.reason, failure.message) == (
        "ContentDeletionFailed",
        "Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: team "
        "for gvr: /v1, Resource=pods",
    )
    assert goings(outcome)[-1][1] == "Namespace"


def test_what_a_finalizer_holds_is_told_until_it_lets_go() -> None:
    outcome = played(config("a", "example.com/x"), config("b", "example.com/x"), "delete: ns/team")
    found = {type_: one.message for type_, one in conditions(outcome).items()}
    assert found == {
        "NamespaceContentRemaining": "Some resources are remaining: configmaps. has 2 resource instances",
        "NamespaceFinalizersRemaining": (
            "Some content in the namespace has finalizers remaining: example.com/x in 2 resource instances"
        ),
    }
    assert goings(outcome) == []


def test_objects_of_custom_kinds_go_too() -> None:
    defined = (
        "apply: {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, "
        "metadata: {name: widgets.example.com}, spec: {group: example.com, scope: Namespaced, "
        "names: {kind: Widget, plural: widgets}, versions: [{name: v1, served: true, storage: true, "
        "schema: {openAPIV3Schema: {type: object}}}]}}"
    )
    made = "apply: {apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: team}}"
    assert len(goings(played(defined, made, "delete: ns/team"))) == 2


def test_nothing_is_said_in_a_namespace_on_its_way_out() -> None:
    outcome = played(pod(), "delete: ns/team")
    said = [record for record in outcome.steps[-1].records if isinstance(record.subject, Event)]
    assert all(record.type == "DELETED" for record in said)


def test_the_finalizer_of_a_namespace_cannot_be_patched_away() -> None:
    outcome = played(
        config("a", "example.com/x"),
        "delete: ns/team",
        "patch: ns/team\ntype: merge\nwith: {spec: {finalizers: null}}",
    )
    assert goings(outcome) == []


def test_a_namespace_can_be_made_again_once_it_is_gone() -> None:
    outcome = played(config(), "delete: ns/team", TEAM, config())
    assert [step.rejected for step in outcome.steps] == [None] * 5


def test_namespaces_that_a_cluster_needs_stay() -> None:
    outcome = played("delete: ns/default")
    assert outcome.steps[-1].rejected == (
        'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted'
    )
