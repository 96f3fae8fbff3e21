"""Every verb, and the words kubectl prints for it: on stdout, and on stderr where it fails or only warns."""

from __future__ import annotations

import re

import pytest
from playing import config, last, played, web

from harness.runner.verbs import VERBS

CREATED = f"create: {web()}"
APPLIED = f"apply: {web()}"
NO_SUCH_SET = 'Error from server (NotFound): statefulsets.apps "nope" not found'
MISSING_ANNOTATION = (
    "Warning: resource statefulsets/web is missing the kubectl.kubernetes.io/last-applied-configuration annotation "
    "which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by "
    "either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
)
NOT_UPDATING_ANNOTATION = (
    "Warning: resource statefulsets/web was previously managed with 'kubectl apply'. Rolling back will not update the "
    "kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future "
    "'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead."
)
IMMEDIATE = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely."
)

# What was done before, the step, what it prints.
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}"

DONE = [
    ([], f"apply: {web()}", "statefulset.apps/web created"),
    ([APPLIED], f"apply: {web()}", "statefulset.apps/web unchanged"),
    ([APPLIED], f"apply: {web('2')}", "statefulset.apps/web configured"),
    ([], f"apply: [{config('a')}, {config('b')}]", "configmap/a created\nconfigmap/b created"),
    ([], f"create: {web()}", "statefulset.apps/web created"),
    ([], f"apply: {config('a')}\nserverSide: true", "configmap/a serverside-applied"),
    ([APPLIED], f"apply: {web('2')}\nserverSide: true", "statefulset.apps/web serverside-applied"),
    ([CREATED], f"replace: {web('2')}", "statefulset.apps/web replaced"),
    (
        [CREATED],
        f"replace: {web('2')}\nforce: true",
        'statefulset.apps "web" deleted from default namespace\nstatefulset.apps/web replaced',
    ),
    ([], f"replace: {config('a')}\nforce: true", "configmap/a replaced"),
    ([], f"replace: {SERVICE}", "service/web replaced"),
    ([CREATED], "delete: sts/web", 'statefulset.apps "web" deleted from default namespace'),
    ([CREATED], f"delete: {web()}", 'statefulset.apps "web" deleted from default namespace'),
    ([], "delete: node/node-1", 'node "node-1" deleted'),
    (
        [APPLIED],
        "evict: pod/web-0",
        '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}',
    ),
    (
        [APPLIED],
        "drain: node-1",
        "node/node-1 cordoned\nevicting pod default/web-0\npod/web-0 evicted\nnode/node-1 drained",
    ),
    ([CREATED], "load: sts/web\ncpu: 250m\nmetrics: {queue: 5}", ""),
    (["cordon: node-1"], "drain: node-1", "node/node-1 already cordoned\nnode/node-1 drained"),
    ([CREATED], "delete: pods\nselector: app=web", 'pod "web-0" deleted from default namespace'),
    ([CREATED], "delete: pods\nselector: app=other", "No resources found"),
    ([CREATED], "scale: sts/web\nreplicas: 2", "statefulset.apps/web scaled"),
    ([CREATED], "scale: sts/web\nreplicas: 1", "statefulset.apps/web scaled"),
    ([CREATED], "patch: sts/web\npartition: 1", "statefulset.apps/web patched"),
    ([CREATED], "patch: sts/web\nwith: {spec: {replicas: 1}}", "statefulset.apps/web patched (no change)"),
    ([CREATED], "setImage: sts/web\nimages: {c: 'app:v2'}", "statefulset.apps/web image updated"),
    ([CREATED], "setImage: sts/web\nimages: {'*': 'app:v2'}", "statefulset.apps/web image updated"),
    ([CREATED], "setImage: pod/web-0\nimages: {c: 'app:v2'}", "pod/web-0 image updated"),
    ([CREATED], "setImage: sts/web\nimages: {c: 'app:v1'}", ""),
    ([CREATED], "rollout: restart\nof: sts/web", "statefulset.apps/web restarted"),
    ([CREATED], "kubectl: scale sts web --replicas=2", "statefulset.apps/web scaled"),
    (
        [CREATED, "setImage: sts/web\nimages: {c: 'app:v2'}"],
        "rollout: undo\nof: sts/web",
        "statefulset.apps/web rolled back",
    ),
    (
        [CREATED, "setImage: sts/web\nimages: {c: 'app:v2'}"],
        "rollout: undo\nof: sts/web\ntoRevision: 1",
        "statefulset.apps/web rolled back",
    ),
    (
        [CREATED],
        "rollout: undo\nof: sts/web\ntoRevision: 1",
        "statefulset.apps/web skipped rollback (current template already matches revision 1)",
    ),
    ([CREATED], "label: pod/web-0\nset: {tier: front}", "pod/web-0 labeled"),
    ([CREATED], "label: pod/web-0\nset: {app: null}", "pod/web-0 unlabeled"),
    ([CREATED], "label: pod/web-0\nset: {app: null, tier: front}", "pod/web-0 modified"),
    ([CREATED], "label: pod/web-0\nset: {app: web}", "pod/web-0 not labeled"),
    ([CREATED], "label: pod/web-0\nset: {tier: null}", 'label "tier" not found.\npod/web-0 not labeled'),
    ([], "label: node/node-1\nset: {disk: ssd}", "node/node-1 labeled"),
    ([CREATED], "annotate: sts/web\nset: {why: test}", "statefulset.apps/web annotated"),
    ([CREATED], "annotate: sts/web\nset: {why: null}", "statefulset.apps/web annotated"),
    ([], "taint: node-1\nset: ['disk=slow:NoSchedule']", "node/node-1 tainted"),
    (["taint: node-1\nset: ['disk=slow:NoSchedule']"], "taint: node-1\nset: [disk-]", "node/node-1 untainted"),
    ([], "cordon: node-1", "node/node-1 cordoned"),
    (["cordon: node-1"], "cordon: node-1", "node/node-1 already cordoned"),
    (["cordon: node-1"], "uncordon: node-1", "node/node-1 uncordoned"),
    ([], "uncordon: node-1", "node/node-1 already uncordoned"),
    ([], "images: {'app:v1': {ready: never}}", ""),
    ([], "paths: node-1\nset: {/data: file}", ""),
    ([], "fail: node/node-1", ""),
    ([CREATED], "fail: pod/web-0\nexit: 3", ""),
    (["fail: node/node-1"], "recover: node/node-1", ""),
]

# What was done before, the step, what it complains of.
REFUSED = [
    (
        [CREATED],
        f"create: {web()}",
        'Error from server (AlreadyExists): error when creating "STDIN": statefulsets.apps "web" already exists',
    ),
    (
        [],
        f"apply: {web(more=', replica: 2')}",
        'Error from server (BadRequest): error when creating "STDIN": StatefulSet in version "v1" cannot be handled as '
        'a StatefulSet: strict decoding error: unknown field "spec.replica"',
    ),
    (
        [],
        f"apply: {web('-1')}",
        'The StatefulSet "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ),
    (
        [],
        f"apply: {web('-1', more=', minReadySeconds: -1')}",
        'The StatefulSet "web" is invalid: \n'
        "* spec.replicas: Invalid value: -1: must be greater than or equal to 0\n"
        "* spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
    ),
    (
        [],
        f"apply: {config()}\nnamespace: nowhere",
        'Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found',
    ),
    (
        [],
        "apply: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: kube-public}}\nnamespace: kube-system",
        'error: the namespace from the provided object "kube-public" does not match the namespace "kube-system". '
        "You must pass '--namespace=kube-public' to perform this operation.",
    ),
    (
        [],
        "apply: {apiVersion: apps/v2, kind: StatefulSet, metadata: {name: web}}",
        'error: resource mapping not found for name: "web" namespace: "" from "STDIN": '
        'no matches for kind "StatefulSet" in version "apps/v2"\nensure CRDs are installed first',
    ),
    (
        [],
        "apply: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {tier: true}}}",
        'error: unable to decode "STDIN": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels '
        "of type string",
    ),
    ([], "delete: sts/nope", NO_SUCH_SET),
    ([], "delete: pod/nope", 'Error from server (NotFound): pods "nope" not found'),
    ([], "delete: node/nope", 'Error from server (NotFound): nodes "nope" not found'),
    (
        [],
        "delete: namespace/default",
        'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted',
    ),
    ([], "scale: sts/nope\nreplicas: 2", NO_SUCH_SET),
    (
        [],
        "scale: node/node-1\nreplicas: 2",
        "Error from server (NotFound): the server could not find the requested resource",
    ),
    ([], "patch: sts/nope\nwith: {spec: {replicas: 2}}", NO_SUCH_SET),
    (
        [CREATED],
        "patch: sts/web\nwith: {spec: {replicas: x}}",
        'The request is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32',
    ),
    (
        [CREATED],
        "patch: sts/web\ntype: json\nwith: [{op: test, path: /spec/replicas, value: 7}]",
        "The request is invalid: the server rejected our request due to an error in our request",
    ),
    (
        [CREATED],
        "patch: sts/web\ntype: merge\nwith: {metadata: {resourceVersion: '1'}, spec: {replicas: 2}}",
        'Error from server (Conflict): Operation cannot be fulfilled on statefulsets.apps "web": the object has been '
        "modified; please apply your changes to the latest version and try again",
    ),
    ([], "paths: nope\nset: {/data: file}", 'Error from server (NotFound): nodes "nope" not found'),
    ([], "setImage: sts/nope\nimages: {c: 'app:v2'}", NO_SUCH_SET),
    ([CREATED], "setImage: sts/web\nimages: {d: 'app:v2'}", 'error: unable to find container named "d"'),
    ([], "rollout: restart\nof: sts/nope", NO_SUCH_SET),
    ([], "rollout: undo\nof: sts/nope", NO_SUCH_SET),
    ([CREATED], "rollout: undo\nof: sts/web", "error: no last revision to roll back to"),
    (
        [CREATED],
        "rollout: undo\nof: sts/web\ntoRevision: 7",
        "error: unable to find specified revision 7 in history",
    ),
    (
        [APPLIED],
        "rollout: undo\nof: sts/web\ntoRevision: 7",
        f"{NOT_UPDATING_ANNOTATION}\nerror: unable to find specified revision 7 in history",
    ),
    ([CREATED], "rollout: pause\nof: sts/web", 'error: statefulsets.apps "web" pausing is not supported'),
    ([CREATED], "rollout: resume\nof: sts/web", 'error: statefulsets.apps "web" resuming is not supported'),
    ([CREATED], "rollout: undo\nof: pod/web-0", 'error: no rollbacker has been implemented for "Pod"'),
    ([CREATED], "rollout: restart\nof: pod/web-0", 'error: pods "web-0" restarting is not supported'),
    ([], "label: sts/nope\nset: {a: b}", NO_SUCH_SET),
    ([], "annotate: sts/nope\nset: {a: b}", NO_SUCH_SET),
    ([], "taint: nope\nset: ['a=b:NoSchedule']", 'Error from server (NotFound): nodes "nope" not found'),
    ([], "taint: node-1\nset: ['a:NoSchedule-']", 'error: taint "a:NoSchedule" not found'),
    (
        [],
        f"replace: {config('a')}",
        'Error from server (NotFound): error when replacing "STDIN": configmaps "a" not found',
    ),
    (
        [f"create: {config('a')}"],
        "replace: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, resourceVersion: '1'}}",
        'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "a": '
        "the object has been modified; please apply your changes to the latest version and try again",
    ),
    (
        [],
        "apply: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, date: {a: b}}\nserverSide: true",
        "Error from server: failed to create typed patch object (default/a; v1, Kind=ConfigMap): .date: field not "
        "declared in schema",
    ),
    ([], "cordon: nope", 'Error from server (NotFound): nodes "nope" not found'),
    ([], "uncordon: nope", 'Error from server (NotFound): nodes "nope" not found'),
]

# What was done before, the step, what it prints, what it warns of.
WARNED = [
    ([CREATED], f"apply: {web('2')}", "statefulset.apps/web configured", MISSING_ANNOTATION),
    (
        [CREATED],
        "patch: sts/web\nwith: {spec: {replica: 2}}",
        "statefulset.apps/web patched (no change)",
        'Warning: unknown field "spec.replica"',
    ),
    (
        [APPLIED, "setImage: sts/web\nimages: {c: 'app:v2'}"],
        "rollout: undo\nof: sts/web",
        "statefulset.apps/web rolled back",
        NOT_UPDATING_ANNOTATION,
    ),
    (
        [CREATED],
        "delete: pod/web-0\ngracePeriod: 0",
        'pod "web-0" force deleted from default namespace',
        IMMEDIATE,
    ),
]


@pytest.mark.parametrize(("before", "step", "message"), DONE)
def test_what_is_done_is_said_as_kubectl_says_it(before: list[str], step: str, message: str) -> None:
    done = last(*before, step)
    assert (done.message, done.rejected, done.warned) == (message, None, "")


@pytest.mark.parametrize(("before", "step", "complaint"), REFUSED)
def test_what_is_refused_is_said_as_kubectl_says_it(before: list[str], step: str, complaint: str) -> None:
    done = last(*before, step)
    assert (done.message, done.rejected, done.warned) == ("", complaint, "")


@pytest.mark.parametrize(("before", "step", "message", "warning"), WARNED)
def test_what_is_warned_of_is_no_failure(before: list[str], step: str, message: str, warning: str) -> None:
    done = last(*before, step)
    assert (done.message, done.rejected, done.warned) == (message, None, warning)


def test_every_verb_is_played_above() -> None:
    played_here = {step.partition(":")[0] for _, step, _ in DONE}
    assert played_here == {verb.action.verb for verb in VERBS.values()}


def test_every_verb_has_a_sentence_and_an_example_of_itself() -> None:
    assert [verb.action.verb for verb in VERBS.values() if f"{verb.action.verb}:" not in verb.example] == []
    assert all(verb.sentence.endswith(".") for verb in VERBS.values())


def test_setting_and_removing_taints_at_once_is_a_modification() -> None:
    done = last("taint: node-1\nset: ['disk=slow:NoSchedule']", "taint: node-1\nset: ['old=yes:NoSchedule', disk-]")
    assert done.message == "node/node-1 modified"


def test_a_generated_name_is_said_in_full() -> None:
    done = last("create: {apiVersion: v1, kind: ConfigMap, metadata: {generateName: a-}}")
    assert re.fullmatch(r"configmap/a-[a-z0-9]{5} created", done.message)


# More than one object


def test_one_refused_manifest_does_not_stop_the_others() -> None:
    done = last(f"create: {config('a')}", f"create: [{config('a')}, {config('b')}]")
    assert done.message == "configmap/b created"
    assert (
        done.rejected == 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "a" already exists'
    )


def test_one_missing_target_does_not_stop_the_others() -> None:
    done = last(f"create: {config('a')}", "delete: [cm/nope, cm/a]")
    assert done.message == 'configmap "a" deleted from default namespace'
    assert done.rejected == 'Error from server (NotFound): configmaps "nope" not found'


def test_a_selector_picks_in_its_own_namespace_only() -> None:
    done = last(
        "create: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: kube-public, labels: {x: y}}}",
        "delete: configmaps\nselector: x=y",
    )
    assert done.message == "No resources found"


# What a verb changes


def fields_after(*steps: str, fields: str, kind: str = "StatefulSet", name: str = "web") -> str:
    """What the question about these fields of an object finds missing; empty where all are there."""
    api_version = {"StatefulSet": "apps/v1"}.get(kind, "v1")
    question = f"expect: [{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: {name}}}, {fields}}}]"
    return last(*steps, question).text


@pytest.mark.parametrize(
    ("steps", "kind", "name", "fields"),
    [
        ([CREATED, "scale: sts/web\nreplicas: 2"], "StatefulSet", "web", "spec: {replicas: 2}"),
        (
            [CREATED, "patch: sts/web\npartition: 1"],
            "StatefulSet",
            "web",
            "spec: {updateStrategy: {rollingUpdate: {partition: 1}}}",
        ),
        (
            [CREATED, "patch: sts/web\nwith: {status: {collisionCount: 4}}\nsubresource: status\nsettle: false"],
            "StatefulSet",
            "web",
            "status: {collisionCount: 4}",
        ),
        (
            [CREATED, "setImage: sts/web\nimages: {'*': 'app:v2'}"],
            "Pod",
            "web-0",
            "spec: {containers: [{name: c, image: 'app:v2'}]}",
        ),
        (
            [CREATED, "setImage: sts/web\nimages: {c: 'app:v2'}", "rollout: undo\nof: sts/web"],
            "Pod",
            "web-0",
            "spec: {containers: [{name: c, image: 'app:v1'}]}",
        ),
        (
            [CREATED, *(f"setImage: sts/web\nimages: {{c: 'app:v{n}'}}" for n in (2, 3)), "rollout: undo\nof: sts/web"],
            "Pod",
            "web-0",
            "spec: {containers: [{name: c, image: 'app:v2'}]}",
        ),
        (["cordon: node-1"], "Node", "node-1", "spec: {unschedulable: true}"),
        (
            ["taint: node-1\nset: ['disk=slow:NoSchedule']"],
            "Node",
            "node-1",
            "spec: {taints: [{key: disk, value: slow, effect: NoSchedule}]}",
        ),
    ],
)
def test_a_verb_changes_what_it_says(steps: list[str], kind: str, name: str, fields: str) -> None:
    assert fields_after(*steps, fields=fields, kind=kind, name=name) == ""


def test_a_restart_is_a_new_revision_and_a_new_pod() -> None:
    done = played(CREATED, "rollout: restart\nof: sts/web", "expect: [order: [pod/web-0 deleted, pod/web-0 ready]]")
    assert not done.failed


def test_removing_a_taint_without_its_effect_removes_every_effect() -> None:
    done = played(
        "taint: node-1\nset: ['disk=slow:NoSchedule', 'disk=slow:NoExecute', 'old:NoSchedule']",
        "taint: node-1\nset: [disk-]",
    )
    (node,) = (obj for obj in done.objects if obj.kind == "Node")
    assert [taint.key for taint in node.spec.taints] == ["old"]  # type: ignore[attr-defined]


def test_a_taint_takes_the_place_of_one_of_the_same_key_and_effect() -> None:
    done = played("taint: node-1\nset: ['disk=slow:NoSchedule']", "taint: node-1\nset: ['disk=dead:NoSchedule']")
    (node,) = (obj for obj in done.objects if obj.kind == "Node")
    assert [taint.value for taint in node.spec.taints] == ["dead"]  # type: ignore[attr-defined]


def test_images_change_how_running_containers_behave() -> None:
    probe = "readinessProbe: {exec: {command: [ready]}, periodSeconds: 1}"
    pod = (
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, "
        f"spec: {{containers: [{{name: c, image: 'app:v1', {probe}}}]}}}}"
    )
    done = last(f"create: {pod}", "images: {'app:v1': {ready: never}}", "expect: [order: [pod/p unready]]")
    assert done.text == ""


def test_what_is_orphaned_outlives_its_owner() -> None:
    done = last(
        CREATED, "delete: sts/web\ncascade: orphan", "expect: [{absent: sts/web}, {count: pods, where: ready, is: 1}]"
    )
    assert done.text == ""


def test_what_is_deleted_in_the_foreground_goes_after_its_pods() -> None:
    done = last(
        CREATED, "delete: sts/web\ncascade: foreground", "expect: [order: [pod/web-0 deleted, sts/web deleted]]"
    )
    assert done.text == ""


# How a step is told


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (f"apply: {web()}", "apply statefulset/web"),
        (f"create: [{config('a')}, {config('b')}]", "create configmap/a configmap/b"),
        (
            f"apply: [{', '.join(config(name) for name in 'abcdef')}]",
            "apply configmap/a configmap/b configmap/c and 3 more",
        ),
        ("delete: [pod/a, pod/b]\ncascade: orphan\ngracePeriod: 3", "delete pod/a pod/b cascade=orphan gracePeriod=3"),
        ("delete: pods\nselector: app=web", "delete pods -l app=web"),
        ("scale: sts/web\nreplicas: 5", "scale sts/web replicas=5"),
        ("patch: sts/web\npartition: 2", "patch sts/web partition=2"),
        ("patch: sts/web\nwith: {b: 1, a: 2}\ntype: merge", 'patch sts/web type=merge {"a": 2, "b": 1}'),
        ("setImage: sts/web\nimages: {c: 'app:v2'}", "set image sts/web c=app:v2"),
        ("rollout: undo\nof: sts/web\ntoRevision: 3", "rollout undo sts/web toRevision=3"),
        ("label: pod/a\nset: {tier: front, stale: null}", "label pod/a tier=front stale-"),
        ("taint: node-1\nset: ['a=b:NoSchedule', 'old-']", "taint node/node-1 a=b:NoSchedule old-"),
        ("cordon: node-1", "cordon node/node-1"),
        ("kubectl: get pods -A", "kubectl get pods -A"),
        ("wait: 90s", "wait 1m30s"),
        ("scale: sts/web\nreplicas: 5\nnamespace: team", "scale sts/web replicas=5 (namespace team)"),
        ("expect: [{absent: pod/a}]", "expect"),
    ],
)
def test_a_step_is_told_in_one_line(step: str, told: str) -> None:
    assert last(step).did == told


def test_a_manifest_that_cannot_be_compared_is_not_sent() -> None:
    before, after = (
        f"apply: {{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{ports: [{{{key}: 80}}]}}}}"
        for key in ("port", "nodePort")
    )
    rejected = last(before, after).rejected or ""
    complaint = "map: map[nodePort:80] does not contain declared merge key: port"
    assert rejected.startswith(
        f"warning: error calculating patch from openapi v3 spec: {complaint}\n"
        f"warning: error calculating patch from openapi spec: {complaint}\n"
        "error: error when applying patch:\n\nto:\n"
        'Resource: "/v1, Resource=services", GroupVersionKind: "/v1, Kind=Service"\n'
        'Name: "web", Namespace: "default"\n'
        'for: "STDIN": error when patching "STDIN": creating patch with:\noriginal:\n{"apiVersion":"v1",'
    )
    assert rejected.endswith(f"\nfor: {complaint}")


def test_what_was_saved_from_a_cluster_can_be_applied_to_another() -> None:
    step = last("apply: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, resourceVersion: '7'}}")
    assert step.message == "configmap/a created"
