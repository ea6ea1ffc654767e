"""A certificate authority of the server's own, for https without one from elsewhere.

The authority's certificate is what clients are told to trust. It lasts; the server's certificate is made
anew when its names change or its end comes near. The official host names are among them, so that clients
whose name lookup leads here need no other setting.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ionstack.apis.cloudapi import facts
from ionstack.catalogue.api import Api
from ionstack.engine.clock import SECOND
from ionstack.errors import UsageError
from ionstack.identity import private_file

UPLOADS = "ionos.com"
"""The official domain of the hosts that take image uploads."""

AUTHORITY_LASTS = timedelta(days=3650)
CERTIFICATE_LASTS = timedelta(days=397)  # the longest that all clients take
RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Files:
    """Where the certificate chain, its key and, if it is ours, the authority to trust lie (PEM)."""

    certificate: Path
    key: Path
    authority: Path | None = None


def names(apis: Iterable[Api], host: str, domain: str | None, public_url: str | None) -> list[str]:
    """Every name and address the server may be called by."""
    public = urlsplit(public_url or "").hostname or ""
    found = ["localhost", "*.localhost", "127.0.0.1", "::1", host, public]
    products = [(api.product, region) for api in apis for region in api.regions if api.product]
    if domain:
        found += [domain, f"*.{domain}", *(f"{product}.{region}.{domain}" for product, region in products)]
    found += [host for api in apis for host in api.hosts.values()]
    found += [
        f"ftp-{facts.upload_part(id)}.{suffix}"
        for id in facts.locations()
        for suffix in (UPLOADS, domain)
        if suffix
    ]
    return sorted({name.lower() for name in found if name and name not in ("0.0.0.0", "::")})  # noqa: S104


def ensure(directory: Path, names: Sequence[str], wall: int) -> Files:
    """The files, made where they are missing or no longer fit. `wall` is the time in µs."""
    authority_file = directory / "ca.pem"
    files = Files(directory / "server.pem", directory / "server.key", authority_file)
    now = datetime.fromtimestamp(wall // SECOND, UTC)
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        authority, key = _authority(authority_file, directory / "ca.key", now)
        if not _fits(files.certificate, authority, names, now):
            _issue(files, authority, key, names, now)
    except (OSError, ValueError) as error:
        raise UsageError(f"the certificates in {directory} cannot be used: {error}") from None
    return files


def given(certificate: Path, key: Path) -> Files:
    """Files from elsewhere; UsageError if they cannot be read or do not belong together."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"{certificate} and {key} cannot be used as certificate and key: {why}") from None
    return Files(certificate, key)


def _authority(
    path: Path, key_path: Path, now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    if path.exists() and key_path.exists():
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key_path} is not a key that Ionstack made")
        return x509.load_pem_x509_certificate(path.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"Ionstack local authority {now:%Y-%m-%d %H:%M}")]
    )
    certificate = (
        _builder(name, name, key.public_key(), now, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    private_file.write(key_path, _pem(key))
    private_file.write(path, certificate.public_bytes(serialization.Encoding.PEM).decode())
    return certificate, key


def _issue(
    files: Files,
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    names: Sequence[str],
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ionstack")])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = (
        _builder(subject, authority.subject, key.public_key(), now, CERTIFICATE_LASTS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(signer, hashes.SHA256())
    )
    private_file.write(files.key, _pem(key))
    private_file.write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM).decode())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _fits(path: Path, authority: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        set(held) == {_general(name) for name in names}
        and certificate.not_valid_after_utc - RENEWED_BEFORE > now
        and certificate.issuer == authority.subject
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
