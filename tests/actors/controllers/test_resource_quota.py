"""The quota controller: what it counts, and when it counts again.

Source: pkg/controller/resourcequota/resource_quota_controller_test.go.
"""

from __future__ import annotations

from typing import Any

from harness.objects.quota import ResourceQuota
from harness.objects.wire import to_wire
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario


def quota(**hard: str) -> str:
    limits = ", ".join(f"{name.replace('__', '/').replace('_', '.')}: '{amount}'" for name, amount in hard.items())
    return f"apply: {{apiVersion: v1, kind: ResourceQuota, metadata: {{name: q}}, spec: {{hard: {{{limits}}}}}}}"


def pod(name: str, image: str = "app:v1", verb: str = "apply") -> str:
    return (
        f"{verb}: {{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{restartPolicy: Never, "
        f"terminationGracePeriodSeconds: 1, containers: [{{name: c, image: '{image}'}}]}}}}"
    )


def played(*steps: str, flags: str = "") -> Outcome:
    listed = "".join("- " + step.replace("\n", "\n  ") + "\n" for step in steps)
    cluster = f"{{nodes: 1, images: {{job:v1: {{exit: 0, after: 5s}}}}, flags: {{{flags}}}}}"
    return play(parse_scenario(f"cluster: {cluster}\nsteps:\n{listed}", "x.yaml"))


def statuses(outcome: Outcome) -> list[dict[str, Any]]:
    """The status of the quota after each of its writes."""
    written = [record.subject for step in outcome.steps for record in step.records]
    return [to_wire(one).get("status", {}) for one in written if isinstance(one, ResourceQuota)]


def used(outcome: Outcome) -> list[dict[str, str]]:
    return [status.get("used", {}) for status in statuses(outcome)]


def test_a_new_quota_is_empty_and_counted_right_after() -> None:
    assert statuses(played(quota(pods="2"))) == [{}, {"hard": {"pods": "2"}, "used": {"pods": "0"}}]


def test_what_is_there_already_is_counted_even_beyond_the_limit() -> None:
    outcome = played(pod("a"), pod("b"), quota(pods="1", count__pods="1"))
    assert used(outcome)[-1] == {"pods": "2", "count/pods": "2"}


def test_a_deleted_pod_gives_back_what_it_used() -> None:
    outcome = played(quota(pods="1"), pod("a"), "delete: pod/a", pod("b"))
    assert [one["pods"] for one in used(outcome)[1:]] == ["0", "1", "0", "1"]
    assert outcome.steps[-1].rejected is None


def test_a_pod_that_is_over_counts_as_an_object_only() -> None:
    outcome = played(quota(pods="1", count__pods="5"), pod("a", "job:v1"))
    assert used(outcome)[-1] == {"pods": "0", "count/pods": "1"}


def test_a_changed_limit_is_counted_anew() -> None:
    outcome = played(quota(pods="1"), pod("a"), quota(configmaps="7"))
    assert statuses(outcome)[-1] == {"hard": {"configmaps": "7"}, "used": {"configmaps": "0"}}


def test_what_was_booked_in_vain_is_given_back_within_five_minutes() -> None:
    outcome = played(quota(pods="5"), pod("a"), pod("a", verb="create"), "wait: 6m")
    assert outcome.steps[2].rejected is not None
    assert [one["pods"] for one in used(outcome)[1:]] == ["0", "1", "2", "1"]


def test_how_often_everything_is_counted_is_a_flag() -> None:
    steps = (quota(pods="5"), pod("a"), pod("a", verb="create"), "wait: 30s")
    outcome = played(*steps, flags="resource-quota-sync-period: 20s")
    assert [one["pods"] for one in used(outcome)[1:]] == ["0", "1", "2", "1"]


def test_a_service_that_opens_no_ports_any_more_gives_them_back() -> None:
    service = "{{apiVersion: v1, kind: Service, metadata: {{name: s}}, spec: {{type: {}, ports: [{{port: 80}}]}}}}"
    outcome = played(
        quota(services_nodeports="1"),
        f"apply: {service.format('NodePort')}",
        "patch: svc/s\nwith: {spec: {type: ClusterIP, externalTrafficPolicy: null}}",
    )
    assert [one["services.nodeports"] for one in used(outcome)[1:]] == ["0", "1", "0"]


def test_without_quotas_nothing_is_watched() -> None:
    assert used(played(pod("a"), "delete: pod/a", "wait: 20m")) == []
