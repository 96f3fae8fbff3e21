"""`create deployment web --image=…`, `run`: the objects that kubectl makes up from options.

Owns what each of these commands makes. Mirrors kubectl's pkg/cmd/create and pkg/cmd/run.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from harness.objects import selector
from harness.objects.selector import EQUALS, EXISTS, IN
from harness.scenario.complaints import one_of, quoted
from harness.scenario.kubectl_line.changes import amounts, equalities
from harness.scenario.kubectl_line.command import CHANGING, Command, Meaning
from harness.scenario.kubectl_line.options import (
    Option,
    Written,
    Wrong,
    choice,
    listed,
    refused,
    repeated,
    text,
    truth,
    whole,
)
from harness.scenario.kubectl_line.selecting import Scope
from harness.scenario.model import Manifest, Plain, Selection

Make: TypeAlias = Callable[[str, Written, Scope], "Plain | list[Plain]"]

_POLICIES = ("Always", "OnFailure", "Never")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*", re.ASCII)


def _made(make: Make) -> Callable[[Written, Scope], Meaning]:
    """Reads NAME, and makes the objects of that name."""

    def read(written: Written, scope: Scope) -> Meaning:
        if len(written.words) != 1:
            found = quoted(written.words[1]) if written.words else "no name"
            raise Wrong(f"found {found}, expected exactly one NAME")
        made = make(written.words[0], written, scope)
        documents = tuple(made if isinstance(made, list) else [made])
        chosen = Selection(manifests=(Manifest(documents=documents, source=""),), namespace=scope.namespace)
        return Meaning(chosen, (), written.values)

    return read


def _object(api_version: str, kind: str, name: str, **fields: Any) -> Plain:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def _namespace(name: str, _written: Written, _scope: Scope) -> Plain:
    return _object("v1", "Namespace", name)


def _service_account(name: str, _written: Written, _scope: Scope) -> Plain:
    return _object("v1", "ServiceAccount", name)


def _entries(written: Written, scope: Scope) -> dict[str, str]:
    """The data of `--from-literal=key=value` and `--from-file=key=path`."""
    found: dict[str, str] = {}
    for literal in written.values.get("from-literal", ()):
        key, equals, value = literal.partition("=")
        if not equals or not key:
            raise Wrong(f'found {quoted(literal)}, expected key=value for the option "--from-literal"')
        _add(found, key, value)
    for source in written.values.get("from-file", ()):
        key, equals, path = source.rpartition("=")
        _add(found, key if equals else path.rpartition("/")[2], scope.text(path))
    return found


def _add(found: dict[str, str], key: str, value: str) -> None:
    if key in found:
        raise Wrong(f"found the key {quoted(key)} twice, expected each once")
    found[key] = value


def _config_map(name: str, written: Written, scope: Scope) -> Plain:
    entries = _entries(written, scope)
    return _object("v1", "ConfigMap", name, **({"data": entries} if entries else {}))


def _secret(name: str, written: Written, scope: Scope) -> Plain:
    data = {key: b64encode(value.encode()).decode() for key, value in _entries(written, scope).items()}
    type_ = {"type": written.values["type"]} if "type" in written.values else {}
    return _object("v1", "Secret", name, **({"data": data} if data else {}), **type_)


def _deployment(name: str, written: Written, _scope: Scope) -> Plain:
    values = written.values
    containers: list[Plain] = [{"name": _container_name(image), "image": image} for image in values["image"]]
    if written.after_dashes:
        if len(containers) > 1:
            raise Wrong("found a command after -- with several images, expected it with one")
        containers[0]["command"] = written.after_dashes
    if "port" in values:
        containers[0]["ports"] = [{"containerPort": values["port"]}]
    labels = {"app": name}
    spec = {
        "replicas": values.get("replicas", 1),
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    made = _object("apps/v1", "Deployment", name, spec=spec)
    made["metadata"]["labels"] = labels
    return made


def _container_name(image: str) -> str:
    name = image.rpartition("/")[2].partition(":")[0].partition("@")[0]
    if "_" in name or "." in name:
        raise Wrong(
            f"found the image {quoted(image)}, whose container kubectl would give a random name: use a manifest"
        )
    return name


def _job_spec(name: str, written: Written, policy: str) -> Plain:
    container: Plain = {"name": name, "image": written.values["image"]}
    if written.after_dashes:
        container["command"] = written.after_dashes
    return {"template": {"spec": {"containers": [container], "restartPolicy": policy}}}


def _job(name: str, written: Written, _scope: Scope) -> Plain:
    if ("image" in written.values) == ("from" in written.values):
        raise Wrong("found not exactly one of --image and --from, expected one of them")
    if "from" in written.values:
        kind, _, cron_job = written.values["from"].partition("/")
        if kind not in ("cronjob", "cronjobs", "cj", "cronjob.batch", "cronjobs.batch") or not cron_job:
            raise Wrong(f"found {quoted(written.values['from'])} after --from, expected cronjob/…")
        if written.after_dashes:
            raise Wrong("found a command after -- beside --from, expected one of them")
        # What it becomes depends on the cron job that is there then.
        return _object("batch/v1", "Job", name)
    return _object("batch/v1", "Job", name, spec=_job_spec(name, written, "Never"))


def _cron_job(name: str, written: Written, _scope: Scope) -> Plain:
    spec = _job_spec(name, written, written.values.get("restart", "OnFailure"))
    template = {"metadata": {"name": name}, "spec": spec}
    return _object("batch/v1", "CronJob", name, spec={"schedule": written.values["schedule"], "jobTemplate": template})


def _budget(name: str, written: Written, _scope: Scope) -> Plain:
    values = written.values
    if ("min-available" in values) == ("max-unavailable" in values):
        raise Wrong("found not exactly one of --min-available and --max-unavailable, expected one of them")
    spec: Plain = {"selector": _label_selector(values["selector"])}
    for option, field in (("min-available", "minAvailable"), ("max-unavailable", "maxUnavailable")):
        if option in values:
            amount = values[option]
            if not re.fullmatch(r"\d+%?", amount, re.ASCII):
                raise Wrong(f'found {quoted(amount)}, expected a number or a percentage for the option "--{option}"')
            spec[field] = int(amount) if amount.isdecimal() else amount
    return _object("policy/v1", "PodDisruptionBudget", name, spec=spec)


def _label_selector(written: str) -> Plain:
    """`app=web,tier in (a,b)` as the selector of an object."""
    try:
        requirements = selector.parse(written).requirements
    except ValueError as error:
        raise Wrong(f"found {quoted(written)}, expected labels such as app=web: {error}") from None
    labels = {each.key: each.values[0] for each in requirements if each.operator == EQUALS}
    expressions = []
    for each in requirements:
        if each.operator == EQUALS:
            continue
        if each.operator not in (IN, "NotIn", EXISTS, "DoesNotExist"):
            raise Wrong(f"found {quoted(written)}, expected =, in, notin or the key alone")
        values = {"values": list(each.values)} if each.values else {}
        expressions.append({"key": each.key, "operator": each.operator, **values})
    return {
        **({"matchLabels": labels} if labels else {}),
        **({"matchExpressions": expressions} if expressions else {}),
    }


def _quota(name: str, written: Written, _scope: Scope) -> Plain:
    values = written.values
    spec: Plain = {"hard": amounts(values["hard"])} if "hard" in values else {}
    if "scopes" in values:
        spec["scopes"] = values["scopes"].split(",")
    return _object("v1", "ResourceQuota", name, spec=spec)


def _priority_class(name: str, written: Written, _scope: Scope) -> Plain:
    values = written.values
    return _object(
        "scheduling.k8s.io/v1",
        "PriorityClass",
        name,
        value=values.get("value", 0),
        globalDefault=values.get("global-default", False),
        description=values.get("description", ""),
        preemptionPolicy=values.get("preemption-policy", "PreemptLowerPriority"),
    )


def _service(type_: str) -> Make:
    def make(name: str, written: Written, _scope: Scope) -> Plain:
        values = written.values
        headless = values.get("clusterip") == "None"
        if not values.get("tcp") and not headless and type_ != "ExternalName":
            raise Wrong("found no --tcp, expected one such as --tcp=80:8080")
        labels = {"app": name}
        spec: Plain = {
            "type": type_,
            "selector": labels,
            "ports": [_port(pair, values) for pair in values.get("tcp", ())],
        }
        if "clusterip" in values:
            spec["clusterIP"] = values["clusterip"]
        if "external-name" in values:
            spec["externalName"] = values["external-name"]
        made = _object("v1", "Service", name, spec=spec)
        made["metadata"]["labels"] = labels
        return made

    return make


def _port(pair: str, values: Mapping[str, Any]) -> Plain:
    port, colon, aim = pair.partition(":")
    if not re.fullmatch(r"\d{1,5}", port, re.ASCII) or (colon and not aim):
        raise Wrong(f"found {quoted(pair)}, expected a port, or a port and its target such as 80:8080")
    target: int | str = int(aim) if aim.isdecimal() else aim or int(port)
    node_port = {"nodePort": values["node-port"]} if "node-port" in values else {}
    return {"name": pair.replace(":", "-"), "port": int(port), "targetPort": target, "protocol": "TCP", **node_port}


def _pod(name: str, written: Written, _scope: Scope) -> list[Plain]:
    """The pod of `run`, and with --expose its service."""
    values = written.values
    container: Plain = {"name": name, "image": values["image"]}
    if "env" in values:
        container["env"] = [_variable(pair) for pair in values["env"]]
    if "image-pull-policy" in values:
        container["imagePullPolicy"] = values["image-pull-policy"]
    if values.get("privileged"):
        container["securityContext"] = {"privileged": True}
    if written.after_dashes:
        container["command" if values.get("command") else "args"] = written.after_dashes
    if "port" in values:
        container["ports"] = [{"containerPort": values["port"]}]
    given = equalities(values["labels"]) if values.get("labels") else {}
    labels = given or {"run": name}
    spec = {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": values.get("restart", "Always")}
    pod = _object("v1", "Pod", name, spec=spec)
    pod["metadata"]["labels"] = labels
    if "annotations" in values:
        pod["metadata"]["annotations"] = dict(_annotation(pair) for pair in values["annotations"])
    if not values.get("expose"):
        return [pod]
    if "port" not in values:
        raise Wrong("found --expose without --port, expected both")
    port = {"port": values["port"], "protocol": "TCP", "targetPort": values["port"]}
    service = _object("v1", "Service", name, spec={"selector": labels, "ports": [port]})
    if given:
        service["metadata"]["labels"] = given
    return [service, pod]


def _variable(pair: str) -> Plain:
    name, equals, value = pair.partition("=")
    if not equals or not _VARIABLE.fullmatch(name):
        raise Wrong(f'found {quoted(pair)}, expected a variable such as LEVEL=debug for the option "--env"')
    return {"name": name, "value": value}


def _annotation(pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not equals or not key:
        raise Wrong(f'found {quoted(pair)}, expected key=value for the option "--annotations"')
    return key, value


def _any_service(written: Written, _scope: Scope) -> Meaning:
    types = [f"create service {type_}" for type_ in _SERVICE_TYPES]
    found = quoted(written.words[0]) if written.words else "no type"
    raise Wrong(f"found {found}, expected {one_of(types)}")


def _any_secret(written: Written, _scope: Scope) -> Meaning:
    found = quoted(written.words[0]) if written.words else "no type"
    raise Wrong(f"found {found}, expected create secret generic; any other secret needs a manifest")


_DATA: tuple[Option, ...] = (
    repeated("from-literal"),
    listed("from-file"),
    refused("from-env-file", "write its lines as --from-literal"),
    refused("append-hash", "name it as it is to be called", truth=True),
    *CHANGING,
)
_SERVICE_TYPES = {
    "clusterip": "ClusterIP",
    "nodeport": "NodePort",
    "loadbalancer": "LoadBalancer",
    "externalname": "ExternalName",
}
_SERVICE: tuple[Option, ...] = (listed("tcp"), *CHANGING)

COMMANDS: Mapping[str, Command] = {
    "create configmap": Command(_DATA, _made(_config_map)),
    "create cronjob": Command(
        (text("image"), text("schedule"), choice("restart", "OnFailure", "Never"), *CHANGING),
        _made(_cron_job),
        required=("image", "schedule"),
    ),
    "create deployment": Command(
        (listed("image"), whole("port", least=1, most=65535), whole("replicas", "r"), *CHANGING),
        _made(_deployment),
        required=("image",),
    ),
    "create job": Command((text("image"), text("from"), *CHANGING), _made(_job)),
    "create namespace": Command(CHANGING, _made(_namespace)),
    "create poddisruptionbudget": Command(
        (text("min-available"), text("max-unavailable"), text("selector"), *CHANGING),
        _made(_budget),
        required=("selector",),
    ),
    "create priorityclass": Command(
        (
            whole("value"),
            truth("global-default"),
            text("description"),
            choice("preemption-policy", "PreemptLowerPriority", "Never"),
            *CHANGING,
        ),
        _made(_priority_class),
    ),
    "create quota": Command((text("hard"), text("scopes"), *CHANGING), _made(_quota)),
    "create secret": Command(CHANGING, _any_secret),
    "create secret generic": Command((*_DATA, text("type")), _made(_secret)),
    "create service": Command(CHANGING, _any_service),
    "create service clusterip": Command((*_SERVICE, text("clusterip")), _made(_service("ClusterIP"))),
    "create service externalname": Command(
        (*_SERVICE, text("external-name")), _made(_service("ExternalName")), required=("external-name",)
    ),
    "create service loadbalancer": Command(_SERVICE, _made(_service("LoadBalancer"))),
    "create service nodeport": Command(
        (*_SERVICE, whole("node-port", least=1, most=65535)), _made(_service("NodePort"))
    ),
    "create serviceaccount": Command(CHANGING, _made(_service_account)),
}

RUN = Command(
    (
        text("image"),
        repeated("env"),
        text("labels", "l"),
        repeated("annotations"),
        whole("port", least=1, most=65535),
        truth("expose"),
        truth("command"),
        truth("privileged"),
        choice("restart", *_POLICIES),
        choice("image-pull-policy", "Always", "IfNotPresent", "Never"),
        *(
            refused(name, "no container really runs", short, truth=True)
            for name, short in (("stdin", "i"), ("tty", "t"), ("attach", ""), ("rm", ""), ("quiet", "q"))
        ),
        refused("overrides", "use a manifest"),
        *CHANGING,
    ),
    _made(_pod),
    required=("image",),
)
