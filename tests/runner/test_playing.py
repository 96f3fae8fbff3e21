"""A scenario from its first step to its last: what is refused beforehand, what fails, what is told at the end."""

from __future__ import annotations

import pytest
from playing import config, last, played, read, web

from harness.errors import ScenarioError
from harness.kernel.trace import Record
from harness.objects.event import Event
from harness.runner import play, unplayable

# Rejections


def test_a_rejection_that_was_foreseen_is_no_failure() -> None:
    assert not played("delete: pod/nope\nrejected: true").failed


def test_a_rejection_that_does_not_come_fails_the_scenario() -> None:
    outcome = played(f"create: {config()}\nrejected: true", "wait: 1s")
    assert [step.failed for step in outcome.steps] == [True, False]
    assert outcome.failed


def test_a_rejection_nobody_spoke_of_is_no_failure_and_ends_nothing() -> None:
    outcome = played("delete: pod/nope", f"create: {config()}")
    assert (outcome.failed, outcome.steps[-1].message) == (False, "configmap/a created")


def test_one_rejected_object_among_several_is_a_rejection() -> None:
    assert not played(f"create: {config('a')}", f"create: [{config('a')}, {config('b')}]\nrejected: true").failed


def test_a_warning_is_no_rejection() -> None:
    assert played(f"create: {web()}", f"apply: {web('2')}\nrejected: true").failed


# What is read but not played

UNPLAYED_STEPS = ["kubectl: get pods", "load: sts/web\ncpu: 80%"]
UNPLAYED_QUESTIONS = [
    ("{dns: web.default.svc.cluster.local, resolves: [pod/web-0]}", "dns"),
    ("{from: pod/a, to: pod/b, port: 80}", "from"),
    ("{url: 'http://example.com/', serves: service/x}", "url"),
]


@pytest.mark.parametrize("step", UNPLAYED_STEPS)
def test_a_verb_that_is_not_played_is_refused_with_its_place_and_those_that_are(step: str) -> None:
    verb = step.partition(":")[0]
    with pytest.raises(ScenarioError) as caught:
        play(read("wait: 1s", step))
    text = str(caught.value)
    assert text.startswith(f"scenarios/tried.yaml:4:3: the verb `{verb}` is not played yet; these are: annotate, apply")
    assert "expect" in text
    assert "wait" in text


@pytest.mark.parametrize(("question", "word"), UNPLAYED_QUESTIONS)
@pytest.mark.parametrize("around", ["{}", "{{never: {}}}", "{{always: {}}}"])
def test_a_question_that_cannot_be_answered_is_refused_with_its_place(question: str, word: str, around: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^scenarios/tried\.yaml:4:5: `expect` cannot answer `{word}` yet$"):
        play(read(f"expect:\n- {around.format(question)}"))


def test_server_side_apply_is_refused_with_its_place() -> None:
    with pytest.raises(ScenarioError, match=r"^scenarios/tried\.yaml:3:3: `serverSide: true` is not played yet"):
        play(read(f"apply: {config()}\nserverSide: true"))


def test_nothing_happens_before_a_refusal() -> None:
    asked: list[str] = []

    def chooser(what: str, _count: int) -> int:
        asked.append(what)
        return 0

    with pytest.raises(ScenarioError):
        play(read(f"apply: {web()}", "load: sts/web\ncpu: 80%", cluster="nodes: 3"), chooser=chooser)
    assert asked == []


def test_everything_that_cannot_be_played_is_complained_about_in_order() -> None:
    complaints = unplayable(read(*UNPLAYED_STEPS, "expect:\n- {url: 'http://example.com/', serves: service/x}"))
    assert [complaint.line for complaint in complaints] == [3, 4, 7]


def test_what_can_be_played_gives_no_complaint() -> None:
    assert unplayable(read(f"apply: {web()}", "wait: 1s", "expect: [{absent: pod/a}]")) == ()


# The outcome


def test_one_scenario_always_has_one_outcome() -> None:
    steps = (f"apply: {web('3')}", "setImage: sts/web\nimages: {c: 'app:v2'}", "delete: pod/web-1")
    assert played(*steps, cluster="nodes: 3") == played(*steps, cluster="nodes: 3")


def test_the_records_of_all_steps_are_the_whole_trace() -> None:
    outcome = played(f"apply: {web()}\nsettle: false", "expect: [{absent: pod/x}]", "wait: 5s", "delete: sts/web")
    records: list[Record] = [*outcome.before]
    for step in outcome.steps:
        records += step.records
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))


def test_every_record_of_a_step_lies_within_its_time() -> None:
    for step in played(f"apply: {web('2')}", "wait: 5s", "delete: sts/web").steps:
        assert all(step.began_ms <= record.time_ms <= step.settled_ms for record in step.records)


def test_a_cluster_begins_with_its_nodes_and_nothing_else_to_tell() -> None:
    outcome = played("wait: 1s", cluster="nodes: 2")
    assert [(record.type, record.subject.metadata.name) for record in outcome.before] == [
        ("ADDED", "node-1"),
        ("ADDED", "node-2"),
    ]


def test_what_there_is_at_the_end_leaves_out_events_and_what_the_server_made_itself() -> None:
    outcome = played(f"create: {web()}", "create: {apiVersion: v1, kind: Namespace, metadata: {name: team}}")
    assert [f"{obj.kind}/{obj.metadata.name}" for obj in outcome.objects if obj.kind != "ControllerRevision"] == [
        "Namespace/team",
        "Node/node-1",
        "Pod/web-0",
        "StatefulSet/web",
    ]
    assert any(isinstance(record.subject, Event) for record in outcome.steps[0].records)


def test_a_command_takes_a_little_time_for_each_of_its_requests() -> None:
    one = last(f"create: {config('a')}\nsettle: false").settled_ms
    two = last(f"create: [{config('a')}, {config('b')}]\nsettle: false").settled_ms
    assert (one > 0, two - one) == (True, 1)


def test_what_a_person_did_names_kubectl_as_its_cause() -> None:
    step = last(f"create: {config()}")
    assert [record.cause.actor for record in step.records if record.cause is not None] == ["kubectl"]


def test_a_namespace_beside_a_verb_is_where_its_objects_go() -> None:
    outcome = played(
        "create: {apiVersion: v1, kind: Namespace, metadata: {name: team}}", f"apply: {config()}\nnamespace: team"
    )
    assert [obj.metadata.namespace for obj in outcome.objects if obj.kind == "ConfigMap"] == ["team"]


def test_nodes_are_registered_as_their_kubelets_would() -> None:
    outcome = played("wait: 1s", cluster="nodes: [{name: a, labels: {disk: ssd}, taints: ['k=v:NoSchedule']}]")
    (node,) = outcome.objects
    assert node.metadata.labels == {
        "kubernetes.io/hostname": "a",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": "amd64",
        "disk": "ssd",
    }


def test_another_chooser_plays_another_run() -> None:
    scenario = read(f"apply: {web()}", cluster="nodes: 3")

    def node_of(outcome_objects: object) -> str:
        (name,) = (obj.spec.node_name for obj in outcome_objects if obj.kind == "Pod")  # type: ignore[attr-defined]
        return str(name)

    plain = node_of(play(scenario).objects)
    other = node_of(play(scenario, chooser=lambda _what, count: count - 1).objects)
    assert (plain, other) == ("node-1", "node-3")


def test_what_asks_the_server_nothing_takes_no_time() -> None:
    step = played("images: {'app:v1': {ready: never}}\nsettle: false").steps[0]
    assert step.began_ms == step.settled_ms
