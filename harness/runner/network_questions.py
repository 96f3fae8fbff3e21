"""The questions about the network: what a name resolves to, whether traffic passes, what serves a URL.

Owns how their answers are told. What the network would do is decided in `harness.network`.
"""

from __future__ import annotations

from harness.network import names, policies, routes
from harness.network.policies import End, Traffic, Verdict
from harness.network.view import Lookup, Record, View
from harness.scenario.model import Dns, Reachable, Target, Url


def answered(question: Dns | Reachable | Url, lookup: Lookup) -> str | None:
    """None for yes; else what was found instead. `lookup` gives the objects of the instant in question."""
    view = View(lookup)
    if isinstance(question, Dns):
        return _dns(question, view)
    return _reachable(question, view) if isinstance(question, Reachable) else _url(question, view)


def _dns(question: Dns, view: View) -> str | None:
    client = None
    if question.source is not None:
        client = view.pod(question.source.namespace, question.source.name)
        if client is None:
            return f"{question.at}: {view.no_such('pod', question.source.namespace, question.source.name)}"
    found = names.resolve(question.name, view, client)
    left = list(found.records)
    missing = []
    for wanted in question.resolves:
        match = next((record for record in left if _is_meant(wanted, record)), None)
        if match is None:
            missing.append(str(wanted))
        else:
            left.remove(match)
    if not missing and not left:
        return None
    resolves = ", ".join(map(str, found.records)) or "nothing"
    expected = ", ".join(map(str, question.resolves)) or "nothing"
    hint = ""
    if client is None and not found.records and not question.name.removesuffix(".").endswith(f".{names.ZONE}"):
        hint = "; a short name is looked up by a pod: say which with from"
    return f"{question.at}: {question.name} resolves to {resolves}, expected {expected}: {found.why}{hint}"


def _is_meant(wanted: Target | str, record: Record) -> bool:
    if isinstance(wanted, str):
        return wanted == record.name if not record.kind else wanted in record.addresses
    return (wanted.resource.kind, wanted.namespace, wanted.name) == (record.kind, record.namespace, record.name)


def _reachable(question: Reachable, view: View) -> str | None:
    source = _end(question.source, view)
    if source is None:
        assert isinstance(question.source, Target)
        return f"{question.at}: {_no_such(question.source, view)}"
    verdict = _verdict(question, source, view)
    if isinstance(verdict, str):
        return f"{question.at}: {verdict}"
    if verdict.allowed is question.allowed:
        return None
    is_so = {True: "is allowed", False: "is not allowed", None: "is allowed only in part"}[verdict.allowed]
    expected = "allowed" if question.allowed else "not allowed"
    way = f"{question.source} to {question.to}, port {question.port}/{question.protocol},"
    return f"{question.at}: {way} {is_so}, expected {expected}: {verdict.why}"


def _verdict(question: Reachable, source: End, view: View) -> Verdict | str:
    """Whether the traffic passes; a text where there is no such end or port."""
    port, protocol, target = question.port, question.protocol, question.to
    if isinstance(target, Target) and target.resource.kind == "Service":
        service = view.service(target.namespace, target.name)
        if service is None:
            return _no_such(target, view)
        return policies.reaches_service(source, service, port, protocol, view)
    to = _end(target, view)
    if to is None:
        assert isinstance(target, Target)
        return _no_such(target, view)
    number = port if isinstance(port, int) else policies.port_number(to, port, protocol)
    if number is None:
        return f"{target} has no port named {port} of protocol {protocol}"
    return policies.reaches(Traffic(source, to, number, protocol), view)


def _end(place: Target | str, view: View) -> End | None:
    """A pod, be it by its address, or an address outside the cluster; None for a pod that is not there."""
    if isinstance(place, str):
        return view.pod_at(place) or place
    return view.pod(place.namespace, place.name)


def _no_such(target: Target, view: View) -> str:
    return view.no_such(target.resource.singular, target.namespace, target.name)


def _url(question: Url, view: View) -> str | None:
    found = routes.route(question.url, view, question.class_name)
    wanted = question.serves
    expected = (wanted.resource.kind, wanted.namespace, wanted.name) if wanted is not None else None
    if found.backend == expected:
        return None
    served = "nothing"
    if found.backend is not None:
        kind, namespace, name = found.backend
        served = str(Record(kind, namespace, name))
    return f"{question.at}: {question.url} is served by {served}, expected {wanted or 'nothing'}: {found.why}"
