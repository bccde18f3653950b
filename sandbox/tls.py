"""Certificates for a sandbox that speaks TLS: of an authority of its own, and the broken kinds that stores have."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("trusted", "self_signed", "expired", "other_host")
"""``trusted`` by whoever trusts ``ca_path``; the others by nobody."""
DAY = timedelta(days=1)


class Tls:
    """Key and certificate for the loopback, in files that vanish with ``close``."""

    def __init__(self, kind: str = "trusted") -> None:
        if kind not in KINDS:
            raise ValueError(f"A kind of certificate is one of {', '.join(KINDS)}.")
        self._folder = TemporaryDirectory(prefix="sandbox-tls-")
        folder = Path(self._folder.name)
        self.ca_path = folder / "ca.pem"
        self.certificate_path = folder / "server.pem"
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca = certificate("Sandbox authority", ca_key, issuer="Sandbox authority", issuer_key=ca_key, authority=True)
        host = "shop.example.com" if kind == "other_host" else "localhost"
        until = datetime.now(UTC) - DAY if kind == "expired" else None
        if kind == "self_signed":
            own = certificate(host, key, issuer=host, issuer_key=key)
        else:
            own = certificate(host, key, issuer="Sandbox authority", issuer_key=ca_key, until=until)
        self.ca_path.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.certificate_path.write_bytes(secret + own.public_bytes(serialization.Encoding.PEM))

    def context(self) -> ssl.SSLContext:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self.certificate_path)
        return found

    def close(self) -> None:
        self._folder.cleanup()


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    authority: bool = False,
    until: datetime | None = None,
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    end = until or datetime.now(UTC) + 30 * DAY
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - 90 * DAY)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
