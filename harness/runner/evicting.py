"""One request to evict a pod, made as client-go makes it: a server that says when to come again is asked again then.

Source: client-go rest/with_retry.go.
"""

from __future__ import annotations

from harness.api.eviction import evict
from harness.api.problems import ApiError
from harness.kernel.loop import sleep
from harness.runner.kubectl import Kubectl

_RETRIES = 10


async def request_eviction(kubectl: Kubectl, namespace: str, name: str, grace_seconds: int | None = None) -> None:
    """Ask for the eviction of a pod. Raises `ApiError` once it is refused for good."""

    def request() -> None:
        evict(kubectl.server, namespace, name, kubectl.cause, grace_seconds=grace_seconds)

    for _ in range(_RETRIES):
        try:
            await kubectl.ask(request)
            return
        except ApiError as problem:
            seconds = problem.details.retry_after_seconds
            if not seconds:
                raise
        await sleep(seconds * 1000)
    await kubectl.ask(request)
