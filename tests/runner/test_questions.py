"""The questions of `expect`: each answered yes, and no with what was found instead."""

from __future__ import annotations

import pytest
from playing import config, last, played, web

from harness.errors import ScenarioError

SET = f"apply: {web('2')}"
PLACE = "scenarios/tried.yaml:"


def asked(question: str, *before: str, cluster: str = "nodes: 1") -> str:
    """What is answered to a question: nothing for yes, otherwise the sentence after its place."""
    step = last(*before, f"expect:\n- {question}", cluster=cluster)
    assert step.held is (step.text == "")
    if not step.text:
        return ""
    assert step.text.startswith(PLACE)
    return step.text.split(": ", 1)[1]


def the_set(fields: str) -> str:
    return f"{{kind: StatefulSet, metadata: {{name: web}}, {fields}}}"


YES = [
    the_set("spec: {replicas: 2}"),
    the_set("status: {readyReplicas: 2, collisionCount: 0}"),
    the_set("spec: {minReadySeconds: 0}, status: {conditions: [], nothing: null}"),
    the_set("spec: {template: {spec: {containers: [{name: c, image: 'app:v1'}]}}}"),
    "{kind: Pod, metadata: {name: web-0, labels: {app: web}}, status: {conditions: [{type: Ready, status: 'True'}]}}",
    "{kind: Node, metadata: {name: node-1}}",
    "{absent: pod/web-2}",
    "{event: {object: sts/web, reason: SuccessfulCreate}}",
    "{event: {object: sts/web, message: '…Pod web-1 in StatefulSet web…'}}",
    "{event: {reason: Scheduled, message: 'Successfully assigned … to node-1'}}",
    "{order: [pod/web-0 created, pod/web-0 scheduled, pod/web-0 ready, pod/web-1 created, pod/web-1 running]}",
    "{count: pods, is: 2}",
    "{count: pods, selector: app=web, where: ready, is: 2}",
    "{count: pods, selector: app=other, is: 0}",
    "{count: pods, atLeast: 1, atMost: 2}",
    "{count: nodes, where: ready, is: 1}",
    "{count: pods, where: cordoned, is: 0}",
    "{never: {kind: Pod, metadata: {name: web-2}}}",
    "{never: {count: pods, where: terminating, atLeast: 1}}",
    "{always: {absent: pod/web-2}}",
    "{always: {count: pods, atMost: 2}}",
]

NO = [
    (the_set("spec: {replicas: 3}"), "statefulset.apps/web: spec.replicas is 2, expected 3"),
    ("{kind: Pod, metadata: {name: web-7}}", "pod/web-7 does not exist"),
    (
        the_set("spec: {replica: 2}"),
        "statefulset.apps/web: spec.replica is not set, expected 2 (did you mean replicas?)",
    ),
    (
        the_set("spec: {template: {spec: {containers: [{name: d}]}}}"),
        "statefulset.apps/web: spec.template.spec.containers has no 'd'",
    ),
    (
        "{kind: Pod, metadata: {name: web-0}, status: {conditions: [{type: Ready, status: 'False'}]}}",
        'pod/web-0: status.conditions[Ready].status is "True", expected "False"',
    ),
    (
        "{kind: Pod, metadata: {name: web-0}, spec: {containers: [{name: c, args: [a, b]}]}}",
        'pod/web-0: spec.containers[c].args is not set, expected ["a", "b"]',
    ),
    ("{kind: Pod, metadata: {name: web-0}, spec: {priority: false}}", "pod/web-0: spec.priority is 0, expected false"),
    ("{absent: pod/web-0}", "pod/web-0 is still there"),
    (
        "{event: {object: sts/web, reason: FailedCreate}}",
        "no such event was seen; there was ",
    ),
    (
        "{event: {reason: Scheduled, message: 'Successfully assigned … to node-2'}}",
        "no such event was seen; there was pod/web-0 Scheduled: Successfully assigned default/web-0 to node-1; "
        "pod/web-1 Scheduled: Successfully assigned default/web-1 to node-1",
    ),
    (
        "{order: [pod/web-1 created, pod/web-0 created]}",
        "expected pod/web-0 created after pod/web-1 created: it happened earlier",
    ),
    ("{order: [pod/web-0 deleted]}", "expected pod/web-0 deleted: it did not happen"),
    ("{count: pods, is: 3}", "there are 2 pods, expected exactly 3"),
    ("{count: pods, atLeast: 3}", "there are 2 pods, expected at least 3"),
    ("{count: pods, atMost: 1}", "there are 2 pods, expected at most 1"),
    (
        "{count: pods, selector: app=web, where: pending, is: 1}",
        "there are 0 pending pods with app=web, expected exactly 1",
    ),
    ("{never: {count: pods, is: 1}}", "it was so at +"),
    ("{always: {count: pods, is: 2}}", "there are 0 pods, expected exactly 2 at +0.000s"),
]


@pytest.mark.parametrize("question", YES)
def test_what_is_so_is_answered_yes(question: str) -> None:
    assert asked(question, SET) == ""


@pytest.mark.parametrize(("question", "answer"), NO)
def test_what_is_not_so_is_answered_with_what_was_found(question: str, answer: str) -> None:
    found = asked(question, SET)
    assert found != ""
    assert found.startswith(answer)


def test_a_no_stands_where_its_question_stands() -> None:
    step = last(SET, "expect:\n- {absent: pod/web-9}\n- {count: pods, is: 9}")
    assert step.text.startswith("scenarios/tried.yaml:6:5: ")


def test_every_question_that_is_answered_no_is_told() -> None:
    step = last(SET, "expect:\n- {absent: pod/web-0}\n- {count: pods, is: 2}\n- {count: pods, is: 9}")
    assert len(step.text.splitlines()) == 2


def test_one_no_fails_the_scenario() -> None:
    assert played(SET, "expect: [{count: pods, is: 2}, {count: pods, is: 9}]").failed


def test_what_comes_after_a_no_is_played_all_the_same() -> None:
    assert last("expect: [{count: pods, is: 9}]", f"create: {config()}").message == "configmap/a created"


# How far a question looks back

SCALED = "scale: sts/web\nreplicas: 1"


def test_an_event_is_looked_for_in_the_last_step_only() -> None:
    assert asked("{event: {object: pod/web-0, reason: Scheduled}}", SET, SCALED).startswith("no such event was seen")


def test_an_event_can_be_looked_for_since_the_start() -> None:
    assert asked("{event: {object: pod/web-0, reason: Scheduled}, ever: true}", SET, SCALED) == ""


def test_an_order_is_looked_for_in_the_last_step_only() -> None:
    assert asked("{order: [pod/web-0 created]}", SET, SCALED).endswith("it did not happen")


def test_an_expect_between_is_no_step_to_look_back_to() -> None:
    assert asked("{order: [pod/web-1 deleted]}", SET, SCALED, "expect: [{count: pods, is: 1}]") == ""


def test_never_begins_with_how_the_step_found_things() -> None:
    assert asked("{never: {count: pods, is: 2}}", SET, SCALED).startswith("it was so at +")


def test_never_does_not_look_at_what_came_before_that() -> None:
    assert asked("{never: {absent: cm/b}}", f"create: [{config('a')}, {config('b')}]", "wait: 1s") == ""


def test_never_does_not_look_at_earlier_steps() -> None:
    assert asked("{never: {count: pods, is: 1}}", SET, "wait: 10s") == ""


def test_always_tells_when_it_was_not_so() -> None:
    answer = asked("{always: {count: pods, is: 2}}", SET, SCALED)
    assert answer.startswith("there are 1 pods, expected exactly 2 at +")


def test_a_moment_in_the_middle_of_a_step_is_seen() -> None:
    assert asked("{never: {absent: pod/web-0}}", SET, "delete: pod/web-0").startswith("it was so at +")


def test_a_question_about_another_namespace_is_not_answered_from_this_one() -> None:
    step = last(SET, "expect: [{count: pods, is: 2}]\nnamespace: kube-system")
    assert step.text.endswith("there are 0 pods, expected exactly 2")


# Words that mean nothing, and moments that are one


@pytest.mark.parametrize("question", ["{count: pods, where: reddy, is: 0}", "{never: {order: [pod/web-0 reddy]}}"])
def test_a_word_that_does_not_exist_is_never_answered_yes(question: str) -> None:
    with pytest.raises(ScenarioError, match="reddy"):
        asked(question, SET)


def test_what_one_write_made_so_is_not_said_to_have_happened_earlier() -> None:
    assert "earlier" not in asked("{order: [pod/web-0 running, pod/web-0 ready]}", SET)


# The network

NET = (
    "apply: [{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, "
    "ports: [{port: 80}]}}, "
    f"{web('2')}, "
    "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: shut}, spec: {podSelector: {}, "
    "policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}}, "
    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {rules: [{host: a.com, "
    "http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}]"
)
OF_THE_NETWORK = [
    ("{dns: web.default.svc.cluster.local, resolves: [pod/web-0, pod/web-1]}", ""),
    ("{dns: web-1.web, from: pod/web-0, resolves: [pod/web-1]}", ""),
    ("{dns: web-2.web, from: pod/web-0, resolves: []}", ""),
    ("{never: {dns: web-2.web.default.svc.cluster.local, resolves: [pod/web-2]}}", ""),
    ("{from: pod/web-0, to: pod/web-1, port: 80}", ""),
    ("{from: 203.0.113.1, to: pod/web-1, port: 81, allowed: false}", ""),
    ("{never: {from: pod/web-0, to: pod/web-1, port: 81}}", ""),
    ("{url: 'http://a.com/x', serves: svc/web}", ""),
    ("{always: {url: 'http://b.com/', serves: null}}", ""),
    (
        "{dns: web.default.svc.cluster.local, resolves: [pod/web-0]}",
        "web.default.svc.cluster.local resolves to pod/web-0, pod/web-1, expected pod/web-0: service/web is headless",
    ),
    (
        "{dns: web, resolves: [service/web]}",
        "web resolves to nothing, expected service/web: web is no name of the cluster: those end in "
        ".svc.cluster.local or .pod.cluster.local; a short name is looked up by a pod: say which with from",
    ),
    ("{dns: web, from: pod/web-9, resolves: []}", "there is no pod/web-9; did you mean pod/web-"),
    (
        "{from: pod/web-0, to: pod/web-1, port: 81}",
        "pod/web-0 to pod/web-1, port 81/TCP, is not allowed, expected allowed: "
        "netpol/shut does not let it enter pod/web-1",
    ),
    ("{from: pod/web-0, to: service/wbe, port: 80}", "there is no service/wbe; did you mean service/web?"),
    ("{from: pod/web-0, to: pod/web-1, port: amqp}", "pod/web-1 has no port named amqp of protocol TCP"),
    (
        "{url: 'http://b.com/', serves: service/web}",
        "http://b.com/ is served by nothing, expected service/web: no ingress has a rule for b.com; "
        "there are rules for a.com",
    ),
    ("{url: 'http://a.com/', serves: null}", "http://a.com/ is served by service/web, expected nothing: ing/shop"),
]


@pytest.mark.parametrize(("question", "answer"), OF_THE_NETWORK)
def test_the_network_is_asked_like_everything_else(question: str, answer: str) -> None:
    found = asked(question, NET)
    assert found.startswith(answer)
    assert bool(found) is bool(answer)
