"""CSI drivers tell the cluster of themselves, on every node."""

from __future__ import annotations

from msgspec.structs import replace
from provisioner_world import ZONE, ProvisionerWorld, csi, local_path, nfs, node

from harness.actors.world import ProvisionerBehaviour
from harness.actors.world.provisioners import CSI

limited = replace(csi, topology=(ZONE,), limit=3, attach=False)
other = ProvisionerBehaviour(name="csi.example.com", style=CSI)


def test_a_driver_says_whether_its_volumes_must_be_attached() -> None:
    world = ProvisionerWorld(limited, other)
    said = [world.driver(name) for name in (csi.name, other.name)]
    assert [driver.spec.attach_required if driver is not None else None for driver in said] == [False, True]


def test_a_node_lists_its_drivers_their_limits_and_topology_keys() -> None:
    world = ProvisionerWorld(limited, other, nodes=(node("node-1"),))
    found = world.driver_node("node-1")
    assert found is not None
    assert [(driver.name, driver.node_id, driver.topology_keys) for driver in found.spec.drivers] == [
        (csi.name, "node-1", (ZONE,)),
        (other.name, "node-1", ()),
    ]
    first, second = found.spec.drivers
    assert (first.allocatable.count if first.allocatable else None, second.allocatable) == (3, None)
    assert [owner.kind for owner in found.metadata.owner_references] == ["Node"]


def test_a_node_that_joins_later_gets_every_driver_even_while_their_programs_are_down() -> None:
    world = ProvisionerWorld(csi, other)
    world.world.provisioners.fail(csi.name)
    world.apply(node("late"))
    found = world.driver_node("late")
    assert found is not None
    assert sorted(driver.name for driver in found.spec.drivers) == [other.name, csi.name]


def test_provisioners_of_folders_are_no_drivers() -> None:
    world = ProvisionerWorld(nfs, local_path)
    world.apply(node("node-1"))
    assert (world.driver(nfs.name), world.driver_node("node-1")) == (None, None)
