"""One look at an autoscaler: what there is, what its metrics ask for, what is made of that.

Owns the order of a look, its conditions and Events. Source: reconcileAutoscaler in
pkg/controller/podautoscaler/horizontal.go.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from harness.actors.controllers.horizontal_autoscaler import limits
from harness.actors.controllers.horizontal_autoscaler.calculation import Question, Tolerance
from harness.actors.controllers.horizontal_autoscaler.limits import Bounds, History, Reason
from harness.actors.controllers.horizontal_autoscaler.proposals import Proposal, Scale, Unavailable, propose
from harness.api import kinds
from harness.api.client import Client
from harness.api.kinds import Kind
from harness.api.problems import ApiError
from harness.control.events import NORMAL, WARNING
from harness.objects import quantity, resources, selector
from harness.objects.autoscaling import (
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerCondition,
    HorizontalPodAutoscalerStatus,
    HPAScalingRules,
    MetricStatus,
)
from harness.objects.conditions import with_condition
from harness.objects.meta import LabelSelector
from harness.objects.pod import Pod

if TYPE_CHECKING:
    from harness.actors.controllers.horizontal_autoscaler.controller import HorizontalAutoscaler

_ABLE, _ACTIVE, _LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"
_NO_SCALE = "the HPA controller was unable to get the target's current scale: "
_NO_COUNT = "the HPA was unable to compute the replica count: "
_USUAL_TOLERANCE = 0.1


class _NoProposal(Exception):
    """Nothing can be made of the metrics; `str()` is the text of the Event. `statuses` is what some of them said."""

    def __init__(self, text: str, statuses: tuple[MetricStatus, ...] = ()) -> None:
        super().__init__(text)
        self.statuses = statuses


class Round:
    """One look. It writes the scale at most once, and the status if that changed."""

    def __init__(self, actor: HorizontalAutoscaler, autoscaler: HorizontalPodAutoscaler, client: Client) -> None:
        self._actor = actor
        self._autoscaler = autoscaler
        self._client = client
        self._clock = actor.process.loop.clock
        self._conditions = autoscaler.status.conditions

    async def make(self) -> None:
        reference = self._autoscaler.spec.scale_target_ref
        metadata = self._autoscaler.metadata
        try:
            kind = _scalable(reference.api_version, reference.kind)
            target: Any = await self._client.read(kind, metadata.namespace, reference.name)
            if target is None:
                raise ApiError.not_found(kind.resource, reference.name)
            if not kind.scalable:
                raise ApiError(404, "NotFound", "the server could not find the requested resource")
        except ApiError as problem:
            self._say(WARNING, "FailedGetScale", problem.message)
            self._set(_ABLE, "False", ("FailedGetScale", f"{_NO_SCALE}{problem.message}"))
            await self._write(self._autoscaler.status)
            return
        able = ("SucceededGetScale", "the HPA controller was able to get the target's current scale")
        self._set(_ABLE, "True", able)
        await self._decide(kind, target)

    async def _decide(self, kind: Kind, target: Any) -> None:
        spec, status = self._autoscaler.spec, self._autoscaler.status
        current = 1 if target.spec.replicas is None else target.spec.replicas
        least = 1 if spec.min_replicas is None else spec.min_replicas
        history = self._history
        history.begin(current, self._clock.now_ms)
        told: tuple[MetricStatus, ...] = ()
        reason, wanted = "", current
        if current == 0 and least != 0:
            text = "scaling is disabled since the replica count of the target is zero"
            self._set(_ACTIVE, "False", ("ScalingDisabled", text))
        elif current > spec.max_replicas:
            reason, wanted = "Current number of replicas above Spec.MaxReplicas", spec.max_replicas
        elif current < least:
            reason, wanted = "Current number of replicas below Spec.MinReplicas", least
        else:
            scale = Scale(current, target.status.replicas, self._autoscaler.metadata.namespace)
            try:
                proposal, told = self._proposed(scale, _selector(target))
            except _NoProposal as problem:
                await self._write(replace(status, current_replicas=current, current_metrics=problem.statuses))
                self._say(WARNING, "FailedComputeMetricsReplicas", str(problem))
                return
            # No reason is given where only recent wishes speak for a change.
            if proposal.replicas != current:
                reason = f"{proposal.name} above target" if proposal.replicas > current else "All metrics below target"
            wanted = self._normalized(proposal.replicas, Bounds(current, least, spec.max_replicas, self._clock.now_ms))
        new = replace(status, current_replicas=current, desired_replicas=wanted, current_metrics=told)
        if wanted != current:
            if not await self._rescale(kind, target, wanted, reason):
                await self._write(replace(status, current_replicas=current, current_metrics=told))
                return
            if spec.behavior is not None:
                history.scaled(current, wanted, self._clock.now_ms)
            new = replace(new, last_scale_time=self._clock.stamp())
        await self._write(new)

    @property
    def _history(self) -> History:
        metadata = self._autoscaler.metadata
        return self._actor.histories.setdefault((metadata.namespace, metadata.name), History([], [], []))

    def _normalized(self, wish: int, bounds: Bounds) -> int:
        behavior = self._autoscaler.spec.behavior
        if behavior is None:
            verdict = limits.without_behavior(wish, bounds, self._history)
        else:
            verdict = limits.with_behavior(wish, bounds, behavior, self._history)
        self._set(_ABLE, "True", verdict.able)
        self._set(_LIMITED, "True" if verdict.limited else "False", verdict.limit)
        return verdict.replicas

    async def _rescale(self, kind: Kind, target: Any, wanted: int, reason: str) -> bool:
        metadata = target.metadata
        try:
            await self._client.scale(kind, metadata.namespace, metadata.name, wanted)
        except ApiError as problem:
            text = f"New size: {wanted}; reason: {reason}; error: {problem.message}"
            self._say(WARNING, "FailedRescale", text)
            text = f"the HPA controller was unable to update the target scale: {problem.message}"
            self._set(_ABLE, "False", ("FailedUpdateScale", text))
            return False
        text = f"the HPA controller was able to update the target scale to {wanted}"
        self._set(_ABLE, "True", ("SucceededRescale", text))
        self._say(NORMAL, "SuccessfulRescale", f"New size: {wanted}; reason: {reason}")
        return True

    # What the metrics ask for

    def _proposed(self, scale: Scale, chosen: LabelSelector) -> tuple[Proposal, tuple[MetricStatus, ...]]:
        """The highest proposal, and the status of each metric. Raises _NoProposal."""
        specs = self._autoscaler.spec.metrics
        pods = self._pods_of(chosen)
        question = Question(scale.spec_replicas, pods, self._tolerance(), self._clock.now_ms, self._clock.at)
        statuses: list[MetricStatus] = []
        problems: list[Unavailable] = []
        best: Proposal | None = None
        for spec in specs:
            try:
                proposal = propose(spec, scale, question, self._actor.process.server.metrics)
            except Unavailable as problem:
                self._say(WARNING, problem.reason, str(problem))
                problems.append(problem)
                statuses.append(MetricStatus())
                continue
            statuses.append(proposal.status)
            # One that asks for none at all gives way to any other.
            if best is None or not best.replicas or proposal.replicas > best.replicas:
                best = proposal
        # Where some metrics say nothing the others may ask for more, but not for less.
        if best is None or (problems and best.replicas < scale.spec_replicas):
            first = problems[0]
            self._set(_ACTIVE, "False", (first.reason, f"{_NO_COUNT}{first}"))
            count = f"{len(problems)} invalid out of {len(specs)}"
            raise _NoProposal(f"invalid metrics ({count}), first error is: {first.whole}", tuple(statuses))
        text = f"the HPA was able to successfully calculate a replica count from {best.name}"
        self._set(_ACTIVE, "True", ("ValidMetricFound", text))
        return best, tuple(statuses)

    def _pods_of(self, chosen: LabelSelector) -> list[Pod]:
        """The pods that the target selects. Raises _NoProposal where another autoscaler is known to count some too.

        Of an autoscaler that has not looked yet it is not known which it counts.
        """
        metadata, selectors = self._autoscaler.metadata, self._actor.selectors
        if (metadata.namespace, metadata.name) in selectors:
            selectors[metadata.namespace, metadata.name] = chosen
        nearby = self._actor.pods_in.of(metadata.namespace)
        pods = [pod for pod in nearby if selector.matches(chosen, pod.metadata.labels)]
        counting = [
            name
            for (namespace, name), other in sorted(selectors.items(), key=itemgetter(0))
            if namespace == metadata.namespace and any(selector.matches(other, pod.metadata.labels) for pod in pods)
        ]
        if len(counting) > 1:
            keys = " ".join(f"{{{name} {metadata.namespace}}}" for name in counting)
            text = f"pods by selector {selector.compiled(chosen)} are controlled by multiple HPAs: [{keys}]"
            self._say(WARNING, "AmbiguousSelector", text)
            self._set(_ACTIVE, "False", ("AmbiguousSelector", text))
            raise _NoProposal(text)
        return sorted(pods, key=lambda pod: pod.metadata.name)

    def _tolerance(self) -> Tolerance:
        behavior = self._autoscaler.spec.behavior
        if behavior is None:
            return Tolerance()
        return Tolerance(_of_rules(behavior.scale_up), _of_rules(behavior.scale_down))

    # Conditions, Events, the status

    def _set(self, type_: str, status: str, reason: Reason) -> None:
        condition = HorizontalPodAutoscalerCondition(type=type_, status=status, reason=reason[0], message=reason[1])
        self._conditions = with_condition(self._conditions, condition, self._clock.stamp())

    def _say(self, type_: str, reason: str, message: str) -> None:
        self._actor.recorder.event(self._autoscaler, type_, reason, message, cause=self._client.cause)

    async def _write(self, status: HorizontalPodAutoscalerStatus) -> None:
        new = replace(status, conditions=self._conditions)
        if new == self._autoscaler.status:
            return
        try:
            await self._client.update_status(replace(self._autoscaler, status=new))
        except ApiError as problem:
            self._say(WARNING, "FailedUpdateStatus", problem.message)


def _scalable(api_version: str, kind: str) -> Kind:
    """The kind that a reference names, whatever its version. Raises ApiError for one that does not exist."""
    group = api_version.rpartition("/")[0]
    found = resources.find(f"{kind.lower()}.{group}" if group else kind)
    if found is None or found.kind != kind or found.group != group:
        raise ApiError(404, "NotFound", f'no matches for kind "{kind}" in group "{group}"')
    return kinds.of_resource(found)


def _selector(target: Any) -> LabelSelector:
    chosen = target.spec.selector
    return chosen if isinstance(chosen, LabelSelector) else LabelSelector(match_labels=dict(chosen or {}))


def _of_rules(rules: HPAScalingRules | None) -> float:
    if rules is None or rules.tolerance is None:
        return _USUAL_TOLERANCE
    return quantity.parse(rules.tolerance) / 1000
