"""Where ingresses send a request: which host, which path, which of several."""

from __future__ import annotations

from typing import Any

import pytest
from network_world import made, service, view

from harness.network.routes import route


def backend(name: str, port: int | str = 80) -> dict[str, Any]:
    return {"service": {"name": name, "port": {"number": port} if isinstance(port, int) else {"name": port}}}


def path(text: str, name: str, type_: str = "Prefix", port: int | str = 80) -> dict[str, Any]:
    return {"path": text, "pathType": type_, "backend": backend(name, port)}


def rule(host: str, *paths: dict[str, Any]) -> dict[str, Any]:
    return {"host": host, "http": {"paths": list(paths)}}


def ingress(name: str, *rules: dict[str, Any], **spec: Any) -> Any:
    made_at = spec.pop("made_at", "2026-01-01T00:00:00Z")
    annotations = spec.pop("annotations", {})
    body = {"spec": {"rules": list(rules), **spec}}
    return made("ingress", name, body, creationTimestamp=made_at, annotations=annotations)


SERVICES = [service(name, clusterIP="10.96.1.1", ports=[{"name": "http", "port": 80}]) for name in "abcdw"]
SHOP = ingress(
    "shop",
    rule(
        "shop.example.com",
        path("/", "a"),
        path("/cart", "b"),
        path("/cart", "c", "Exact"),
        path("/api/v1/", "d", "ImplementationSpecific"),
    ),
    rule("*.example.com", path("/", "w")),
)

URLS = [
    ("http://shop.example.com", "a"),
    ("http://shop.example.com/", "a"),
    ("http://SHOP.example.com:8080/anything?x=1", "a"),
    ("http://shop.example.com/cart", "c"),
    ("http://shop.example.com/cart/", "b"),
    ("http://shop.example.com/cart/items", "b"),
    ("http://shop.example.com/cartoon", "a"),
    ("http://shop.example.com/Cart", "a"),
    ("http://shop.example.com/api/v1", "d"),
    ("http://shop.example.com/api/v1/orders", "d"),
    ("http://shop.example.com/api/v10", "a"),
    ("http://other.example.com/cart", "w"),
    ("http://a.b.example.com/", None),
    ("http://example.com/", None),
    ("https://shop.example.com/", None),
]


@pytest.mark.parametrize(("url", "name"), URLS)
def test_the_host_then_the_longest_path_decides(url: str, name: str | None) -> None:
    found = route(url, view(SHOP, *SERVICES)).backend
    assert found == (("Service", "default", name) if name else None)


def served(url: str, *objects: Any, class_name: str | None = None) -> str:
    """The service that serves, or why nothing does."""
    found = route(url, view(*objects, *SERVICES), class_name)
    return found.backend[2] if found.backend is not None else found.why


def test_of_two_ingresses_with_the_same_path_the_older_one_serves() -> None:
    old = ingress("zzz", rule("x.com", path("/", "a")), made_at="2025-01-01T00:00:00Z")
    assert served("http://x.com/", ingress("aaa", rule("x.com", path("/", "b"))), old) == "a"


def test_paths_of_one_host_come_from_all_ingresses() -> None:
    both = (ingress("one", rule("x.com", path("/", "a"))), ingress("two", rule("x.com", path("/b", "b"))))
    assert served("http://x.com/b", *both) == "b"


def test_a_rule_for_any_host_is_for_hosts_without_a_rule_of_their_own() -> None:
    both = (ingress("one", rule("x.com", path("/x", "a"))), ingress("any", rule("", path("/", "b"))))
    assert served("http://y.com/", *both) == "b"
    assert served("http://x.com/", *both) == "no path for x.com fits /; there are /x (Prefix)"


def test_the_default_backend_takes_what_no_rule_takes() -> None:
    catching = ingress("all", rule("x.com", path("/x", "a")), defaultBackend=backend("d"))
    assert served("http://y.com/", catching) == "d"
    assert served("http://x.com/other", catching) == "d"
    assert served("http://x.com/x", catching) == "a"


def test_https_needs_a_certificate_for_the_host() -> None:
    safe = ingress("safe", rule("x.com", path("/", "a")), tls=[{"hosts": ["x.com"], "secretName": "x"}])
    assert served("https://x.com/", safe) == "a"
    assert served("https://y.com/", safe) == "no ingress has a certificate for y.com (spec.tls)"


def test_where_there_are_classes_an_ingress_must_be_of_one() -> None:
    nginx = made("ingressclass", "nginx", {"spec": {"controller": "k8s.io/ingress-nginx"}})
    bare = ingress("bare", rule("x.com", path("/", "a")))
    named = ingress("named", rule("x.com", path("/", "b")), ingressClassName="nginx")
    older = ingress("older", rule("x.com", path("/", "c")), annotations={"kubernetes.io/ingress.class": "nginx"})
    wrong = ingress("wrong", rule("x.com", path("/", "d")), ingressClassName="ngnix")
    assert served("http://x.com/", bare) == "a"
    assert "ing/bare names no class" in served("http://x.com/", nginx, bare)
    assert "ing/wrong names the class ngnix, which does not exist" in served("http://x.com/", nginx, wrong)
    assert served("http://x.com/", nginx, bare, named, wrong) == "b"
    assert served("http://x.com/", nginx, older) == "c"
    assert served("http://x.com/", bare, named, class_name="nginx") == "b"


def test_a_backend_that_is_not_there_serves_nothing() -> None:
    gone = ingress("shop", rule("x.com", path("/", "cart")))
    assert "leads to service/cart: there is no service/cart" in served("http://x.com/", gone)
    closed = ingress("shop", rule("x.com", path("/", "a", port=8080)))
    assert "leads to port 8080 of service/a, which has 80" in served("http://x.com/", closed)
    assert served("http://x.com/", ingress("shop", rule("x.com", path("/", "a", port="http")))) == "a"


def test_a_resource_can_stand_behind_a_path() -> None:
    bucket = {"path": "/", "pathType": "Prefix", "backend": {"resource": {"kind": "Bucket", "name": "files"}}}
    assert served("http://x.com/", ingress("shop", rule("x.com", bucket))) == "files"


def test_nothing_serves_where_there_is_no_ingress() -> None:
    assert served("http://x.com/") == "there is no ingress"
    assert (
        served("http://y.com/", SHOP)
        == "no ingress has a rule for y.com; there are rules for *.example.com, shop.example.com"
    )
