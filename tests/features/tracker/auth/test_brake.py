"""The brake on guessing: by account, by address, and for whom not."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from prometheus_client import REGISTRY
from werkzeug.security import check_password_hash

from argus.auth import brake
from argus.kit.errors import TooManyAttempts
from tests.features.tracker.auth.people import PASSWORD, logged_in, person
from tests.features.tracker.auth.test_sign_on import GitHub, back_from_github, github
from tests.features.tracker.making import answered
from tests.serving import Server, transport
from tests.waiting import until

pytestmark = pytest.mark.anyio
__all__ = ["github"]


def at(server: Server, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport(server.app, address), base_url="http://argus.test")


async def tried(browser: httpx.AsyncClient, username: str, password: str = "wrong") -> httpx.Response:
    return await browser.post("/auth/login", data={"username": username, "password": password})


def refused(why: str) -> float:
    return REGISTRY.get_sample_value("argus_logins_refused_total", {"why": why}) or 0.0


async def test_after_ten_failures_an_account_waits_even_with_the_right_password(server: Server) -> None:
    somebody = await person(server)
    async with at(server, "10.1.0.1") as browser, at(server, "10.1.0.2") as elsewhere:
        assert [(await tried(browser, somebody.name)).status_code for _ in range(10)] == [302] * 10
        for place in (browser, elsewhere):
            answer = await tried(place, somebody.name, PASSWORD)
            assert answer.status_code == 429
            assert 240 <= int(answer.headers["retry-after"]) <= 300
            assert re.search(r"globalFlashes = .*Too many failed attempts. Try again in \d+ seconds", answer.text)
            assert "loginContainer" in answer.text, "it is the login page"
            assert not await logged_in(place)
        other = await person(server)
        await tried(browser, other.name, PASSWORD)
        assert await logged_in(browser), "others log in from there"


async def test_logins_that_work_are_not_counted_and_tokens_are_not_concerned(server: Server, client: httpx.AsyncClient) -> None:
    somebody = await person(server)
    for _ in range(12):
        assert await logged_in(await somebody.browser())
    for _ in range(10):
        await somebody.browser("wrong")
    token = (await answered(client.get("/api/v1/user/token")))["token"]
    async with server.client(None, Authorization=f"token {token}") as by_token:
        assert (await by_token.get("/api/v1/users")).status_code == 200


async def test_an_address_waits_whatever_names_it_tries(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.settings, "LOGIN_FAILURES_PER_ADDRESS", "5 per minute")
    async with at(server, "10.1.1.1") as browser, at(server, "10.1.1.2") as elsewhere:
        seen = [(await tried(browser, f"nobody-{uuid4()}")).status_code for _ in range(7)]
        assert seen == [302] * 5 + [429] * 2
        assert (await tried(elsewhere, "nobody")).status_code == 302


async def test_of_ipv6_a_network_is_one_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.settings, "LOGIN_FAILURES_PER_ADDRESS", "1 per minute")
    async with at(server, "2001:db8::1") as one, at(server, "2001:db8::2") as same, at(server, "2001:db8:1::1") as other:
        assert [(await tried(each, f"n-{uuid4()}")).status_code for each in (one, same, other)] == [302, 429, 302]


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Passwords are checked as long as it is set; else whoever tries one waits."""
    going_on = threading.Event()

    def check(password_hash: str, password: str) -> bool:
        return going_on.wait(30) and check_password_hash(password_hash, password)

    monkeypatch.setattr("argus.features.tracker.auth.service.check_password_hash", check)
    yield going_on
    going_on.set()


async def test_many_at_once_are_no_way_round(server: Server, hashing: threading.Event) -> None:
    somebody = await person(server)
    async with at(server, "10.1.2.1") as browser:
        hashing.set()
        assert [(await tried(browser, somebody.name)).status_code for _ in range(5)] == [302] * 5
        hashing.clear()
        guesses = [asyncio.create_task(tried(browser, somebody.name)) for _ in range(40)]
        await until(lambda: sum(guess.done() for guess in guesses) >= 34)
        hashing.set()
        answers = await asyncio.gather(*guesses)
    assert Counter(answer.status_code for answer in answers) == {302: 5, 429: 35}, "ten of the account, those under way among them"


async def test_logins_that_are_checked_keep_less_than_half_of_a_lane(
    server: Server, client: httpx.AsyncClient, hashing: threading.Event
) -> None:
    people = [await person(server) for _ in range(14)]
    before = refused("busy")
    async with at(server, "10.1.7.1") as office, at(server, "10.1.7.2") as another:
        trying = [asyncio.create_task(tried((office, another)[number % 2], each.name, PASSWORD)) for number, each in enumerate(people)]
        await until(lambda: sum(task.done() for task in trying) == 5)
        hashing.set()
        answers = await asyncio.gather(*trying)
        assert Counter(answer.status_code for answer in answers) == {302: 9, 429: 5}, "nine of the lane's twenty threads"
        assert refused("busy") - before == 5
        turned_away = [(answer, each) for answer, each in zip(answers, people, strict=True) if answer.status_code == 429]
        assert {answer.headers["retry-after"] for answer, _ in turned_away} == {"1"}
        assert "Too many attempts at once" in turned_away[0][0].text
        assert {(await tried(office, each.name, PASSWORD)).status_code for _, each in turned_away} == {302}, "they did nothing wrong"
    events = await answered(client.get("/admin/api/v1/security/events", params={"limit": "50"}))
    assert any(event["what"] == "login_braked" and event["details"].startswith("by busy") for event in events)


async def test_who_guesses_leaves_turns_to_others(server: Server, hashing: threading.Event) -> None:
    somebody = await person(server)
    async with at(server, "10.1.8.1") as attacker, at(server, "10.1.8.2") as elsewhere:
        hashing.set()
        await tried(attacker, "nobody")
        hashing.clear()
        guesses = [asyncio.create_task(tried(attacker, f"nobody-{number}")) for number in range(20)]
        await until(lambda: sum(guess.done() for guess in guesses) == 14)
        owner = asyncio.create_task(tried(elsewhere, somebody.name, PASSWORD))
        await asyncio.sleep(0.01)
        hashing.set()
        assert (await owner).status_code == 302
        assert Counter(answer.status_code for answer in await asyncio.gather(*guesses)) == {302: 6, 429: 14}


async def test_who_sends_many_at_once_leaves_a_quarter_of_a_lane_alone(server: Server, hashing: threading.Event) -> None:
    before = refused("flood")
    async with at(server, "10.1.10.1") as flooder:
        guesses = [asyncio.create_task(tried(flooder, f"nobody-{number}")) for number in range(40)]
        await until(lambda: sum(guess.done() for guess in guesses) == 31)
        assert refused("flood") - before >= 15, "nine are checked, and few others cost a page"
        hashing.set()
        assert Counter(answer.status_code for answer in await asyncio.gather(*guesses)) == {302: 9, 429: 31}


async def test_who_keeps_on_while_he_is_refused_costs_no_page(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.settings, "LOGIN_FAILURES_PER_ADDRESS", "1 per minute")
    monkeypatch.setattr("argus.auth.brake.monotonic", lambda: 1000.5)
    before = refused("flood")
    async with at(server, "10.1.9.1") as flooder, at(server, "10.1.9.2") as other:
        answers = [await tried(flooder, f"nobody-{number}") for number in range(15)]
        assert [answer.status_code for answer in answers] == [302] + [429] * 14
        assert {int(answer.headers["retry-after"]) > 50 for answer in answers[1:]} == {True}
        assert ["loginContainer" in answer.text for answer in answers[1:]] == [True] * 10 + [False] * 4
        assert refused("flood") - before == 4
        assert (await tried(other, "nobody")).status_code == 302
        assert (await flooder.get("/auth/login")).status_code == 200, "to look at the form is no attempt"
        monkeypatch.setattr("argus.auth.brake.monotonic", lambda: 1001.5)
        assert "loginContainer" in (await tried(flooder, "nobody")).text, "a second later the form is back"


async def test_a_refusal_at_the_door_keeps_nothing_of_the_one_before_alive(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argus.auth.brake.monotonic", lambda: 1000.5)
    refused_before = brake.Refused(second=1000, told={"10.1.11.1": (brake.REFUSALS, (7, "Too many"))})
    monkeypatch.setattr(server.runtime.own(brake.Counts), "refused", refused_before)
    monkeypatch.setattr(brake, "_caller", lambda: "10.1.11.1")
    depths = []
    for _ in range(3):
        with pytest.raises(TooManyAttempts, match=r"Too many\. Try again in 7 seconds") as refusal, brake.let_in(server.runtime):
            pass
        depths.append(len(refusal.traceback))
    assert len(set(depths)) == 1, "an error that is kept grows with each time that it is raised, and keeps who was refused"


async def test_the_old_password_is_no_way_round(server: Server) -> None:
    somebody = await person(server)
    browser = await somebody.browser()
    form = {"old_password": "wrong", "new_password": "longer-one", "new_password_confirm": "longer-one"}
    assert [(await browser.post("/profile/update/password", data=form)).status_code for _ in range(11)] == [302] * 10 + [429]


async def test_other_ways_in_are_counted_by_address(server: Server, monkeypatch: pytest.MonkeyPatch, github: GitHub) -> None:
    monkeypatch.setattr(server.runtime.settings, "LOGIN_FAILURES_PER_ADDRESS", "2 per minute")
    for name, value in {
        "CLOUDFLARE_ACCESS_TEAM_DOMAIN": "t.example.com",
        "CLOUDFLARE_ACCESS_AUD": "a",
        "GITHUB_CLIENT_SECRET": "s",
    }.items():
        monkeypatch.setattr(server.runtime.settings, name, value)
    github.token_status = 401
    async with at(server, "10.1.3.1") as bogus, at(server, "10.1.3.2") as stranger:
        header = {"Cf-Access-Jwt-Assertion": "a.b.c"}
        assert [(await bogus.post("/auth/login/cf", headers=header)).status_code for _ in range(3)] == [302, 302, 429]
        assert [(await back_from_github(stranger)).status_code for _ in range(3)] == [302, 302, 429]


async def test_the_log_says_once_that_somebody_is_held_back(server: Server, client: httpx.AsyncClient) -> None:
    somebody = await person(server)
    async with at(server, "10.1.4.1") as browser:
        for _ in range(20):
            await tried(browser, somebody.name)
    events = await answered(client.get("/admin/api/v1/security/events", params={"limit": "50"}))
    mine = [event["what"] for event in events if event["account"] == somebody.name]
    assert (mine.count("login_failed"), mine.count("login_braked")) == (10, 1)


async def test_an_unknown_name_takes_as_much_hashing_as_a_known_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []

    def check(password_hash: str, password: str) -> bool:
        hashed.append(password_hash.split("$")[0])
        return False

    monkeypatch.setattr("argus.features.tracker.auth.service.check_password_hash", check)
    known, tunnel = await person(server), await person(server, password="")
    async with at(server, "10.1.5.1") as browser:
        for name in (known.name, tunnel.name, f"nobody-{uuid4()}"):
            await tried(browser, name)
    assert hashed == ["pbkdf2:sha256:1000", "scrypt:32768:8:1", "scrypt:32768:8:1"], "as new passwords are hashed"


async def test_empty_limits_are_none(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.settings, "LOGIN_FAILURES_PER_ACCOUNT", "")
    somebody = await person(server)
    async with at(server, "10.1.6.1") as browser:
        assert {(await tried(browser, somebody.name)).status_code for _ in range(15)} == {302}
