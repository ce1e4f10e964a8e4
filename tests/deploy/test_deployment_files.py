"""The files of deploy/ hold together: what one of them names, the others and the product have."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argus.cli.serve import LONGEST_REQUEST
from argus.kit.settings import Settings

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def containers(document: dict[str, Any]) -> list[dict[str, Any]]:
    template = document.get("spec", {}).get("template", {}).get("spec", {})
    found: list[dict[str, Any]] = template.get("containers", [])
    return found


PODS = [
    pair
    for path in (KUBERNETES / "argus.yaml", KUBERNETES / "database.yaml")
    for d in documents(path)
    for pair in [(d, c) for c in containers(d)]
]


def test_every_resource_is_listed_and_every_listed_one_is_there() -> None:
    (listed,) = documents(KUBERNETES / "kustomization.yaml")
    assert sorted(listed["resources"]) == sorted(p.name for p in KUBERNETES.glob("*.yaml") if p.name != "kustomization.yaml")


@pytest.mark.parametrize(("document", "container"), PODS, ids=lambda value: value.get("name") or value["kind"])
def test_pods_have_no_rights_that_they_do_not_need(document: dict[str, Any], container: dict[str, Any]) -> None:
    assert document["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    rights = container["securityContext"]
    assert rights == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def test_what_a_pod_mounts_is_a_volume_of_it_and_the_registry_is_a_folder() -> None:
    (deployment,) = [d for d in documents(KUBERNETES / "argus.yaml") if d["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
    (registry,) = [m for m in container["volumeMounts"] if m["name"] == "registry"]
    assert "subPath" not in registry, "a single file of a config map is never updated"
    (told,) = [e["value"] for e in container["env"] if e["name"] == "ARGUS_REGISTRY"]
    assert Path(told).parent == Path(registry["mountPath"])


def test_probes_ask_for_life_and_for_readiness_apart() -> None:
    (_, container) = PODS[0]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def settings_named() -> set[str]:
    texts = [p.read_text() for p in (*KUBERNETES.glob("*.yaml"), ROOT / "compose.yaml", ROOT / "deploy/systemd/argus.service")]
    return {name for text in texts for name in re.findall(r"\bARGUS_([A-Z0-9_]+)", text)}


def test_every_setting_that_a_file_names_exists() -> None:
    assert settings_named() <= set(Settings.model_fields) | {"CONFIG"}


def test_everybody_waits_longer_than_argus_needs_to_leave() -> None:
    needed = LONGEST_REQUEST + Settings.model_fields["DRAIN_SECONDS"].default
    (deployment,) = [d for d in documents(KUBERNETES / "argus.yaml") if d["kind"] == "Deployment"]
    unit = (ROOT / "deploy/systemd/argus.service").read_text()
    (compose,) = documents(ROOT / "compose.yaml")
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > needed
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.M)[0]) > needed
    assert int(compose["services"]["argus"]["stop_grace_period"].removesuffix("s")) > needed


def test_compose_names_services_volumes_and_files_that_exist() -> None:
    (compose,) = documents(ROOT / "compose.yaml")
    for service in compose["services"].values():
        assert set(service.get("depends_on", ())) <= set(compose["services"])
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in compose["volumes"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in ("argus.socket", "argus.service"):
        text = (ROOT / "deploy/systemd" / name).read_text()
        (tmp_path / name).write_text(
            text.replace("/srv/argus/.venv/bin/argus", "/bin/true").replace("User=argus", "User=root").replace("Group=argus", "Group=root")
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "argus.service"), str(tmp_path / "argus.socket")],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "argus." in line]
    assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.skipif(
    not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0,
    reason="docker compose is not installed",
)
def test_docker_takes_the_compose_file() -> None:
    subprocess.run(["docker", "compose", "-f", str(ROOT / "compose.yaml"), "config", "--quiet"], check=True)


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kubectl_builds_the_manifests(tmp_path: Path) -> None:
    built = kustomized(tmp_path)
    assert {each["metadata"].get("namespace") for each in built} == {"argus"}
    (registry,) = [each for each in built if each["kind"] == "ConfigMap"]
    assert registry["metadata"]["name"] == "argus-registry", "without a hash: pods see an edit, and nothing is restarted"
    assert registry["data"]["migration_status.yaml"] == (ROOT / "migration_status.yaml").read_text()


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_the_manifests_follow_the_schemas_of_kubernetes(tmp_path: Path) -> None:
    validator = pytest.importorskip(
        "kubernetes_validate", reason="kubernetes-validate, which brings the schemas of Kubernetes, is not installed"
    )
    for document in kustomized(tmp_path):
        validator.validate(document, validator.latest_version(), strict=True)
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": "eighty"}]}}
    with pytest.raises(validator.ValidationError):
        validator.validate(wrong, validator.latest_version(), strict=True)


def kustomized(folder: Path) -> list[dict[str, Any]]:
    """What `kubectl apply -k` would send, as docs/deployment.md says it."""
    shutil.copytree(KUBERNETES, folder / "kubernetes")
    shutil.copy(ROOT / "migration_status.yaml", folder / "kubernetes")
    command = ["kubectl", "kustomize", str(folder / "kubernetes")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]
