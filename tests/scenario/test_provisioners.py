"""The provisioners of a cluster, as they are written, read, written back and refused."""

from __future__ import annotations

import pytest

from harness.errors import ScenarioErrors
from harness.scenario.model import Fail, ProvisionerSettings, without_places
from harness.scenario.reading import parse_scenario
from harness.scenario.writing import to_yaml

FILE = "scenarios/wrong.yaml"
A_PROVISIONER = "expected the name of a provisioner, or a mapping such as {name: csi.example.com, style: csi}"


def scenario(written: str) -> str:
    return f"cluster: {{provisioners: {written}}}\nsteps: [{{wait: 1s}}]\n"


def read(written: str) -> tuple[ProvisionerSettings, ...]:
    return parse_scenario(scenario(written)).cluster.provisioners


@pytest.mark.parametrize(
    ("name", "style", "server", "path"),
    [
        ("example.com/nfs", "nfs", "nfs.example.com", "/exports"),
        ("k8s-sigs.io/nfs-subdir-external-provisioner", "nfs", "nfs.example.com", "/exports"),
        ("rancher.io/local-path", "local-path", "", "/opt/local-path-provisioner"),
        ("local-path", "local-path", "", "/opt/local-path-provisioner"),
        ("ebs.csi.aws.com", "csi", "", ""),
        ("csi-hostpath", "csi", "", ""),
        ("example.com/csimple", "nfs", "nfs.example.com", "/exports"),
    ],
)
def test_a_name_suggests_a_style_and_the_style_where_volumes_lie(name: str, style: str, server: str, path: str) -> None:
    (found,) = read(f"[{name}]")
    assert (found.name, found.style, found.server, found.path) == (name, style, server, path)


def test_every_key_is_read() -> None:
    assert read(
        "[{name: a/b, style: nfs, server: filer, path: /srv, createTime: 1s, deleteTime: 2s},"
        " {name: c, style: local-path, path: /data},"
        " {name: d, style: csi, topology: [zone, example.com/rack], attach: false, limit: 25, resize: false,"
        " attachTime: 3s}]"
    ) == (
        ProvisionerSettings(
            name="a/b", style="nfs", server="filer", path="/srv", create_time_ms=1_000, delete_time_ms=2_000
        ),
        ProvisionerSettings(name="c", style="local-path", path="/data"),
        ProvisionerSettings(
            name="d",
            style="csi",
            topology=("zone", "example.com/rack"),
            attach=False,
            limit=25,
            resize=False,
            attach_time_ms=3_000,
        ),
    )


def test_a_style_that_is_said_counts_for_more_than_the_name() -> None:
    (found,) = read("[{name: csi.example.com, style: nfs}]")
    assert (found.style, found.server) == ("nfs", "nfs.example.com")


@pytest.mark.parametrize(
    "written",
    [
        "[example.com/nfs, rancher.io/local-path, ebs.csi.aws.com]",
        "[{name: csi.example.com, style: nfs}]",
        "[{name: a/b, server: filer, path: /srv, createTime: 0s, deleteTime: 1m}]",
        "[{name: a, style: local-path, path: /data}]",
        "[{name: ebs.csi.aws.com, topology: [zone], attach: false, limit: 1, resize: false, attachTime: 1ms}]",
        "[]",
    ],
)
def test_what_is_written_back_reads_the_same(written: str) -> None:
    given = parse_scenario(scenario(written))
    assert without_places(parse_scenario(to_yaml(given))) == without_places(given)


def test_what_goes_without_saying_is_not_written() -> None:
    text = to_yaml(parse_scenario(scenario("[{name: example.com/nfs, style: nfs, server: nfs.example.com}]")))
    assert "provisioners:\n  - example.com/nfs\n" in text


def test_a_provisioner_may_fail_with_a_message() -> None:
    text = "steps:\n- fail: provisioner/ebs.csi.aws.com\n  message: quota exceeded\n"
    (step,) = parse_scenario(text).steps
    assert isinstance(step.action, Fail)
    assert step.action.message == "quota exceeded"
    assert without_places(parse_scenario(to_yaml(parse_scenario(text)))) == without_places(parse_scenario(text))


@pytest.mark.parametrize(
    ("what", "text", "place", "words"),
    [
        ("no list", scenario("a/b"), "1:25", ["expected a list of provisioners"]),
        ("a number", scenario("[5]"), "1:26", ["found the number 5", A_PROVISIONER]),
        ("a list", scenario("[[a/b]]"), "1:26", ["found a list", A_PROVISIONER]),
        ("no name", scenario("[{style: nfs}]"), "1:26", ['has no "name"']),
        ("an unknown key", scenario("[{name: a/b, sever: x}]"), "1:38", ['the key "sever"', 'did you mean "server"?']),
        ("an unknown style", scenario("[{name: a/b, style: nsf}]"), "1:45", ['"nsf"', 'did you mean "nfs"?']),
        ("a relative path", scenario("[{name: a/b, path: exports}]"), "1:44", ["a path that begins with /"]),
        (
            "a key of another style",
            scenario("[{name: a/b, limit: 3}]"),
            "1:38",
            ['found "limit" for a provisioner of style nfs, which has none'],
        ),
        ("a server of a driver", scenario("[{name: a.csi.b, server: x}]"), "1:42", ['"server"', "of style csi"]),
        ("a limit of none", scenario("[{name: a.csi.b, limit: 0}]"), "1:49", ["number 0", "at least 1"]),
        ("a word for a truth", scenario("[{name: a.csi.b, attach: maybe}]"), "1:50", ['"maybe"', "true or false"]),
        ("no duration", scenario("[{name: a/b, createTime: 5}]"), "1:50", ["number 5", 'did you mean "5s"?']),
        ("a wrong label", scenario('[{name: a.csi.b, topology: ["-x"]}]'), "1:53", ['"-x"', "the key of a label"]),
        ("twice the same", scenario("[a/b, {name: a/b, path: /x}]"), "1:31", ['the provisioner "a/b" is there twice']),
        (
            "part of Kubernetes",
            scenario("[kubernetes.io/host-path]"),
            "1:26",
            ['found the provisioner "kubernetes.io/host-path"', "needs no entry"],
        ),
        ("no name at all", scenario('["a b"]'), "1:26", ['found the provisioner "a b"']),
        (
            "a driver with a slash",
            scenario("[example.com/csi]"),
            "1:26",
            ['found the provisioner "example.com/csi"', "the name of a CSI driver such as csi.example.com"],
        ),
        ("a driver too long", scenario(f"[{{name: {'a' * 64}, style: csi}}]"), "1:33", ["at most 63"]),
        ("a driver in capitals", scenario("[{style: csi, name: EBS.example.com}]"), "1:45", ["in small letters"]),
        (
            "a message of a node",
            "steps:\n- fail: node/node-1\n  message: no power\n",
            "2:3",
            ['found "message" for a node, expected it for a provisioner only'],
        ),
    ],
)
def test_a_wrong_provisioner_is_refused_at_its_place(what: str, text: str, place: str, words: list[str]) -> None:
    with pytest.raises(ScenarioErrors) as raised:
        parse_scenario(text, FILE)
    first = str(raised.value.complaints[0])
    assert first.startswith(f"{FILE}:{place}: "), what
    assert [word for word in words if word not in first] == []
