"""PodSecurity: pods of a namespace keep to the level its labels name, or are warned that they do not.

Owns what is refused and what is warned of. Which level holds stands in `policy`, what a level asks for in `baseline`
and `restricted`. Nobody is exempt, and audit annotations go nowhere. Source:
staging/src/k8s.io/pod-security-admission/admission/admission.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from harness.api import kinds
from harness.api.admission.pod_security.checks import Subject, Violation, violations
from harness.api.admission.pod_security.policy import PRIVILEGED, Policy, policy_of, strictness
from harness.api.problems import ApiError, quoted
from harness.objects.config import Namespace
from harness.objects.meta import Object, controller_of
from harness.objects.pod import Pod, PodTemplateSpec

if TYPE_CHECKING:
    from harness.api.server import Server

_MOST_CHECKED = 3000


def check_pod(pod: Pod, stored: Pod | None, server: Server) -> None:
    """Refuse (Forbidden) a pod that does not keep to the level that its namespace enforces."""
    enforced = _policy(server, pod.metadata.namespace).enforce
    if enforced.level == PRIVILEGED or not _matters(pod, stored):
        return
    found = violations(Subject(pod.metadata, pod.spec), enforced)
    if found:
        text = f"violates PodSecurity {quoted(str(enforced))}: {_in_detail(found)}"
        raise ApiError.forbidden(kinds.BY_TYPE[Pod].resource, pod.metadata.name, text)


def check_namespace(namespace: Namespace, stored: Namespace | None, _server: Server) -> None:
    """Refuse (Invalid) labels that name no level or version, unless they were there before."""
    wrong = policy_of(namespace.metadata.labels).problems
    before = policy_of(stored.metadata.labels).problems if stored is not None else ()
    if wrong and wrong != before:
        raise ApiError.invalid(kinds.BY_TYPE[Namespace].resource, namespace.metadata.name, wrong)


def warnings(obj: Object, previous: Object | None, server: Server) -> Iterator[str]:
    """What a request that was accepted is warned of."""
    if isinstance(obj, Namespace):
        if isinstance(previous, Namespace):
            yield from _of_namespace(obj, previous, server)
        return
    if isinstance(obj, Pod) and not _matters(obj, previous if isinstance(previous, Pod) else None):
        return
    subject = _subject(obj)
    if subject is None:
        return
    warned = _policy(server, obj.metadata.namespace).warn
    if found := violations(subject, warned):
        yield f"would violate PodSecurity {quoted(str(warned))}: {_in_detail(found)}"


def _policy(server: Server, namespace: str) -> Policy:
    found = server.find(Namespace, "", namespace)
    return policy_of(found.metadata.labels if found is not None else {})


def _matters(pod: Pod, stored: Pod | None) -> bool:
    """Whether a change of a pod is judged: only other images are."""
    if stored is None:
        return True
    before, after = (Subject(one.metadata, one.spec).containers for one in (stored, pod))
    return [(one.name, one.image) for one in before] != [(one.name, one.image) for one in after]


def _subject(obj: Object) -> Subject | None:
    """The pod that the object is, or makes by a template; None for any other kind."""
    if isinstance(obj, Pod):
        return Subject(obj.metadata, obj.spec)
    spec = getattr(obj, "spec", None)
    job = getattr(spec, "job_template", None)
    template = getattr(job.spec if job is not None else spec, "template", None)
    return Subject(template.metadata, template.spec) if isinstance(template, PodTemplateSpec) else None


def _in_detail(found: Iterable[Violation]) -> str:
    return ", ".join(f"{one.reason} ({one.detail})" for one in found)


# A namespace whose level is raised


def _of_namespace(new: Namespace, old: Namespace, server: Server) -> Iterator[str]:
    """Pods that are there already and do not keep to the level that is enforced from now on."""
    enforced, before = (policy_of(namespace.metadata.labels).enforce for namespace in (new, old))
    relaxed = enforced.version == before.version and strictness(enforced.level) <= strictness(before.level)
    if enforced == before or enforced.level == PRIVILEGED or relaxed:
        return
    pods = _one_of_each_controller_first(server.list(kinds.BY_TYPE[Pod], new.metadata.name))
    names: dict[str, list[str]] = {}
    for pod in pods[:_MOST_CHECKED]:
        found = violations(Subject(pod.metadata, pod.spec), enforced)
        if found:
            names.setdefault(", ".join(one.reason for one in found), []).append(pod.metadata.name)
    if len(pods) > _MOST_CHECKED:
        yield (
            f"new PodSecurity enforce level only checked against the first {_MOST_CHECKED} of {len(pods)} existing pods"
        )
    if names:
        yield (
            f"existing pods in namespace {quoted(new.metadata.name)} violate the new PodSecurity enforce level "
            f"{quoted(str(enforced))}"
        )
    yield from sorted(f"{_counted(sorted(found))}: {reasons}" for reasons, found in names.items())


def _one_of_each_controller_first(pods: list[Pod]) -> list[Pod]:
    first: list[Pod] = []
    others: list[Pod] = []
    seen: dict[str, None] = {}
    for pod in pods:
        owner = controller_of(pod)
        if owner is not None and owner.uid in seen:
            others.append(pod)
            continue
        first.append(pod)
        if owner is not None:
            seen[owner.uid] = None
    return first + others


def _counted(names: list[str]) -> str:
    more = len(names) - 1
    if not more:
        return names[0]
    return f"{names[0]} (and {more} other {'pod' if more == 1 else 'pods'})"
