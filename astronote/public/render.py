"""Making a page: template, language, the shop's colour, and headers as strict as can be."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from astronote.public import languages
from astronote.public.colours import HOUSE, accents
from astronote.services.shops import ShopRow

_HERE: Final = Path(__file__).parent

_templates: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_PHONE: Final = re.compile(r"\+?[0-9](?:[ ()./-]*[0-9]){4,14}")
_MAIL: Final = re.compile(r"[^\s@:?&]+@[^\s@:?&]+\.[^\s@:?&]+")


def contact_href(written: str) -> str:
    """What a tap on a shop's contact does: a call or a letter; '' for other words."""
    if _PHONE.fullmatch(written):
        return "tel:" + re.sub(r"[^0-9+]", "", written)
    return f"mailto:{written}" if _MAIL.fullmatch(written) else ""


_templates.globals["contact_href"] = contact_href


def page(
    request: Request,
    template: str,
    *,
    shop: ShopRow | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    referrer: str = "no-referrer",
    **context: Any,
) -> HTMLResponse:
    """A whole page in the visitor's language and the shop's colour; never cached or indexed."""
    language = language_of(request, shop)

    def t(key: str, **values: object) -> str:
        return languages.say(language, key, **values)

    def when(moment: Any) -> str:
        zone = shop.timezone if shop else "UTC"
        return languages.written(language, moment, zone)

    style, style_hash = _style(shop.color if shop else HOUSE)
    html = _templates.get_template(template).render(
        language=language, shop=shop, t=t, when=when, style=style, **context
    )
    return HTMLResponse(
        html,
        status_code=status,
        headers={
            "Content-Security-Policy": _policy(style_hash),
            "Cache-Control": "no-store",
            "Referrer-Policy": referrer,
            "X-Robots-Tag": "noindex, nofollow",
            "Content-Language": language,
            "Vary": "Accept-Language, Accept, Cookie",
            **(headers or {}),
        },
    )


def language_of(request: Request, shop: ShopRow | None = None) -> str:
    """The language that a page for this visitor speaks."""
    accepted = request.headers.get("accept-language", "")
    return languages.choose(accepted, shop.locale if shop else None)


def prefers_html(request: Request) -> bool:
    """Whether the client would rather have a page than JSON."""
    html = json = -1.0
    for part in request.headers.get("accept", "").lower().split(","):
        kind, _, parameters = part.strip().partition(";")
        quality = 1.0
        for parameter in parameters.split(";"):
            name, _, value = parameter.strip().partition("=")
            if name == "q":
                quality = float(value) if value.replace(".", "", 1).isdigit() else 0.0
        if kind.strip() in {"text/html", "application/xhtml+xml", "text/*"}:
            html = max(html, quality)
        elif kind.strip() in {"application/json", "application/problem+json", "application/*"}:
            json = max(json, quality)
    return html > max(json, 0.0)


def _policy(style_hash: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{style_hash}'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


@lru_cache(maxsize=2000)
def _style(colour: str) -> tuple[str, str]:
    """The whole style sheet with the shop's accents, and its hash for the policy."""
    light, dark = accents(colour)
    themed = (
        f":root{{--accent:{light.fill};--on-accent:{light.on_fill};--edge:{light.edge};"
        f"--link:{light.link}}}"
        f"@media(prefers-color-scheme:dark){{:root{{--edge:{dark.edge};--link:{dark.link}}}}}"
    )
    style = themed + _sheet()
    return style, base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


@lru_cache
def _sheet() -> str:
    return (_HERE / "pages.css").read_text().replace("\n", "")
