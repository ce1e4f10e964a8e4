"""A cluster test run from submission to its end."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from argus.domain import versions
from argus.domain.runs import find_typed
from argus.models.catalogue import ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.packages import submit_packages
from argus.plugins.sct.plugin import PLUGIN
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.plugins.sct.conftest import stored, submission, submitted

pytestmark = pytest.mark.anyio

CONFIG = {
    "cluster_backend": "aws",
    "region_name": "eu-west-1 us-east-1",
    "n_db_nodes": "3 2",
    "n_loaders": [1, 1],
    "ami_id_db_scylla": "ami-1",
    "stress_duration": "360",
    "test_method": "longevity.Test.test_it",
}


async def test_a_run_gets_its_place_and_its_cluster(runtime: Runtime) -> None:
    run = await submitted(runtime, sct_config=CONFIG, origin_url="https://git", branch_name="master")
    assert (run.status, run.build_number, run.scm_revision_id, run.branch_name) == ("created", 7, "c0ffee", "master")
    assert run.test_id
    assert run.release_id
    assert run.cloud_setup is not None
    assert run.cloud_setup.db_node is not None
    assert (run.cloud_setup.db_node.image_id, run.cloud_setup.db_node.node_amount) == ("ami-1", 5)
    assert (run.region_name, run.stress_duration) == (["eu-west-1", "us-east-1"], 360.0)
    assert await versions.indexed_images(runtime, run.release_id) == ["ami-1"]
    assert (await runtime.store.get(ArgusTest, id=run.test_id)).plugin_name == "scylla-cluster-tests"


async def test_a_branch_without_an_origin_is_not_kept(runtime: Runtime) -> None:
    assert (await submitted(runtime, branch_name="master")).branch_name is None


async def test_a_repeat_adds_the_cluster_and_changes_nothing_else(runtime: Runtime, run: SCTTestRun) -> None:
    await PLUGIN.submit(runtime, submission(run.id, started_by="somebody else", sct_config=CONFIG, runner_public_ip="1.2.3.4"))
    again = await stored(runtime, run.id)
    assert (again.started_by, again.start_time) == ("ci", run.start_time)
    assert again.cloud_setup is not None
    assert again.sct_runner_host is not None
    assert (again.sct_runner_host.public_ip, again.sct_runner_host.region) == ("1.2.3.4", "eu-west-1")


async def test_a_configuration_that_makes_no_sense_leaves_a_tracked_run(runtime: Runtime) -> None:
    run_id = uuid4()
    with pytest.raises(ValueError, match="invalid literal for int"):
        await PLUGIN.submit(runtime, submission(run_id, sct_config={"cluster_backend": "aws", "n_db_nodes": "many"}))
    assert (await stored(runtime, run_id)).status == "created"


async def test_a_body_with_a_field_too_many_is_refused(runtime: Runtime) -> None:
    run_id = uuid4()
    with pytest.raises(TypeError, match="unexpected keyword argument 'flavour'"):
        await PLUGIN.submit(runtime, submission(run_id, flavour="sour"))
    assert await find_typed(runtime, SCTTestRun, run_id) is None


async def test_the_end_is_now_or_what_the_body_says_and_the_status_stays(runtime: Runtime, run: SCTTestRun) -> None:
    await PLUGIN.finish(runtime, run, {"end_time": 0})
    assert (await stored(runtime, run.id)).end_time == datetime(1970, 1, 1)
    await PLUGIN.finish(runtime, run, {})
    ended = await stored(runtime, run.id)
    assert ended.end_time is not None
    assert ended.end_time >= run.start_time
    assert ended.status == "created"


async def test_submit_and_finish_drop_the_stored_statistics_of_their_version(runtime: Runtime, run: SCTTestRun) -> None:
    async def keys() -> list[str]:
        rows = await runtime.store.all(select(ReleaseStatsSnapshot).where(release_id=run.release_id))
        return [row.filter_key for row in rows]

    for key in ("v=::img=", "v=6.2.0::img=", "v=6.3.0::img="):
        await runtime.store.save(ReleaseStatsSnapshot(release_id=run.release_id, filter_key=key))
    await PLUGIN.submit_product_version(runtime, run, "6.2.0")
    assert len(await keys()) == 3
    await PLUGIN.finish(runtime, await stored(runtime, run.id), {})
    assert await keys() == ["v=6.3.0::img="]


async def test_a_version_is_taken_until_a_target_package_decides(runtime: Runtime, run: SCTTestRun) -> None:
    assert run.release_id
    await PLUGIN.submit_product_version(runtime, run, "6.1.0")
    await submit_packages(runtime, str(run.id), [{"name": "scylla-server-target", "version": "6.2.1"}])
    await PLUGIN.submit_product_version(runtime, run, "9.9.9")  # `run` was read before: the store knows better
    assert (await stored(runtime, run.id)).scylla_version == "6.2.1"
    assert await PLUGIN.release_versions(runtime, run.release_id) == ["6.2.1", "6.1.0"]


async def test_the_assignee_follows_the_version_that_was_sent(runtime: Runtime, run: SCTTestRun) -> None:
    owner = uuid4()
    plan = ArgusReleasePlan(name="6.2", release_id=run.release_id, owner=owner, target_version="6.2.0", tests=[run.test_id])
    await runtime.store.save(plan)
    await PLUGIN.submit_product_version(runtime, run, "6.1.0")
    assert (await stored(runtime, run.id)).assignee is None
    await PLUGIN.submit_product_version(runtime, run, "6.2.0")
    assert (await stored(runtime, run.id)).assignee == owner


async def test_versions_and_images_are_read_from_runs_while_the_index_is_empty(runtime: Runtime, run: SCTTestRun) -> None:
    await runtime.store.save(run.changed(id=uuid4(), start_time=datetime(2024, 1, 1), scylla_version="5.4.1"))
    assert run.release_id
    assert await PLUGIN.release_versions(runtime, run.release_id) == ["5.4.1"]
    assert await PLUGIN.view_versions(runtime, [run.build_id]) == ["5.4.1"]
    assert await PLUGIN.release_images(runtime, run.release_id) == []
    described = await submitted(runtime, sct_config=CONFIG)
    assert await PLUGIN.view_images(runtime, [described.build_id]) == ["ami-1"]
