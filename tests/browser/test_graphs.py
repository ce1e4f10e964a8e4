"""Results over builds: graphs that can be read, chosen, named and taken along."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.data import SCT, TEST_ID, graphs, run_id
from tests.browser.site import ORIGIN, Site, query_of

RUN = f"{ORIGIN}/tests/{SCT}/{run_id(7)}"
WRITES = "write - latencies - P99"
VIEW = {"test_id": TEST_ID, "id": "v2", "name": "Reads", "description": "", "graphs": {}}


def test_a_column_of_results_leads_to_its_graph_and_a_point_to_its_run(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/results")
    page.get_by_role("region", name="write - latencies", exact=True).get_by_role("link", name="P99").click()
    expect(page.get_by_role("img", name=WRITES)).to_be_visible()
    expect(page.get_by_role("img", name="read - latencies")).to_have_count(0)
    over = page.locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    # the last build is at the right edge, at 27.5 of 0…40
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] * (1 - 27.5 / 40))
    expect(page.locator(".under")).to_contain_text("27.5 ms")
    expect(page.locator(".under")).to_contain_text("limit 30 ms")
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(f"{ORIGIN}/tests/{SCT}/{run_id(7)}/results")


def test_dragging_zooms_and_one_click_shows_all_again(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/graphs?graph=write")
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 100, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Whole time").click()
    expect(page.get_by_role("button", name="Whole time")).to_have_count(0)


def test_values_are_a_table_too_and_say_which_package_changed(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/graphs")
    page.get_by_role("button", name=f"Values of {WRITES}").click()
    table = page.get_by_role("table", name=f"Values of {WRITES}")
    expect(table).to_contain_text("kernel: 6.8.0-44 -> 6.8.0-45")
    expect(table.get_by_role("link").first).to_have_attribute("href", f"/tests/{SCT}/{run_id(1)}/results")


def test_a_graph_can_be_taken_along_as_a_picture_and_as_a_file_of_values(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto(f"{RUN}/graphs")
    saved = {}
    for kind in ("CSV", "PNG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"{kind} of {WRITES}").click()
        download.value.save_as(tmp_path / kind)
        saved[kind] = (tmp_path / kind).read_bytes()
    assert saved["CSV"].decode().splitlines()[0] == "date,series,value [ms],limit,run,changes"
    assert len(saved["CSV"].decode().splitlines()) == 8
    assert saved["PNG"].startswith(b"\x89PNG")


def test_a_named_view_shows_its_graphs_and_a_new_one_can_be_made(page: Page, site: Site) -> None:
    site.api["/api/v1/create-graph-view"] = VIEW
    site.api["/api/v1/update-graph-view"] = VIEW
    page.goto(f"{RUN}/graphs")
    page.get_by_label("View", exact=True).select_option("Writes")
    expect(page.get_by_role("img")).to_have_count(1)
    assert "graphView=v1" in page.url
    page.get_by_label("View", exact=True).select_option("all graphs")
    page.get_by_role("button", name="New view").click()
    page.get_by_label("Name of the view").fill("Reads")
    page.get_by_label("“read - latencies - P99” is part of this view").check()
    site.api["/api/v1/test-results"] = {
        **graphs,
        "graph_views": [*graphs["graph_views"], {**VIEW, "graphs": {"read - latencies - P99": "{}"}}],
    }
    page.get_by_role("button", name="Save with 1 graphs").click()
    expect(page.get_by_role("img", name="read - latencies")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(1)
    assert site.posted("/api/v1/update-graph-view")[0]["graphs"] == {"read - latencies - P99": "{}"}


def test_time_and_releases_stand_in_the_address(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/graphs?from=2026-01-02&releases=dev")
    expect(page.get_by_text("No graph matches what is chosen above.")).to_be_visible()
    asked = next(request for request in site.requests if "/test-results" in request.url)
    assert query_of(asked)["startDate"] == ["2026-01-02"]
    page.get_by_role("button", name="2026.1", exact=True).click()
    expect(page.get_by_role("img")).to_have_count(2)


def test_the_chart_library_comes_only_where_there_are_graphs(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/results")
    expect(page.get_by_role("region", name="write - latencies", exact=True)).to_be_visible()
    assert not any("TestGraphs" in request.url for request in site.requests)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_stand_out_from_their_ground_in_both_themes(page: Page, site: Site, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(f"{RUN}/graphs")
    expect(page.get_by_role("img", name=WRITES)).to_be_visible()
    ratios = page.evaluate(
        """() => {
          const style = getComputedStyle(document.documentElement);
          const long = (hex) => (hex.length === 4 ? hex.replace(/[^#]/g, "$&$&") : hex);
          const light = (text) => [1, 3, 5].map((i) => parseInt(long(text).slice(i, i + 2), 16) / 255)
            .map((c) =>
              (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = light(style.getPropertyValue("--surface").trim());
          return [1, 2, 3, 4, 5, 6, 7, 8].map((n) => light(style.getPropertyValue(`--series-${n}`).trim()))
            .map((line) => (Math.max(line, ground) + 0.05) / (Math.min(line, ground) + 0.05));
        }"""
    )
    assert min(ratios) >= 3
