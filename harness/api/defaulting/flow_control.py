"""What the API server fills into flow schemas and priority levels. Mirrors pkg/apis/flowcontrol/v1/defaults.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.api.defaulting.filling import by_table, filled, filled_in, with_spec
from harness.objects.flow_control import (
    FlowSchema,
    LimitedPriorityLevelConfiguration,
    LimitResponse,
    PriorityLevelConfiguration,
)
from harness.objects.meta import Object

_SCHEMA = (("matching_precedence", 0, 1000),)
_LIMITED = (("nominal_concurrency_shares", None, 30), ("lendable_percent", None, 0))
_exempt = by_table((("nominal_concurrency_shares", None, 0), ("lendable_percent", None, 0)))
_queuing = by_table((("hand_size", 0, 8), ("queues", 0, 64), ("queue_length_limit", 0, 50)))


def _default_schema(schema: FlowSchema) -> FlowSchema:
    return with_spec(schema, filled(schema.spec, _SCHEMA))


def _default_level(level: PriorityLevelConfiguration) -> PriorityLevelConfiguration:
    spec = filled_in(filled_in(level.spec, "limited", _default_limited), "exempt", _exempt)
    return with_spec(level, spec)


def _default_limited(limited: LimitedPriorityLevelConfiguration) -> LimitedPriorityLevelConfiguration:
    return filled_in(filled(limited, _LIMITED), "limit_response", _default_response)


def _default_response(response: LimitResponse) -> LimitResponse:
    return filled_in(response, "queuing", _queuing)


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {
    FlowSchema: _default_schema,
    PriorityLevelConfiguration: _default_level,
}
