"""What every page has: theme, menu, messages, unread counter; and the login."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

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
    expect(messages).not_to_contain_text("broke")


def test_unread_notifications_are_counted(page: Page, site: Site) -> None:
    site.api["/api/v1/notifications/get_unread"] = 3
    page.goto(f"{ORIGIN}/workspace")
    expect(page.locator("#notificationCounter")).to_have_text(re.compile(r"3\s*unread notifications"))


def test_the_login_offers_what_the_server_offers(page: Page, context: BrowserContext) -> None:
    site = Site(context, user=None)
    script = {
        "LOGIN_METHODS": ["password", "gh"],
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
    assert 10_000 < sum(sizes) < 60_000  # what only some pages need (Markdown, charts, forms) must not come along


def test_the_bell_follows_what_is_read_and_a_mention_leads_to_its_comment(page: Page, site: Site) -> None:
    comment = "80000000-0000-4000-8000-000000000001"
    unread = {"n": 1}
    site.api["/api/v1/notifications/get_unread"] = lambda _request: unread["n"]
    site.api["/api/v1/notifications/get"] = {
        "id": "n1",
        "content": "You were mentioned",
        "source": "COMMENT",
        "source_id": comment,
        "state": 1,
    }
    site.api[f"/api/v1/comment/{comment}/get"] = {"id": comment, "test_run_id": run_id(7)}
    site.api[f"/api/v1/run/{run_id(7)}/type"] = {"run_type": SCT}

    def read(_request: object) -> bool:
        unread["n"] = 0
        return True

    site.api["/api/v1/notifications/read"] = read
    address = site.page("/notifications/", "notifications.html.j2", "Notifications")
    page.goto(address)
    expect(page.locator(".counter")).to_contain_text("1")
    page.get_by_text("You were assigned to a run").click()
    expect(page.get_by_role("link", name="Open it")).to_have_attribute("href", f"/tests/{SCT}/{run_id(7)}/discuss#comment-{comment}")
    expect(page.locator(".counter")).to_have_count(0)
