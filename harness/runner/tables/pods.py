"""What `kubectl get pods` says of a pod: its status in one word, its ready containers, their restarts.

Mirrors printPod in pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from harness.kernel.clock import parse
from harness.runner.tables.ages import since

Plain = dict[str, Any]

_NODE_LOST = "NodeLost"


class Summary(NamedTuple):
    ready: str
    status: str
    restarts: str


class _Count:
    """What is counted over the containers of a pod."""

    def __init__(self) -> None:
        self.ready = 0
        self.restarts = 0
        self.latest = ""

    def add(self, status: Plain) -> None:
        self.restarts += status.get("restartCount", 0)
        finished = status.get("lastState", {}).get("terminated", {}).get("finishedAt")
        if finished and (not self.latest or parse(finished) > parse(self.latest)):
            self.latest = finished

    def told(self, epoch_ms: int) -> str:
        ago = f" ({since(self.latest, epoch_ms)} ago)" if self.restarts and self.latest else ""
        return f"{self.restarts}{ago}"


def summary(pod: Plain, epoch_ms: int) -> Summary:
    spec, status = pod.get("spec", {}), pod.get("status", {})
    inits = {container["name"]: container for container in spec.get("initContainers", [])}
    sidecars = {name for name, container in inits.items() if container.get("restartPolicy") == "Always"}
    word = status.get("reason") or status.get("phase", "")
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            word = "SchedulingGated"
    all_of_them, regular, of_sidecars = _Count(), _Count(), _Count()
    initializing = False
    for number, each in enumerate(status.get("initContainerStatuses", [])):
        all_of_them.add(each)
        if each["name"] in sidecars:
            of_sidecars.add(each)
        found = _init_word(each, number, len(inits), is_sidecar=each["name"] in sidecars)
        if found is None:
            all_of_them.ready += each["name"] in sidecars and bool(each.get("ready"))
            continue
        word, initializing = found, True
        break
    if not initializing or _has(status, "Initialized"):
        word = _of_containers(status, word, regular)
        regular.restarts += of_sidecars.restarts
        regular.latest = max(filter(None, (regular.latest, of_sidecars.latest)), default="")
        told = regular.told(epoch_ms)
    else:
        told = all_of_them.told(epoch_ms)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == _NODE_LOST:
            word = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            word = "Terminating"
    ready = regular.ready + all_of_them.ready
    return Summary(f"{ready}/{len(spec.get('containers', [])) + len(sidecars)}", word, told)


def _init_word(each: Plain, number: int, count: int, *, is_sidecar: bool) -> str | None:
    """What an init container that is not done makes of the pod's status; None if the next one is to be asked."""
    state = each.get("state", {})
    terminated, waiting = state.get("terminated"), state.get("waiting")
    if terminated is not None and terminated.get("exitCode", 0) == 0:
        return None
    if is_sidecar and each.get("started"):
        return None
    if terminated is not None:
        return f"Init:{_ended(terminated)}"
    if waiting is not None and waiting.get("reason", "") not in ("", "PodInitializing"):
        return f"Init:{waiting['reason']}"
    return f"Init:{number}/{count}"


def _ended(terminated: Plain) -> str:
    """Why a container ended."""
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _of_containers(status: Plain, word: str, regular: _Count) -> str:
    """What the containers make of the pod's status, the first of them having the last say."""
    running, failed = False, ""
    for each in reversed(status.get("containerStatuses", [])):
        regular.add(each)
        state = each.get("state", {})
        waiting, terminated = state.get("waiting"), state.get("terminated")
        if waiting is not None and waiting.get("reason"):
            word = waiting["reason"]
        elif terminated is not None:
            word = _ended(terminated)
            if terminated.get("exitCode", 0) != 0:
                failed = word
        elif each.get("ready") and "running" in state:
            running = True
            regular.ready += 1
    if word == "Completed" and running:
        return "Running" if _has(status, "Ready") else failed or "NotReady"
    return word


def _has(status: Plain, type_: str) -> bool:
    conditions: Iterable[Plain] = status.get("conditions", [])
    return any(each["type"] == type_ and each.get("status") == "True" for each in conditions)
