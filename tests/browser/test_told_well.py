"""Notifications as somebody wants them: narrowed, put off, told by bell and mail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, Request, expect

from tests.browser.answers import assignment, mention
from tests.browser.site import Site, query_of

API = "/api/v1/notifications"


def test_the_list_is_narrowed_and_the_choice_stands_in_the_address(page: Page, site: Site) -> None:
    def entries(request: Request) -> dict[str, Any]:
        wanted = query_of(request)
        return {"entries": [mention] if wanted.get("kind") == ["TYPE_MENTION"] else [mention, assignment], "next": None}

    site.api[f"{API}/page"] = entries
    page.goto(site.page("/notifications/", "notifications.html.j2", "Notifications"))
    inbox = page.get_by_role("region", name="Inbox")
    expect(inbox.get_by_role("listitem")).to_have_count(2)
    page.get_by_label("Kind").select_option("Mentioned in a comment")
    expect(inbox.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Unread").click()
    with page.expect_request(lambda request: query_of(request).get("q") == ["disk"]) as asked:
        page.get_by_label("Filter notifications").fill("disk")
    assert {name: value for name, value in query_of(asked.value).items() if name != "limit"} == {
        "kind": ["TYPE_MENTION"],
        "unread": ["1"],
        "q": ["disk"],
    }
    page.reload()
    expect(page.get_by_label("Kind")).to_have_value("TYPE_MENTION")
    expect(page.get_by_role("button", name="Unread")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Filter notifications")).to_have_value("disk")


def test_one_is_put_off_leaves_the_list_and_comes_back_by_undo(page: Page, site: Site) -> None:
    off: dict[str, str | None] = {}

    def entries(request: Request) -> dict[str, Any]:
        later = "later" in query_of(request)
        return {"entries": [{**mention, "later": off.get(mention["id"])}] if bool(off) == later else [], "next": None}

    def put_off(request: Request) -> int:
        sent = json.loads(request.post_data or "")
        if sent["until"] is None:
            off.clear()
        else:
            off.update(dict.fromkeys(sent["ids"], sent["until"]))
        return 1

    site.api[f"{API}/page"] = entries
    site.api[f"{API}/later"] = put_off
    site.api[f"{API}/waiting"] = lambda _: 0 if off else 1
    page.goto(site.page("/notifications/", "notifications.html.j2", "Notifications"))
    bell = page.locator(".counter").filter(has_text="unread notifications")
    expect(bell).to_contain_text("1")
    chooser = page.get_by_label(f"Put off: {mention['title']}")
    chooser.select_option("Tomorrow")
    expect(page.get_by_text("Nothing has been sent to you.")).to_be_visible()
    expect(bell).to_have_count(0)
    (sent,) = site.posted(f"{API}/later")
    assert sent["ids"] == [mention["id"]]
    assert datetime.fromisoformat(sent["until"]) > datetime.now(UTC)
    page.get_by_role("button", name="Put off", exact=True).click()
    expect(page.get_by_role("button", name="Have it back")).to_be_visible()
    page.get_by_role("button", name="Put off", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(chooser).to_be_visible()
    expect(bell).to_contain_text("1")
    assert [body["until"] for body in site.posted(f"{API}/later")][1:] == [None]


def test_kinds_are_chosen_on_the_profile(page: Page, site: Site) -> None:
    kinds: list[dict[str, Any]] = [
        {"kind": "TYPE_MENTION", "bell": True, "mail": True},
        {"kind": "TYPE_ASSIGNEE_CHANGE", "bell": True, "mail": False},
    ]

    def settings(request: Request) -> dict[str, Any]:
        if request.method == "POST":
            sent = json.loads(request.post_data or "")
            kinds[:] = [sent if each["kind"] == sent["kind"] else each for each in kinds]
        return {"kinds": kinds, "mails": False}

    site.api[f"{API}/settings"] = settings
    own: dict[str, Any] = {"can_change_email": False, "has_token": False, "token_generated": None, "first_run_info": None}
    page.goto(site.page("/profile/", "profile.html.j2", "Profile", **own))
    mail = page.get_by_label("Mentioned in a comment: mail")
    expect(mail).to_be_checked()
    mail.uncheck()
    expect(mail).to_be_enabled()
    expect(page.get_by_label("Assigned to a run: mail")).not_to_be_checked()
    expect(page.get_by_text("No mail reaches you now")).to_be_visible()
    assert site.posted(f"{API}/settings") == [{"kind": "TYPE_MENTION", "bell": True, "mail": False}]
    page.reload()
    expect(mail).not_to_be_checked()
