"""Tables of results, their graphs, and views of them."""

from __future__ import annotations

from tests.cases.tracker import SCT, Place, Tracker


def versioned(tracker: Tracker, place: Place, value: float, number: int = 1, name: str = "T", column: str = "P99", **meta: object) -> str:
    """How a table of a new run with a version was answered."""
    run = tracker.sct_run(place.build, number)
    tracker.package(run, day=number)
    answer = tracker.table(run, name, value, column, moment=number * 86400, **meta)
    return str(answer["status"])


def test_a_value_that_is_no_number_spoils_nothing_after_it(tracker: Tracker) -> None:
    """mlflow/mlflow#16555, aimhubio/aim#2629, G-Research/fasttrackml#435."""
    place = tracker.place(SCT)
    rules = {"P99": {"best_pct": 10, "best_abs": None, "fixed_limit": None}}
    assert versioned(tracker, place, 1.0, 1, name="GOOD") == "ok"
    versioned(tracker, place, float("nan"), 2, validation_rules=rules)
    assert [versioned(tracker, place, value, n, validation_rules=rules) for n, value in enumerate((5.0, 4.0, 3.0), 3)] == ["ok"] * 3
    assert tracker.asked("GET", f"/api/v1/test-results?testId={place.test}")["status"] == "ok"


def test_a_column_with_a_dash_has_its_graph_in_views(tracker: Tracker) -> None:
    """scylladb/argus: views_widgets/graphs.py splits a title at its last dash."""
    place = tracker.place(SCT)
    versioned(tracker, place, 5.0, name="Perf", column="READ - P99")
    (graph,) = tracker.ok("GET", f"/api/v1/test-results?testId={place.test}")["graphs"]
    tracker.graph_view(place.test, graph["options"]["plugins"]["title"]["text"])
    view = tracker.view(place.test)
    (shown,) = tracker.ok("GET", f"/api/v1/views/widgets/graphs/graph_views?view_id={view['id']}")[place.test]
    assert len(shown["graphs"]) == 1


def test_a_deleted_test_takes_nothing_of_its_view_along(tracker: Tracker) -> None:
    """twentyhq/twenty#20768, microsoft/devhome#2252, kizniche/Mycodo#1002."""
    stays, goes = tracker.place(SCT), tracker.place(SCT)
    for place in (stays, goes):
        versioned(tracker, place, 5.0, name="tab", column="c")
        tracker.graph_view(place.test, "tab - c")
    view = tracker.view(stays.test, goes.test)["id"]
    tracker.ok("POST", "/admin/api/v1/test/delete", {"test_id": goes.test})
    assert tracker.ok("GET", f"/api/v1/views/widgets/graphs/graph_views?view_id={view}")[stays.test]


def test_a_test_without_versions_takes_nothing_of_its_view_along(tracker: Tracker) -> None:
    """twentyhq/twenty#20768, microsoft/devhome#2252, kizniche/Mycodo#1002."""
    known, unknown = tracker.place(SCT), tracker.place(SCT)
    versioned(tracker, known, 5.0, name="tab", column="c")
    assert tracker.table(tracker.sct_run(unknown.build), "tab", 5.0, "c")["status"] == "ok"
    for place in (known, unknown):
        tracker.graph_view(place.test, "tab - c")
    view = tracker.view(known.test, unknown.test)["id"]
    assert tracker.ok("GET", f"/api/v1/views/widgets/graphs/graph_views?view_id={view}")[known.test]
