"""What keeps the volumes of a pod from being mounted, and its containers from being configured.

Owns the texts and the order of the checks, as pure questions about a pod and what it names. Source:
pkg/kubelet/volumemanager (desired_state_of_world_populator.go), pkg/volume/{configmap,secret,projected}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap, Secret
from harness.objects.pod import Container, Pod
from harness.objects.pod_claims import ephemeral_claim_name, ownership_problem
from harness.objects.storage import PersistentVolume
from harness.objects.volume import KeyToPath, Volume
from harness.objects.volume_plugins import missing_plugin

FIRST_RETRY_MS = 500
LAST_RETRY_MS = 122_000
TIMEOUT_MS = 123_000

_MISSING_KEY = {
    "configmap": "configmap references non-existent config key: ",
    "secret": "references non-existent secret key: ",
}

FindConfig: TypeAlias = Callable[[str, str], ConfigMap | Secret | None]
"""(`configmap` or `secret`, name) -> what is stored in the pod's namespace."""
FindClaim: TypeAlias = Callable[[str], PersistentVolumeClaim | None]
FindVolume: TypeAlias = Callable[[str], PersistentVolume | None]


class Unmounted(msgspec.Struct, frozen=True):
    """A volume that cannot be mounted now.

    One that is not `understood` says nothing until it gives up: it waits for `claim`, or there is no plugin for it.
    """

    volume: str
    problem: str
    claim: str = ""
    understood: bool = True


def claim_name(pod: Pod, volume: Volume) -> str:
    """The claim behind a volume; empty if there is none."""
    if volume.persistent_volume_claim is not None:
        return volume.persistent_volume_claim.claim_name
    return ephemeral_claim_name(pod, volume.name) if volume.ephemeral is not None else ""


def unmounted(pod: Pod, find_claim: FindClaim, find_volume: FindVolume, find_config: FindConfig) -> list[Unmounted]:
    """The volumes of the pod that cannot be mounted now, in the order of its spec."""
    found: list[Unmounted] = []
    for volume in pod.spec.volumes:
        name = claim_name(pod, volume)
        claim = find_claim(name) if name else None
        problem = (_claim_problem(pod, volume, claim) if name else "") or _plugin_problem(volume, claim, find_volume)
        if problem:
            found.append(Unmounted(volume.name, problem, name, understood=False))
        elif not name and (problem := _config_problem(volume, find_config)):
            found.append(Unmounted(volume.name, problem))
    return found


def _plugin_problem(volume: Volume, claim: PersistentVolumeClaim | None, find_volume: FindVolume) -> str:
    if claim is None:
        return missing_plugin(volume.name, volume)
    bound = find_volume(claim.spec.volume_name)
    return "" if bound is None else missing_plugin(bound.metadata.name, bound.spec)


def _claim_problem(pod: Pod, volume: Volume, claim: PersistentVolumeClaim | None) -> str:
    name = claim_name(pod, volume)
    where = f"{pod.metadata.namespace}/{name}"
    if claim is None:
        text = f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
    elif claim.metadata.deletion_timestamp is not None and claim.status.phase != "Bound":
        text = "PVC is being deleted"
    elif claim.status.phase != "Bound" or not claim.spec.volume_name:
        text = "PVC is not bound"
    else:
        return ownership_problem(pod, claim) if volume.ephemeral is not None else ""
    return f"error processing PVC {where}: {text}"


def _config_problem(volume: Volume, find_config: FindConfig) -> str:
    for kind, name, items, optional in _sources(volume):
        config = find_config(kind, name)
        if config is None:
            if optional:
                continue
            return f'{kind} "{name}" not found'
        missing = next((item.key for item in items if item.key not in config.data and not optional), None)
        if missing is not None and missing not in getattr(config, "binary_data", {}):
            return _MISSING_KEY[kind] + missing
    return ""


def _sources(volume: Volume) -> Iterator[tuple[str, str, tuple[KeyToPath, ...], bool]]:
    """(kind, name, items, whether it may be missing) of each config map and secret in the volume."""
    if volume.config_map is not None:
        source = volume.config_map
        yield "configmap", source.name, source.items, bool(source.optional)
    if volume.secret is not None:
        secret = volume.secret
        yield "secret", secret.secret_name, secret.items, bool(secret.optional)
    for part in volume.projected.sources if volume.projected is not None else ():
        if part.config_map is not None:
            yield "configmap", part.config_map.name, part.config_map.items, bool(part.config_map.optional)
        if part.secret is not None:
            yield "secret", part.secret.name, part.secret.items, bool(part.secret.optional)


def set_up_failed(missing: Unmounted) -> str:
    """The text of one failed attempt to mount (the space before the colon is the volume's empty specification)."""
    return f'MountVolume.SetUp failed for volume "{missing.volume}" : {missing.problem}'


def gave_up(missing: list[Unmounted]) -> str:
    """The text after two minutes of waiting for volumes."""
    names = " ".join(one.volume for one in missing)
    failed = [one for one in missing if not one.understood]
    processed = " ".join(one.volume for one in failed)
    reason = failed[0].problem if failed else "context deadline exceeded"
    return (
        f"Unable to attach or mount volumes: unmounted volumes=[{names}], unattached volumes=[], "
        f"failed to process volumes=[{processed}]: {reason}"
    )


def environment_problem(namespace: str, container: Container, find_config: FindConfig) -> str:
    """What of the container's environment is missing; empty if nothing is (CreateContainerConfigError)."""
    for source in container.env_from:
        for kind, reference in (("configmap", source.config_map_ref), ("secret", source.secret_ref)):
            if reference is not None and not reference.optional and find_config(kind, reference.name) is None:
                return f'{kind} "{reference.name}" not found'
    for variable in container.env:
        value_from = variable.value_from
        if value_from is None:
            continue
        for kind, title, selector in (
            ("configmap", "ConfigMap", value_from.config_map_key_ref),
            ("secret", "Secret", value_from.secret_key_ref),
        ):
            if selector is None or selector.optional:
                continue
            config = find_config(kind, selector.name)
            if config is None:
                return f'{kind} "{selector.name}" not found'
            if selector.key not in config.data:
                return f"couldn't find key {selector.key} in {title} {namespace}/{selector.name}"
    return ""
