"""What config maps and secrets keep a volume from being set up, or a container from being configured.

Owns the texts and the order of the checks, as pure questions about what a pod names. When they are asked is the
business of those who mount and start. Source: pkg/volume/{configmap,secret,projected}, pkg/kubelet/kubelet_pods.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from harness.objects.config import ConfigMap, Secret
from harness.objects.pod import Container, Pod
from harness.objects.volume import (
    ConfigMapProjection,
    ConfigMapVolumeSource,
    KeyToPath,
    SecretProjection,
    SecretVolumeSource,
    Volume,
)

CONFIG_MAP = "configmap"
SECRET = "secret"

_MISSING_KEY = {
    CONFIG_MAP: "configmap references non-existent config key: ",
    SECRET: "references non-existent secret key: ",
}

FindConfig: TypeAlias = Callable[[str, str], ConfigMap | Secret | None]
"""(`configmap` or `secret`, name) -> what is stored in the pod's namespace."""


class _Source(NamedTuple):
    kind: str
    name: str
    items: tuple[KeyToPath, ...]
    optional: bool


def volume_problem(volume: Volume, find_config: FindConfig) -> str:
    """What of a configMap, secret or projected volume is missing; empty if nothing is, or for any other volume."""
    if volume.config_map is not None:
        return _source_problem(_config_map(volume.config_map), find_config)
    if volume.secret is not None:
        return _source_problem(_secret(volume.secret, volume.secret.secret_name), find_config)
    problems = dict.fromkeys(_source_problem(source, find_config) for source in _projections(volume))
    return _aggregate([problem for problem in problems if problem])


def environment_problem(namespace: str, container: Container, find_config: FindConfig) -> str:
    """What of the container's environment is missing; empty if nothing is (CreateContainerConfigError)."""
    for source in container.env_from:
        for kind, reference in ((CONFIG_MAP, source.config_map_ref), (SECRET, source.secret_ref)):
            if reference is not None and not reference.optional and find_config(kind, reference.name) is None:
                return f'{kind} "{reference.name}" not found'
    for variable in container.env:
        value_from = variable.value_from
        if value_from is None:
            continue
        for kind, title, selector in (
            (CONFIG_MAP, "ConfigMap", value_from.config_map_key_ref),
            (SECRET, "Secret", value_from.secret_key_ref),
        ):
            if selector is None or selector.optional:
                continue
            config = find_config(kind, selector.name)
            if config is None:
                return f'{kind} "{selector.name}" not found'
            if selector.key not in config.data:
                return f"couldn't find key {selector.key} in {title} {namespace}/{selector.name}"
    return ""


def user_problem(pod: Pod, container: Container) -> str:
    """Why a container may not run as the user it names. As whom an image runs by itself is unknown here."""
    own, common = container.security_context, pod.spec.security_context

    def effective(name: str) -> object:
        found = getattr(own, name) if own is not None else None
        return found if found is not None or common is None else getattr(common, name)

    if effective("run_as_non_root") and effective("run_as_user") == 0:
        metadata = pod.metadata
        about = f'pod: "{metadata.name}_{metadata.namespace}({metadata.uid})", container: {container.name}'
        return f"container's runAsUser breaks non-root policy ({about})"
    return ""


def missing_pull_secrets(pod: Pod, find_config: FindConfig) -> list[str]:
    """The names of the pod's pull secrets that are not there."""
    wanted = (reference.name for reference in pod.spec.image_pull_secrets)
    return [name for name in wanted if find_config(SECRET, name) is None]


def _config_map(source: ConfigMapVolumeSource | ConfigMapProjection) -> _Source:
    return _Source(CONFIG_MAP, source.name, source.items, bool(source.optional))


def _secret(source: SecretVolumeSource | SecretProjection, name: str) -> _Source:
    return _Source(SECRET, name, source.items, bool(source.optional))


def _projections(volume: Volume) -> Iterator[_Source]:
    for part in volume.projected.sources if volume.projected is not None else ():
        if part.config_map is not None:
            yield _config_map(part.config_map)
        if part.secret is not None:
            yield _secret(part.secret, part.secret.name)


def _source_problem(source: _Source, find_config: FindConfig) -> str:
    if source.optional:
        return ""
    config = find_config(source.kind, source.name)
    if config is None:
        return f'{source.kind} "{source.name}" not found'
    present = (*config.data, *getattr(config, "binary_data", ()))
    missing = next((item.key for item in source.items if item.key not in present), None)
    return "" if missing is None else _MISSING_KEY[source.kind] + missing


def _aggregate(problems: list[str]) -> str:
    """Several errors as one, as Go prints them (apimachinery's util/errors)."""
    return problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]" if problems else ""
