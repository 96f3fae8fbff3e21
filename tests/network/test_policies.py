"""Which traffic the network policies let through, and who is said to have refused it."""

from __future__ import annotations

from typing import Any

import pytest
from network_world import endpoint, made, pod, service, slice_of, view

from harness.network.policies import End, Traffic, reaches, reaches_service

WEB = pod("web", "10.1.0.1", ports=[{"name": "http", "containerPort": 8080}])
JOB = pod("job", "10.1.0.2", labels={"app": "job", "role": "backup"})
OUT = pod("probe", "10.2.0.1", namespace="monitoring")
HOST = pod("agent", "10.3.0.1", hostNetwork=True)
PLACES = [
    made("namespace", "default", labels={"team": "shop"}),
    made("namespace", "monitoring", labels={"team": "ops"}),
]
ENDS: dict[str, End] = {"web": WEB, "job": JOB, "out": OUT, "host": HOST, "world": "203.0.113.9"}


def policy(**spec: Any) -> Any:
    kinds = [word.capitalize() for word in ("ingress", "egress") if word in spec]
    return made("netpol", "rule", {"spec": {"podSelector": {}, "policyTypes": kinds, **spec}})


def peer(**fields: Any) -> dict[str, Any]:
    return policy_rule("from", fields)


def policy_rule(word: str, fields: dict[str, Any], ports: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    rule: dict[str, Any] = {word: [fields]} if fields else {}
    return {**rule, "ports": ports} if ports else rule


def ports(*wanted: dict[str, Any]) -> Any:
    return policy(ingress=[{"ports": list(wanted)}])


BACKUP = {"matchLabels": {"role": "backup"}}
OPS = {"matchLabels": {"team": "ops"}}
CASES = [
    ("no policy", None, "job", 80, True),
    ("deny all that enters", policy(ingress=[]), "job", 80, False),
    ("a rule without peers is for anyone", policy(ingress=[{}]), "world", 80, True),
    ("a policy of other pods", policy(podSelector={"matchLabels": {"app": "db"}}, ingress=[]), "job", 80, True),
    ("pods by label", policy(ingress=[peer(podSelector=BACKUP)]), "job", 80, True),
    ("pods by label are those of the namespace", policy(ingress=[peer(podSelector={})]), "out", 80, False),
    ("pods by label are no addresses", policy(ingress=[peer(podSelector={})]), "world", 80, False),
    ("pods in a node's network have no labels", policy(ingress=[peer(podSelector={})]), "host", 80, False),
    ("a namespace by label", policy(ingress=[peer(namespaceSelector=OPS)]), "out", 80, True),
    ("another namespace", policy(ingress=[peer(namespaceSelector=OPS)]), "job", 80, False),
    ("both must fit", policy(ingress=[peer(namespaceSelector=OPS, podSelector=BACKUP)]), "out", 80, False),
    ("either is enough", policy(ingress=[peer(podSelector=BACKUP), peer(namespaceSelector=OPS)]), "out", 80, True),
    ("a block of addresses", policy(ingress=[peer(ipBlock={"cidr": "203.0.113.0/24"})]), "world", 80, True),
    (
        "all of a block but some",
        policy(ingress=[peer(ipBlock={"cidr": "203.0.0.0/16", "except": ["203.0.113.0/24"]})]),
        "world",
        80,
        False,
    ),
    ("a port", ports({"port": 80, "protocol": "TCP"}), "job", 80, True),
    ("another port", ports({"port": 80, "protocol": "TCP"}), "job", 81, False),
    ("another protocol", ports({"port": 80, "protocol": "UDP"}), "job", 80, False),
    ("a protocol alone", ports({"protocol": "TCP"}), "job", 80, True),
    ("the end of a range", ports({"port": 80, "endPort": 90, "protocol": "TCP"}), "job", 90, True),
    ("beyond a range", ports({"port": 80, "endPort": 90, "protocol": "TCP"}), "job", 91, False),
    ("a port by the name the pod gives it", ports({"port": "http", "protocol": "TCP"}), "job", 8080, True),
    ("a name for another number", ports({"port": "http", "protocol": "TCP"}), "job", 80, False),
    ("a name the pod does not have", ports({"port": "amqp", "protocol": "TCP"}), "job", 8080, False),
    ("what may leave does not count for what enters", policy(egress=[]), "world", 80, True),
    ("deny all that leaves", policy(podSelector=BACKUP, egress=[]), "job", 80, False),
    ("leave to a pod", policy(egress=[{"to": [{"podSelector": {}}]}]), "job", 80, True),
    ("leave by a named port", policy(egress=[{"ports": [{"port": "http", "protocol": "TCP"}]}]), "job", 8080, True),
]


@pytest.mark.parametrize(("_story", "rule", "source", "port", "allowed"), CASES, ids=[case[0] for case in CASES])
def test_traffic_to_a_pod(_story: str, rule: Any, source: str, port: int, allowed: bool) -> None:
    everything = view(WEB, JOB, OUT, HOST, *PLACES, *([rule] if rule else []))
    assert reaches(Traffic(ENDS[source], WEB, port, "TCP"), everything).allowed is allowed


def test_a_named_port_may_be_that_of_a_sidecar() -> None:
    beside = {
        "name": "proxy",
        "image": "b",
        "restartPolicy": "Always",
        "ports": [{"name": "tls", "containerPort": 8443}],
    }
    web = pod("web", "10.1.0.1", initContainers=[beside])
    everything = view(web, JOB, ports({"port": "tls", "protocol": "TCP"}))
    assert reaches(Traffic(JOB, web, 8443, "TCP"), everything).allowed is True
    assert reaches(Traffic(JOB, web, 443, "TCP"), everything).allowed is False


def test_both_ends_must_let_it_through() -> None:
    leave = made("netpol", "leave", {"spec": {"podSelector": BACKUP, "policyTypes": ["Egress"], "egress": [{}]}})
    enter = made("netpol", "enter", {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}})
    verdict = reaches(Traffic(JOB, WEB, 80, "TCP"), view(WEB, JOB, leave, enter))
    assert verdict == (False, "netpol/enter does not let it enter pod/web")


def test_policies_add_up() -> None:
    some = made("netpol", "some", {"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}})
    assert reaches(Traffic(JOB, WEB, 80, "TCP"), view(WEB, JOB, policy(ingress=[]), some)).allowed is True


def test_a_pod_reaches_itself_and_one_in_its_nodes_network_is_no_business_of_policies() -> None:
    everything = view(WEB, HOST, policy(ingress=[], egress=[]))
    assert reaches(Traffic(WEB, WEB, 80, "TCP"), everything).allowed is True
    assert reaches(Traffic("203.0.113.9", HOST, 80, "TCP"), everything).allowed is True


def through_a_service(*objects: Any, port: int | str = 80, **spec: Any) -> tuple[bool | None, str]:
    listed = {"ports": [{"name": "http", "port": 80, "protocol": "TCP"}], "clusterIP": "10.96.1.1", **spec}
    return reaches_service(JOB, service("web", **listed), port, "TCP", view(WEB, JOB, *objects))


BEHIND = slice_of("web", endpoint("web", "10.1.0.1"), ports=[{"name": "http", "port": 8080, "protocol": "TCP"}])


def test_a_service_leads_to_the_ports_of_its_pods() -> None:
    only = ports({"port": 8080, "protocol": "TCP"})
    assert through_a_service(BEHIND, only)[0] is True
    assert through_a_service(BEHIND, only, port="http")[0] is True
    assert through_a_service(BEHIND, ports({"port": 80, "protocol": "TCP"}))[0] is False


def test_nothing_translates_the_port_of_a_headless_service() -> None:
    assert through_a_service(BEHIND, ports({"port": 80, "protocol": "TCP"}), clusterIP="None")[0] is True


def test_a_service_without_a_ready_endpoint_or_such_a_port_is_not_reached() -> None:
    assert through_a_service() == (False, "service/web has no ready endpoint")
    assert through_a_service(BEHIND, port=81) == (False, "service/web has no port 81/TCP; it has 80/TCP")


def test_a_service_that_is_reached_in_part_says_where_it_is_not() -> None:
    both = slice_of(
        "web", endpoint("web", "10.1.0.1"), endpoint("job", "10.1.0.2"), ports=[{"name": "http", "port": 80}]
    )
    shut = policy(podSelector={"matchLabels": {"app": "web"}}, ingress=[])
    allowed, why = through_a_service(both, shut)
    assert allowed is None
    assert why == "pod/job can be reached, but not pod/web: netpol/rule does not let it enter pod/web"
