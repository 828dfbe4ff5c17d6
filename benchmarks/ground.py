"""What benchmarks stand on: a product of its own, with a shop full of contacts."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from astronote.clock import now
from astronote.integrations.embedded_postgres import SUPERUSER
from astronote.security import phone_hmac
from astronote.settings import settings
from tests.support.product import Product

FIRST_PHONE = 690_000_0000


@contextmanager
def product(**env: str) -> Iterator[Product]:
    """A running product without demo data, which the settings of this process name too."""
    with tempfile.TemporaryDirectory(prefix="astronote-bench-") as folder:
        running = Product(Path(folder) / "data", env)
        try:
            running.start("--no-demo")
            os.environ["ASTRONOTE_DATA_DIR"] = str(running.data_dir)
            settings.cache_clear()
            yield running
        finally:
            running.stop()


def connect(running: Product) -> psycopg.Connection[tuple[object, ...]]:
    """The product's database, past row-level security."""
    socket = running.data_dir / "run"
    return psycopg.connect(f"postgresql://{SUPERUSER}@/astronote?host={socket}", autocommit=True)


def fill(running: Product, shop_id: int, count: int) -> None:
    """``count`` subscribed contacts of the shop, written in bulk."""
    with connect(running) as connection, connection.cursor() as cursor:
        columns = (
            "shop_id, phone, phone_hash, first_name, is_subscribed, sms_consent_status, tags,"
            " created_at, updated_at"
        )
        with cursor.copy(f"COPY contact ({columns}) FROM STDIN") as copy:
            for number in range(FIRST_PHONE, FIRST_PHONE + count):
                phone = f"+30{number}"
                consent = (True, "opted_in", "{}", now(), now())
                copy.write_row((shop_id, phone, phone_hmac(phone), "Μαρία", *consent))
        connection.execute("ANALYZE contact")
