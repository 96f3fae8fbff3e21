"""What the level `baseline` asks of a pod: nothing that is known to give it the node.

Each check returns what it finds, or None. Source: staging/src/k8s.io/pod-security-admission/policy/check_*.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.api.admission.pod_security.subject import (
    AnyContainer,
    Subject,
    Violation,
    containers,
    plural,
    quoted_list,
    setters,
)
from harness.api.problems import quoted
from harness.objects.pod import LifecycleHandler, Probe, SELinuxOptions

_APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_APP_ARMOR_PROFILES = ("RuntimeDefault", "Localhost")
_CAPABILITIES = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
_SECCOMP_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"
SECCOMP_PROFILES = ("RuntimeDefault", "Localhost")


def app_armor_profile(pod: Subject) -> Violation | None:
    context = pod.spec.security_context
    profile = context.app_armor_profile if context is not None else None
    of_the_pod = profile is not None and profile.type not in _APP_ARMOR_PROFILES
    bad = {
        one.name: found.type
        for one in pod.containers
        if one.security_context
        and (found := one.security_context.app_armor_profile)
        and found.type not in _APP_ARMOR_PROFILES
    }
    values = sorted({*bad.values(), *([profile.type] if profile is not None and of_the_pod else [])})
    annotations = sorted(
        f"{key}={quoted(text)}"
        for key, text in pod.metadata.annotations.items()
        if key.startswith(_APP_ARMOR_ANNOTATION) and not _is_known_profile(text)
    )
    who = [part for part in (setters(of_the_pod, list(bad)),) if part]
    if annotations:
        who.append(plural("annotation", len(annotations)))
    if not who:
        return None
    values += annotations
    return Violation(
        plural("forbidden AppArmor profile", len(values)),
        f"{' and '.join(who)} must not set AppArmor profile type to {quoted_list(values)}",
    )


def _is_known_profile(text: str) -> bool:
    return text in ("", "runtime/default") or text.startswith("localhost/")


def capabilities(pod: Subject) -> Violation | None:
    forbidden: dict[str, None] = {}
    bad: list[str] = []
    for one in pod.containers:
        given = one.security_context.capabilities if one.security_context else None
        found = [name for name in given.add if name not in _CAPABILITIES] if given else []
        if found:
            bad.append(one.name)
            forbidden |= dict.fromkeys(found)
    if not bad:
        return None
    listed = quoted_list(sorted(forbidden))
    return Violation(
        "non-default capabilities",
        f"{containers(bad)} must not include {listed} in securityContext.capabilities.add",
    )


def host_namespaces(pod: Subject) -> Violation | None:
    spec = pod.spec
    shared = (("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc))
    found = [f"{name}=true" for name, is_on in shared if is_on]
    return Violation("host namespaces", ", ".join(found)) if found else None


def host_path_volumes(pod: Subject) -> Violation | None:
    bad = [volume.name for volume in pod.spec.volumes if volume.host_path is not None]
    return Violation("hostPath volumes", f"{plural('volume', len(bad))} {quoted_list(bad)}") if bad else None


def host_ports(pod: Subject) -> Violation | None:
    ports = {one.name: [str(port.host_port) for port in one.ports if port.host_port] for one in pod.containers}
    bad = [name for name, found in ports.items() if found]
    if not bad:
        return None
    listed = sorted({port for found in ports.values() for port in found})
    uses = "uses" if len(bad) == 1 else "use"
    return Violation("hostPort", f"{containers(bad)} {uses} {plural('hostPort', len(listed))} {', '.join(listed)}")


def host_probes(pod: Subject) -> Violation | None:
    hosts = {one.name: list(_hosts(one)) for one in pod.containers}
    bad = sorted(name for name, found in hosts.items() if found)
    if not bad:
        return None
    listed = sorted({host for found in hosts.values() for host in found})
    reason = "probe or lifecycle host"
    uses = "uses" if len(bad) == 1 else "use"
    return Violation(reason, f"{containers(bad)} {uses} {plural(reason, len(listed))} {quoted_list(listed)}")


def _hosts(container: AnyContainer) -> Iterator[str]:
    """The hosts, other than the pod itself, that the probes and hooks of a container ask."""
    lifecycle = container.lifecycle
    hooks = (lifecycle.post_start, lifecycle.pre_stop) if lifecycle is not None else ()
    asking: tuple[Probe | LifecycleHandler | None, ...] = (
        container.liveness_probe,
        container.readiness_probe,
        container.startup_probe,
        *hooks,
    )
    for asked in asking:
        for action in (asked.http_get, asked.tcp_socket) if asked is not None else ():
            if action is not None and action.host:
                yield action.host


def privileged(pod: Subject) -> Violation | None:
    bad = pod.names(lambda context: context.privileged is True)
    return Violation("privileged", f"{containers(bad)} must not set securityContext.privileged=true") if bad else None


def proc_mount(pod: Subject) -> Violation | None:
    bad = {
        one.name: mount
        for one in pod.containers
        if one.security_context and (mount := one.security_context.proc_mount) is not None and mount != "Default"
    }
    if not bad:
        return None
    listed = quoted_list(sorted({*bad.values()}))
    return Violation("procMount", f"{containers(list(bad))} must not set securityContext.procMount to {listed}")


def proc_mount_of_the_node(pod: Subject) -> Violation | None:
    return None if pod.has_users_of_its_own else proc_mount(pod)


def se_linux_options(types: frozenset[str]) -> Callable[[Subject], Violation | None]:
    """The check that allows these types."""

    def check(pod: Subject) -> Violation | None:
        context = pod.spec.security_context
        options = context.se_linux_options if context is not None else None
        of_the_pod = options is not None and _is_bad(options)
        bad = pod.names(lambda one: one.se_linux_options is not None and _is_bad(one.se_linux_options))
        if not of_the_pod and not bad:
            return None
        given = [options] if options is not None else []
        given += [
            one.security_context.se_linux_options
            for one in pod.containers
            if one.security_context and one.security_context.se_linux_options
        ]
        wrong = sorted({one.type for one in given if one.type not in types})
        said = [f"{plural('type', len(wrong))} {quoted_list(wrong)}"] if wrong else []
        said += ["user may not be set"] if any(one.user for one in given) else []
        said += ["role may not be set"] if any(one.role for one in given) else []
        who = setters(of_the_pod, bad)
        return Violation("seLinuxOptions", f"{who} set forbidden securityContext.seLinuxOptions: {'; '.join(said)}")

    def _is_bad(options: SELinuxOptions) -> bool:
        return options.type not in types or bool(options.user) or bool(options.role)

    return check


def seccomp_annotations(pod: Subject) -> Violation | None:
    """As it was before there were fields for it."""
    annotations = pod.metadata.annotations
    keys = (_SECCOMP_ANNOTATION, *(f"{_SECCOMP_CONTAINER_ANNOTATION}{one.name}" for one in pod.containers))
    bad = sorted(
        {
            f"{key}={quoted(annotations[key])}"
            for key in keys
            if key in annotations
            and annotations[key] not in ("runtime/default", "docker/default")
            and not annotations[key].startswith("localhost/")
        }
    )
    if not bad:
        return None
    return Violation("seccompProfile", f"forbidden {plural('annotation', len(bad))} {', '.join(bad)}")


def seccomp_profile(pod: Subject) -> Violation | None:
    context = pod.spec.security_context
    profile = context.seccomp_profile if context is not None else None
    of_the_pod = profile is not None and profile.type not in SECCOMP_PROFILES
    bad = {
        one.name: found.type
        for one in pod.containers
        if one.security_context
        and (found := one.security_context.seccomp_profile)
        and found.type not in SECCOMP_PROFILES
    }
    who = setters(of_the_pod, list(bad))
    if not who:
        return None
    values = sorted({*bad.values(), *([profile.type] if profile is not None and of_the_pod else [])})
    return Violation(
        "seccompProfile", f"{who} must not set securityContext.seccompProfile.type to {quoted_list(values)}"
    )


def sysctls(allowed: frozenset[str]) -> Callable[[Subject], Violation | None]:
    """The check that allows these."""

    def check(pod: Subject) -> Violation | None:
        context = pod.spec.security_context
        bad = [one.name for one in context.sysctls if one.name not in allowed] if context is not None else []
        return Violation("forbidden sysctls", ", ".join(bad)) if bad else None

    return check


def windows_host_process(pod: Subject) -> Violation | None:
    context = pod.spec.security_context
    options = context.windows_options if context is not None else None
    of_the_pod = options is not None and options.host_process is True
    bad = pod.names(lambda one: one.windows_options is not None and one.windows_options.host_process is True)
    who = setters(of_the_pod, bad)
    return (
        Violation("hostProcess", f"{who} must not set securityContext.windowsOptions.hostProcess=true") if who else None
    )
