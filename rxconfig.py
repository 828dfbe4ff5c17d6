"""Reflex: the app's name, its storage, theme and build plugins.

Read by every process that imports the app and by the build. It needs no database and
no secret, so that a build machine needs none either.
"""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import reflex as rx

PLACEHOLDER = "same-origin.invalid"
"""Stands where Reflex bakes the server's address into the bundle; see SameOrigin."""

STATE_DATABASE = "1"
"""Redis database of Reflex's states (pickles), apart from the queue's."""


class SameOrigin(rx.plugins.Plugin):
    """Make one build good for every host and port.

    Reflex writes the server's address into the JavaScript as string literals. This
    replaces each of them by an expression over the page's own origin.
    """

    def post_build(self, **context: Any) -> None:
        """Rewrite the built scripts.

        Raises:
            RuntimeError: nothing was found to rewrite, or something was left.
        """
        static_dir = Path(str(context["static_dir"]))
        found = sum(self._rewrite(script) for script in static_dir.rglob("*.js"))
        left = [
            path.name
            for path in static_dir.rglob("*")
            if path.suffix in {".js", ".html", ".json"} and PLACEHOLDER in path.read_text()
        ]
        if not found or left:
            raise RuntimeError(f"the server's address: {found} rewritten, left in {left}")

    @staticmethod
    def _rewrite(script: Path) -> int:
        text = script.read_text()
        found = text.count(PLACEHOLDER)
        if found:
            for quote in "\"'`":
                text = text.replace(f"{quote}http://{PLACEHOLDER}", f"location.origin+{quote}")
                text = text.replace(
                    f"{quote}ws://{PLACEHOLDER}",
                    f"location.origin.replace(/^http/,`ws`)+{quote}",
                )
            script.write_text(text)
        return found


class Inter(rx.plugins.Plugin):
    """The typeface (Latin and Greek), served from here and not from somebody's network."""

    def get_frontend_dependencies(self, **_context: Any) -> list[str]:
        """The package that holds the font files."""
        return ["@fontsource-variable/inter@5.3.0"]

    def get_stylesheet_paths(self, **_context: Any) -> list[str]:
        """Its style sheet, bundled with ours."""
        return ["@fontsource-variable/inter/index.css"]

    def post_build(self, **context: Any) -> None:
        """Point every copy of its style sheet at the built files.

        The sheet is bundled twice, and one copy keeps the addresses it has in the package.

        Raises:
            RuntimeError: a file that a style sheet names was not built.
        """
        assets = Path(str(context["static_dir"])) / "assets"
        for sheet in assets.glob("*.css"):
            text = sheet.read_text()
            for name in set(re.findall(r"url\(\./files/(inter-[a-z-]+)\.woff2\)", text)):
                built = [path.name for path in assets.glob(f"{name}-*.woff2")]
                if len(built) != 1:
                    raise RuntimeError(f"the font {name}: built as {built}")
                text = text.replace(f"url(./files/{name}.woff2)", f"url(/assets/{built[0]})")
            sheet.write_text(text)


def state_redis(url: str) -> str:
    """The Redis address ``url`` with the database number of Reflex's states; '' for ''."""
    if not url:
        return ""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "db"]
    if parts.scheme == "unix":
        # A socket's path is a file, so only its query can name the database.
        return f"unix://{parts.netloc}{parts.path}?{urlencode([*query, ('db', STATE_DATABASE)])}"
    rest = f"?{urlencode(query)}" if query else ""
    return f"{parts.scheme}://{parts.netloc}/{STATE_DATABASE}{rest}"


_redis = state_redis(os.environ.get("REDIS_URL", ""))
_storage: dict[str, Any] = (
    {"redis_url": _redis}
    if _redis
    else {"state_manager_mode": rx.constants.StateManagerMode.MEMORY}
)

config = rx.Config(
    app_name="astronote",
    api_url=f"http://{PLACEHOLDER}",
    backend_host="127.0.0.1",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # Our routes take no cross-origin calls; the socket's own check is set in the app.
    cors_allowed_origins=[],
    trusted_proxy_hops=int(os.environ.get("TRUSTED_PROXY_HOPS") or 0),
    disable_plugins=[rx.plugins.SitemapPlugin],
    plugins=[
        rx.plugins.RadixThemesPlugin(
            theme=rx.theme(
                accent_color="iris", gray_color="slate", radius="large", panel_background="solid"
            )
        ),
        rx.plugins.TailwindV4Plugin(),
        Inter(),
        SameOrigin(),
    ],
    **_storage,
)
