"""Keeping what is shown in the page's address, so that it can be reloaded and shared."""

import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec


def keep_in_address(path: str, query: Mapping[str, str]) -> EventSpec:
    """Write ``query`` (empty values left out) into the address without loading anything."""
    shown = address(path, query)
    return rx.call_script(f"history.replaceState(history.state,'',{json.dumps(shown)})")


def address(path: str, query: Mapping[str, str]) -> str:
    """``path`` with the values of ``query`` that are not empty."""
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{given}" if given else path


def id_in(path: str, page: str) -> int:
    """The object that a path under ``page`` names: 5 in "/app/contacts/5/edit" under
    "/app/contacts"; 0, which is nobody's, for none."""
    found = re.match(r"([1-9][0-9]{0,17})(?:/|$)", path.removeprefix(f"{page}/"))
    return int(found.group(1)) if found and path.startswith(f"{page}/") else 0
