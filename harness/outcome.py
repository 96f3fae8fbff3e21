"""What came of playing a scenario: the one value that goldens, checks, streams and reports are made of.

Owns the shape only. It stands below everyone who makes or reads one, and knows neither how a step is played nor how an
outcome is written down.
"""

from __future__ import annotations

from typing import Any

import msgspec

from harness.kernel.trace import Record
from harness.objects.meta import Object, api_version_of, kind_of
from harness.objects.wire import to_wire

SETTLED = "settled"
LIMIT = "limit"
NOT_AWAITED = "not awaited"

# The kinds that an actor of the simulator, or the API server by itself, does all that there is to do for.
_ATTENDED = {
    "v1": (
        "ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod "
        "ReplicationController ResourceQuota Secret Service ServiceAccount"
    ),
    "apiextensions.k8s.io/v1": "CustomResourceDefinition",
    "apps/v1": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "batch/v1": "CronJob Job",
    "discovery.k8s.io/v1": "EndpointSlice",
    "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "scheduling.k8s.io/v1": "PriorityClass",
    "storage.k8s.io/v1": "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass",
}
ATTENDED = frozenset((version, kind) for version, kinds in _ATTENDED.items() for kind in kinds.split())
"""(apiVersion, kind) of every kind that is played; all others are only stored."""


class StepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One step: what was done, what was answered, and everything that happened until the next step began.

    `did` is the step in one line as a person would say it; `written` the step as the file has it. `message` is what
    kubectl prints on stdout, `rejected` its stderr where it exits non-zero, `warned` its stderr where it does not. For
    an `expect`, `held` says whether every question was answered yes and `text` which was not. `records` are in order,
    with Events among them; `began_ms` and `settled_ms` are cluster time. Where the limit ended the step, `cycle` names
    what kept repeating.
    """

    index: int
    verb: str
    did: str
    written: dict[str, Any]
    line: int
    began_ms: int
    message: str = ""
    rejected: str | None = None
    warned: str = ""
    expected_rejection: bool | None = None
    held: bool | None = None
    text: str = ""
    records: tuple[Record, ...] = ()
    settled_ms: int = 0
    reason: str = SETTLED
    cycle: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the step is not as its author said it must be: an expect that did not hold, a rejection missed."""
        if self.held is False:
            return True
        return self.expected_rejection is not None and self.expected_rejection is not (self.rejected is not None)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario played to its end. `before` holds what the cluster started with; `objects` what there is at the end.

    Records of `steps` and `before` together are the whole trace, whose sequence numbers `Cause.woken_by` refers to.
    """

    path: str
    description: str
    before: tuple[Record, ...]
    steps: tuple[StepOutcome, ...]
    objects: tuple[Object, ...]

    @property
    def failed(self) -> bool:
        return any(step.failed for step in self.steps)

    @property
    def unattended(self) -> tuple[str, ...]:
        """What was stored and has no effect here: kinds that no actor attends to, rules that nobody evaluates."""
        stored: set[tuple[str, str]] = set()
        definitions: dict[str, Object] = {}
        for step in self.steps:
            for record in step.records:
                kind = (api_version_of(record.subject), kind_of(record.subject))
                stored.add(kind)
                if kind == _DEFINITION:
                    definitions[record.subject.metadata.name] = record.subject
        kinds = [f"{kind} ({api_version})" for api_version, kind in stored - ATTENDED]
        rules = [f"x-kubernetes-validations of {name}" for name, one in definitions.items() if has_rules(to_wire(one))]
        return tuple(sorted([*kinds, *rules]))


_DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


def has_rules(data: Any) -> bool:
    """Whether a definition's schemas have rules written in CEL, which are kept and not evaluated."""
    if isinstance(data, dict):
        return "x-kubernetes-validations" in data or any(map(has_rules, data.values()))
    return isinstance(data, list) and any(map(has_rules, data))
