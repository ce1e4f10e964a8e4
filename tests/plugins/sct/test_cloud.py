"""The cluster of a configuration, backend by backend."""

from __future__ import annotations

from typing import Any

import pytest

from argus.plugins.sct.cloud import BACKENDS, cloud_setup, node_amount, regions


@pytest.mark.parametrize(("given", "nodes"), [(None, None), (3, 3), ("3", 3), ("3 2", 5), ([3, "2"], 5), ([], 0)])
def test_node_counts_may_be_given_by_region(given: Any, nodes: int | None) -> None:
    assert node_amount(given) == nodes


def test_a_node_count_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        node_amount("three")


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"cluster_backend": "aws", "region_name": "a b"}, ["a", "b"]),
        ({"cluster_backend": "gce", "gce_datacenter": "c", "region_name": "a"}, ["c"]),
        ({"cluster_backend": "azure", "azure_region_name": ["x", "y"]}, ["x", "y"]),
        ({"cluster_backend": "oci", "oci_region_name": "z"}, ["z"]),
        ({"cluster_backend": "moonbase", "region_name": "sea"}, ["sea"]),
        ({"cluster_backend": "aws", "region_name": ""}, ["undefined_region"]),
        ({"cluster_backend": "aws", "region_name": "  "}, ["undefined_region"]),
        ({"region_name": "a"}, ["a"]),
    ],
)
def test_regions_never_are_none(config: dict[str, Any], named: list[str]) -> None:
    assert regions(config) == named


AWS_IMAGES = ("ami_id_db_scylla", "ami_id_loader", "ami_id_monitor")
AWS_TYPES = ("instance_type_db", "instance_type_loader", "instance_type_monitor")
OCI_IMAGES = ("oci_image_db", "oci_image_loader", "oci_image_monitor")
OCI_TYPES = ("oci_instance_type_db", "oci_instance_type_loader", "oci_instance_type_monitor")
MINIKUBE_IMAGES = ("scylladb/scylladb:6.2", "gce_image_loader", "gce_image_monitor")
MINIKUBE_TYPES = ("gce_instance_type_minikube", "gce_instance_type_loader", "gce_instance_type_monitor")


@pytest.mark.parametrize(
    ("backend", "images", "types"),
    [
        ("aws", AWS_IMAGES, AWS_TYPES),
        ("k8s-eks", AWS_IMAGES, AWS_TYPES),
        ("oci", OCI_IMAGES, OCI_TYPES),
        ("docker", ("docker_image",) * 3, ("docker",) * 3),
        ("k8s-gce-minikube", MINIKUBE_IMAGES, MINIKUBE_TYPES),
    ],
)
def test_each_backend_has_its_own_keys(backend: str, images: tuple[str, ...], types: tuple[str, ...]) -> None:
    everything = {name: name for name in (*images, *types)} | {"cluster_backend": backend, "scylla_version": "6.2"}
    setup = cloud_setup(everything)
    nodes = [node for node in (setup.db_node, setup.loader_node, setup.monitor_node) if node]
    assert tuple(node.image_id for node in nodes) == images
    assert tuple(node.instance_type for node in nodes) == types


def test_a_backend_is_a_name() -> None:
    with pytest.raises(ValueError, match="CloudSetupDetails"):
        cloud_setup({"cluster_backend": 7})


@pytest.mark.parametrize("config", [{}, {"cluster_backend": "moonbase", "n_db_nodes": "no number"}])
def test_of_an_unknown_backend_everything_is_unknown(config: dict[str, Any]) -> None:
    node = cloud_setup(config).db_node
    assert node is not None
    assert (node.image_id, node.instance_type, node.node_amount, node.post_behaviour) == ("UNKNOWN", "UNKNOWN", -1, "UNKNOWN")


def test_every_backend_of_the_contract_is_known() -> None:
    named = "aws aws-siren k8s-eks gce gce-siren azure oci k8s-gke k8s-gce-minikube docker baremetal"
    assert set(BACKENDS) == set(named.split())
