"""What the API server demands of probes and of the handlers around a container's life.

Mirrors pkg/apis/core/validation/validation.go (validateHandler, validateProbe, validateLifecycle).
"""

from __future__ import annotations

from harness.api.problems import FieldProblem, forbidden, invalid, required
from harness.api.validation.fields import at_least_zero, complaints, supported
from harness.api.validation.names import header_name, port_name_or_number
from harness.objects.pod import HTTPGetAction, Lifecycle, LifecycleHandler, Probe, SleepAction

_SCHEMES = ("HTTP", "HTTPS")
# (field, name as served), in the order in which a second one is refused
_HANDLERS = (
    ("exec", "exec"),
    ("http_get", "httpGet"),
    ("tcp_socket", "tcpSocket"),
    ("grpc", "grpc"),
    ("sleep", "sleep"),
)
_PROBE_NUMBERS = (
    ("initial_delay_seconds", "initialDelaySeconds"),
    ("timeout_seconds", "timeoutSeconds"),
    ("period_seconds", "periodSeconds"),
    ("success_threshold", "successThreshold"),
    ("failure_threshold", "failureThreshold"),
)


def probe_problems(
    probe: Probe, path: str, *, single_success: bool = False, may_terminate: bool = True
) -> list[FieldProblem]:
    """`single_success`: one success must be enough. `may_terminate`: a failure stops the container."""
    problems = _handler_problems(probe, None, path)
    for field, name in _PROBE_NUMBERS:
        problems += at_least_zero(getattr(probe, field), f"{path}.{name}")
    grace = probe.termination_grace_period_seconds
    if grace is not None and grace <= 0:
        problems.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0"))
    if single_success and probe.success_threshold != 1:
        problems.append(invalid(f"{path}.successThreshold", probe.success_threshold, "must be 1"))
    if not may_terminate and grace is not None:
        text = "must not be set for readinessProbes"
        problems.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, text))
    return problems


def lifecycle_problems(lifecycle: Lifecycle, grace: int | None, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if lifecycle.post_start is not None:
        problems += _handler_problems(lifecycle.post_start, grace, f"{path}.postStart")
    if lifecycle.pre_stop is not None:
        problems += _handler_problems(lifecycle.pre_stop, grace, f"{path}.preStop")
    return problems


def _handler_problems(handler: Probe | LifecycleHandler, grace: int | None, path: str) -> list[FieldProblem]:
    given = [(field, name) for field, name in _HANDLERS if getattr(handler, field, None) is not None]
    if not given:
        return [required(path, "must specify a handler type")]
    (first, name), *others = given
    problems = _action_problems(first, getattr(handler, first), grace, f"{path}.{name}")
    text = "may not specify more than 1 handler type"
    return problems + [forbidden(f"{path}.{other}", text) for _, other in others]


def _action_problems(field: str, action: object, grace: int | None, path: str) -> list[FieldProblem]:
    match action:
        case HTTPGetAction():
            return _http_problems(action, path)
        case SleepAction():
            return _sleep_problems(action, grace, path)
    if field == "exec":
        return [] if getattr(action, "command", ()) else [required(f"{path}.command")]
    port: int | str = getattr(action, "port", 0)
    return complaints(f"{path}.port", port, port_name_or_number(port))


def _http_problems(action: HTTPGetAction, path: str) -> list[FieldProblem]:
    problems = [] if action.path else [required(f"{path}.path")]
    problems += complaints(f"{path}.port", action.port, port_name_or_number(action.port))
    problems += supported(action.scheme, _SCHEMES, f"{path}.scheme")
    for header in action.http_headers:
        problems += complaints(f"{path}.httpHeaders", header.name, header_name(header.name))
    return problems


def _sleep_problems(action: SleepAction, grace: int | None, path: str) -> list[FieldProblem]:
    if grace is None or 0 <= action.seconds <= grace:
        return []
    text = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
    return [invalid(path, action.seconds, text)]
