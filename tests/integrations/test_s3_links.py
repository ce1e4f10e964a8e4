"""Which object an address names, whoever wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.integrations.s3_links import S3Object, parse_link


@pytest.mark.parametrize(
    ("link", "item"),
    [
        ("https://b-1.s3.amazonaws.com/run/db.tar.zst", S3Object("b-1", "run/db.tar.zst")),
        ("b.s3.amazonaws.com/k", S3Object("b", "k")),
        ("https://b.s3.eu-west-1.amazonaws.com/k", S3Object("b", "k", "eu-west-1")),
        ("https://b.s3-us-west-2.amazonaws.com/k", S3Object("b", "k", "us-west-2")),
        ("https://b.s3.dualstack.eu-west-1.amazonaws.com/k", S3Object("b", "k", "eu-west-1")),
        ("https://my.dotted.bucket.s3.eu-west-1.amazonaws.com/k", S3Object("my.dotted.bucket", "k", "eu-west-1")),
        ("https://s3.eu-west-1.amazonaws.com/my.dotted.bucket/a/k", S3Object("my.dotted.bucket", "a/k", "eu-west-1")),
        ("https://s3-us-west-2.amazonaws.com/b/k", S3Object("b", "k", "us-west-2")),
        ("https://s3.amazonaws.com/b/k", S3Object("b", "k")),
    ],
)
def test_every_spelling_of_a_place(link: str, item: S3Object) -> None:
    assert parse_link(link) == item


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("a%20b%2Bc.tar", "a b+c.tar"),
        ("a b+c.tar", "a b+c.tar"),
        ("100%.log", "100%.log"),
        ("%ff", "%ff"),
        ("l%C3%A4rm.png", "lärm.png"),
        ("why?.log", "why?.log"),
        ("why?=really&so.log", "why?=really&so.log"),
        ("k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-Signature=ab", "k"),
        ("k?AWSAccessKeyId=A&Signature=b%3D&Expires=1700000000", "k"),
        ("why%3F.log?X-Amz-Signature=ab", "why?.log"),
    ],
)
def test_the_key_is_told_from_what_is_written_around_it(written: str, key: str) -> None:
    assert parse_link(f"https://b.s3.amazonaws.com/{written}") == S3Object("b", key)


def test_a_version_that_was_asked_for_stays_asked_for() -> None:
    item = parse_link("https://b.s3.amazonaws.com/k?versionId=v%2B1&X-Amz-Signature=ab")
    assert item == S3Object("b", "k", version="v+1")
    assert item.url == "https://b.s3.amazonaws.com/k?versionId=v%2B1"


@pytest.mark.parametrize(
    "link",
    [
        "http://b.s3.amazonaws.com/k",
        "https://b.s3.amazonaws.com.evil.example/k",
        "https://evil.example/b.s3.amazonaws.com/k",
        "https://user@b.s3.amazonaws.com/k",
        "https://b.s3.amazonaws.com:8443/k",
        "https://b.s3-accelerate.amazonaws.com/k",
        "https://s3.amazonaws.com/b",
        "https://b.s3.amazonaws.com/",
        "https://s3.amazonaws.com/a.b/../other/k",
        "https://s3.amazonaws.com/a.b/%2e%2e/other/k",
        "https://b.s3.amazonaws.com/./k",
        "",
    ],
)
def test_what_is_no_object_of_s3(link: str) -> None:
    assert parse_link(link) is None


segments = st.text(min_size=1, max_size=20).filter(lambda text: "/" not in text and text not in {".", ".."} and text.isprintable())


@given(
    bucket=st.from_regex(r"[a-z0-9][a-z0-9.-]{1,40}[a-z0-9]", fullmatch=True).filter(lambda name: "s3" not in name and ".." not in name),
    key=st.lists(segments, min_size=1, max_size=4).map("/".join),
    region=st.sampled_from([None, "eu-west-1", "us-gov-west-1"]),
    version=st.none() | st.text(min_size=1, max_size=8).filter(str.isprintable),
)
def test_an_address_names_the_object_it_was_made_for(bucket: str, key: str, region: str | None, version: str | None) -> None:
    item = S3Object(bucket, key, region, version)
    assert parse_link(item.url) == item
