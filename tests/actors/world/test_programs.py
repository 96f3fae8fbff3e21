"""The ground truth about provisioners: which run, what troubles them, and who is told."""

from __future__ import annotations

from harness.actors.world import ProvisionerBehaviour
from harness.actors.world.provisioners import CSI, NFS, Provisioners

one = ProvisionerBehaviour(name="example.com/nfs", style=NFS)
two = ProvisionerBehaviour(name="ebs.csi.aws.com", style=CSI)


def watched() -> tuple[Provisioners, list[tuple[str, bool]]]:
    provisioners, told = Provisioners([one, two]), list[tuple[str, bool]]()
    for each in provisioners:
        provisioners.on_change(each.name, lambda runs, name=each.name: told.append((name, runs)))
    return provisioners, told


def test_provisioners_run_without_trouble_unless_somebody_says_otherwise() -> None:
    provisioners, _ = watched()
    assert [each.name for each in provisioners] == [one.name, two.name]
    assert one.name in provisioners
    assert "example.com/other" not in provisioners
    assert (provisioners.runs(one.name), provisioners.problem(one.name)) == (True, "")


def test_a_stop_and_a_start_are_told_once_to_those_who_ask_about_that_provisioner() -> None:
    provisioners, told = watched()
    provisioners.fail(one.name)
    provisioners.fail(one.name)
    assert not provisioners.runs(one.name)
    provisioners.recover(one.name)
    provisioners.recover(one.name)
    assert provisioners.runs(one.name)
    assert told == [(one.name, False), (one.name, True)]


def test_trouble_of_the_storage_stops_nobody() -> None:
    provisioners, told = watched()
    provisioners.fail(two.name, "quota exceeded")
    assert (provisioners.runs(two.name), provisioners.problem(two.name)) == (True, "quota exceeded")
    provisioners.fail(two.name, "throttled")
    assert provisioners.problem(two.name) == "throttled"
    provisioners.recover(two.name)
    assert (provisioners.problem(two.name), told) == ("", [])


def test_one_that_stops_keeps_the_trouble_of_its_storage_until_it_recovers() -> None:
    provisioners, _ = watched()
    provisioners.fail(one.name, "disk full")
    provisioners.fail(one.name)
    assert (provisioners.runs(one.name), provisioners.problem(one.name)) == (False, "disk full")
    provisioners.recover(one.name)
    assert (provisioners.runs(one.name), provisioners.problem(one.name)) == (True, "")
