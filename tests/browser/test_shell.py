"""What every page has: theme, menu, messages, unread counter; and the login."""

from __future__ import annotations

import gzip
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.answers import COMMENT, mention
from tests.browser.data import SCT, run_id
from tests.browser.site import ORIGIN, Site


def test_the_theme_is_kept_and_shown(page: Page, site: Site) -> None:
    page.goto(f"{ORIGIN}/workspace")
    root = page.locator("html")
    toggle = page.locator("#theme-toggle")
    expect(page.locator("#theme-label")).to_have_text("Auto")
    toggle.click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    toggle.click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("#theme-label")).to_have_text("Dark")
    toggle.click()
    expect(page.locator("#theme-label")).to_have_text("Auto")


def test_flashed_messages_appear_as_text_and_errors_stay(page: Page, site: Site) -> None:
    page.goto(
        site.page(
            "/alert_debug",
            "alert_debug.html.j2",
            "Alert Tester",
            {"globalFlashes": [["error", "<b>'It' \"broke\"</b></script>"], ["success", "Done"]]},
        )
    )
    messages = page.locator("#argusErrors")
    expect(messages).to_contain_text("<b>'It' \"broke\"</b></script>")
    expect(messages).to_contain_text("Done")
    messages.get_by_role("button", name="Close this message").first.click()
    expect(messages.locator(".toasts")).not_to_contain_text("broke")


def test_unread_notifications_are_counted(page: Page, site: Site) -> None:
    site.api["/api/v1/notifications/get_unread"] = 3
    page.goto(f"{ORIGIN}/workspace")
    expect(page.locator("#notificationCounter")).to_have_text(re.compile(r"3\s*unread notifications"))


def test_the_login_offers_what_the_server_offers(page: Page, context: BrowserContext) -> None:
    site = Site(context, user=None)
    script = {
        "LOGIN_METHODS": ["password", "gh", "oidc"],
        "CSRF_TOKEN": "t0ken",
        "GITHUB_CLIENT_ID": "client",
        "GITHUB_SCOPES": "read:user",
        "MANUAL_LOGOUT": False,
    }
    page.goto(site.page("/auth/login", "login.html.j2", "Login", script))
    form = page.locator("form", has=page.get_by_label("User name"))
    assert form.evaluate("form => [form.method, new URL(form.action).pathname, [...new FormData(form).keys()]]") == [
        "post",
        "/auth/login",
        ["username", "password"],
    ]
    github = page.locator("form", has=page.get_by_role("button", name="Log in with GitHub"))
    values = github.evaluate("form => [form.method, form.action, Object.fromEntries(new FormData(form))]")
    assert values == ["get", "https://github.com/login/oauth/authorize", {"scope": "read:user", "client_id": "client", "state": "t0ken"}]
    expect(page.get_by_role("link", name="Log in with single sign-on")).to_have_attribute("href", "/auth/sso/login")


def test_without_a_login_method_the_page_says_so(page: Page, context: BrowserContext) -> None:
    site = Site(context, user=None)
    page.goto(
        site.page(
            "/auth/login",
            "login.html.j2",
            "Login",
            {"LOGIN_METHODS": [], "CSRF_TOKEN": "", "GITHUB_CLIENT_ID": "", "GITHUB_SCOPES": "", "MANUAL_LOGOUT": True},
        )
    )
    expect(page.get_by_text("No login methods available")).to_be_visible()


@pytest.mark.parametrize("path", ["/workspace", f"/tests/{SCT}/{run_id(7)}"])
def test_first_pages_stay_small(page: Page, site: Site, path: str) -> None:
    """The budget is 250 kB compressed for a first page with everything on it; we are far below, and want to stay there."""
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(gzip.compress(response.body()))) if "/s/" in response.url else None)
    page.goto(ORIGIN + path)
    page.wait_for_load_state("networkidle")
    assert 10_000 < sum(sizes) < 70_000  # what only some pages need (Markdown, charts, forms) must not come along


def test_notifications_are_grouped_by_run_and_lead_to_the_comment_itself(page: Page, site: Site) -> None:
    unread = {"n": 2}
    site.api["/api/v1/notifications/get_unread"] = lambda _request: unread["n"]

    def read(_request: object) -> bool:
        unread["n"] -= 1
        return True

    site.api["/api/v1/notifications/read"] = read
    page.goto(site.page("/notifications/", "notifications.html.j2", "Notifications"))
    bell = page.locator(".counter").filter(has_text="unread notifications")
    expect(bell).to_contain_text("2")
    about = page.get_by_role("region", name="longevity-1tb-5days #7")
    expect(about.get_by_role("heading")).to_contain_text("Failed")
    expect(about.get_by_role("listitem")).to_have_count(2)
    action = page.get_by_role("region", name="You were assigned to a view action item", exact=True)
    action.get_by_text("What it says").click()
    expect(action.locator("b")).to_have_text("told")
    expect(bell).to_contain_text("1")
    about.get_by_role("link", name="You were mentioned in a comment").click()
    expect(page).to_have_url(f"{ORIGIN}/tests/{SCT}/{run_id(7)}/discuss#comment-{COMMENT}")
    assert site.posted("/api/v1/notifications/read") == [{"id": "n2"}, {"id": "n1"}]


def test_a_thousand_notifications_come_by_pages_and_are_read_at_once(page: Page, site: Site) -> None:
    asked: list[str] = []

    def entries(request: Request) -> dict[str, object]:
        start = int(parse_qs(urlsplit(request.url).query).get("before", ["0"])[0])
        asked.append(request.url)
        some = [{**mention, "id": f"x{number}", "run": {**mention["run"], "id": f"r{number // 3}"}} for number in range(start, start + 50)]
        return {"entries": some, "next": str(start + 50) if start < 950 else None}

    site.api["/api/v1/notifications/page"] = entries
    answers = [1000, 0]
    site.api["/api/v1/notifications/read_all"] = lambda _request: answers.pop(0)
    page.goto(site.page("/notifications/", "notifications.html.j2", "Notifications"))
    inbox = page.get_by_role("region", name="Inbox")
    expect(inbox.get_by_role("listitem")).to_have_count(50)
    page.get_by_role("button", name="Older ones").click()
    expect(inbox.get_by_role("listitem")).to_have_count(100)
    assert len(asked) == 2
    page.get_by_role("button", name="Mark all as read").click()
    expect(inbox.get_by_role("listitem")).to_have_count(50)
    assert site.posted("/api/v1/notifications/read_all") == [{"until": "x0"}] * 2


def test_colours_for_people_who_do_not_tell_red_from_green_are_kept(page: Page, site: Site) -> None:
    page.goto(site.page("/design", "design.html.j2", "Design"))
    light = page.get_by_role("region", name="light theme")
    failed = light.locator(".status", has_text="Failed").first
    before = failed.evaluate("e => getComputedStyle(e).color")
    page.get_by_label("Blue and orange").check()
    assert failed.evaluate("e => getComputedStyle(e).color") != before
    page.goto(f"{ORIGIN}/workspace")
    expect(page.locator("html")).to_have_attribute("data-palette", "colour-blind")
    page.goto(f"{ORIGIN}/design")
    expect(page.get_by_label("Blue and orange")).to_be_checked()
    page.get_by_label("Red and green").check()
    page.reload()
    expect(page.get_by_label("Red and green")).to_be_checked()


def test_the_design_page_shows_the_real_parts_in_both_themes(page: Page, site: Site) -> None:
    page.goto(site.page("/design", "design.html.j2", "Design"))
    for theme in ("light", "dark"):
        part = page.get_by_role("region", name=f"{theme} theme")
        expect(part.get_by_role("table", name=f"Durations, {theme}")).to_be_visible()
        expect(part.get_by_role("alert")).to_contain_text("The list of events could not be loaded.")
    grounds = [
        page.get_by_role("region", name=f"{theme} theme").evaluate("e => getComputedStyle(e).backgroundColor")
        for theme in ("light", "dark")
    ]
    assert len(set(grounds)) == 2
    page.get_by_role("button", name="A typed confirmation").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Delete")).to_be_disabled()
