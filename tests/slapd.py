"""A directory of one's own for tests: a real slapd on loopback, with a small department in it."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import ldap
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.postgres import _end_with_parent
from tests.service import free_port

BASE = "dc=example,dc=com"
ROOT, ROOT_PASSWORD = f"cn=root,{BASE}", "of the tests"
STARTS_S = 30.0
CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
security simple_bind=128
database mdb
suffix "{base}"
rootdn "{root}"
rootpw "{password}"
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""


class Directory:
    """Who is in it is said by `person` and `group`; `start` and `stop` as often as wanted."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pdfjobs-ldap-"))
        (self.folder / "data").mkdir()
        self.certificate = self.folder / "cert.pem"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        _make_certificate(self.folder)
        words = {"folder": self.folder, "base": BASE, "root": ROOT, "password": ROOT_PASSWORD}
        (self.folder / "slapd.conf").write_text(CONFIG.format(**words))

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    def start(self) -> "Directory":
        program = shutil.which("slapd", path="/usr/sbin:/usr/bin")
        assert program, "no slapd on this machine; `make test` installs it"
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-f", str(self.folder / "slapd.conf"), "-h", f"{self.url}/", "-d", "0"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        deadline = time.monotonic() + STARTS_S
        while True:
            try:
                self.ask().unbind_s()
                return self
            except ldap.SERVER_DOWN:
                alive = self._process.poll() is None and time.monotonic() < deadline
                assert alive, (self.folder / "log").read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STARTS_S)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self) -> Any:
        """A connection of the directory's administrator."""
        connection = ldap.initialize(self.url)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(self.certificate))
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.start_tls_s()
        connection.simple_bind_s(ROOT, ROOT_PASSWORD)
        return connection

    def fill(self) -> None:
        """The department: folders for people and groups, and nobody in them."""
        self._add(BASE, objectClass=["dcObject", "organization"], o="example", dc="example")
        for name in ("people", "groups"):
            self._add(f"ou={name},{BASE}", objectClass="organizationalUnit", ou=name)

    def person(self, name: str, password: str) -> str:
        dn = f"uid={name},ou=people,{BASE}"
        kinds = ["inetOrgPerson"]
        mail = f"{name}@example.com"
        self._add(
            dn,
            objectClass=kinds,
            uid=name,
            cn=name,
            sn=name.title(),
            givenName="M",
            mail=mail,
            employeeType="active",
            userPassword=password,
        )
        return dn

    def group(self, name: str, *members: str) -> str:
        dn = f"cn={name},ou=groups,{BASE}"
        self._add(dn, objectClass="groupOfNames", cn=name, member=list(members))
        return dn

    def change(self, dn: str, **values: str | list[str]) -> None:
        connection = self.ask()
        connection.modify_s(
            dn, [(ldap.MOD_REPLACE, key, _bytes(value)) for key, value in values.items()]
        )
        connection.unbind_s()

    def delete(self, dn: str) -> None:
        connection = self.ask()
        connection.delete_s(dn)
        connection.unbind_s()

    def _add(self, dn: str, **values: str | list[str]) -> None:
        connection = self.ask()
        connection.add_s(dn, [(key, _bytes(value)) for key, value in values.items()])
        connection.unbind_s()

    def toml(self, **roles: str) -> str:
        """The lines of `pdfjobs.toml` that name it."""
        groups = f"ou=groups,{BASE}"
        return (
            f'[ldap]\nurl = "{self.url}"\nstart_tls = true\nca_file = "{self.certificate}"\n'
            f'people = "ou=people,{BASE}"\ngroups = "{groups}"\n'
            'person = "(&(uid=%(user)s)(employeeType=active))"\n'
            f'required = "CN=diary, {groups}"\nstaff = ["cn=Staff,{groups}"]\n'
            + "".join(
                f'[[ldap.roles]]\ngroup = "cn={group},{groups}"\nproject = "P1"\nrole = "{role}"\n'
                for group, role in roles.items()
            )
        )


@contextmanager
def running() -> Iterator[Directory]:
    """A filled directory that is there, and gone afterwards."""
    directory = Directory()
    try:
        directory.start().fill()
        yield directory
    finally:
        directory.remove()


def _bytes(value: str | list[str]) -> list[bytes]:
    return [word.encode() for word in ([value] if isinstance(value, str) else value)]


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "directory of the tests")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(secret)
