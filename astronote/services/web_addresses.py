"""Which web addresses a message may lead to, and their one normal form.

``http`` and ``https`` only, no user name or password, no host of a private network.
Hosts are read as browsers read them (WHATWG URL), so that ``0x7f.1``, ``2130706433`` or
``①②⑦.0.0.1`` are seen for what they are. The name service is never asked.
"""

import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import quote, urlsplit

import idna

from astronote.errors import Invalid

MAX_LENGTH: Final = 2000
"""Characters of an address; longer ones are no links that anybody wrote."""

_PORTS: Final = {"http": 80, "https": 443}
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\<>\"]")
_PRIVATE_ENDINGS: Final = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "arpa",
    "onion",
    # Public names that answer with whatever private address is written before them.
    "nip.io",
    "sslip.io",
    "xip.io",
    "localtest.me",
    "lvh.me",
    "vcap.me",
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def normal_address(url: str) -> str:
    """Return the normal, ASCII form of ``url``: what is hashed and redirected to.

    Scheme and host in lower case (IDNA 2008), no default port, a path always, letters
    outside ASCII percent-encoded. Query and fragment stay.

    Raises:
        Invalid: ``invalid_url`` when a message may not lead there.
    """
    url = url.strip()
    if len(url) > MAX_LENGTH or _UNSAFE.search(url):
        raise _refused("This address has characters that no address has, or too many.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("This is not a web address.") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not url[len(scheme) :].startswith("://"):
        raise _refused("Only http and https addresses can be sent.")
    if "@" in parts.netloc:
        raise _refused("An address with a user name or password cannot be sent.")
    host = _public_host(parts.netloc)
    suffix = f":{port}" if port is not None and port != _PORTS[scheme] else ""
    path = _ascii(parts.path) or "/"
    query = f"?{_ascii(parts.query)}" if parts.query else ""
    fragment = f"#{_ascii(parts.fragment)}" if parts.fragment else ""
    return f"{scheme}://{host}{suffix}{path}{query}{fragment}"


def _refused(why: str) -> Invalid:
    return Invalid(why, code="invalid_url", field="messageText")


def _ascii(part: str) -> str:
    return quote(part, safe="!#$%&'()*+,-./:;=?@[]_~")


def _public_host(netloc: str) -> str:
    if netloc.startswith("["):
        return _public_v6(netloc)
    host = _host_name(netloc.partition(":")[0])
    labels = host.removesuffix(".").split(".")
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        address = _as_v4(labels)
        _require_public(address)
        return str(address)
    name = ".".join(labels)
    if len(labels) < 2 or name.endswith(tuple(f".{end}" for end in _PRIVATE_ENDINGS)):
        raise _refused("This address is inside a private network.")
    if name in _PRIVATE_ENDINGS:
        raise _refused("This address is inside a private network.")
    return name


def _public_v6(netloc: str) -> str:
    inside, bracket, rest = netloc[1:].partition("]")
    if not bracket or (rest and not rest.startswith(":")) or "%" in inside:
        raise _refused("This is not a web address.")
    try:
        address = ipaddress.IPv6Address(inside)
    except ValueError as error:
        raise _refused("This is not a web address.") from error
    _require_public(address)
    return f"[{address.compressed}]"


def _host_name(written: str) -> str:
    """The name as looked up: compatible letters folded, then IDNA."""
    folded = unicodedata.normalize("NFKC", written).replace("。", ".").lower()
    if re.fullmatch(r"[a-z0-9._-]+", folded):
        if len(folded) > 253 or any(not 0 < len(x) < 64 for x in folded.strip(".").split(".")):
            raise _refused("This is not a web address.")
        return folded
    try:
        return idna.encode(folded, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise _refused("This is not a web address.") from error


def _as_v4(labels: list[str]) -> ipaddress.IPv4Address:
    """The IPv4 address of one to four numbers, decimal, octal or hexadecimal."""
    try:
        numbers = [_number(label) for label in labels]
        last = numbers.pop()
        if len(numbers) > 3 or any(n > 255 for n in numbers) or last >= 256 ** (4 - len(numbers)):
            raise ValueError
    except ValueError as error:
        raise _refused("This is not a web address.") from error
    value = last + sum(n * 256 ** (3 - place) for place, n in enumerate(numbers))
    return ipaddress.IPv4Address(value)


def _number(label: str) -> int:
    if not label.isascii():
        raise ValueError
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    if len(label) > 1 and label.startswith("0"):
        return int(label, 8)
    return int(label)


def _require_public(address: _Address) -> None:
    inner: list[_Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        inner += [found for found in (address.ipv4_mapped, address.sixtofour) if found]
        inner += list(address.teredo or ())
        if address in _NAT64 or int(address) < 2**32:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if any(not one.is_global or one.is_multicast for one in inner):
        raise _refused("This address is inside a private network.")
