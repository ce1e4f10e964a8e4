"""A report shows what a run has, escapes what people wrote, and leaves out what is empty."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast
from uuid import uuid4

import pytest

from argus.domain.runs import create_run
from argus.features.tracker.reports import service
from argus.kit.errors import EmailServiceException
from argus.models.results import ArgusGenericResultData, ArgusGenericResultMetadata, ColumnMetadata
from argus.models.sct_event import SCTEvent
from argus.plugins.sct.model import SCTNemesis, SCTResource, SCTTestRun
from argus.plugins.sct.plugin import PLUGIN
from argus.plugins.sct.types import CloudInstanceDetails, CloudNodesInfo, CloudSetupDetails, PackageVersion
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from tests.domain.opened import JOB, opened
from tests.integrations.mailbox import Mailbox, mailbox

pytestmark = pytest.mark.anyio

START = datetime(2024, 1, 1, 12)
SERVER = PackageVersion(name="scylla-server", version="6.2.0", date="20240901", revision_id="abc", build_id="b1d")


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


@pytest.fixture
async def runtime(box: Mailbox) -> AsyncIterator[Runtime]:
    mail = {"EMAIL_SERVER": "127.0.0.1", "EMAIL_SERVER_PORT": box.port, "EMAIL_STARTTLS": False, "EMAIL_LOGIN": False}
    async with opened(PLUGIN, **mail) as found:
        yield found


async def stored(runtime: Runtime, **values: Any) -> SCTTestRun:
    defaults = {"status": "failed", "end_time": START + timedelta(hours=3), "build_number": 5, "started_by": "ci", "test_id": uuid4()}
    run, _ = await create_run(runtime, SCTTestRun(id=uuid4(), build_id=JOB, start_time=START, **(defaults | values)))
    return run


def request(run: SCTTestRun, *sections: Any, **values: Any) -> dict[str, Any]:
    body = {"schema_version": "v8", "run_id": str(run.id), "title": "#auto", "recipients": ["team@example.com"], "attachments": []}
    return {**body, "sections": [*sections], **values}


async def page(runtime: Runtime, run: SCTTestRun, *sections: Any, **values: Any) -> str:
    answer = await service.preview(runtime, request(run, *sections, **values))
    assert answer.media_type == "text/html; charset=utf-8"
    return answer.body.decode()


async def test_the_default_report_of_a_run_with_packages(runtime: Runtime) -> None:
    node = CloudNodesInfo(image_id="ami-1")
    run = await stored(
        runtime,
        packages=[SERVER, PackageVersion(name="kernel", version="6.8.0")],
        screenshots=["https://bucket.s3.amazonaws.com/a.png"],
        logs=[("db cluster", "https://bucket.s3.amazonaws.com/db.tar.zst")],
        cloud_setup=CloudSetupDetails(db_node=node, loader_node=None, monitor_node=node, backend="aws"),
    )
    html = await page(runtime, run)
    for text in (
        f"<title>[FAILED] {JOB}#5: 01/01/2024 12:00:00</title>",
        "6.2.0.20240901.abc (buildId: b1d)",
        "<dd>6.8.0</dd>",
        "<dd>3 hours</dd>",
        "<dd>ami-1</dd>",
        "<dt>Loader image</dt><dd>None</dd>",
        f"https://argus.scylladb.com/api/v1/tests/scylla-cluster-tests/{run.id}/log/db%20cluster/download",
        "https://bucket.s3.amazonaws.com/a.png",
        "No notable events.",
    ):
        assert text in html


async def test_what_is_empty_is_left_out(runtime: Runtime) -> None:
    html = await page(runtime, await stored(runtime))
    for heading in ("Packages", "Screenshots", "Logs", "Resources", "Nemesis"):
        assert f">{heading}</a></h2>" not in html
    assert ">Info</a></h2>" in html


async def test_links_follow_the_base_url(runtime: Runtime) -> None:
    runtime.settings.BASE_URL = "https://argus.example.com/"
    run = await stored(runtime)
    assert f'href="https://argus.example.com/tests/scylla-cluster-tests/{run.id}"' in await page(runtime, run, "header")


async def test_events_are_the_oldest_of_each_severity_in_order_of_time(runtime: Runtime) -> None:
    run = await stored(runtime)
    for second, severity in enumerate(["ERROR", "CRITICAL", "ERROR", "WARNING", "ERROR"]):
        event = SCTEvent(run_id=run.id, severity=severity, ts=START + timedelta(seconds=second), event_type="X", message=f"<m{second}>")
        await runtime.store.save(event)
    html = await page(runtime, run, {"type": "events", "options": {"amount_per_severity": 2}})
    positions = [html.find(f"&lt;m{n}&gt;") for n in range(5)]
    assert [n for n in range(5) if positions[n] >= 0] == [0, 1, 2]
    assert positions[:3] == sorted(positions[:3])
    with pytest.raises(ValueError, match="'loud' is not a valid SCTEventSeverity"):
        await page(runtime, run, {"type": "events", "options": {"severity_filter": ["loud"]}})


async def test_running_resources_but_the_runner(runtime: Runtime) -> None:
    run = await stored(runtime)
    info = CloudInstanceDetails(provider="aws", region="eu-west-1", instance_type="i4i.large")
    for name, state, kind in [
        ("db-2", "running", "db"),
        ("db-1", "running", "db"),
        ("db-3", "terminated", "db"),
        ("r", "running", "sct-runner"),
    ]:
        await runtime.store.save(SCTResource(run_id=run.id, name=name, state=state, resource_type=kind, instance_info=info))
    html = await page(runtime, run, "cloud")
    assert html.find("<td>db-1</td>") < html.find("<td>db-2</td>")
    assert "db-3" not in html
    assert "<td>r</td>" not in html
    assert "<td>i4i.large</td>" in html


async def test_nemeses_are_filtered_and_sorted(runtime: Runtime) -> None:
    run = await stored(runtime)
    for second, (name, status) in enumerate([("b", "failed"), ("a", "failed"), ("c", "skipped")]):
        nemesis = SCTNemesis(run_id=run.id, start_time=1704110400 + second, name=name, status=status, end_time=1704110400 + second + 3600)
        await runtime.store.save(nemesis)
    options = {"status_filter": ["failed"], "sort_order": ["name", "asc"]}
    html = await page(runtime, run, {"type": "nemesis", "options": options})
    assert 0 < html.find("<td>a</td>") < html.find("<td>b</td>")
    assert "<td>c</td>" not in html
    assert "❌ failed" in html
    assert "<td>an hour</td>" in html


async def test_result_tables_by_name(runtime: Runtime) -> None:
    run = await stored(runtime)
    columns = [
        ColumnMetadata(name="p99", unit="ms", type="FLOAT"),
        ColumnMetadata(name="graph", type="TEXT"),
        ColumnMetadata(name="x", visible=False),
    ]
    assert run.test_id is not None
    for name in ("latency", "throughput"):
        await runtime.store.save(
            ArgusGenericResultMetadata(test_id=run.test_id, name=name, columns_meta=columns, rows_meta=["read", "write"])
        )
        for column, value, text in [("p99", 1.5, None), ("graph", None, "https://example.com/g"), ("x", 9.75, None)]:
            key = {"test_id": run.test_id, "name": name, "run_id": run.id, "row": "read", "column": column}
            await runtime.store.save(ArgusGenericResultData(**key, value=value, value_text=text, status="ERROR"))
    html = await page(runtime, run, {"type": "generic_results", "options": {"table_filter": ["(", "^lat"], "section_name": "R"}})
    assert "<h3>latency</h3>" in html
    assert "throughput" not in html
    assert '<td class="table-danger">1.5</td>' in html
    assert '<a href="https://example.com/g">View</a>' in html
    assert "9.75" not in html
    assert "<th>write</th>" not in html


async def test_what_the_sender_brings(runtime: Runtime) -> None:
    run = await stored(runtime)
    html = await page(
        runtime,
        run,
        {"type": "custom_table", "options": {"table_name": "T", "headers": ["h"], "rows": [["<b>", 1]]}},
        {"type": "custom_html", "options": {"section_name": "H", "html": "<p id='mine'>x</p>"}},
        {"type": "custom_html", "options": {"html": "hidden", "has_data": False}},
        {"type": "horoscope", "options": {"sign": "<lion>", "template": "main"}},
        7,
        title="A & B",
    )
    assert "<title>A &amp; B</title>" in html
    assert "<td>&lt;b&gt;</td><td>1</td>" in html
    assert "<p id='mine'>x</p>" in html
    assert "hidden</" not in html
    assert "Received an unknown template request: horoscope" in html
    assert "&lt;lion&gt;" in html


async def test_a_preview_runs_no_script_of_its_sender(runtime: Runtime) -> None:
    answer = await service.preview(runtime, request(await stored(runtime), "header"))
    assert "sandbox" in dict(answer.headers)["Content-Security-Policy"]


async def test_a_report_is_mailed_with_its_attachments(runtime: Runtime, box: Mailbox) -> None:
    attachment = {"filename": "a.txt", "data": base64.b64encode(b"hello").decode()}
    assert await service.send(runtime, request(await stored(runtime), "header", attachments=[attachment])) is True
    (mail,) = box.mails
    file, html = [cast(EmailMessage, part) for part in mail.walk() if not part.is_multipart()]
    assert mail["Subject"] == f"[FAILED] {JOB}#5: 01/01/2024 12:00:00"
    assert file.get_content() == b"hello"
    assert f"{JOB}#5" in html.get_content()


async def test_what_cannot_be_sent_says_why(runtime: Runtime, box: Mailbox) -> None:
    run = await stored(runtime)
    ghost = run.changed(id=uuid4())
    with pytest.raises(EmailServiceException) as nobody:
        await service.send(runtime, request(run, "header", recipients=[]))
    assert nobody.value.args == ("Error sending email report", ("No recipients provided",))
    with pytest.raises(EmailServiceException) as unknown:
        await service.send(runtime, request(ghost, "header"))
    assert unknown.value.args == ("Error during template render", (f"No SCTTestRun found matching {{'id': UUID('{ghost.id}')}}",))
    with pytest.raises(DocumentNotFound):
        await service.preview(runtime, request(ghost, "header"))
    with pytest.raises(ValueError, match="Incorrect padding"):
        await service.send(runtime, request(run, "header", attachments=[{"filename": "a", "data": "abc"}]))
    with pytest.raises(TypeError, match=r"ReportSendRequest.__init__\(\) got an unexpected keyword argument 'colour'"):
        await service.send(runtime, request(run, colour="red"))
    assert box.mails == []
