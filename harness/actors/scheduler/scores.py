"""The scores: which of the nodes that would do is best.

Owns the table of plugins with their weights, and how the winner is picked. Mirrors plugins/noderesources,
tainttoleration, nodeaffinity, imagelocality and schedule_one.go (prioritizeNodes).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias, cast

from harness.actors.scheduler.attempt import Attempt
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.pod_affinity import affinity_scores
from harness.actors.scheduler.spreading import spread_scores
from harness.objects.node_affinity import term_matches, tolerates
from harness.objects.pod import Toleration
from harness.objects.pods import image_name

Scorer: TypeAlias = Callable[[Attempt, Sequence[NodeView]], list[int] | None]
"""Scores of 0 to 100 for the nodes, in their order; None if the plugin has nothing to say about the pod."""

_SOFT = "PreferNoSchedule"

# Less than this of images in place earns nothing, and no more counts than this for each container.
_FEW_IMAGES_BYTES = 23 << 20
_IMAGES_PER_CONTAINER_BYTES = 1000 << 20


def taint_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The fewer soft taints the pod does not tolerate, the better."""
    if not any(view.soft_taints for view in views):
        return None
    tolerations = [each for each in attempt.pod.spec.tolerations if each.effect in ("", _SOFT)]
    counts = [_intolerable(view, tolerations) if view.soft_taints else 0 for view in views]
    highest = max(counts)
    return [100 - 100 * count // highest for count in counts] if highest else None


def _intolerable(view: NodeView, tolerations: Sequence[Toleration]) -> int:
    return sum(1 for taint in view.soft_taints if not any(tolerates(each, taint) for each in tolerations))


def node_affinity_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The weights of the preferred terms that the node matches."""
    affinity = attempt.pod.spec.affinity.node_affinity if attempt.pod.spec.affinity is not None else None
    preferred = affinity.preferred_during_scheduling_ignored_during_execution if affinity is not None else ()
    if not preferred:
        return None
    sums = [
        sum(each.weight for each in preferred if term_matches(each.preference, view.labels, view.name))
        for view in views
    ]
    highest = max(sums)
    return [100 * total // highest for total in sums] if highest else None


def least_allocated_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The more CPU and memory left, counting a default for containers that request nothing, the better."""
    cpu, memory = attempt.demand.assumed_cpu_milli, attempt.demand.assumed_memory_bytes
    return _known(attempt, ("least", cpu, memory), views, lambda view: _share_left(view, cpu, memory))


def _share_left(view: NodeView, cpu: int, memory: int) -> int:
    total = known = 0
    if view.cpu_milli:
        total += max(0, (view.cpu_milli - view.assumed_cpu_milli - cpu) * 100 // view.cpu_milli)
        known += 1
    if view.memory_bytes:
        total += max(0, (view.memory_bytes - view.assumed_memory_bytes - memory) * 100 // view.memory_bytes)
        known += 1
    return total // known if known else 0


def balanced_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The more even the use of CPU and memory becomes through the pod, the better."""
    cpu, memory = attempt.demand.cpu_milli, attempt.demand.memory_bytes
    if not cpu and not memory:
        return None
    return _known(attempt, ("balanced", cpu, memory), views, lambda view: _balance(view, cpu, memory))


def _balance(view: NodeView, cpu: int, memory: int) -> int:
    without = _evenness(view, view.used_cpu_milli, view.used_memory_bytes)
    with_pod = _evenness(view, view.used_cpu_milli + cpu, view.used_memory_bytes + memory)
    return 50 + int((50 + with_pod - without) / 2)


def _evenness(view: NodeView, cpu_milli: int, memory_bytes: int) -> int:
    """100 when CPU and memory are used to the same fraction."""
    if not view.cpu_milli or not view.memory_bytes:
        return 100
    deviation = abs(min(1.0, cpu_milli / view.cpu_milli) - min(1.0, memory_bytes / view.memory_bytes)) / 2
    return int((1 - deviation) * 100)


def _known(
    attempt: Attempt, question: Hashable, views: Sequence[NodeView], score: Callable[[NodeView], int]
) -> list[int]:
    """Scores that depend on one node and the pod's requests, worked out only for nodes that have changed since."""
    number = attempt.nodes.number_of(question)
    scores = [view.known.get(number) for view in views]
    if None in scores:
        for index, view in enumerate(views):
            if scores[index] is None:
                scores[index] = view.known[number] = score(view)
    return cast("list[int]", scores)


def image_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The more of the pod's images a node has already, in bytes, the better; images that few nodes have count less."""
    spread = attempt.nodes.image_spread
    if not spread:
        return None
    spec = attempt.pod.spec
    written = [container.image for container in (*spec.init_containers, *spec.containers)]
    highest = _IMAGES_PER_CONTAINER_BYTES * len(written)
    written += [volume.image.reference for volume in spec.volumes if volume.image is not None]
    shares = [(name, spread[name] / attempt.node_count) for name in map(image_name, written) if name in spread]
    if not shares:
        return None
    sums = [sum(int(view.images.get(name, 0) * share) for name, share in shares) for view in views]
    span = highest - _FEW_IMAGES_BYTES
    return [100 * (min(max(total, _FEW_IMAGES_BYTES), highest) - _FEW_IMAGES_BYTES) // span for total in sums]


# By name, with the weights of the default profile.
SCORERS: tuple[tuple[str, Scorer, int], ...] = (
    ("TaintToleration", taint_scores, 3),
    ("NodeAffinity", node_affinity_scores, 2),
    ("NodeResourcesFit", least_allocated_scores, 1),
    ("PodTopologySpread", spread_scores, 2),
    ("InterPodAffinity", affinity_scores, 2),
    ("NodeResourcesBalancedAllocation", balanced_scores, 1),
    ("ImageLocality", image_scores, 1),
)


def weighed(attempt: Attempt, views: Sequence[NodeView]) -> list[tuple[str, list[int]]]:
    """The points of each plugin that has something to say, weights taken in, in the order of the nodes."""
    found = []
    for name, scorer, weight in SCORERS:
        points = scorer(attempt, views)
        if points is not None:
            found.append((name, [weight * each for each in points] if weight != 1 else points))
    return found


def totals(attempt: Attempt, views: Sequence[NodeView]) -> list[int]:
    """The weighted sum of all scores, in the order of the nodes."""
    return [sum(points) for points in zip(*(points for _, points in weighed(attempt, views)), strict=True)]


def best_first(views: Sequence[NodeView], scores: Sequence[int]) -> list[NodeView]:
    """The nodes with the highest score; in front the one that the scheduler's heap brings to its root."""
    highest = max(scores)
    if scores.count(highest) == 1:
        return [views[scores.index(highest)]]
    root = _heap_root(scores)
    others = [view for index, view in enumerate(views) if scores[index] == highest and index != root]
    return [views[root], *others]


def _heap_root(scores: Sequence[int]) -> int:
    """Where the root of a max-heap built over the scores comes from (container/heap Init).

    What comes to the root of a part of the heap is all that the part above it sees of it. A parent stays unless a child
    is better, and the left child goes before an equal right one.
    """
    winners = list(range(len(scores)))
    count = len(scores)
    for parent in range(count // 2 - 1, -1, -1):
        child = 2 * parent + 1
        best = winners[child]
        if child + 1 < count and scores[winners[child + 1]] > scores[best]:
            best = winners[child + 1]
        if scores[best] > scores[parent]:
            winners[parent] = best
    return winners[0]
