"""What a command line does and answers, as kubectl does and answers it."""

from __future__ import annotations

import pytest
from playing import config, last, played, web

from harness.outcome import NOT_AWAITED, StepOutcome
from harness.runner.commands import COMMANDS, command
from harness.runner.commands.making import create
from harness.scenario.kubectl_line.commands import COMMANDS as WRITTEN

CREATED = f"create: {web('2')}"
DEPLOYED = "kubectl: create deployment shop --image=shop:1.0 --replicas=2 --port=8080"
ROLLED = "kubectl: set image deploy/shop shop=shop:2.0"


def line(written: str) -> str:
    return f"kubectl: |-\n  {written}"


def done(*before: str, then: str, nodes: int = 1) -> StepOutcome:
    return last(*before, line(then), cluster=f"nodes: {nodes}")


SAID: list[tuple[list[str], str, str]] = [
    ([CREATED], "scale sts web --replicas=1", "statefulset.apps/web scaled"),
    (
        [CREATED, DEPLOYED],
        "scale sts/web deploy/shop --replicas=1",
        "statefulset.apps/web scaled\ndeployment.apps/shop scaled",
    ),
    ([CREATED], "scale sts web --replicas=1 --current-replicas=2 --timeout=1m", "statefulset.apps/web scaled"),
    ([CREATED], "scale sts --all --replicas=1", "statefulset.apps/web scaled"),
    ([CREATED], 'patch sts web -p \'{"spec": {"replicas": 1}}\'', "statefulset.apps/web patched"),
    ([CREATED], 'patch sts web -p \'{"spec": {"replicas": 2}}\'', "statefulset.apps/web patched (no change)"),
    (
        [CREATED],
        "patch sts web --subresource=scale --type=merge -p '{spec: {replicas: 1}}'",
        "scale.autoscaling/web patched",
    ),
    ([CREATED], "set image sts/web c=app:v2", "statefulset.apps/web image updated"),
    ([CREATED], "set image sts --all '*=app:v2'", "statefulset.apps/web image updated"),
    ([CREATED], "set image sts/web c=app:v1", ""),
    (
        [CREATED],
        "set resources sts web --limits=cpu=1 --requests=cpu=1",
        "statefulset.apps/web resource requirements updated",
    ),
    ([CREATED, line("set resources sts web --limits=cpu=1")], "set resources sts web --limits=cpu=1000m", ""),
    ([CREATED], "set env sts/web A=b", "statefulset.apps/web env updated"),
    ([CREATED, line("set env sts/web A=b")], "set env sts/web A=b", ""),
    ([CREATED, line("set env sts/web A=b C=d")], "set env sts/web A- --list", "# StatefulSet web, container c\nC=d"),
    (
        [CREATED, line("set env sts/web A=b C=d"), line("set env sts/web A-")],
        "set env sts/web --list",
        "# StatefulSet web, container c\nC=d",
    ),
    (
        [
            CREATED,
            f"create: {config('settings', **{'log.level': 'debug'})}",
            line("set env sts/web --from=cm/settings --prefix=APP_"),
        ],
        "set env sts/web --list",
        "# StatefulSet web, container c\n# APP_LOG_LEVEL from configmap settings, key log.level",
    ),
    ([DEPLOYED], "rollout restart deploy shop", "deployment.apps/shop restarted"),
    ([DEPLOYED], "rollout pause deploy/shop", "deployment.apps/shop paused"),
    ([DEPLOYED, ROLLED], "rollout undo deploy/shop", "deployment.apps/shop rolled back"),
    (
        [DEPLOYED, ROLLED],
        "rollout history deploy/shop",
        "deployment.apps/shop \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>",
    ),
    (
        [
            CREATED,
            line("annotate sts web kubernetes.io/change-cause='a new image'"),
            line("set image sts/web c=app:v2"),
        ],
        "rollout history sts/web",
        "statefulset.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         a new image",
    ),
    ([DEPLOYED], "rollout status deploy/shop", 'deployment "shop" successfully rolled out'),
    ([CREATED], "rollout status sts/web", "partitioned roll out complete: 2 new pods have been updated..."),
    ([CREATED], "label pod web-0 tier=front", "pod/web-0 labeled"),
    ([CREATED], "label pod web-0 web-1 app-", "pod/web-0 unlabeled\npod/web-1 unlabeled"),
    ([CREATED], "label pod web-0 app=x --overwrite", "pod/web-0 labeled"),
    ([CREATED], "label pod web-0 tier=front app-", "pod/web-0 modified"),
    ([CREATED], "label pod web-0 app=web", "pod/web-0 not labeled"),
    ([CREATED], "label pods -l app=web tier=front", "pod/web-0 labeled\npod/web-1 labeled"),
    ([CREATED], "label pod web-0 none-", 'label "none" not found.\npod/web-0 not labeled'),
    ([f"create: {config()}", line("label cm a x=1 b=2")], "label cm a --list", "b=2\nx=1"),
    (
        [f"create: {config()}", line("label cm a x=1")],
        "label cm --all --list",
        "Listing labels for ConfigMap./a:\n x=1",
    ),
    ([CREATED], "annotate sts web note=a", "statefulset.apps/web annotated"),
    (
        [CREATED, line("annotate sts web kubernetes.io/change-cause=a")],
        "annotate sts web kubernetes.io/change-cause=b",
        "statefulset.apps/web annotated",
    ),
    ([], "taint node node-1 a=b:NoSchedule c:NoExecute", "node/node-1 tainted"),
    (
        [line("taint node node-1 a=b:NoSchedule")],
        "taint nodes node-1 a=c:NoSchedule --overwrite",
        "node/node-1 modified",
    ),
    ([line("taint node node-1 a=b:NoSchedule")], "taint nodes node-1 a- c=d:NoSchedule", "node/node-1 modified"),
    ([line("taint node node-1 a=b:NoSchedule")], "taint nodes --all a:NoSchedule-", "node/node-1 untainted"),
    ([], "cordon node-1", "node/node-1 cordoned"),
    ([], "cordon -l kubernetes.io/os=linux", "node/node-1 cordoned"),
    ([line("cordon node-1")], "uncordon node/node-1", "node/node-1 uncordoned"),
    (
        [CREATED],
        "drain node-1",
        "node/node-1 cordoned\nevicting pod default/web-0\nevicting pod default/web-1\npod/web-0 evicted\n"
        "pod/web-1 evicted\nnode/node-1 drained",
    ),
    (
        [CREATED],
        "drain node-1 --disable-eviction",
        "node/node-1 cordoned\npod/web-0 deleted\npod/web-1 deleted\nnode/node-1 drained",
    ),
    ([CREATED], "drain node-1 --pod-selector=app=other", "node/node-1 cordoned\nnode/node-1 drained"),
    (
        [CREATED],
        "delete pod web-0 web-1",
        'pod "web-0" deleted from default namespace\npod "web-1" deleted from default namespace',
    ),
    ([CREATED], "delete sts/web --cascade=orphan -o name", "statefulset.apps/web"),
    ([CREATED], "delete pods -l app=none", "No resources found"),
    ([CREATED], "delete pods --field-selector=status.phase=Failed", "No resources found"),
    ([], "delete pod nope --ignore-not-found", "No resources found"),
    ([], "create ns team", "namespace/team created"),
    ([line("create ns team")], "create cm settings --from-literal=a=b -n team", "configmap/settings created"),
    ([], "create secret generic login --from-literal=user=me", "secret/login created"),
    ([], "create job migrate --image=migrate:1 -- run", "job.batch/migrate created"),
    ([], "create cronjob nightly --image=backup:1 --schedule='0 3 * * *'", "cronjob.batch/nightly created"),
    (
        [line("create cronjob nightly --image=backup:1 --schedule='0 3 * * *'")],
        "create job now --from=cronjob/nightly",
        "job.batch/now created",
    ),
    ([], "create quota small --hard=pods=2", "resourcequota/small created"),
    ([], "create pdb web --selector=app=web --min-available=1", "poddisruptionbudget.policy/web created"),
    ([], "create priorityclass high --value=1000", "priorityclass.scheduling.k8s.io/high created"),
    ([], "create sa bot", "serviceaccount/bot created"),
    ([], "create service clusterip web --tcp=80:8080", "service/web created"),
    ([], "run box --image=box:1 --port=80 --expose", "service/box created\npod/box created"),
    ([DEPLOYED], "expose deploy shop", "service/shop exposed"),
    ([DEPLOYED], "autoscale deploy shop --max=3 --cpu=80%", "horizontalpodautoscaler.autoscaling/shop autoscaled"),
    ([CREATED], "wait pod --all --for=condition=Ready", "pod/web-0 condition met\npod/web-1 condition met"),
    ([CREATED], "wait pod/web-0 --for=jsonpath='{.status.phase}'=Running", "pod/web-0 condition met"),
    ([CREATED], "wait pod/web-0 --for=create", "pod/web-0 condition met"),
    ([CREATED], "get pods -o name", "pod/web-0\npod/web-1"),
    ([CREATED], "get pods -o jsonpath={.items[*].metadata.name}", "web-0 web-1"),
    ([CREATED], "get pod web-1 -o jsonpath={.metadata.name}", "web-1"),
    (
        [CREATED],
        "get pods",
        "NAME    READY   STATUS    RESTARTS   AGE\n"
        "web-0   1/1     Running   0          62s\nweb-1   1/1     Running   0          61s",
    ),
    (
        [CREATED],
        "get sts,pods --no-headers -A",
        "default   statefulset.apps/web   2/2   62s\n"
        "default   pod/web-0   1/1   Running   0     62s\ndefault   pod/web-1   1/1   Running   0     61s",
    ),
    (
        [CREATED],
        "get sts web -L app --show-labels",
        "NAME   READY   AGE   APP   LABELS\nweb    2/2     62s         <none>",
    ),
    ([CREATED], "get pods --sort-by=.metadata.creationTimestamp -o name", "pod/web-0\npod/web-1"),
    ([CREATED], "get pods --field-selector=metadata.name!=web-0 -o name", "pod/web-1"),
    (
        [f"create: {config('a', b='y')}"],
        "get cm a -o jsonpath={.data}",
        '{"b":"y"}',
    ),
]

REFUSED: list[tuple[list[str], str, str]] = [
    ([], "get foos", 'error: the server doesn\'t have a resource type "foos"'),
    ([], "delete foo/bar", 'error: the server doesn\'t have a resource type "foo"'),
    ([], "get pod nope", 'Error from server (NotFound): pods "nope" not found'),
    (
        [],
        "get pod a b",
        'Error from server (NotFound): pods "a" not found\nError from server (NotFound): pods "b" not found',
    ),
    ([], "scale deploy.apps nope --replicas=1", 'Error from server (NotFound): deployments.apps "nope" not found'),
    ([], "scale sts --all --replicas=1", "error: no objects passed to scale"),
    ([CREATED], "scale sts web --replicas=1 --current-replicas=5", "error: Expected replicas to be 5, was 2"),
    ([CREATED], "scale sts web --replicas=1 --resource-version=1", "error: Expected resource version to be 1, was "),
    ([CREATED], "label pod web-0 app=x", "error: 'app' already has a value (web), and --overwrite is false"),
    (
        [CREATED, line("annotate sts web a=b")],
        "annotate sts web a=c",
        "error: --overwrite is false but found the following declared annotation(s): 'a' already has a value (b)",
    ),
    (
        [line("taint node node-1 a=b:NoSchedule")],
        "taint node node-1 a=c:NoSchedule",
        "error: node node-1 already has a taint(s) with same effect(s) and --overwrite is false",
    ),
    ([], "taint node node-1 a-", 'error: taint "a" not found'),
    ([], "cordon nope", 'Error from server (NotFound): nodes "nope" not found'),
    ([f"create: {config()}"], "create cm a", 'error: failed to create configmap: configmaps "a" already exists'),
    ([], "create ns default", 'Error from server (AlreadyExists): namespaces "default" already exists'),
    ([], "run box --image=box:1 -n none", 'Error from server (NotFound): namespaces "none" not found'),
    ([CREATED], "set env sts/web A=b --containers=x", "error: unable to find container named x"),
    ([CREATED], "rollout status pod/web-0", "error: no status viewer has been implemented for Pod"),
    ([CREATED], "rollout pause sts/web", 'error: statefulsets.apps "web" pausing is not supported'),
    (
        [CREATED],
        "wait pod/web-0 --for=condition=Nope --timeout=1s",
        "error: timed out waiting for the condition on pods/web-0",
    ),
    ([CREATED], "wait pod/web-0 --for=condition=Nope --timeout=0", "error: condition not met for pods/web-0"),
    ([], "wait pod/nope --for=condition=Ready", 'Error from server (NotFound): pods "nope" not found'),
    ([], "wait pods --all --for=condition=Ready", "error: no matching resources found"),
    ([], "wait pod/nope --for=create --timeout=2s", "error: timed out waiting for the condition"),
    (
        [f"create: {config()}"],
        "autoscale cm a --max=2",
        "error: cannot autoscale a ConfigMap: "
        "could not find scale subresource for /v1, Resource=configmaps in discovery information",
    ),
    ([DEPLOYED], "expose pod/nope", 'Error from server (NotFound): pods "nope" not found'),
    ([line("run box --image=box:1")], "expose pod/box", "error: couldn't find port via --port flag or introspection"),
    (
        [line("run box --image=box:1")],
        "drain node-1",
        'error: unable to drain node "node-1" due to error: cannot delete Pods that declare no controller (use --force '
        "to override): default/box, continuing command...\nThere are pending nodes to be drained:\n node-1\n"
        "cannot delete Pods that declare no controller (use --force to override): default/box",
    ),
    (
        [],
        "get pods --field-selector=spec.foo=a",
        'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field '
        'selector "spec.foo=a": field label not supported: spec.foo',
    ),
]

WARNED: list[tuple[list[str], str, str, str]] = [
    ([], "get pods", "", "No resources found in default namespace."),
    ([], "get pods,cm -n team", "", "No resources found in team namespace."),
    ([], "get pods -A", "", "No resources found"),
    ([], "get pv", "", "No resources found"),
    (
        [CREATED],
        "delete pod web-0 --force",
        'pod "web-0" force deleted from default namespace',
        "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
        "The resource may continue to run on the cluster indefinitely.",
    ),
    (
        [line("create ns team")],
        "delete ns team -n default",
        'namespace "team" deleted',
        "Warning: deleting cluster-scoped resources, not scoped to the provided namespace",
    ),
]


@pytest.mark.parametrize(("before", "written", "message"), SAID, ids=[case[1] for case in SAID])
def test_a_line_is_answered_as_kubectl_answers_it(before: list[str], written: str, message: str) -> None:
    outcome = done(*before, then=written)
    assert (outcome.message, outcome.rejected) == (message, None)


@pytest.mark.parametrize(("before", "written", "complaint"), REFUSED, ids=[case[1] for case in REFUSED])
def test_what_cannot_be_done_is_said_as_kubectl_says_it(before: list[str], written: str, complaint: str) -> None:
    rejected = done(*before, then=written).rejected
    assert rejected is not None
    assert rejected.startswith(complaint) if complaint.endswith("was ") else rejected == complaint


@pytest.mark.parametrize(("before", "written", "message", "warning"), WARNED, ids=[case[1] for case in WARNED])
def test_what_is_only_warned_of_is_no_failure(before: list[str], written: str, message: str, warning: str) -> None:
    outcome = done(*before, then=written)
    assert (outcome.message, outcome.warned, outcome.rejected) == (message, warning, None)


def test_every_command_that_is_read_is_played() -> None:
    assert [name for name in WRITTEN if name not in COMMANDS and not name.startswith("create ")] == []
    assert all(command(name) is create for name in WRITTEN if name.startswith("create "))


# How long a command lasts


def test_a_deletion_lasts_until_what_was_deleted_is_gone() -> None:
    steps = (CREATED, line("delete pod web-0") + "\nsettle: false", line("get pod web-0 -o name --ignore-not-found"))
    outcome = played(*steps)
    gone_ms = next(record.time_ms for record in outcome.steps[1].records if record.type == "DELETED")
    assert outcome.steps[1].settled_ms >= gone_ms


def test_a_deletion_that_is_not_waited_for_is_over_at_once() -> None:
    outcome = played(CREATED, line("delete pod web-0 --wait=false") + "\nsettle: false")
    assert outcome.steps[-1].settled_ms - outcome.steps[-1].began_ms < 10


def test_a_status_is_told_at_each_change_until_the_rollout_is_over() -> None:
    outcome = done(DEPLOYED, ROLLED + "\nsettle: false", then="rollout status deploy/shop")
    lines = outcome.message.splitlines()
    assert lines[0].startswith('Waiting for deployment "shop" rollout to finish:') or lines[0].endswith("observed...")
    assert lines[-1] == 'deployment "shop" successfully rolled out'


def test_a_status_that_is_not_watched_is_told_once() -> None:
    outcome = done(DEPLOYED, ROLLED + "\nsettle: false", then="rollout status deploy/shop --watch=false")
    assert len(outcome.message.splitlines()) == 1


def test_a_command_that_never_ends_is_interrupted_at_the_end_of_its_step() -> None:
    broken = "kubectl: set image sts/web c=broken:1\nsettle: false"
    cluster = "nodes: 1, images: {'broken:1': {pull: nope}}"
    outcome = last(CREATED, broken, line("rollout status sts/web") + "\nfor: 1m", cluster=cluster)
    assert outcome.rejected == "interrupted after 1m0s"
    assert outcome.settled_ms - outcome.began_ms == 60_003


def test_a_wait_ends_as_soon_as_its_condition_is_met() -> None:
    outcome = last(f"{CREATED}\nsettle: false", line("wait pod --all --for=condition=Ready --timeout=1m"))
    assert outcome.settled_ms - outcome.began_ms < 5_000
    assert outcome.message.startswith("pod/web-0 condition met")


def test_a_command_that_only_asks_is_not_followed_by_a_wait_for_quiet() -> None:
    outcome = done(CREATED, then="get pods")
    assert (outcome.reason, outcome.records) == (NOT_AWAITED, ())
    assert outcome.settled_ms - outcome.began_ms < 10


def test_a_grace_period_of_nothing_is_a_second_unless_it_is_forced() -> None:
    outcome = played(
        f"create: {web('1').replace('Seconds: 1', 'Seconds: 30')}", line("delete pod web-0 --grace-period=0")
    )
    going = next(record for record in outcome.steps[-1].records if record.subject.kind == "Pod")
    assert going.subject.metadata.deletion_grace_period_seconds == 1
