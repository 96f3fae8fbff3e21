"""A scenario that is written reads back as the same scenario."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ScenarioErrors
from harness.objects import resources
from harness.scenario.model import (
    Action,
    Apply,
    ClusterSettings,
    Create,
    Delete,
    ImageBehaviour,
    Images,
    Label,
    Manifest,
    NodeSettings,
    Patch,
    Scale,
    Scenario,
    SetImage,
    Step,
    TaintSetting,
    Target,
    Wait,
    numbered_nodes,
    without_places,
)
from harness.scenario.reading import parse_scenario
from harness.scenario.targets import target_named
from harness.scenario.writing import to_yaml

EVERYTHING = """\
description: Everything that can be written.
marks: [slow, {xfail: "no"}]
cluster:
  start: "2026-02-01T00:00:00.500Z"
  quiet: 4s
  capacity: {cpu: 2, gpu: 1}
  nodes: [{name: a, labels: {on: "1e3"}, taints: ["k=v:NoSchedule"], capacity: {cpu: 500m}},
    {name: b, paths: {/.snapshots: missing}}]
  images: {app: {size: 350Mi, pull: "off", pullTime: 1s, startTime: 0s, ready: never, live: 1s, start: 2s, exit: 0,
    after: 3s, stop: never, stopExit: 3, run: "null", postStart: fails, preStop: 70s, log: ["y", "0o7"]}, quiet: {}}
  provisioners: [example.com/nfs]
  flags: {enable-hostpath-provisioner: true, pvclaimbinder-sync-period: 15s, node-monitor-grace-period: 0}
golden: {kinds: [sts, Pod], ignore: [metadata.labels]}
steps:
- apply: &pod {apiVersion: v1, kind: Pod, metadata: {name: a},
    spec: {on: "on", mode: 0777, f: 1.5, text: "a\\nb\\n", "<<": "="}}
  serverSide: true
  namespace: team
- create: [*pod, {apiVersion: v1, kind: List, items: [*pod, *pod]}]
- delete: sts/a
  cascade: orphan
  gracePeriod: 0
- delete: [pod/a, pv/b]
- delete: pods
  selector: app=x
- delete: *pod
- {scale: sts/a, replicas: -1, for: 1m1s, settle: false, rejected: true}
- {patch: sts/a, partition: 0}
- {patch: sts/a, with: {spec: {replicas: null}}, type: merge, subresource: status}
- {patch: sts/a, with: [{op: test, path: /x, value: no}], type: json}
- {patch: sts/a, with: {}}
- {setImage: deploy/a, images: {"*": "a:v1"}}
- {rollout: undo, of: sts/a, toRevision: 3}
- {label: pod/a, set: {a: b, c: null}}
- {annotate: pod/a, set: {a: "null"}}
- {taint: node-1, set: ["k=v:NoSchedule", "k-", "k:NoExecute-"]}
- cordon: node/node-1
- paths: node/node-1
  set: {/mnt/disks/ssd1: blockDevice}
- uncordon: node-1
- drain: node-1
- evict: pod/a
- {fail: pod/a, container: c, exit: 0}
- fail: provisioner/example.com/nfs
- recover: node/node-1
- images: {app: {}, other: {ready: 0s}}
- {load: sts/a, cpu: 80%, memory: 1Gi, metrics: {queue: 5}}
- wait: 1h1ms
- kubectl: get pods -o wide
- expect:
  - {kind: Pod, apiVersion: v1, metadata: {name: a, namespace: team}, spec: {x: yes}}
  - {kind: Node, metadata: {name: node-1}}
  - absent: pvc/x
  - {event: {object: sts/a, reason: R, message: "…"}, ever: true}
  - order: [pod/a deleted, pod/b ready]
  - {count: sts, selector: app=x, where: ready, is: 0}
  - {count: pods, atLeast: 1, atMost: 2}
  - {dns: a.b, resolves: []}
  - {from: pod/a, to: svc/b, port: 80, allowed: false}
  - {url: "http://a/", serves: svc/a}
  - {url: "http://a/", serves: null}
  - never: {always: {absent: pod/a}}
  namespace: team
"""


def test_a_scenario_with_everything_reads_back_equal() -> None:
    scenario = parse_scenario(EVERYTHING)
    again = parse_scenario(to_yaml(scenario))
    assert without_places(again) == without_places(scenario)
    assert to_yaml(again) == to_yaml(scenario)


def test_what_is_default_is_not_written() -> None:
    scenario = Scenario(steps=(Step(action=Wait(duration_ms=90_000)),))
    assert to_yaml(scenario) == "steps:\n- wait: 1m30s\n"


def test_a_target_built_in_python_is_written_by_its_full_name() -> None:
    statefulset = resources.find("sts")
    assert statefulset is not None
    built = Scale(target=Target(resource=statefulset, name="web"), replicas=1)
    assert "scale: statefulset.apps/web" in to_yaml(Scenario(steps=(Step(action=built),)))


def test_a_target_needs_a_known_kind() -> None:
    with pytest.raises(ValueError, match="names no object"):
        target_named("stss/web")


# Texts that one set of rules or the other takes for something else, and any text at all.
_TEXT = st.sampled_from(
    ["on", "y", "0777", "0o7", "1e3", "1_0", "null", "~", "", "<<", "=", "a: b", "#", "2026-01-01", " x", "x\n"]
)
_TEXT |= st.text(
    alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\r\x85\u2028\u2029"), max_size=12
)
_SCALAR = _TEXT | st.booleans() | st.none() | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0.5, -1e-7, 1e300])
_DATA = st.dictionaries(
    _TEXT, st.recursive(_SCALAR, lambda inner: st.lists(inner, max_size=3), max_leaves=5), max_size=3
)
_NAME = st.from_regex(r"[a-z]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True)
_TARGET = st.builds(lambda word, name: target_named(f"{word}/{name}"), st.sampled_from(["sts", "deploy", "pod"]), _NAME)
_MANIFEST = st.builds(
    lambda name, data: Manifest(
        documents=({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data},)
    ),
    _NAME,
    _DATA,
)
_PROBE = st.none() | st.just("never") | st.integers(0, 10**7)
_HOOK = st.sampled_from(["never", "fails"]) | st.integers(0, 10**7)
_BEHAVIOUR = st.builds(
    ImageBehaviour, ready=_PROBE, live=_PROBE, pull=_NAME, stop_exit=st.integers(0, 255), run=_NAME, pre_stop=_HOOK
)
_WORD = _TEXT.filter(lambda text: text.strip() != "")
_ACTION: st.SearchStrategy[Action] = st.one_of(
    st.builds(Apply, manifests=st.lists(_MANIFEST, min_size=1, max_size=2).map(tuple), server_side=st.booleans()),
    st.builds(Create, manifests=st.tuples(_MANIFEST)),
    st.builds(
        Delete,
        targets=st.lists(_TARGET, min_size=1, max_size=2).map(tuple),
        grace_period_seconds=st.none() | st.just(0),
    ),
    st.builds(Scale, target=_TARGET, replicas=st.integers(-(2**31), 2**31 - 1)),
    st.builds(Patch, target=_TARGET, body=_DATA, type=st.sampled_from(["strategic", "merge"])),
    st.builds(SetImage, target=_TARGET, images=st.dictionaries(_WORD, _WORD, min_size=1, max_size=2)),
    st.builds(Label, target=_TARGET, set=st.dictionaries(_WORD, _TEXT | st.none(), min_size=1, max_size=2)),
    st.builds(Images, behaviours=st.dictionaries(_WORD, _BEHAVIOUR, min_size=1, max_size=2)),
    st.builds(Wait, duration_ms=st.integers(0, 10**9)),
)
_NODE = st.builds(
    NodeSettings,
    name=_NAME,
    taints=st.lists(st.builds(TaintSetting, key=_NAME, effect=st.just("NoExecute")), max_size=1).map(tuple),
)
_NODES = st.integers(0, 4).map(numbered_nodes) | st.lists(_NODE, max_size=2, unique_by=lambda node: node.name).map(
    tuple
)
# `settle` means nothing beside `wait`
_STEP = st.builds(
    lambda action, settle: Step(action=action, settle=settle or action.verb == "wait"), _ACTION, st.booleans()
)
_SCENARIO = st.builds(
    Scenario,
    description=_NAME,
    cluster=st.builds(ClusterSettings, nodes=_NODES, quiet_ms=st.integers(0, 10**6)),
    steps=st.lists(_STEP, min_size=1, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(_SCENARIO)
def test_a_scenario_built_in_python_reads_back_equal(scenario: Scenario) -> None:
    assert without_places(parse_scenario(to_yaml(scenario))) == without_places(scenario)


_TOKENS = st.sampled_from(
    ["on", "0777", "null", "[]", "{}", "- ", ": ", "&a ", "*pod", "!!int ", "\t", "'", "\0", "\n", "---\n"]
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.integers(0, len(EVERYTHING)), st.integers(0, 12), _TOKENS)
def test_a_mangled_scenario_is_read_or_complained_about(start: int, length: int, token: str) -> None:
    mangled = EVERYTHING[:start] + token + EVERYTHING[start + length :]
    try:
        scenario = parse_scenario(mangled)
    except ScenarioErrors:
        return
    assert without_places(parse_scenario(to_yaml(scenario))) == without_places(scenario)
