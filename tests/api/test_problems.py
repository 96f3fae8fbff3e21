"""The wording of refusals: how values are shown, and what the errors of the API server say."""

from __future__ import annotations

import pytest

from harness.api.problems import (
    ApiError,
    duplicate,
    forbidden,
    invalid,
    not_found,
    quoted,
    required,
    too_long,
    too_many,
    unsupported,
)
from harness.objects import resources

STATEFUL_SETS = resources.find("statefulset")
PODS = resources.find("pod")


@pytest.mark.parametrize(
    ("problem", "body"),
    [
        (required("f"), "f: Required value"),
        (required("f", "say why"), "f: Required value: say why"),
        (invalid("f", "x", "is wrong"), 'f: Invalid value: "x": is wrong'),
        (invalid("f", -1, "is wrong"), "f: Invalid value: -1: is wrong"),
        (invalid("f", True, "is wrong"), "f: Invalid value: true: is wrong"),
        (invalid("f", None, "is wrong"), "f: Invalid value: null: is wrong"),
        (invalid("f", {"b": "2", "a": "1"}, "is wrong"), 'f: Invalid value: {"a":"1","b":"2"}: is wrong'),
        (invalid("f", ("a", "b"), "is wrong"), 'f: Invalid value: ["a","b"]: is wrong'),
        (invalid("f", {"a": "<b>"}, "is wrong"), 'f: Invalid value: {"a":"\\u003cb\\u003e"}: is wrong'),
        (unsupported("f", "x", ("A", "B")), 'f: Unsupported value: "x": supported values: "A", "B"'),
        (duplicate("f", "x"), 'f: Duplicate value: "x"'),
        (not_found("f", "x"), 'f: Not found: "x"'),
        (forbidden("f", "not here"), "f: Forbidden: not here"),
        (too_long("f", 63), "f: Too long: may not be more than 63 bytes"),
        (too_many("f", 3, 1), "f: Too many: 3: must have at most 1 item"),
    ],
)
def test_a_problem_reads_as_the_api_server_writes_it(problem, body):
    assert str(problem) == body


def test_texts_are_quoted_as_go_quotes_them():
    assert quoted('a"b\\c\n\x00é') == '"a\\"b\\\\c\\n\\x00é"'


def test_one_problem_stands_alone_and_several_stand_in_brackets():
    one = ApiError.invalid(STATEFUL_SETS, "web", [required("a")])
    two = ApiError.invalid(STATEFUL_SETS, "web", [required("a"), required("b")])
    assert one.message == 'StatefulSet.apps "web" is invalid: a: Required value'
    assert two.message == 'StatefulSet.apps "web" is invalid: [a: Required value, b: Required value]'


def test_equal_problems_are_said_once_but_stay_separate_causes():
    error = ApiError.invalid(PODS, "p", [required("a"), required("a")])
    assert error.message == 'Pod "p" is invalid: a: Required value'
    assert len(error.details.causes) == 2


def test_invalid_names_the_kind_and_the_others_name_the_resource():
    assert ApiError.invalid(STATEFUL_SETS, "web", []).details.kind == "StatefulSet"
    assert ApiError.not_found(STATEFUL_SETS, "web").details.kind == "statefulsets"


@pytest.mark.parametrize(
    ("error", "code", "reason", "message"),
    [
        (ApiError.not_found(STATEFUL_SETS, "web"), 404, "NotFound", 'statefulsets.apps "web" not found'),
        (ApiError.already_exists(PODS, "p"), 409, "AlreadyExists", 'pods "p" already exists'),
        (
            ApiError.already_exists(PODS, "p", being_deleted=True),
            409,
            "AlreadyExists",
            'object is being deleted: pods "p" already exists',
        ),
        (
            ApiError.already_exists(PODS, "p-x", generated=True),
            409,
            "AlreadyExists",
            'pods "p-x" already exists, the server was not able to generate a unique name for the object',
        ),
        (
            ApiError.conflict(STATEFUL_SETS, "web"),
            409,
            "Conflict",
            'Operation cannot be fulfilled on statefulsets.apps "web": the object has been modified; '
            "please apply your changes to the latest version and try again",
        ),
        (
            ApiError.precondition(PODS, "p", "1", "2"),
            409,
            "Conflict",
            'Operation cannot be fulfilled on Pod "p": the UID in the precondition (1) does not match the UID in '
            "record (2). The object might have been deleted and then recreated",
        ),
        (ApiError.forbidden(PODS, "p", "no"), 403, "Forbidden", 'pods "p" is forbidden: no'),
        (ApiError.bad_request("what"), 400, "BadRequest", "what"),
    ],
)
def test_an_error_says_what_the_api_server_says(error, code, reason, message):
    assert (error.code, error.reason, error.message) == (code, reason, message)
