"""Over TLS only a cluster that its own authority vouches for is believed."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from argus.kit.settings import Settings
from argus.storage.cql.driver import Target, Tls


class Authority:
    """A certificate authority, and certificates of it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._certificate(self._subject, self._key, authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        today = datetime.now()
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self._subject).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(today - timedelta(days=2))
        made = made.not_valid_after(today + timedelta(days=2)).add_extension(x509.BasicConstraints(authority, None), critical=True)
        return made.sign(self._key, hashes.SHA256())

    def node(self) -> ssl.SSLContext:
        """What a node of the cluster answers with."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")]), key, authority=False)
        file = self.folder / f"{self.name}-node.pem"
        plain = serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def shake_hands(ours: ssl.SSLContext, theirs: ssl.SSLContext) -> None:
    """A handshake in memory.

    Raises:
        ssl.SSLError: we do not believe them.
    """
    to_them, to_us = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [ours.wrap_bio(to_us, to_them), theirs.wrap_bio(to_them, to_us, server_side=True)]
    for _ in range(10):
        for side in list(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            sides.remove(side)
    assert not sides


@pytest.fixture
def cluster(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "cluster")


def test_only_the_clusters_own_authority_vouches(cluster: Authority, tmp_path: Path) -> None:
    shake_hands(Tls(cluster.file).context(), cluster.node())
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(Tls(cluster.file).context(), Authority(tmp_path, "other").node())
    assert len(Tls(cluster.file).context().get_ca_certs()) == 1, "not the system's beside it"


@pytest.mark.anyio
async def test_the_c_driver_is_told_the_same(cluster: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    acsylla = pytest.importorskip("acsylla")
    from argus.storage.cql.acsylla_driver import AcsyllaDriver

    told: dict[str, Any] = {}

    class Told:
        async def create_session(self) -> object:
            return object()

    monkeypatch.setattr(acsylla, "create_cluster", lambda hosts, **options: told.update(options) or Told())
    await AcsyllaDriver(Target(("10.0.0.1",), tls=Tls(cluster.file))).connect()
    assert told["ssl_enabled"] is True
    assert told["ssl_trusted_cert"] == cluster.file.read_text()
    assert told["ssl_verify_flags"] == acsylla.SSLVerifyFlags.PEER_CERT


def test_tls_without_an_authority_is_no_setting(cluster: Authority) -> None:
    with pytest.raises(ValidationError, match="SCYLLA_TLS_CA_FILE: SCYLLA_TLS needs it"):
        Settings(SCYLLA_TLS=True)
    assert Settings(SCYLLA_TLS=True, SCYLLA_TLS_CA_FILE=cluster.file).SCYLLA_TLS
