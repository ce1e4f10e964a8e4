"""Fingerprints as OpenSSH prints them, host keys as a scan shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from argus.features.tracker.tunnels import public_keys
from argus.features.tracker.tunnels.public_keys import fingerprint_of, host_key_of
from argus.kit.errors import TunnelServiceException
from argus.runtime import Runtime
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

# from `ssh-keygen -lf`
KNOWN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
KNOWN_PRINT = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


def text_of(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


ED25519, ECDSA, RSA = (
    text_of(ed25519.Ed25519PrivateKey.generate()),
    text_of(ec.generate_private_key(ec.SECP256R1())),
    text_of(rsa.generate_private_key(65537, 2048)),
)


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


def test_a_fingerprint_is_that_of_openssh() -> None:
    assert fingerprint_of(KNOWN) == KNOWN_PRINT
    assert fingerprint_of(f"  {KNOWN} bob@laptop\n") == KNOWN_PRINT


@pytest.mark.parametrize("key", [ED25519, ECDSA, RSA])
def test_the_three_kinds_of_key_are_taken(key: str) -> None:
    assert public_keys.is_fingerprint(fingerprint_of(key))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 not_base64!",
        "ssh-ed25519 AAAA",
        "ssh-dss AAAAB3NzaC1kc3MAAACB",
        f"ssh-rsa {ED25519.split()[1]}",
        f'{ED25519}\ncommand="sh" {ED25519}',
        f"{ED25519}\r{ED25519}",
        f"{ED25519} \x0b{ED25519}",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(TunnelServiceException, match="Invalid SSH public key: "):
        fingerprint_of(text)


def scanner(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put an `ssh-keyscan` in front of the real one."""
    program = folder / "ssh-keyscan"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def test_the_best_host_key_is_kept_for_the_requested_host(runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join(f"echo '[1.2.3.4]:2222 {key}'" for key in (RSA, ECDSA, ED25519, KNOWN))
    scanner(tmp_path, monkeypatch, f"echo '# a comment'\necho\necho 'too short'\necho \"$@\" > {tmp_path}/asked\n{lines}")
    assert await host_key_of(runtime, "proxy.example.com", 2222) == f"proxy.example.com {ED25519}"
    assert (tmp_path / "asked").read_text() == "-p 2222 -t ed25519,ecdsa,rsa proxy.example.com\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo refused >&2; exit 1", "Failed to fetch host key for h:22: refused"),
        ("exit 1", "Failed to fetch host key for h:22"),
        ("echo 'h ssh-ed25519 broken'", "Invalid SSH public key: "),
        ("sleep 5", "Timed out fetching host key from h:22"),
    ],
)
async def test_a_host_without_a_usable_key_is_refused(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setattr(public_keys, "SCAN_SECONDS", 0.5)
    scanner(tmp_path, monkeypatch, f"exec 2>&1 1>&1; {script}" if script.startswith("sleep") else script)
    with pytest.raises(TunnelServiceException) as raised:
        await host_key_of(runtime, "h", 22)
    assert str(raised.value).startswith(message)


async def test_without_a_scanner_there_is_no_scan(runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TunnelServiceException, match="ssh-keyscan is required on the Argus backend host"):
        await host_key_of(runtime, "h", 22)


@pytest.mark.parametrize("host", ["-oProxyCommand=x", "", "a b", "h;reboot", "h\n"])
async def test_a_host_is_never_an_option_of_the_scanner(runtime: Runtime, host: str) -> None:
    with pytest.raises(TunnelServiceException, match="Invalid host name"):
        await host_key_of(runtime, host, 22)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("SHA256:" + "A" * 43, True),
        ("SHA256:" + "A" * 42 + "=", True),  # sshd never writes it; it is base64 all the same, and names no key
        ("SHA256:" + "A" * 41 + "==", False),
        ("SHA256:" + "A" * 20 + "=" + "A" * 22, False),
        ("SHA256:" + "A" * 44, False),
        ("SHA256:" + "é" * 43, False),
        ("MD5:" + "A" * 43, False),
        ("A" * 43, False),
        ("", False),
    ],
)
def test_what_reads_as_a_fingerprint(text: str, reads: bool) -> None:
    assert public_keys.is_fingerprint(text) is reads
