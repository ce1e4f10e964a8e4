"""My day: what needs its reader, and the releases that one follows."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.data import RELEASE_ID, old_release, release, row
from tests.browser.site import ORIGIN, Site, api_error


def test_my_day_goes_from_what_failed_to_what_is_followed(page: Page, site: Site) -> None:
    site.api["/api/v1/user/jobs"] = [row(7, "failed"), row(6, "running")]
    page.goto(f"{ORIGIN}/workspace")
    day = page.get_by_role("region", name="My day")
    titles = ["Failed and mine", "Mentioned", "New for me", "Running", "Planned for me", "Releases I follow"]
    expect(day.get_by_role("heading", level=3)).to_contain_text(titles)
    expect(day.get_by_text("@alice is it <b>the disk</b> again?")).to_be_visible()
    expect(day.get_by_role("link", name="1 to look at")).to_have_attribute("href", "/dashboard/scylla-2026.1?status=failed")
    expect(day.get_by_role("link", name="Passed 2")).to_be_visible()


def test_a_star_follows_a_release_and_says_so_at_once(page: Page, site: Site) -> None:
    site.page("/releases", "releases.html.j2", "Releases", releases=[release, old_release])
    site.api["/api/v1/following"] = []
    page.goto(f"{ORIGIN}/releases")
    star = page.get_by_role("button", name="Follow Scylla 2026.1")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    assert site.posted("/api/v1/following/follow") == [{"release_id": RELEASE_ID}]
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    assert site.posted("/api/v1/following/unfollow") == [{"release_id": RELEASE_ID}]


def test_a_star_that_is_refused_goes_back_and_says_why(page: Page, site: Site) -> None:
    def full(asked: object) -> None:
        raise api_error("you follow 50 releases, which is as many as can be followed", "DataValidationError")

    site.api["/api/v1/following"] = []
    site.api["/api/v1/following/follow"] = full
    site.page("/dashboard/scylla-2026.1", "release_dashboard.html.j2", "Release", {"releaseData": {"release": release}})
    page.goto(f"{ORIGIN}/dashboard/scylla-2026.1")
    star = page.get_by_role("button", name="Follow Scylla 2026.1")
    star.click()
    expect(page.get_by_text("You follow 50 releases")).to_be_visible()
    expect(star).to_have_attribute("aria-pressed", "false")
