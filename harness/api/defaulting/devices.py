"""What the API server fills into claims on devices. Mirrors pkg/apis/resource/v1/defaults.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import by_table, each, filled, filled_in, with_spec
from harness.objects.dynamic_resources import (
    DeviceClaim,
    DeviceRequest,
    DeviceResourceClaim,
    ResourceClaimSpec,
    ResourceClaimTemplate,
    ResourceClaimTemplateSpec,
)
from harness.objects.meta import Object

_MODE = (("allocation_mode", "", "ExactCount"),)
_ONE = (("count", 0, 1),)
_toleration = by_table((("operator", "", "Equal"),))


def _default_request(request: DeviceRequest) -> DeviceRequest:
    request = filled_in(request, "exactly", _default_demand)
    alternatives = each(request.first_available, _default_demand)
    return request if alternatives is request.first_available else replace(request, first_available=alternatives)


def _default_demand(demand: Any) -> Any:
    demand = filled(demand, _MODE)
    if demand.allocation_mode == "ExactCount":
        demand = filled(demand, _ONE)
    tolerations = each(demand.tolerations, _toleration)
    return demand if tolerations is demand.tolerations else replace(demand, tolerations=tolerations)


def _default_devices(devices: DeviceClaim) -> DeviceClaim:
    requests = each(devices.requests, _default_request)
    return devices if requests is devices.requests else replace(devices, requests=requests)


def _default_spec(spec: ResourceClaimSpec) -> ResourceClaimSpec:
    return filled_in(spec, "devices", _default_devices)


def _default_claim(claim: DeviceResourceClaim) -> DeviceResourceClaim:
    return with_spec(claim, _default_spec(claim.spec))


def _default_claim_template(template: ResourceClaimTemplate) -> ResourceClaimTemplate:
    return with_spec(template, _default_template_spec(template.spec))


def _default_template_spec(spec: ResourceClaimTemplateSpec) -> ResourceClaimTemplateSpec:
    return filled_in(spec, "spec", _default_spec)


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {
    DeviceResourceClaim: _default_claim,
    ResourceClaimTemplate: _default_claim_template,
}
