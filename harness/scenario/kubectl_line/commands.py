"""The commands of kubectl that can stand in a line: for each its options, and what its words mean.

Owns the table. A new command is a row here and one in the runner's table of commands.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.objects import jsonpath
from harness.scenario.complaints import quoted
from harness.scenario.kubectl_line import changes, making
from harness.scenario.kubectl_line.command import ANSWER, CHANGING, Command, Meaning
from harness.scenario.kubectl_line.options import (
    INT32_MOST,
    Option,
    Written,
    Wrong,
    choice,
    duration,
    listed,
    refused,
    repeated,
    text,
    truth,
    whole,
)
from harness.scenario.kubectl_line.selecting import (
    ALL,
    EVERYWHERE,
    FIELDS,
    FILES,
    LABELS,
    SELECTORS,
    Scope,
    selection,
)


def _of_files(written: Written, scope: Scope) -> Meaning:
    if written.words:
        raise Wrong(f"found {quoted(written.words[0])}, expected -f and a manifest")
    return Meaning(selection([], written.values, scope), (), written.values)


def _applied(written: Written, scope: Scope) -> Meaning:
    values = written.values
    if values.get("force-conflicts") and not values.get("server-side"):
        raise Wrong("found --force-conflicts without --server-side, where there are no conflicts")
    return _of_files(written, scope)


def _of_objects(written: Written, scope: Scope) -> Meaning:
    return Meaning(selection(written.words, written.values, scope), (), written.values)


def _of_kinds(written: Written, scope: Scope) -> Meaning:
    """A kind alone means all there is of it."""
    return Meaning(selection(written.words, written.values, scope, whole_kinds=True), (), written.values)


def _got(written: Written, scope: Scope) -> Meaning:
    output = written.values.get("output", "")
    format_, _, template = output.partition("=")
    if format_ == "jsonpath":
        _check_template(template)
    elif output not in ("", "wide", "name", "yaml", "json"):
        raise Wrong(f"found the output {quoted(output)}, expected wide, name, yaml, json or jsonpath=…")
    if "sort-by" in written.values:
        _check_expression(written.values["sort-by"])
    return _of_kinds(written, scope)


def _check_template(template: str) -> None:
    try:
        jsonpath.parse(template)
    except ValueError as error:
        raise Wrong(
            f"found the template {quoted(template)}, expected one such as {{.items[*].metadata.name}}: {error}"
        ) from None


def _check_expression(expression: str) -> None:
    try:
        jsonpath.parse_expression(expression)
    except ValueError as error:
        raise Wrong(f"found {quoted(expression)}, expected a field such as .metadata.name: {error}") from None


def _deleted(written: Written, scope: Scope) -> Meaning:
    values = written.values
    grace = values.get("grace-period", -1)
    if values.get("now") and grace != -1:
        raise Wrong("found --now beside --grace-period, expected one of them")
    if values.get("force") and grace > 0:
        raise Wrong("found --force beside a grace period above 0, expected --force alone or with --grace-period=0")
    return _of_objects(written, scope)


def _scaled(written: Written, scope: Scope) -> Meaning:
    if len(_kinds_named(written)) > 1 and "resource-version" in written.values:
        raise Wrong("found --resource-version with several resources, expected it with one")
    return _of_objects(written, scope)


def _kinds_named(written: Written) -> list[str]:
    return written.words if any("/" in word for word in written.words) else written.words[1:]


def _waited(written: Written, scope: Scope) -> Meaning:
    for condition in written.values["for"]:
        word, _, rest = condition.partition("=")
        if word == "jsonpath":
            expression, value = changes.wanted_value(rest)
            _check_expression(expression)
            if value == "":
                raise Wrong(f"found {quoted(condition)}, expected a value after the equal sign")
        elif (word != "condition" or not rest) and condition.lower() not in ("delete", "create"):
            raise Wrong(
                f'found {quoted(condition)}, expected condition=…, jsonpath=…, create or delete for the option "--for"'
            )
    return _of_objects(written, scope)


def _of_nodes(written: Written, scope: Scope) -> Meaning:
    return Meaning(changes.nodes(written.words, written.values, scope), (), written.values)


_WORKLOAD: tuple[Option, ...] = (*FILES, LABELS, *CHANGING)
_SET: tuple[Option, ...] = (*FILES, LABELS, ALL, *CHANGING)
_WATCHED = ("watch is a step of its own: end it with expect", "w")

COMMANDS: Mapping[str, Command] = {
    "annotate": Command(
        (*SELECTORS, truth("overwrite"), truth("list"), text("resource-version"), *CHANGING), changes.annotated
    ),
    "apply": Command(
        (
            *FILES,
            truth("server-side"),
            truth("force-conflicts"),
            text("field-manager"),
            refused("prune", "objects that a manifest no longer names are left alone", truth=True),
            *CHANGING,
        ),
        _applied,
        required=("filename",),
    ),
    "autoscale": Command(
        (
            *FILES,
            whole("min"),
            whole("max", least=1),
            whole("cpu-percent"),
            text("cpu"),
            text("memory"),
            text("name"),
            *CHANGING,
        ),
        changes.autoscaled,
        required=("max",),
    ),
    "cordon": Command((LABELS, *CHANGING), _of_nodes),
    **making.COMMANDS,
    "create": Command((*FILES, *CHANGING), _of_files, required=("filename",)),
    "delete": Command(
        (
            *SELECTORS,
            choice("cascade", "background", "foreground", "orphan", lone="background"),
            whole("grace-period"),
            truth("force"),
            truth("now"),
            truth("ignore-not-found"),
            truth("wait"),
            duration("timeout"),
            choice("output", "name", short="o"),
            refused("interactive", "nobody is asked", "i", truth=True),
            refused("raw", "name the object"),
            *(option for option in CHANGING if option.name != "output"),
        ),
        _deleted,
    ),
    "drain": Command(
        (
            LABELS,
            truth("force"),
            truth("ignore-daemonsets"),
            truth("delete-emptydir-data"),
            truth("disable-eviction"),
            whole("grace-period"),
            duration("timeout"),
            text("pod-selector"),
            whole("skip-wait-for-delete-timeout"),
            *CHANGING,
        ),
        changes.drained,
    ),
    "expose": Command(
        (
            *FILES,
            *(
                text(name)
                for name in (
                    "port",
                    "target-port",
                    "name",
                    "selector",
                    "external-ip",
                    "cluster-ip",
                    "load-balancer-ip",
                )
            ),
            text("labels", "l"),
            choice("protocol", "TCP", "UDP", "SCTP"),
            choice("type", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
            choice("session-affinity", "None", "ClientIP"),
            *CHANGING,
        ),
        changes.exposed,
    ),
    "get": Command(
        (
            *FILES,
            LABELS,
            FIELDS,
            EVERYWHERE,
            text("output", "o"),
            truth("show-labels"),
            listed("label-columns", "L"),
            text("sort-by"),
            truth("no-headers"),
            truth("ignore-not-found"),
            truth("show-kind"),
            refused("watch", *_WATCHED, truth=True),
            refused("watch-only", _WATCHED[0], truth=True),
            refused("raw", "name the object"),
            refused("chunk-size", "lists are whole"),
        ),
        _got,
    ),
    "label": Command(
        (*SELECTORS, truth("overwrite"), truth("list"), text("resource-version"), *CHANGING), changes.labelled
    ),
    "patch": Command(
        (
            *FILES,
            text("patch", "p"),
            text("patch-file"),
            choice("type", "strategic", "merge", "json"),
            choice("subresource", "status", "scale", "resize"),
            *CHANGING,
        ),
        changes.patched,
    ),
    "replace": Command((*FILES, truth("force"), *CHANGING), _of_files, required=("filename",)),
    "rollout history": Command(
        (*FILES, LABELS, refused("revision", "revisions are listed, not described"), refused("output", ANSWER, "o")),
        _of_kinds,
    ),
    "rollout pause": Command(_WORKLOAD, _of_kinds),
    "rollout restart": Command(_WORKLOAD, _of_kinds),
    "rollout resume": Command(_WORKLOAD, _of_kinds),
    "rollout status": Command(
        (*FILES, LABELS, truth("watch", "w"), whole("revision", least=0), duration("timeout")), _of_kinds
    ),
    "rollout undo": Command((*_WORKLOAD, whole("to-revision", least=0)), _of_kinds),
    "run": making.RUN,
    "scale": Command(
        (
            *FILES,
            LABELS,
            ALL,
            whole("replicas", least=0, most=INT32_MOST),
            whole("current-replicas", least=-1),
            text("resource-version"),
            duration("timeout"),
            *CHANGING,
        ),
        _scaled,
        required=("replicas",),
    ),
    "set env": Command(
        (
            *_SET,
            text("containers", "c"),
            repeated("env", "e"),
            text("from"),
            text("prefix"),
            listed("keys"),
            truth("list"),
            truth("overwrite"),
            refused("resolve", "references are listed as such", truth=True),
        ),
        changes.environment,
    ),
    "set image": Command(_SET, changes.images),
    "set resources": Command((*_SET, text("containers", "c"), text("limits"), text("requests")), changes.requirements),
    "taint": Command((LABELS, ALL, truth("overwrite"), *CHANGING), changes.tainted),
    "uncordon": Command((LABELS, *CHANGING), _of_nodes),
    "wait": Command((*SELECTORS, repeated("for"), duration("timeout")), _waited, required=("for",)),
}

# Other names of subcommands, as kubectl has them.
ALIASES: Mapping[str, str] = {
    "create cj": "create cronjob",
    "create cm": "create configmap",
    "create deploy": "create deployment",
    "create ns": "create namespace",
    "create pc": "create priorityclass",
    "create pdb": "create poddisruptionbudget",
    "create resourcequota": "create quota",
    "create sa": "create serviceaccount",
    "create svc": "create service",
}

# Commands that kubectl has and that are not played, and why.
UNPLAYED: Mapping[str, str] = {
    **dict.fromkeys(("attach", "cp", "debug", "exec", "logs", "port-forward", "proxy"), "no container really runs"),
    **dict.fromkeys(
        ("api-resources", "api-versions", "cluster-info", "explain", "options", "version"),
        "it asks nothing of the cluster",
    ),
    **dict.fromkeys(
        ("auth", "certificate", "completion", "config", "kuberc", "plugin"), "there is one user, who may do everything"
    ),
    **dict.fromkeys(("top",), "nothing measures what pods use"),
    "describe": "use get -o yaml, get events, or expect",
    "diff": "the golden file shows what a step changed",
    "edit": "use patch",
    "events": "use get events",
    "kustomize": "kustomizations are not built",
}
