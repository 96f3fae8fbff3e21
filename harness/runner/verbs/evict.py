"""`evict`: one eviction request, as `kubectl create --raw /api/v1/namespaces/…/pods/…/eviction` makes it."""

from __future__ import annotations

from harness.api.problems import ApiError
from harness.runner.evicting import request_eviction
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Evict

_SUCCESS = '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}'


async def play(action: Evict, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    try:
        await request_eviction(kubectl, target.namespace, target.name)
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    kubectl.printed.append(_SUCCESS)


VERB = Verb(
    Evict,
    "Ask once for the eviction of a pod, which its disruption budget may refuse.",
    "- evict: pod/web-1",
    lambda action: f"evict {action.target}",
    play,
)
