"""An authority of the test's own, and what it signs: the brokers' certificates and the clients'."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HOSTS = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with the authority above it, and its private key, as PEM files."""

    certfile: Path
    keyfile: Path

    @property
    def in_one(self) -> Path:
        """Key and certificate in one file, as Kafka's own keystores of PEM are."""
        both = self.keyfile.with_suffix(".both.pem")
        both.write_bytes(self.keyfile.read_bytes() + self.certfile.read_bytes())
        return both


class Authority:
    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.cafile = folder / f"{name}.pem"
        self._authority.cert_pem.write_to_path(self.cafile)

    def issue(
        self, name: str, *hosts: str, expires: datetime | None = None, password: str | None = None
    ) -> Issued:
        """A certificate whose common name is `name`, for the hosts."""
        identities = hosts or (f"{name}@example.com",)
        issued = self._authority.issue_cert(*identities, common_name=name, not_after=expires)
        certfile, keyfile = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certfile.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        keyfile.write_bytes(_pkcs8(issued.private_key_pem.bytes(), password))
        return Issued(certfile, keyfile)


def _pkcs8(pem: bytes, password: str | None) -> bytes:
    """The one encoding of keys that Java reads."""
    key = load_pem_private_key(pem, None)
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
