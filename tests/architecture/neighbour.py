"""Another shop, with one of everything, each marked so that a leak shows."""

import hashlib
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from astronote.models import metadata
from tests.support.shops import ShopUnderTest

MARK = "neighbour-secret"


@dataclass(frozen=True)
class Neighbour:
    """Ids of the other shop's objects, by the name of the path parameter they fill."""

    shop: ShopUnderTest
    ids: dict[str, int | str]


def furnish(shop: ShopUnderTest, url: str) -> Neighbour:
    """Give ``shop`` one of everything that a route may name."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        place = _Furniture(connection, shop)
        contact = place.add(
            "contact",
            phone="+306999999999",
            phone_hash=b"n",
            first_name=MARK,
            last_name=MARK,
            email=f"{MARK}@example.com",
            is_subscribed=False,
            sms_consent_status="unknown",
        )
        campaign = place.add(
            "campaign",
            name=MARK,
            message_text=MARK,
            status="draft",
            encoding="auto",
            audience="{}",
            offer="{}",
            schedule_mode="now",
            timezone="Europe/Athens",
            ignore_quiet_hours=False,
        )
        batch = place.add(
            "message_batch", priority=5, state="done", size=1, unresolved=0, attempts=1
        )
        message = place.add(
            "message",
            batch_id=batch,
            kind="campaign",
            purpose="marketing",
            campaign_id=campaign,
            contact_id=contact,
            phone="+306999999999",
            phone_hash=b"n",
            text=MARK,
            encoding="GSM-7",
            parts=1,
            credits=1,
            status="queued",
            billing_status="none",
            tracking_id="neighbourtracking",
            short_code="neighbour0",
        )
        job = place.add(
            "import_job",
            file_name=MARK,
            file_path=MARK,
            status="completed",
            options="{}",
            mapping="[]",
            total_rows=0,
            processed_rows=0,
            created_count=0,
            updated_count=0,
            skipped_count=0,
            error_count=0,
            checkpoint=0,
        )
        own_list = place.add("contact_list", name=MARK)
        place.add(
            "automation",
            type="welcome_message",
            is_active=True,
            message_body=MARK,
            encoding="auto",
            offer="{}",
            send_hour=10,
        )
        link = place.add("public_link_token", kind="join", name=MARK, token=MARK)
        key = place.add(
            "api_key", user_id=shop.owner.user_id, name=MARK, prefix=MARK, token_hash=b"n"
        )
        place.add("consent_wording", version=1, text=MARK)
        payment = place.add(
            "payment",
            kind="credits",
            credits=1,
            net_cents=1,
            vat_cents=0,
            total_cents=1,
            vat_rate=0,
            currency="EUR",
            status="paid",
            buyer=f'{{"name": "{MARK}"}}',
            invoice_number=MARK,
            invoice_url=MARK,
        )
        heard = place.add(
            "conversation_message",
            contact_id=contact,
            phone="+306999999999",
            phone_hash=b"n",
            direction="in",
            text=MARK,
            at="now()",
        )
    ids: dict[str, int | str] = {
        "contact_id": contact,
        "list_id": own_list,
        "campaign_id": campaign,
        "message_id": message,
        "job_id": job,
        "conversation_message_id": heard,
        "payment_id": payment,
        "link_id": link,
        "key_id": key,
        "user_id": shop.owner.user_id,
        "session_id": shop.owner.session_id or 0,
        "tracking_id": "neighbourtracking",
    }
    return Neighbour(shop, ids)


class _Furniture:
    def __init__(self, connection: psycopg.Connection, shop: ShopUnderTest) -> None:
        self.connection = connection
        self.shop = shop

    def add(self, table: str, **values: object) -> int:
        """Insert a row; the times that a table asks for are now."""
        columns = metadata.tables[table].columns
        for name in ("created_at", "updated_at"):
            if name in columns:
                values.setdefault(name, "now()")
        values["shop_id"] = self.shop.id
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        )
        row = self.connection.execute(query, list(values.values())).fetchone()
        assert row is not None
        return int(row["id"])


def fingerprint(url: str, shop_id: int) -> dict[str, str]:
    """A digest of every row of ``shop_id``, by table: what must not change."""
    found = {}
    with psycopg.connect(url) as connection:
        for table in metadata.tables.values():
            if "shop_id" in table.columns or table.name == "shop":
                key = "id" if table.name == "shop" else "shop_id"
                rows = connection.execute(
                    sql.SQL("SELECT t::text FROM {} t WHERE {} = %s ORDER BY 1").format(
                        sql.Identifier(table.name), sql.Identifier(key)
                    ),
                    [shop_id],
                ).fetchall()
                text = "\n".join(row[0] for row in rows)
                found[table.name] = hashlib.sha256(text.encode()).hexdigest()
    return found
