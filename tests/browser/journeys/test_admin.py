"""What administrators do, and where pages went that are no more."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from argus.cli.stores import open_at
from argus.kit.settings import Settings
from argus.models.tunnel import ProxyTunnelConfig
from tests.browser.journeys.conftest import Demo
from tests.browser.journeys.doing import JENKINS, tell, unique
from tests.browser.journeys.features import shows
from tests.browser.real import PASSWORD, add_person

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2f3k0c1v5mQyq0XcQp7m1Y2wz8yVvK6Q1S0uYx3b5e"


@shows("admin users")
def test_an_account_gets_role_address_and_password_and_is_deleted(page: Page, demo: Demo) -> None:
    name = unique("person")
    add_person(demo.registry.parent / "argus.yaml", name)
    page.goto("/admin/users")
    row = page.get_by_role("row").filter(has_text=f"@{name}")
    row.get_by_role("button", name=f"Make admin {name}").click()
    expect(row).to_contain_text("admin")
    row.get_by_role("button", name=f"Take admin role {name}").click()
    row.get_by_role("button", name=f"Edit {name}").click()
    dialog = page.get_by_role("dialog", name=f"Account of {name}")
    dialog.get_by_label("E-mail", exact=True).fill(f"{name}@example.org")
    dialog.get_by_role("button", name="Set e-mail").click()
    expect(page.get_by_text("The e-mail address was set.")).to_be_visible()
    dialog.get_by_label("New password").fill(f"{PASSWORD} 2")
    dialog.get_by_role("button", name="Set password").click()
    expect(dialog.get_by_label("New password")).to_have_value("")
    dialog.get_by_role("button", name="Close").click()
    expect(row).to_contain_text(f"{name}@example.org")
    assert page.context.browser is not None
    logged_in = page.context.browser.new_context(base_url=demo.origin)
    assert logged_in.request.post("/auth/login", form={"username": name, "password": f"{PASSWORD} 2"}).url.endswith("/workspace")
    logged_in.close()
    row.get_by_role("button", name=f"Delete… {name}").click()
    dialog = page.get_by_role("dialog", name=f"Delete account {name}")
    dialog.get_by_label(f"Type {name} to go on").fill(name)
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(row).to_have_count(0)


@shows("admin catalogue")
def test_a_release_grows_groups_and_tests_that_are_changed_moved_and_deleted(page: Page) -> None:
    name = unique("catalogue")
    page.goto("/admin/releases")
    page.get_by_label("Name of a new release").fill(name)
    page.get_by_role("button", name=f"Create “{name}”").click()
    page.get_by_role("button", name=f"Edit {name}", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Edit release {name}")
    dialog.get_by_label("Shown as").fill(f"Shown {name}")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("button", name=f"Shown {name}", exact=True).click()
    groups = page.get_by_role("region", name="Groups")
    for group in ("one", "two"):
        groups.get_by_label("Name of a new group").fill(group)
        groups.get_by_role("button", name="Create").click()
        expect(groups.get_by_role("button", name=group, exact=True)).to_be_visible()
    groups.get_by_role("button", name="one", exact=True).click()
    tests = page.get_by_role("region", name="Tests")
    tests.get_by_label("Name of a new test").fill("mine")
    tests.get_by_label("Address of the job").fill(f"{JENKINS}/mine/")
    tests.get_by_role("button", name="Create").click()
    tests.get_by_role("button", name="Edit mine").click()
    dialog = page.get_by_role("dialog", name="Edit test mine")
    dialog.get_by_label("Type of run").select_option("generic")
    dialog.get_by_role("button", name="Save").click()
    expect(tests.get_by_role("row").filter(has_text=f"{name}/one/mine")).to_contain_text("generic")
    tests.get_by_label("Choose mine to be moved").check()
    tests.get_by_label("Group to move them to").select_option("two")
    tests.get_by_role("button", name="Move", exact=True).click()
    expect(tests.get_by_text("This group has no test yet.")).to_be_visible()
    groups.get_by_role("button", name="two", exact=True).click()
    expect(tests.get_by_role("row").filter(has_text="mine")).to_be_visible()
    page.get_by_role("button", name=f"Delete… {name}", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Delete release {name}")
    dialog.get_by_label(f"Type {name} to go on").fill(name)
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text(f"Shown {name}")).to_have_count(0)


@pytest.fixture
def proxy(demo: Demo) -> str:
    """The name of a proxy host. It is put where proxies are kept: one that is added by its page must answer with its key."""
    host = f"{unique('proxy')}.example.com"
    place = {"port": 22, "proxy_user": "argus-proxy", "target_host": "argus.example.com", "target_port": 8080}
    line = f"{host} {KEY}"

    async def keep() -> None:
        async with open_at(f"sqlite:///{demo.registry.parent}/argus.sqlite", Settings()) as store:
            await store.save(ProxyTunnelConfig(host=host, **place, host_key_fingerprint=line, is_active=True))

    with ThreadPoolExecutor(1) as thread:  # Playwright holds this thread's loop
        thread.submit(asyncio.run, keep()).result()
    return host


@shows("ssh tunnel")
def test_a_proxy_and_its_keys_are_seen_switched_and_taken_away(proxy: str, page: Page) -> None:
    tell(page.request, "/api/v1/client/ssh/tunnel", {"public_key": KEY})
    page.goto("/admin/ssh-tunnel")
    row = page.get_by_role("table", name="Proxies").get_by_role("row").filter(has_text=proxy)
    expect(row).to_contain_text("argus.example.com:8080")
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        row.get_by_label(f"{proxy} is active").uncheck()
    page.reload()
    expect(row.get_by_label(f"{proxy} is active")).not_to_be_checked()
    key = page.get_by_role("table", name="Keys").get_by_role("row").filter(has_text="Dana Levin")
    expect(key).to_contain_text("SHA256:")
    page.on("dialog", lambda question: question.accept(proxy if question.type == "prompt" else None))
    key.get_by_role("button", name=re.compile("^Revoke")).click()
    expect(key).to_have_count(0)
    row.get_by_role("button", name=f"Delete… {proxy}").click()
    expect(row).to_have_count(0)


@shows("retired schedules")
@pytest.mark.parametrize(
    ("address", "title", "way"),
    [
        ("/profile/schedules", "My schedule", "What is planned for me"),
        ("/release/scylla-master/duty", "Duty planner", "Plans of this release"),
        ("/release/scylla-master/scheduler", "Release calendar", "Plans of this release"),
    ],
)
def test_a_retired_page_says_where_to_go(page: Page, address: str, title: str, way: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(page.get_by_text("Weekly schedules no longer exist")).to_be_visible()
    page.get_by_role("link", name=way).click()
    expect(page.get_by_role("heading", level=1, name=re.compile("Plans of Scylla master|My jobs"))).to_be_visible()
