"""What names resolve to: services, their endpoints, aliases, and what a pod adds of its own."""

from __future__ import annotations

import pytest
from network_world import endpoint, pod, service, slice_of, view

from harness.network.names import resolve

PORTS = [{"name": "db", "port": 5432, "protocol": "TCP"}]
PLACE = "default.svc.cluster.local"
HERE = view(
    service("shop", clusterIP="10.96.1.1", ports=[{"name": "http", "port": 80, "protocol": "TCP"}]),
    service("db", clusterIP="None", ports=PORTS),
    service("early", clusterIP="None", publishNotReadyAddresses=True),
    service("lonely", clusterIP="None"),
    service("mail", type="ExternalName", externalName="mail.example.com."),
    service("alias", type="ExternalName", externalName="db.default.svc.cluster.local"),
    service("round", type="ExternalName", externalName="round.default.svc.cluster.local"),
    service("pending"),
    slice_of(
        "db",
        endpoint("db-0", "10.1.0.1", hostname="db-0"),
        endpoint("db-1", "10.1.0.2", hostname="db-1", ready=False),
        endpoint("db-2", "10.1.0.3", hostname="db-2", ready=False, terminating=True),
        endpoint("", "203.0.113.7"),
        ports=PORTS,
    ),
    slice_of("early", endpoint("early-0", "10.1.0.9", hostname="early-0")),
    slice_of("shop", endpoint("shop-0", "10.1.0.5", hostname="shop-0")),
    pod("a", "10.1.0.1"),
)

NAMES = [
    (f"shop.{PLACE}", ["service/shop"]),
    (f"SHOP.{PLACE}.", ["service/shop"]),
    (f"_http._tcp.shop.{PLACE}", ["service/shop"]),
    (f"_http._udp.shop.{PLACE}", []),
    (f"shop-0.shop.{PLACE}", ["pod/shop-0"]),
    (f"db.{PLACE}", ["203.0.113.7", "pod/db-0"]),
    (f"_db._tcp.db.{PLACE}", ["203.0.113.7", "pod/db-0"]),
    (f"_web._tcp.db.{PLACE}", []),
    (f"db-0.db.{PLACE}", ["pod/db-0"]),
    (f"203-0-113-7.db.{PLACE}", ["203.0.113.7"]),
    (f"10-1-0-1.db.{PLACE}", []),
    (f"db-1.db.{PLACE}", []),
    (f"db-2.db.{PLACE}", []),
    (f"db-9.db.{PLACE}", []),
    (f"a.b.db.{PLACE}", []),
    (f"early-0.early.{PLACE}", ["pod/early-0"]),
    (f"lonely.{PLACE}", []),
    (f"pending.{PLACE}", []),
    (f"mail.{PLACE}", ["mail.example.com"]),
    (f"alias.{PLACE}", ["203.0.113.7", "pod/db-0"]),
    (f"x.mail.{PLACE}", []),
    (f"shp.{PLACE}", []),
    ("shop.other.svc.cluster.local", []),
    ("default.svc.cluster.local", []),
    ("svc.cluster.local", []),
    ("10-1-0-1.default.pod.cluster.local", ["pod/a"]),
    ("10-1-0-99.default.pod.cluster.local", ["10.1.0.99"]),
    ("web-0.default.pod.cluster.local", []),
    ("example.com", []),
    ("shop", []),
]


@pytest.mark.parametrize(("name", "records"), NAMES)
def test_a_full_name_leads_to_what_the_cluster_has_under_it(name: str, records: list[str]) -> None:
    assert [str(record) for record in resolve(name, HERE).records] == records


WHY = [
    (f"shp.{PLACE}", "there is no service/shp; did you mean service/shop?"),
    (f"db-9.db.{PLACE}", "its endpoints are 203-0-113-7, db-0, db-1, db-2"),
    (f"db-1.db.{PLACE}", "left out: pod/db-1 (not ready)"),
    (f"db.{PLACE}", "left out: pod/db-1 (not ready), pod/db-2 (terminating)"),
    (f"lonely.{PLACE}", "service/lonely is headless and has no endpoints"),
    ("example.com", "no name of the cluster"),
]


@pytest.mark.parametrize(("name", "why"), WHY)
def test_an_answer_says_why(name: str, why: str) -> None:
    assert why in resolve(name, HERE).why


def test_an_alias_of_itself_ends() -> None:
    assert [str(record) for record in resolve(f"round.{PLACE}", HERE).records] == [f"round.{PLACE}"]


OPTIONS = {"searches": ["db.default.svc.cluster.local"], "options": [{"name": "ndots", "value": "1"}]}
ASKING = [
    ({}, "shop", ["service/shop"]),
    ({}, "shop.default", ["service/shop"]),
    ({}, "shop.default.svc", ["service/shop"]),
    ({}, "db-0.db", ["pod/db-0"]),
    ({}, "shop.", []),
    ({}, "client", ["pod/client"]),
    ({"hostname": "named", "subdomain": "db"}, f"named.db.{PLACE}", ["pod/client"]),
    ({"hostname": "named", "subdomain": "db"}, "named", ["pod/client"]),
    ({"hostAliases": [{"ip": "10.9.9.9", "hostnames": ["old.example.com", "old"]}]}, "old", ["10.9.9.9"]),
    ({"hostAliases": [{"ip": "10.9.9.9", "hostnames": ["shop"]}]}, "shop", ["10.9.9.9"]),
    ({"dnsConfig": OPTIONS}, "db-0", ["pod/db-0"]),
    ({"dnsPolicy": "Default"}, "shop", []),
    ({"dnsPolicy": "None"}, "shop", []),
    ({"hostNetwork": True, "dnsPolicy": "ClusterFirst"}, "shop", []),
    ({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}, "shop", ["service/shop"]),
    ({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}, "client", []),
]


@pytest.mark.parametrize(("spec", "name", "records"), ASKING)
def test_a_pod_asks_with_its_hosts_file_and_its_search_list(
    spec: dict[str, object], name: str, records: list[str]
) -> None:
    client = pod("client", "10.1.0.77", **spec)
    assert [str(record) for record in resolve(name, HERE, client).records] == records


def test_a_short_name_means_the_service_beside_the_pod() -> None:
    assert resolve("shop", HERE, pod("client", namespace="other")).records == ()
