"""`delete`: as `kubectl delete --wait=false`."""

from __future__ import annotations

from collections.abc import Iterator

from harness.api import kinds
from harness.api.kinds import Kind
from harness.api.problems import ApiError
from harness.objects import selector
from harness.objects.resources import Resource
from harness.runner.telling import told_manifests
from harness.runner.verb import Stage, Verb
from harness.scenario.model import DEFAULT_NAMESPACE, Delete

PROPAGATION = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}
IMMEDIATE = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely."
)


async def play(action: Delete, stage: Stage) -> None:
    kubectl = stage.kubectl
    forced = action.grace_period_seconds == 0
    found = list(_named(action, stage))
    if not found and not kubectl.failed:
        kubectl.printed.append("No resources found")
    if forced and found:
        kubectl.warn(IMMEDIATE)
    for kind, namespace, name in found:
        try:
            await kubectl.delete(kind, namespace, name, PROPAGATION[action.cascade], action.grace_period_seconds)
        except ApiError as problem:
            kubectl.refuse(problem)
            continue
        kubectl.printed.append(told(kind.resource, namespace, name, forced=forced))


def told(resource: Resource, namespace: str, name: str, *, forced: bool) -> str:
    """What is printed once an object was deleted: `pod "web-0" deleted from default namespace`."""
    where = f" from {namespace} namespace" if resource.namespaced else ""
    return f'{resource.group_kind} "{name}" {"force deleted" if forced else "deleted"}{where}'


def _named(action: Delete, stage: Stage) -> Iterator[tuple[Kind, str, str]]:
    """Everything to delete, in the order given: targets, the objects of manifests, or what a selector picks."""
    for target in action.targets:
        kind = kinds.of_resource(target.resource)
        yield kind, target.namespace if kind.resource.namespaced else "", target.name
    for placed in stage.kubectl.placed(action.manifests, stage.step.namespace):
        yield placed.kind, placed.namespace, placed.name
    if action.resource is not None:
        kind = kinds.of_resource(action.resource)
        wanted = selector.parse(action.selector)
        namespace = (stage.step.namespace or DEFAULT_NAMESPACE) if kind.resource.namespaced else ""
        for obj in stage.cluster.server.list(kind, namespace):
            if wanted.matches(obj.metadata.labels):
                yield kind, namespace, obj.metadata.name


def tell(action: Delete) -> str:
    words = [str(target) for target in action.targets]
    if action.manifests:
        words.append(told_manifests(action.manifests))
    if action.resource is not None:
        words.append(f"{action.resource.plural} -l {action.selector}")
    if action.cascade != "background":
        words.append(f"cascade={action.cascade}")
    if action.grace_period_seconds is not None:
        words.append(f"gracePeriod={action.grace_period_seconds}")
    return f"delete {' '.join(words)}"


VERB = Verb(
    Delete,
    "Delete objects by name, by manifest or by label, without waiting for them to be gone.",
    "- delete: pod/web-1",
    tell,
    play,
)
