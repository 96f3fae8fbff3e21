"""What the API server demands of a container.

Owns containers of every sort, and what must be unique among them. Volumes are known here by name and by whether they
are a claim only. Mirrors pkg/apis/core/validation/validation.go (validateContainers and neighbours), in its order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.api.problems import FieldProblem, duplicate, forbidden, invalid, not_found, required, unsupported
from harness.api.validation.fields import complaints, one_of
from harness.api.validation.handlers import lifecycle_problems, probe_problems
from harness.api.validation.names import (
    config_key,
    dns_label,
    environment_variable,
    port_name,
    port_number,
    qualified_name,
)
from harness.api.validation.resources import resource_problems
from harness.objects.pod import Container, ContainerPort, EnvVar, EnvVarSource, EphemeralContainer, PodSpec, VolumeMount
from harness.objects.volume import Volume

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
CONTAINER_RESOURCES = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_ENV_SOURCES = ("field_ref", "resource_field_ref", "config_map_key_ref", "secret_key_ref", "file_key_ref")
_ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)


def container_list_problems(spec: PodSpec, volumes: Mapping[str, Volume], path: str) -> list[FieldProblem]:
    """All containers of a pod: the regular ones, then those that run before, then those added while it runs."""
    grace = spec.termination_grace_period_seconds
    problems = _regular_problems(spec.containers, volumes, grace, f"{path}.containers")
    if spec.init_containers:
        problems += _init_problems(spec, volumes, grace, f"{path}.initContainers")
    if spec.ephemeral_containers:
        problems += _ephemeral_problems(spec, volumes, f"{path}.ephemeralContainers")
    return problems


def _regular_problems(
    containers: Sequence[Container], volumes: Mapping[str, Volume], grace: int | None, path: str
) -> list[FieldProblem]:
    if not containers:
        return [required(path)]
    problems: list[FieldProblem] = []
    names: set[str] = set()
    for index, container in enumerate(containers):
        at = f"{path}[{index}]"
        problems += _container_problems(container, volumes, at)
        if container.name in names:
            problems.append(duplicate(f"{at}.name", container.name))
        names.add(container.name)
        problems += _running_problems(container, grace, at)
        if container.restart_policy is not None:
            problems += one_of(container.restart_policy, ("Always", "Never", "OnFailure"), f"{at}.restartPolicy")
    problems += _host_port_problems(containers, path)
    return problems


def _running_problems(container: Container, grace: int | None, path: str) -> list[FieldProblem]:
    """What only a container that keeps running has: handlers and probes."""
    problems: list[FieldProblem] = []
    if container.lifecycle is not None:
        problems += lifecycle_problems(container.lifecycle, grace, f"{path}.lifecycle")
    if container.liveness_probe is not None:
        problems += probe_problems(container.liveness_probe, f"{path}.livenessProbe", single_success=True)
    if container.readiness_probe is not None:
        problems += probe_problems(container.readiness_probe, f"{path}.readinessProbe", may_terminate=False)
    if container.startup_probe is not None:
        problems += probe_problems(container.startup_probe, f"{path}.startupProbe", single_success=True)
    return problems


def _init_problems(spec: PodSpec, volumes: Mapping[str, Volume], grace: int | None, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    names = {container.name for container in spec.containers}
    for index, container in enumerate(spec.init_containers):
        at = f"{path}[{index}]"
        problems += _container_problems(container, volumes, at)
        if container.restart_policy is not None:
            problems += one_of(container.restart_policy, ("Always", "Never", "OnFailure"), f"{at}.restartPolicy")
        if container.name in names:
            problems.append(duplicate(f"{at}.name", container.name))
        names.add(container.name)
        problems += _host_port_problems((container,), path)
        if container.restart_policy == "Always":
            problems += _running_problems(container, grace, at)
        else:
            problems += _finite_problems(container, at)
    return problems


def _finite_problems(container: Container, path: str) -> list[FieldProblem]:
    """A container that ends before the pod starts can have none of what watches a running one."""
    text = "may not be set for init containers without restartPolicy=Always"
    given = (
        ("lifecycle", container.lifecycle),
        ("livenessProbe", container.liveness_probe),
        ("readinessProbe", container.readiness_probe),
        ("startupProbe", container.startup_probe),
    )
    return [forbidden(f"{path}.{name}", text) for name, value in given if value is not None]


def _ephemeral_problems(spec: PodSpec, volumes: Mapping[str, Volume], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    others = {container.name for container in (*spec.containers, *spec.init_containers)}
    names = set(others)
    text = "cannot be set for an Ephemeral Container"
    for index, container in enumerate(spec.ephemeral_containers):
        at = f"{path}[{index}]"
        problems += _container_problems(container, volumes, at)
        if container.name in names:
            problems.append(duplicate(f"{at}.name", container.name))
        names.add(container.name)
        target = container.target_container_name
        if target and target not in others:
            problems.append(not_found(f"{at}.targetContainerName", target))
        given = (
            ("ports", container.ports),
            ("livenessProbe", container.liveness_probe),
            ("readinessProbe", container.readiness_probe),
            ("startupProbe", container.startup_probe),
            ("lifecycle", container.lifecycle),
        )
        problems += [forbidden(f"{at}.{name}", text) for name, value in given if value]
    return problems


def _container_problems(
    container: Container | EphemeralContainer, volumes: Mapping[str, Volume], path: str
) -> list[FieldProblem]:
    """What every sort of container must fulfil."""
    problems: list[FieldProblem] = []
    if not container.name:
        problems.append(required(f"{path}.name"))
    elif dns_label(container.name):
        problems += complaints(f"{path}.name", container.name, dns_label(container.name))
    if not container.image:
        problems.append(required(f"{path}.image"))
    if container.termination_message_policy not in _MESSAGE_POLICIES:
        at = f"{path}.terminationMessagePolicy"
        problems += one_of(container.termination_message_policy, _MESSAGE_POLICIES, at)
    if container.ports:
        problems += _port_problems(container.ports, f"{path}.ports")
    for index, variable in enumerate(container.env):
        problems += _variable_problems(variable, f"{path}.env[{index}]")
    problems += _env_from_problems(container, f"{path}.envFrom")
    if container.volume_mounts:
        problems += _mount_problems(container, volumes, f"{path}.volumeMounts")
    if container.volume_devices:
        problems += _device_problems(container, volumes, f"{path}.volumeDevices")
    if container.image_pull_policy not in PULL_POLICIES:
        problems += one_of(container.image_pull_policy, PULL_POLICIES, f"{path}.imagePullPolicy")
    problems += resource_problems(container.resources, f"{path}.resources")
    return problems


def _port_problems(ports: Sequence[ContainerPort], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    names: set[str] = set()
    for index, port in enumerate(ports):
        at = f"{path}[{index}]"
        if port.name:
            wrong = port_name(port.name)
            problems += complaints(f"{at}.name", port.name, wrong)
            if not wrong and port.name in names:
                problems.append(duplicate(f"{at}.name", port.name))
            elif not wrong:
                names.add(port.name)
        if not port.container_port:
            problems.append(required(f"{at}.containerPort"))
        else:
            problems += complaints(f"{at}.containerPort", port.container_port, port_number(port.container_port))
        if port.host_port:
            problems += complaints(f"{at}.hostPort", port.host_port, port_number(port.host_port))
        problems += one_of(port.protocol, _PROTOCOLS, f"{at}.protocol")
    return problems


def _host_port_problems(containers: Sequence[Container], path: str) -> list[FieldProblem]:
    """No two ports of the containers may claim the same port of the node."""
    problems: list[FieldProblem] = []
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for position, port in enumerate(container.ports):
            if not port.host_port:
                continue
            wanted = f"{port.protocol}/{port.host_ip}/{port.host_port}"
            if wanted in taken:
                problems.append(duplicate(f"{path}[{index}].ports[{position}].hostPort", wanted))
            taken.add(wanted)
    return problems


def _variable_problems(variable: EnvVar, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not variable.name:
        problems.append(required(f"{path}.name"))
    else:
        problems += complaints(f"{path}.name", variable.name, environment_variable(variable.name))
    if variable.value_from is not None:
        problems += _variable_source_problems(variable, variable.value_from, f"{path}.valueFrom")
    return problems


def _variable_source_problems(variable: EnvVar, source: EnvVarSource, path: str) -> list[FieldProblem]:
    given = sum(getattr(source, field) is not None for field in _ENV_SOURCES)
    problems: list[FieldProblem] = []
    if source.field_ref is not None:
        problems += _field_problems(source.field_ref.field_path, f"{path}.fieldRef")
    if source.resource_field_ref is not None:
        resource = source.resource_field_ref.resource
        at = f"{path}.resourceFieldRef"
        if not resource:
            problems.append(required(f"{at}.resource"))
        elif resource not in CONTAINER_RESOURCES and ".hugepages-" not in resource:
            problems.append(unsupported(f"{at}.resource", resource, CONTAINER_RESOURCES))
    for name, reference in (("configMapKeyRef", source.config_map_key_ref), ("secretKeyRef", source.secret_key_ref)):
        if reference is None:
            continue
        if not reference.name:
            problems.append(required(f"{path}.{name}.name"))
        if not reference.key:
            problems.append(required(f"{path}.{name}.key"))
        else:
            problems += complaints(f"{path}.{name}.key", reference.key, config_key(reference.key))
    if given == 0:
        text = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        problems.append(invalid(path, "", text))
    elif variable.value:
        problems.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif given > 1:
        problems.append(invalid(path, "", "may not have more than one field specified at a time"))
    return problems


def _field_problems(field_path: str, path: str) -> list[FieldProblem]:
    if not field_path:
        return [required(f"{path}.fieldPath")]
    name, bracket, key = field_path.partition("['")
    if bracket and key.endswith("']") and name in ("metadata.annotations", "metadata.labels"):
        key = key[:-2]
        wrong = qualified_name(key.lower() if name == "metadata.annotations" else key)
        return complaints(path, key, wrong)
    if field_path in _ENV_FIELDS:
        return []
    return [unsupported(f"{path}.fieldPath", field_path, _ENV_FIELDS)]


def _env_from_problems(container: Container | EphemeralContainer, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, source in enumerate(container.env_from):
        at = f"{path}[{index}]"
        if source.prefix:
            problems += complaints(f"{at}.prefix", source.prefix, environment_variable(source.prefix))
        if source.config_map_ref is not None and not source.config_map_ref.name:
            problems.append(required(f"{at}.configMapRef.name"))
        if source.secret_ref is not None and not source.secret_ref.name:
            problems.append(required(f"{at}.secretRef.name"))
        if source.config_map_ref is None and source.secret_ref is None:
            problems.append(invalid(at, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif source.config_map_ref is not None and source.secret_ref is not None:
            problems.append(invalid(at, "", "may not have more than one field specified at a time"))
    return problems


def _mount_problems(
    container: Container | EphemeralContainer, volumes: Mapping[str, Volume], path: str
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    paths: set[str] = set()
    for index, mount in enumerate(container.volume_mounts):
        at = f"{path}[{index}]"
        if not mount.name:
            problems.append(required(f"{at}.name"))
        if mount.name not in volumes:
            problems.append(not_found(f"{at}.name", mount.name))
        if not mount.mount_path:
            problems.append(required(f"{at}.mountPath"))
        if mount.mount_path in paths:
            problems.append(invalid(f"{at}.mountPath", mount.mount_path, "must be unique"))
        paths.add(mount.mount_path)
        if container.volume_devices:
            problems += _mounted_as_device_problems(mount, container, at)
        if mount.sub_path:
            problems += local_path_problems(mount.sub_path, f"{at}.subPath")
        if mount.sub_path_expr:
            if mount.sub_path:
                text = "subPathExpr and subPath are mutually exclusive"
                problems.append(invalid(f"{at}.subPathExpr", mount.sub_path_expr, text))
            problems += local_path_problems(mount.sub_path_expr, f"{at}.subPathExpr")
        if mount.mount_propagation is not None:
            problems += _propagation_problems(mount.mount_propagation, container, f"{at}.mountPropagation")
    return problems


def _mounted_as_device_problems(
    mount: VolumeMount, container: Container | EphemeralContainer, path: str
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if any(device.name == mount.name for device in container.volume_devices):
        text = "must not already exist in volumeDevices"
        problems.append(invalid(f"{path}.name", mount.name, text))
    if any(device.device_path == mount.mount_path for device in container.volume_devices):
        text = "must not already exist as a path in volumeDevices"
        problems.append(invalid(f"{path}.mountPath", mount.mount_path, text))
    return problems


def _propagation_problems(propagation: str, container: Container | EphemeralContainer, path: str) -> list[FieldProblem]:
    if propagation not in _PROPAGATIONS:
        return [unsupported(path, propagation, _PROPAGATIONS)]
    privileged = container.security_context is not None and container.security_context.privileged
    if propagation == "Bidirectional" and not privileged:
        return [forbidden(path, "Bidirectional mount propagation is available only to privileged containers")]
    return []


def _device_problems(
    container: Container | EphemeralContainer, volumes: Mapping[str, Volume], path: str
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    names: set[str] = set()
    paths: set[str] = set()
    for index, device in enumerate(container.volume_devices):
        at = f"{path}[{index}]"
        if not device.name:
            problems.append(required(f"{at}.name"))
        if device.name in names:
            problems.append(invalid(f"{at}.name", device.name, "must be unique"))
        volume = volumes.get(device.name)
        if volume is not None and volume.persistent_volume_claim is None and volume.ephemeral is None:
            text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            problems.append(invalid(f"{at}.name", device.name, text))
        if volume is None:
            problems.append(not_found(f"{at}.name", device.name))
        if not device.device_path:
            problems.append(required(f"{at}.devicePath"))
        elif device.device_path in paths:
            problems.append(invalid(f"{at}.devicePath", device.device_path, "must be unique"))
        elif ".." in device.device_path.split("/"):
            problems.append(invalid(f"{at}.devicePath", device.device_path, "must not contain '..'"))
        names.add(device.name)
        paths.add(device.device_path)
    return problems


def local_path_problems(path_text: str, path: str) -> list[FieldProblem]:
    """A path below a given place: relative, and never upwards."""
    problems: list[FieldProblem] = []
    if path_text.startswith("/"):
        problems.append(invalid(path, path_text, "must be a relative path"))
    if ".." in path_text.split("/"):
        problems.append(invalid(path, path_text, "must not contain '..'"))
    return problems


def image_spacing_problems(containers: Sequence[Container], path: str) -> list[FieldProblem]:
    """Demanded of pods only; a template may hold such an image."""
    text = "must not have leading or trailing whitespace"
    return [
        invalid(f"{path}[{index}].image", container.image, text)
        for index, container in enumerate(containers)
        if container.image != container.image.strip()
    ]
