"""The images of one node: which are there, and the one pull at a time that brings others.

Owns the node's image store and the texts about it. Whether a pull succeeds is the world's to say.
"""

from __future__ import annotations

from harness.actors.kubelet.durations import go_duration
from harness.objects.pod import ContainerStateWaiting

ERR_IMAGE_PULL = "ErrImagePull"
IMAGE_PULL_BACK_OFF = "ImagePullBackOff"
ERR_IMAGE_NEVER_PULL = "ErrImageNeverPull"


class NodeImages:
    """The image store of a node. Pulls wait for each other (serializeImagePulls)."""

    __slots__ = ("_free_ms", "_present")

    def __init__(self) -> None:
        self._present: dict[str, None] = {}
        self._free_ms = 0

    def has(self, image: str) -> bool:
        return image in self._present

    def add(self, image: str) -> None:
        self._present[image] = None

    def queue(self, now_ms: int) -> int:
        """How long a pull that is asked for now waits for those before it."""
        return max(0, self._free_ms - now_ms)

    def occupy(self, until_ms: int) -> None:
        """Let no other pull begin before `until_ms`."""
        self._free_ms = max(self._free_ms, until_ms)


def pulling(image: str) -> str:
    return f'Pulling image "{image}"'


def pulled(image: str, pull_ms: int, total_ms: int) -> str:
    took = f"{go_duration(pull_ms)} ({go_duration(total_ms)} including waiting)"
    return f'Successfully pulled image "{image}" in {took}. Image size: 0 bytes.'


def present(image: str) -> str:
    return f'Container image "{image}" already present on machine and can be accessed by the pod'


def absent(image: str) -> str:
    return f'Container image "{image}" is not present with pull policy of Never'


def failed_pull(image: str, problem: str) -> str:
    return f'Failed to pull image "{image}": {problem}'


def backing_off(image: str) -> str:
    return f'Back-off pulling image "{image}"'


def waiting_for_retry(image: str, problem: str) -> ContainerStateWaiting:
    """The state between two pulls, the last of which failed with `problem`."""
    return ContainerStateWaiting(
        reason=IMAGE_PULL_BACK_OFF, message=f"{backing_off(image)}: {ERR_IMAGE_PULL}: {problem}"
    )
