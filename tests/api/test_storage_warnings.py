"""What the API server warns of while it accepts a request about storage."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import CLAIM, POD, SET, VOLUME

from harness.api.defaulting import default
from harness.api.warnings import warnings
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import CSIStorageCapacity
from harness.objects.meta import CustomObject
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.wire import from_wire

BETA = "volume.beta.kubernetes.io/storage-class"
OPTIONS = "volume.beta.kubernetes.io/mount-options"
TENTH = 'fractional byte value "100m" is invalid, must be an integer'
SMALL = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "100m"}}}
ZONE = "failure-domain.beta.kubernetes.io/zone"
RENAMED = 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'


def of(cls: Any, **fields: Any) -> tuple[str, ...]:
    return warnings(default(from_wire({"metadata": {"name": "x"}, **fields}, cls)))


def persistent(source: str) -> tuple[str, ...]:
    return of(PersistentVolume, spec={"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, source: {}})


@pytest.mark.parametrize(("kind", "spec"), [(PersistentVolume, VOLUME), (PersistentVolumeClaim, CLAIM)])
def test_the_legacy_class_is_on_its_way_out(kind: Any, spec: dict[str, Any]) -> None:
    assert of(kind, metadata={"name": "x", "annotations": {BETA: "fast"}}, spec=spec) == (
        f'metadata.annotations[{BETA}]: deprecated since v1.8; use "storageClassName" attribute instead',
    )


def test_legacy_mount_options_and_recycling_are_on_their_way_out() -> None:
    nfs = {"accessModes": ["ReadWriteOnce"], "nfs": {}, "persistentVolumeReclaimPolicy": "Recycle"}
    assert of(PersistentVolume, metadata={"name": "x", "annotations": {OPTIONS: "ro"}}, spec=nfs) == (
        f'metadata.annotations[{OPTIONS}]: deprecated since v1.31; use "mountOptions" attribute instead',
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
        "Instead, the recommended approach is to use dynamic provisioning.",
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("cephfs", "cephfs: deprecated in v1.28, non-functional in v1.31+"),
        ("glusterfs", "glusterfs: deprecated in v1.25, non-functional in v1.26+"),
        ("photonPersistentDisk", "photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+"),
        ("rbd", "rbd: deprecated in v1.28, non-functional in v1.31+"),
        ("scaleIO", "scaleIO: deprecated in v1.16, non-functional in v1.22+"),
        ("storageos", "storageOS: deprecated in v1.22, non-functional in v1.25+"),
    ],
)
def test_storage_without_a_plugin_is_warned_of_in_volumes_and_in_pods(source: str, text: str) -> None:
    assert persistent(source) == (f"spec.{text}",)
    assert of(Pod, spec={**POD, "volumes": [{"name": "data", source: {}}]}) == (f"spec.volumes[0].{text}",)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
        ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
        ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ],
)
def test_some_storage_is_warned_of_in_pods_only(source: str, text: str) -> None:
    assert of(Pod, spec={**POD, "volumes": [{"name": "data", source: {}}]}) == (f"spec.volumes[0].{source}: {text}",)
    if source != "gitRepo":
        assert persistent(source) == ()


@pytest.mark.parametrize(
    "source",
    [
        "awsElasticBlockStore",
        "azureDisk",
        "azureFile",
        "cinder",
        "gcePersistentDisk",
        "portworxVolume",
        "vsphereVolume",
    ],
)
def test_storage_that_drivers_have_taken_over_is_not_warned_of(source: str) -> None:
    assert persistent(source) == of(Pod, spec={**POD, "volumes": [{"name": "data", source: {}}]}) == ()


def test_a_fraction_of_a_byte_is_warned_of_wherever_a_claim_asks_for_it() -> None:
    ephemeral = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": SMALL}}}
    templates = [{"metadata": {"name": "data"}, "spec": SMALL}]
    assert of(PersistentVolumeClaim, spec=SMALL) == (f"spec.resources.requests[storage]: {TENTH}",)
    assert of(Pod, spec={**POD, "volumes": [ephemeral]}) == (
        f"spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: {TENTH}",
    )
    assert of(StatefulSet, spec={**SET, "volumeClaimTemplates": templates}) == (
        f"spec.volumeClaimTemplates[0].resources.requests[storage]: {TENTH}",
    )


def test_a_template_of_a_claim_may_have_a_legacy_class_without_a_word() -> None:
    templates = [{"metadata": {"name": "data", "annotations": {BETA: "fast"}}, "spec": CLAIM}]
    assert of(StatefulSet, spec={**SET, "volumeClaimTemplates": templates}) == ()


def test_old_labels_of_nodes_are_named_where_storage_is_tied_to_them() -> None:
    terms = [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["a"]}]}]
    tied = {**VOLUME, "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}
    assert of(PersistentVolume, spec=tied) == (
        f"spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: {ZONE} is {RENAMED}",
    )
    topology = [{"matchLabelExpressions": [{"key": ZONE, "values": ["a"]}]}]
    assert of(StorageClass, provisioner="example.com/nfs", allowedTopologies=topology) == (
        f"allowedTopologies[0].matchLabelExpressions[0].key: {RENAMED}",
    )
    assert of(CSIStorageCapacity, storageClassName="fast", nodeTopology={"matchLabels": {ZONE: "a"}}) == (
        f"nodeTopology.matchLabels.{ZONE}: {RENAMED}",
    )


def test_a_change_of_a_pod_is_not_warned_of_and_one_of_a_template_is() -> None:
    volumes = [{"name": "data", "glusterfs": {}}]
    pod = from_wire({"metadata": {"name": "x"}, "spec": {**POD, "volumes": volumes}}, Pod)
    assert warnings(pod, pod) == ()
    template = {**SET["template"], "spec": {**POD, "volumes": volumes}}
    found = from_wire({"metadata": {"name": "x"}, "spec": {**SET, "template": template}}, StatefulSet)
    text = "spec.template.spec.volumes[0].glusterfs: deprecated in v1.25, non-functional in v1.26+"
    assert warnings(found, found) == ()
    assert warnings(replace(found, metadata=replace(found.metadata, generation=2)), found) == (text,)


def test_endpoints_are_deprecated_as_a_kind() -> None:
    assert warnings(CustomObject(group_version="v1", kind_name="Endpoints")) == (
        "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    )
    assert warnings(CustomObject(group_version="example.com/v1", kind_name="Endpoints")) == ()
