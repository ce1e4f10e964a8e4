"""Public keys of SSH: their fingerprints, and the host keys that a machine shows (docs/contract/tunnels.md#keys)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shutil
import subprocess

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from argus.kit.errors import TunnelServiceException
from argus.kit.pools import SCANS
from argus.runtime import Runtime

HOST = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9._:-]*")  # a name or an address; a leading dash would be an option of the scanner
PREFERRED = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
SCAN_SECONDS = 10
LENGTH = 43  # characters of a SHA-256 in base64 without padding


def is_fingerprint(text: str) -> bool:
    """Whether a text reads as a fingerprint: `SHA256:` and 43 characters that are base64 with one more `=`."""
    body = text.removeprefix("SHA256:")
    if body == text or len(body) != LENGTH:
        return False
    try:
        return bool(base64.b64decode(f"{body}=", validate=True))
    except ValueError:
        return False


def fingerprint_of(public_key: str) -> str:
    """A key's fingerprint as OpenSSH prints it: `SHA256:` and 43 characters. Its comment does not count.

    Raises:
        TunnelServiceException: `Invalid SSH public key: <reason>`.
    """
    lines = public_key.strip().splitlines()
    fields = lines[0].split() if lines else []
    if len(fields) < 2:
        raise _invalid("Malformed OpenSSH public key")
    if len(lines) > 1:
        raise _invalid("More than one line")
    try:
        key = load_ssh_public_key(f"{fields[0]} {fields[1]}".encode())
        blob = base64.b64decode(fields[1], validate=True)
    except (ValueError, UnsupportedAlgorithm, binascii.Error) as problem:
        raise _invalid(str(problem)) from problem
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey):
        raise _invalid(f"Unsupported key type: {fields[0]}")
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


async def host_key_of(runtime: Runtime, host: str, port: int) -> str:
    """The best host key that a machine shows, as a line of known_hosts: `<host> <type> <key>`.

    Raises:
        TunnelServiceException: nothing answers, or it shows no usable key.
    """
    if not HOST.fullmatch(host):
        raise TunnelServiceException(f"Invalid host name: {host}")
    scanner = shutil.which("ssh-keyscan")
    if scanner is None:
        raise TunnelServiceException("ssh-keyscan is required on the Argus backend host")
    try:
        scan = await runtime.blocking(SCANS, _scan, scanner, host, int(port))
    except subprocess.TimeoutExpired:
        raise TunnelServiceException(f"Timed out fetching host key from {host}:{port}") from None
    keys = _keys_by_type(scan.stdout)
    if not keys:
        reason = scan.stderr.strip()
        raise TunnelServiceException(f"Failed to fetch host key for {host}:{port}" + (f": {reason}" if reason else ""))
    best = next((kind for kind in PREFERRED if kind in keys), next(iter(keys)))
    fingerprint_of(f"{best} {keys[best]}")  # unreadable keys are refused here, not when a client connects
    return f"{host} {best} {keys[best]}"


def _scan(scanner: str, host: str, port: int) -> subprocess.CompletedProcess[str]:
    command = [scanner, "-p", str(port), "-t", "ed25519,ecdsa,rsa", host]
    return subprocess.run(command, capture_output=True, text=True, timeout=SCAN_SECONDS, check=False)  # noqa: S603


def _keys_by_type(scanned: str) -> dict[str, str]:
    """Key type → key, the first of each type."""
    keys: dict[str, str] = {}
    for line in scanned.splitlines():
        fields = line.split()
        if len(fields) >= 3 and not line.startswith("#") and fields[1].startswith(("ssh-", "ecdsa-")):
            keys.setdefault(fields[1], fields[2])
    return keys


def _invalid(reason: str) -> TunnelServiceException:
    return TunnelServiceException(f"Invalid SSH public key: {reason}")
