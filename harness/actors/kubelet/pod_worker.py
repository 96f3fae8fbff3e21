"""The worker of one pod on its node: starts what should run, notices what ended, and reports after every change.

Owns the order of what happens to a pod. Each pass reports first and acts then, as SyncPod does: what a pass brought
about is told to the API when the next one begins. Between two passes, and before whatever follows the last, the node's
containers are looked at: those of the pod at once after a pass that did something and had no failure, all others when
their time has come. Source: pkg/kubelet/kubelet.go (SyncPod), pod_workers.go (podWorkerLoop), pleg/generic.go,
kuberuntime/kuberuntime_manager.go.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from harness.actors.kubelet import configuration, hooks, images, probes
from harness.actors.kubelet.allocation import Refusal, allocated
from harness.actors.kubelet.containers import Record, ended
from harness.actors.kubelet.ending import Ending
from harness.actors.kubelet.killing import FAILED_PROBES, Killer, grace_seconds
from harness.actors.kubelet.lookups import Lookups
from harness.actors.kubelet.mounting import Mounting, unmounted_ms
from harness.actors.kubelet.node import POD_PASS_MS, KubeletNode
from harness.actors.kubelet.probing import Probing
from harness.actors.kubelet.records import known_end_ms, next_to_start, records_of, redefine
from harness.actors.kubelet.reporting import Ground, Report, refused, report
from harness.actors.kubelet.starting import RETRY_MS, Starter
from harness.actors.world import World
from harness.actors.world.behaviour import LIVENESS, READINESS, STARTUP, ProbeKind
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING
from harness.kernel.loop import Entry, sleep
from harness.objects.pod import Pod
from harness.objects.pods import ENDED

# When the last container has ended, the runtime takes down what held them together, in a few calls.
_TEAR_DOWN_MS = 5
_DEADLINE_MESSAGE = "Pod was active on the node longer than the specified deadline"


class Abandoned(Exception):
    """Raised in a pass that has nothing left to do, because the pod is being stopped or is gone."""


class _Pass:
    """What happened in a pass over the pod so far."""

    __slots__ = ("acted", "overtaken", "starts", "woken")

    def __init__(self) -> None:
        # Whether another is to follow.
        self.woken = False
        # Whether a container ended while this one told how things stood.
        self.overtaken = False
        # Whether it has come to what is not left off when the pod is to end.
        self.starts = False
        # Whether it did something, well or not.
        self.acted = False


class PodWorker:
    """One pod on one node. With a `refusal` it is never run."""

    __slots__ = (
        "_address",
        "_current",
        "_deadline",
        "_end_entry",
        "_ending",
        "_find_config",
        "_ground",
        "_killer",
        "_loop",
        "_mounting",
        "_probing",
        "_process",
        "_records",
        "_refusal",
        "_starter",
        "_synced_ms",
        "_to_end",
        "_wake_entry",
        "_woken_by",
        "_world",
        "node",
        "over",
        "pod",
    )

    def __init__(
        self,
        process: Process,
        world: World,
        node: KubeletNode,
        pod: Pod,
        refusal: Refusal | None,
        woken_by: int,
    ) -> None:
        self.pod = pod
        self.node = node
        self.over = False
        self._process = process
        self._loop = process.loop
        self._world = world
        self._refusal = refusal
        self._woken_by = woken_by
        self._records = records_of(pod)
        self._probing = Probing(process.loop, world, self._records, self._probe_failed, self._probe_settled)
        lookups = Lookups(process.informers, world, node.name)
        # Until all volumes are mounted.
        self._mounting: Mounting | None = Mounting(process.loop, lookups, node.volumes, node.look_after, self._say)
        find_config = lookups.config_finder(pod.metadata.namespace)
        self._killer = Killer(world, self._say, self._wait, self._take_end)
        self._starter = Starter(
            process.loop.clock, world, node, find_config, self._say, self._wait, self._plan_exit, self._stop_greeted
        )
        self._find_config = find_config
        self._ground = Ground(
            start_time=pod.status.start_time or process.loop.clock.stamp(),
            host_ip=node.host_ip,
            pod_ip=node.host_ip if pod.spec.host_network else "",
            resources=allocated(pod.spec),
        )
        self._address = ""
        self._ending = Ending(process.loop, world, self._records, self._take_end, self._all_ended, self._say)
        # The pass that is being made. One that is not this one any more ends when it comes back from waiting.
        self._current: _Pass | None = None
        # Whether everything is to be stopped; there is no pass after the one that is being made.
        self._to_end = False
        # When the last pass ended, if the node has to be looked at after that before anything else is done.
        self._synced_ms: int | None = None
        self._wake_entry: Entry | None = None
        self._end_entry: Entry | None = None
        self._deadline = self._plan_deadline()
        if pod.metadata.deletion_timestamp is None:
            self.wake()
        else:
            self._plan_end()

    # What happens around the pod

    def update(self, pod: Pod, previous: Pod, woken_by: int) -> None:
        """Take in that the pod in the API is another than before. Only notes and schedules."""
        self.pod = pod
        if self.over:
            return
        self._woken_by = woken_by
        metadata, before = pod.metadata, previous.metadata
        if metadata.deletion_timestamp is not None:
            if metadata.deletion_grace_period_seconds != before.deletion_grace_period_seconds or not self._ending.begun:
                self._loop.after(0, self._terminate)
        elif metadata.generation != before.generation:
            self._take_spec()
            self.wake()
        elif pod.spec.readiness_gates and pod.status.conditions != previous.status.conditions:
            self.wake()

    def vanish(self) -> None:
        """The pod is gone from the API: what still runs of it is stopped, and nobody is told."""
        if self.over:
            return
        running = [record for record in self._records if record.running and not self._ending.begun]
        if running:
            self._loop.after(0, lambda: self._say_stopping(running))
        self.drop()

    def drop(self) -> None:
        """Let go of the pod without a word."""
        if self.over:
            return
        self.over = True
        self._abandon()
        for record in self._records:
            self._probing.release(record)
            self._cancel(record.ending)
        self._ending.drop()
        self._cancel(self._deadline)
        self._deadline = None
        self._cancel(self._end_entry)
        self.node.volumes.release(self.pod.metadata.uid)
        self.node.free_address(self._address)
        # What calls back to this worker would keep it until garbage is looked for, which is seldom.
        del self._probing, self._killer, self._starter, self._ending
        self._mounting = None

    def reconsider(self, image: str) -> None:
        """Take in that an image behaves differently from now on."""
        for record in self._records:
            if record.container.image == image:
                self._probing.reconsider(record)
                if record.running and not self._ending.begun:
                    self._cancel(record.ending)
                    self._plan_exit(record)

    def end_container(self, name: str, exit_code: int) -> bool:
        """Take in that a container of that name exited by itself; False if it did not run."""
        for record in self._records:
            if record.name == name and record.running:
                self._exited(record, exit_code)
                return True
        return False

    def wake(self) -> None:
        """Have a pass made as soon as there may be one."""
        self._plan_pass(self._loop.now_ms)

    # Passes

    def _plan_pass(self, time_ms: int) -> None:
        """Have the next pass made at this time, or earlier if it is planned earlier."""
        if self.over or self._to_end:
            return
        if self._current is not None:
            self._current.woken = True
            return
        due_ms = self._earliest_ms(time_ms)
        entry = self._wake_entry
        if entry is not None:
            if entry[0] <= due_ms:
                return
            self._cancel(entry)
        self._wake_entry = self._loop.at(due_ms, self._begin_pass)

    def _earliest_ms(self, time_ms: int) -> int:
        """That time, or when the node is looked at for the first time after the last pass, if that is later."""
        return time_ms if self._synced_ms is None else max(time_ms, self.node.look_after(self._synced_ms))

    def _begin_pass(self) -> None:
        self._wake_entry = None
        self._current = _Pass()
        self._loop.spawn(self._work(self._current))

    async def _work(self, current: _Pass) -> None:
        try:
            again_ms = await self._pass(self._client(), current)
        except Abandoned:
            return
        except ApiError:
            # Mostly the pod is gone, and the watch has told so already.
            again_ms = RETRY_MS
        if self._current is not current:
            return
        now_ms = self._loop.now_ms
        looked = current.acted and again_ms is None
        self._synced_ms = None if looked else now_ms
        self._current = None
        if self._to_end:
            self._plan_end()
        elif current.woken or current.acted:
            self._plan_pass(now_ms)
        elif again_ms is not None:
            # What was put off is taken up with a look at the node too.
            self._plan_pass(self.node.look_after(now_ms + min(again_ms, POD_PASS_MS) - 1))

    async def _pass(self, client: Client, current: _Pass) -> int | None:
        """Report what is seen, then act on it. Returns the milliseconds until it should be tried again, if ever."""
        if self._refusal is not None:
            await self._refuse(client, self._refusal)
            return None
        for record in self._records:
            self._probing.observe(record)
        told = self._report()
        await self._tell(client, told)
        if current.overtaken:
            # What ended during the write is told before anything is done about it.
            return None
        if told.computed in ENDED:
            self._plan_end()
            return None
        if self._mounting is not None:
            await self._mount(self._mounting)
            self._mounting = None
            self._probing.begin()
        current.starts = True
        if not self._ground.sandbox:
            self._make_sandbox()
            current.acted = True
        return await self._act(current)

    async def _mount(self, mounting: Mounting) -> None:
        """Wait for the pod's volumes; nothing else of the pod is attended to meanwhile."""
        while True:
            look_ms = mounting.look(self.pod)
            if look_ms is None:
                return
            await self._wait(look_ms)

    def _make_sandbox(self) -> None:
        """Set up the pod's network. Its address is told with the report after this one."""
        self._ground = replace(self._ground, sandbox=True)
        self._loop.spawn(self._tell_now())
        if not self.pod.spec.host_network:
            self._address = self.node.take_address()
            self._ground = replace(self._ground, pod_ip=self._address)

    async def _act(self, current: _Pass) -> int | None:
        """Stop and start what should be. Returns the milliseconds until what failed should be tried again."""
        known_ends = {record.name: known_end_ms(record) for record in self._records}
        if self.pod.spec.image_pull_secrets:
            self._look_for_pull_secrets()
        for record in self._records:
            if record.kill:
                self._probing.release(record)
                await self._killer.kill(self.pod, record)
                current.acted = True
        failures: list[int] = []
        for record in next_to_start(self.pod.spec, self._records):
            run = record.run
            wait_ms = await self._starter.start(self.pod, record, known_ends[record.name], self._ground.pod_ip)
            current.acted = current.acted or record.run is not run
            if wait_ms:
                failures.append(wait_ms)
        return min(failures, default=None)

    def _look_for_pull_secrets(self) -> None:
        missing = configuration.missing_pull_secrets(self.pod, self._find_config)
        if missing:
            self._say(WARNING, "FailedToRetrieveImagePullSecret", images.missing_secrets(missing))

    async def _stop_greeted(self, record: Record, message: str) -> None:
        """Stop a container that was not to start, after all."""
        await self._killer.stop(record, message, grace_seconds(self.pod))

    async def _refuse(self, client: Client, refusal: Refusal) -> None:
        self._say(WARNING, refusal.reason, refusal.message)
        stamp = self._loop.clock.stamp()
        await self._take_turn()
        await client.modify(
            self.pod, lambda stored: replace(stored, status=refused(stored, refusal, stamp)), status=True
        )
        self.drop()

    # Reporting

    def _report(self, *, over: bool = False) -> Report:
        return report(self.pod, self._records, self._ground, ending=self._ending.begun, over=over)

    async def _tell(self, client: Client, told: Report) -> None:
        """Write the report into the pod's status, unless it says nothing new."""
        stamp = self._loop.clock.stamp()
        seen = self.pod.status
        status = told.on(seen, stamp)
        if status == seen:
            return

        def change(stored: Pod) -> Pod:
            return replace(stored, status=status if stored.status is seen else told.on(stored.status, stamp))

        current = self._current
        await self._take_turn()
        await client.modify(self.pod, change, status=True)
        self._go_on(current)

    async def _take_turn(self) -> None:
        """Wait until whoever writes the statuses of the node's pods has read this one."""
        await sleep(self.node.take_turn_ms(self._loop.now_ms))

    async def _tell_now(self) -> None:
        """Write what there is to say without a pass."""
        # What is lost is told by what follows, if somebody is left to be told.
        with suppress(Abandoned, ApiError):
            await self._tell(self._client(), self._report())

    def _say(self, type_: str, reason: str, message: str, record: Record | None = None) -> None:
        field_path = record.field_path if record is not None else ""
        self.node.recorder.event(self.pod, type_, reason, message, field_path=field_path, cause=self._client().cause)

    def _say_stopping(self, records: list[Record]) -> None:
        for record in records:
            self._say(NORMAL, "Killing", f"Stopping container {record.name}", record)

    def _client(self) -> Client:
        metadata = self.pod.metadata
        return self._process.client("kubelet", f"{metadata.namespace}/{metadata.name}", self._woken_by)

    # What happens to containers

    def _plan_exit(self, record: Record) -> None:
        """Have the container exit so long after its start as its image says."""
        behaviour = self._world.behaviour(record.container.image)
        exit_code = behaviour.exit
        if exit_code is None and record.init and not self._world.is_named(record.container.image):
            # Of an init container of which nothing was said, the one thing known is that it is to come to an end.
            exit_code = 0
        record.ending = None
        if exit_code is not None:
            assert record.run is not None
            due_ms = record.run.started_ms + behaviour.after_ms
            record.ending = self._loop.at(due_ms, partial(self._exited, record, exit_code))

    def _exited(self, record: Record, exit_code: int) -> None:
        """A container ended by itself, which is noticed when the node is looked at next."""
        self._take_end(record, exit_code)
        if self._current is not None:
            self._current.overtaken = True
        if self._ending.begun:
            self._ending.proceed()
        else:
            self._plan_pass(self.node.look_after(self._loop.now_ms))

    def _take_end(self, record: Record, exit_code: int) -> None:
        self._cancel(record.ending)
        record.ending = None
        if self._to_end:
            self._probing.release(record)
        else:
            self._probing.lose(record, self.node.look_after(self._loop.now_ms))
        record.started = record.ready = False
        assert record.run is not None
        record.run = ended(record.run, exit_code, self._loop.now_ms, self._loop.clock.stamp())
        if record.in_hook:
            record.in_hook = False
            self._say(WARNING, hooks.FAILED_PRE_STOP, hooks.PRE_STOP_FAILED, record)

    def _probe_failed(self, record: Record, kind: ProbeKind) -> None:
        probe = probes.probe_of(record.container, kind)
        assert probe is not None
        message = probes.failure(record.container, kind, probe, self._ground.pod_ip)
        self._say(WARNING, "Unhealthy", message, record)

    def _probe_settled(self, record: Record, kind: ProbeKind, passed: bool) -> None:
        if kind == READINESS or passed:
            # This much is told at once; the pass that follows may have to wait.
            self._loop.spawn(self._tell_now())
        else:
            record.kill = FAILED_PROBES[kind]
        self.wake()

    def _take_spec(self) -> None:
        """The pod's spec changed."""
        redefine(self._records, self.pod.spec)
        self._cancel(self._deadline)
        self._deadline = self._plan_deadline()

    # The end

    def _plan_deadline(self) -> Entry | None:
        """Have the pod ended when it has been active for as long as it may."""
        seconds = self.pod.spec.active_deadline_seconds
        if seconds is None:
            return None
        due_ms = self._loop.clock.at(self._ground.start_time) + seconds * 1000
        return self._loop.at(self.node.look_after(due_ms - 1), self._exceed_deadline)

    def _exceed_deadline(self) -> None:
        if self._to_end or self.over:
            return
        self._ground = replace(self._ground, reason="DeadlineExceeded", message=_DEADLINE_MESSAGE)
        self._say(NORMAL, "DeadlineExceeded", _DEADLINE_MESSAGE)
        self.wake()

    def _terminate(self) -> None:
        """The pod was deleted, or is to go sooner than was said before."""
        if self.over:
            return
        if self._ending.begun:
            self._ending.shorten(self._grace_seconds())
        else:
            self._plan_end()

    def _plan_end(self) -> None:
        """Have everything stopped as soon as there might be another pass. There will be none.

        A pass that waits for volumes is left off; once it pulls and starts, it is carried through.
        """
        self._to_end = True
        if self._end_entry is None and (self._current is None or not self._current.starts):
            self._abandon()
            self._end_entry = self._loop.at(self._earliest_ms(self._loop.now_ms), self._end)

    def _grace_seconds(self) -> int:
        metadata = self.pod.metadata
        if metadata.deletion_timestamp is not None:
            return metadata.deletion_grace_period_seconds or 0
        return grace_seconds(self.pod)

    def _end(self) -> None:
        """Stop everything."""
        self._cancel(self._deadline)
        for record in self._records:
            self._probing.release(record, kinds=(LIVENESS, STARTUP))
            if record.run is not None:
                record.waiting = None
        self._say_stopping([record for record in self._records if record.running])
        self._ending.begin(self._grace_seconds())
        if not self._ending.complete:
            # There is time to tell that the deletion was seen.
            self._loop.spawn(self._tell_now())

    def _all_ended(self) -> None:
        self._abandon()
        self._loop.spawn(self._finish())

    async def _finish(self) -> None:
        """Tell how the pod ended, and once its volumes are seen to be unmounted, if it was deleted, that it may go."""
        client = self._client()
        self._ground = replace(self._ground, sandbox=False)
        self.node.volumes.release(self.pod.metadata.uid)
        try:
            await self._wait(_TEAR_DOWN_MS)
            due_ms = unmounted_ms(self._loop.now_ms, self.node.look_after)
            last = self._report(over=True)
            # Of containers that never ran nothing can be told before the very end.
            all_ran = last.computed in ENDED
            await self._tell(client, last if all_ran else self._report())
            await self._wait(max(0, due_ms - self._loop.now_ms))
            if not all_ran:
                await self._tell(client, last)
            self.drop()
            if self.pod.metadata.deletion_timestamp is not None:
                await self._take_turn()
                await client.delete(self.pod, grace_seconds=0, same=True)
        except (Abandoned, ApiError):
            # Somebody else has taken the pod away already.
            self.drop()

    # Time

    async def _wait(self, delay_ms: int) -> None:
        """Let time pass; raises `Abandoned` if the pod was stopped or taken away meanwhile."""
        current = self._current
        await sleep(delay_ms)
        self._go_on(current)

    def _go_on(self, current: _Pass | None) -> None:
        if self.over or self._current is not current:
            raise Abandoned

    def _abandon(self) -> None:
        """Let the pass that is being made end where it waits, and plan no other."""
        if self._current is not None:
            self._synced_ms = self._loop.now_ms
            self._current = None
        self._cancel(self._wake_entry)
        self._wake_entry = None

    def _cancel(self, entry: Entry | None) -> None:
        if entry is not None:
            self._loop.cancel(entry)
