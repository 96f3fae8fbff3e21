"""What a scenario says, as immutable values: the cluster, the steps, what is expected.

Owns the shapes, their defaults and nothing else. Does not know YAML, files or how a step is played. Every value can
be built in Python with keywords alone, so a generated scenario and a read one are the same thing; `at` and `written`
only say where a part was read and may be left out.

Times are integers in milliseconds, `start_ms` since the Unix epoch.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias, TypeVar, cast

import msgspec

from harness.objects.resources import Resource

NeverText: TypeAlias = Literal["never"]
HookText: TypeAlias = Literal["never", "fails"]
PathKind: TypeAlias = Literal["missing", "directory", "file", "socket", "charDevice", "blockDevice"]
Plain: TypeAlias = dict[str, Any]

DEFAULT_START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
DEFAULT_QUIET_MS = 60_000
DEFAULT_LIMIT_MS = 600_000
DEFAULT_CAPACITY = {"cpu": "8", "memory": "32Gi", "pods": "110"}
DEFAULT_NODES = 3
DEFAULT_NAMESPACE = "default"
STDIN = "STDIN"

# What `fail` and `recover` can name although no API serves it: a program beside the cluster.
PROVISIONER = Resource(
    kind="Provisioner", group="", version="", plural="provisioners", singular="provisioner", namespaced=False
)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a scenario."""


class Location(msgspec.Struct, frozen=True):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Location("", 0, 0)


# The cluster.


class TaintSetting(Part, frozen=True):
    """`key=value:Effect`; with `removed`, the same with a minus at its end, where no effect means every effect."""

    key: str
    value: str = ""
    effect: str = ""
    removed: bool = False

    def __str__(self) -> str:
        value = f"={self.value}" if self.value else ""
        effect = f":{self.effect}" if self.effect else ""
        return f"{self.key}{value}{effect}{'-' if self.removed else ''}"


class NodeSettings(Part, frozen=True):
    """A node the cluster starts with. `capacity` is complete: the cluster's, with the node's own on top.

    `paths` says what stands at some paths of its disk.
    """

    name: str
    labels: dict[str, str] = {}
    taints: tuple[TaintSetting, ...] = ()
    capacity: dict[str, str] = msgspec.field(default_factory=lambda: DEFAULT_CAPACITY)
    paths: dict[str, PathKind] = {}


def numbered_nodes(count: int, capacity: dict[str, str] = DEFAULT_CAPACITY) -> tuple[NodeSettings, ...]:
    """node-1 … node-N, all alike."""
    return tuple(NodeSettings(name=f"node-{number}", capacity=capacity) for number in range(1, count + 1))


class ImageBehaviour(Part, frozen=True):
    """How every container of an image behaves.

    `ready`, `live` and `start` are about the three probes: `"never"` fails always, a number fails until so many
    milliseconds after the container started, None succeeds. `stop_exit` is the exit code of a container that ended
    within its grace period. `run` is the text every start fails with; `post_start` and `pre_stop` say how long such a
    hook takes, or that it never ends or fails.
    """

    size_bytes: int = 0
    pull: str = ""
    pull_time_ms: int = 500
    start_time_ms: int = 500
    ready: NeverText | int | None = None
    live: NeverText | int | None = None
    start: NeverText | int | None = None
    exit: int | None = None
    after_ms: int = 0
    stop: NeverText | int = 0
    stop_exit: int = 0
    run: str = ""
    post_start: HookText | int = 0
    pre_stop: HookText | int = 0
    log: tuple[str, ...] = ()


Style: TypeAlias = Literal["nfs", "local-path", "csi"]


class ProvisionerSettings(Part, frozen=True):
    """An external provisioner that runs beside the cluster.

    `server` and `path` are where its volumes lie, for the styles that have them; `topology`, `attach`, `limit`,
    `resize` and `attach_time_ms` are for CSI drivers.
    """

    name: str
    style: Style
    server: str = ""
    path: str = ""
    topology: tuple[str, ...] = ()
    attach: bool = True
    limit: int | None = None
    resize: bool = True
    create_time_ms: int = 500
    delete_time_ms: int = 500
    attach_time_ms: int = 500


class ClusterSettings(Part, frozen=True):
    start_ms: int = DEFAULT_START_MS
    quiet_ms: int = DEFAULT_QUIET_MS
    nodes: tuple[NodeSettings, ...] = numbered_nodes(DEFAULT_NODES)
    capacity: dict[str, str] = msgspec.field(default_factory=lambda: DEFAULT_CAPACITY)
    images: dict[str, ImageBehaviour] = {}
    provisioners: tuple[ProvisionerSettings, ...] = ()
    flags: dict[str, str | int | bool] = {}


# What steps are about.


class Target(Part, frozen=True):
    """One object that a step names; `written` is what the user wrote.

    `namespace` is the step's, or `default`; empty for what lives in none.
    """

    resource: Resource
    name: str
    namespace: str = DEFAULT_NAMESPACE
    written: str = ""

    def __str__(self) -> str:
        return self.written or f"{self.resource.group_kind}/{self.name}"


class Manifest(Part, frozen=True):
    """What one `-f` would read: `source` is the path as written, or STDIN for an inline manifest.

    `documents` are the objects as kubectl would send them, lists taken apart; `places` says where each was read.
    """

    documents: tuple[Plain, ...]
    source: str = STDIN
    places: tuple[Location, ...] = ()


# The questions of `expect`.


class PartialObject(Part, frozen=True):
    """Is there an object that has at least these fields?"""

    target: Target
    fields: Plain
    at: Location = NOWHERE


class Absent(Part, frozen=True):
    target: Target
    at: Location = NOWHERE


class EventSeen(Part, frozen=True):
    """Has such an Event been seen since the last step (`ever`: since the start)? What is None may be anything."""

    object: Target | None = None
    reason: str | None = None
    message: str | None = None
    ever: bool = False
    at: Location = NOWHERE


class Happening(Part, frozen=True):
    """`pod/web-2 deleted`: an object, and in a word what happened to it."""

    target: Target
    what: str

    def __str__(self) -> str:
        return f"{self.target} {self.what}"


class Order(Part, frozen=True):
    happenings: tuple[Happening, ...]
    at: Location = NOWHERE


class Count(Part, frozen=True):
    """How many objects of a kind. `where` is a state in one word, as in the log of a golden file (`ready`)."""

    resource: Resource
    namespace: str = DEFAULT_NAMESPACE
    selector: str = ""
    where: str = ""
    exactly: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    at: Location = NOWHERE


class Dns(Part, frozen=True):
    name: str
    resolves: tuple[Target, ...] = ()
    at: Location = NOWHERE


class Reachable(Part, frozen=True):
    source: Target
    to: Target
    port: int
    allowed: bool = True
    at: Location = NOWHERE


class Url(Part, frozen=True):
    """Where an ingress sends a request; `serves` None says nowhere."""

    url: str
    serves: Target | None = None
    at: Location = NOWHERE


class Never(Part, frozen=True):
    question: Question
    at: Location = NOWHERE


class Always(Part, frozen=True):
    question: Question
    at: Location = NOWHERE


Question: TypeAlias = PartialObject | Absent | EventSeen | Order | Count | Dns | Reachable | Url | Never | Always


# One action a verb.


class Apply(Part, frozen=True):
    verb: ClassVar[str] = "apply"
    manifests: tuple[Manifest, ...]
    server_side: bool = False


class Create(Part, frozen=True):
    verb: ClassVar[str] = "create"
    manifests: tuple[Manifest, ...]


class Delete(Part, frozen=True):
    """Of `targets`, `manifests` and `resource` with `selector`, exactly one is there."""

    verb: ClassVar[str] = "delete"
    targets: tuple[Target, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    resource: Resource | None = None
    selector: str = ""
    cascade: Literal["background", "foreground", "orphan"] = "background"
    grace_period_seconds: int | None = None


class Scale(Part, frozen=True):
    verb: ClassVar[str] = "scale"
    target: Target
    replicas: int


class Patch(Part, frozen=True):
    """Either `body` (a mapping; for type json a list of operations) or `partition`, short for a rolling update's."""

    verb: ClassVar[str] = "patch"
    target: Target
    body: Any = None
    type: Literal["strategic", "merge", "json"] = "strategic"
    subresource: str = ""
    partition: int | None = None


class SetImage(Part, frozen=True):
    """Container name to image; the name `*` is every container."""

    verb: ClassVar[str] = "setImage"
    target: Target
    images: dict[str, str]


class Rollout(Part, frozen=True):
    verb: ClassVar[str] = "rollout"
    action: Literal["undo", "restart", "pause", "resume"]
    target: Target
    to_revision: int = 0


class Label(Part, frozen=True):
    """None removes the label."""

    verb: ClassVar[str] = "label"
    target: Target
    set: dict[str, str | None]


class Annotate(Part, frozen=True):
    """None removes the annotation."""

    verb: ClassVar[str] = "annotate"
    target: Target
    set: dict[str, str | None]


class Taint(Part, frozen=True):
    verb: ClassVar[str] = "taint"
    node: str
    set: tuple[TaintSetting, ...]


class Cordon(Part, frozen=True):
    verb: ClassVar[str] = "cordon"
    node: str


class Uncordon(Part, frozen=True):
    verb: ClassVar[str] = "uncordon"
    node: str


class Drain(Part, frozen=True):
    verb: ClassVar[str] = "drain"
    node: str


class Evict(Part, frozen=True):
    verb: ClassVar[str] = "evict"
    target: Target


class Fail(Part, frozen=True):
    """`container` and `exit` are for a pod: which container (None: its first) exits, and with which code.

    `message` is for a provisioner: it goes on running, and its storage answers every request with that.
    """

    verb: ClassVar[str] = "fail"
    target: Target
    container: str | None = None
    exit: int = 1
    message: str = ""


class Recover(Part, frozen=True):
    verb: ClassVar[str] = "recover"
    target: Target


class Images(Part, frozen=True):
    verb: ClassVar[str] = "images"
    behaviours: dict[str, ImageBehaviour]


class Paths(Part, frozen=True):
    verb: ClassVar[str] = "paths"
    node: str
    set: dict[str, PathKind]


class Load(Part, frozen=True):
    """Use per pod: a quantity, or a percentage of the request (`80%`). `metrics` are named ones, by name."""

    verb: ClassVar[str] = "load"
    target: Target
    cpu: str | None = None
    memory: str | None = None
    metrics: dict[str, str] = {}


class Wait(Part, frozen=True):
    verb: ClassVar[str] = "wait"
    duration_ms: int


class Expect(Part, frozen=True):
    verb: ClassVar[str] = "expect"
    questions: tuple[Question, ...]


class Kubectl(Part, frozen=True):
    """One command line without `kubectl`, as written."""

    verb: ClassVar[str] = "kubectl"
    command: str


Action: TypeAlias = (
    Apply
    | Create
    | Delete
    | Scale
    | Patch
    | SetImage
    | Rollout
    | Label
    | Annotate
    | Taint
    | Cordon
    | Uncordon
    | Drain
    | Evict
    | Fail
    | Recover
    | Images
    | Paths
    | Load
    | Wait
    | Expect
    | Kubectl
)


# The whole.


class Step(Part, frozen=True):
    """One thing done. `namespace` is None where none was written; `rejected` None leaves open what the API says.

    `written` is the step as the user wrote it, as plain JSON data.
    """

    action: Action
    namespace: str | None = None
    settle: bool = True
    limit_ms: int = DEFAULT_LIMIT_MS
    rejected: bool | None = None
    at: Location = NOWHERE
    written: Plain = {}

    @property
    def verb(self) -> str:
        return self.action.verb


class Mark(Part, frozen=True):
    """A pytest mark; `reason` is there for skip and xfail."""

    name: str
    reason: str | None = None


class GoldenSettings(Part, frozen=True):
    """Which kinds the golden file shows (none named: all), and which fields it leaves out."""

    kinds: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Scenario(Part, frozen=True):
    """A whole scenario. `path` is spelled as the user wrote it, with slashes."""

    path: str = ""
    description: str = ""
    marks: tuple[Mark, ...] = ()
    cluster: ClusterSettings = ClusterSettings()
    steps: tuple[Step, ...] = ()
    golden: GoldenSettings = GoldenSettings()


_Value = TypeVar("_Value")
_UNPLACED: dict[str, Any] = {"at": NOWHERE, "places": (), "path": ""}


def without_places(value: _Value) -> _Value:
    """The same value with every trace of where it was read left out, so that two can be compared by what they say."""
    return cast(_Value, _without_places(value))


def _without_places(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_without_places(item) for item in value)
    if not isinstance(value, Part):
        return value
    changes = {}
    for name in value.__struct_fields__:
        if name == "written":
            changes[name] = {} if isinstance(value, Step) else ""
        elif name in _UNPLACED:
            changes[name] = _UNPLACED[name]
        else:
            changes[name] = _without_places(getattr(value, name))
    return msgspec.structs.replace(value, **changes)
