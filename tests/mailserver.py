"""A mail server and a web hook of the tests, that can be away, refuse, hang, and take what they are given."""

import json
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.service import free_port


class Taker:
    """What aiosmtpd asks at each step; `refuse` is the answer to the mail itself, `refuse_to` to its address."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.tries = 0
        self.refuse = self.refuse_to = ""
        self.hang_up = False

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        self.tries += 1
        if self.refuse_to:
            return self.refuse_to
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.hang_up:
            server.transport.close()  # taken, but the client never hears of it
        return "250 taken"


class MailServer:
    """On a port of its own, whether it is there or away."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taker = Taker()
        self._controller: Controller | None = None

    @property
    def mails(self) -> list[EmailMessage]:
        return self.taker.mails

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    def start(self) -> None:
        self._controller = Controller(self.taker, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


class Hook:
    """A web hook; `status` is what it answers, `to` where it sends on, `answering` cleared lets it hang."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.status, self.to = 200, ""
        self.answering = threading.Event()
        self.answering.set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.calls.append(json.loads(body))
                hook.answering.wait(20)
                self.send_response(hook.status)
                if hook.to:
                    self.send_header("Location", hook.to)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                hook.calls.append({"got": self.path})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._server.block_on_close = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_address[1]}/hook"

    def stop(self) -> None:
        self.answering.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
