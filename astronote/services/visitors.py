"""Who opens a link: a person, or a program that opens every link it sees."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

# Crawlers and scanners name themselves; previews come from the messenger's servers;
# command-line clients and HTTP libraries begin with their own name.
_PROGRAMS: Final = re.compile(
    r"bot\b|bot[/_;-]|crawl|spider|slurp|scan|preview|fetch|monitor|uptime|probe|check_http"
    r"|facebookexternalhit|facebookcatalog|meta-external|^whatsapp/|skypeuri"
    r"|slack-imgproxy|embedly|iframely|vkshare|bitlybot|snapchat-ads"
    r"|bingpreview|google-safety|google-read|googleother|mediapartners|apis-google|duplexweb"
    r"|applebot|barkrowler|ahrefs|semrush|mj12|dotbot|petalbot|yandex|baidu|bytespider|gptbot"
    r"|proofpoint|mimecast|barracuda|safelinks|urldefense|trendmicro|kaspersky|symantec|avast"
    r"|virustotal|censys|shodan|zgrab|nmap|nikto|masscan|nessus|lighthouse|pagespeed|gtmetrix"
    r"|phantomjs|puppeteer|selenium|insomnia|postman|httpie|axios|undici|node-fetch"
    r"|^(?:curl|wget|python|aiohttp|go-http|java|okhttp|libwww|lwp|perl|ruby|faraday|php|guzzle"
    r"|apache-httpclient|httpclient|http_request|rest-client|dart|cfnetwork|scrapy|winhttp|got"
    r"|powershell|deno|bun|node|k6|wrk|ab|apachebench|hey|vegeta|siege|locust|httpx|urllib|testclient)\b",
    re.IGNORECASE,
)
_AHEAD: Final = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)


def is_program(method: str, user_agent: str, purposes: Iterable[str] = ()) -> bool:
    """Whether a request comes from a program rather than from a person's tap.

    ``purposes`` are the values of ``Purpose``, ``Sec-Purpose`` and the like, with which
    browsers say that they only look ahead. A request without a user agent is a program's.
    """
    return (
        method.upper() not in {"GET", "POST"}
        or not user_agent.strip()
        or _names_itself(user_agent[:300])
        or any(_AHEAD.search(purpose) for purpose in purposes)
    )


@lru_cache(maxsize=5_000)
def _names_itself(user_agent: str) -> bool:
    # Kept, because the search costs more than the rest of a redirect's own work.
    return _PROGRAMS.search(user_agent) is not None
