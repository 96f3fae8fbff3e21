"""Whether the network policies let traffic through, and which of them decides.

Owns what a NetworkPolicy means. Mirrors the API's own definition (k8s.io/api networking/v1, NetworkPolicySpec) as a
network plugin that enforces it would: policies only ever allow, and a pod that none selects is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple, TypeAlias

from harness.network.view import HEADLESS, View, is_usable
from harness.objects.networking import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from harness.objects.pod import Pod
from harness.objects.pods import port_named
from harness.objects.selector import matches
from harness.objects.service import Service, ServicePort

End: TypeAlias = Pod | str
"""One end of the traffic: a pod, or an address outside the cluster."""

INGRESS = "Ingress"
EGRESS = "Egress"


class Verdict(NamedTuple):
    """Whether traffic passes, and why in a sentence; None where it passes to some endpoints of a service only."""

    allowed: bool | None
    why: str


class Traffic(NamedTuple):
    """One connection: from where, to where, and to which port of it."""

    source: End
    to: End
    port: int
    protocol: str


def reaches_service(source: End, service: Service, port: int | str, protocol: str, view: View) -> Verdict:
    """Whether traffic to a port of the service reaches the endpoints that are ready."""
    name = service.metadata.name
    if service.spec.type == "ExternalName":
        return Verdict(False, f"service/{name} is an alias, and has no endpoints")
    wanted = next(
        (one for one in service.spec.ports if port in (one.port, one.name) and one.protocol == protocol), None
    )
    if wanted is None and not (service.spec.cluster_ip == HEADLESS and isinstance(port, int)):
        listed = ", ".join(f"{one.port}/{one.protocol}" for one in service.spec.ports) or "no port"
        return Verdict(False, f"service/{name} has no port {port}/{protocol}; it has {listed}")
    verdicts = sorted(
        (_told(to), reaches(Traffic(source, to, number, protocol), view))
        for to, number in _ready_ends(service, wanted, port, view)
    )
    if not verdicts:
        return Verdict(False, f"service/{name} has no ready endpoint")
    passes = [to for to, verdict in verdicts if verdict.allowed]
    if passes and len(passes) < len(verdicts):
        stopped, why = next((to, verdict.why) for to, verdict in verdicts if not verdict.allowed)
        return Verdict(None, f"{', '.join(passes)} can be reached, but not {stopped}: {why}")
    return verdicts[0][1]


def _ready_ends(service: Service, wanted: ServicePort | None, port: int | str, view: View) -> Iterator[tuple[End, int]]:
    """The endpoints of a service that are ready, and where traffic for its port arrives at each."""
    headless = service.spec.cluster_ip == HEADLESS
    for found in view.slices(service):
        if headless or wanted is None:
            # Nothing stands before the pods of a headless service that could translate the port.
            number = wanted.port if wanted is not None else int(port)
        else:
            number = next((one.port or 0 for one in found.ports if (one.name or "") == wanted.name), 0)
        for endpoint in found.endpoints if number else ():
            target = endpoint.target_ref
            pod = view.pod(target.namespace, target.name) if target is not None and target.kind == "Pod" else None
            if is_usable(endpoint):
                yield (pod if pod is not None else endpoint.addresses[0]), number


def reaches(traffic: Traffic, view: View) -> Verdict:
    """Whether the policies of both ends let the connection through."""
    source, to = traffic.source, traffic.to
    if isinstance(source, Pod) and isinstance(to, Pod) and source.metadata.uid == to.metadata.uid:
        return Verdict(True, "a pod always reaches itself")
    leaving = _one_way(EGRESS, source, to, traffic, view)
    if not leaving.allowed:
        return leaving
    entering = _one_way(INGRESS, to, source, traffic, view)
    return entering if not entering.allowed else Verdict(True, f"{leaving.why}; {entering.why}")


def _one_way(direction: str, own: End, peer: End, traffic: Traffic, view: View) -> Verdict:
    """Whether the policies of one end, which count in one direction, let traffic with the other end through."""
    word = "leave" if direction == EGRESS else "enter"
    if not isinstance(own, Pod):
        return Verdict(True, f"{own} is outside the cluster")
    if own.spec.host_network:
        return Verdict(True, f"{_told(own)} is in its node's network, where no policy counts")
    policies = [
        policy
        for policy in view.listed("networkpolicy", own.metadata.namespace)
        if direction in policy.spec.policy_types and matches(policy.spec.pod_selector, own.metadata.labels)
    ]
    if not policies:
        return Verdict(True, f"no policy says what may {word} {_told(own)}")
    for policy in policies:
        if any(_passes(policy, rule, _peers(rule), peer, traffic, view) for rule in _rules(policy, direction)):
            return Verdict(True, f"netpol/{policy.metadata.name} lets it {word} {_told(own)}")
    names = ", ".join(f"netpol/{policy.metadata.name}" for policy in policies)
    verb = "does" if len(policies) == 1 else "do"
    return Verdict(False, f"{names} {verb} not let it {word} {_told(own)}")


def _told(end: End) -> str:
    if isinstance(end, str):
        return end
    place = "" if end.metadata.namespace == "default" else f" in {end.metadata.namespace}"
    return f"pod/{end.metadata.name}{place}"


def _rules(policy: NetworkPolicy, direction: str) -> Sequence[Any]:
    return policy.spec.egress if direction == EGRESS else policy.spec.ingress


def _peers(rule: Any) -> Sequence[NetworkPolicyPeer]:
    found: Sequence[NetworkPolicyPeer] = rule.to if hasattr(rule, "to") else rule.from_
    return found


def _passes(
    policy: NetworkPolicy,
    rule: Any,
    peers: Sequence[NetworkPolicyPeer],
    peer: End,
    traffic: Traffic,
    view: View,
) -> bool:
    """Whether one rule allows it: one of its peers and one of its ports, where none listed means any."""
    if rule.ports and not any(_is_port(port, traffic) for port in rule.ports):
        return False
    return not peers or any(_is_peer(each, peer, policy.metadata.namespace, view) for each in peers)


def _is_port(wanted: NetworkPolicyPort, traffic: Traffic) -> bool:
    if (wanted.protocol or "TCP") != traffic.protocol:
        return False
    if wanted.port is None:
        return True
    if isinstance(wanted.port, str):
        return port_number(traffic.to, wanted.port, traffic.protocol) == traffic.port
    last = wanted.end_port if wanted.end_port is not None else wanted.port
    return wanted.port <= traffic.port <= last


def port_number(end: End, name: str, protocol: str) -> int | None:
    """The number of a pod's port of that name; None if it has no such port."""
    return port_named(end, name, protocol) if isinstance(end, Pod) else None


def _is_peer(wanted: NetworkPolicyPeer, peer: End, namespace: str, view: View) -> bool:
    if wanted.ip_block is not None:
        return _is_in_block(wanted.ip_block, peer if isinstance(peer, str) else peer.status.pod_ip)
    if not isinstance(peer, Pod) or peer.spec.host_network:
        return False
    home = peer.metadata.namespace
    if wanted.namespace_selector is None:
        if home != namespace:
            return False
    elif not matches(wanted.namespace_selector, view.labels_of_namespace(home)):
        return False
    return wanted.pod_selector is None or matches(wanted.pod_selector, peer.metadata.labels)


def _is_in_block(block: IPBlock, address: str) -> bool:
    if not address:
        return False
    try:
        return _is_inside(block.cidr, address) and not any(_is_inside(cidr, address) for cidr in block.except_)
    except ValueError:
        return False


def _is_inside(cidr: str, address: str) -> bool:
    return ip_address(address) in ip_network(cidr, strict=False)
