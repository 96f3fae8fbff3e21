"""A golden file as a whole: its parts, the objects, stand-ins, and that it is the same whoever writes it."""

from __future__ import annotations

from typing import Any

import yaml
from msgspec.structs import replace
from outcomes import Story, named, pod

from harness.api.defaulting import default
from harness.golden.text import is_golden, render
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap
from harness.objects.meta import CustomObject, ObjectMeta, OwnerReference
from harness.objects.node import Node, NodeSpec
from harness.objects.pod import Container, PodCondition, PodSpec, PodStatus, PodTemplateSpec
from harness.objects.service import EndpointSlice
from harness.objects.statefulset import StatefulSet, StatefulSetSpec
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec
from harness.objects.volume import AzureDiskVolumeSource

UID = "11111111-2222-4333-8444-555555555555"


def text(story: Story, **narrowed: Any) -> str:
    return render(story.outcome(), path="scenarios/x.yaml", **narrowed)


def read(story: Story, **narrowed: Any) -> Any:
    return yaml.safe_load(text(story, **narrowed))


def test_the_first_line_names_format_and_scenario() -> None:
    first = text(Story()).split("\n", 1)[0]
    assert first == "# harness golden 1 · scenarios/x.yaml"
    assert is_golden(first)


def test_a_step_says_what_was_done_and_answered() -> None:
    story = Story()
    story.step("scale sts/web replicas=5", message="statefulset.apps/web scaled", settled_ms=61_003)
    story.step("delete pod/x", rejected='Error from server (NotFound): pods "x" not found', settled_ms=61_003)
    assert read(story)["steps"] == [
        {"did": "scale sts/web replicas=5", "said": "statefulset.apps/web scaled", "settled": "+61.003s"},
        {
            "did": "delete pod/x",
            "rejected": 'Error from server (NotFound): pods "x" not found',
            "settled": "+0.000s",
        },
    ]


def test_a_step_that_never_settles_shows_what_repeats() -> None:
    story = Story()
    story.step("apply x", reason="limit", settled_ms=600_000, cycle=("pod/a created", "pod/a deleted"))
    step = read(story)["steps"][0]
    assert step["settled"] == "never, still changing at +600.000s"
    assert step["repeating"] == ["pod/a created", "pod/a deleted"]


def test_a_step_that_was_not_awaited_says_so() -> None:
    story = Story()
    story.step("apply x", reason="not awaited")
    assert read(story)["steps"][0]["settled"] == "not awaited"


def test_what_goes_without_saying_is_left_out() -> None:
    story = Story()
    container = Container(
        name="c",
        image="app:v1",
        image_pull_policy="IfNotPresent",
        termination_message_path="/dev/termination-log",
        termination_message_policy="File",
    )
    spec = PodSpec(containers=(container,), restart_policy="Always", dns_policy="ClusterFirst", node_name="node-1")
    conditions = (
        PodCondition(type="Ready", status="True", last_transition_time="2026-01-01T00:00:00Z"),
        PodCondition(type="PodScheduled", status="True"),
    )
    status = PodStatus(phase="Running", conditions=conditions, pod_ip="10.0.0.1", start_time="2026-01-01T00:00:00Z")
    metadata = named("p", creation_timestamp="2026-01-01T00:00:00Z", resource_version="7")
    story.happens(replace(pod(), metadata=metadata, spec=spec, status=status))
    assert read(story)["objects"] == {
        "pod/p": {
            "spec": {"containers": [{"name": "c", "image": "app:v1"}], "nodeName": "node-1"},
            "status": {"phase": "Running", "conditions": {"Ready": True}},
        }
    }


def test_no_default_of_a_disk_is_shown() -> None:
    source = AzureDiskVolumeSource(disk_name="data", disk_uri="https://disks.example.com/data.vhd")
    disk = PersistentVolume(metadata=named("disk", ""), spec=PersistentVolumeSpec(azure_disk=source))
    story = Story()
    story.happens(default(disk))
    assert read(story)["objects"]["persistentvolume/disk"]["spec"] == {
        "azureDisk": {"diskName": "data", "diskURI": "https://disks.example.com/data.vhd"}
    }


def test_an_image_pulled_in_an_unusual_way_says_so() -> None:
    story = Story()
    container = Container(name="c", image="app:latest", image_pull_policy="IfNotPresent")
    story.happens(replace(pod(), spec=PodSpec(containers=(container,))))
    assert read(story)["objects"]["pod/p"]["spec"]["containers"][0]["imagePullPolicy"] == "IfNotPresent"


def test_a_pod_says_only_what_its_template_does_not() -> None:
    template = PodTemplateSpec(
        metadata=ObjectMeta(labels={"app": "web"}), spec=PodSpec(containers=(Container(name="c", image="app:v1"),))
    )
    story = Story()
    story.happens(StatefulSet(metadata=named("web"), spec=StatefulSetSpec(template=template)))
    owner = OwnerReference(kind="StatefulSet", name="web", uid="uid-web", controller=True)
    labels = {"app": "web", "controller-revision-hash": "web-1"}
    for name, image in (("web-0", "app:v1"), ("web-1", "app:v0")):
        metadata = named(name, labels=labels, owner_references=(owner,))
        spec = PodSpec(containers=(Container(name="c", image=image),), node_name="node-1", hostname=name)
        story.happens(replace(pod(), metadata=metadata, spec=spec))
    objects = read(story)["objects"]
    assert objects["pod/web-0"]["spec"] == {"nodeName": "node-1"}
    assert objects["pod/web-0"]["metadata"] == {
        "labels": {"controller-revision-hash": "web-1"},
        "ownerReferences": ["statefulset/web"],
    }
    assert objects["pod/web-1"]["spec"]["containers"] == [{"name": "c", "image": "app:v0"}]


def test_an_object_still_going_says_so() -> None:
    story = Story()
    story.happens(pod(metadata=named("p", deletion_timestamp="2026-01-01T00:00:00Z", finalizers=("a/b",))))
    assert read(story)["objects"]["pod/p"]["metadata"] == {"finalizers": ["a/b"], "deletionTimestamp": "<set>"}


def test_a_generated_name_reads_as_the_first_of_its_prefix() -> None:
    story = Story()
    for suffix in ("zzzzz", "bcdfg"):
        story.happens(EndpointSlice(metadata=named(f"web-{suffix}", generate_name="web-")))
    story.happens(pod(metadata=named("web-0", generate_name="web-")))
    story.step(message="endpointslice/web-bcdfg created")
    document = read(story)
    assert list(document["objects"]) == ["pod/web-0", "endpointslice/web-<1>", "endpointslice/web-<2>"]
    assert document["steps"][0]["said"] == "endpointslice/web-<2> created"


def test_a_volume_named_after_a_uid_reads_as_its_claims() -> None:
    story = Story()
    story.happens(PersistentVolumeClaim(metadata=named("data-web-0", uid=UID)))
    story.happens(PersistentVolume(metadata=named(f"pvc-{UID}", "")))
    story.says(pod(), "Noted", f"claim {UID} has pvc-{UID}")
    document = read(story)
    assert "persistentvolume/pvc-<data-web-0>" in document["objects"]
    assert "claim <uid of pvc/data-web-0> has pvc-<data-web-0>" in document["steps"][0]["log"]
    assert UID not in text(story)


def test_a_node_is_shown_only_as_far_as_it_changed() -> None:
    node = Node(metadata=named("node-1", "", labels={"a": "b"}))
    story = Story()
    story.happens(node)
    story.happens(Node(metadata=named("node-2", "")))
    story.before, story._records = tuple(story._records), []
    story.happens(replace(node, spec=NodeSpec(unschedulable=True)))
    assert read(story)["objects"] == {"node/node-1": {"spec": {"unschedulable": True}}}


def test_kinds_narrow_the_objects() -> None:
    story = Story()
    story.happens(pod())
    story.happens(ConfigMap(metadata=named("c"), data={"a": "b"}))
    assert list(read(story, kinds=("ConfigMap",))["objects"]) == ["configmap/c"]


def test_ignored_values_are_still_there() -> None:
    story = Story()
    story.happens(ConfigMap(metadata=named("c", annotations={"example.com/seed": "7"}), data={"a": "b", "c": "d"}))
    objects = read(story, ignore=("metadata.annotations[example.com/seed]", "configmap/*: data.a", "pod/*: data.c"))[
        "objects"
    ]
    assert objects["configmap/c"] == {
        "metadata": {"annotations": {"example.com/seed": "<ignored>"}},
        "data": {"a": "<ignored>", "c": "d"},
    }


def test_two_stars_ignore_a_field_wherever_it_is() -> None:
    story = Story()
    story.happens(pod())
    spec = read(story, ignore=("**.image",))["objects"]["pod/p"]["spec"]
    assert spec["containers"][0] == {"name": "c", "image": "<ignored>"}


def test_a_custom_object_is_shown_as_it_came() -> None:
    story = Story()
    content = {"spec": {"size": 3}, "status": {"ready": True}}
    story.happens(
        CustomObject(metadata=named("r"), group_version="db.example.com/v1", kind_name="Redis", content=content)
    )
    assert read(story)["objects"] == {"redis/r": {"apiVersion": "db.example.com/v1", **content}}


def test_names_are_listed_by_number() -> None:
    story = Story()
    for number in (10, 9, 1):
        story.happens(pod(f"web-{number}"))
    assert list(read(story)["objects"]) == ["pod/web-1", "pod/web-9", "pod/web-10"]


def test_the_order_of_a_mapping_does_not_depend_on_how_it_came_to_be() -> None:
    one, other = Story(), Story()
    one.happens(pod())
    other.happens(pod())
    assert text(one) == text(other)
