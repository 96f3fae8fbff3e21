"""What the API server fills into a container, wherever containers stand.

Owns containers, their ports, environment, probes and handlers. Does not know whether they are part of a pod or of a
template: what only a pod gets is filled in by `pods`. Mirrors pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from harness.api.defaulting.filling import by_table, each, filled, filled_in, missing_fields
from harness.api.defaulting.images import pull_policy
from harness.objects.pod import Container, EnvVar, EphemeralContainer, Lifecycle, LifecycleHandler, Probe
from harness.objects.volume import DownwardAPIVolumeFile

C = TypeVar("C", Container, EphemeralContainer)

_CONTAINER = (
    ("termination_message_path", "", "/dev/termination-log"),
    ("termination_message_policy", "", "File"),
)
_PROBE = (
    ("timeout_seconds", 0, 1),
    ("period_seconds", 0, 10),
    ("success_threshold", 0, 1),
    ("failure_threshold", 0, 3),
)
_default_port = by_table((("protocol", "", "TCP"),))
_default_http_get = by_table((("path", "", "/"), ("scheme", "", "HTTP")))
_default_grpc = by_table((("service", None, ""),))
_default_field_ref = by_table((("api_version", "", "v1"),))
_default_resource_field_ref = by_table((("divisor", "", "0"),))


def default_container(container: C) -> C:
    changes: dict[str, Any] = missing_fields(container, _CONTAINER)
    if not container.image_pull_policy:
        changes["image_pull_policy"] = pull_policy(container.image)
    if container.ports and (ports := each(container.ports, _default_port)) is not container.ports:
        changes["ports"] = ports
    if container.env and (env := each(container.env, _default_env)) is not container.env:
        changes["env"] = env
    for field in ("liveness_probe", "readiness_probe", "startup_probe"):
        probe = getattr(container, field)
        if probe is not None and (with_defaults := _default_probe(probe)) is not probe:
            changes[field] = with_defaults
    if container.lifecycle is not None:
        lifecycle = _default_lifecycle(container.lifecycle)
        if lifecycle is not container.lifecycle:
            changes["lifecycle"] = lifecycle
    return replace(container, **changes) if changes else container


def default_downward_file(file: DownwardAPIVolumeFile) -> DownwardAPIVolumeFile:
    file = filled_in(file, "field_ref", _default_field_ref)
    return filled_in(file, "resource_field_ref", _default_resource_field_ref)


def _default_env(variable: EnvVar) -> EnvVar:
    source = variable.value_from
    if source is None:
        return variable
    with_defaults = filled_in(source, "field_ref", _default_field_ref)
    with_defaults = filled_in(with_defaults, "resource_field_ref", _default_resource_field_ref)
    return variable if with_defaults is source else replace(variable, value_from=with_defaults)


def _default_probe(probe: Probe) -> Probe:
    probe = filled(probe, _PROBE)
    probe = filled_in(probe, "http_get", _default_http_get)
    return filled_in(probe, "grpc", _default_grpc)


def _default_lifecycle(lifecycle: Lifecycle) -> Lifecycle:
    lifecycle = filled_in(lifecycle, "post_start", _default_handler)
    return filled_in(lifecycle, "pre_stop", _default_handler)


def _default_handler(handler: LifecycleHandler) -> LifecycleHandler:
    return filled_in(handler, "http_get", _default_http_get)
