"""Small worlds as data: nodes, volumes, sets and what is done to them, and the scenario that such a plan stands for.

Owns the shapes of a plan and how each is written as manifests and steps. Who or what is meant is a number, taken modulo
what there is: leaving a part of a plan out keeps the rest meaningful, which is what makes it shrink well. Does not know
where plans come from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from harness.scenario.cluster_provisioners import usual_provisioner
from harness.scenario.model import (
    PROVISIONER,
    Action,
    Apply,
    ClusterSettings,
    Cordon,
    Delete,
    Fail,
    ImageBehaviour,
    Images,
    Manifest,
    Patch,
    Plain,
    Recover,
    Scale,
    Scenario,
    SetImage,
    Step,
    Taint,
    TaintSetting,
    Target,
    Uncordon,
    Wait,
    numbered_nodes,
)
from harness.scenario.targets import target_named

# Storage classes of every world. Of "shelf" there are volumes only, and no such class, so nothing is made for it. Disks
# are made by a driver that attaches them to nodes, at once or late.
SHELF, LATE, MADE = "shelf", "late", "made"
DISK, LATE_DISK = "disk", "late-disk"
CLASSES = (SHELF, LATE, MADE, DISK, LATE_DISK)
DISKS = (DISK, LATE_DISK)
_SHELVES = (SHELF, LATE, DISK)
MODES = (("ReadWriteOnce",), ("ReadWriteOnce", "ReadOnlyMany"), ("ReadWriteMany",))
POLICIES = ("Retain", "Delete", "Recycle")
IMAGES = ("app:v1", "app:v2", "app:v3")

# What an image may turn into; the first is how every image begins.
BEHAVIOURS = (
    ImageBehaviour(),
    ImageBehaviour(pull="not found"),
    ImageBehaviour(ready="never"),
    ImageBehaviour(ready=7_000),
    ImageBehaviour(exit=1, after_ms=2_000),
    ImageBehaviour(stop=10_000),
    ImageBehaviour(stop="never"),
)

_FLAGS: dict[str, str | int | bool] = {"enable-hostpath-provisioner": True}
_ORDINALS = 3
_DRIVER = "disk.csi.example.com"
_THE_DRIVER = Target(resource=PROVISIONER, name=_DRIVER, namespace="", written=f"provisioner/{_DRIVER}")
# Long enough for a node to be lost and its pods evicted, and for a volume to be taken from it.
_WAITS_MS = (60_000, 420_000, 900_000)


class VolumePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A volume. `node` is the number of the only node that can use it; None: all can."""

    gibibytes: int = 1
    storage_class: str = SHELF
    modes: tuple[str, ...] = MODES[0]
    policy: str = POLICIES[0]
    node: int | None = None


class SetPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A set. `claim` is the class of its claims, None for none; `partition` None leaves rollingUpdate out."""

    replicas: int = 2
    claim: str | None = SHELF
    gibibytes: int = 1
    parallel: bool = False
    on_delete: bool = False
    partition: int | None = 0
    min_ready_seconds: int = 0
    start: int = 0
    when_scaled: str = "Retain"
    when_deleted: str = "Retain"


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done: what, to which (modulo what there is), with which number. Unsettled, the next follows at once."""

    what: str
    which: int = 0
    number: int = 0
    settle: bool = True


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    nodes: int = 1
    volumes: tuple[VolumePlan, ...] = ()
    sets: tuple[SetPlan, ...] = (SetPlan(),)
    acts: tuple[Act, ...] = ()


class _Inventory(msgspec.Struct):
    """What the steps so far should have left there to be acted on, by name."""

    plan: Plan
    sets: list[str]
    volumes: list[str]
    loose_claims: list[str]
    loose_pods: list[str]

    def set_at(self, which: int) -> str:
        return self.sets[which % len(self.sets)]

    def set_plan(self, name: str) -> SetPlan:
        return self.plan.sets[self.sets.index(name)]

    def pod_at(self, which: int) -> str:
        """A pod of its own, or one of the lowest ordinals of any set, whether or not it is there."""
        pods = self.loose_pods + self._members()
        return pods[which % len(pods)]

    def claim_at(self, which: int) -> str:
        claims = self.loose_claims + [f"data-{name}" for name in self._members()]
        return claims[which % len(claims)]

    def _members(self) -> list[str]:
        return [
            f"{name}-{plan.start + index}"
            for name, plan in zip(self.sets, self.plan.sets, strict=True)
            for index in range(_ORDINALS)
        ]


def scenario_of(plan: Plan) -> Scenario:
    """The scenario that a plan stands for: one step that makes the world, and one for each act."""
    names = [f"set-{index}" if index else "web" for index in range(len(plan.sets))]
    volumes = [f"volume-{index}" for index in range(len(plan.volumes))]
    inventory = _Inventory(plan, names, volumes, [], [])
    documents = [_LATE_CLASS, _MADE_CLASS, _DISK_CLASS, _LATE_DISK_CLASS]
    documents += [volume_manifest(name, volume) for name, volume in zip(volumes, plan.volumes, strict=True)]
    documents += [set_manifest(name, one) for name, one in zip(names, plan.sets, strict=True)]
    steps = [Step(action=_apply(*documents))]
    steps += [Step(action=ACTS[act.what](act, inventory), settle=act.settle) for act in plan.acts]
    if not steps[-1].settle:
        steps[-1] = msgspec.structs.replace(steps[-1], settle=True)
    cluster = ClusterSettings(
        nodes=numbered_nodes(plan.nodes), provisioners=(usual_provisioner(_DRIVER),), flags=_FLAGS
    )
    return Scenario(cluster=cluster, steps=tuple(steps))


# Manifests

_LATE_CLASS: Plain = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": LATE},
    "provisioner": "kubernetes.io/no-provisioner",
    "volumeBindingMode": "WaitForFirstConsumer",
}
_MADE_CLASS: Plain = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": MADE},
    "provisioner": "kubernetes.io/host-path",
}
_DISK_CLASS: Plain = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": DISK},
    "provisioner": _DRIVER,
    "allowVolumeExpansion": True,
}
_LATE_DISK_CLASS: Plain = {
    **_DISK_CLASS,
    "metadata": {"name": LATE_DISK},
    "volumeBindingMode": "WaitForFirstConsumer",
}


def volume_manifest(name: str, volume: VolumePlan) -> Plain:
    """A PersistentVolume on a path that may be deleted and recycled, on one node's disk, or on the driver's storage."""
    spec: Plain = {
        "capacity": {"storage": f"{volume.gibibytes}Gi"},
        "accessModes": list(volume.modes),
        "persistentVolumeReclaimPolicy": volume.policy,
        "storageClassName": volume.storage_class,
    }
    if volume.storage_class in DISKS:
        spec["csi"] = {"driver": _DRIVER, "volumeHandle": name}
    elif volume.node is None:
        spec["hostPath"] = {"path": f"/tmp/{name}"}
    else:
        hosts = {"key": "kubernetes.io/hostname", "operator": "In", "values": [f"node-{volume.node}"]}
        spec["local"] = {"path": f"/mnt/{name}"}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [hosts]}]}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def claim_manifest(name: str, storage_class: str, gibibytes: int) -> Plain:
    """A PersistentVolumeClaim of its own."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": _claim_spec(storage_class, gibibytes),
    }


def pod_manifest(name: str, claim: str) -> Plain:
    """A Pod of its own that uses a claim."""
    container = {"name": "app", "image": IMAGES[0], "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
    spec = {"containers": [container], "volumes": [volume]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def set_manifest(name: str, one: SetPlan, image: str = IMAGES[0]) -> Plain:
    """A StatefulSet with one container that has a readiness probe, and with one claim template or none."""
    container: Plain = {
        "name": "app",
        "image": image,
        "readinessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 1},
    }
    spec: Plain = {
        "replicas": one.replicas,
        "serviceName": name,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        "updateStrategy": _strategy(one),
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": one.when_deleted, "whenScaled": one.when_scaled},
    }
    if one.parallel:
        spec["podManagementPolicy"] = "Parallel"
    if one.min_ready_seconds:
        spec["minReadySeconds"] = one.min_ready_seconds
    if one.start:
        spec["ordinals"] = {"start": one.start}
    if one.claim is not None:
        container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": _claim_spec(one.claim, one.gibibytes)}]
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": spec}


def _claim_spec(storage_class: str, gibibytes: int) -> Plain:
    return {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "resources": {"requests": {"storage": f"{gibibytes}Gi"}},
    }


def _strategy(one: SetPlan) -> Plain:
    if one.on_delete:
        return {"type": "OnDelete"}
    if one.partition is None:
        return {"type": "RollingUpdate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": one.partition}}


# Acts


def _apply(*documents: Plain) -> Apply:
    return Apply(manifests=(Manifest(documents=documents),))


def _set(act: Act, inventory: _Inventory) -> Target:
    return target_named(f"sts/{inventory.set_at(act.which)}")


def _pod(act: Act, inventory: _Inventory) -> Target:
    return target_named(f"pod/{inventory.pod_at(act.which)}")


def _volume(act: Act, inventory: _Inventory) -> Target:
    names = inventory.volumes or ["volume-0"]
    return target_named(f"pv/{names[act.which % len(names)]}")


def _node(act: Act, inventory: _Inventory) -> str:
    return f"node-{act.which % inventory.plan.nodes + 1}"


def _delete_node(act: Act, inventory: _Inventory) -> Action:
    return Delete(targets=(target_named(f"node/{_node(act, inventory)}"),))


def _give_up_node(act: Act, inventory: _Inventory) -> Action:
    """As a person does who knows that the machine is gone for good; or who takes that back."""
    lost = TaintSetting(key="node.kubernetes.io/out-of-service", value="nodeshutdown", effect="NoExecute")
    return Taint(node=_node(act, inventory), set=(msgspec.structs.replace(lost, removed=act.number % 4 == 3),))


def _trouble_driver(act: Act, _inventory: _Inventory) -> Action:
    """The driver's programs stop, or its storage refuses whatever it is asked."""
    return Fail(target=_THE_DRIVER, message=("", "the pool is full")[act.number % 2])


def _grow(act: Act, inventory: _Inventory) -> Action:
    size = f"{act.number % 3 + 2}Gi"
    return Patch(
        target=target_named(f"pvc/{inventory.claim_at(act.which)}"),
        body={"spec": {"resources": {"requests": {"storage": size}}}},
    )


def _make_again(act: Act, inventory: _Inventory) -> Action:
    name = inventory.set_at(act.which)
    return _apply(set_manifest(name, inventory.set_plan(name), IMAGES[act.number % len(IMAGES)]))


def _add_volume(act: Act, inventory: _Inventory) -> Action:
    name = f"volume-{len(inventory.volumes)}"
    inventory.volumes.append(name)
    return _apply(
        volume_manifest(name, VolumePlan(gibibytes=act.number % 3 + 1, storage_class=_SHELVES[act.which % 3]))
    )


def _add_claim(act: Act, inventory: _Inventory) -> Action:
    name = f"claim-{len(inventory.loose_claims)}"
    inventory.loose_claims.append(name)
    return _apply(claim_manifest(name, CLASSES[act.which % len(CLASSES)], act.number % 3 + 1))


def _add_pod(act: Act, inventory: _Inventory) -> Action:
    """A pod that uses what a pod of a set may be using too."""
    name = f"guest-{len(inventory.loose_pods)}"
    inventory.loose_pods.append(name)
    return _apply(pod_manifest(name, inventory.claim_at(act.which)))


def _turn_image(act: Act, _inventory: _Inventory) -> Action:
    return Images(behaviours={IMAGES[act.which % len(IMAGES)]: BEHAVIOURS[act.number % len(BEHAVIOURS)]})


def _finish_pod(act: Act, inventory: _Inventory) -> Action:
    """As a kubelet does for a pod that it evicts, or that ends when its node shuts down."""
    phase = ("Failed", "Succeeded")[act.number % 2]
    return Patch(target=_pod(act, inventory), body={"status": {"phase": phase}}, subresource="status")


def _retain(act: Act, inventory: _Inventory) -> Action:
    values = ("Retain", "Delete")
    policy = {"whenScaled": values[act.number % 2], "whenDeleted": values[act.number // 2 % 2]}
    return Patch(target=_set(act, inventory), body={"spec": {"persistentVolumeClaimRetentionPolicy": policy}})


_Doing: TypeAlias = Callable[[Act, _Inventory], Action]


def _patched(make: Callable[[Act, _Inventory], Target], body: Callable[[int], Any], type_: Any = "strategic") -> _Doing:
    return lambda act, inventory: Patch(target=make(act, inventory), body=body(act.number), type=type_)


ACTS: dict[str, _Doing] = {
    "scale": lambda act, inventory: Scale(target=_set(act, inventory), replicas=act.number % 5),
    "set image": lambda act, inventory: SetImage(
        target=_set(act, inventory), images={"app": IMAGES[act.number % len(IMAGES)]}
    ),
    "partition": lambda act, inventory: Patch(target=_set(act, inventory), partition=act.number % 5),
    "turn image": _turn_image,
    "delete pod": lambda act, inventory: Delete(targets=(_pod(act, inventory),)),
    "kill pod": lambda act, inventory: Delete(targets=(_pod(act, inventory),), grace_period_seconds=0),
    "finish pod": _finish_pod,
    "delete claim": lambda act, inventory: Delete(targets=(target_named(f"pvc/{inventory.claim_at(act.which)}"),)),
    "delete volume": lambda act, inventory: Delete(targets=(_volume(act, inventory),)),
    "free volume": _patched(_volume, lambda _: {"spec": {"claimRef": None}}, "merge"),
    "add volume": _add_volume,
    "add claim": _add_claim,
    "add pod": _add_pod,
    "delete set": lambda act, inventory: Delete(targets=(_set(act, inventory),)),
    "orphan pods": lambda act, inventory: Delete(targets=(_set(act, inventory),), cascade="orphan"),
    "make set again": _make_again,
    "retain": _retain,
    "wait when ready": _patched(_set, lambda number: {"spec": {"minReadySeconds": number % 3 * 10}}),
    "cordon": lambda act, inventory: Cordon(node=_node(act, inventory)),
    "uncordon": lambda act, inventory: Uncordon(node=_node(act, inventory)),
    "fail node": lambda act, inventory: Fail(target=target_named(f"node/{_node(act, inventory)}")),
    "recover node": lambda act, inventory: Recover(target=target_named(f"node/{_node(act, inventory)}")),
    "delete node": _delete_node,
    "give up node": _give_up_node,
    "trouble driver": _trouble_driver,
    "recover driver": lambda _act, _inventory: Recover(target=_THE_DRIVER),
    "grow claim": _grow,
    "policy": _patched(
        _volume, lambda number: {"spec": {"persistentVolumeReclaimPolicy": POLICIES[number % len(POLICIES)]}}
    ),
    "wait": lambda act, _inventory: Wait(duration_ms=_WAITS_MS[act.number % len(_WAITS_MS)]),
}
