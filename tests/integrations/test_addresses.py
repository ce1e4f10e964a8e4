"""Addresses of issues, in the alphabets of their owners."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.integrations import github, jira
from argus.kit.errors import JiraServiceException
from argus.runtime import Runtime


def of_jira(server: str | None) -> Runtime:
    return cast(Runtime, SimpleNamespace(settings=SimpleNamespace(JIRA_SERVER=server)))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://github.com/scylladb/scylladb/issues/1", ("scylladb", "scylladb", "issues", 1)),
        ("http://www.github.com/scylladb/argus/pull/22/", ("scylladb", "argus", "pull", 22)),
        ("https://github.com/kubernetes-sigs/kind/issues/1#issuecomment-5", ("kubernetes-sigs", "kind", "issues", 1)),
        ("https://github.com/vercel/next.js/pull/1/files?w=1", ("vercel", "next.js", "pull", 1)),
        ("https://github.com/octo_corp/.github/issues/3", ("octo_corp", ".github", "issues", 3)),
        ("HTTPS://GitHub.com:443/a/b/issues/1?x=y", ("a", "b", "issues", 1)),
        ("https://github.com/a/b/issues/2147483647", ("a", "b", "issues", 2147483647)),
    ],
)
def test_issues_of_github(url: str, address: tuple[str, str, str, int]) -> None:
    found = github.parse_issue_url(url)
    assert (found.owner, found.repo, found.type, found.number) == address
    assert github.parse_issue_url(found.url) == found


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/a/b",
        "https://github.com/a/b/issues/x",
        "https://github.com/a/../issues/1",
        "https://github.com/a/./issues/1",
        "https://github.com/-a/b/issues/1",
        "https://github.com/a/b/issues/2147483648",
        "https://github.com/a/b/issues/99999999999999999999",
        "https://github.com/a%2Fb/c/issues/1",
        "https://github.com.example/a/b/issues/1",
        "https://github.com:8443/a/b/issues/1",
        "see https://github.com/a/b/issues/1",
        "",
    ],
)
def test_no_issues_of_github(url: str) -> None:
    with pytest.raises(Exception, match="URL doesn't match Github schema"):
        github.parse_issue_url(url)


@pytest.mark.parametrize(
    ("server", "url", "key"),
    [
        ("https://jira.example", "https://jira.example/browse/ABC-1", "ABC-1"),
        ("https://jira.example", "http://Jira.Example/browse/QA2-15/", "QA2-15"),
        ("https://jira.example/", "https://jira.example/browse/MY_TEAM_2-15?focusedId=3#c", "MY_TEAM_2-15"),
        ("http://jira.example:8080", "http://jira.example:8080/browse/ABC-1", "ABC-1"),
        ("http://jira.example:8080", "http://jira.example/browse/ABC-1", "ABC-1"),
        ("https://x.example/jira/", "https://x.example/jira/browse/ABC-123456789012", "ABC-123456789012"),
        ("https://jira.example", "https://jira.example/browse/ABC-1?from=https://github.com/a", "ABC-1"),
    ],
)
def test_issues_of_jira(server: str, url: str, key: str) -> None:
    assert jira.parse_issue_url(of_jira(server), url) == key
    assert jira.is_issue(of_jira(server), url)
    assert jira.parse_issue_url(of_jira(server), jira.permalink(of_jira(server), key)) == key


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("https://jira.example", "https://jira.example/browse/abc-1"),
        ("https://jira.example", "https://jira.example/browse/1ABC-1"),
        ("https://jira.example", "https://jira.example/browse/ABC-1x"),
        ("https://jira.example", "https://jira.example:8443/browse/ABC-1"),
        ("http://jira.example:8080", "http://jira.example:9090/browse/ABC-1"),
        ("https://x.example/jira", "https://x.example/wiki/browse/ABC-1"),
        ("https://jira.example", "https://jira.example.com/browse/ABC-1"),
        ("https://jira.example", "https://jiraXexample/browse/ABC-1"),
        ("https://jira.example", ""),
    ],
)
def test_no_issues_of_jira(server: str, url: str) -> None:
    with pytest.raises(JiraServiceException, match="URL doesn't match configured Jira server"):
        jira.parse_issue_url(of_jira(server), url)


def test_without_a_server_nothing_is_an_issue_of_jira() -> None:
    assert not jira.is_issue(of_jira(None), "https://jira.example/browse/ABC-1")
    with pytest.raises(KeyError):
        jira.parse_issue_url(of_jira(None), "https://jira.example/browse/ABC-1")


OWNER = st.from_regex(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}", fullmatch=True)
REPOSITORY = st.from_regex(r"[A-Za-z0-9._-]{1,100}", fullmatch=True).filter(lambda name: name not in (".", ".."))
KIND = st.sampled_from(["issues", "pull"])
REST = st.sampled_from(["", "/", "#c", "?a=b", "/files"])
PROJECT = st.from_regex(r"[A-Z][A-Z0-9_]{1,30}", fullmatch=True)
PLACE = st.sampled_from(["", ":8080", "/a/b", ":8080/a"])


@given(OWNER, REPOSITORY, KIND, st.integers(1, 2**31 - 1), REST)
def test_every_name_that_github_gives_is_read(owner: str, repo: str, kind: str, number: int, rest: str) -> None:
    found = github.parse_issue_url(f"https://github.com/{owner}/{repo}/{kind}/{number}{rest}")
    assert found == github.IssueAddress(owner, repo, kind, number)


@given(PROJECT, st.integers(1, 10**12), PLACE)
def test_every_key_that_jira_gives_is_read(project: str, number: int, place: str) -> None:
    server = f"https://jira.example{place}"
    assert jira.parse_issue_url(of_jira(server), f"{server}/browse/{project}-{number}") == f"{project}-{number}"


@given(
    st.text(alphabet=st.characters(exclude_characters="/")), st.sampled_from(["https://github.com/", "https://jira.example/browse/-", ""])
)
def test_any_other_text_is_refused_with_the_contracts_errors(text: str, beginning: str) -> None:
    with pytest.raises(Exception, match="URL doesn't match Github schema"):
        github.parse_issue_url(beginning + text)
    with pytest.raises(JiraServiceException, match="URL doesn't match configured Jira server"):
        jira.parse_issue_url(of_jira("https://jira.example"), beginning + text)
