"""`create`, `run`, `expose`, `autoscale`, `apply`: objects that come of a line.

Owns what is made of objects that are there, and how each of these commands tells what came of it. Mirrors kubectl's
pkg/cmd/create, pkg/cmd/run, pkg/cmd/expose and pkg/cmd/autoscale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects.wire import to_wire
from harness.runner.commands.choosing import Chosen, chosen
from harness.runner.commands.running import Run
from harness.runner.kubectl import Placed
from harness.runner.verbs import apply as apply_verb
from harness.runner.verbs import create as create_verb
from harness.runner.verbs import replace as replace_verb
from harness.scenario.model import Apply, Create, Plain, Replace

_LONGEST_SERVICE_NAME = 63

# What stands before a refusal of an object that kubectl made up; of a namespace, nothing does.
_FAILED: Mapping[str, str] = {
    "create configmap": "failed to create configmap: ",
    "create cronjob": "failed to create cronjob: ",
    "create deployment": "failed to create deployment: ",
    "create job": "failed to create job: ",
    "create poddisruptionbudget": "failed to create poddisruptionbudgets: ",
    "create priorityclass": "failed to create priorityclass: ",
    "create quota": "failed to create quota: ",
    "create secret generic": "failed to create secret ",
    "create service clusterip": "failed to create ClusterIP service: ",
    "create service externalname": "failed to create ExternalName service: ",
    "create service loadbalancer": "failed to create LoadBalancer service: ",
    "create service nodeport": "failed to create NodePort service: ",
    "create serviceaccount": "failed to create serviceaccount: ",
}


async def create_files(run: Run) -> None:
    await create_verb.play(Create(manifests=run.line.selection.manifests), _in_namespace(run).stage)


async def apply(run: Run) -> None:
    action = Apply(
        manifests=run.line.selection.manifests,
        server_side=run.options.get("server-side", False),
        force_conflicts=run.options.get("force-conflicts", False),
        field_manager=run.options.get("field-manager", ""),
    )
    await apply_verb.play(action, _in_namespace(run).stage)


async def replace_files(run: Run) -> None:
    action = Replace(manifests=run.line.selection.manifests, force=run.options.get("force", False))
    await replace_verb.play(action, _in_namespace(run).stage)


def _in_namespace(run: Run) -> Run:
    """The same, on a stage whose step names the line's namespace."""
    stage = run.stage
    step = replace(stage.step, namespace=run.line.namespace)
    return run._replace(stage=type(stage)(stage.cluster, step, stage.kubectl))


async def create(run: Run) -> None:
    """Create what the line made up."""
    for placed in run.kubectl.placed(run.line.selection.manifests, run.line.namespace):
        document = placed.document
        if run.line.command == "create job" and "from" in run.options:
            made = await _of_cron_job(run, placed)
            if made is None:
                return
            document = made
        await _send(run, placed._replace(document=document), "created", _FAILED.get(run.line.command))


async def _of_cron_job(run: Run, placed: Placed) -> Plain | None:
    """A job as its cron job would make it."""
    from harness.objects.batch import CronJob
    from harness.objects.jobs import made_by_hand

    name = run.options["from"].partition("/")[2]
    try:
        found = await run.kubectl.get(kinds.of_manifest("batch/v1", "CronJob"), placed.namespace, name)
    except ApiError as problem:
        run.kubectl.refuse(problem)
        return None
    assert isinstance(found, CronJob)
    return to_wire(made_by_hand(found, placed.name))


async def _send(run: Run, placed: Placed, done: str, failed: str | None = None) -> None:
    """Create an object, and print what came of it. `failed` stands before what the server said, if it refuses."""
    kubectl = run.kubectl
    try:
        created = await kubectl.create(placed)
    except ApiError as problem:
        message = problem.message.removeprefix('error when creating "": ').removeprefix("error when creating : ")
        bare = ApiError(problem.code, problem.reason, message, problem.details)
        if failed is None:
            kubectl.refuse(bare)
        else:
            kubectl.fail(f"error: {failed}{message}")
        return
    kubectl.say(placed.kind.resource, created.metadata.name, done)


async def run_pod(run: Run) -> None:
    """The pod of `run`; with --expose its service first, as kubectl does."""
    for placed in run.kubectl.placed(run.line.selection.manifests, run.line.namespace):
        await _send(run, placed, "created")
        if run.kubectl.failed:
            return


# For objects that are there


async def expose(run: Run) -> None:
    kubectl, options = run.kubectl, run.options
    for one in await chosen(run, run.line.selection, look=True):
        assert one.obj is not None
        obj = to_wire(one.obj)
        labels = options.get("selector") or _selected(obj)
        if isinstance(labels, str):
            kubectl.fail(f"error: couldn't retrieve selectors via --selector flag or introspection: {labels}")
            continue
        found = _ports(obj)
        ports = options["port"].split(",") if "port" in options else [port for port, _ in found]
        if not ports and options.get("cluster-ip") != "None":
            kubectl.fail("error: couldn't find port via --port flag or introspection")
            continue
        document = _service(one, obj, labels, _service_ports(ports, found, options), options)
        kind = kinds.of_manifest("v1", "Service")
        await _send(run, Placed(kind, one.namespace, document["metadata"]["name"], document, ""), "exposed")


def _selected(obj: Plain) -> dict[str, str] | str:
    """The labels of the pods behind an object, or why there are none."""
    kind, spec = obj["kind"], obj.get("spec", {})
    if kind == "Pod":
        return obj["metadata"].get("labels") or "the pod has no labels and cannot be exposed"
    if kind == "Service":
        return spec.get("selector") or "the service has no pod selector set"
    if kind == "ReplicationController":
        return dict(spec.get("selector", {}))
    selector = spec.get("selector", {})
    if selector.get("matchExpressions"):
        return "couldn't convert expressions to map-based selector format"
    return selector.get("matchLabels") or f"invalid {kind.lower()}: no selectors, therefore cannot be exposed"


def _ports(obj: Plain) -> list[tuple[str, str]]:
    """The ports of an object with their protocols."""
    spec = obj.get("spec", {})
    if obj["kind"] == "Service":
        found = [(str(port["port"]), port.get("protocol", "TCP")) for port in spec.get("ports", [])]
    else:
        pod = spec.get("template", {}).get("spec", spec)
        found = [
            (str(port["containerPort"]), port.get("protocol", "TCP"))
            for container in pod.get("containers", [])
            for port in container.get("ports", [])
        ]
    return list(dict.fromkeys(found))


def _service_ports(ports: list[str], found: list[tuple[str, str]], options: Plain) -> list[Plain]:
    """A port of the service for each port, and for each protocol of it unless one is named."""
    numbers = list(dict.fromkeys(ports))
    made = []
    for place, number in enumerate(numbers, 1):
        protocols = [protocol for port, protocol in found if port == number] or ["TCP"]
        if "protocol" in options:
            protocols = [options["protocol"]]
        for protocol in protocols:
            name = f"port-{place}" if len(numbers) > 1 else ""
            if len(protocols) > 1:
                name = f"port-{place}-{protocol.lower()}"
            target = options.get("target-port", number)
            made.append(
                {
                    **({"name": name} if name else {}),
                    "port": int(number),
                    "protocol": protocol,
                    "targetPort": int(target) if target.isdecimal() else target,
                }
            )
    return made


def _service(one: Chosen, obj: Plain, selector: dict[str, str], ports: list[Plain], options: Plain) -> Plain:
    labels = options.get("labels") or obj["metadata"].get("labels")
    metadata: Plain = {"name": options.get("name") or one.name[:_LONGEST_SERVICE_NAME]}
    if labels:
        metadata["labels"] = labels
    spec: Plain = {"selector": selector}
    if ports:
        spec["ports"] = ports
    fields = {"type": "type", "session-affinity": "sessionAffinity", "cluster-ip": "clusterIP"}
    spec.update({field: options[name] for name, field in fields.items() if name in options})
    if "external-ip" in options:
        spec["externalIPs"] = [options["external-ip"]]
    if options.get("type") == "LoadBalancer" and "load-balancer-ip" in options:
        spec["loadBalancerIP"] = options["load-balancer-ip"]
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


async def autoscale(run: Run) -> None:
    kubectl, options = run.kubectl, run.options
    found = await chosen(run, run.line.selection, look=True)
    for one in found:
        resource = one.kind.resource
        if not one.kind.scalable:
            version = f"{resource.api_version}, Resource={resource.plural}"
            if not resource.group:
                version = f"/{version}"
            missing = f"could not find scale subresource for {version} in discovery information"
            kubectl.fail(f"error: cannot autoscale a {resource.kind}: {missing}")
            continue
        target = {"apiVersion": resource.api_version, "kind": resource.kind, "name": one.name}
        spec: dict[str, Any] = {"scaleTargetRef": target, "maxReplicas": options["max"]}
        if options.get("min", -1) > 0:
            spec["minReplicas"] = options["min"]
        if options["metrics"]:
            spec["metrics"] = options["metrics"]
        name = options.get("name") or one.name
        document = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name},
            "spec": spec,
        }
        kind = kinds.of_manifest("autoscaling/v2", "HorizontalPodAutoscaler")
        await _send(run, Placed(kind, one.namespace, name, document, ""), "autoscaled")
    if not found and not kubectl.failed:
        kubectl.fail("error: no objects passed to autoscale")
