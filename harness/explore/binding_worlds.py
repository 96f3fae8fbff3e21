"""Worlds of up to six claims and six volumes, as scenarios: everything that decides a binding, in any order of arrival.

Owns what such a world is made of and how likely each part is. Names are numbers, so that what is left of a world that
shrinks still fits together. Needs the extra `fuzz`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any

from hypothesis import strategies as st

from harness.scenario.model import (
    Action,
    Apply,
    ClusterSettings,
    Delete,
    Manifest,
    Patch,
    Scenario,
    Step,
    Wait,
    numbered_nodes,
)
from harness.scenario.targets import target_named

Document = dict[str, Any]

MOST = 6
# A resync comes every 15 s: what has been quiet for longer has met one.
QUIET_MS = 16_000
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
# What a server has made before the first object of a world: four namespaces with an account each.
FOUNDED = 8
CLASS_COUNT = 2
# Of wider ranges of integers, Hypothesis prefers the small ones.
_EVENLY_DRAWN = 2**24

# Several ways to write the same size, and sizes between two of them.
SIZES = ("1Gi", "1024Mi", "1G", "1500M", "0.5Gi", "2Gi")
SINGLE_MODES = ("ReadWriteOnce", "ReadWriteOnce", "ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod")
MODES = (*((mode,) for mode in SINGLE_MODES), ("ReadWriteOnce", "ReadOnlyMany"), ("ReadOnlyMany", "ReadWriteMany"))
VOLUME_MODES = (*(None,) * 6, "Filesystem", "Block")
POLICIES = ("Retain", "Retain", "Delete", "Recycle")
# "shelf" is the name of no class; "late" waits for a pod, "made" provisions. Most of a world is of one theme.
THEMES = ((None, ""), ("shelf",), ("late",), ("late", None), ("made", "shelf"), (None, "", "shelf", "late", "made"))
BETA_CLASSES = (*(None,) * 10, "shelf", "late")
ATTRIBUTES = (*(None,) * 10, "gold")
LABELS = (None, {"disk": "ssd"}, {"disk": "hdd", "zone": "a"})
SELECTORS = (
    *(None,) * 6,
    {"matchLabels": {"disk": "ssd"}},
    {"matchLabels": {"zone": "a"}, "matchExpressions": [{"key": "disk", "operator": "Exists"}]},
    {"matchExpressions": [{"key": "disk", "operator": "NotIn", "values": ["ssd"]}]},
    {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd", "hdd"]}]},
)
NUMBERS = tuple(range(MOST))
# The volume that a claim asks for.
NAMED = (*(None,) * 4 * MOST, *NUMBERS)
# The claim that a volume is kept for: by name alone, by its own uid if that can be known, or by one of nobody.
KEPT = (*(None,) * 8 * MOST, *((number, uid) for number in NUMBERS for uid in (None, "own", "nobody")))
COUNTS = range(1, MOST + 1)
DEFAULTS = (None, None, "late", "made")


def one_of_each(*fields: Sequence[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """A value of each field, all equally likely, drawn as few numbers: drawn one by one they cost more than to play."""
    groups: list[list[Sequence[Any]]] = [[]]
    for field in fields:
        if prod(map(len, groups[-1])) * len(field) > _EVENLY_DRAWN:
            groups.append([])
        groups[-1].append(field)

    def chosen(numbers: tuple[int, ...]) -> tuple[Any, ...]:
        values = []
        for number, group in zip(numbers, groups, strict=True):
            for field in group:
                number, index = divmod(number, len(field))
                values.append(field[index])
        return tuple(values)

    return st.tuples(*(st.integers(0, prod(map(len, group)) - 1) for group in groups)).map(chosen)


def claim(number: int) -> str:
    return f"claim-{number}"


def volume(number: int) -> str:
    return f"volume-{number}"


def reference(kept: tuple[int, str | None], first: int | None) -> Document:
    """A claimRef. Nobody knows a uid beforehand: a claim's own is there only where `first` numbers the first one."""
    number, uid = kept
    found: Document = {"kind": "PersistentVolumeClaim", "namespace": "default", "name": claim(number)}
    created = {"own": None if first is None else first + number, "nobody": 0}.get(uid or "")
    if created is not None:
        found["uid"] = f"{created:08x}-0000-4000-8000-{created:012x}"
    return found


def volumes(number: int, theme: Sequence[str | None], first: int | None) -> st.SearchStrategy[Document]:
    def made(drawn: tuple[Any, ...]) -> Document:
        size, modes, policy, storage_class, beta, labels, mode, attributes, node, kept = drawn
        metadata: Document = {"name": volume(number)}
        spec: Document = {
            "capacity": {"storage": size},
            "accessModes": list(modes),
            "persistentVolumeReclaimPolicy": policy,
        }
        _set(metadata, "labels", labels)
        _annotate(metadata, beta)
        _set(spec, "storageClassName", storage_class)
        _set(spec, "volumeMode", mode)
        _set(spec, "volumeAttributesClassName", attributes)
        if attributes is None:
            spec["hostPath"] = {"path": f"/tmp/{volume(number)}"}
        else:
            spec["csi"] = {"driver": "disk.example.com", "volumeHandle": volume(number)}
        if node is not None:
            host = {"key": "kubernetes.io/hostname", "operator": "In", "values": [f"node-{node}"]}
            spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [host]}]}}
        if kept is not None:
            spec["claimRef"] = reference(kept, first)
        return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}

    tied = (None, None, None, 1, 2)
    return one_of_each(SIZES, MODES, POLICIES, theme, BETA_CLASSES, LABELS, VOLUME_MODES, ATTRIBUTES, tied, KEPT).map(
        made
    )


def claims(number: int, theme: Sequence[str | None]) -> st.SearchStrategy[Document]:
    def made(drawn: tuple[Any, ...]) -> Document:
        size, mode, storage_class, beta, volume_mode, attributes, selector, named = drawn
        metadata: Document = {"name": claim(number)}
        spec: Document = {"accessModes": [mode], "resources": {"requests": {"storage": size}}}
        _annotate(metadata, beta)
        _set(spec, "storageClassName", storage_class)
        _set(spec, "volumeMode", volume_mode)
        _set(spec, "volumeAttributesClassName", attributes)
        _set(spec, "selector", selector)
        _set(spec, "volumeName", None if named is None else volume(named))
        return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}

    return one_of_each(SIZES, SINGLE_MODES, theme, BETA_CLASSES, VOLUME_MODES, ATTRIBUTES, SELECTORS, NAMED).map(made)


def pods(number: int, most: int) -> st.SearchStrategy[Document]:
    """A pod that uses one or two of the first `most` claims."""

    def made(used: tuple[int, int]) -> Document:
        mounted = [{"name": f"v{one}", "persistentVolumeClaim": {"claimName": claim(one)}} for one in sorted({*used})]
        spec: Document = {
            "containers": [{"name": "app", "image": "app:v1"}],
            "volumes": mounted,
            "terminationGracePeriodSeconds": 1,
        }
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"pod-{number}"}, "spec": spec}

    return one_of_each(range(most), range(most)).map(made)


def _annotate(metadata: Document, storage_class: str | None) -> None:
    if storage_class is not None:
        metadata["annotations"] = {BETA_CLASS: storage_class}


def _set(spec: Document, field: str, value: object) -> None:
    if value is not None:
        spec[field] = value


def classes(default: str | None) -> list[Document]:
    """A class whose claims wait for a pod, and one whose volumes are made, one of them perhaps the default."""
    found: list[Document] = [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name},
            "provisioner": provisioner,
            "volumeBindingMode": mode,
        }
        for name, provisioner, mode in (
            ("late", "kubernetes.io/no-provisioner", "WaitForFirstConsumer"),
            ("made", "kubernetes.io/host-path", "Immediate"),
        )
    ]
    for one in found:
        if one["metadata"]["name"] == default:
            one["metadata"]["annotations"] = {DEFAULT_CLASS: "true"}
    return found


def _refer(which: int, body: Document | None) -> Action:
    return Patch(target=target_named(f"pv/{volume(which)}"), body={"spec": {"claimRef": body}}, type="merge")


def _name(which: int, what: int) -> Action:
    return Patch(target=target_named(f"pvc/{claim(which)}"), body={"spec": {"volumeName": volume(what)}})


def _resize(which: int, size: str) -> Action:
    return Patch(target=target_named(f"pv/{volume(which)}"), body={"spec": {"capacity": {"storage": size}}})


def _default(name: str, whether: str) -> Action:
    return Patch(target=target_named(f"sc/{name}"), body={"metadata": {"annotations": {DEFAULT_CLASS: whether}}})


def acts(first: int | None, documents: list[Document]) -> st.SearchStrategy[tuple[Action, ...]]:
    """Something done to a world that is there: things go, come again, or point elsewhere."""

    def gone(document: Document) -> Action:
        return Delete(targets=(target_named(f"{document['kind'].lower()}/{document['metadata']['name']}"),))

    def refer(drawn: tuple[int, tuple[int, str | None] | None]) -> Action:
        which, kept = drawn
        return _refer(which, None if kept is None else reference(kept, first))

    one = st.sampled_from(documents)
    single = st.one_of(
        one.map(gone),
        one.map(_apply),
        st.sampled_from([1, 3, 10, 2_000, 16_000]).map(lambda duration: Wait(duration_ms=duration)),
        one_of_each(NUMBERS, KEPT).map(refer),
        st.sampled_from(NUMBERS).map(lambda which: _refer(which, {"uid": None})),
        one_of_each(NUMBERS, NUMBERS).map(lambda drawn: _name(*drawn)),
        one_of_each(NUMBERS, SIZES).map(lambda drawn: _resize(*drawn)),
        one_of_each(("late", "made"), ("true", "false")).map(lambda drawn: _default(*drawn)),
    ).map(lambda action: (action,))
    return st.one_of(single, single, one.map(lambda document: (gone(document), _apply(document))))


@st.composite
def binding_scenarios(draw: st.DrawFn) -> Scenario:
    """Everything arrives in some order, in one to three commands; then up to five things happen to it."""
    nodes, theme, default, in_order = draw(one_of_each((1, 2), THEMES, DEFAULTS, (True, False)))
    first = FOUNDED + nodes + CLASS_COUNT + 1 if in_order else None
    documents = classes(default)
    claimed, offered, running = draw(one_of_each(COUNTS, COUNTS, range(4)))
    documents += [draw(claims(number, theme)) for number in range(claimed)]
    documents += [draw(volumes(number, theme, first)) for number in range(offered)]
    documents += [draw(pods(number, claimed)) for number in range(running)]
    arriving = documents if in_order else draw(st.permutations(documents))
    cuts = sorted(draw(st.lists(st.integers(1, len(arriving) - 1), max_size=2, unique=True)))
    parts = [arriving[start:end] for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True)]
    doing: list[Action] = [_apply(*part) for part in parts]
    doing += chain.from_iterable(draw(st.lists(acts(first, documents), max_size=5)))
    # What comes after a moment's rest finds another world than what comes at once.
    rests = draw(st.integers(0, len(doing) - 1))
    steps = [Step(action=one, settle=isinstance(one, Wait) or index == rests) for index, one in enumerate(doing)]
    steps.append(Step(action=_apply(*classes(None))))
    cluster = ClusterSettings(
        nodes=numbered_nodes(nodes), quiet_ms=QUIET_MS, flags={"enable-hostpath-provisioner": True}
    )
    return Scenario(cluster=cluster, steps=tuple(steps))


def _apply(*documents: Document) -> Apply:
    return Apply(manifests=(Manifest(documents=documents),))
