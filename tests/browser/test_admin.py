"""The catalogue, accounts and teams: changed in place, moved, and deleted only after their name was typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.data import ALICE, GROUP_ID, RELEASE_ID, TEST_ID, group
from tests.browser.site import ORIGIN, Site

BOB = ALICE[:-1] + "b"
OTHER_GROUP = {**group, "id": GROUP_ID[:-1] + "9", "name": "other", "pretty_name": None, "build_system_id": "scylla-2026.1/other"}


@pytest.fixture
def admin(page: Page, site: Site) -> Page:
    """The releases of the admin area, with the first release and group chosen."""
    site.page("/admin/releases", "admin.html.j2", "Admin Area - %ROUTE", {"gCurrentRoute": "releases"})
    site.api["/admin/api/v1/groups/get"] = [{**group, "build_system_id": "scylla-2026.1/longevity"}, OTHER_GROUP]
    page.goto(f"{ORIGIN}/admin/releases")
    page.get_by_role("button", name="Scylla 2026.1", exact=True).click()
    page.get_by_role("button", name="Longevity", exact=True).click()
    return page


def test_a_release_is_edited_as_a_whole(admin: Page, site: Site) -> None:
    site.api["/admin/api/v1/release/edit"] = {"updated": True}
    admin.get_by_role("button", name="Edit scylla-2026.1").click()
    dialog = admin.get_by_role("dialog", name="Edit release scylla-2026.1")
    versions = dialog.get_by_label("Versions that count")
    versions.fill("[")
    expect(dialog.get_by_text("This is no regular expression.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    versions.fill(r"2026\.1.*")
    dialog.get_by_label("Description").fill("The next one")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert site.posted("/admin/api/v1/release/edit") == [
        {
            "id": RELEASE_ID,
            "pretty_name": "Scylla 2026.1",
            "description": "The next one",
            "valid_version_regex": r"2026\.1.*",
            "enabled": True,
            "perpetual": False,
            "dormant": False,
        }
    ]


def test_nothing_is_deleted_before_its_name_was_typed(admin: Page, site: Site) -> None:
    site.api["/admin/api/v1/release/delete"] = {"deleted": True}
    admin.get_by_role("button", name="Delete… scylla-2026.1").click()
    dialog = admin.get_by_role("dialog", name="Delete release scylla-2026.1")
    dialog.get_by_label("Type scylla-2026.1 to go on").fill("scylla-2026")
    expect(dialog.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    admin.keyboard.press("Enter")
    assert site.posted("/admin/api/v1/release/delete") == []
    dialog.get_by_label("Type scylla-2026.1 to go on").fill("scylla-2026.1")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_have_count(0)
    assert site.posted("/admin/api/v1/release/delete") == [{"releaseId": RELEASE_ID}]


def test_the_tests_of_a_deleted_group_can_go_to_another(admin: Page, site: Site) -> None:
    site.api["/admin/api/v1/group/delete"] = {"deleted": True}
    admin.get_by_role("button", name="Delete… longevity", exact=True).click()
    dialog = admin.get_by_role("dialog", name="Delete group longevity")
    expect(dialog.get_by_role("option")).to_have_text(["are deleted, too", "move to other"])
    dialog.get_by_label("Its tests").select_option("move to other")
    dialog.get_by_label("Type longevity to go on").fill("longevity")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_have_count(0)
    assert site.posted("/admin/api/v1/group/delete") == [{"group_id": GROUP_ID, "delete_tests": False, "new_group_id": OTHER_GROUP["id"]}]


def test_tests_are_moved_together_and_edited_alone(admin: Page, site: Site) -> None:
    site.api["/admin/api/v1/test/batch_move"] = {"moved": True}
    site.api["/admin/api/v1/test/update"] = {"updated": True}
    admin.get_by_label("Choose longevity-1tb-5days to be moved").check()
    admin.get_by_label("Group to move them to").select_option("other")
    admin.get_by_role("button", name="Move", exact=True).click()
    expect(admin.get_by_label("Group to move them to")).to_have_count(0)
    assert site.posted("/admin/api/v1/test/batch_move") == [{"new_group_id": OTHER_GROUP["id"], "tests": [TEST_ID]}]
    admin.get_by_role("button", name="Edit longevity-1tb-5days").click()
    dialog = admin.get_by_role("dialog", name="Edit test longevity-1tb-5days")
    dialog.get_by_label("Type of run").select_option("generic")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert site.posted("/admin/api/v1/test/update")[0]["plugin_name"] == "generic"


def test_an_administrator_sets_an_address_and_a_password(page: Page, site: Site) -> None:
    site.page("/admin/users", "admin.html.j2", "Admin Area - %ROUTE", {"gCurrentRoute": "users"})
    site.api[f"/admin/api/v1/user/{BOB}/email/set"] = True
    site.api[f"/admin/api/v1/user/{BOB}/password/set"] = True
    page.goto(f"{ORIGIN}/admin/users")
    page.get_by_role("button", name="Edit bob").click()
    dialog = page.get_by_role("dialog", name="Account of bob")
    dialog.get_by_label("E-mail", exact=True).fill("bob@example.org")
    dialog.get_by_role("button", name="Set e-mail").click()
    expect(page.get_by_text("The e-mail address was set.")).to_be_visible()
    dialog.get_by_label("New password").fill("correct horse")
    dialog.get_by_role("button", name="Set password").click()
    expect(dialog.get_by_label("New password")).to_have_value("")
    assert site.posted(f"/admin/api/v1/user/{BOB}/password/set") == [{"newPassword": "correct horse"}]


def test_a_team_is_renamed_gets_a_member_and_goes(page: Page, site: Site) -> None:
    site.page("/teams/", "teams.html.j2", "Teams")
    for path in ("edit", "motd/edit", "delete"):
        site.api[f"/api/v1/team/t1/{path}"] = {"team_id": "t1", "status": "updated"}
    page.goto(f"{ORIGIN}/teams/?selected=t1")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Name", exact=True).fill("Longevity and more")
    page.get_by_role("group", name="Members").get_by_label("Bob").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Name", exact=True)).to_have_count(0)
    assert site.posted("/api/v1/team/t1/edit") == [{"id": "t1", "name": "Longevity and more", "members": [ALICE, BOB]}]
    assert site.posted("/api/v1/team/t1/motd/edit") == []
    page.get_by_role("button", name="Alice Example").click()
    expect(page.get_by_role("table", name="Runs of Alice Example")).to_be_visible()
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete team Longevity")
    dialog.get_by_label("Type Longevity to go on").fill("Longevity")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_have_count(0)
    assert any(request.method == "DELETE" for request in site.requests)
