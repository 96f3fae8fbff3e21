"""What a person reads in a terminal: the lines of the golden file, never wrapped, coloured only where asked."""

from __future__ import annotations

import io

import pytest

from harness.kernel.trace import Record
from harness.objects.meta import CustomObject
from harness.objects.pod import Pod
from harness.objects.rbac import Role
from harness.outcome import Outcome, StepOutcome
from harness.report.terminal import show


def shown(**fields: object) -> str:
    step = StepOutcome(index=0, verb="apply", did="apply x", written={}, line=2, began_ms=0, **fields)  # type: ignore[arg-type]
    out = io.StringIO()
    show(Outcome(path="scenarios/x.yaml", description="A story.", before=(), steps=(step,), objects=()), out)
    return out.getvalue()


def test_a_rejection_and_its_words_are_shown() -> None:
    text = shown(rejected='Error from server (NotFound): pods "x" not found', settled_ms=60_000)
    assert text.startswith("scenarios/x.yaml\nA story.\n\n 1  apply x\n    Error from server (NotFound)")
    assert "settled +60.000s" in text


def test_what_is_printed_does_not_depend_on_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "word " * 100
    wide = shown(message=message)
    monkeypatch.setenv("COLUMNS", "20")
    assert shown(message=message) == wide


def test_a_step_that_never_settles_shows_its_cycle() -> None:
    text = shown(reason="limit", settled_ms=600_000, cycle=("pod/a created", "pod/a deleted"))
    assert "still changing at +600.000s; repeating:\n      pod/a created\n      pod/a deleted\n" in text


def test_a_question_that_was_answered_no_is_counted() -> None:
    assert shown(held=False, text="no such pod").endswith("1 step, 1 not as expected\n")


def test_kinds_that_nobody_acts_on_are_named() -> None:
    widget = CustomObject(group_version="example.com/v1", kind_name="Widget")
    assert "nobody here acts on them: Widget (example.com/v1)\n" in shown(records=(Record(1, 0, "ADDED", widget),))


def test_a_kind_whose_fields_are_known_is_named_as_well_if_nobody_acts_on_it() -> None:
    role, pod = Record(1, 0, "ADDED", Role()), Record(2, 0, "ADDED", Pod())
    assert "nobody here acts on them: Role (rbac.authorization.k8s.io/v1)\n" in shown(records=(role, pod))
