"""Reading a page as a browser without scripts does."""

from html.parser import HTMLParser

import httpx

from tests.support.api import ApiClient


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str | None], dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given, {}))
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1][1][str(given["name"])] = given.get("value") or ""


def first_form(page: httpx.Response) -> tuple[str, dict[str, str]]:
    """Where the page's first form is sent, and its fields as they stand."""
    reader = _Forms()
    reader.feed(page.text)
    attributes, fields = reader.forms[0]
    assert attributes.get("method") == "post"
    return str(attributes["action"]), fields


def press(client: ApiClient, page: httpx.Response, **headers: str) -> httpx.Response:
    """Send the page's first form as it stands."""
    action, fields = first_form(page)
    return client.post(action, data=fields, headers=headers)
