"""An outcome as the text of a golden file: steps with their logs, then the objects there are.

Owns the order and the names of the parts, and the format version. `docs/golden-files.md` is the legend. The same
outcome gives the same bytes everywhere; times are relative, random names have stand-ins, defaults are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from harness.golden import log, naming
from harness.golden.defaults import Plain
from harness.golden.echoes import is_echo
from harness.golden.shown import ignoring, pod_template, shown
from harness.golden.stand_ins import StandIns
from harness.golden.yaml_text import block, literal, scalar
from harness.objects.event import Event
from harness.objects.meta import kind_of
from harness.objects.node import Node
from harness.outcome import LIMIT, NOT_AWAITED, Outcome, StepOutcome

FORMAT = 1
HEADER = "# harness golden"
_OUTLASTED = ("expect", "wait")


def render(outcome: Outcome, *, path: str, kinds: Sequence[str] = (), ignore: Sequence[str] = ()) -> str:
    """The text of an outcome.

    `path` is the scenario's, as the first line names it: from the folder that holds the scenarios, with slashes.
    `kinds` (none: all) and `ignore` narrow the objects as the scenario's `golden:` says.
    """
    records = chain(outcome.before, *(step.records for step in outcome.steps))
    stand_ins = StandIns(records)
    out = [f"{HEADER} {FORMAT} · {path}", "steps:"]
    for step in outcome.steps:
        out.extend(_step(step, stand_ins))
    objects = _objects(outcome, kinds, ignore, stand_ins)
    if objects:
        out.append("objects:")
        out.extend(block(objects, "  "))
    else:
        out.append("objects: {}")
    if outcome.unattended:
        out.extend(block({"unattended": list(outcome.unattended)}, ""))
    return "\n".join(out) + "\n"


def _step(step: StepOutcome, stand_ins: StandIns) -> Iterator[str]:
    answers = {"did": step.did, "said": step.message, "warned": step.warned, "rejected": step.rejected or ""}
    told = {key: stand_ins.table(text) if key == "said" else stand_ins.text(text) for key, text in answers.items()}
    answered = block({key: _trimmed(text) for key, text in told.items() if text}, "  ")
    yield f"- {next(answered).lstrip()}"
    yield from answered
    rows = log.columns(log.lines(step.records), step.began_ms, stand_ins)
    if rows:
        yield from literal("  log", rows, "  ")
    if step.verb in _OUTLASTED:
        return
    if step.reason == NOT_AWAITED:
        yield "  settled: not awaited"
    elif step.reason == LIMIT:
        elapsed = log.relative(step.settled_ms - step.began_ms)
        yield f"  settled: never, still changing at {elapsed}"
        if step.cycle:
            yield "  repeating:"
            yield from (f"  - {scalar(stand_ins.text(line), flow=False)}" for line in step.cycle)
    else:
        yield f"  settled: {log.relative(step.settled_ms - step.began_ms)}"


def _trimmed(text: str) -> str:
    """The text without blanks at the ends of its lines, which editors and hooks take away anyhow."""
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _objects(outcome: Outcome, kinds: Sequence[str], ignore: Sequence[str], stand_ins: StandIns) -> Plain:
    """Every object that is shown, by what it is called."""
    templates = {obj.metadata.uid: template for obj in outcome.objects if (template := pod_template(obj)) is not None}
    joined = {record.subject.metadata.name: record.subject for record in outcome.before}
    wanted = {kind.lower() for kind in kinds}
    found: Plain = {}
    for obj in sorted(outcome.objects, key=lambda obj: naming.place_in_list(obj, stand_ins.text(obj.metadata.name))):
        if isinstance(obj, Event) or is_echo(obj) or (wanted and kind_of(obj).lower() not in wanted):
            continue
        body = shown(obj, templates)
        if isinstance(obj, Node) and obj.metadata.name in joined:
            body = _news(body, shown(joined[obj.metadata.name], templates))
            if not body:
                continue
        label = stand_ins.text(naming.full_of(obj))
        found[label] = ignoring(stand_ins.data(body), label, ignore)
    return found


def _news(now: Plain, before: Plain) -> Plain:
    """What a node has that it did not have when the cluster started."""
    if now == before:
        return {}
    news: Plain = {}
    for section, body in now.items():
        known = before.get(section) or {}
        fields = {key: value for key, value in body.items() if known.get(key) != value}
        if fields:
            news[section] = fields
    gone = [
        f"{section}.{key}" for section, body in before.items() for key in body if key not in (now.get(section) or {})
    ]
    if gone:
        news["removed"] = gone
    return news


def is_golden(first_line: str) -> bool:
    """Whether a file that begins so was written here."""
    return first_line.startswith(f"{HEADER} ")
