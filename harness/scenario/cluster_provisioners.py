"""The external provisioners of a cluster: a name, or a name and what the provisioner is like.

Owns their keys, which style a name suggests, and what goes without saying for each style. What a provisioner does is
known elsewhere.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from harness.scenario.complaints import quoted
from harness.scenario.labels import refuse_wrong_key
from harness.scenario.model import ProvisionerSettings, Style
from harness.scenario.names import wrong_with_key, wrong_with_name
from harness.scenario.nodes import Mapping, Node
from harness.scenario.schema import Key, Keys, Reading, list_of, mapping, read_all, read_keys, sequence
from harness.scenario.values import choice, duration_ms, text, truth, whole

NFS: Final = "nfs"
LOCAL_PATH: Final = "local-path"
CSI: Final = "csi"
_STYLES: tuple[Style, ...] = (NFS, LOCAL_PATH, CSI)
_IN_TREE = "kubernetes.io/"
_LONGEST_DRIVER = 63

_A_PROVISIONER = "the name of a provisioner, or a mapping such as {name: csi.example.com, style: csi}"
_A_PATH = "a path that begins with /"
_ANY = ("name", "style", "createTime", "deleteTime")
# What stands beside the name, by style.
_KEYS_OF: dict[Style, tuple[str, ...]] = {
    NFS: (*_ANY, "server", "path"),
    LOCAL_PATH: (*_ANY, "path"),
    CSI: (*_ANY, "topology", "attach", "limit", "resize", "attachTime"),
}
# (server, path)
_USUAL_PLACE: dict[Style, tuple[str, str]] = {
    NFS: ("nfs.example.com", "/exports"),
    LOCAL_PATH: ("", "/opt/local-path-provisioner"),
    CSI: ("", ""),
}


def style_of(name: str) -> Style:
    """The style that a name suggests: `ebs.csi.aws.com` is a CSI driver, `rancher.io/local-path` what it says."""
    if "csi" in re.split(r"[./-]", name):
        return CSI
    return LOCAL_PATH if name.endswith(LOCAL_PATH) else NFS


def usual_provisioner(name: str, style: Style | None = None) -> ProvisionerSettings:
    """The provisioner of that name of which nothing else is said."""
    style = style or style_of(name)
    server, path = _USUAL_PLACE[style]
    return ProvisionerSettings(name=name, style=style, server=server, path=path)


def _name(node: Node, reading: Reading) -> str:
    written = text(node, reading)
    if written.startswith(_IN_TREE):
        what = "an external one such as example.com/nfs; what is part of Kubernetes needs no entry"
        reading.refuse(node, f"found the provisioner {quoted(written)}, expected {what}")
    expected = wrong_with_key(written.lower())
    if expected is not None:
        reading.refuse(node, f"found the provisioner {quoted(written)}, expected {expected}")
    return written


def _path(node: Node, reading: Reading) -> str:
    written = text(node, reading, _A_PATH)
    if not written.startswith("/"):
        reading.expected(node, _A_PATH)
    return written


def _label(node: Node, reading: Reading) -> str:
    written = text(node, reading)
    refuse_wrong_key(written, node, reading)
    return written


_KEYS: Keys = {
    "name": Key("name", _name, required=True),
    "style": Key("style", choice(*_STYLES)),
    "server": Key("server", text),
    "path": Key("path", _path),
    "topology": Key("topology", list_of(_label, "a list of node labels such as [topology.kubernetes.io/zone]")),
    "attach": Key("attach", truth),
    "limit": Key("limit", whole(1, 2**31 - 1)),
    "resize": Key("resize", truth),
    "createTime": Key("create_time_ms", duration_ms),
    "deleteTime": Key("delete_time_ms", duration_ms),
    "attachTime": Key("attach_time_ms", duration_ms),
}


def _provisioner(node: Node, reading: Reading) -> ProvisionerSettings:
    if not isinstance(node, Mapping):
        text(node, reading, _A_PROVISIONER)
        alone = usual_provisioner(_name(node, reading))
        _refuse_wrong_driver(alone.style, alone.name, node, reading)
        return alone
    fields: dict[str, Any] = read_keys(mapping(node, reading, _A_PROVISIONER), _KEYS, reading, "a provisioner")
    name = fields.pop("name")
    style = fields.pop("style", None) or style_of(name)
    _refuse_wrong_driver(style, name, next(value for key, value in node.entries if key.text == "name"), reading)
    for key, _ in node.entries:
        if key.text not in _KEYS_OF[style]:
            reading.refuse(key, f"found {quoted(key.text)} for a provisioner of style {style}, which has none")
    usual = usual_provisioner(name, style)
    return msgspec.structs.replace(usual, **fields)


def _refuse_wrong_driver(style: Style, name: str, node: Node, reading: Reading) -> None:
    """Refuses what cannot be the name of a CSI driver, which is an object of the cluster."""
    if style == CSI and (wrong_with_name(name) is not None or len(name) > _LONGEST_DRIVER):
        what = (
            "the name of a CSI driver such as csi.example.com, in small letters without a slash, "
            f"at most {_LONGEST_DRIVER} characters"
        )
        reading.refuse(node, f"found the provisioner {quoted(name)}, expected {what}")


def provisioners(node: Node, reading: Reading) -> tuple[ProvisionerSettings, ...]:
    items = sequence(node, reading, "a list of provisioners").items
    read = read_all(items, _provisioner, reading)
    seen: set[str] = set()
    for item, one in zip(items, read, strict=True):
        if one.name in seen:
            reading.refuse(item, f"the provisioner {quoted(one.name)} is there twice")
        seen.add(one.name)
    return read
