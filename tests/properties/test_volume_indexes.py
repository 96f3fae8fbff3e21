"""What an index of volumes answers is what looking at every volume answers, whatever became of the volumes before.

Owns worlds of single volumes and claims with every field that matters to a match. The plain search is
`find_matching_volume`, which other tests hold against the rules.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.actors.controllers.persistentvolume.candidates import Candidates
from harness.actors.scheduler.free_volumes import FreeVolumes
from harness.api.store import ADDED, DELETED, MODIFIED, Change
from harness.control import ranking
from harness.control.informer import Informer
from harness.control.ranking import Ranking
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements
from harness.objects.meta import LabelSelector, LabelSelectorRequirement, ObjectMeta, ObjectReference
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.selector import matches_if_any
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, PersistentVolumeStatus, VolumeNodeAffinity
from harness.objects.storage_classes import BETA_CLASS_ANNOTATION
from harness.objects.volume_matching import capacity, find_matching_volume, normalised_modes

FIXED = settings(derandomize=True, deadline=None, database=None, max_examples=200)

# Several ways to write the same size, sizes between two of them, and ones that are no whole number of bytes.
SIZES = st.sampled_from(["1Gi", "1024Mi", "1073741824", "1G", "1500M", "0.5Gi", "1.5Gi", "2Gi", "1073741824500m"])
MODES = st.lists(
    st.sampled_from(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]), min_size=1, max_size=3
).map(tuple)
WANTED = st.sampled_from([("ReadWriteOnce",), ("ReadOnlyMany",), ("ReadWriteMany", "ReadOnlyMany"), ()])
CLASSES = st.sampled_from([None, "", "fast", "fast"])
BETA = st.sampled_from([{}, {}, {}, {BETA_CLASS_ANNOTATION: "fast"}, {BETA_CLASS_ANNOTATION: ""}])
VOLUME_MODES = st.sampled_from([None, "Filesystem", "Filesystem", "Block"])
ATTRIBUTES = st.sampled_from([None, None, "", "gold"])
PHASES = st.sampled_from(["Available", "Available", "Available", "Pending", "Released", "Failed", "Bound"])
KEYS, VALUES = st.sampled_from(["disk", "zone"]), st.sampled_from(["ssd", "hdd", "tape"])
LABELS = st.dictionaries(KEYS, VALUES, max_size=2)
NAMES = "abcdefgh"
NODES = ({}, {"host": "one"}, {"host": "two", "zone": "a"}, {"host": "three", "zone": "b"})


def requirements(kind: type) -> st.SearchStrategy:
    some = st.lists(VALUES, min_size=1, max_size=2, unique=True).map(tuple)
    return st.one_of(
        st.builds(kind, key=KEYS, operator=st.sampled_from(["In", "NotIn"]), values=some),
        st.builds(kind, key=KEYS, operator=st.sampled_from(["Exists", "DoesNotExist"])),
    )


SELECTORS = st.builds(
    LabelSelector,
    match_labels=st.one_of(st.just({}), LABELS),
    match_expressions=st.lists(requirements(LabelSelectorRequirement), max_size=2).map(tuple),
)
SELECTORS_OR_NONE = st.one_of(st.none(), SELECTORS, SELECTORS)
TOPOLOGIES = st.builds(
    NodeSelectorRequirement,
    key=st.sampled_from(["host", "zone"]),
    operator=st.sampled_from(["In", "In", "NotIn"]),
    values=st.lists(st.sampled_from(["one", "two", "a", "b"]), min_size=1, max_size=2, unique=True).map(tuple),
)
TERMS = st.lists(TOPOLOGIES, max_size=2).map(lambda them: NodeSelectorTerm(match_expressions=tuple(them)))
AFFINITIES = st.one_of(
    st.none(),
    st.lists(TERMS, min_size=1, max_size=2).map(
        lambda terms: VolumeNodeAffinity(required=NodeSelector(node_selector_terms=tuple(terms)))
    ),
)
REFERENCES = st.one_of(
    st.none(),
    st.none(),
    st.builds(
        ObjectReference,
        namespace=st.sampled_from(["default", "default", "other"]),
        name=st.sampled_from(["c", "c", "d"]),
        uid=st.sampled_from(["", "u", "v"]),
    ),
)
VOLUMES = st.builds(
    PersistentVolume,
    metadata=st.builds(
        ObjectMeta,
        name=st.sampled_from(NAMES),
        labels=LABELS,
        annotations=BETA,
        deletion_timestamp=st.sampled_from([None, None, None, None, "2026-01-01T00:00:00Z"]),
    ),
    spec=st.builds(
        PersistentVolumeSpec,
        capacity=SIZES.map(lambda size: {"storage": size}),
        access_modes=MODES,
        storage_class_name=st.sampled_from(["", "fast"]),
        volume_mode=VOLUME_MODES,
        volume_attributes_class_name=ATTRIBUTES,
        claim_ref=REFERENCES,
        node_affinity=AFFINITIES,
    ),
    status=st.builds(PersistentVolumeStatus, phase=PHASES),
)
CLAIMS = st.builds(
    PersistentVolumeClaim,
    metadata=st.builds(ObjectMeta, name=st.just("c"), namespace=st.just("default"), uid=st.just("u"), annotations=BETA),
    spec=st.builds(
        PersistentVolumeClaimSpec,
        access_modes=WANTED,
        resources=SIZES.map(lambda size: VolumeResourceRequirements(requests={"storage": size})),
        storage_class_name=CLASSES,
        volume_mode=VOLUME_MODES,
        volume_attributes_class_name=ATTRIBUTES,
        selector=SELECTORS_OR_NONE,
    ),
)
# Most fields alike, so that the others decide.
ALIKE = st.builds(
    PersistentVolume,
    metadata=st.builds(ObjectMeta, name=st.sampled_from(NAMES), labels=LABELS),
    spec=st.builds(
        PersistentVolumeSpec,
        capacity=SIZES.map(lambda size: {"storage": size}),
        access_modes=st.just(("ReadWriteOnce",)),
        claim_ref=st.sampled_from([None, None, None, ObjectReference(namespace="default", name="d")]),
        node_affinity=AFFINITIES,
    ),
    status=st.just(PersistentVolumeStatus(phase="Available")),
)
PLAIN = st.builds(
    PersistentVolumeClaim,
    metadata=st.just(ObjectMeta(name="c", namespace="default", uid="u")),
    spec=st.builds(
        PersistentVolumeClaimSpec,
        access_modes=st.just(("ReadWriteOnce",)),
        resources=SIZES.map(lambda size: VolumeResourceRequirements(requests={"storage": size})),
        selector=SELECTORS_OR_NONE,
    ),
)


def histories(volumes: st.SearchStrategy, claims: st.SearchStrategy) -> st.SearchStrategy:
    """Volumes that come or change, names of those that go, and one of three claims that is asked for, at last too."""

    def asking(some: list[PersistentVolumeClaim]) -> st.SearchStrategy:
        asked = st.sampled_from(some)
        events = st.one_of(volumes, volumes, volumes, st.sampled_from(NAMES), asked, asked)
        return st.tuples(st.lists(events, min_size=10, max_size=30), asked).map(lambda drawn: [*drawn[0], drawn[1]])

    return st.lists(claims, min_size=1, max_size=3).flatmap(asking)


HISTORIES = st.one_of(histories(VOLUMES, CLAIMS), histories(ALIKE, PLAIN))


def played(history: list, informer: Informer[PersistentVolume]):
    """Let the history happen; at each claim of it, hand the claim out."""
    for number, event in enumerate(history, 1):
        if isinstance(event, PersistentVolumeClaim):
            yield event
        elif isinstance(event, str):
            there = informer.get("", event)
            if there is not None:
                informer.receive(Change(DELETED, there, there, number))
        else:
            before = informer.get("", event.metadata.name)
            after = replace(event, metadata=replace(event.metadata, resource_version=str(number)))
            informer.receive(Change(ADDED if before is None else MODIFIED, after, before, number))


def by_name(informer: Informer[PersistentVolume]) -> list[PersistentVolume]:
    return sorted(informer.objects.values(), key=lambda volume: volume.metadata.name)


def scan(claim: PersistentVolumeClaim, found: list[PersistentVolume], late: bool) -> PersistentVolume | None:
    """Group by group, the fewest access modes first."""
    groups: dict[tuple[str, ...], list[PersistentVolume]] = {}
    for volume in found:
        groups.setdefault(normalised_modes(volume.spec.access_modes), []).append(volume)
    for modes in sorted(groups, key=lambda modes: (len(modes), modes)):
        if set(claim.spec.access_modes) <= set(modes):
            match = find_matching_volume(claim, groups[modes], delay_binding=late)
            if match is not None:
                return match
    return None


@pytest.fixture(scope="module", params=[(1, 1), (32, 16)], ids=["remembering at once", "walking at first"])
def memory(request):
    """How soon an index remembers what a selector picks, and for how many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_PATIENCE", request.param[0])
        patch.setattr(ranking, "_REMEMBERED", request.param[1])
        yield


@FIXED
@given(HISTORIES, st.booleans())
def test_the_binder_picks_what_a_scan_of_every_group_picks(memory, history, late):
    informer: Informer[PersistentVolume] = Informer()
    candidates = Candidates(informer)
    for claim in played(history, informer):
        assert candidates.best(claim, delay_binding=late) == scan(claim, by_name(informer), late)


@FIXED
@given(st.lists(VOLUMES, max_size=12), CLAIMS)
def test_an_index_made_of_volumes_that_are_there_knows_them(volumes, claim):
    informer: Informer[PersistentVolume] = Informer()
    assert list(played(volumes, informer)) == []
    found = Candidates(informer).best(claim, delay_binding=False)
    assert found == scan(claim, by_name(informer), late=False)


@FIXED
@given(HISTORIES, st.sampled_from(NODES))
def test_the_scheduler_finds_the_free_volumes_that_a_scan_finds_smallest_first(memory, history, labels):
    informer: Informer[PersistentVolume] = Informer()
    free = FreeVolumes()
    informer.subscribe(free.changed)

    def fits(claim: PersistentVolumeClaim, volume: PersistentVolume) -> bool:
        return find_matching_volume(claim, (volume,), node_labels=labels, delay_binding=True) is not None

    for claim in played(history, informer):
        unclaimed = [volume for volume in by_name(informer) if volume.spec.claim_ref is None]
        wanted = sorted((volume for volume in unclaimed if fits(claim, volume)), key=capacity)
        assert [volume for volume in free.of(claim, labels) if fits(claim, volume)] == wanted
        assert (wanted or [None])[0] == find_matching_volume(claim, unclaimed, node_labels=labels, delay_binding=True)


RANKS = st.tuples(st.integers(0, 2), st.sampled_from("ab"), LABELS)
QUESTIONS = st.tuples(st.integers(0, 2), st.integers(0, 1))


@FIXED
@given(st.lists(st.one_of(RANKS, QUESTIONS), min_size=15, max_size=60), st.tuples(SELECTORS, SELECTORS_OR_NONE))
def test_a_ranking_gives_in_order_what_a_selector_picks(memory, events, selectors):
    ranked = Ranking()
    known: dict[tuple[int, str], dict[str, str]] = {}
    for event in events:
        if len(event) == 3:
            size, name, labels = event
            if known.pop((size, name), None) is not None:
                ranked.remove((size, name))
            else:
                known[size, name] = labels
                ranked.add((size, name), labels)
        else:
            least, selector = event[0], selectors[event[1]]
            wanted = [rank for rank, labels in sorted(known.items()) if matches_if_any(selector, labels)]
            assert list(ranked.at_least(least, selector)) == [rank for rank in wanted if rank[0] >= least]
    assert len(ranked) == len(known)
