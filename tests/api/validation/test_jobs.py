"""What is refused in jobs and cron jobs, and which of their changes. Jobs here are as the server has just made them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.api import kinds
from harness.api.schedules import ScheduleError, read
from harness.kernel.clock import Clock, parse
from harness.objects.batch import CronJob, Job, JobCondition, JobStatus, UncountedTerminatedPods

from .building import built, merged, metadata, refused, refused_change

CONTAINERS = [{"name": "c", "image": "task:v1"}]
JOB = {
    "metadata": {**metadata("work"), "uid": "u-1"},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": CONTAINERS}}},
}
CRON_JOB = {
    "metadata": metadata("nightly"),
    "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": JOB["spec"]}},
}

INDEXED = {"completionMode": "Indexed", "parallelism": 1}


def job(**spec):
    clock = Clock(parse("2026-01-01T00:00:00Z"))
    return kinds.BY_TYPE[Job].begin(built(Job, merged(JOB, {"spec": spec})), clock)


def cron_job(**spec):
    return built(CronJob, merged(CRON_JOB, {"spec": spec}))


def pods(**spec):
    return {"spec": spec}


def test_a_plain_job_is_accepted():
    assert refused(job()) == []
    assert refused(cron_job()) == []


@pytest.mark.parametrize("policy", [None, "Always"])
def test_a_job_must_say_whether_its_containers_start_again(policy):
    assert refused(job(template=pods(restartPolicy=policy))) == [
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'
    ]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"parallelism": -1}, "spec.parallelism: Invalid value: -1: must be greater than or equal to 0"),
        (
            {"completionMode": "Indexed", "parallelism": 2},
            "spec.completions: Required value: when completion mode is Indexed",
        ),
        (
            {"completionMode": "X"},
            'spec.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"',
        ),
        (
            {"backoffLimitPerIndex": 1},
            "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
        ),
        (
            {"podReplacementPolicy": "X"},
            'spec.podReplacementPolicy: Unsupported value: "X": supported values: "Failed", "TerminatingOrFailed"',
        ),
        (
            {"managedBy": "kueue"},
            'spec.managedBy: Invalid value: "kueue": must be a domain-prefixed path (such as "acme.io/foo")',
        ),
        ({"managedBy": ""}, "spec.managedBy: Required value"),
        ({"managedBy": f"example.com/{'q' * 52}"}, "spec.managedBy: Too long: may not be more than 63 bytes"),
        (
            {"managedBy": "example.com/a b"},
            'spec.managedBy: Invalid value: "a b": Invalid path (regex used for validation is '
            "'[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
        ),
        (
            {**INDEXED, "completions": 2, "backoffLimitPerIndex": 1, "maxFailedIndexes": 3},
            "spec.maxFailedIndexes: Invalid value: 3: must be less than or equal to completions",
        ),
        (
            {**INDEXED, "completions": 100_001, "backoffLimitPerIndex": 1},
            "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
        ),
    ],
)
def test_what_is_wrong_with_a_job_is_said_in_the_servers_words(spec, problem):
    assert refused(job(**spec)) == [problem]


def test_many_indexes_with_limits_of_their_own_narrow_what_else_may_be_wanted():
    many = {**INDEXED, "completions": 200_000, "parallelism": 10_001, "backoffLimitPerIndex": 1}
    when = "when completions are above 100000 and used with backoff limit per index"
    assert refused(job(**many, maxFailedIndexes=100_001)) == [
        "spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 100000",
        f"spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 {when}",
        f"spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 10000 {when}",
    ]


def test_a_policy_of_restarts_that_no_pod_knows_is_told_as_such():
    pods_know, jobs_know = '"Always", "OnFailure", "Never"', '"OnFailure", "Never"'
    assert refused(job(template=pods(restartPolicy="Sometimes"))) == [
        f'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: {known}'
        for known in (pods_know, jobs_know)
    ]


def test_a_success_policy_that_needs_indexes_is_told_of_after_the_rules_for_failed_pods():
    rules = {"podFailurePolicy": {"rules": [{"action": "FailJob"}]}, "successPolicy": {"rules": [{}]}}
    first, second = refused(job(**rules))
    assert first.startswith("spec.podFailurePolicy.rules[0]")
    assert second.startswith("spec.successPolicy") and second.endswith("requires indexed completion mode")
    assert len(refused(job(completionMode="X", successPolicy={"rules": [{}]}))) == 2


def test_a_list_of_indexes_has_its_longest_length():
    text = ",".join(map(str, range(13_000)))
    assert len(text) > 64 * 1024
    rule = {"successPolicy": {"rules": [{"succeededIndexes": text}]}}
    assert refused(job(**INDEXED, completions=13_000, **rule)) == [
        "spec.successPolicy.rules[0].succeededIndexes: Too long: may not be more than 65536 bytes"
    ]


def test_a_selector_of_ones_own_needs_saying_so():
    given = {"matchLabels": {"app": "work"}}
    assert refused(job(selector=given)) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"work","batch.kubernetes.io/controller-uid":"u-1"}}: '
        "`selector` not auto-generated",
        'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"u-1",'
        '"batch.kubernetes.io/job-name":"work","controller-uid":"u-1","job-name":"work"}: '
        "`selector` does not match template `labels`",
    ]
    labelled = {"metadata": {"labels": {"app": "work"}}}
    assert refused(job(selector=given, manualSelector=True, template=labelled)) == []


def test_the_last_pod_of_an_indexed_job_must_have_a_name():
    long = built(Job, merged(JOB, {"metadata": {"name": "w" * 62}, "spec": {"completionMode": "Indexed"}}))
    made = kinds.BY_TYPE[Job].begin(long, Clock(parse("2026-01-01T00:00:00Z")))
    name = "w" * 62
    assert f"will not able to create pod with invalid DNS label: {name}-0" in refused(made)[-1]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"action": "X", "onExitCodes": {"operator": "In", "values": [1]}}, ".action: Unsupported value"),
        ({"action": "FailJob"}, ": Invalid value: specifying one of OnExitCodes and OnPodConditions is required"),
        ({"action": "FailJob", "onExitCodes": {"operator": "In", "values": []}}, ".onExitCodes.values: Invalid value"),
        (
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [0]}},
            ".onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
        ),
        (
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [2, 1]}},
            ".onExitCodes.values: Invalid value: [2,1]: must be ordered",
        ),
        (
            {"action": "FailJob", "onExitCodes": {"containerName": "x", "operator": "In", "values": [1]}},
            '.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names',
        ),
        (
            {"action": "FailIndex", "onPodConditions": [{"type": "DisruptionTarget"}]},
            '.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        ),
    ],
)
def test_a_rule_for_failed_pods_must_make_sense(rule, problem):
    (found,) = refused(job(podFailurePolicy={"rules": [rule]}))
    assert found.startswith(f"spec.podFailurePolicy.rules[0]{problem}")


def test_rules_for_failed_pods_need_pods_that_do_not_start_again():
    rules = {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}]}
    assert refused(job(podFailurePolicy=rules, template=pods(restartPolicy="OnFailure"))) == [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when '
        "podFailurePolicy is specified"
    ]


# Changes


def test_the_template_of_a_running_job_stays():
    changed = job(template=pods(containers=[{"name": "c", "image": "task:v2"}]))
    (problem,) = refused_change(changed, job())
    assert problem.startswith('spec.template: Invalid value: {"labels":{"batch.kubernetes.io/controller-uid":"u-1"')
    assert '"Image":"task:v2"' in problem
    assert problem.endswith(": field is immutable")


SUSPENDED = JobStatus(conditions=(JobCondition(type="Suspended", status="True"),))


def change_refused(status, **changes):
    """What is said of a change of a suspended job that has this status."""
    stored = replace(job(suspend=True), status=status)
    return refused_change(replace(job(suspend=True, **changes), status=status), stored)


@pytest.mark.parametrize(
    "template",
    [
        pods(nodeSelector={"disk": "ssd"}),
        pods(tolerations=[{"operator": "Exists"}]),
        {"metadata": {"labels": {"team": "a"}}},
    ],
)
def test_where_the_pods_of_a_suspended_job_run_may_change(template):
    assert change_refused(JobStatus(), template=template) == []
    assert refused_change(job(template=template), job()) != []


def test_what_the_pods_of_a_suspended_job_need_may_change_once_it_says_that_it_is():
    wanted = pods(containers=[{**CONTAINERS[0], "resources": {"requests": {"cpu": "1"}}}])
    (problem,) = change_refused(JobStatus(), template=wanted)
    assert problem.startswith("spec.template: Invalid value: {")
    assert change_refused(SUSPENDED, template=wanted) == []


def test_a_job_that_was_suspended_while_it_ran_is_open_when_its_pods_are_gone():
    wanted = pods(nodeSelector={"disk": "ssd"})
    busy = replace(SUSPENDED, start_time="2026-01-01T00:00:00Z", active=1)
    assert change_refused(busy, template=wanted) != []
    assert change_refused(replace(busy, active=0), template=wanted) == []


def test_another_image_is_refused_even_while_a_job_is_suspended():
    changed = pods(containers=[{"name": "c", "image": "task:v2"}])
    (problem,) = change_refused(JobStatus(), template=changed)
    assert problem.startswith("spec.template: Invalid value: {")
    (problem,) = change_refused(SUSPENDED, template=changed)
    assert problem.startswith('spec.template.spec: Invalid value: {"Volumes":null')


def test_the_labels_by_which_a_job_knows_its_pods_stay_even_while_it_is_suspended():
    stored = job(suspend=True)
    template = stored.spec.template
    labels = {key: value for key, value in template.metadata.labels.items() if key != "job-name"}
    bare = replace(template, metadata=replace(template.metadata, labels=labels))
    assert refused_change(replace(stored, spec=replace(stored.spec, template=bare)), stored) == [
        "spec.template.metadata.labels[job-name]: Required value: must be 'work'"
    ]


def test_an_indexed_job_grows_no_further_than_its_pods_have_names():
    name = "w" * 61
    stored, grown = (
        kinds.BY_TYPE[Job].begin(
            built(Job, merged(JOB, {"metadata": {"name": name}, "spec": {**INDEXED, "completions": size}})),
            Clock(parse("2026-01-01T00:00:00Z")),
        )
        for size in (10, 11)
    )
    grown = replace(grown, spec=replace(grown.spec, parallelism=11))
    (problem,) = refused_change(grown, stored)
    assert problem.endswith(f"will not able to create pod with invalid DNS label: {name}-10")


def test_an_indexed_job_that_no_longer_says_how_much_there_is_to_do_is_told_so_once():
    stored = job(**INDEXED, completions=2)
    bare = replace(stored, spec=replace(stored.spec, completions=None))
    assert refused_change(bare, stored) == ["spec.completions: Required value: when completion mode is Indexed"]


def test_completions_stay_unless_an_indexed_job_grows_as_a_whole():
    assert refused_change(job(completions=3), job(completions=1)) == [
        "spec.completions: Invalid value: 3: field is immutable"
    ]
    stored = job(completionMode="Indexed", completions=2, parallelism=2)
    assert refused_change(job(completionMode="Indexed", completions=3, parallelism=3), stored) == []
    assert refused_change(job(completionMode="Indexed", completions=3, parallelism=2), stored) == [
        "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"
    ]


def test_parallelism_deadline_and_retries_may_change():
    assert refused_change(job(parallelism=5, completions=1, activeDeadlineSeconds=9, backoffLimit=0), job()) == []


def test_the_way_of_counting_stays():
    assert refused_change(job(completionMode="Indexed"), job()) == [
        'spec.completionMode: Invalid value: "Indexed": field is immutable'
    ]


# Cron jobs


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"schedule": None}, "spec.schedule: Required value"),
        (
            {"schedule": "TZ=UTC 0 3 * * *"},
            'spec.schedule: Invalid value: "TZ=UTC 0 3 * * *": cannot use TZ or CRON_TZ in schedule, '
            "use timeZone field instead",
        ),
        (
            {"concurrencyPolicy": "X"},
            'spec.concurrencyPolicy: Unsupported value: "X": supported values: "Allow", "Forbid", "Replace"',
        ),
        (
            {"jobTemplate": {"spec": {"manualSelector": True}}},
            'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
        ),
        (
            {"jobTemplate": {"spec": {"selector": {"matchLabels": {"a": "b"}}}}},
            'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: '
            "`selector` will be auto-generated",
        ),
        ({"timeZone": ""}, 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'),
        ({"timeZone": "Europe/Berln"}, 'spec.timeZone: Invalid value: "Europe/Berln": unknown time zone Europe/Berln'),
        ({"timeZone": "Etc/../UTC"}, 'spec.timeZone: Invalid value: "Etc/../UTC": unknown time zone Etc/../UTC'),
        (
            {"timeZone": "Local"},
            'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in '
            "https://www.iana.org/time-zones",
        ),
        (
            {"failedJobsHistoryLimit": -1},
            "spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
        ),
    ],
)
def test_what_is_wrong_with_a_cron_job_is_said_in_the_servers_words(spec, problem):
    assert refused(cron_job(**spec)) == [problem]


def test_the_name_of_a_cron_job_leaves_room_for_those_of_its_jobs():
    name = "n" * 53
    long = built(CronJob, merged(CRON_JOB, {"metadata": {"name": name}}))
    assert refused(long) == [f'metadata.name: Invalid value: "{name}": must be no more than 52 characters']


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *",
        "*/5 0-6,18 1,15 jan-MAR mon",
        "0 3 ? * 0",
        "10/15 * * * *",
        "@hourly",
        "@every 1h30m",
        "@every 1.5s",
    ],
)
def test_a_schedule_is_read(schedule):
    assert read(schedule)


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("x", "expected exactly 5 fields, found 1: [x]"),
        ("0 3 * *", "expected exactly 5 fields, found 4: [0 3 * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("*/2/3 * * * *", "too many slashes: */2/3"),
        ("a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
        ("@often", "unrecognized descriptor: @often"),
        ("TZ=UTC", "invalid schedule format: runtime error: slice bounds out of range [:-1]"),
        ("@every day", 'failed to parse duration @every day: time: invalid duration "day"'),
    ],
)
def test_a_schedule_that_cannot_be_read_is_told_why(schedule, problem):
    with pytest.raises(ScheduleError) as told:
        read(schedule)
    assert str(told.value) == problem


def indexed(**rule):
    return job(completionMode="Indexed", completions=4, parallelism=4, successPolicy={"rules": [rule] if rule else []})


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({}, "rules: Required value: at least one rules must be specified when the successPolicy is specified"),
        (
            {"succeededCount": 5},
            "rules[0].succeededCount: Invalid value: 5: must be less than or equal to 4 "
            "(the number of specified completions)",
        ),
        (
            {"succeededIndexes": "0-1", "succeededCount": 3},
            "rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 "
            "(the number of indexes in the specified succeededIndexes field)",
        ),
        (
            {"succeededIndexes": "x"},
            'rules[0].succeededIndexes: Invalid value: "x": error parsing succeededIndexes: '
            'cannot convert string to integer for index: "x"',
        ),
        (
            {"succeededIndexes": "4"},
            'rules[0].succeededIndexes: Invalid value: "4": error parsing succeededIndexes: too large index: "4"',
        ),
        (
            {"succeededIndexes": "2,1"},
            'rules[0].succeededIndexes: Invalid value: "2,1": error parsing succeededIndexes: '
            "non-increasing order, previous: 2, current: 1",
        ),
    ],
)
def test_a_success_policy_must_be_within_reach(rule, problem):
    assert refused(indexed(**rule)) == [f"spec.successPolicy.{problem}"]


def test_a_success_policy_within_reach_is_accepted():
    assert refused(indexed(succeededIndexes="0,2-3", succeededCount=2)) == []


NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"
MET, TARGET, DONE, BROKEN = "SuccessCriteriaMet", "FailureTarget", "Complete", "Failed"


def status(*conditions, **fields):
    """A status in which these conditions hold."""
    return JobStatus(conditions=tuple(JobCondition(type=each, status="True") for each in conditions), **fields)


def status_refused(new, old=None, **spec):
    known = replace(job(**spec), status=old or JobStatus())
    return refused_change(replace(known, status=new), known)


LISTS = {**INDEXED, "completions": 5, "backoffLimitPerIndex": 1}
OVER = {"start_time": NOW, "completion_time": NOW}
ENDED = status(MET, DONE, **OVER)


# Among them those of the API server's own tests (pkg/registry/batch/job/strategy_test.go).
@pytest.mark.parametrize(
    ("new", "old", "spec", "problem"),
    [
        (JobStatus(active=-1), None, {}, "active: Invalid value: -1: must be greater than or equal to 0"),
        (JobStatus(ready=1), None, {}, "ready: Invalid value: 1: cannot set more ready pods than active"),
        (
            JobStatus(uncounted_terminated_pods=UncountedTerminatedPods(succeeded=("a",), failed=("a",))),
            None,
            {},
            'uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
        ),
        (
            status(BROKEN, start_time=NOW),
            None,
            {},
            "conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
        ),
        (
            status(DONE, **OVER),
            None,
            {},
            "conditions: Invalid value: cannot set Complete=True condition "
            "without the SuccessCriteriaMet=true condition",
        ),
        (status(TARGET, BROKEN), None, {}, "startTime: Required value: startTime is required for finished job"),
        (
            status(TARGET, BROKEN, start_time=NOW, active=1),
            None,
            {},
            "active: Invalid value: 1: active>0 is invalid for finished job",
        ),
        (
            status(TARGET, BROKEN, start_time=NOW, terminating=1),
            None,
            {},
            "terminating: Invalid value: 1: terminating>0 is invalid for finished job",
        ),
        (
            status(TARGET, BROKEN, start_time=NOW, uncounted_terminated_pods=UncountedTerminatedPods(failed=("a",))),
            None,
            {},
            'uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: must be empty for finished job',
        ),
        (
            status(MET, DONE, start_time=NOW),
            None,
            {},
            "completionTime: Required value: completionTime is required for Complete jobs",
        ),
        (
            status(MET, DONE, start_time=LATER, completion_time=NOW),
            None,
            {},
            f'completionTime: Invalid value: "{NOW}": must be equal to or after `startTime`',
        ),
        (
            status(**OVER),
            None,
            {},
            f'completionTime: Invalid value: "{NOW}": cannot set completionTime when there is no Complete=True '
            "condition",
        ),
        (
            status(MET, DONE, start_time=NOW, completion_time=LATER),
            ENDED,
            {},
            f'completionTime: Invalid value: "{LATER}": field is immutable',
        ),
        (
            JobStatus(start_time=LATER),
            JobStatus(start_time=NOW),
            {},
            f'startTime: Invalid value: "{LATER}": field is immutable for unsuspended job once set',
        ),
        (
            JobStatus(),
            JobStatus(start_time=NOW),
            {},
            "startTime: Invalid value: null: field is immutable for unsuspended job once set",
        ),
        (JobStatus(failed=1), JobStatus(failed=2), {}, "failed: Invalid value: 1: cannot decrease the failed counter"),
        (
            JobStatus(succeeded=1),
            JobStatus(succeeded=2),
            {},
            "succeeded: Invalid value: 1: cannot decrease the succeeded counter",
        ),
        (
            status(),
            status(TARGET),
            {},
            "conditions: Invalid value: cannot disable the terminal FailureTarget=True condition",
        ),
        (status(), status(MET), {}, "conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition"),
        (
            status(MET, TARGET),
            None,
            {},
            "conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
        ),
        (
            JobStatus(completed_indexes="0"),
            None,
            {},
            'completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion '
            "mode",
        ),
        (
            JobStatus(failed_indexes="0"),
            None,
            {**INDEXED, "completions": 5},
            'failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
        ),
        (
            JobStatus(completed_indexes="5"),
            None,
            LISTS,
            'completedIndexes: Invalid value: "5": error parsing completedIndexes: too large index: "5"',
        ),
        (
            JobStatus(failed_indexes="2,1"),
            None,
            LISTS,
            'failedIndexes: Invalid value: "2,1": error parsing failedIndexes: '
            "non-increasing order, previous: 2, current: 1",
        ),
        (
            JobStatus(completed_indexes="0-2", failed_indexes="1-3"),
            None,
            LISTS,
            'failedIndexes: Invalid value: "1-3": failedIndexes and completedIndexes overlap at index: 1',
        ),
    ],
)
def test_a_status_that_contradicts_itself_or_the_one_before_is_refused(new, old, spec, problem):
    assert status_refused(new, old, **spec) == [f"status.{problem}"]


@pytest.mark.parametrize(
    ("new", "old", "spec"),
    [
        (JobStatus(start_time=NOW, active=1, ready=1), None, {}),
        (ENDED, status(MET, start_time=NOW), {}),
        (JobStatus(), JobStatus(start_time=NOW), {"suspend": True}),
        (
            JobStatus(start_time=LATER, conditions=(JobCondition(type="Suspended", status="False"),)),
            JobStatus(start_time=NOW, conditions=(JobCondition(type="Suspended", status="True"),)),
            {},
        ),
        (status(MET, DONE, completion_time=NOW), None, {"suspend": True, "completions": 0}),
        (JobStatus(succeeded=1, completed_indexes="0"), JobStatus(succeeded=2), {**INDEXED, "completions": 1}),
        (JobStatus(completed_indexes="0,3-4", failed_indexes="1,2"), None, LISTS),
        # What was wrong before stands in nobody's way.
        (JobStatus(ready=1, failed=1), JobStatus(ready=1), {}),
    ],
)
def test_a_status_that_tells_of_a_job_as_it_goes_on_is_accepted(new, old, spec):
    assert status_refused(new, old, **spec) == []
