"""Objects at one instant, made in a line each, and the view of them."""

from __future__ import annotations

from typing import Any

from harness.network.view import View
from harness.objects import resources, schemas
from harness.objects.meta import Object
from harness.objects.wire import from_wire


def made(kind: str, name: str, body: dict[str, Any] | None = None, **metadata: Any) -> Object:
    """An object of a built-in kind, named as kubectl users name it."""
    found = resources.find(kind)
    assert found is not None
    type_ = schemas.type_of(found.api_version, found.kind)
    assert type_ is not None
    namespace = {"namespace": metadata.pop("namespace", "default")} if found.namespaced else {}
    return from_wire(
        {"metadata": {"name": name, "uid": f"{kind}-{name}", **namespace, **metadata}, **(body or {})}, type_
    )


def pod(
    name: str, ip: str = "", ports: list[dict[str, Any]] | None = None, namespace: str = "default", **spec: Any
) -> Any:
    labels = spec.pop("labels", {"app": name})
    containers = [{"name": "c", "image": "c", "ports": ports or []}]
    body = {"spec": {"containers": containers, **spec}, "status": {"podIP": ip}}
    return made("pod", name, body, labels=labels, namespace=namespace)


def service(name: str, **spec: Any) -> Any:
    if "clusterIP" in spec:
        spec["clusterIPs"] = [spec["clusterIP"]]
    return made("service", name, {"spec": spec})


def endpoint(name: str, ip: str, *, ready: bool = True, terminating: bool = False, **more: Any) -> dict[str, Any]:
    """An endpoint that is a pod; without a name, one that is only an address."""
    target = {"targetRef": {"kind": "Pod", "name": name, "namespace": "default"}} if name else {}
    conditions = {"ready": ready, "serving": ready, "terminating": terminating}
    return {"addresses": [ip], "conditions": conditions, **target, **more}


def slice_of(name: str, *endpoints: dict[str, Any], ports: list[dict[str, Any]] | None = None) -> Any:
    body = {"addressType": "IPv4", "endpoints": list(endpoints), "ports": ports or []}
    return made("endpointslice", f"{name}-1", body, labels={"kubernetes.io/service-name": name})


def view(*objects: Object) -> View:
    def lookup(word: str) -> dict[tuple[str, str], Any]:
        found = resources.find(word)
        assert found is not None
        return {(obj.metadata.namespace, obj.metadata.name): obj for obj in objects if obj.kind == found.kind}

    return View(lookup)
