"""The images of one node: which are there, and the one pull at a time that brings others.

Owns the node's image store and the texts about it. Whether a pull succeeds is the world's to say. Source:
pkg/kubelet/images/image_manager.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.actors.kubelet.durations import go_duration
from harness.objects.node import ContainerImage
from harness.objects.pod import ContainerStateWaiting
from harness.objects.pods import image_name

# How many images a node reports (nodeStatusMaxImages).
_MOST_REPORTED = 50

ERR_IMAGE_PULL = "ErrImagePull"
IMAGE_PULL_BACK_OFF = "ImagePullBackOff"
ERR_IMAGE_NEVER_PULL = "ErrImageNeverPull"
INVALID_IMAGE_NAME = "InvalidImageName"


class NodeImages:
    """The image store of a node. Pulls wait for each other (serializeImagePulls). `changed` is called when there is
    something new to report."""

    __slots__ = ("_changed", "_coming", "_free_ms", "_present")

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        # Sizes in bytes by name.
        self._present: dict[str, int] = {}
        self._coming: dict[str, int] = {}
        self._free_ms = 0

    def has(self, image: str) -> bool:
        return image in self._present

    def coming_in_ms(self, image: str, now_ms: int) -> int:
        """How long until a pull of this image that is under way ends; 0 if there is none."""
        return max(0, self._coming.get(image, now_ms) - now_ms)

    def reserve(self, image: str, pull_ms: int, now_ms: int) -> tuple[int, int]:
        """When a pull asked for now begins and ends, in cluster time."""
        begin_ms = max(now_ms, self._free_ms)
        self._free_ms = self._coming[image] = begin_ms + pull_ms
        return begin_ms, self._free_ms

    def finish(self, image: str, size_bytes: int, *, pulled: bool) -> None:
        """Take in that a pull has ended."""
        self._coming.pop(image, None)
        if pulled:
            self._present[image] = size_bytes
            if size_bytes:
                self._changed()

    @property
    def reported(self) -> tuple[ContainerImage, ...]:
        """The images as the node's status lists them, the largest first; those without a size are left out."""
        sized = sorted((-size, image_name(image)) for image, size in self._present.items() if size)
        return tuple(ContainerImage((name,), -size) for size, name in sized[:_MOST_REPORTED])


def pulling(image: str) -> str:
    return f'Pulling image "{image}"'


def pulled(image: str, size_bytes: int, pull_ms: int, total_ms: int) -> str:
    took = f"{go_duration(pull_ms)} ({go_duration(total_ms)} including waiting)"
    return f'Successfully pulled image "{image}" in {took}. Image size: {size_bytes} bytes.'


def present(image: str) -> str:
    return f'Container image "{image}" already present on machine and can be accessed by the pod'


def absent(image: str) -> str:
    return f'Container image "{image}" is not present with pull policy of Never'


def failed_pull(image: str, problem: str) -> str:
    return f'Failed to pull image "{image}": {problem}'


def backing_off(image: str) -> str:
    return f'Back-off pulling image "{image}"'


def missing_secrets(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f"Unable to retrieve some image pull secrets ({listed}); attempting to pull the image may not succeed."


def waiting_for_retry(image: str, problem: str) -> ContainerStateWaiting:
    """The state between two pulls, the last of which failed with `problem`."""
    return ContainerStateWaiting(
        reason=IMAGE_PULL_BACK_OFF, message=f"{backing_off(image)}: {ERR_IMAGE_PULL}: {problem}"
    )
