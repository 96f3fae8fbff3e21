"""What goes without saying: the values an API server or controller fills in where nobody said otherwise.

Owns the table of values that golden files leave out. A table mirrors the shape of an object: a mapping goes down a
field, `Each` into every item of a list, anything else is the value that is left out; a function decides from the value
and what it stands in. Kubernetes' own defaults: pkg/apis/*/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Plain: TypeAlias = dict[str, Any]
Decision: TypeAlias = Callable[[Any, Plain], bool]


class Each:
    """The same table for every item of a list."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table


class Hollow(Each):
    """A mapping that says nothing when it is empty, even if it was so from the start."""


def always(_value: Any, _inside: Plain) -> bool:
    """What is never shown."""
    return True


def without(value: Any, table: Mapping[str, Any]) -> Any:
    """A copy of a mapping without what the table says goes without saying; mappings and lists left empty go too.

    A mapping that was empty from the start was meant (`emptyDir: {}`) and stays, unless the table names it.
    """
    if not isinstance(value, dict):
        return value
    kept: Plain = {}
    for key, item in value.items():
        rule = table.get(key, table.get("*"))
        if rule is None:
            kept[key] = item
        elif isinstance(rule, Mapping) and rule:
            inner = without(item, rule)
            if inner or not item:
                kept[key] = inner
        elif isinstance(rule, Hollow):
            if inner := without(item, rule.table):
                kept[key] = inner
        elif isinstance(rule, Each):
            kept[key] = [without(one, rule.table) for one in item] if isinstance(item, list) else item
        elif not (rule(item, value) if callable(rule) else item == rule):
            kept[key] = item
    return kept


def _usual_pull_policy(value: Any, container: Plain) -> bool:
    image = str(container.get("image") or container.get("reference") or "")
    tag = image.rpartition("/")[2].partition(":")[2]
    return bool(value == ("Always" if tag in ("", "latest") and "@" not in image else "IfNotPresent"))


def _same_as(other: str) -> Decision:
    return lambda value, inside: value == inside.get(other)


def _usual_tolerations(value: Any, _inside: Plain) -> bool:
    return all(one in _TOLERATIONS for one in value)


def _requests_as_limits(value: Any, resources: Plain) -> bool:
    return bool(value == resources.get("limits"))


def _generated_selector(value: Any, _inside: Plain) -> bool:
    """Whether a job selects its pods by nothing but its own uid."""
    return set(value.get("matchLabels", ())) == {"batch.kubernetes.io/controller-uid"} and len(value) == 1


def _implied_policy_types(value: Any, policy: Plain) -> bool:
    return bool(value == (["Ingress", "Egress"] if policy.get("egress") else ["Ingress"]))


_TOLERATIONS = [
    {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for state in ("not-ready", "unreachable")
]
_FIELD_REF = {"apiVersion": "v1"}
_DOWNWARD_ITEMS = Each({"fieldRef": _FIELD_REF, "resourceFieldRef": {"divisor": "0"}})
_HANDLER = {"httpGet": {"path": "/", "scheme": "HTTP"}, "grpc": {"service": ""}}
_PROBE = {**_HANDLER, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_CONTAINER = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": _usual_pull_policy,
    "resources": Hollow({"requests": _requests_as_limits}),
    "ports": Each({"protocol": "TCP"}),
    "env": Each({"valueFrom": {"fieldRef": _FIELD_REF, "resourceFieldRef": {"divisor": "0"}}}),
    "livenessProbe": _PROBE,
    "readinessProbe": _PROBE,
    "startupProbe": _PROBE,
    "lifecycle": {"postStart": _HANDLER, "preStop": _HANDLER},
}
_CLAIM_SPEC = {"volumeMode": "Filesystem"}
_MODE = {"defaultMode": 0o644}
_SOURCES = {
    "hostPath": {"type": ""},
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "azureDisk": {"cachingMode": "ReadWrite", "fsType": "ext4", "kind": "Shared", "readOnly": False},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}
_VOLUME = {
    **_SOURCES,
    "configMap": _MODE,
    "secret": _MODE,
    "downwardAPI": {**_MODE, "items": _DOWNWARD_ITEMS},
    "projected": {
        **_MODE,
        "sources": Each(
            {"serviceAccountToken": {"expirationSeconds": 3600}, "downwardAPI": {"items": _DOWNWARD_ITEMS}}
        ),
    },
    "ephemeral": {"volumeClaimTemplate": {"spec": _CLAIM_SPEC}},
    "image": {"pullPolicy": _usual_pull_policy},
}
POD_SPEC: Mapping[str, Any] = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "enableServiceLinks": True,
    "serviceAccount": _same_as("serviceAccountName"),
    "serviceAccountName": "default",
    "priority": 0,
    "preemptionPolicy": "PreemptLowerPriority",
    "tolerations": _usual_tolerations,
    "containers": Each(_CONTAINER),
    "initContainers": Each(_CONTAINER),
    "ephemeralContainers": Each(_CONTAINER),
    "volumes": Each(_VOLUME),
}
_TEMPLATE = {"template": {"metadata": {"creationTimestamp": None}, "spec": POD_SPEC}}
_ROLLING = {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"}
_JOB_LABELS = dict.fromkeys(
    ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"), always
)
_RBAC_GROUP = {"apiGroup": "rbac.authorization.k8s.io"}
_BINDING = {"roleRef": _RBAC_GROUP, "subjects": Each(_RBAC_GROUP)}
_WEBHOOK = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": Hollow({}),
    "objectSelector": Hollow({}),
    "timeoutSeconds": 10,
    "reinvocationPolicy": "Never",
    "clientConfig": {"service": {"port": 443}},
    "rules": Each({"scope": "*"}),
}

SPECS: Mapping[str, Mapping[str, Any]] = {
    "Pod": {"spec": POD_SPEC},
    "StatefulSet": {
        "spec": {
            **_TEMPLATE,
            "podManagementPolicy": "OrderedReady",
            "revisionHistoryLimit": 10,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}},
            "volumeClaimTemplates": Each(
                {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "metadata": {"creationTimestamp": None},
                    "spec": _CLAIM_SPEC,
                    "status": {"phase": "Pending"},
                }
            ),
        },
        "status": {"collisionCount": 0},
    },
    "Deployment": {
        "spec": {**_TEMPLATE, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, "strategy": _ROLLING},
    },
    "ReplicaSet": {"spec": _TEMPLATE},
    "ReplicationController": {"spec": _TEMPLATE},
    "PodTemplate": _TEMPLATE,
    "DaemonSet": {
        "spec": {
            **_TEMPLATE,
            "revisionHistoryLimit": 10,
            "updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}, "type": "RollingUpdate"},
        },
    },
    "Job": {
        "spec": {
            "template": {"spec": POD_SPEC, "metadata": {"creationTimestamp": None, "labels": _JOB_LABELS}},
            "selector": _generated_selector,
            "completions": 1,
            "parallelism": 1,
            "backoffLimit": 6,
            "completionMode": "NonIndexed",
            "suspend": False,
            "manualSelector": False,
            "podReplacementPolicy": "TerminatingOrFailed",
        },
    },
    "CronJob": {
        "spec": {
            "concurrencyPolicy": "Allow",
            "suspend": False,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {
                "metadata": Hollow({}),
                "spec": {"template": {"metadata": Hollow({}), "spec": POD_SPEC}},
            },
        },
    },
    "HorizontalPodAutoscaler": {"spec": {"minReplicas": 1}},
    "NetworkPolicy": {
        "spec": {
            "policyTypes": _implied_policy_types,
            "ingress": Each({"ports": Each({"protocol": "TCP"})}),
            "egress": Each({"ports": Each({"protocol": "TCP"})}),
        },
    },
    "IngressClass": {"spec": {"parameters": {"scope": "Cluster"}}},
    "Endpoints": {"subsets": Each({"ports": Each({"protocol": "TCP"})})},
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
    "ValidatingWebhookConfiguration": {"webhooks": Each(_WEBHOOK)},
    "MutatingWebhookConfiguration": {"webhooks": Each(_WEBHOOK)},
    "PersistentVolumeClaim": {"spec": _CLAIM_SPEC},
    "PersistentVolume": {
        "spec": {
            **_SOURCES,
            "csi": {"volumeAttributes": {"storage.kubernetes.io/csiProvisionerIdentity": always}},
            "volumeMode": "Filesystem",
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "uid": always, "resourceVersion": always},
        },
        "status": {"lastPhaseTransitionTime": always},
    },
    "StorageClass": {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
    "CSIDriver": {
        "spec": {
            "attachRequired": True,
            "podInfoOnMount": False,
            "storageCapacity": False,
            "fsGroupPolicy": "ReadWriteOnceWithFSType",
            "volumeLifecycleModes": ["Persistent"],
            "requiresRepublish": False,
            "seLinuxMount": False,
        }
    },
    "Service": {
        "spec": {
            "type": "ClusterIP",
            "sessionAffinity": "None",
            "internalTrafficPolicy": "Cluster",
            "ipFamilyPolicy": "SingleStack",
            "ipFamilies": ["IPv4"],
            "clusterIP": lambda value, _: value != "None",
            "clusterIPs": always,
            "ports": Each({"protocol": "TCP", "targetPort": _same_as("port")}),
        },
        "status": {"loadBalancer": {}},
    },
    "Namespace": {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}},
    "Secret": {"type": "Opaque"},
    "PriorityClass": {"preemptionPolicy": "PreemptLowerPriority"},
}
METADATA: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "generateName",
            "creationTimestamp",
            "deletionTimestamp",
            "managedFields",
            "selfLink",
            "ownerReferences",
        ),
        always,
    ),
    "deletionGracePeriodSeconds": 0,
    "annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": always,
        "pv.kubernetes.io/bind-completed": "yes",
        "volume.kubernetes.io/provisioner-deletion-secret-name": "",
        "volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
        "deprecated.daemonset.template.generation": always,
        # The older twin of volume.kubernetes.io/storage-provisioner.
        "volume.beta.kubernetes.io/storage-provisioner": always,
    },
    "labels": {
        **_JOB_LABELS,
        "statefulset.kubernetes.io/pod-name": always,
        "apps.kubernetes.io/pod-index": always,
    },
}
FINALIZERS: Mapping[str, list[str]] = {
    "PersistentVolumeClaim": ["kubernetes.io/pvc-protection"],
    "PersistentVolume": ["kubernetes.io/pv-protection"],
}
TIMES = frozenset(
    {
        "completionTime",
        "finishedAt",
        "lastHeartbeatTime",
        "lastProbeTime",
        "lastScheduleTime",
        "lastSuccessfulTime",
        "lastTransitionTime",
        "lastUpdateTime",
        "startTime",
        "startedAt",
        "timeAdded",
    }
)
ADDRESSES = frozenset({"podIP", "podIPs", "hostIP", "hostIPs", "containerID", "imageID"})
