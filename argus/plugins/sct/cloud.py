"""The planned cluster, out of a test's configuration (docs/contract/plugins.md#the-planned-cluster)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from argus.plugins.sct.types import CloudNodesInfo, CloudSetupDetails

Config = Mapping[str, Any]
Text = Callable[[Config], Any]
NODES = (
    ("db_node", "n_db_nodes", "post_behavior_db_nodes"),
    ("loader_node", "n_loaders", "post_behavior_loader_nodes"),
    ("monitor_node", "n_monitor_nodes", "post_behavior_monitor_nodes"),
)


def _key(name: str) -> Text:
    return lambda config: config.get(name)


def _literal(text: str) -> Text:
    return lambda config: text


def _scylla_image(config: Config) -> str:
    return f"scylladb/scylladb:{config.get('scylla_version')}"


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a backend's settings are in the configuration: images and instance types of database, loader and monitor nodes."""

    images: tuple[Text, Text, Text]
    instance_types: tuple[Text, Text, Text]
    region: str = "region_name"


def _keys(*names: str) -> tuple[Text, Text, Text]:
    db, loader, monitor = map(_key, names)
    return db, loader, monitor


def _same(text: Text) -> tuple[Text, Text, Text]:
    return text, text, text


_AWS = Backend(
    _keys("ami_id_db_scylla", "ami_id_loader", "ami_id_monitor"),
    _keys("instance_type_db", "instance_type_loader", "instance_type_monitor"),
)
_GCE_TYPES = _keys("gce_instance_type_db", "gce_instance_type_loader", "gce_instance_type_monitor")
_GCE = Backend(_keys("gce_image_db", "gce_image_loader", "gce_image_monitor"), _GCE_TYPES, "gce_datacenter")
UNKNOWN = Backend(_same(_literal("UNKNOWN")), _same(_literal("UNKNOWN")))
BACKENDS = {
    "aws": _AWS,
    "aws-siren": _AWS,
    "k8s-eks": _AWS,
    "gce": _GCE,
    "gce-siren": _GCE,
    "azure": Backend(
        _keys("azure_image_db", "azure_image_loader", "azure_image_monitor"),
        _keys("azure_instance_type_db", "azure_instance_type_loader", "azure_instance_type_monitor"),
        "azure_region_name",
    ),
    "oci": Backend(
        _keys("oci_image_db", "oci_image_loader", "oci_image_monitor"),
        _keys("oci_instance_type_db", "oci_instance_type_loader", "oci_instance_type_monitor"),
        "oci_region_name",
    ),
    "k8s-gke": Backend((_scylla_image, _scylla_image, _key("mgmt_docker_image")), _GCE_TYPES, "gce_datacenter"),
    "k8s-gce-minikube": Backend((_scylla_image, *_GCE.images[1:]), (_key("gce_instance_type_minikube"), *_GCE_TYPES[1:])),
    "docker": Backend(_same(_key("docker_image")), _same(_literal("docker"))),
    "baremetal": Backend(_same(_literal("bare_metal")), _same(_literal("bare_metal"))),
}


def cloud_setup(config: Config) -> CloudSetupDetails:
    """The cluster that a configuration asks for; of an unknown backend the texts are `UNKNOWN`.

    Raises:
        ValueError: a node count is no number.
        ValidationError: a setting has a wrong type.
    """
    name = config.get("cluster_backend")
    backend = BACKENDS.get(name, UNKNOWN) if isinstance(name, str) else UNKNOWN
    nodes = {
        node: CloudNodesInfo(
            image_id=image(config),
            instance_type=instance_type(config),
            node_amount=-1 if backend is UNKNOWN else node_amount(config.get(count)),
            post_behaviour="UNKNOWN" if backend is UNKNOWN else config.get(behaviour),
        )
        for (node, count, behaviour), image, instance_type in zip(NODES, backend.images, backend.instance_types, strict=True)
    }
    return CloudSetupDetails(**nodes, backend=name)


def node_amount(count: Any) -> int | None:
    """How many nodes over all regions: a number, or one a region as a list or as text with blanks between.

    Raises:
        ValueError: something else.
    """
    if count is None or isinstance(count, int):
        return count
    return sum(int(part) for part in (count.split() if isinstance(count, str) else count))


def regions(config: Config) -> list[str]:
    """The regions of a configuration, never none."""
    backend = BACKENDS.get(config.get("cluster_backend") or "", UNKNOWN)
    named = config.get(backend.region)
    return (named.split() if isinstance(named, str) else named) or ["undefined_region"]
