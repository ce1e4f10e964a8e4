"""The report of a run: rendered, and sent (docs/contract/client.md#mail-reports). Runs of `scylla-cluster-tests` only."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any

from argus.domain import outbox
from argus.domain.runs import get_run
from argus.features.tracker.reports.sections import Report, Section, sections_of
from argus.integrations.mail_message import Attachment
from argus.integrations.smtp import send_mail
from argus.kit.answer import HTML, Answer
from argus.kit.errors import EmailServiceException
from argus.kit.losses import lose
from argus.kit.parse import record, uuid_of
from argus.runtime import Runtime
from argus.templating.filters import formatted_date
from argus.templating.render import render

RUN_TYPE = "scylla-cluster-tests"
HOST = "https://argus.scylladb.com"  # where links lead when `BASE_URL` is not set
INERT = "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'"  # a report may hold its sender's HTML


@dataclass(frozen=True)
class ReportSendRequest:
    """The body of both routes, to the key."""

    schema_version: str | None
    run_id: str
    title: str
    recipients: list[str]
    sections: list[str | dict[str, Any]]
    attachments: list[dict[str, str]]


async def preview(runtime: Runtime, body: Mapping[str, Any]) -> Answer:
    """The report as a page.

    Raises:
        TypeError: a key is missing, or one too many.
        DocumentNotFound: no such run.
        ValueError, KeyError: malformed id, or options of a section that make no sense.
    """
    _, html = await _rendered(runtime, record(ReportSendRequest, body))
    return Answer(html.encode(), 200, HTML, (("Content-Security-Policy", INERT),))


async def send(runtime: Runtime, body: Mapping[str, Any]) -> bool:
    """Mail the report.

    Raises:
        TypeError: a key is missing, or one too many.
        EmailServiceException: it cannot be rendered, or the mail server does not take it.
        Error: an attachment is no base64.
        OSError: no connection to the mail server.
        KeyError: the mail server is not configured.
    """
    request = record(ReportSendRequest, body)
    try:
        title, html = await _rendered(runtime, request)
    except Exception as error:
        raise EmailServiceException("Error during template render", error.args) from error
    attachments = [Attachment(sent["filename"], base64.b64decode(sent["data"])) for sent in request.attachments]
    try:
        refused = await send_mail(runtime, request.recipients, title, html, attachments)
    except (SMTPException, ValueError) as error:
        raise EmailServiceException("Error sending email report", error.args) from error
    for receiver, answer in refused.items():
        lose(f"{receiver} did not get the report: {answer}")
        await outbox.keep_refused(runtime, receiver, title, html, answer)
    return True


async def _rendered(runtime: Runtime, request: ReportSendRequest) -> tuple[str, str]:
    run = await get_run(runtime, RUN_TYPE, uuid_of(request.run_id))
    title = request.title
    if title == "#auto":
        title = f"[{str(run.status).upper()}] {run.build_id}#{run.build_number}: {formatted_date(run.start_time)}"
    report = Report(runtime, run, runtime.settings.BASE_URL.rstrip("/") or HOST)
    sections: Sequence[Section] = await sections_of(report, request.sections)
    return title, render("email/report.html.j2", title=title, run=run, base_url=report.base_url, sections=sections)
