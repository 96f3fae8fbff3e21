"""What the simulated machines, images and provisioners are like, and what of that changes while a scenario plays.

Owns the behaviour of each image, the cluster's own included, which nodes are up, and what stands at the paths of
their disks. Knows no pod and no kubelet: who must react subscribes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, TypeAlias

from harness.actors.world.behaviour import PLAIN, ImageBehaviour
from harness.actors.world.provisioners import ProvisionerBehaviour, Provisioners
from harness.objects.recycler_pod import RECYCLER_IMAGE

# What the cluster itself runs, and what is known of it.
_OWN_IMAGES: Mapping[str, ImageBehaviour] = {RECYCLER_IMAGE: ImageBehaviour(exit=0, after_ms=500)}

MISSING: Final = "missing"
PathKind: TypeAlias = Literal["missing", "directory", "file", "socket", "charDevice", "blockDevice"]
"""What stands at a path of a machine."""

ImageHandler: TypeAlias = Callable[[str], None]
"""Called with the image whose behaviour changed."""
NodeHandler: TypeAlias = Callable[[str, bool], None]
"""Called with the node's name, and whether it is up from now on."""
ContainerHandler: TypeAlias = Callable[[str, str, int], bool]
"""Called with a pod's uid, a container's name and an exit code; says whether such a container ran and has ended."""


class World:
    """The ground truth under the cluster."""

    def __init__(
        self,
        images: Mapping[str, ImageBehaviour] | None = None,
        provisioners: Iterable[ProvisionerBehaviour] = (),
        paths: Mapping[str, Mapping[str, PathKind]] | None = None,
    ) -> None:
        """`paths` says of each node what stands at some of its paths."""
        self.provisioners = Provisioners(provisioners)
        self._images = {**_OWN_IMAGES, **(images or {})}
        self._paths = {(node, path): kind for node, named in (paths or {}).items() for path, kind in named.items()}
        self._down: dict[str, None] = {}
        self._image_handlers: list[ImageHandler] = []
        self._node_handlers: list[NodeHandler] = []
        self._container_handlers: list[ContainerHandler] = []

    def behaviour(self, image: str) -> ImageBehaviour:
        """How the containers of this image behave from now on."""
        return self._images.get(image, PLAIN)

    def is_named(self, image: str) -> bool:
        """Whether anything was said of this image."""
        return image in self._images

    def behave(self, image: str, behaviour: ImageBehaviour) -> None:
        """Change how an image behaves. Running containers answer their next probe accordingly."""
        if self._images.get(image) == behaviour:
            return
        self._images[image] = behaviour
        for handler in self._image_handlers:
            handler(image)

    def path(self, node: str, path: str) -> PathKind | None:
        """What stands there on the machine of this node; None if nothing was said, and it is whatever is wanted."""
        return self._paths.get((node, path))

    def place(self, node: str, path: str, kind: PathKind) -> None:
        """Put something at a path of a machine, or take it away."""
        self._paths[node, path] = kind

    def is_up(self, node: str) -> bool:
        """Whether the machine of this node runs."""
        return node not in self._down

    def fail(self, node: str) -> None:
        """The machine stops: its kubelet falls silent, and what ran on it is gone. A failed one stays as it is."""
        if node not in self._down:
            self._down[node] = None
            self._tell(node, up=False)

    def recover(self, node: str) -> None:
        """The machine starts again, with nothing running on it. One that is up stays as it is."""
        if node in self._down:
            del self._down[node]
            self._tell(node, up=True)

    def end_container(self, pod_uid: str, container: str, exit_code: int) -> bool:
        """A container exits by itself, whatever its image says; False if none of that name runs in the pod."""
        return any(handler(pod_uid, container, exit_code) for handler in self._container_handlers)

    def on_image_change(self, handler: ImageHandler) -> None:
        self._image_handlers.append(handler)

    def on_node_change(self, handler: NodeHandler) -> None:
        self._node_handlers.append(handler)

    def on_container_end(self, handler: ContainerHandler) -> None:
        self._container_handlers.append(handler)

    def _tell(self, node: str, *, up: bool) -> None:
        for handler in self._node_handlers:
            handler(node, up)
