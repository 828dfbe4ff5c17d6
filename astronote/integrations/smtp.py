"""E-mail, for the few letters this product writes: plain text to one person."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

from astronote.settings import settings

_TIMEOUT: Final = 15.0
_PORTS: Final = {"smtp": 587, "smtps": 465}


def is_configured() -> bool:
    """Whether this installation sends e-mail."""
    return bool(settings().smtp_url.get_secret_value())


def send(to: str, subject: str, text: str) -> None:
    """Hand one letter to the mail server; encrypted wherever the server can.

    ``smtp://`` begins in the clear and changes to TLS when that is offered (RFC 3207);
    ``smtps://`` is TLS from the first byte (RFC 8314).

    Raises:
        OSError: the server cannot be reached or refuses (``smtplib.SMTPException`` too).
    """
    url = urlsplit(settings().smtp_url.get_secret_value())
    host, port = url.hostname or "localhost", url.port or _PORTS.get(url.scheme, 587)
    server: smtplib.SMTP
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(
            host, port, timeout=_TIMEOUT, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, port, timeout=_TIMEOUT)
    with server:
        server.ehlo()
        if url.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(_letter(to, subject, text))


def _letter(to: str, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    letter["To"] = to
    letter["From"] = (
        settings().mail_from or f"astronote@{urlsplit(settings().public_base).hostname}"
    )
    letter["Subject"] = subject
    letter["Date"] = formatdate()
    letter["Message-ID"] = make_msgid(domain="astronote")
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    return letter
