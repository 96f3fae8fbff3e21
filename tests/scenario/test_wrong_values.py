"""Values that no cluster and no kubectl would take: each is refused while the scenario is read, at its place."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from harness.control.flags import duration_ms, is_on
from harness.errors import ScenarioErrors
from harness.scenario.flags import FLAGS
from harness.scenario.model import Count, Delete, Expect, Scale, Wait
from harness.scenario.reading import parse_scenario

FILE = "scenarios/wrong.yaml"
WAIT = "\nsteps: [{wait: 1s}]\n"


class Mistake(NamedTuple):
    """What is wrong; the text; where it is complained about, as line:column; words that the complaint has."""

    what: str
    text: str
    place: str
    words: tuple[str, ...]


def flags(written: str) -> str:
    return f"cluster: {{flags: {{{written}}}}}{WAIT}"


def nodes(written: str) -> str:
    return f"cluster: {{nodes: {written}}}{WAIT}"


FLAG_MISTAKES = [
    Mistake("no duration", flags("pvclaimbinder-sync-period: abc"), "1:46", ('"abc"', "a duration such as")),
    Mistake("no unit", flags("pvclaimbinder-sync-period: 15"), "1:46", ("number 15", 'did you mean "15s"?')),
    Mistake("a negative period", flags("pvclaimbinder-sync-period: -5s"), "1:46", ('"-5s"', "a duration such as")),
    Mistake("a period of nothing", flags("pvclaimbinder-sync-period: 0s"), "1:46", ('"0s"', "longer than 0")),
    Mistake("a truth for a period", flags("pvclaimbinder-sync-period: true"), "1:46", ("found true", "a duration")),
    Mistake("a list for a period", flags("node-monitor-grace-period: [5s]"), "1:46", ("a list", "a duration")),
    Mistake("a period of centuries", flags("node-monitor-grace-period: 99999h"), "1:46", ("at most 17520h",)),
    Mistake("a word for a switch", flags("enable-hostpath-provisioner: maybe"), "1:48", ('"maybe"', "true or false")),
    Mistake("a number for a switch", flags("enable-hostpath-provisioner: 1"), "1:48", ("number 1", "true or false")),
    Mistake(
        "a flag like a known one",
        flags("pvclaimbinder-sync-perod: 15s"),
        "1:19",
        ('the key "pvclaimbinder-sync-perod" in the flags', 'did you mean "pvclaimbinder-sync-period"?'),
    ),
    Mistake("leading dashes", flags("--pvclaimbinder-sync-period: 2s"), "1:19", ('mean "pvclaimbinder-sync-period"?',)),
    Mistake("a flag like no other", flags("zzz: 1"), "1:19", ('"zzz"', "node-monitor-grace-period", "enable-hostpath")),
]

CLUSTER_MISTAKES = [
    Mistake("an amount in words", f"cluster: {{capacity: {{cpu: lots}}}}{WAIT}", "1:27", ('"lots"', "a quantity")),
    Mistake("no amount", f"cluster: {{capacity: {{cpu: null}}}}{WAIT}", "1:27", ("found nothing", "a quantity")),
    Mistake(
        "a probe without a unit", f"cluster: {{images: {{a: {{ready: 5}}}}}}{WAIT}", "1:31", ('did you mean "5s"?',)
    ),
    Mistake("a negative amount", f"cluster: {{capacity: {{cpu: -3}}}}{WAIT}", "1:27", ("number -3", "at least 0")),
    Mistake("an unknown suffix", nodes("[{name: a, capacity: {memory: 5Gigs}}]"), "1:48", ('"5Gigs"', "500m or 32Gi")),
    Mistake("a name with capitals", nodes('[{name: "My Node!"}]'), "1:26", ('"My Node!"', "lower-case", "node-1")),
    Mistake("a name too long", nodes(f"[{{name: {'a' * 254}}}]"), "1:26", ("at most 253",)),
    Mistake("a node twice", nodes("[{name: a}, {name: b}, {name: a}]"), "1:41", ('"a"', "twice")),
    Mistake(
        "a label's key", nodes('[{name: a, labels: {"bad key!": x}}]'), "1:38", ('"bad key!"', "the key of a label")
    ),
    Mistake("a label's prefix", nodes("[{name: a, labels: {A/b: x}}]"), "1:38", ('"A/b"', "the key of a label")),
    Mistake("a label's value", nodes('[{name: a, labels: {ssd: "x y"}}]'), "1:43", ('"x y"', "the value of a label")),
    Mistake("a label's long value", nodes(f"[{{name: a, labels: {{b: {'x' * 64}}}}}]"), "1:41", ("at most 63",)),
    Mistake("no such thing", nodes("[{name: a, paths: {/d: direktory}}]"), "1:41", ("direktory", 'mean "directory"?')),
    Mistake("a path from here", nodes("[{name: a, paths: {d/e: file}}]"), "1:37", ('"d/e"', 'did you mean "/d/e"?')),
    Mistake("a path with detours", nodes("[{name: a, paths: {/../e/: file}}]"), "1:37", ('"/../e/"', "absolute one")),
    Mistake("a list of paths", nodes("[{name: a, paths: [/d]}]"), "1:36", ("a list", "/mnt/disks/ssd1: missing")),
    Mistake("a taint's key", nodes('[{name: a, taints: ["-k=v:NoExecute"]}]'), "1:38", ('"-k"', "the key of a taint")),
    Mistake("a taint's value", nodes('[{name: a, taints: ["k=-v:NoExecute"]}]'), "1:38", ('"-v"', "value of a taint")),
    Mistake("a taint twice", nodes("[{name: a, taints: ['k=v:NoExecute', 'k:NoExecute']}]"), "1:55", ("k", "twice")),
    Mistake("nodes that are words", nodes("[a]"), "1:19", ('the text "a"', "a node such as {name: node-1}")),
    Mistake("no nodes said", nodes("null"), "1:18", ("found nothing", "a number of nodes", "[{name: node-1}]")),
    Mistake("a number of nodes in quotes", nodes('"3"'), "1:18", ('the text "3"', "a number of nodes", "[{name:")),
    Mistake("a mapping of nodes", nodes("{a: b}"), "1:18", ("a mapping", "a number of nodes", "[{name: node-1}]")),
    Mistake("a start before 1970", f'cluster: {{start: "1600-01-01T00:00:00Z"}}{WAIT}', "1:18", ("1970 and 2200",)),
    Mistake("a start after 2200", f'cluster: {{start: "9999-12-31T23:59:59Z"}}{WAIT}', "1:18", ("1970 and 2200",)),
    Mistake("a start at the end", f'cluster: {{start: "9999-12-31T23:00:00-14:00"}}{WAIT}', "1:18", ("and 2200",)),
    Mistake(
        "a start at the beginning", f'cluster: {{start: "0001-01-01T00:00:00+14:00"}}{WAIT}', "1:18", ("1970 and",)
    ),
    Mistake("a long quiet time", f"cluster: {{quiet: 17521h}}{WAIT}", "1:18", ('"17521h"', "at most 17520h")),
    Mistake(
        "a pull of years", f"cluster: {{images: {{a: {{pullTime: 99999h}}}}}}{WAIT}", "1:34", ('"99999h"', "17520h")
    ),
]

BOUND_MISTAKES = [
    Mistake(
        "a long wait", "steps:\n- wait: 999999999999h\n", "2:9", ('"999999999999h"', "at most 17520h", "two years")
    ),
    Mistake("a long limit", "steps:\n- delete: pod/a\n  for: 20000h\n", "3:8", ("at most 17520h",)),
    Mistake("a late probe", "steps:\n- images: {a: {ready: 20000h}}\n", "2:23", ("at most 17520h",)),
    Mistake("a negative grace period", "steps:\n- delete: pod/a\n  gracePeriod: -1\n", "3:16", ("at least 0",)),
    Mistake("a huge grace period", "steps:\n- delete: pod/a\n  gracePeriod: 2147483648\n", "3:16", ("2147483647",)),
    Mistake("a huge scale", "steps:\n- scale: sts/a\n  replicas: 99999999999\n", "3:13", ("at most 2147483647",)),
    Mistake("a huge partition", "steps:\n- patch: sts/a\n  partition: 99999999999\n", "3:14", ("2147483647",)),
]

SELECTOR_MISTAKES = [
    Mistake("an open list", 'steps:\n- delete: pods\n  selector: "app in (a"\n', "3:13", ('"app in (a"', "found ''")),
    Mistake("signs only", 'steps:\n- delete: pods\n  selector: "===,"\n', "3:13", ('"===,"', "expected: !, ident")),
    Mistake("a value with a bad end", "steps:\n- delete: pods\n  selector: app=-x\n", "3:13", ('"-x"', "of a label")),
    Mistake("a key with a bad end", "steps:\n- delete: pods\n  selector: -app=x\n", "3:13", ('"-app"', "of a label")),
    Mistake("of a count", 'steps:\n- expect: [{count: pods, selector: "a,,b", is: 1}]\n', "2:36", ('"a,,b"', "found")),
    Mistake("a list in a mapping", "steps:\n- delete: pods\n  selector: {app: [a]}\n", "3:19", ("found a list",)),
    Mistake("two values in one", 'steps:\n- delete: pods\n  selector: {app: "a,b"}\n', "3:19", ('"a,b"', "a label")),
    Mistake("no labels", "steps:\n- delete: pods\n  selector: {}\n", "3:13", ("empty mapping", "{app: web}")),
]

QUESTION_MISTAKES = [
    Mistake("a state like one", "steps:\n- expect: [{count: pods, where: redy, is: 1}]\n", "2:33", ('mean "ready"?',)),
    Mistake(
        "a state in capitals", "steps:\n- expect: [{count: pv, where: Bound, is: 1}]\n", "2:31", ('mean "bound"?',)
    ),
    Mistake("no state", "steps:\n- expect: [{count: pods, where: zzz, is: 1}]\n", "2:33", ("terminating", "cordoned")),
    Mistake("what is no state", "steps:\n- expect: [{count: pods, where: created, is: 1}]\n", "2:33", ('"created"',)),
    Mistake("a happening", "steps:\n- expect: [{order: [pod/a delted]}]\n", "2:21", ('"delted"', 'mean "deleted"?')),
    Mistake("two words", "steps:\n- expect: [{order: [pod/a became ready]}]\n", "2:21", ("became", 'mean "ready"?')),
    Mistake("no happening", "steps:\n- expect: [{order: [pod/a zzz]}]\n", "2:21", ("created", "cordoned", "deleted")),
    Mistake("an empty order", "steps:\n- expect: [{order: []}]\n", "2:20", ("empty list", "pod/web-2 deleted")),
    Mistake("no questions", "steps:\n- expect: []\n", "2:11", ("empty list", "at least one question")),
    Mistake("no images", "steps:\n- images: {}\n", "2:11", ("empty mapping", "{ready: 5s}")),
    Mistake("no images to set", "steps:\n- setImage: sts/a\n  images: {}\n", "3:11", ("empty mapping", "broker:1.1")),
    Mistake("no labels to set", "steps:\n- label: pod/a\n  set: {}\n", "3:8", ("empty mapping", "{tier: web")),
    Mistake("no annotations to set", "steps:\n- annotate: pod/a\n  set: {}\n", "3:8", ("empty mapping", "{tier: web")),
    Mistake("no paths to set", "steps:\n- paths: node-1\n  set: {}\n", "3:8", ("empty mapping", "from path to what")),
    Mistake("paths of nothing", "steps:\n- paths: node-1\n", "2:3", ('no "set"',)),
    Mistake("no taints to set", "steps:\n- taint: node-1\n  set: []\n", "3:8", ("empty list", "key=value:NoSchedule")),
]

VERB_MISTAKES = [
    Mistake("small letters", "steps:\n- setimage: sts/a\n", "2:3", ('"setimage"', 'did you mean "setImage"?')),
    Mistake(
        "small letters beside images",
        "steps:\n- images: {a: b}\n  setimage: sts/a\n",
        "3:3",
        ('"setimage"', 'did you mean "setImage"?'),
    ),
    Mistake(
        "a typing error beside images", "steps:\n- setImge: sts/a\n  images: {a: b}\n", "2:3", ('mean "setImage"?',)
    ),
    Mistake("kubectl's word beside images", "steps:\n- image: sts/a\n  images: {a: b}\n", "2:3", ('mean "setImage"?',)),
    Mistake(
        "a wrong verb after its keys", "steps:\n- set: {a: b}\n  labl: sts/a\n", "3:3", ('"labl"', 'mean "label"?')
    ),
    *(
        Mistake(f"{word} for {verb}", f"steps:\n- {word}: sts/a\n", "2:3", (f'"{word}"', f'did you mean "{verb}"?'))
        for word, verb in [
            ("restart", "rollout"),
            ("undo", "rollout"),
            ("pause", "rollout"),
            ("Resume", "rollout"),
            ("sleep", "wait"),
            ("exec", "kubectl"),
            ("run", "kubectl"),
            ("get", "expect"),
            ("assert", "expect"),
            ("check", "expect"),
            ("image", "setImage"),
            ("set", "setImage"),
            ("remove", "delete"),
        ]
    ),
]

SHAPE_MISTAKES = [
    Mistake("a kind to delete", "steps:\n- delete: pods\n", "2:11", ('the kind "pods"', '"selector"', "pods/")),
    Mistake("a merge key of a step", "x: &a {for: 1m}\nsteps:\n- wait: 1s\n  <<: *a\n", "4:3", ('merge key "<<"',)),
    Mistake("a merge key first", "steps:\n- <<: {for: 1m}\n  delete: pod/a\n", "2:3", ('merge key "<<"', "write")),
    Mistake("a merge key of labels", nodes("[{name: a, labels: {<<: {a: b}}}]"), "1:38", ('merge key "<<"',)),
    Mistake("a merge key of the file", f"<<: {{marks: []}}{WAIT}", "1:1", ('merge key "<<"', "manifests")),
    Mistake("a list to scale", "steps:\n- scale: [sts/a]\n  replicas: 1\n", "2:10", ("a list", "such as sts/web")),
    Mistake("a number to delete", "steps:\n- delete: 5\n", "2:11", ("the number 5", "a target such as sts/web")),
    Mistake("a list to cordon", "steps:\n- cordon: [a]\n", "2:11", ("found a list", "a node such as node-1")),
    Mistake("a number to count", "steps:\n- expect: [{count: 5, is: 1}]\n", "2:20", ("number 5", "such as sts, pvc")),
    Mistake("a text to set", "steps:\n- label: pod/a\n  set: tier=web\n", "3:8", ('"tier=web"', "{tier: web")),
    Mistake("a mapping of taints", "steps:\n- taint: a\n  set: {k: v}\n", "3:8", ("a mapping", "key=value:NoSchedule")),
    Mistake("a patch of nothing", "steps:\n- patch: sts/a\n", "2:3", ('neither "with" nor "partition"',)),
    Mistake("a patch of both", "steps:\n- patch: sts/a\n  with: {}\n  partition: 1\n", "2:3", ("not both",)),
]

MISTAKES = [
    *FLAG_MISTAKES,
    *CLUSTER_MISTAKES,
    *BOUND_MISTAKES,
    *SELECTOR_MISTAKES,
    *QUESTION_MISTAKES,
    *VERB_MISTAKES,
    *SHAPE_MISTAKES,
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.what for mistake in MISTAKES])
def test_a_value_nobody_takes_is_refused_at_its_place(mistake: Mistake) -> None:
    with pytest.raises(ScenarioErrors) as raised:
        parse_scenario(mistake.text, FILE)
    # An anchor's own key is a second mistake, and none of this test's.
    first = next(str(one) for one in raised.value.complaints if 'the key "x"' not in str(one))

    assert first.startswith(f"{FILE}:{mistake.place}: ")
    assert [word for word in mistake.words if word not in first] == []


@pytest.mark.parametrize(
    "text",
    [
        f'cluster: {{start: "1970-01-01T00:00:00Z"}}{WAIT}',
        f"cluster: {{provisioners: [anything.example.com/at-all]}}{WAIT}",
        f"cluster: {{capacity: {{cpu: 0, memory: 1.5Gi, example.com/gpu: 1e3}}}}{WAIT}",
        nodes('[{name: a.b-1, labels: {example.com/a_b: "", x: v1.0_a}}]'),
        "steps:\n- delete: pods\n  selector: a in (x,),!b,c!=d,e\n",
    ],
)
def test_a_value_at_the_edge_is_taken(text: str) -> None:
    assert parse_scenario(text, FILE).steps


def test_the_longest_duration_is_two_years() -> None:
    assert parse_scenario("steps: [{wait: 17520h}]\n").steps[0].action == Wait(duration_ms=63_072_000_000)


@pytest.mark.parametrize("replicas", [-(2**31), -1, 2**31 - 1])
def test_a_scale_within_32_bits_is_left_to_the_api(replicas: int) -> None:
    action = parse_scenario(f"steps:\n- scale: sts/a\n  replicas: {replicas}\n").steps[0].action
    assert isinstance(action, Scale) and action.replicas == replicas


def test_labels_as_a_mapping_and_as_a_text_are_the_same_selector() -> None:
    first, second = parse_scenario(
        "steps:\n- delete: pods\n  selector: {app: a, tier: b}\n"
        '- expect: [{count: pods, selector: "app=a,tier=b", is: 0}]\n'
    ).steps
    assert isinstance(first.action, Delete) and isinstance(second.action, Expect)
    (question,) = second.action.questions
    assert isinstance(question, Count) and question.selector == first.action.selector


@pytest.mark.parametrize("written", ["2s", "1m30s", "1.5h", ".5s", "1000us", "17520h", '"2s"'])
def test_a_period_that_was_read_is_one_that_the_controller_can_read(written: str) -> None:
    given = parse_scenario(flags(f"pvclaimbinder-sync-period: {written}")).cluster.flags
    assert duration_ms(given, "pvclaimbinder-sync-period", 15_000) > 0


@pytest.mark.parametrize("written", ["true", "false"])
def test_a_switch_that_was_read_is_one_that_the_controller_can_read(written: str) -> None:
    given = parse_scenario(flags(f"enable-hostpath-provisioner: {written}")).cluster.flags
    assert is_on(given, "enable-hostpath-provisioner") is (written == "true")


def test_flags_are_known_by_name() -> None:
    assert sorted(FLAGS) == [
        "disable-force-detach-on-timeout",
        "enable-hostpath-provisioner",
        "node-monitor-grace-period",
        "pvclaimbinder-sync-period",
        "resource-quota-sync-period",
    ]
