"""What a process knows of the store: caches, indexes, subscribers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from harness.api import kinds
from harness.api.server import Server
from harness.api.store import Change
from harness.control.informer import Informers
from harness.kernel.clock import Clock
from harness.kernel.trace import Trace
from harness.objects.config import ConfigMap, Namespace
from harness.objects.meta import ObjectMeta


@pytest.fixture
def server() -> Server:
    server = Server(Clock(0), Trace())
    server.create(Namespace(metadata=ObjectMeta(name="default")))
    return server


@pytest.fixture
def informers(server: Server) -> Informers:
    return Informers(server.store)


def make(server: Server, name: str, **data: str) -> ConfigMap:
    return server.create(ConfigMap(metadata=ObjectMeta(name=name, namespace="default"), data=data))


def change(server: Server, config: ConfigMap, **data: str) -> ConfigMap:
    return server.update(replace(config, data=data))


def delete(server: Server, name: str) -> None:
    server.delete(kinds.BY_TYPE[ConfigMap], "default", name)


def colours(config: ConfigMap) -> Iterable[str]:
    return config.data.get("colours", "").split()


def names(found: Iterable[ConfigMap]) -> list[str]:
    return [config.metadata.name for config in found]


def test_a_view_begins_with_what_there_is(server: Server, informers: Informers) -> None:
    stored = make(server, "a")
    assert informers.of(ConfigMap).get("default", "a") == stored


def test_a_view_is_current_at_the_instant_of_the_write(server: Server, informers: Informers) -> None:
    view = informers.of(ConfigMap)
    stored = change(server, make(server, "a"), key="new")
    assert view.get("default", "a") is stored


def test_what_is_deleted_leaves_the_view(server: Server, informers: Informers) -> None:
    view = informers.of(ConfigMap)
    make(server, "a")
    delete(server, "a")
    assert view.get("default", "a") is None


def test_all_who_ask_in_one_process_share_one_view(informers: Informers) -> None:
    assert informers.of(ConfigMap) is informers.of(ConfigMap)


def test_subscribers_are_told_of_every_change_with_what_was_before(server: Server, informers: Informers) -> None:
    told: list[Change] = []
    informers.of(ConfigMap).subscribe(told.append)
    first = make(server, "a")
    second = change(server, first, key="new")
    delete(server, "a")
    assert [(change.type, change.previous) for change in told] == [
        ("ADDED", None),
        ("MODIFIED", first),
        ("DELETED", second),
    ]


def test_a_change_names_the_record_of_its_write(server: Server, informers: Informers) -> None:
    told: list[Change] = []
    informers.of(ConfigMap).subscribe(told.append)
    make(server, "a")
    assert told[0].sequence == server.store.trace.records[-1].sequence


def test_subscribers_find_the_change_in_the_view_already(server: Server, informers: Informers) -> None:
    view = informers.of(ConfigMap)
    by_colour = view.index(colours)
    seen: list[list[str]] = []
    view.subscribe(lambda _change: seen.append(names(by_colour.of("red"))))
    make(server, "a", colours="red")
    assert seen == [["a"]]


def test_a_write_that_changes_nothing_tells_nobody(server: Server, informers: Informers) -> None:
    stored = make(server, "a", key="same")
    told: list[Change] = []
    informers.of(ConfigMap).subscribe(told.append)
    change(server, stored, key="same")
    assert told == []


def test_an_index_takes_in_what_was_there_before_it(server: Server, informers: Informers) -> None:
    make(server, "a", colours="red")
    assert names(informers.of(ConfigMap).index(colours).of("red")) == ["a"]


def test_an_index_follows_an_object_from_one_value_to_another(server: Server, informers: Informers) -> None:
    by_colour = informers.of(ConfigMap).index(colours)
    change(server, make(server, "a", colours="red green"), colours="green blue")
    assert [names(by_colour.of(colour)) for colour in ("red", "green", "blue")] == [[], ["a"], ["a"]]


def test_an_index_holds_the_newest_version(server: Server, informers: Informers) -> None:
    by_colour = informers.of(ConfigMap).index(colours)
    stored = change(server, make(server, "a", colours="red"), colours="red", other="new")
    assert list(by_colour.of("red")) == [stored]


def test_an_index_forgets_what_is_deleted(server: Server, informers: Informers) -> None:
    by_colour = informers.of(ConfigMap).index(colours)
    make(server, "a", colours="red")
    delete(server, "a")
    assert names(by_colour.of("red")) == []


def test_an_index_keeps_the_order_in_which_objects_came_to_a_value(server: Server, informers: Informers) -> None:
    by_colour = informers.of(ConfigMap).index(colours)
    first = make(server, "b", colours="red")
    make(server, "a", colours="red")
    change(server, first, colours="red", other="new")
    assert names(by_colour.of("red")) == ["b", "a"]


def test_who_subscribes_to_all_hears_of_every_kind_and_of_what_there_is(server: Server, informers: Informers) -> None:
    told: list[tuple[str, str]] = []
    informers.subscribe_all(lambda change: told.append((change.type, change.object.kind)))
    make(server, "a")
    assert told == [("ADDED", "Namespace"), ("ADDED", "ConfigMap")]
