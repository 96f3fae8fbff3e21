"""How a whole value is shown: as Go prints the internal type."""

from __future__ import annotations

import json

import pytest

from harness.api.validation.internal_form import difference, shown, source_difference
from harness.objects.claim import PersistentVolumeClaimTemplate
from harness.objects.meta import LabelSelector, ObjectMeta, ObjectReference
from harness.objects.pod import Container, PodSecurityContext, PodSpec
from harness.objects.storage import PersistentVolumeSpec
from harness.objects.volume import (
    CephFSVolumeSource,
    GlusterfsPersistentVolumeSource,
    GlusterfsVolumeSource,
    LocalVolumeSource,
    PersistentVolumeClaimVolumeSource,
    RBDPersistentVolumeSource,
    RBDVolumeSource,
    Volume,
)
from harness.objects.wire import from_wire

SPEC = PodSpec(containers=(Container(name="c", image="i"),), security_context=PodSecurityContext(), host_network=True)


def test_empty_lists_and_maps_are_null_and_numbers_and_texts_are_not():
    container = json.loads(shown(SPEC))["Containers"][0]
    assert (container["Ports"], container["Stdin"], container["WorkingDir"]) == (None, False, "")


def test_the_network_of_the_host_is_part_of_the_security_context():
    form = json.loads(shown(SPEC))
    assert list(form["SecurityContext"])[:3] == ["HostNetwork", "HostPID", "HostIPC"]
    assert form["SecurityContext"]["HostNetwork"] is True
    assert "HostNetwork" not in form


def test_a_pod_spec_has_the_fields_of_the_internal_type_in_its_order():
    names = list(json.loads(shown(SPEC)))
    assert names[:5] == ["Volumes", "InitContainers", "Containers", "EphemeralContainers", "RestartPolicy"]
    assert names[-3:] == ["Resources", "HostnameOverride", "SchedulingGroup"]
    assert "DeprecatedServiceAccount" not in names


def test_types_of_the_metadata_library_are_shown_as_served():
    assert shown(LabelSelector(match_labels={"b": "2", "a": "1"})) == '{"matchLabels":{"a":"1","b":"2"}}'


def test_references_are_shown_with_their_go_names():
    assert shown(ObjectReference(kind="Pod", name="p", uid="1")) == (
        '{"Kind":"Pod","Namespace":"","Name":"p","UID":"1","APIVersion":"","ResourceVersion":"","FieldPath":""}'
    )


def test_a_volume_shows_its_name_beside_its_sources():
    source = PersistentVolumeClaimVolumeSource(claim_name="data")
    form = json.loads(shown(Volume(name="v", persistent_volume_claim=source)))
    assert list(form)[:3] == ["Name", "HostPath", "EmptyDir"]
    assert form["PersistentVolumeClaim"] == {"ClaimName": "data", "ReadOnly": False}


def test_equal_values_have_no_difference():
    assert difference(SPEC, SPEC) == ""


def test_a_difference_has_three_lines_around_each_change():
    old, new = (PersistentVolumeSpec(local=LocalVolumeSource(path=path)) for path in ("/a", "/b"))
    assert source_difference(old, new) == (
        '@@ -19,7 +19,7 @@\n  "PortworxVolume": null,\n  "ScaleIO": null,\n  "Local": {\n-  "Path": "/a",\n'
        '+  "Path": "/b",\n   "FSType": null\n  },\n  "StorageOS": null,\n'
    )


def test_a_volume_inside_an_attachment_is_shown_with_all_its_fields():
    spec = from_wire(
        {"accessModes": ["ReadWriteOnce"], "csi": {"driver": "d", "volumeHandle": "h"}}, PersistentVolumeSpec
    )
    text = shown(spec)
    assert text.startswith('{"Capacity":null,"GCEPersistentDisk":null,')
    assert text.endswith(
        '"AccessModes":["ReadWriteOnce"],"ClaimRef":null,"PersistentVolumeReclaimPolicy":"",'
        '"StorageClassName":"","MountOptions":null,"VolumeMode":null,"NodeAffinity":null,'
        '"VolumeAttributesClassName":null}'
    )


def test_the_metadata_of_a_template_stand_beside_its_spec():
    template = PersistentVolumeClaimTemplate(metadata=ObjectMeta(labels={"app": "web"}))
    form = json.loads(shown(template))
    assert (form["labels"], list(form)[-1]) == ({"app": "web"}, "Spec")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (RBDVolumeSource(), {"CephMonitors", "RBDImage", "RBDPool", "RadosUser"}),
        (RBDPersistentVolumeSource(), {"CephMonitors", "RBDImage", "RBDPool", "RadosUser"}),
        (CephFSVolumeSource(), {"Monitors", "User"}),
        (GlusterfsVolumeSource(), {"EndpointsName"}),
        (GlusterfsPersistentVolumeSource(), {"EndpointsName", "EndpointsNamespace"}),
    ],
    ids=lambda part: type(part).__name__,
)
def test_a_volume_source_is_shown_with_the_names_of_its_own_type(source, names):
    assert names <= set(json.loads(shown(source)))
