"""Template filters, for pages and mails (docs/contract/conventions.md#template-filters)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from argus.kit.json import encode_text
from argus.kit.parse import number_at_end

SEVERITY_COLORS = {"NORMAL": "#0dcaf0", "WARNING": "#ffc107", "CRITICAL": "#8b1a26", "ERROR": "#dc3545"}
STATUS_COLORS = {
    "failed": "#dc3545",
    "test_error": "#fd7e14",
    "aborted": "#212529",
    "running": "#ffc107",
    "created": "#0dcaf0",
    "passed": "#198754",
}
NEMESIS_EMOJI = {"failed": "❌", "skipped": "➡️", "running": "🔄", "succeeded": "✅"}
CELL_CLASSES = {"PASS": "table-success", "ERROR": "table-danger", "WARNING": "table-warning"}


def from_timestamp(value: float) -> datetime:
    """Epoch seconds as a UTC time."""
    return datetime.fromtimestamp(value, UTC)


def formatted_date(value: datetime | None) -> str:
    return value.strftime("%d/%m/%Y %H:%M:%S") if value else "#unknown"


def safe_user(value: Any) -> dict[str, Any]:
    """A user without password and API token."""
    return {k: v for k, v in dict(value).items() if k not in ("password", "api_token")}


def severity_to_color(value: Any) -> str:
    return SEVERITY_COLORS.get(str(getattr(value, "value", value)), "#212529")


def status_to_color(value: Any) -> str:
    return STATUS_COLORS.get(str(getattr(value, "value", value)), "#d63384")


def build_url_to_build_number(value: str | None) -> int | None:
    """The number at the end of a job URL: -1 without URL, None when it is no number (docs/contract/plugins.md#build-number)."""
    return number_at_end(value) if value else -1


def get_scylla_full_version(packages: Iterable[Any] | None) -> str:
    found = next((p for p in packages or [] if p.name == "scylla-server"), None)
    return f"{found.version}.{found.date}.{found.revision_id} (buildId: {found.build_id})" if found else ""


def get_kernel_version(packages: Iterable[Any] | None) -> str:
    return next((p.version or "" for p in packages or [] if p.name == "kernel"), "")


def nemesis_duration(start: float, end: float | None) -> int | str:
    """0 while it runs, else its length in words."""
    return human_duration(end - start) if end else 0


def human_duration(seconds: float) -> str:
    """A length in words, rounded down: `a minute`, `3 hours`, `1 year, 2 months`."""
    whole = int(abs(seconds))
    days = whole // 86400
    if days == 0:
        return _short_duration(whole)
    years, days = divmod(days, 365)
    months = int(days // 30.5)
    if years > 1:
        return f"{years} years"
    if years == 0:
        return _count(months, "month", "a month") if months else _count(days, "day", "a day")
    rest = _count(months, "month", "1 month") if months else _count(days, "day", "1 day") if days else ""
    return f"1 year, {rest}" if rest else "a year"


def _short_duration(seconds: int) -> str:
    if seconds == 0:
        return "a moment"
    if seconds < 60:
        return _count(seconds, "second", "a second")
    return _count(seconds // 60, "minute", "a minute") if seconds < 3600 else _count(seconds // 3600, "hour", "an hour")


def _count(number: int, unit: str, one: str) -> str:
    return one if number == 1 else f"{number} {unit}s"


def nemesis_status_to_emoji(value: Any) -> str:
    return NEMESIS_EMOJI.get(str(getattr(value, "value", value)), "🛑")


def result_status_to_table_cell(value: Any) -> str:
    return CELL_CLASSES.get(str(getattr(value, "value", value)), "table-secondary")


def script_json(value: Any) -> Markup:
    """A value as a JavaScript literal that cannot end its script element (docs/contract/pages.md#data-for-scripts)."""
    text = encode_text(value)
    for raw in "<>&'":
        text = text.replace(raw, f"\\u{ord(raw):04x}")
    return Markup(text)  # noqa: S704 (escaped above)


FILTERS = {
    f.__name__: f
    for f in (
        from_timestamp,
        formatted_date,
        safe_user,
        severity_to_color,
        status_to_color,
        build_url_to_build_number,
        get_scylla_full_version,
        get_kernel_version,
        nemesis_duration,
        nemesis_status_to_emoji,
        result_status_to_table_cell,
        script_json,
    )
}
