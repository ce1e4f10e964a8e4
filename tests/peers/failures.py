"""The ways in which another system fails, each as a talk on a socket."""

from __future__ import annotations

import asyncio

from tests.peers.sockets import Talk

PAUSE = 0.02  # seconds between two bytes of a slow peer


async def head_of(reader: asyncio.StreamReader) -> bytes:
    """The head of a request; its body is left unread."""
    return await reader.readuntil(b"\r\n\r\n")


def answer(status: str, body: bytes = b"", *fields: str, kind: str = "application/json") -> Talk:
    """One answer to each connection."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close", *fields]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()

    return talk


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Takes the request and says nothing."""
    await reader.read()


async def cut_at_once(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await head_of(reader)


async def cut_in_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await writer.drain()


async def cut_in_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a": ')
    await writer.drain()


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await writer.drain()


async def endless_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        writer.write(b"1," * 32_768)
        await writer.drain()


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def slow_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(PAUSE)


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(PAUSE)


LOGIN_PAGE = b"<!doctype html><title>Sign in</title>"
BROKEN: dict[str, Talk] = {
    "silence": silent,
    "a cut connection": cut_at_once,
    "a cut head": cut_in_head,
    "a cut body": cut_in_body,
    "another protocol": no_http,
    "an endless body": endless_body,
    "an endless head": endless_head,
    "a slow head": slow_head,
    "a slow body": slow_body,
    "a circle of redirects": answer("302 Found", b"", "Location: ?again"),
    "a redirect elsewhere": answer("302 Found", b"", "Location: https://login.example/?secret"),
    "a redirect to what is no address": answer("302 Found", b"", "Location: http://[::1/"),
}
"""Nothing of these is an answer."""

REFUSALS: dict[str, Talk] = {
    "401": answer("401 Unauthorized", b"{}"),
    "403 with a rate limit": answer("403 Forbidden", b"{}", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 4102444800"),
    "404": answer("404 Not Found", b"{}"),
    "429": answer("429 Too Many Requests", b"{}", "Retry-After: 120"),
    "500": answer("500 Internal Server Error", b"{}"),
    "503": answer("503 Service Unavailable", b"{}", "Retry-After: 120"),
}
"""Answers that say no."""

NONSENSE: dict[str, Talk] = {
    "nothing": answer("200 OK", b""),
    "half of a JSON": answer("200 OK", b'{"a": '),
    "JSON that is nested too deeply": answer("200 OK", b"[" * 200_000),
    "bytes that are no text": answer("200 OK", b'{"a": "\xff\xfe"}'),
    "a login page": answer("200 OK", LOGIN_PAGE, kind="text/html"),
    "a list": answer("200 OK", b"[1]"),
    "a null": answer("200 OK", b"null"),
    "a text": answer("200 OK", b'"text"'),
    "an object of other things": answer("200 OK", b'{"jobs": 7, "issues": [7], "keys": 7, "Contents": [], "access_token": 7}'),
}
"""Answers with status 200 that are none."""
