"""Whether a container that ended runs again, and how long that is put off.

Owns the restart rules and the back-off of crashing containers and failing pulls; knows no clock and no pod worker.
Source: pkg/kubelet/container/helpers.go, kuberuntime_manager.go (doBackOff), client-go util/flowcontrol/backoff.go.
"""

from __future__ import annotations

from harness.objects.pod import Container, ContainerRestartRule, PodSpec

INITIAL_MS = 10_000
LIMIT_MS = 300_000


def restarts(spec: PodSpec, container: Container, exit_code: int, *, init: bool = False) -> bool:
    """Whether the container is to run again after it ended with this code.

    `init` is for a container that runs before the others: it has done its work once it ends with 0.
    """
    for rule in container.restart_policy_rules:
        if _applies(rule, exit_code):
            return True
    policy = container.restart_policy or spec.restart_policy
    if init and policy == "Always" and not container.restart_policy:
        policy = "OnFailure"
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


def _applies(rule: ContainerRestartRule, exit_code: int) -> bool:
    if rule.action != "Restart" or rule.exit_codes is None:
        return False
    listed = exit_code in rule.exit_codes.values
    return listed if rule.exit_codes.operator == "In" else not listed


class Backoff:
    """A delay that doubles with every failure: 10 s to 5 min, and back to 10 s after ten quiet minutes."""

    __slots__ = ("delay_ms", "updated_ms")

    def __init__(self) -> None:
        self.delay_ms = 0
        self.updated_ms = 0

    def remaining_ms(self, since_ms: int, now_ms: int) -> int:
        """How much longer to wait after what happened at `since_ms`; 0 when the time has come."""
        if self.delay_ms == 0 or self._expired(since_ms):
            return 0
        return max(0, since_ms + self.delay_ms - now_ms)

    def remaining_since_update_ms(self, now_ms: int) -> int:
        """How much longer to wait after the last failure; 0 when the time has come."""
        if self.delay_ms == 0 or self._expired(now_ms):
            return 0
        return max(0, self.updated_ms + self.delay_ms - now_ms)

    def raise_delay(self, since_ms: int, now_ms: int) -> None:
        """Make the next wait longer, on account of what happened at `since_ms`."""
        again = self.delay_ms > 0 and not self._expired(since_ms)
        self.delay_ms = min(self.delay_ms * 2, LIMIT_MS) if again else INITIAL_MS
        self.updated_ms = now_ms

    def _expired(self, since_ms: int) -> bool:
        return since_ms - self.updated_ms > 2 * LIMIT_MS
