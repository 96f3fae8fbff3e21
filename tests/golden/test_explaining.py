"""Why a golden file does not match: the first thing that went another way, then the objects, in few lines."""

from __future__ import annotations

from outcomes import Story, pod

from harness.golden.explaining import ALL, Limits, explain
from harness.golden.text import render


def text(*names: str, did: str = "apply x", node: str = "node-1", message: str = "") -> str:
    story = Story()
    for number, name in enumerate(names):
        story.happens(pod(name, node_name=node), at_ms=number)
    story.step(did, message=message)
    return render(story.outcome(), path="scenarios/x.yaml")


def test_the_first_line_of_a_log_that_differs_comes_first() -> None:
    why = explain(text("a", "b", "c"), text("a", "x", "c"))
    assert why.reason == "step 1 of 1 (apply x) goes another way at line 2 of its log; 2 objects differ"
    assert why.step == 0
    assert why.lines[:4] == (
        "      +0.000s  pod/a  created",
        "    - +0.001s  pod/b  created",
        "    + +0.001s  pod/x  created",
        "      +0.002s  pod/c  created",
    )


def test_columns_that_moved_are_no_difference() -> None:
    why = explain(text("a"), text("a", "a-very-long-name-of-a-pod"))
    assert "at line 2 of its log" in why.reason


def test_objects_tell_fields_and_what_came_and_went() -> None:
    story, other = Story(), Story()
    story.happens(pod("a", node_name="node-1"))
    story.happens(pod("gone"))
    other.happens(pod("a", node_name="node-2"))
    other.happens(pod("new"))
    golden, actual = (render(one.outcome(), path="scenarios/x.yaml") for one in (story, other))
    lines = explain(golden, actual).lines
    assert "    pod/a  spec.nodeName: node-1 -> node-2" in lines
    assert "    - pod/gone vanished" in lines
    assert "    + pod/new appeared" in lines


def test_another_answer_is_told_with_both_sides() -> None:
    why = explain(text("a", message="x created"), text("a", message="x configured"))
    assert why.reason == "step 1 of 1 (apply x) is answered differently"
    assert why.lines == ("    - said: x created", "    + said: x configured")


def test_few_lines_are_shown_of_many() -> None:
    many = [f"p{number}" for number in range(60)]
    why = explain(text(*many), text(*(name.upper() for name in many)), Limits(lines=5, objects=2))
    assert len(why.lines) <= 5 + 1 + 1 + 3
    assert any("more objects" in line for line in why.lines)
    assert any("more lines" in line for line in why.lines)
    assert not any("more objects" in line for line in explain(text(*many), text("a"), ALL).lines)


def test_a_golden_file_that_is_no_yaml_is_told_by_line() -> None:
    golden = text("a").replace("steps:", "<<<<<<< ours: [")
    why = explain(golden, text("a"))
    assert why.reason == "the golden file cannot be read; first at line 2"
    assert why.lines == ("  - <<<<<<< ours: [", "  + steps:")


def test_the_same_said_otherwise_is_told_by_line() -> None:
    why = explain(text("a").replace("objects:", "objects: # mine"), text("a"))
    assert why.reason.startswith("only the way it is written differs; first at line ")
