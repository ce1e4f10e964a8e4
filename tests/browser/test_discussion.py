"""The discussion of a run: parts of the run that comments are about, reactions, earlier texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.data import ALICE, SCT, TEST_ID, ago, events, failed_run, iso, run_id
from tests.browser.site import ORIGIN, Site, api_error

RUN = f"{ORIGIN}/tests/{SCT}/{run_id(7)}"
API = f"/api/v1/run/{run_id(7)}"
POSTED = f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/discussion"
FIRST = events["CRITICAL"][0]
EVENT = {"kind": "event", "ref": FIRST["event_id"], "label": "CRITICAL DatabaseLogEvent 12:00:00"}
NEMESIS = failed_run["nemesis_data"][1]


def said(name: str, message: str, **more: Any) -> dict[str, Any]:
    """A comment as the server tells it."""
    plain: dict[str, Any] = {"mentions": [], "reactions": {}, "about": None, "edited_at": None, "signs": [], "new": False}
    return {"id": name, "user_id": ALICE, "posted_at": int(ago(hours=1).timestamp()), "message": message, **plain, **more}


@pytest.fixture
def talk(site: Site) -> dict[str, Any]:
    """What was said about the run: it grows as the page posts."""
    signs = [{"name": "+1", "count": 2, "mine": False, "people": [ALICE]}, {"name": "rocket", "count": 1, "mine": False, "people": []}]
    told: dict[str, Any] = {
        "comments": [
            said("c1", "Look at the disk", about=EVENT, signs=signs),
            said("c2", "And now?", edited_at=iso(ago(minutes=5))),
            said("c3", "It was full", about=EVENT),
        ],
        "more": False,
    }

    def post(request: Request) -> dict[str, Any]:
        sent = json.loads(request.post_data or "")
        told["comments"].append(said(f"c{len(told['comments']) + 1}", sent["message"], about=sent.get("about")))
        return told

    site.api[f"{API}/discussion"] = lambda _: told
    site.api[POSTED] = post
    return told


def test_an_event_says_how_much_was_said_about_it_and_opens_that(page: Page, site: Site, talk: dict[str, Any]) -> None:
    page.goto(f"{RUN}/sct-events")
    line = page.locator(f"#event-{FIRST['event_id']}")
    expect(line.locator("summary").first).to_contain_text("2 comments")
    line.locator("summary").first.click()
    line.get_by_role("link", name="2 comments").click()
    panel = page.get_by_role("region", name="Discussion")
    expect(panel.get_by_role("article")).to_have_count(2)
    expect(panel.get_by_text("And now?")).to_have_count(0)
    page.get_by_role("textbox", name="Comment on").fill("Cleaned")
    page.get_by_role("button", name="Send").click()
    expect(panel.get_by_role("article")).to_have_count(3)
    (sent,) = site.posted(POSTED)
    assert (sent["message"], sent["about"]["kind"], sent["about"]["ref"]) == ("Cleaned", "event", FIRST["event_id"])
    page.reload()
    expect(panel.get_by_role("article")).to_have_count(3)
    panel.get_by_role("button", name="Show all comments").click()
    expect(panel.get_by_role("article")).to_have_count(4)
    panel.get_by_role("article").first.get_by_role("link", name=EVENT["label"]).click()
    expect(page).to_have_url(f"{RUN}/sct-events#event-{FIRST['event_id']}")
    expect(page.locator("pre", has_text="is in state DN")).to_be_visible()


def test_a_nemesis_and_a_cell_are_commented_on_where_they_stand(page: Page, site: Site, talk: dict[str, Any]) -> None:
    page.goto(f"{RUN}/nemesis")
    page.get_by_role("link", name=f"Comment on {NEMESIS['name']}").click()
    page.get_by_role("textbox", name=f"Comment on {NEMESIS['name']}").fill("Too early")
    page.keyboard.press("Control+Enter")
    article = page.get_by_role("article").last
    article.get_by_role("link", name=NEMESIS["name"]).click()
    expect(page.get_by_role("table", name="Nemeses").get_by_role("link", name=f"1 comment on {NEMESIS['name']}")).to_be_visible()
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Results").click()
    page.get_by_role("button", name="Comment on a cell").click()
    page.get_by_role("link", name="Comment on", exact=False).first.click()
    page.get_by_role("textbox", name="Comment on").fill("Slow")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article")).to_have_count(1)
    nemesis, cell = (body["about"] for body in site.posted(POSTED))
    assert nemesis == {"kind": "nemesis", "ref": f"{NEMESIS['start_time']}:{NEMESIS['name']}", "label": NEMESIS["name"]}
    assert cell["kind"] == "cell"
    assert len(json.loads(cell["ref"])) == 3
    page.get_by_role("article").get_by_role("link").first.click()
    expect(page.locator("td.aimed")).to_be_in_viewport()


def test_one_reacts_and_takes_it_back(page: Page, site: Site, talk: dict[str, Any]) -> None:
    path = f"{API}/comment/c1/reactions"

    def react(request: Request) -> list[dict[str, Any]]:
        on = json.loads(request.post_data or "")["on"]
        return [{"name": "+1", "count": 2 + on, "mine": on, "people": [ALICE]}]

    site.api[path] = react
    page.goto(f"{RUN}/discuss")
    first = page.get_by_role("article").first
    expect(first).to_contain_text("rocket 1")
    first.get_by_role("button", name="React").click()
    first.get_by_role("button", name="Agreed", exact=True).click()
    mine = first.get_by_role("button", name="Agreed 3")
    expect(mine).to_have_attribute("aria-pressed", "true")
    mine.click()
    expect(first.get_by_role("button", name="Agreed 2")).to_have_attribute("aria-pressed", "false")
    assert site.posted(path) == [{"name": "+1", "on": True}, {"name": "+1", "on": False}]


def test_an_edited_comment_tells_what_it_said_before(page: Page, site: Site, talk: dict[str, Any]) -> None:
    texts = [{"message": "And *then*?", "until": iso(ago(minutes=5))}, {"message": "And?", "until": iso(ago(minutes=30))}]
    site.api[f"{API}/comment/c2/texts"] = texts
    page.goto(f"{RUN}/discuss")
    comment = page.get_by_role("article").nth(1)
    comment.get_by_text("edited").click()
    expect(comment.get_by_role("region", name="Earlier text 1").locator("em")).to_have_text("then")
    expect(comment.get_by_role("region", name="Earlier text 2")).to_contain_text("And?")
    assert not [request for request in site.requests if request.url.endswith("/c1/texts")]


def test_what_came_since_the_last_visit_is_marked_until_one_leaves(page: Page, site: Site, talk: dict[str, Any]) -> None:
    talk["comments"][2]["new"] = True
    site.api[f"{API}/discussion/seen"] = True
    page.goto(RUN)
    tab = page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Discussion")
    expect(tab).to_have_text("Discussion 3 1 new")
    tab.click()
    expect(page.get_by_role("article").filter(has_text="It was full").get_by_text("new", exact=True)).to_be_visible()
    expect(page.get_by_role("article").get_by_text("new", exact=True)).to_have_count(1)
    expect(page.get_by_role("link", name="1 new comment")).to_have_attribute("href", "#comment-c3")
    expect(tab).to_have_text("Discussion 3")
    assert site.posted(f"{API}/discussion/seen") == [{"until": "c3"}]


PASTE = """(data) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(data)], "disk [1].png", { type: "image/png" }));
  const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
  document.getElementById("comment").dispatchEvent(event);
}"""


def test_a_pasted_picture_stands_in_the_text_by_its_address(page: Page, site: Site, talk: dict[str, Any]) -> None:
    address = f"{API}/pictures/3ff2f4d0-2f1a-4a2e-9d3c-0e4c9a8c1b11"
    kept: list[str] = []

    def keep(request: Request) -> dict[str, Any]:
        kept.append(request.headers["content-type"])
        return {"id": address.rpartition("/")[2], "url": address}

    site.api[f"{API}/pictures"] = keep
    page.goto(f"{RUN}/discuss")
    box = page.get_by_role("textbox", name="Comment")
    box.fill("See:")
    page.evaluate(PASTE, [137, 80, 78, 71])
    expect(box).to_have_value(f"See:\n![disk  1]({address})\n")
    assert kept[0].startswith("multipart/form-data; boundary=")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview").get_by_role("img", name="disk 1")).to_have_attribute("src", address)


def test_a_picture_that_is_not_kept_leaves_the_text_as_it_was(page: Page, site: Site, talk: dict[str, Any]) -> None:
    def refuse(_: Request) -> Any:
        raise api_error("A picture may have at most 5 MiB", "DataValidationError")

    site.api[f"{API}/pictures"] = refuse
    page.goto(f"{RUN}/discuss")
    page.locator("input[type=file]").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(page.get_by_text("The picture was not kept: A picture may have at most 5 MiB.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("\n")
