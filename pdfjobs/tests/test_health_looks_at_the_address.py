"""The address that people use is tried as they come in: who answers there, and until when its certificate is good."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pdfjobs import config, health
from pdfjobs.health.address import Address, ask
from tests.service import free_port

END = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""Of a certificate that nobody renewed."""


@pytest.fixture
def address(settings):
    """Of an instance in production, on a free port."""
    port = free_port()
    text = f'production = true\n[web]\naddress = "https://127.0.0.1:{port}"\n'
    settings.PDFJOBS = config.parse(text.encode(), "pdfjobs.toml")
    health.forget()
    yield port, f"https://127.0.0.1:{port}"
    health.forget()


@pytest.fixture
def certificate(tmp_path):
    """A file with a certificate that has run out, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "diary.example.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(END - timedelta(days=90))
        .not_valid_after(END)
        .sign(key, SHA256())
    )
    file = tmp_path / "host.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


def listen(port, serve):
    """Answers one who comes."""
    server = socket.create_server(("127.0.0.1", port))

    def answer():
        with server, server.accept()[0] as caller:
            serve(caller)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return thread


def test_a_certificate_that_has_run_out_is_read_all_the_same(address, certificate):
    port, url = address
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    thread = listen(port, lambda caller: context.wrap_socket(caller, server_side=True).close())

    asked = ask()

    thread.join()
    assert asked == Address(url, expires_at=END.timestamp())


def test_nobody_there_is_said(address):
    _, url = address

    assert ask() == Address(url, "Connection refused")


def test_who_speaks_no_tls_is_said(address):
    port, url = address
    thread = listen(port, lambda caller: caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))

    asked = ask()

    thread.join()
    assert (asked.url, asked.expires_at) == (url, None)
    assert asked.error


def test_who_does_not_answer_holds_no_look_up(address):
    port, url = address
    over = threading.Event()
    thread = listen(port, lambda _: over.wait())

    found = health.look(at_database=False).address

    over.set()
    thread.join()
    assert found == Address(url, "no answer within 0.9 s")


@pytest.mark.parametrize(
    "text",
    [
        '[web]\naddress = "https://127.0.0.1:9"\n',
        'production = true\n[web]\naddress = "https://127.0.0.1:9"\nlook_at_address = false\n',
    ],
    ids=["a trial", "an address that only others reach"],
)
def test_where_nobody_is_expected_nobody_is_asked(settings, text):
    settings.PDFJOBS = config.parse(text.encode(), "pdfjobs.toml")

    assert ask() is None
