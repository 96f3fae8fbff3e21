"""Which volume a claim is given."""

from __future__ import annotations

from typing import Any

import pytest

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume
from harness.objects.volume_matching import find_matching_volume, normalised_modes, unmet_demand
from harness.objects.wire import from_wire

NODE = {"kubernetes.io/hostname": "n1"}


def claim(size: str = "1Gi", *modes: str, **spec: Any) -> PersistentVolumeClaim:
    document = {
        "metadata": {"name": "c", "namespace": "default", "uid": "u1"},
        "spec": {
            "accessModes": list(modes or ["ReadWriteOnce"]),
            "resources": {"requests": {"storage": size}},
            **spec,
        },
    }
    return from_wire(document, PersistentVolumeClaim)


def volume(name: str, size: str = "1Gi", *modes: str, phase: str = "Available", **fields: Any) -> PersistentVolume:
    metadata = {"name": name, **fields.pop("metadata", {})}
    spec = {"accessModes": list(modes or ["ReadWriteOnce"]), "capacity": {"storage": size}, **fields}
    return from_wire({"metadata": metadata, "spec": spec, "status": {"phase": phase}}, PersistentVolume)


def name_of(found: PersistentVolume | None) -> str | None:
    return found.metadata.name if found is not None else None


def only_on(host: str) -> dict[str, Any]:
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def test_the_smallest_that_suffices_is_found() -> None:
    volumes = [volume("a", "10Gi"), volume("b", "5Gi"), volume("c", "1Gi")]
    assert name_of(find_matching_volume(claim("2Gi"), volumes, delay_binding=False)) == "b"


def test_the_lowest_name_is_found_among_equally_small_ones() -> None:
    volumes = [volume("b", "1Gi"), volume("a", "1024Mi")]
    assert name_of(find_matching_volume(claim(), volumes, delay_binding=False)) == "a"


@pytest.mark.parametrize(
    "unfit",
    [
        volume("v", "1023Mi"),
        volume("v", phase="Pending"),
        volume("v", phase="Released"),
        volume("v", volumeMode="Block"),
        volume("v", storageClassName="fast"),
        volume("v", volumeAttributesClassName="gold"),
        volume("v", claimRef={"namespace": "default", "name": "other"}),
        volume("v", claimRef={"namespace": "default", "name": "c", "uid": "u2"}),
        volume("v", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
    ],
)
def test_an_unfit_volume_is_not_found(unfit: PersistentVolume) -> None:
    assert find_matching_volume(claim(), [unfit], delay_binding=False) is None


def test_labels_must_match_the_selector() -> None:
    volumes = [volume("a"), volume("b", metadata={"labels": {"tier": "gold"}})]
    selective = claim(selector={"matchLabels": {"tier": "gold"}})
    assert name_of(find_matching_volume(selective, volumes, delay_binding=False)) == "b"


def test_a_reserved_volume_needs_neither_class_nor_selector_nor_phase() -> None:
    kept = volume("z", phase="Pending", storageClassName="x", claimRef={"namespace": "default", "name": "c"})
    selective = claim(selector={"matchLabels": {"tier": "gold"}})
    assert name_of(find_matching_volume(selective, [volume("a"), kept], delay_binding=True)) == "z"


def test_a_reserved_volume_must_be_large_enough() -> None:
    kept = volume("z", claimRef={"namespace": "default", "name": "c"})
    assert find_matching_volume(claim("2Gi"), [kept], delay_binding=False) is None


def test_free_volumes_are_left_alone_while_binding_waits_for_a_node() -> None:
    assert find_matching_volume(claim(), [volume("a")], delay_binding=True) is None
    found = find_matching_volume(claim(), [volume("a")], node_labels=NODE, delay_binding=True)
    assert name_of(found) == "a"


def test_the_binder_does_not_look_at_node_affinity() -> None:
    far = volume("a", nodeAffinity=only_on("n2"))
    assert name_of(find_matching_volume(claim(), [far], delay_binding=False)) == "a"
    assert find_matching_volume(claim(), [far], node_labels=NODE, delay_binding=True) is None


def test_a_reserved_volume_out_of_reach_of_the_node_leaves_nothing() -> None:
    kept = volume("z", nodeAffinity=only_on("n2"), claimRef={"namespace": "default", "name": "c"})
    volumes = [kept, volume("a")]
    assert find_matching_volume(claim(), volumes, node_labels=NODE, delay_binding=True) is None


def test_a_volume_for_a_node_must_offer_every_access_mode() -> None:
    both = claim("1Gi", "ReadWriteOnce", "ReadOnlyMany")
    volumes = [volume("a"), volume("b", "1Gi", "ReadOnlyMany", "ReadWriteOnce")]
    assert name_of(find_matching_volume(both, volumes, node_labels=NODE, delay_binding=True)) == "b"


def test_excluded_volumes_are_passed_over() -> None:
    volumes = [volume("a"), volume("b")]
    assert name_of(find_matching_volume(claim(), volumes, excluded={"a"}, delay_binding=False)) == "b"


def test_access_modes_are_normalised_to_one_order() -> None:
    given = ("ReadWriteMany", "ReadWriteOnce", "ReadWriteMany")
    assert normalised_modes(given) == ("ReadWriteOnce", "ReadWriteMany")


def test_the_first_unmet_demand_on_a_named_volume_is_told() -> None:
    assert unmet_demand(volume("v", "1Mi", storageClassName="x"), claim()) == "requested PV is too small"
    assert unmet_demand(volume("v", phase="Released"), claim(selector={"matchLabels": {"a": "b"}})) is None
