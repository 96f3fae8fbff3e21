"""What the API server fills in, and that it fills in nothing twice."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.api.defaulting import DEFAULTS, default
from harness.api.defaulting.images import pull_policy
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeClaimTemplate
from harness.objects.config import Namespace, Secret
from harness.objects.meta import ObjectMeta, TypedLocalObjectReference
from harness.objects.node import Node, NodeStatus
from harness.objects.pod import (
    Container,
    ContainerPort,
    EnvVar,
    EnvVarSource,
    ExecAction,
    HTTPGetAction,
    Pod,
    PodSecurityContext,
    PodSpec,
    PodTemplateSpec,
    Probe,
    ResourceRequirements,
)
from harness.objects.policy import PriorityClass
from harness.objects.service import EndpointPort, EndpointSlice, Service, ServicePort, ServiceSpec
from harness.objects.statefulset import (
    RollingUpdateStatefulSetStrategy,
    StatefulSet,
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    StatefulSetSpec,
    StatefulSetUpdateStrategy,
)
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, StorageClass
from harness.objects.volume import (
    ConfigMapVolumeSource,
    EmptyDirVolumeSource,
    HostPathVolumeSource,
    ObjectFieldSelector,
    ResourceFieldSelector,
    Volume,
)


def served(value):
    return msgspec.json.decode(msgspec.json.encode(value))


def pod_with(container=None, **spec):
    containers = (Container(name="c", image="app:v1") if container is None else container,)
    return default(Pod(metadata=ObjectMeta(name="p"), spec=PodSpec(containers=containers, **spec)))


def container_with(**fields):
    return pod_with(Container(name="c", image="app:v1", **fields)).spec.containers[0]


def test_a_pod_gets_every_default_of_its_spec():
    assert served(pod_with().spec) == {
        "containers": [
            {
                "name": "c",
                "image": "app:v1",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "imagePullPolicy": "IfNotPresent",
            }
        ],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "enableServiceLinks": True,
    }


def test_only_a_pod_gets_service_links_and_requests_from_limits():
    resources = ResourceRequirements(limits={"cpu": "1"})
    container = Container(name="c", image="app:v1", resources=resources)
    template = default(
        StatefulSet(spec=StatefulSetSpec(template=PodTemplateSpec(spec=PodSpec(containers=(container,)))))
    )
    assert template.spec.template.spec.enable_service_links is None
    assert template.spec.template.spec.containers[0].resources.requests == {}
    assert pod_with(container).spec.enable_service_links is True
    assert pod_with(container).spec.containers[0].resources.requests == {"cpu": "1"}


def test_a_request_that_is_there_is_not_replaced_by_the_limit():
    resources = ResourceRequirements(limits={"cpu": "1", "memory": "1Gi"}, requests={"cpu": "500m"})
    assert container_with(resources=resources).resources.requests == {"cpu": "500m", "memory": "1Gi"}


def test_a_grace_period_of_zero_stays():
    assert pod_with(termination_grace_period_seconds=0).spec.termination_grace_period_seconds == 0


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("localhost:5000/nginx", "Always"),
        ("registry.example.com/team/nginx", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("localhost:5000/nginx:1.27", "IfNotPresent"),
        (f"nginx@sha256:{'a' * 64}", "IfNotPresent"),
        (f"nginx:latest@sha256:{'a' * 64}", "Always"),
        ("", "IfNotPresent"),
        ("Not A Reference", "IfNotPresent"),
    ],
)
def test_the_tag_decides_when_an_image_is_pulled(image, policy):
    assert pull_policy(image) == policy


def test_probes_get_their_numbers_and_their_request():
    probe = container_with(readiness_probe=Probe(http_get=HTTPGetAction(port=80))).readiness_probe
    assert served(probe) == {
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def test_ports_speak_tcp_and_on_the_host_network_open_the_same_port_there():
    ports = (ContainerPort(container_port=80),)
    assert container_with(ports=ports).ports == (ContainerPort(container_port=80, protocol="TCP"),)
    on_host = pod_with(Container(name="c", image="i", ports=ports), host_network=True)
    assert on_host.spec.containers[0].ports[0].host_port == 80


def test_field_references_get_their_version_and_divisor():
    field = EnvVar(name="A", value_from=EnvVarSource(field_ref=ObjectFieldSelector(field_path="metadata.name")))
    amount = EnvVar(name="B", value_from=EnvVarSource(resource_field_ref=ResourceFieldSelector(resource="limits.cpu")))
    first, second = container_with(env=(field, amount)).env
    assert first.value_from.field_ref.api_version == "v1"
    assert second.value_from.resource_field_ref.divisor == "0"


def test_volumes_get_modes_types_and_if_nothing_else_an_empty_directory():
    volumes = (
        Volume(name="a", config_map=ConfigMapVolumeSource(name="c")),
        Volume(name="b", host_path=HostPathVolumeSource(path="/x")),
        Volume(name="c"),
    )
    settings_, host, empty = pod_with(volumes=volumes).spec.volumes
    assert settings_.config_map.default_mode == 420
    assert host.host_path.type == ""
    assert empty.empty_dir == EmptyDirVolumeSource()


def test_the_two_names_of_the_service_account_say_the_same():
    spec = pod_with(service_account_name="runner").spec
    assert (spec.service_account, spec.service_account_name) == ("runner", "runner")
    assert pod_with(service_account="runner").spec.service_account_name == "runner"


def test_pod_level_requests_follow_containers_then_pod_level_limits():
    requests = ResourceRequirements(requests={"cpu": "250m"})
    whole = ResourceRequirements(limits={"cpu": "1", "memory": "1Gi"})
    container = Container(name="c", image="i", resources=requests)
    pod = default(
        Pod(spec=PodSpec(containers=(container, replace(container, name="d")), resources=whole)),
    )
    assert pod.spec.resources.requests == {"cpu": "500m", "memory": "1Gi"}


def test_a_stateful_set_gets_every_default_of_its_spec():
    spec = default(StatefulSet()).spec
    assert spec.replicas == 1
    assert spec.pod_management_policy == "OrderedReady"
    assert spec.revision_history_limit == 10
    assert spec.update_strategy == StatefulSetUpdateStrategy(
        type="RollingUpdate", rolling_update=RollingUpdateStatefulSetStrategy(partition=0)
    )
    assert spec.persistent_volume_claim_retention_policy == StatefulSetPersistentVolumeClaimRetentionPolicy(
        when_deleted="Retain", when_scaled="Retain"
    )


def test_no_replicas_is_not_a_missing_number_of_them():
    assert default(StatefulSet(spec=StatefulSetSpec(replicas=0))).spec.replicas == 0


def strategy_with(**fields):
    spec = StatefulSetSpec(update_strategy=StatefulSetUpdateStrategy(**fields))
    return default(StatefulSet(spec=spec)).spec.update_strategy


def test_a_strategy_that_is_named_gets_no_rolling_update_of_its_own():
    assert strategy_with(type="RollingUpdate").rolling_update is None
    assert strategy_with(type="OnDelete").rolling_update is None


def test_max_unavailable_of_a_set_is_dropped_beside_its_partition():
    rolling = RollingUpdateStatefulSetStrategy(max_unavailable=2)
    assert strategy_with(rolling_update=rolling).rolling_update == RollingUpdateStatefulSetStrategy(partition=0)


def test_a_missing_half_of_the_retention_policy_is_retain():
    half = StatefulSetPersistentVolumeClaimRetentionPolicy(when_deleted="Delete")
    owner = default(StatefulSet(spec=StatefulSetSpec(persistent_volume_claim_retention_policy=half)))
    assert owner.spec.persistent_volume_claim_retention_policy.when_scaled == "Retain"


def test_a_claim_template_reads_back_as_a_pending_claim():
    template = VolumeClaimTemplate(metadata=ObjectMeta(name="data"))
    owner = default(StatefulSet(spec=StatefulSetSpec(volume_claim_templates=(template,))))
    (found,) = owner.spec.volume_claim_templates
    assert (found.kind, found.api_version) == ("PersistentVolumeClaim", "v1")
    assert (found.spec.volume_mode, found.status.phase) == ("Filesystem", "Pending")


def test_storage_gets_its_modes_policies_and_phases():
    volume = default(PersistentVolume(spec=PersistentVolumeSpec(host_path=HostPathVolumeSource(path="/x"))))
    assert volume.spec.persistent_volume_reclaim_policy == "Retain"
    assert (volume.spec.volume_mode, volume.spec.host_path.type, volume.status.phase) == ("Filesystem", "", "Pending")
    claim = default(PersistentVolumeClaim())
    assert (claim.spec.volume_mode, claim.status.phase) == ("Filesystem", "Pending")
    storage_class = default(StorageClass())
    assert (storage_class.reclaim_policy, storage_class.volume_binding_mode) == ("Delete", "Immediate")


def test_the_two_data_sources_of_a_claim_say_the_same():
    source = TypedLocalObjectReference(kind="PersistentVolumeClaim", name="old")
    spec = default(PersistentVolumeClaim(spec=PersistentVolumeClaimSpec(data_source=source))).spec
    assert (spec.data_source_ref.kind, spec.data_source_ref.name) == ("PersistentVolumeClaim", "old")


def test_a_data_source_that_cannot_be_copied_is_dropped():
    source = TypedLocalObjectReference(api_group="example.com", kind="Thing", name="old")
    spec = default(PersistentVolumeClaim(spec=PersistentVolumeClaimSpec(data_source=source))).spec
    assert spec.data_source is None


def test_a_service_gets_every_default_of_its_spec():
    spec = default(Service(spec=ServiceSpec(ports=(ServicePort(port=80),)))).spec
    assert served(spec) == {
        "ports": [{"protocol": "TCP", "port": 80, "targetPort": 80}],
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster",
    }


def test_a_service_for_outside_gets_the_defaults_for_outside():
    spec = default(Service(spec=ServiceSpec(type="LoadBalancer"))).spec
    assert spec.external_traffic_policy == "Cluster"
    assert spec.allocate_load_balancer_node_ports is True


def test_sticky_sessions_last_three_hours():
    spec = default(Service(spec=ServiceSpec(session_affinity="ClientIP"))).spec
    assert spec.session_affinity_config.client_ip.timeout_seconds == 10800


def test_the_smaller_kinds_get_their_defaults():
    assert default(Secret(string_data={"a": "b"})) == Secret(type="Opaque", data={"a": "Yg=="})
    assert default(Node(status=NodeStatus(capacity={"cpu": "1"}))).status.allocatable == {"cpu": "1"}
    assert default(PriorityClass()).preemption_policy == "PreemptLowerPriority"
    assert default(Namespace(metadata=ObjectMeta(name="n"))).metadata.labels == {"kubernetes.io/metadata.name": "n"}
    assert default(EndpointSlice(ports=(EndpointPort(port=80),))).ports == (
        EndpointPort(name="", protocol="TCP", port=80),
    )


PROBES = st.none() | st.builds(Probe, exec=st.just(ExecAction(command=("ready",))), period_seconds=st.integers(0, 3))
CONTAINERS = st.builds(
    Container,
    name=st.just("c"),
    image=st.sampled_from(["a", "a:1"]),
    readiness_probe=PROBES,
    resources=st.sampled_from([ResourceRequirements(), ResourceRequirements(limits={"cpu": "1"})]),
    ports=st.sampled_from([(), (ContainerPort(container_port=80),)]),
)
POD_SPECS = st.builds(
    PodSpec,
    containers=st.lists(CONTAINERS, min_size=1, max_size=2).map(tuple),
    init_containers=st.lists(CONTAINERS, max_size=1).map(tuple),
    volumes=st.sampled_from([(), (Volume(name="v"),), (Volume(name="v", host_path=HostPathVolumeSource(path="/x")),)]),
    host_network=st.booleans(),
    security_context=st.sampled_from([None, PodSecurityContext(run_as_user=1)]),
    service_account=st.sampled_from(["", "default"]),
    resources=st.sampled_from([None, ResourceRequirements(limits={"memory": "1Gi"})]),
)


@settings(max_examples=60, deadline=None)
@given(POD_SPECS)
def test_a_pod_with_its_defaults_is_returned_as_it_is(spec):
    pod = default(Pod(spec=spec))
    assert default(pod) is pod


@settings(max_examples=30, deadline=None)
@given(POD_SPECS)
def test_a_stateful_set_with_its_defaults_is_returned_as_it_is(spec):
    owner = default(StatefulSet(spec=StatefulSetSpec(template=PodTemplateSpec(spec=spec))))
    assert default(owner) is owner


@pytest.mark.parametrize("cls", DEFAULTS, ids=lambda cls: cls.__name__)
def test_every_kind_with_its_defaults_is_returned_as_it_is(cls):
    obj = default(cls(metadata=ObjectMeta(name="n")))
    assert default(obj) is obj
