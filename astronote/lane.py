"""A lane of their own for the few routes that are asked thousands of times a second.

After a campaign come its delivery receipts, one a request, and the taps on its links. The
layers of Reflex and FastAPI around a route cost four times what such a request itself
does, and have nothing to say about it: so what is asked for here passes them by. The
routes stand in the API as well, and whatever the lane does not know goes there.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from astronote.api import problems
from astronote.api.middleware import RequestContext


class Lane:
    """Answers ``routes`` by their bare endpoints; all else goes on to ``app``.

    Requests that go well are counted but not logged one by one: what they brought is in
    the database.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[Route]) -> None:
        self.app = app
        self.routes = routes
        self.prefixes = tuple({route.path.partition("{")[0] for route in routes})
        self.entered = RequestContext(_answer, logs_success=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        found = self._find(scope)
        if found is None:
            await self.app(scope, receive, send)
        else:
            await self.entered(found, receive, send)

    def _find(self, scope: Scope) -> Scope | None:
        # A route of Starlette's takes HEAD with GET; the API knows better.
        if scope["type"] != "http" or scope["method"] == "HEAD":
            return None
        if scope["path"].startswith(self.prefixes):
            for route in self.routes:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    return {**scope, **found, "route": route}
        return None


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        answer = await scope["endpoint"](Request(scope, receive))
    except Exception as error:
        answer = problems.of_any(error)
    answer.headers.setdefault("Cache-Control", "no-cache")
    await answer(scope, receive, send)
