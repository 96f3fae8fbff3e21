"""What is refused in the kinds that drivers of storage write and in classes of attributes, and which changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.objects.csi import (
    CSIDriver,
    CSINode,
    CSIStorageCapacity,
    VolumeAttachment,
    VolumeAttributesClass,
    VolumeError,
)

from .building import built, merged, metadata, refused, refused_change

NAME = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
GONE = None
DOCUMENTS = {
    CSIDriver: {"metadata": metadata("ebs.csi.aws.com", False), "spec": {}},
    CSINode: {
        "metadata": metadata("node-1", False),
        "spec": {"drivers": [{"name": "ebs.csi.aws.com", "nodeID": "i-1", "topologyKeys": ["zone"]}]},
    },
    CSIStorageCapacity: {
        "metadata": metadata("csisc-1"),
        "storageClassName": "fast",
        "nodeTopology": {"matchLabels": {"zone": "a"}},
        "capacity": "10Gi",
    },
    VolumeAttachment: {
        "metadata": metadata("csi-1", False),
        "spec": {"attacher": "ebs.csi.aws.com", "nodeName": "node-1", "source": {"persistentVolumeName": "v"}},
    },
    VolumeAttributesClass: {
        "metadata": metadata("gold", False),
        "driverName": "ebs.csi.aws.com",
        "parameters": {"iops": "4000"},
    },
}


def of(cls, changes=None):
    return built(cls, merged(DOCUMENTS[cls], changes or {}))


@pytest.mark.parametrize("cls", DOCUMENTS, ids=lambda cls: cls.__name__)
def test_a_plain_object_of_the_kind_is_accepted_and_can_be_labelled(cls):
    labelled = of(cls, {"metadata": {"labels": {"team": "storage"}}})
    assert refused(of(cls)) == refused_change(labelled, of(cls)) == []


@pytest.mark.parametrize(
    ("cls", "changes", "problems"),
    [
        (CSIDriver, {"metadata": {"name": "EBS"}}, [f'metadata.name: Invalid value: "EBS": {NAME}']),
        (
            CSIDriver,
            {"spec": {"fsGroupPolicy": "Never"}},
            [
                'spec.fsGroupPolicy: Unsupported value: "Never": '
                'supported values: "File", "None", "ReadWriteOnceWithFSType"'
            ],
        ),
        (
            CSIDriver,
            {"spec": {"volumeLifecycleModes": ["Eternal"]}},
            [
                'spec.volumeLifecycleModes: Unsupported value: "Eternal": supported values: "Persistent", "Ephemeral"',
            ],
        ),
        (
            CSIDriver,
            {"spec": {"tokenRequests": [{"audience": "a", "expirationSeconds": 60}, {"audience": "a"}]}},
            [
                "spec.tokenRequests[0].expirationSeconds: Invalid value: 60: "
                "may not specify a duration less than 10 minutes",
                'spec.tokenRequests[1].audience: Duplicate value: "a"',
            ],
        ),
        (
            CSIDriver,
            {"spec": {"nodeAllocatableUpdatePeriodSeconds": 9, "serviceAccountTokenInSecrets": True}},
            [
                "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: "
                "must be greater than or equal to 10 seconds",
                "spec.serviceAccountTokenInSecrets: Invalid value: true: "
                "serviceAccountTokenInSecrets is set but no tokenRequests are specified",
            ],
        ),
        (
            CSINode,
            {"spec": {"drivers": [{"name": "a", "nodeID": "i-1", "topologyKeys": ["zone", "zone"]}, {"name": "a"}]}},
            [
                'spec.drivers[0]: Duplicate value: "zone"',
                "spec.drivers[1].nodeID: Required value",
                'spec.drivers[1].name: Duplicate value: "a"',
            ],
        ),
        (
            CSINode,
            {"spec": {"drivers": [{"name": "", "nodeID": "i" * 257, "allocatable": {"count": -1}}]}},
            [
                "spec.drivers[0].name: Required value",
                f'spec.drivers[0].nodeID: Invalid value: "{"i" * 257}": must be 256 characters or less',
                "spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            CSIStorageCapacity,
            {"storageClassName": "", "capacity": "-1"},
            [
                f'storageClassName: Invalid value: "": {NAME}',
                'capacity: Invalid value: "-1": must be greater than or equal to 0',
            ],
        ),
        (
            VolumeAttachment,
            {"spec": {"attacher": "", "nodeName": "", "source": GONE}},
            [
                "spec.attacher: Required value",
                "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
                f'spec.nodeName: Invalid value: "": {NAME}',
                "spec.attacher: Required value",
            ],
        ),
        (
            VolumeAttachment,
            {"spec": {"source": {"inlineVolumeSpec": {}}}},
            ["spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName"],
        ),
        (
            VolumeAttachment,
            {
                "spec": {
                    "source": {
                        "persistentVolumeName": GONE,
                        "inlineVolumeSpec": {
                            "accessModes": ["ReadWriteOnce"],
                            "hostPath": {"path": "/srv"},
                            "storageClassName": "fast",
                        },
                    }
                }
            },
            [
                "spec.source.inlineVolumeSpec.csi: Required value: "
                "has to be specified in the context of inline volumes",
                "spec.source.inlineVolumeSpec.storageClassName: Forbidden: "
                "may not be specified in the context of inline volumes",
            ],
        ),
        (
            VolumeAttributesClass,
            {"driverName": "", "parameters": GONE},
            ["driverName: Required value", "parameters: Required value: must contain at least one key/value pair"],
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_broken_object_is_refused_with_its_place(cls, changes, problems):
    assert refused(of(cls, changes)) == problems


@pytest.mark.parametrize(
    ("cls", "changes", "problems"),
    [
        (
            CSIDriver,
            {"spec": {"attachRequired": False, "volumeLifecycleModes": ["Ephemeral"]}},
            [
                "spec.attachedRequired: Invalid value: false: field is immutable",
                'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
            ],
        ),
        (
            CSINode,
            {"spec": {"drivers": [{"name": "ebs.csi.aws.com", "nodeID": "i-2", "topologyKeys": ["zone"]}]}},
            [
                'spec.drivers: Invalid value: {"Name":"ebs.csi.aws.com","NodeID":"i-2","TopologyKeys":["zone"],'
                '"Allocatable":null}: field is immutable'
            ],
        ),
        (
            CSIStorageCapacity,
            {"storageClassName": "slow", "nodeTopology": {"matchLabels": {"zone": "b"}}},
            [
                'nodeTopology: Invalid value: {"matchLabels":{"zone":"b"}}: field is immutable',
                'storageClassName: Invalid value: "slow": field is immutable',
            ],
        ),
        (
            VolumeAttachment,
            {"spec": {"nodeName": "node-2"}},
            [
                'spec: Invalid value: {"Attacher":"ebs.csi.aws.com","Source":{"PersistentVolumeName":"v",'
                '"InlineVolumeSpec":null},"NodeName":"node-2"}: field is immutable'
            ],
        ),
        (
            VolumeAttributesClass,
            {"driverName": "example.com", "parameters": {"iops": "8000"}},
            [
                "driverName: Forbidden: updates to driverName are forbidden.",
                "parameters: Forbidden: updates to parameters are forbidden.",
            ],
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_these_changes_are_refused(cls, changes, problems):
    assert refused_change(of(cls, changes), of(cls)) == problems


@pytest.mark.parametrize(
    ("cls", "changes"),
    [
        (CSIDriver, {"spec": {"podInfoOnMount": True, "storageCapacity": True, "fsGroupPolicy": "File"}}),
        (CSINode, {"spec": {"drivers": []}}),
        (
            CSINode,
            {
                "spec": {
                    "drivers": [
                        {
                            "name": "ebs.csi.aws.com",
                            "nodeID": "i-1",
                            "topologyKeys": ["zone"],
                            "allocatable": {"count": 25},
                        }
                    ]
                }
            },
        ),
        (CSIStorageCapacity, {"capacity": "5Gi", "maximumVolumeSize": "1Gi"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else next(iter(value)),
)
def test_these_changes_are_accepted(cls, changes):
    assert refused_change(of(cls, changes), of(cls)) == []


def test_an_attachment_reports_errors_of_a_limited_size():
    attachment = of(VolumeAttachment)
    error = VolumeError(message="x" * 1025, error_code=-1)
    failed = replace(attachment, status=replace(attachment.status, attach_error=error))
    assert refused_change(failed, attachment) == [
        "status.attachError.message: Too long: may not be more than 262144 bytes",
        "status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ]
