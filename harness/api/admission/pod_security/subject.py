"""The pod that is judged, and the words in which it is spoken of.

Source: staging/src/k8s.io/pod-security-admission/policy/visitor.go and helpers.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from harness.objects.meta import ObjectMeta
from harness.objects.pod import Container, EphemeralContainer, PodSpec, SecurityContext

AnyContainer = Container | EphemeralContainer


class Violation(NamedTuple):
    """What a check finds: the reason in short, and in which part of the pod."""

    reason: str
    detail: str


class Subject(NamedTuple):
    """The metadata and the spec of a pod, or of the template for one."""

    metadata: ObjectMeta
    spec: PodSpec

    @property
    def containers(self) -> tuple[AnyContainer, ...]:
        """All of them, in the order in which checks look at them."""
        return (*self.spec.init_containers, *self.spec.containers, *self.spec.ephemeral_containers)

    @property
    def is_for_windows(self) -> bool:
        return self.spec.os is not None and self.spec.os.name == "windows"

    @property
    def has_users_of_its_own(self) -> bool:
        """Whether its users are not those of the node."""
        return self.spec.host_users is False

    def names(self, is_bad: Callable[[SecurityContext], bool]) -> list[str]:
        """The containers whose security context is bad; those without one are not asked."""
        return [one.name for one in self.containers if one.security_context and is_bad(one.security_context)]


def quoted_list(texts: Iterable[str]) -> str:
    """`"a", "b"`; nothing is escaped."""
    return ", ".join(f'"{text}"' for text in texts)


def plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def containers(names: list[str]) -> str:
    """`container "a"`, `containers "a", "b"`."""
    return f"{plural('container', len(names))} {quoted_list(names)}"


def setters(of_the_pod: bool, names: list[str]) -> str:
    """Who sets something: `pod`, some containers, or both; "" for nobody."""
    return " and ".join([*(["pod"] if of_the_pod else []), *([containers(names)] if names else [])])
