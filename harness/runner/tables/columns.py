"""Which columns each kind has, and what stands in them for one object, as the server's tables have it.

Owns the table of columns. An object is plain JSON data. Mirrors pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from harness.kernel.clock import parse
from harness.objects import resources
from harness.runner.tables import ages
from harness.runner.tables.pods import summary

Plain = dict[str, Any]

_NONE, _UNSET = "<none>", "<unset>"
_DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_ROLE, _OLD_ROLE = "node-role.kubernetes.io/", "kubernetes.io/role"
_MOST_LISTED = 3
_MOST_METRICS = 2


class Column(NamedTuple):
    """One column: its heading, and its cell for an object at an instant (milliseconds since 1970)."""

    heading: str
    cell: Callable[[Plain, int], str]
    wide: bool = False


def _at(*keys: str) -> Callable[[Plain, int], str]:
    """The field below these keys as text; nothing where there is none."""
    return lambda obj, _now: _text(_get(obj, *keys))


def _get(obj: Plain, *keys: str, default: Any = None) -> Any:
    value: Any = obj
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return default
        value = value[key]
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _number(*keys: str) -> Callable[[Plain, int], str]:
    return lambda obj, _now: str(_get(obj, *keys, default=0))


def _or(word: str, *keys: str) -> Callable[[Plain, int], str]:
    return lambda obj, _now: _text(_get(obj, *keys)) or word


def _count(*fields: str) -> Callable[[Plain, int], str]:
    return lambda obj, _now: str(sum(len(obj.get(field, {})) for field in fields))


def _age(obj: Plain, now: int) -> str:
    return ages.since(_get(obj, "metadata", "creationTimestamp"), now)


def _listed(words: Iterable[str]) -> str:
    """As many as are shown, and how many more there are."""
    every = list(words)
    shown = ",".join(every[:_MOST_LISTED])
    return f"{shown} + {len(every) - _MOST_LISTED} more..." if len(every) > _MOST_LISTED else shown


def _labels(labels: dict[str, str] | None) -> str:
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels)) if labels else _NONE


def _selector(found: Plain | None) -> str:
    """A selector of labels with its expressions."""
    if not found:
        return _NONE
    words = {key: f"{key}={value}" for key, value in found.get("matchLabels", {}).items()}
    for each in found.get("matchExpressions", []):
        values = ",".join(sorted(each.get("values", [])))
        words[each["key"]] = {
            "In": f"{each['key']} in ({values})",
            "NotIn": f"{each['key']} notin ({values})",
            "Exists": each["key"],
        }.get(each["operator"], f"!{each['key']}")
    return ",".join(words[key] for key in sorted(words))


def _containers(field: str, *path: str) -> Callable[[Plain, int], str]:
    return lambda obj, _now: ",".join(each.get(field, "") for each in _get(obj, *path, "containers", default=[]))


_TEMPLATE = ("spec", "template", "spec")
_NAME = Column("NAME", _at("metadata", "name"))
_AGE = Column("AGE", _age)
_CREATED = Column("CREATED AT", _at("metadata", "creationTimestamp"))


def _templated(selector: bool = True, path: Sequence[str] = _TEMPLATE, labels: bool = False) -> tuple[Column, ...]:
    """The wide columns of what has a template: containers, images, and most often a selector."""
    columns = [
        Column("CONTAINERS", _containers("name", *path), wide=True),
        Column("IMAGES", _containers("image", *path), wide=True),
    ]
    if selector:
        found = _labels if labels else _selector
        columns.append(Column("SELECTOR", lambda obj, _now: found(_get(obj, "spec", "selector")), wide=True))
    return tuple(columns)


def _condition(obj: Plain, type_: str) -> str:
    """The status of a condition; nothing without it."""
    conditions = _get(obj, "status", "conditions", default=[])
    return next((each.get("status", "") for each in conditions if each["type"] == type_), "")


# Pods and nodes


def _gates(pod: Plain, _now: int) -> str:
    gates = _get(pod, "spec", "readinessGates", default=[])
    if not gates:
        return _NONE
    passed = sum(_condition(pod, gate["conditionType"]) == "True" for gate in gates)
    return f"{passed}/{len(gates)}"


def _node_status(node: Plain, _now: int) -> str:
    ready = _condition(node, "Ready")
    words = ["Unknown" if not ready else "Ready" if ready == "True" else "NotReady"]
    if _get(node, "spec", "unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(node: Plain, _now: int) -> str:
    labels = _get(node, "metadata", "labels", default={})
    roles = {key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE) and key != _ROLE}
    roles |= {labels[_OLD_ROLE]} if labels.get(_OLD_ROLE) else set()
    return ",".join(sorted(roles)) or _NONE


def _address(type_: str) -> Callable[[Plain, int], str]:
    def cell(node: Plain, _now: int) -> str:
        addresses = _get(node, "status", "addresses", default=[])
        return next((each["address"] for each in addresses if each["type"] == type_), _NONE)

    return cell


def _kernel(node: Plain, _now: int) -> str:
    info = _get(node, "status", "nodeInfo", default={})
    version = info.get("kernelVersion") or ages.UNKNOWN
    return f"{version} ({info['architecture']})" if info.get("architecture") else version


# Workloads


def _of_replicas(obj: Plain, _now: int) -> str:
    return f"{_get(obj, 'status', 'readyReplicas', default=0)}/{_get(obj, 'spec', 'replicas', default=0)}"


def _job_status(job: Plain, _now: int) -> str:
    for type_ in ("Complete", "Failed"):
        if _condition(job, type_) == "True":
            return type_
    if _get(job, "metadata", "deletionTimestamp"):
        return "Terminating"
    return next(
        (type_ for type_ in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if _condition(job, type_) == "True"),
        "Running",
    )


def _completions(job: Plain, _now: int) -> str:
    succeeded = _get(job, "status", "succeeded", default=0)
    wanted = _get(job, "spec", "completions")
    if wanted is not None:
        return f"{succeeded}/{wanted}"
    parallelism = _get(job, "spec", "parallelism", default=0)
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _job_duration(job: Plain, now: int) -> str:
    started, completed = _get(job, "status", "startTime"), _get(job, "status", "completionTime")
    if not started:
        return ""
    return ages.human((parse(completed) if completed else now) - parse(started))


def _controller(obj: Plain, _now: int) -> str:
    for owner in _get(obj, "metadata", "ownerReferences", default=[]):
        if owner.get("controller"):
            group = owner["apiVersion"].rpartition("/")[0]
            return f"{owner['kind'].lower()}{'.' + group if group else ''}/{owner['name']}"
    return _NONE


# Services


def _cluster_ip(service: Plain, _now: int) -> str:
    return (_get(service, "spec", "clusterIPs", default=[]) or [_get(service, "spec", "clusterIP")])[0] or _NONE


def _external_ip(service: Plain, _now: int) -> str:
    spec = service.get("spec", {})
    external = spec.get("externalIPs", [])
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    if spec.get("type") == "LoadBalancer":
        ingress = _get(service, "status", "loadBalancer", "ingress", default=[])
        found = [each.get("ip") or each.get("hostname", "") for each in ingress] + external
        return ",".join(found) or "<pending>"
    return ",".join(external) or _NONE


def _ports(service: Plain, _now: int) -> str:
    words = []
    for port in _get(service, "spec", "ports", default=[]):
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        words.append(f"{port['port']}{node_port}/{port.get('protocol', 'TCP')}")
    return ",".join(words) or _NONE


def _slice_ports(slice_: Plain, _now: int) -> str:
    ports = slice_.get("ports") or []
    return _listed(str(port.get("port") or port.get("name") or "*") for port in ports) or _UNSET


def _slice_endpoints(slice_: Plain, _now: int) -> str:
    endpoints = slice_.get("endpoints") or []
    return _listed(address for each in endpoints for address in each.get("addresses", [])) or _UNSET


def _endpoints(endpoints: Plain, _now: int) -> str:
    found: list[str] = []
    for subset in endpoints.get("subsets") or []:
        addresses = [each["ip"] for each in subset.get("addresses") or []]
        ports = [each["port"] for each in subset.get("ports") or []]
        found += [f"{address}:{port}" for port in ports for address in addresses] if ports else addresses
    return _listed(found) or _NONE


# Storage


def _phase(obj: Plain, _now: int) -> str:
    return "Terminating" if _get(obj, "metadata", "deletionTimestamp") else _text(_get(obj, "status", "phase"))


def _modes(modes: Iterable[str]) -> str:
    given = set(modes)
    return ",".join(short for mode, short in _MODES.items() if mode in given)


def _volume_claim(volume: Plain, _now: int) -> str:
    claim = _get(volume, "spec", "claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def _class(obj: Plain, _now: int) -> str:
    annotations = _get(obj, "metadata", "annotations", default={})
    return _text(annotations.get(_OLD_CLASS, _get(obj, "spec", "storageClassName")))


def _of_bound_claim(cell: Callable[[Plain], str]) -> Callable[[Plain, int], str]:
    """What a claim only shows once it has a volume."""
    return lambda claim, _now: cell(claim) if _get(claim, "spec", "volumeName") else ""


def _class_name(class_: Plain, _now: int) -> str:
    annotations = _get(class_, "metadata", "annotations", default={})
    mark = " (default)" if any(annotations.get(key) == "true" for key in _DEFAULT_CLASS) else ""
    return f"{class_['metadata']['name']}{mark}"


# Events


def _first_seen(event: Plain, now: int) -> str:
    return ages.since(event.get("firstTimestamp") or event.get("eventTime"), now)


def _last_seen(event: Plain, now: int) -> str:
    last = _get(event, "series", "lastObservedTime") or event.get("lastTimestamp")
    return ages.since(last, now) if last else _first_seen(event, now)


def _about(event: Plain, _now: int) -> str:
    about = event.get("involvedObject", {})
    kind = about.get("kind", "").lower()
    return f"{kind}/{about['name']}" if about.get("name") else kind


def _event_source(event: Plain, _now: int) -> str:
    component = _get(event, "source", "component") or event.get("reportingComponent", "")
    host = _get(event, "source", "host") or event.get("reportingInstance", "")
    return f"{component}, {host}" if host else component


def _event_count(event: Plain, _now: int) -> str:
    return str(_get(event, "series", "count") or event.get("count") or 1)


# Policies


def _quota(limits: bool) -> Callable[[Plain, int], str]:
    def cell(quota: Plain, _now: int) -> str:
        hard, used = _get(quota, "status", "hard", default={}), _get(quota, "status", "used", default={})
        names = [name for name in sorted(hard) if name.startswith("limits") == limits]
        return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in names)

    return cell


def _reference(scaler: Plain, _now: int) -> str:
    target = _get(scaler, "spec", "scaleTargetRef", default={})
    return f"{target.get('kind', '')}/{target.get('name', '')}"


def _metrics(scaler: Plain, _now: int) -> str:
    specs = _get(scaler, "spec", "metrics", default=[])
    statuses = _get(scaler, "status", "currentMetrics", default=[]) or []
    if not specs:
        return _NONE
    words = [_metric(spec, statuses[place] if place < len(statuses) else {}) for place, spec in enumerate(specs)]
    more = f" + {len(words) - _MOST_METRICS} more..." if len(words) > _MOST_METRICS else ""
    return ", ".join(words[:_MOST_METRICS]) + more


def _metric(spec: Plain, status: Plain) -> str:
    """One metric of an autoscaler: what it is now, and what it should be."""
    source = spec["type"][:1].lower() + spec["type"][1:]
    target, current = _get(spec, source, "target", default={}), _get(status, source, "current", default={})
    name = f"{_get(spec, source, 'name')}: " if source in ("resource", "containerResource") else ""
    if target.get("averageUtilization") is not None and name:
        now = current.get("averageUtilization")
        return f"{name}{ages.UNKNOWN if now is None else f'{now}%'}/{target['averageUtilization']}%"
    field = "averageValue" if target.get("averageValue") is not None else "value"
    average = " (avg)" if field == "averageValue" and not name else ""
    return f"{name}{current.get(field, ages.UNKNOWN)}/{target.get(field, '')}{average}"


def _hosts(ingress: Plain, _now: int) -> str:
    return _listed(rule["host"] for rule in _get(ingress, "spec", "rules", default=[]) if rule.get("host")) or "*"


def _ingress_address(ingress: Plain, _now: int) -> str:
    found = _get(ingress, "status", "loadBalancer", "ingress", default=[])
    return ",".join(each.get("ip") or each.get("hostname", "") for each in found)


def _columns(*columns: Column | tuple[str, Callable[[Plain, int], str]]) -> tuple[Column, ...]:
    return (_NAME, *(column if isinstance(column, Column) else Column(*column) for column in columns))


def _wide(heading: str, cell: Callable[[Plain, int], str]) -> Column:
    return Column(heading, cell, wide=True)


_VOLUME_ATTRIBUTES = ("VOLUMEATTRIBUTESCLASS", _or(_UNSET, "spec", "volumeAttributesClassName"))
_VOLUME_MODE = _wide("VOLUMEMODE", _or(_UNSET, "spec", "volumeMode"))
_COUNTED = (
    ("DESIRED", _number("spec", "replicas")),
    ("CURRENT", _number("status", "replicas")),
    ("READY", _number("status", "readyReplicas")),
    _AGE,
)
_EVENT = (
    Column("LAST SEEN", _last_seen),
    Column("TYPE", _at("type")),
    Column("REASON", _at("reason")),
    Column("OBJECT", _about),
    _wide("SUBOBJECT", _at("involvedObject", "fieldPath")),
    _wide("SOURCE", _event_source),
    Column("MESSAGE", lambda event, _now: event.get("message", "").strip()),
    _wide("FIRST SEEN", _first_seen),
    _wide("COUNT", _event_count),
    _wide("NAME", _at("metadata", "name")),
)

# By the resource; what is not named here has a name and an age.
_COLUMNS: dict[str, tuple[Column, ...]] = {
    "configmaps": _columns(("DATA", _count("data", "binaryData")), _AGE),
    "controllerrevisions.apps": _columns(("CONTROLLER", _controller), ("REVISION", _number("revision")), _AGE),
    "cronjobs.batch": _columns(
        ("SCHEDULE", _at("spec", "schedule")),
        ("TIMEZONE", _or(_NONE, "spec", "timeZone")),
        ("SUSPEND", lambda obj, _now: str(_get(obj, "spec", "suspend", default=False))),
        ("ACTIVE", lambda obj, _now: str(len(_get(obj, "status", "active", default=[])))),
        (
            "LAST SCHEDULE",
            lambda obj, now: ages.since(last, now) if (last := _get(obj, "status", "lastScheduleTime")) else _NONE,
        ),
        _AGE,
        *_templated(selector=False, path=("spec", "jobTemplate", "spec", "template", "spec")),
        _wide("SELECTOR", lambda obj, _now: _selector(_get(obj, "spec", "jobTemplate", "spec", "selector"))),
    ),
    "csidrivers.storage.k8s.io": _columns(
        ("ATTACHREQUIRED", lambda obj, _now: _text(_get(obj, "spec", "attachRequired", default=True))),
        ("PODINFOONMOUNT", lambda obj, _now: _text(_get(obj, "spec", "podInfoOnMount", default=False))),
        ("STORAGECAPACITY", lambda obj, _now: _text(_get(obj, "spec", "storageCapacity", default=False))),
        (
            "TOKENREQUESTS",
            lambda obj, _now: (
                ",".join(each.get("audience", "") for each in _get(obj, "spec", "tokenRequests", default=[])) or _UNSET
            ),
        ),
        ("REQUIRESREPUBLISH", lambda obj, _now: _text(_get(obj, "spec", "requiresRepublish", default=False))),
        ("MODES", lambda obj, _now: ",".join(_get(obj, "spec", "volumeLifecycleModes", default=[])) or _NONE),
        _AGE,
    ),
    "csinodes.storage.k8s.io": _columns(
        ("DRIVERS", lambda obj, _now: str(len(_get(obj, "spec", "drivers", default=[]) or []))), _AGE
    ),
    "daemonsets.apps": _columns(
        ("DESIRED", _number("status", "desiredNumberScheduled")),
        ("CURRENT", _number("status", "currentNumberScheduled")),
        ("READY", _number("status", "numberReady")),
        ("UP-TO-DATE", _number("status", "updatedNumberScheduled")),
        ("AVAILABLE", _number("status", "numberAvailable")),
        ("NODE SELECTOR", lambda obj, _now: _labels(_get(obj, *_TEMPLATE, "nodeSelector"))),
        _AGE,
        *_templated(),
    ),
    "deployments.apps": _columns(
        ("READY", _of_replicas),
        ("UP-TO-DATE", _number("status", "updatedReplicas")),
        ("AVAILABLE", _number("status", "availableReplicas")),
        _AGE,
        *_templated(),
    ),
    "endpoints": _columns(("ENDPOINTS", _endpoints), _AGE),
    "endpointslices.discovery.k8s.io": _columns(
        ("ADDRESSTYPE", _at("addressType")), ("PORTS", _slice_ports), ("ENDPOINTS", _slice_endpoints), _AGE
    ),
    "events": _EVENT,
    "horizontalpodautoscalers.autoscaling": _columns(
        ("REFERENCE", _reference),
        ("TARGETS", _metrics),
        ("MINPODS", _or(_UNSET, "spec", "minReplicas")),
        ("MAXPODS", _number("spec", "maxReplicas")),
        ("REPLICAS", _number("status", "currentReplicas")),
        _AGE,
    ),
    "ingresses.networking.k8s.io": _columns(
        ("CLASS", _or(_NONE, "spec", "ingressClassName")),
        ("HOSTS", _hosts),
        ("ADDRESS", _ingress_address),
        ("PORTS", lambda obj, _now: "80, 443" if _get(obj, "spec", "tls") else "80"),
        _AGE,
    ),
    "jobs.batch": _columns(
        ("STATUS", _job_status), ("COMPLETIONS", _completions), ("DURATION", _job_duration), _AGE, *_templated()
    ),
    "leases.coordination.k8s.io": _columns(("HOLDER", _at("spec", "holderIdentity")), _AGE),
    "limitranges": _columns(_CREATED),
    "namespaces": _columns(("STATUS", _at("status", "phase")), _AGE),
    "networkpolicies.networking.k8s.io": _columns(
        ("POD-SELECTOR", lambda obj, _now: _selector(_get(obj, "spec", "podSelector"))), _AGE
    ),
    "nodes": _columns(
        ("STATUS", _node_status),
        ("ROLES", _roles),
        _AGE,
        ("VERSION", _at("status", "nodeInfo", "kubeletVersion")),
        _wide("INTERNAL-IP", _address("InternalIP")),
        _wide("EXTERNAL-IP", _address("ExternalIP")),
        _wide("OS-IMAGE", _or(ages.UNKNOWN, "status", "nodeInfo", "osImage")),
        _wide("KERNEL-VERSION", _kernel),
        _wide("CONTAINER-RUNTIME", _or(ages.UNKNOWN, "status", "nodeInfo", "containerRuntimeVersion")),
    ),
    "persistentvolumeclaims": _columns(
        ("STATUS", _phase),
        ("VOLUME", _at("spec", "volumeName")),
        ("CAPACITY", _of_bound_claim(lambda claim: _text(_get(claim, "status", "capacity", "storage")))),
        ("ACCESS MODES", _of_bound_claim(lambda claim: _modes(_get(claim, "status", "accessModes", default=[])))),
        ("STORAGECLASS", _class),
        _VOLUME_ATTRIBUTES,
        _AGE,
        _VOLUME_MODE,
    ),
    "persistentvolumes": _columns(
        ("CAPACITY", _at("spec", "capacity", "storage")),
        ("ACCESS MODES", lambda obj, _now: _modes(_get(obj, "spec", "accessModes", default=[]))),
        ("RECLAIM POLICY", _at("spec", "persistentVolumeReclaimPolicy")),
        ("STATUS", _phase),
        ("CLAIM", _volume_claim),
        ("STORAGECLASS", _class),
        _VOLUME_ATTRIBUTES,
        ("REASON", _at("status", "reason")),
        _AGE,
        _VOLUME_MODE,
    ),
    "poddisruptionbudgets.policy": _columns(
        ("MIN AVAILABLE", _or("N/A", "spec", "minAvailable")),
        ("MAX UNAVAILABLE", _or("N/A", "spec", "maxUnavailable")),
        ("ALLOWED DISRUPTIONS", _number("status", "disruptionsAllowed")),
        _AGE,
    ),
    "pods": _columns(
        ("READY", lambda obj, now: summary(obj, now).ready),
        ("STATUS", lambda obj, now: summary(obj, now).status),
        ("RESTARTS", lambda obj, now: summary(obj, now).restarts),
        _AGE,
        _wide("IP", _or(_NONE, "status", "podIP")),
        _wide("NODE", _or(_NONE, "spec", "nodeName")),
        _wide("NOMINATED NODE", _or(_NONE, "status", "nominatedNodeName")),
        _wide("READINESS GATES", _gates),
    ),
    "priorityclasses.scheduling.k8s.io": _columns(
        ("VALUE", _number("value")),
        ("GLOBAL-DEFAULT", lambda obj, _now: _text(obj.get("globalDefault", False))),
        _AGE,
        ("PREEMPTIONPOLICY", _at("preemptionPolicy")),
    ),
    "replicasets.apps": _columns(*_COUNTED, *_templated()),
    "replicationcontrollers": _columns(*_COUNTED, *_templated(labels=True)),
    "resourcequotas": _columns(("REQUEST", _quota(False)), ("LIMIT", _quota(True)), _AGE),
    "roles.rbac.authorization.k8s.io": _columns(_CREATED),
    "clusterroles.rbac.authorization.k8s.io": _columns(_CREATED),
    "customresourcedefinitions.apiextensions.k8s.io": _columns(_CREATED),
    "secrets": _columns(("TYPE", _at("type")), ("DATA", _count("data")), _AGE),
    "services": _columns(
        ("TYPE", _at("spec", "type")),
        ("CLUSTER-IP", _cluster_ip),
        ("EXTERNAL-IP", _external_ip),
        ("PORT(S)", _ports),
        _AGE,
        _wide("SELECTOR", lambda obj, _now: _labels(_get(obj, "spec", "selector"))),
    ),
    "statefulsets.apps": _columns(("READY", _of_replicas), _AGE, *_templated(selector=False)),
    "storageclasses.storage.k8s.io": (
        Column("NAME", _class_name),
        Column("PROVISIONER", _at("provisioner")),
        Column("RECLAIMPOLICY", _or("Delete", "reclaimPolicy")),
        Column("VOLUMEBINDINGMODE", _or(_UNSET, "volumeBindingMode")),
        Column("ALLOWVOLUMEEXPANSION", lambda obj, _now: _text(obj.get("allowVolumeExpansion", False))),
        _AGE,
    ),
    "volumeattachments.storage.k8s.io": _columns(
        ("ATTACHER", _at("spec", "attacher")),
        ("PV", _at("spec", "source", "persistentVolumeName")),
        ("NODE", _at("spec", "nodeName")),
        ("ATTACHED", lambda obj, _now: _text(_get(obj, "status", "attached", default=False))),
        _AGE,
    ),
    "volumeattributesclasses.storage.k8s.io": _columns(("DRIVERNAME", _at("driverName")), _AGE),
}


def columns_of(resource: resources.Resource, *, wide: bool = False) -> tuple[Column, ...]:
    """The columns of a kind, the wide ones if they are asked for."""
    found = _COLUMNS.get(resource.group_resource, (_NAME, _AGE))
    return tuple(column for column in found if wide or not column.wide)
