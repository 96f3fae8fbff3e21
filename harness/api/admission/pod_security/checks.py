"""The table of checks: which belong to a level, since when, and which take the place of others.

Source: staging/src/k8s.io/pod-security-admission/policy/registry.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from harness.api.admission.pod_security import baseline, restricted
from harness.api.admission.pod_security.policy import BASELINE, PRIVILEGED, LevelVersion
from harness.api.admission.pod_security.subject import Subject, Violation

__all__ = ["Subject", "Violation", "violations"]

CheckFunction: TypeAlias = Callable[[Subject], Violation | None]


class Check(NamedTuple):
    """One check, as it is since each of some minor versions. `instead_of` names the one that it replaces."""

    name: str
    versions: tuple[tuple[int, CheckFunction], ...]
    instead_of: str = ""

    def at(self, version: int | None) -> CheckFunction | None:
        """The check as it was in a minor version; None where there was none yet."""
        found = [function for since, function in self.versions if version is None or since <= version]
        return found[-1] if found else None


def _not_on_windows(check: CheckFunction) -> CheckFunction:
    return lambda pod: None if pod.is_for_windows else check(pod)


def _not_of_own_users(check: CheckFunction) -> CheckFunction:
    return lambda pod: None if pod.has_users_of_its_own else check(pod)


_SE_LINUX = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
_SYSCTLS = frozenset(
    (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    )
)
_SYSCTLS_27 = _SYSCTLS | {"net.ipv4.ip_local_reserved_ports"}
_SYSCTLS_29 = _SYSCTLS_27 | {
    f"net.ipv4.tcp_{name}" for name in ("keepalive_time", "fin_timeout", "keepalive_intvl", "keepalive_probes")
}
_SYSCTLS_32 = _SYSCTLS_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}

_BASELINE = (
    Check("appArmorProfile", ((0, baseline.app_armor_profile),)),
    Check("capabilities_baseline", ((0, baseline.capabilities),)),
    Check("hostNamespaces", ((0, baseline.host_namespaces),)),
    Check("hostPathVolumes", ((0, baseline.host_path_volumes),)),
    Check("hostPorts", ((0, baseline.host_ports),)),
    Check("hostProbesAndHostLifecycle", ((34, baseline.host_probes),)),
    Check("privileged", ((0, baseline.privileged),)),
    Check("procMount", ((0, baseline.proc_mount), (35, baseline.proc_mount_of_the_node))),
    Check(
        "seLinuxOptions",
        (
            (0, baseline.se_linux_options(_SE_LINUX)),
            (31, baseline.se_linux_options(_SE_LINUX | {"container_engine_t"})),
        ),
    ),
    Check("seccompProfile_baseline", ((0, baseline.seccomp_annotations), (19, baseline.seccomp_profile))),
    Check(
        "sysctls",
        (
            (0, baseline.sysctls(_SYSCTLS)),
            (27, baseline.sysctls(_SYSCTLS_27)),
            (29, baseline.sysctls(_SYSCTLS_29)),
            (32, baseline.sysctls(_SYSCTLS_32)),
        ),
    ),
    Check("windowsHostProcess", ((0, baseline.windows_host_process),)),
)
_RESTRICTED = (
    Check(
        "allowPrivilegeEscalation",
        ((8, restricted.privilege_escalation), (25, _not_on_windows(restricted.privilege_escalation))),
    ),
    Check(
        "capabilities_restricted",
        ((22, restricted.capabilities), (25, _not_on_windows(restricted.capabilities))),
        instead_of="capabilities_baseline",
    ),
    Check("procMount_restricted", ((35, baseline.proc_mount),), instead_of="procMount"),
    Check("restrictedVolumes", ((0, restricted.volumes),), instead_of="hostPathVolumes"),
    Check("runAsNonRoot", ((0, restricted.run_as_non_root), (35, _not_of_own_users(restricted.run_as_non_root)))),
    Check("runAsUser", ((23, restricted.run_as_user), (35, _not_of_own_users(restricted.run_as_user)))),
    Check(
        "seccompProfile_restricted",
        ((19, restricted.seccomp), (25, _not_on_windows(restricted.seccomp))),
        instead_of="seccompProfile_baseline",
    ),
)


def violations(pod: Subject, asked: LevelVersion) -> list[Violation]:
    """What keeps the pod from a level, in the order in which it is told."""
    return [found for check in _checks(asked) if (found := check(pod)) is not None]


def _checks(asked: LevelVersion) -> Iterator[CheckFunction]:
    """Those of the baseline that nothing stricter replaces come first."""
    if asked.level == PRIVILEGED:
        return
    stricter = [check for check in (() if asked.level == BASELINE else _RESTRICTED) if check.at(asked.version)]
    replaced = [check.instead_of for check in stricter]
    for check in (*(check for check in _BASELINE if check.name not in replaced), *stricter):
        function = check.at(asked.version)
        if function is not None:
            yield function
