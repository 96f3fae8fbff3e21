"""A large List of mixed manifests, as a release of many charts in one file has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]

_APPS = 50
_SCRIPT = "#!/bin/sh\nset -eu\n" + "".join(
    f"echo 'step {line}: checking what the release before left behind'\n" for line in range(80)
)


def mixed_list() -> Document:
    """500 objects of ten kinds that belong together, 1 MB as indented JSON. Accepted by an empty cluster."""
    items = [make(f"app-{number:02}") for number in range(_APPS) for make in _MAKERS]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _object(api_version: str, kind: str, name: str, **fields: Any) -> Document:
    metadata = {
        "name": name,
        "namespace": "default",
        "labels": {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop"},
        "annotations": {"example.com/owner": "platform", "example.com/runbook": f"https://example.com/runbooks/{name}"},
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def _container(name: str, image: str, port: int) -> Document:
    probe = {"httpGet": {"path": "/ready", "port": port}, "periodSeconds": 5, "failureThreshold": 3}
    return {
        "name": name,
        "image": image,
        "args": ["--listen=:8080", "--log-level=info", f"--data=/var/lib/{name}"],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            *({"name": f"SETTING_{number}", "value": f"value of setting {number}"} for number in range(8)),
        ],
        "ports": [{"name": name, "containerPort": port}, {"name": f"{name}-metrics", "containerPort": port + 1000}],
        "readinessProbe": probe,
        "livenessProbe": {**probe, "initialDelaySeconds": 10},
        "resources": {
            "requests": {"cpu": "250m", "memory": "256Mi"},
            "limits": {"cpu": "500m", "memory": "512Mi"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "settings", "mountPath": "/etc/settings"}],
    }


def _template(name: str, *, restart: str = "Always", claimed: bool = False) -> Document:
    volumes: list[Document] = [{"name": "settings", "configMap": {"name": name}}]
    if not claimed:
        volumes.append({"name": "data", "emptyDir": {}})
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": name}},
    }
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {
            "restartPolicy": restart,
            "containers": [
                _container("main", f"registry.example.com/{name}:v1", 8080),
                _container("side", "proxy:v2", 8081),
            ],
            "volumes": volumes,
            "topologySpreadConstraints": [spread],
            "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "shop", "effect": "NoSchedule"}],
        },
    }


def _selected(name: str, **spec: Any) -> Document:
    return {"selector": {"matchLabels": {"app": name}}, "template": _template(name), **spec}


def _deployment(name: str) -> Document:
    return _object("apps/v1", "Deployment", name, spec=_selected(name, replicas=3))


def _stateful_set(name: str) -> Document:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}},
    }
    template = _template(f"{name}-db", claimed=True)
    spec = {
        "serviceName": name,
        "replicas": 3,
        "selector": {"matchLabels": {"app": f"{name}-db"}},
        "template": template,
        "volumeClaimTemplates": [claim],
    }
    return _object("apps/v1", "StatefulSet", f"{name}-db", spec=spec)


def _daemon_set(name: str) -> Document:
    return _object("apps/v1", "DaemonSet", f"{name}-agent", spec=_selected(f"{name}-agent"))


def _cron_job(name: str) -> Document:
    job = {"spec": {"template": _template(name, restart="OnFailure")}}
    return _object("batch/v1", "CronJob", name, spec={"schedule": "15 3 * * *", "jobTemplate": job})


def _service(name: str) -> Document:
    ports = [{"name": "http", "port": 80, "targetPort": "main"}, {"name": "metrics", "port": 9090}]
    return _object("v1", "Service", name, spec={"selector": {"app": name}, "ports": ports})


def _config_map(name: str) -> Document:
    return _object("v1", "ConfigMap", name, data={"start.sh": _SCRIPT, "level": "info"})


def _claim(name: str) -> Document:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    return _object("v1", "PersistentVolumeClaim", name, spec=spec)


def _ingress(name: str) -> Document:
    backend = {"service": {"name": name, "port": {"name": "http"}}}
    rule = {"host": f"{name}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return _object("networking.k8s.io/v1", "Ingress", name, spec={"rules": [rule]})


def _role(name: str) -> Document:
    rule = {"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": ["get", "list", "watch"]}
    return _object("rbac.authorization.k8s.io/v1", "Role", name, rules=[rule])


def _budget(name: str) -> Document:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": name}}}
    return _object("policy/v1", "PodDisruptionBudget", name, spec=spec)


_MAKERS: tuple[Callable[[str], Document], ...] = (
    _deployment,
    _stateful_set,
    _daemon_set,
    _cron_job,
    _service,
    _config_map,
    _claim,
    _ingress,
    _role,
    _budget,
)
