"""Where the ingresses send a request: by host, by path, to which service.

Owns hosts with wildcards, the three types of path, which of several rules wins, and default backends. Mirrors the
API's own definition (k8s.io/api networking/v1, Ingress), and ingress-nginx where that leaves the choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from harness.network.view import View
from harness.objects.networking import HTTPIngressPath, Ingress, IngressBackend, IngressClass
from harness.objects.service import Service

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_EXACT = "Exact"


class Route(NamedTuple):
    """What serves a request: (kind, namespace, name) of the backend, None for nothing; and why in a sentence."""

    backend: tuple[str, str, str] | None
    why: str


class _Rule(NamedTuple):
    """One path of an ingress for the host in question."""

    ingress: Ingress
    path: HTTPIngressPath

    @property
    def text(self) -> str:
        return self.path.path or "/"

    @property
    def is_exact(self) -> bool:
        return self.path.path_type == _EXACT


def route(url: str, view: View, class_name: str | None = None) -> Route:
    """Where a request for the URL ends; with a class, as the controller of that class sees it."""
    parts = urlsplit(url)
    host, path = (parts.hostname or "").lower(), parts.path or "/"
    ingresses, passed_over = _served(view, class_name)
    if parts.scheme == "https":
        covered = [one for one in ingresses if _has_certificate(one, host)]
        if not covered and ingresses:
            return Route(None, f"no ingress has a certificate for {host} (spec.tls)")
    candidates = list(_for_host(ingresses, host))
    match = _best([rule for rule in candidates if _fits(rule, path)])
    if match is not None:
        told = f"ing/{match.ingress.metadata.name}, path {match.text} ({match.path.path_type})"
        return _backend(match.path.backend, match.ingress, told, view)
    for ingress in ingresses:
        if ingress.spec.default_backend is not None and (not candidates or _names_host(ingress, host)):
            told = f"the default backend of ing/{ingress.metadata.name}"
            return _backend(ingress.spec.default_backend, ingress, told, view)
    return Route(None, _nowhere(host, path, candidates, ingresses, passed_over))


def _nowhere(
    host: str, path: str, candidates: Sequence[_Rule], ingresses: Sequence[Ingress], passed_over: Sequence[str]
) -> str:
    if candidates:
        paths = ", ".join(f"{rule.text} ({rule.path.path_type})" for rule in candidates)
        return f"no path for {host} fits {path}; there are {paths}"
    hosts = sorted({rule.host or "any host" for ingress in ingresses for rule in ingress.spec.rules})
    known = f"; there are rules for {', '.join(hosts)}" if hosts else ""
    others = f"; {'; '.join(passed_over)}" if passed_over else ""
    return f"no ingress has a rule for {host}{known}{others}" if ingresses or others else "there is no ingress"


# Whose business an ingress is


def class_of(ingress: Ingress) -> str | None:
    """The class that an ingress names, be it by the older annotation."""
    return ingress.spec.ingress_class_name or ingress.metadata.annotations.get(CLASS_ANNOTATION)


def _served(view: View, class_name: str | None) -> tuple[list[Ingress], list[str]]:
    """The ingresses that some controller attends to, oldest first; and what is to be said of the others.

    Where there is no IngressClass at all, nothing is known of controllers, and every ingress is taken to have one.
    """
    classes: dict[str, IngressClass] = {one.metadata.name: one for one in view.listed("ingressclass")}
    found: list[Ingress] = []
    passed_over: list[str] = []
    for ingress in view.listed("ingress"):
        named, label = class_of(ingress), f"ing/{ingress.metadata.name}"
        if class_name is not None and named != class_name:
            passed_over.append(f"{label} is of {f'the class {named}' if named else 'no class'}")
        elif classes and named is None:
            passed_over.append(f"{label} names no class, so no controller attends to it")
        elif classes and named not in classes:
            passed_over.append(f"{label} names the class {named}, which does not exist")
        else:
            found.append(ingress)
    found.sort(key=lambda one: (one.metadata.creation_timestamp or "", one.metadata.namespace, one.metadata.name))
    return found, passed_over


def _has_certificate(ingress: Ingress, host: str) -> bool:
    return any(not tls.hosts or any(_host_rank(one, host) for one in tls.hosts) for tls in ingress.spec.tls)


# Which rule wins


def _host_rank(wanted: str, host: str) -> int:
    """How well a rule's host fits: 2 if it is the same, 1 for a wildcard, which is one label; 0 if not at all."""
    if wanted == host:
        return 2
    _, _, rest = host.partition(".")
    return 1 if wanted.startswith("*.") and rest == wanted[2:] else 0


def _names_host(ingress: Ingress, host: str) -> bool:
    return any(not rule.host or _host_rank(rule.host, host) for rule in ingress.spec.rules)


def _for_host(ingresses: Iterable[Ingress], host: str) -> Iterator[_Rule]:
    """The paths of the best host that any ingress has; those for any host come last."""
    ranked: dict[int, list[_Rule]] = {}
    for ingress in ingresses:
        for rule in ingress.spec.rules:
            rank = _host_rank(rule.host, host) + 1 if rule.host else 1
            if rank == 1 and rule.host:
                continue
            paths = rule.http.paths if rule.http is not None else ()
            ranked.setdefault(rank, []).extend(_Rule(ingress, path) for path in paths)
    yield from ranked[max(ranked)] if ranked else ()


def _fits(rule: _Rule, path: str) -> bool:
    if rule.is_exact:
        return path == rule.text
    wanted = [part for part in rule.text.split("/") if part]
    found = [part for part in path.split("/") if part]
    return found[: len(wanted)] == wanted


def _best(rules: Sequence[_Rule]) -> _Rule | None:
    """The longest path; an exact one goes before others as long; then the oldest ingress."""
    return max(rules, key=lambda rule: (len(rule.text.rstrip("/")), rule.is_exact), default=None)


# What stands behind it


def _backend(backend: IngressBackend, ingress: Ingress, told: str, view: View) -> Route:
    namespace = ingress.metadata.namespace
    if backend.resource is not None:
        return Route((backend.resource.kind, namespace, backend.resource.name), told)
    if backend.service is None:
        return Route(None, f"{told} has no backend")
    wanted = backend.service
    service = view.service(namespace, wanted.name)
    if service is None:
        return Route(None, f"{told} leads to service/{wanted.name}: {view.no_such('service', namespace, wanted.name)}")
    if not _has_port(service, wanted.port.number, wanted.port.name):
        port = wanted.port.number or wanted.port.name
        listed = ", ".join(str(one.port) for one in service.spec.ports)
        return Route(None, f"{told} leads to port {port} of service/{wanted.name}, which has {listed or 'none'}")
    return Route(("Service", namespace, wanted.name), told)


def _has_port(service: Service, number: int, name: str) -> bool:
    return any(port.port == number or (name and port.name == name) for port in service.spec.ports)
