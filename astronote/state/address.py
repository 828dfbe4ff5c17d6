"""Keeping what is shown in the page's address, so that it can be reloaded and shared."""

import json
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
