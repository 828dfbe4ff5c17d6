"""The list of contacts of a shop with a million of them: pages at any depth, and searches.

Each request goes over HTTP to the running product. The floor is the bare SQL of it, asked
as the role of the running program: a keyset page, the trigram index and the rows it names.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, Final

import httpx
import psycopg

from astronote.services.contact_order import ORDERS
from astronote.services.folding import fold
from benchmarks import ground
from benchmarks.measured import Measured
from tests.support.product import Product
from tests.support.shops import PASSWORD

SIZE = int(os.environ.get("BENCH_CONTACTS", "1000000"))
EACH = int(os.environ.get("BENCH_EACH", "10"))
"""How often each page and each word is asked for."""

TERMS: Final = {
    "a common first name": "Μαρία",
    "the same, as typed in a hurry": "μαρια",
    "a common last name": "ΠΑΠΑΔΌΠΟΥΛΟΣ",
    "both names": "Γιώργος Οικονόμου",
    "a name that one person has": "Μοναδικίδης",
    "an e-mail's beginning": "person777777",
    "what every e-mail has": "example.com",
    "a phone": "6900123456",
    "a phone's end": "23456",
    "a phone's beginning": "+30690",
    "one letter": "μ",
    "two letters": "πα",
    "two letters that nobody has": "qx",
    "nothing like it": "zzzzzz",
    "a common and a rare word": "μαρια person999",
}


def run() -> list[Measured]:
    """Pages and searches at ``BENCH_CONTACTS`` contacts (a million), in milliseconds."""
    with ground.product() as product:
        made = product.create_shop("Bench", "bench@example.com")
        with ground.connect(product) as connection:
            _fill(connection, made["shopId"])
            connection.execute("SET ROLE astronote_app")
            connection.execute("SELECT set_config('app.shop_id', %s, false)", [str(made["shopId"])])
            pages = _depths(connection, made["shopId"])
            floor_pages = _timed(_bare_page(connection, made["shopId"]), pages)
            floor_searches = _timed(_bare_search(connection, made["shopId"]), TERMS.values())
        with _signed_in(product) as client:
            asked = _timed(lambda at: _read(client, **at), pages)
            found = {name: _timed(lambda q: _read(client, q=q), [q]) for name, q in TERMS.items()}
    return _table(asked, floor_pages, found, floor_searches)


def _table(
    pages: list[float], floor: list[float], found: dict[str, list[float]], bare: list[float]
) -> list[Measured]:
    everything = [each for times in found.values() for each in times]
    worst = max(found, key=lambda name: statistics.median(found[name]))
    size = f"{SIZE:,} contacts"
    return [
        Measured(f"a page of 50 of {size}, p95", _p95(pages), _p95(floor), "10 ms", "ms"),
        Measured(f"a search among {size}, p95", _p95(everything), _p95(bare), "40 ms", "ms"),
        Measured(
            f"  its slowest word, median ({worst})",
            statistics.median(found[worst]),
            max(bare),
            "150 ms",
            "ms",
        ),
    ]


def _timed(ask: Callable[[Any], object], about: Iterable[Any]) -> list[float]:
    """Milliseconds of each answer; the first of each is for warming up."""
    took = []
    for what in about:
        ask(what)
        for _ in range(EACH):
            begun = time.perf_counter()
            ask(what)
            took.append(1000 * (time.perf_counter() - begun))
    return took


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _signed_in(product: Product) -> httpx.Client:
    with product.client() as client:
        login = {"email": "bench@example.com", "password": PASSWORD}
        token = client.post("/api/auth/login", json=login).raise_for_status().json()["accessToken"]
    return product.client(token)


def _read(client: httpx.Client, **query: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/api/contacts", params=query).raise_for_status().json()
    return answer


Depth = dict[str, str]


def _depths(connection: "psycopg.Connection[Any]", shop_id: int) -> list[Depth]:
    """Addresses of pages: the first ones, and some far behind, in each order."""
    depths: list[Depth] = [{"sort": sort} for sort in ORDERS]
    ids = random.Random(7).sample(range(1, SIZE), 8)
    found = connection.execute(
        "SELECT id, created_at, sort_name FROM contact WHERE shop_id = %s AND id = ANY(%s)",
        [shop_id, ids],
    ).fetchall()
    for number, created_at, sort_name in found:
        last = SimpleNamespace(id=number, created_at=created_at, sort_name=sort_name)
        depths += [{"sort": sort, "cursor": order.cursor(last)} for sort, order in ORDERS.items()]
    return depths


def _bare_page(connection: "psycopg.Connection[Any]", shop_id: int) -> Callable[[Depth], object]:
    """A keyset page by the newest, from a place in the list."""

    def ask(depth: Depth) -> object:
        before = (depth.get("cursor") and SIZE // 2) or SIZE
        return connection.execute(
            "SELECT * FROM contact WHERE shop_id = %s AND (created_at, id) <"
            " (timestamptz '2026-01-01' + %s * interval '1 second', %s)"
            " ORDER BY created_at DESC, id DESC LIMIT 51",
            [shop_id, before, before],
        ).fetchall()

    return ask


def _bare_search(connection: "psycopg.Connection[Any]", shop_id: int) -> Callable[[str], object]:
    """A word through the trigram index, without order, filter or count."""

    def ask(q: str) -> object:
        return connection.execute(
            "SELECT * FROM contact WHERE shop_id = %s AND id IN"
            " (SELECT contact_search_ids(%s, '%%', 50))",
            [shop_id, f"%{fold(q)}%"],
        ).fetchall()

    return ask


def _fill(connection: "psycopg.Connection[Any]", shop_id: int) -> None:
    connection.execute(_PEOPLE, {"shop": shop_id, "size": SIZE})
    connection.execute("VACUUM ANALYZE contact")


_PEOPLE: Final = """
    INSERT INTO contact (shop_id, phone, phone_hash, email, first_name, last_name, gender,
                         birthday, tags, is_subscribed, sms_consent_status, created_at, updated_at)
    SELECT %(shop)s, '+3069' || lpad(n::text, 8, '0'), sha256(n::text::bytea),
           CASE WHEN n %% 3 > 0 THEN 'person' || n || '@example.com' END,
           (ARRAY['Μαρία', 'Γιώργος', 'Ελένη', 'Νίκος', 'Anna', 'John', 'Αικατερίνη', 'Δημήτρης',
                  'Σοφία', 'Κωνσταντίνος'])[1 + n %% 10],
           CASE WHEN n = %(size)s / 3 THEN 'Μοναδικίδης' ELSE
           (ARRAY['Παπαδόπουλος', 'Παππάς', 'Smith', 'Οικονόμου', 'Ιωάννου', 'Γεωργίου',
                  'Αντωνίου', 'Νικολάου', 'Βασιλείου', 'Χατζής', 'Καραγιάννης'])[1 + n %% 11]
           END,
           CASE n %% 4 WHEN 0 THEN 'male' WHEN 1 THEN 'female' END,
           CASE WHEN n %% 2 = 0 THEN date '1950-01-01' + n %% 20000 END,
           CASE WHEN n %% 50 = 0 THEN ARRAY['vip'] ELSE '{}' END,
           n %% 5 > 0, CASE WHEN n %% 5 > 0 THEN 'opted_in' ELSE 'unknown' END,
           timestamptz '2026-01-01' + n * interval '1 second', now()
    FROM generate_series(1, %(size)s) n
"""
