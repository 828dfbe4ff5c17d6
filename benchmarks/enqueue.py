"""Starting a campaign, from the click to 202; and counting an audience."""

import os
from collections.abc import Callable

import httpx
import psycopg

from benchmarks import ground
from benchmarks.measured import Measured, timed
from tests.support.product import Product
from tests.support.shops import PASSWORD

SIZE = int(os.environ.get("BENCH_SIZE", "100000"))
CONTACTS = int(os.environ.get("BENCH_CONTACTS", "1000000"))
TEXT = "Γεια σου {{first_name}}, -20% σε όλα έως την Κυριακή."
ROUNDS = 3

Connection = psycopg.Connection[tuple[object, ...]]


def run() -> list[Measured]:
    """Enqueue ``BENCH_SIZE`` messages (100,000) beside their rows alone, and preview an
    audience of ``BENCH_CONTACTS`` (1,000,000) beside a bare count of them."""
    with ground.product() as product:
        shop_id, client = _shop(product, "enqueue@example.com", SIZE)
        with client, ground.connect(product) as connection:
            enqueueing = _enqueue(client)
            rows = _rows_alone(connection, shop_id, with_keys=False)
            keyed = _rows_alone(connection, shop_id, with_keys=True)
        shop_id, client = _shop(product, "audience@example.com", CONTACTS)
        with client, ground.connect(product) as connection:
            connection.execute("VACUUM ANALYZE contact")
            everybody = _best(lambda: _preview(client, {}))
            women = _best(lambda: _preview(client, {"genders": ["female"], "ageMin": 25}))
            count = _best(lambda: _bare_count(connection, shop_id))
    many = f"{CONTACTS:,}"
    return [
        Measured(f"enqueue {SIZE:,} (POST → 202)", enqueueing, rows, "2.5 s for 100,000"),
        Measured("  of it: the rows with their foreign keys, alone", keyed, rows, ""),
        Measured(f"audience of {many}, everybody", everybody * 1000, count * 1000, "150", "ms"),
        Measured(f"audience of {many}, gender and age", women * 1000, count * 1000, "150", "ms"),
    ]


def _shop(product: Product, email: str, contacts: int) -> tuple[int, httpx.Client]:
    made = product.create_shop("Bench", email, credits=contacts * 3)
    ground.fill(product, made["shopId"], contacts)
    with product.client() as client:
        login = {"email": email, "password": PASSWORD}
        token = client.post("/api/auth/login", json=login).raise_for_status().json()["accessToken"]
    return made["shopId"], product.client(token)


def _enqueue(client: httpx.Client) -> float:
    # Quiet hours hold the messages: what is sent while we measure would be measured, too.
    quiet = {"quietHours": {"start": "00:00", "end": "23:59"}}
    client.put("/api/shop", json=quiet).raise_for_status()
    draft = {"name": "Bench", "messageText": TEXT}
    campaign = client.post("/api/campaigns", json=draft).raise_for_status().json()["id"]
    with timed() as watch:
        answer = client.post(f"/api/campaigns/{campaign}/enqueue").raise_for_status().json()
    assert answer["recipients"] == SIZE, answer
    return watch.seconds


def _rows_alone(connection: Connection, shop_id: int, *, with_keys: bool) -> float:
    """The same rows with the same indexes, by one statement, without triggers, policies, texts
    to write and credits to reserve; with or without the keys to other tables."""
    connection.execute("CREATE TABLE floor (LIKE message INCLUDING ALL)")
    if with_keys:
        keys = connection.execute(
            "SELECT string_agg('ADD ' || pg_get_constraintdef(oid), ', ') FROM pg_constraint"
            " WHERE conrelid = 'message'::regclass AND contype = 'f'"
        ).fetchone()
        assert keys is not None
        connection.execute(f"ALTER TABLE floor {keys[0]}".encode())
    with timed() as watch:
        done = connection.execute(
            "INSERT INTO floor OVERRIDING SYSTEM VALUE SELECT * FROM message WHERE shop_id = %s",
            [shop_id],
        )
    assert done.rowcount == SIZE
    connection.execute("DROP TABLE floor")
    return watch.seconds


def _preview(client: httpx.Client, chosen: dict[str, object]) -> None:
    answer = client.post("/api/campaigns/preview-audience", json={"audience": chosen})
    assert set(answer.raise_for_status().json()) >= {"count", "excluded"}


def _bare_count(connection: Connection, shop_id: int) -> None:
    connection.execute("SELECT count(*) FROM contact WHERE shop_id = %s", [shop_id])


def _best(work: Callable[[], None]) -> float:
    """The shortest of a few tries, in seconds."""
    tries = []
    for _ in range(ROUNDS):
        with timed() as watch:
            work()
        tries.append(watch.seconds)
    return min(tries)
