"""What is refused in the storage a volume names: each source, in pods and in persistent volumes."""

from __future__ import annotations

import pytest

from harness.objects.storage import PersistentVolume

from .building import built, metadata, pod, refused, refused_change

ONCE = "may not specify more than 1 volume type"
DISK_RANGE = "must be between 1 and 255, inclusive"
PORTAL = "Total length of <volume name>:<iscsi.targetPortal>"
LONG_PORTAL = f"{PORTAL} must be under 64 characters if iscsi.initiatorName is specified."
BLOB = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
DISK = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
TARGET = {"targetPortal": "10.0.2.15:3260", "iqn": "iqn.2024-01.com.example:disk", "lun": 0}

# A source of each kind as a persistent volume has it.
PERSISTENT = {
    "awsElasticBlockStore": {"volumeID": "vol-0a1b", "fsType": "ext4"},
    "azureDisk": {"diskName": "data", "diskURI": "https://acct.blob.core.windows.net/vhds/data.vhd"},
    "azureFile": {"secretName": "azure-secret", "shareName": "share", "secretNamespace": "default"},
    "cephfs": {"monitors": ["10.16.154.78:6789"]},
    "cinder": {"volumeID": "bd82f7e2", "secretRef": {"name": "os", "namespace": "kube-system"}},
    "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-0a1b"},
    "fc": {"targetWWNs": ["50060e801049cfd1"], "lun": 0},
    "flexVolume": {"driver": "example.com/lvm"},
    "flocker": {"datasetName": "data"},
    "gcePersistentDisk": {"pdName": "data"},
    "glusterfs": {"endpoints": "glusterfs-cluster", "path": "vol1"},
    "hostPath": {"path": "/srv"},
    "iscsi": TARGET,
    "nfs": {"server": "nfs.example.com", "path": "/exports"},
    "photonPersistentDisk": {"pdID": "disk"},
    "portworxVolume": {"volumeID": "pxvol"},
    "quobyte": {"registry": "registry:6789", "volume": "data"},
    "rbd": {"monitors": ["10.16.154.78:6789"], "image": "foo"},
    "scaleIO": {"gateway": "https://localhost", "system": "scaleio", "volumeName": "data", "secretRef": {"name": "s"}},
    "storageos": {"volumeName": "data"},
    "vsphereVolume": {"volumePath": "[DatastoreName] volumes/data"},
}
IN_POD_ONLY = {
    "azureFile": {"secretName": "azure-secret", "shareName": "share"},
    "cinder": {"volumeID": "bd82f7e2", "secretRef": {"name": "os"}},
    "configMap": {"name": "settings"},
    "csi": {"driver": "inline.storage.kubernetes.io"},
    "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]},
    "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"},
    "ephemeral": {
        "volumeClaimTemplate": {
            "metadata": {"labels": {"type": "scratch"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
    },
    "gitRepo": {"repository": "https://example.com/site.git"},
    "image": {"reference": "registry.example.com/models:v1"},
    "persistentVolumeClaim": {"claimName": "data"},
    "projected": {"sources": [{"secret": {"name": "user"}}, {"configMap": {"name": "settings"}}]},
    "secret": {"secretName": "user"},
}


def volume_of(source, name="v", **spec):
    common = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
    return built(PersistentVolume, {"metadata": metadata(name, namespaced=False), "spec": {**common, **source, **spec}})


def pod_of(*volumes, mounts=()):
    container = {"name": "c", "image": "app:v1", "volumeMounts": list(mounts)}
    return pod({"spec": {"serviceAccountName": "default", "containers": [container], "volumes": list(volumes)}})


@pytest.mark.parametrize("kind", sorted(PERSISTENT))
def test_every_kind_of_storage_is_accepted_in_a_persistent_volume(kind):
    assert refused(volume_of({kind: PERSISTENT[kind]})) == []


@pytest.mark.parametrize("kind", sorted({*PERSISTENT, *IN_POD_ONLY}))
def test_every_kind_of_storage_is_accepted_in_a_pod(kind):
    source = IN_POD_ONLY.get(kind) or PERSISTENT[kind]
    assert refused(pod_of({"name": "data", kind: source})) == []


@pytest.mark.parametrize(
    ("kind", "source", "problems"),
    [
        (
            "awsElasticBlockStore",
            {"partition": 300},
            ["volumeID: Required value", f"partition: Invalid value: 300: {DISK_RANGE}"],
        ),
        (
            "azureDisk",
            {"kind": "Managed"},
            [
                "diskName: Required value",
                "diskURI: Required value",
                f'diskURI: Unsupported value: "": supported values: "{DISK}"',
            ],
        ),
        (
            "azureDisk",
            {"diskName": "d", "diskURI": "data", "cachingMode": "All", "kind": "Own"},
            [
                'cachingMode: Unsupported value: "All": supported values: "None", "ReadOnly", "ReadWrite"',
                'kind: Unsupported value: "Own": supported values: "Dedicated", "Managed", "Shared"',
                f'diskURI: Unsupported value: "data": supported values: "{BLOB}"',
            ],
        ),
        ("azureFile", {}, ["secretName: Required value", "shareName: Required value"]),
        ("cephfs", {}, ["monitors: Required value"]),
        ("cinder", {"secretRef": {}}, ["volumeID: Required value", "secretRef.name: Required value"]),
        ("fc", {}, ["targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"]),
        (
            "fc",
            {"targetWWNs": ["a"], "wwids": ["b"]},
            [
                'targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
                "lun: Required value: lun is required if targetWWNs is specified",
            ],
        ),
        ("fc", {"targetWWNs": ["a"], "lun": 256}, ["lun: Invalid value: 256: must be between 0 and 255, inclusive"]),
        (
            "flexVolume",
            {"options": {"storage.K8s.io/x": "y"}},
            [
                "driver: Required value",
                'options[storage.K8s.io/x]: Invalid value: "storage.K8s.io/x": '
                "kubernetes.io and k8s.io namespaces are reserved",
            ],
        ),
        ("glusterfs", {}, ["endpoints: Required value", "path: Required value"]),
        ("hostPath", {}, ["path: Required value"]),
        (
            "hostPath",
            {"path": "/a/../b", "type": "Disk"},
            [
                "path: Invalid value: \"/a/../b\": must not contain '..'",
                'type: Unsupported value: "Disk": supported values: "", "BlockDevice", "CharDevice", "Directory", '
                '"DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
            ],
        ),
        (
            "nfs",
            {},
            ["server: Required value", "path: Required value", 'path: Invalid value: "": must be an absolute path'],
        ),
        ("photonPersistentDisk", {}, ["pdID: Required value"]),
        ("portworxVolume", {}, ["volumeID: Required value"]),
        (
            "quobyte",
            {"registry": "registry,b:1"},
            [
                'registry: Invalid value: "registry,b:1": '
                "must be a host:port pair or multiple pairs separated by commas",
                "volume: Required value",
            ],
        ),
        ("rbd", {}, ["monitors: Required value", "image: Required value"]),
        ("scaleIO", {}, ["gateway: Required value", "system: Required value", "volumeName: Required value"]),
        ("storageos", {"volumeName": "V"}, [f'volumeName: Invalid value: "V": {LABEL}']),
        ("vsphereVolume", {}, ["volumePath: Required value"]),
        (
            "iscsi",
            {"lun": 300, "chapAuthSession": True},
            [
                "targetPortal: Required value",
                "iqn: Required value",
                "lun: Invalid value: 300: must be between 0 and 255, inclusive",
                "secretRef: Required value",
            ],
        ),
        ("iscsi", {**TARGET, "iqn": "iqn.24-1.x"}, ['iqn: Invalid value: "iqn.24-1.x": must be valid format']),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_broken_storage_is_refused_alike_in_pods_and_in_persistent_volumes(kind, source, problems):
    place = {"gcePersistentDisk": "persistentDisk"}.get(kind, kind)
    in_pod = refused(pod_of({"name": "data", kind: source}))
    assert in_pod == [f"spec.volumes[0].{place}.{problem}" for problem in problems]
    persistent = refused(volume_of({kind: source}))
    assert [problem for problem in persistent if "secretRef.namespace" not in problem] == [
        f"spec.{place}.{problem}" for problem in problems
    ]


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        ({"gcePersistentDisk": {}}, ["persistentDisk.pdName: Required value"]),
        (
            {"csi": {}},
            ["csi.driver: Required value", "csi.volumeHandle: Required value"],
        ),
        (
            {"csi": {"driver": "a_b", "volumeHandle": "v", "nodeExpandSecretRef": {"name": "S"}}},
            [
                f'csi.driver: Invalid value: "a_b": {SUBDOMAIN}',
                f'csi.nodeExpandSecretRef.name: Invalid value: "S": {SUBDOMAIN}',
                "csi.nodeExpandSecretRef.namespace: Required value",
            ],
        ),
        (
            {"csi": {"driver": "d" * 64, "volumeHandle": "v"}},
            ["csi.driver: Too long: may not be more than 63 bytes"],
        ),
        (
            {"cinder": {"volumeID": "v", "secretRef": {"name": "os"}}},
            ["cinder.secretRef.namespace: Required value"],
        ),
        (
            {"glusterfs": {**PERSISTENT["glusterfs"], "endpointsNamespace": ""}},
            [
                'glusterfs.endpointsNamespace: Invalid value: "": '
                "if the endpointnamespace is set, it must be a valid namespace name"
            ],
        ),
        (
            {"azureFile": {**PERSISTENT["azureFile"], "secretNamespace": ""}},
            ["azureFile.secretNamespace: Required value"],
        ),
        ({"iscsi": {**TARGET, "secretRef": {}}}, ["iscsi.secretRef.name: Required value"]),
        ({"iscsi": {**TARGET, "iqn": "disk"}}, ['iscsi.iqn: Invalid value: "disk": must be valid format']),
        (
            {"iscsi": {**TARGET, "targetPortal": "a" * 70, "initiatorName": "eui.1"}},
            [
                f'iscsi.targetportal: Invalid value: "{"a" * 70}": {LONG_PORTAL}',
                'iscsi.initiatorname: Invalid value: "eui.1": must be valid format',
            ],
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_broken_storage_of_a_persistent_volume_is_refused(source, problems):
    assert refused(volume_of(source)) == [f"spec.{problem}" for problem in problems]


def test_a_second_source_is_refused_by_name_and_not_looked_at():
    second = volume_of({"hostPath": {"path": "/srv"}, "cephfs": {}, "csi": {}})
    assert refused(second) == [f"spec.cephFS: Forbidden: {ONCE}", f"spec.csi: Forbidden: {ONCE}"]
    third = pod_of({"name": "data", "emptyDir": {}, "hostPath": {"path": "/srv"}, "downwardAPI": {}})
    assert refused(third) == [
        f"spec.volumes[0].hostPath: Forbidden: {ONCE}",
        f"spec.volumes[0].downwarAPI: Forbidden: {ONCE}",
    ]


def test_a_flex_volume_may_stand_behind_another_source():
    assert refused(volume_of({"nfs": PERSISTENT["nfs"], "flexVolume": {"driver": "example.com/lvm"}})) == []
    assert refused(volume_of({"flexVolume": {"driver": "example.com/lvm"}, "csi": {}})) == [
        f"spec.csi: Forbidden: {ONCE}"
    ]


@pytest.mark.parametrize("kind", ["hostPath", "fc", "portworxVolume", "csi", "flexVolume"])
def test_legacy_mount_options_are_refused_for_storage_that_has_none(kind):
    annotation = "volume.beta.kubernetes.io/mount-options"
    named = {"metadata": {"name": "v", "annotations": {annotation: "ro"}}}
    common = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "mountOptions": ["ro"]}
    wrong = built(PersistentVolume, {**named, "spec": {**common, kind: PERSISTENT[kind]}})
    assert refused(wrong) == [
        f"metadata.annotations.{annotation}: Forbidden: may not specify mount options for this volume type"
    ]
    assert refused_change(wrong, volume_of({kind: PERSISTENT[kind]}, mountOptions=["ro"])) == refused(wrong)
    assert refused(built(PersistentVolume, {**named, "spec": {**common, "nfs": PERSISTENT["nfs"]}})) == []


@pytest.mark.parametrize(
    ("volume", "problems"),
    [
        (
            {"csi": {"driver": "inline.example.com", "nodePublishSecretRef": {"name": "S"}}},
            [f'csi.name: Invalid value: "S": {SUBDOMAIN}'],
        ),
        ({"csi": {"driver": "d", "nodePublishSecretRef": {}}}, ["csi.nodePublishSecretRef.name: Required value"]),
        (
            {"iscsi": {**TARGET, "iqn": "disk"}},
            ['iscsi.iqn: Invalid value: "disk": must be valid format starting with iqn, eui, or naa'],
        ),
        (
            {"iscsi": {**TARGET, "targetPortal": "a" * 70, "initiatorName": "iqn.2024-01.com.example:me"}},
            [f'name: Invalid value: "data": {LONG_PORTAL}'],
        ),
        (
            {"emptyDir": {"sizeLimit": "-1"}},
            ["emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
        ),
        (
            {"gitRepo": {"directory": "/site"}},
            [
                "gitRepo.repository: Required value",
                'gitRepo.directory: Invalid value: "/site": must be a relative path',
            ],
        ),
        ({"persistentVolumeClaim": {}}, ["persistentVolumeClaim.claimName: Required value"]),
        (
            {"secret": {"defaultMode": 512}},
            [
                "secret.secretName: Required value",
                "secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
            ],
        ),
        (
            {"configMap": {"name": "c", "items": [{"path": "..a"}]}},
            [
                "configMap.items[0].key: Required value",
                "configMap.items[0].path: Invalid value: \"..a\": must not start with '..'",
            ],
        ),
        (
            {"image": {"pullPolicy": "Sometimes"}},
            [
                "image.reference: Required value",
                'image.pullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
            ],
        ),
        ({"ephemeral": {}}, ["ephemeral.volumeClaimTemplate: Required value"]),
        (
            {
                "ephemeral": {
                    "volumeClaimTemplate": {"metadata": {"name": "x"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
                }
            },
            [
                "ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set",
                "ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
            ],
        ),
        (
            {"downwardAPI": {"items": [{"path": "a"}, {"fieldRef": {"fieldPath": "metadata.name"}}]}},
            [
                "downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
                "downwardAPI.path: Required value",
            ],
        ),
        (
            {
                "downwardAPI": {
                    "items": [
                        {"path": "a", "fieldRef": {"fieldPath": "spec.nodeName"}},
                        {"path": "b", "fieldRef": {"fieldPath": "spec.color"}},
                        {"path": "c", "fieldRef": {"fieldPath": "metadata.labels['app']"}},
                    ]
                }
            },
            [
                'downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: '
                '"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
                'downwardAPI.fieldRef.fieldPath: Invalid value: "spec.color": '
                "error converting fieldPath: field label not supported: spec.color",
            ],
        ),
        (
            {"downwardAPI": {"items": [{"path": "a", "resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}]}},
            [
                "downwardAPI.resourceFieldRef.containerName: Required value",
                'downwardAPI.resourceFieldRef.divisor: Invalid value: "limits.cpu": '
                "only divisor's values 1m and 1 are supported with the cpu resource",
            ],
        ),
        (
            {
                "projected": {
                    "sources": [
                        {"secret": {"name": "user", "items": [{"key": "a", "path": "x"}]}, "configMap": {"name": "c"}},
                        {"configMap": {"name": "c", "items": [{"key": "a", "path": "x"}]}},
                        {"serviceAccountToken": {"expirationSeconds": 60}},
                    ]
                }
            },
            [
                f"projected.sources[0]: Forbidden: {ONCE}",
                'projected: Invalid value: "c": conflicting duplicate paths',
                "projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 60: "
                "may not specify a duration less than 10 minutes",
                "projected.path: Required value",
            ],
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_broken_volume_of_a_pod_is_refused(volume, problems):
    expected = [f"spec.volumes[0].{problem}" for problem in problems]
    assert refused(pod_of({"name": "data", **volume})) == expected


def test_a_mount_of_a_refused_volume_finds_no_volume():
    mounts = [{"name": "data", "mountPath": "/data"}]
    assert refused(
        pod_of({"name": "data", "nfs": {"server": "nfs.example.com", "path": "exports"}}, mounts=mounts)
    ) == [
        'spec.volumes[0].nfs.path: Invalid value: "exports": must be an absolute path',
        'spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ]


def test_the_claim_of_an_ephemeral_volume_is_not_named_by_another_volume():
    ephemeral = {"name": "scratch", "ephemeral": IN_POD_ONLY["ephemeral"]}
    named = {"name": "data", "persistentVolumeClaim": {"claimName": "app-scratch"}}
    assert refused(pod_of(ephemeral, named)) == [
        'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "app-scratch": '
        "must not reference a PVC that gets created for an ephemeral volume"
    ]


def test_a_name_counts_as_taken_only_by_a_volume_that_is_accepted():
    good, bad = {"name": "data", "emptyDir": {}}, {"name": "data", "secret": {}}
    assert refused(pod_of(good, good)) == ['spec.volumes[1].name: Duplicate value: "data"']
    assert refused(pod_of(bad, good)) == ["spec.volumes[0].secret.secretName: Required value"]
