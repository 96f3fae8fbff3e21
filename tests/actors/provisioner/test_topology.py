"""Where a CSI driver makes a volume, among the topologies of a cluster."""

from __future__ import annotations

import pytest

from harness.actors.provisioner.topology import NoTopology, preferred, spread
from harness.objects.storage import TopologySelectorLabelRequirement, TopologySelectorTerm

ZONE = "topology.kubernetes.io/zone"
NODES = [{ZONE: "b"}, {ZONE: "a"}, {"other": "x"}, {ZONE: "c"}]


def allowed(*values: str, key: str = ZONE) -> list[TopologySelectorTerm]:
    return [TopologySelectorTerm(match_label_expressions=(TopologySelectorLabelRequirement(key=key, values=values),))]


def zone_of(claim: str) -> str:
    return dict(preferred(claim, [ZONE], (), NODES, None))[ZONE]


def test_the_claims_of_a_set_are_spread_over_the_zones_in_the_order_of_their_ordinals() -> None:
    first = [zone_of(f"data-web-{ordinal}") for ordinal in range(6)]

    assert sorted(first[:3]) == ["a", "b", "c"]
    assert first[3:] == first[:3]
    assert "".join(first[:3]) in "abcabc"


def test_several_claims_of_one_pod_of_a_set_come_into_the_same_zone() -> None:
    assert [zone_of(f"data-web-{ordinal}") for ordinal in range(3)] == [
        zone_of(f"logs-web-{ordinal}") for ordinal in range(3)
    ]


def test_the_spread_is_the_hash_of_the_sets_name_and_the_ordinal() -> None:
    # A vector of the FNV-1 hash of 32 bits, from its authors.
    assert spread("foobar") == 0x31F0B262
    assert spread("data-foobar-0") == 0x31F0B262
    assert spread("data-web-7") == (spread("data-web-0") + 7) % 2**32


def test_the_zone_of_the_chosen_node_comes_first() -> None:
    assert preferred("c", [ZONE], (), NODES, ("node-2", NODES[1])) == ((ZONE, "a"),)


def test_only_allowed_topologies_are_considered() -> None:
    assert preferred("c", [ZONE], allowed("b"), NODES, None) == ((ZONE, "b"),)


def test_each_combination_of_allowed_values_is_a_topology() -> None:
    rack = TopologySelectorLabelRequirement(key="rack", values=("r1", "r2"))
    zone = TopologySelectorLabelRequirement(key=ZONE, values=("a", "b"))
    terms = [TopologySelectorTerm(match_label_expressions=(zone, rack))]
    found = {preferred(f"c-{number}", [ZONE, "rack"], terms, (), None) for number in range(4)}

    assert found == {(("rack", r), (ZONE, z)) for r in ("r1", "r2") for z in ("a", "b")}


@pytest.mark.parametrize(
    ("nodes", "terms", "selected", "words"),
    [
        ([], [], None, "topologyKeys [topology.kubernetes.io/zone] were not found on any nodes"),
        (NODES, [], ("node-3", NODES[2]), "topology labels from selected node map[other:x] does not match"),
        (
            NODES,
            allowed("b"),
            ("node-2", NODES[1]),
            '{topology.kubernetes.io/zone a}] from selected node "node-2" is not',
        ),
    ],
)
def test_without_a_fitting_topology_there_is_a_reason(
    nodes: list[dict[str, str]],
    terms: list[TopologySelectorTerm],
    selected: tuple[str, dict[str, str]] | None,
    words: str,
) -> None:
    with pytest.raises(NoTopology, match="error generating accessibility requirements: ") as raised:
        preferred("c", [ZONE], terms, nodes, selected)

    assert words in str(raised.value)


def test_a_driver_that_is_registered_nowhere_has_no_topology() -> None:
    with pytest.raises(NoTopology, match="no available topology found"):
        preferred("c", [], (), NODES, None)
    with pytest.raises(NoTopology, match="no topology key found for node node-1"):
        preferred("c", [], (), NODES, ("node-1", NODES[0]))


def test_a_class_that_allows_no_topology_in_particular_leaves_it_to_the_driver() -> None:
    assert preferred("c", [ZONE], [TopologySelectorTerm()], NODES, None) == ()
