"""A mail server that keeps what it is given (RFC 5321, as much as smtplib needs)."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from email.message import EmailMessage
from typing import cast


class Mailbox:
    """Letters in the order of their arrival."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.url = ""


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mail server at a free port until the end."""
    box = Mailbox()

    class Talk(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 mailbox")
            for raw in self.rfile:
                verb = raw.decode().strip().upper()
                if verb == "DATA":
                    self.say("354 go on")
                    box.letters.append(self.letter())
                    self.say("250 kept")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 mailbox")

        def letter(self) -> EmailMessage:
            lines = []
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                if line == ".":
                    break
                lines.append(line.removeprefix("."))
            parsed = message_from_string("\n".join(lines), policy=policy.default)
            return cast("EmailMessage", parsed)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        box.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        yield box
        server.shutdown()
        thread.join(5)
