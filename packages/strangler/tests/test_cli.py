"""`strangler --app module:attribute …` on an application that is not Argus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from strangler import registry
from strangler.cli import app
from strangler.evidence import read_records
from support.server import until

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("SHOP_REGISTRY", str(tmp_path / "registry.yaml"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "registry.yaml"


@pytest.fixture
def strangler(file: Path) -> Run:
    def run(*arguments: str, application: str = "support.foreign:app") -> Result:
        return CliRunner().invoke(app, ["--app", application, *arguments])

    made = run("init", application="support.foreign:flask_app")
    assert made.exit_code == 0, made.output
    file.write_text(made.stdout)
    return run


def test_a_first_registry_lists_all_and_says_what_is_around_it(strangler: Run, file: Path) -> None:
    text, found = file.read_text(), registry.read(file)
    assert set(found.blueprints) == {"orders", "status"}
    assert [route.path for route in found.blueprints["orders"].routes] == ["/orders/", "/orders/<int:number>"]
    assert "before_request:load_user" in text
    assert "after_request:private" in text
    assert "# around it: decorator:login_required" in text
    assert strangler("check").stdout == "line 15: GET /status: FastAPI does not have it\n"


def test_a_list_says_what_flask_does_around_a_route(strangler: Run) -> None:
    assert strangler("list").stdout == "orders  flask  2 routes\nstatus  flask  1 routes\n"
    rows = strangler("list", "orders").stdout.splitlines()
    assert rows[0].startswith("GET  /orders/  flask  before_request:load_user, after_request:private, errorhandler:404, decorator:login")
    assert strangler("list", "others").exit_code == 1


def test_what_the_served_application_would_refuse_is_refused(strangler: Run, file: Path) -> None:
    before = file.read_text()
    refused = strangler("set", "status", "--owner", "fastapi")
    assert (refused.exit_code, file.read_text()) == (1, before)
    assert "GET /status is given to fastapi, which does not have it" in refused.stderr
    assert strangler("set", "orders", "--owner", "fastapi", "--why", "ready").exit_code == 0
    assert registry.read(file).blueprints["orders"].owner == "fastapi"
    assert "ready" in strangler("journal", "orders").stdout
    assert strangler("rollback", "orders").exit_code == 0
    assert registry.read(file).blueprints["orders"].owner == "flask"
    assert strangler("canary", "orders", "--percent", "5", "--route", "GET /orders/").exit_code == 0
    assert "canary: {percent: 5, sticky: user}" in file.read_text()


def test_a_blueprint_is_switched_off_and_on_and_the_journal_says_so(strangler: Run, file: Path) -> None:
    before = file.read_text()
    assert strangler("disable", "orders", "--why", "sold out").exit_code == 0
    assert not registry.read(file).blueprints["orders"].enabled
    assert strangler("enable", "orders").exit_code == 0
    assert file.read_text() == before
    told = strangler("journal", "orders").stdout.splitlines()
    assert told[0].split()[:4] == ["WHEN", "WHO", "BY", "SUBJECT"]
    assert told[2].split()[-5:] == ["enabled", "true", "false", "sold", "out"]
    assert told[1].split()[-3:] == ["enabled", "false", "true"]
    assert [each["what"] for each in json.loads(strangler("journal", "--json", "--limit", "1").stdout)] == ["enabled"]
    assert strangler("disable", "nope").exit_code == 1


def _har(tmp_path: Path) -> Path:
    def entry(path: str, body: object) -> dict[str, object]:
        return {
            "request": {"method": "GET", "url": f"https://shop.test{path}", "headers": []},
            "response": {"status": 200, "headers": [], "content": {"text": json.dumps(body)}},
        }

    entries = [entry("/orders/", ["one", "two"]), entry("/orders/%37", {"number": 7}), entry("/status", "fine")] * 4
    file = tmp_path / "traffic.har"
    file.write_text(json.dumps({"log": {"entries": entries}}))
    return file


def test_recorded_traffic_makes_the_record_that_a_cut_over_asks_for(strangler: Run, file: Path, tmp_path: Path) -> None:
    played = strangler("parity", str(_har(tmp_path)))
    assert played.exit_code == 1, "Flask's `after_request` adds a header"
    assert "GET /orders/: the lanes differ at @header.cache-control" in played.stderr
    record = read_records(tmp_path / "parity.json").blueprints["orders"]
    assert record.routes == {"GET /orders/": 4, "GET /orders/<int:number>": 4}
    assert record.table is not None
    refused = strangler("cutover", "orders")
    assert refused.exit_code == 1
    for reason in ("parity: 8 differences", "before_request:load_user (around GET /orders/)", "no shadow record"):
        assert reason in refused.stderr
    assert strangler("cutover", "orders", "--force", "--why", "we know").exit_code == 0
    assert "forced" not in strangler("list").stdout
    assert registry.read(file).blueprints["orders"].owner == "fastapi"


def test_what_is_acknowledged_does_not_object(strangler: Run, file: Path) -> None:
    everything = "[before_request:load_user, after_request:private, errorhandler:404, decorator:login_required]"
    text = file.read_text()
    head, tail = text.split("  orders:\n")
    file.write_text(f"{head}  orders:\n    moved: {everything}\n{tail}")
    assert "`moved`" not in strangler("cutover", "orders").stderr
    file.write_text(text.replace("blueprints:\n", f"moved: {everything}\nblueprints:\n"))
    assert "`moved`" not in strangler("cutover", "orders").stderr


def test_check_tells_what_was_lost_by_a_move_and_a_draft_what_would_be(strangler: Run, file: Path) -> None:
    assert strangler("cutover", "orders", "--force").exit_code == 0
    told = strangler("check").stderr
    assert "note: orders: Flask does around its routes what `moved` does not name: before_request:load_user" in told
    draft = strangler("scaffold", "orders").stdout
    comment, first = draft[draft.index("# Flask does") :].splitlines()[:2]
    assert comment == "# Flask does around it: before_request:load_user, after_request:private, errorhandler:404, decorator:login_required"
    assert first == '@router.get("/")'


@pytest.mark.parametrize(
    ("application", "told"),
    [
        ("support.foreign", "expected MODULE:ATTRIBUTE"),
        ("support.nowhere:app", "No module named"),
        ("support.foreign:fastapi_app", "and no Gateway"),
    ],
)
def test_what_is_no_gateway_is_told(strangler: Run, application: str, told: str) -> None:
    result = strangler("check", application=application)
    assert result.exit_code != 0
    assert told in result.stderr


def test_what_workers_have_recorded_becomes_a_har(strangler: Run, tmp_path: Path) -> None:
    (tmp_path / "traffic.jsonl").write_text('{"request": 1}\n{"request": 2}\n')
    made = strangler("record", str(tmp_path / "traffic.jsonl"))
    assert [each["request"] for each in json.loads(made.stdout)["log"]["entries"]] == [1, 2]
    assert strangler("parity", str(_har(tmp_path)), "--header", "no colon").exit_code == 2


def _recorded(tmp_path: Path, status: str) -> Path:
    file = tmp_path / "one.har"
    answer = {"status": 200, "headers": [{"name": "Content-Type", "value": "text/html; charset=utf-8"}], "content": {"text": status}}
    entries = [
        {"request": {"method": method, "url": "http://shop.test/status", "headers": []}, "response": answer} for method in ("GET", "POST")
    ]
    file.write_text(json.dumps({"log": {"entries": entries}}))
    return file


def test_recorded_traffic_is_played_and_held_against_the_recording(strangler: Run, tmp_path: Path) -> None:
    same = strangler("replay", str(_recorded(tmp_path, "fine")), "--against", "flask", "--ignore", "@header.content-length")
    assert (same.exit_code, same.stdout) == (0, ""), same.stderr
    assert "0 of 1 answers differ, 0 were not compared." in same.stderr, "the POST may write, and is not played"
    other = strangler("replay", str(_recorded(tmp_path, "bad")), "--against", "flask", "--ignore", "@header.content-length")
    assert other.exit_code == 1
    assert other.stdout.startswith("GET  /status  flask  ")
    assert strangler("replay", str(_recorded(tmp_path, "x")), "--against", "django").exit_code == 2


def test_a_replay_asks_the_lane_that_is_named_and_not_the_owner(strangler: Run, tmp_path: Path) -> None:
    entries = [
        {
            "request": {"method": "GET", "url": "http://shop.test/orders/7", "headers": []},
            "response": {
                "status": 200,
                "headers": [{"name": "Content-Type", "value": "application/json"}, {"name": "Cache-Control", "value": "private"}],
                "content": {"text": '{"number": 7}'},
            },
        }
    ]
    (tmp_path / "two.har").write_text(json.dumps({"log": {"entries": entries}}))
    told = strangler("replay", str(tmp_path / "two.har"), "--ignore", "@header.content-length")
    assert "GET  /orders/7  fastapi  @header.cache-control  private" in told.stdout
    assert "  flask  " not in told.stdout


def test_the_console_is_served_for_whoever_knows_its_address(file: Path) -> None:
    file.write_text(CliRunner().invoke(app, ["--app", "support.foreign:flask_app", "init"]).stdout)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path]), "PYTHONUNBUFFERED": "1", "TMPDIR": str(file.parent)}
    command = [sys.executable, "-m", "strangler", "--app", "support.foreign:app", "console"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        url = served.stdout.readline().strip()
        try:
            until(lambda: _status(url) == 200, 20)
            root = url[: url.index("/", len("http://"))]
            assert (_status(root + "/"), _status(root + "/guessed/")) == (404, 404)
            assert _status(url, host="evil.example") == 400, "a name of another site's that leads here"
            state = httpx.get(url + "state").json()["response"]
            changed = httpx.post(url + "canary", json={"blueprint": "orders", "seen": _seen(state), "why": "a try", "percent": 5})
            assert (changed.status_code, changed.json()["response"]["changed"]) == (200, ["orders"]), changed.text
        finally:
            served.terminate()
    journal = CliRunner().invoke(app, ["--app", "support.foreign:app", "journal"]).stdout
    assert "console" in journal
    assert "a try" in journal


def _status(url: str, **headers: str) -> int:
    try:
        return httpx.get(url, headers=headers).status_code
    except httpx.TransportError:
        return 0


def _seen(state: dict[str, Any]) -> str:
    (found,) = [str(each["seen"]) for each in state["blueprints"] if each["name"] == "orders"]
    return found
