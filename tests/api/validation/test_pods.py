"""What is refused in a pod, and which of its changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.objects.pod import (
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStatus,
    PodStatus,
    Toleration,
)

from .building import pod, pod_with, refused, refused_change

CHANGEABLE = (
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"
)
ENV_NAME = "a valid environment variable name must consist only of printable ASCII characters other than '='"


def test_a_plain_pod_is_accepted():
    assert refused(pod()) == []


@pytest.mark.parametrize(
    ("container", "problem"),
    [
        ({"name": ""}, "spec.containers[0].name: Required value"),
        ({"name": "a.b"}, 'spec.containers[0].name: Invalid value: "a.b": must not contain dots'),
        ({"image": ""}, "spec.containers[0].image: Required value"),
        (
            {"image": " i"},
            'spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace',
        ),
        (
            {"imagePullPolicy": "Sometimes"},
            'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": '
            'supported values: "Always", "IfNotPresent", "Never"',
        ),
        ({"ports": [{}]}, "spec.containers[0].ports[0].containerPort: Required value"),
        (
            {"ports": [{"containerPort": 70000}]},
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            {"ports": [{"containerPort": 1, "name": "a_b"}]},
            'spec.containers[0].ports[0].name: Invalid value: "a_b": '
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (
            {"ports": [{"containerPort": 1, "protocol": "X"}]},
            'spec.containers[0].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
        ),
        ({"env": [{"name": "a=b"}]}, f'spec.containers[0].env[0].name: Invalid value: "a=b": {ENV_NAME}'),
        (
            {"volumeMounts": [{"name": "v", "mountPath": "/a"}]},
            'spec.containers[0].volumeMounts[0].name: Not found: "v"',
        ),
        (
            {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
            'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        (
            {"resources": {"requests": {"memory": "-1"}}},
            'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
        ),
        ({"readinessProbe": {}}, "spec.containers[0].readinessProbe: Required value: must specify a handler type"),
        (
            {"livenessProbe": {"exec": {"command": ["x"]}, "successThreshold": 2}},
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        (
            {"lifecycle": {"preStop": {"exec": {"command": ["x"]}, "sleep": {"seconds": 1}}}},
            "spec.containers[0].lifecycle.preStop.sleep: Forbidden: may not specify more than 1 handler type",
        ),
    ],
)
def test_a_broken_container_is_refused_with_its_place(container, problem):
    assert refused(pod_with(container)) == [problem]


def test_a_pod_needs_a_container():
    assert refused(pod({"spec": {"containers": []}})) == ["spec.containers: Required value"]


def test_two_containers_do_not_share_a_name():
    twice = [{"name": "c", "image": "i"}] * 2
    assert refused(pod({"spec": {"containers": twice}})) == ['spec.containers[1].name: Duplicate value: "c"']


def test_a_path_is_mounted_once():
    mounts = [{"name": "v", "mountPath": "/a"}] * 2
    containers = [{"name": "c", "image": "i", "volumeMounts": mounts}]
    broken = pod({"spec": {"containers": containers, "volumes": [{"name": "v", "emptyDir": {}}]}})
    assert refused(broken) == ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique']


def test_a_volume_has_one_source_and_a_name_of_its_own():
    both = {"name": "v", "emptyDir": {}, "hostPath": {"path": "/x"}}
    assert refused(pod({"spec": {"volumes": [both]}})) == [
        "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"
    ]
    twice = [{"name": "v", "emptyDir": {}}] * 2
    assert refused(pod({"spec": {"volumes": twice}})) == ['spec.volumes[1].name: Duplicate value: "v"']


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"restartPolicy": "X"},
            'spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"',
        ),
        (
            {"dnsPolicy": "X"},
            'spec.dnsPolicy: Unsupported value: "X": '
            'supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
        ),
        (
            {"activeDeadlineSeconds": 0},
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
        ),
        (
            {"tolerations": [{"key": "k", "operator": "Exists", "value": "x"}]},
            "spec.tolerations[0].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'",
        ),
        (
            {"tolerations": [{"operator": "Equal"}]},
            'spec.tolerations[0].operator: Invalid value: "Equal": '
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
        (
            {"tolerations": [{"key": "k", "operator": "Exists", "effect": "X"}]},
            'spec.tolerations[0].effect: Unsupported value: "X": '
            'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        ),
    ],
)
def test_a_broken_spec_is_refused_with_its_place(spec, problem):
    assert refused(pod({"spec": spec})) == [problem]


def test_an_empty_topology_key_is_wrong_three_times():
    term = {"labelSelector": {}, "topologyKey": ""}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    path = "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey"
    first, second, third = refused(pod({"spec": {"affinity": affinity}}))
    assert first == f"{path}: Required value: can not be empty"
    assert second == f'{path}: Invalid value: "": name part must be non-empty'
    assert third.startswith(f'{path}: Invalid value: "": name part must consist of')


def test_all_problems_come_at_once_in_the_order_of_the_fields():
    broken = pod({"spec": {"restartPolicy": "X", "containers": [{"name": "", "image": "", "readinessProbe": {}}]}})
    assert [problem.partition(":")[0] for problem in refused(broken)] == [
        "spec.containers[0].name",
        "spec.containers[0].image",
        "spec.containers[0].readinessProbe",
        "spec.restartPolicy",
    ]


def test_the_image_of_a_pod_can_change():
    assert refused_change(pod_with({"image": "app:v2", "imagePullPolicy": "IfNotPresent"}), pod()) == []


def test_another_change_of_a_container_is_refused_and_shown():
    (problem,) = refused_change(pod_with({"command": ["sh"]}), pod())
    assert problem.startswith(CHANGEABLE + "@@ -")
    assert problem.endswith(
        ' @@\n   {\n    "Name": "c",\n    "Image": "app:v1",\n-   "Command": null,\n+   "Command": [\n'
        '+    "sh"\n+   ],\n'
        '    "Args": null,\n    "WorkingDir": "",\n    "Ports": null,\n'
    )


def test_another_change_of_the_spec_is_refused_and_shown():
    grace = {"spec": {"terminationGracePeriodSeconds": 1}}
    new = {"spec": {"terminationGracePeriodSeconds": 1, "restartPolicy": "Never"}}
    (problem,) = refused_change(pod(new), pod(grace))
    assert problem.endswith(
        ' @@\n   }\n  ],\n  "EphemeralContainers": null,\n- "RestartPolicy": "Always",\n+ "RestartPolicy": "Never",\n'
        '  "TerminationGracePeriodSeconds": 1,\n  "ActiveDeadlineSeconds": null,\n  "DNSPolicy": "ClusterFirst",\n'
    )


def test_containers_are_neither_added_nor_removed():
    more = [{"name": "c", "image": "app:v1"}, {"name": "extra", "image": "app:v1"}]
    assert refused_change(pod({"spec": {"containers": more}}), pod()) == [
        "spec.containers: Forbidden: pod updates may not add or remove containers"
    ]


def test_tolerations_can_be_added_but_not_taken_away():
    old = pod({"spec": {"tolerations": [{"key": "a", "operator": "Exists"}]}})
    added = replace(old.spec, tolerations=(*old.spec.tolerations, Toleration(key="b", operator="Exists")))
    assert refused_change(replace(old, spec=added), old) == []
    removed = replace(old.spec, tolerations=(Toleration(key="b", operator="Exists"),))
    assert refused_change(replace(old, spec=removed), old) == [
        "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
    ]


def test_a_deadline_only_comes_nearer():
    old, later, sooner = (pod({"spec": {"activeDeadlineSeconds": seconds}}) for seconds in (10, 20, 5))
    assert refused_change(sooner, old) == []
    assert refused_change(later, old) == [
        "spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value"
    ]


def test_a_container_that_ended_for_good_does_not_come_back():
    def at(state):
        never = pod({"spec": {"restartPolicy": "Never"}})
        return replace(never, status=PodStatus(container_statuses=(ContainerStatus(name="c", state=state),)))

    ended = at(ContainerState(terminated=ContainerStateTerminated(exit_code=0)))
    running = at(ContainerState(running=ContainerStateRunning()))
    assert refused_change(running, ended) == [
        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"
    ]


def test_a_new_pod_has_no_ephemeral_containers():
    debugged = pod({"spec": {"ephemeralContainers": [{"name": "debugger", "image": "debug:1"}]}})
    assert "spec.ephemeralContainers: Forbidden: cannot be set on create" in refused(debugged)


def test_a_gated_pod_has_no_node_yet():
    gated = pod({"spec": {"nodeName": "node-1", "schedulingGates": [{"name": "example.com/wait"}]}})
    assert refused(gated) == ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]


COST = "controller.kubernetes.io/pod-deletion-cost"


def costing(cost: str):
    plain = pod()
    return replace(plain, metadata=replace(plain.metadata, annotations={COST: cost}))


@pytest.mark.parametrize("cost", ["idle", "+1", "007", "1.5", "", "2147483648"])
def test_a_deletion_cost_has_to_be_a_number_of_32_bits(cost: str):
    problem = f'metadata.annotations[{COST}]: Invalid value: "{cost}": must be a 32bit integer'
    assert refused(costing(cost)) == [problem]
    assert refused_change(costing(cost), pod()) == [problem]


@pytest.mark.parametrize("cost", ["0", "-5", "2147483647", "-2147483648"])
def test_a_deletion_cost_that_is_a_number_is_accepted(cost: str):
    assert refused(costing(cost)) == []


def test_a_deletion_cost_that_was_wrong_may_be_another_wrong_one():
    assert refused_change(costing("busy"), costing("idle")) == []
