"""The schema, with row-level security on every tenant table.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


PREAMBLE = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'astronote_app') THEN
        CREATE ROLE astronote_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    EXECUTE format('GRANT astronote_app TO %I', current_user);
END $$;

-- Case, accents and the Greek final sigma do not matter when people search. `unaccent` is
-- only STABLE because its dictionary could be changed; naming the dictionary makes the
-- wrapper safe to call IMMUTABLE, as a generated column needs.
CREATE OR REPLACE FUNCTION search_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT translate(
        lower(unaccent('unaccent'::regdictionary,
            regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g'))),
        'ς', 'σ')
$$;
"""

TENANT_TABLES = (
    "api_key",
    "audit_event",
    "automation",
    "campaign",
    "campaign_count",
    "consent_event",
    "consent_wording",
    "contact",
    "contact_list",
    "conversation_message",
    "credit_reservation",
    "credit_transaction",
    "idempotency_key",
    "import_job",
    "import_row",
    "link_click",
    "link_day",
    "list_membership",
    "membership",
    "message",
    "message_batch",
    "message_event",
    "nfc_scan",
    "offer_view_event",
    "public_link_token",
    "public_signup_event",
    "redemption",
    "short_link",
    "subscription",
    "suppression",
    "suppression_lift",
    "user_session",
    "wallet",
)

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table}
    USING ({key} = (SELECT nullif(current_setting('app.shop_id', true), '')::bigint)
        OR (SELECT current_setting('app.scope', true)) = 'system');
"""

EPILOGUE = """
-- A phone that opted out everywhere: every shop may ask, only the system may write.
ALTER TABLE global_suppression ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone_reads ON global_suppression FOR SELECT USING (true);
CREATE POLICY system_writes ON global_suppression
    USING ((SELECT current_setting('app.scope', true)) = 'system');

GRANT USAGE ON SCHEMA public TO astronote_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO astronote_app;
REVOKE ALL ON alembic_version FROM astronote_app;
GRANT SELECT ON alembic_version TO astronote_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO astronote_app;

-- Append-only: the ledger, and the consent history but for what an erase redacts.
REVOKE UPDATE, DELETE, TRUNCATE ON credit_transaction FROM astronote_app;
REVOKE UPDATE, DELETE, TRUNCATE ON consent_event FROM astronote_app;
GRANT UPDATE (phone_hash, text, ip, user_agent, actor) ON consent_event TO astronote_app;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON credit_transaction
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A campaign's counters follow every change of a message's status, whoever makes it.
-- Statement-level: a batch of 200 costs one update. Campaigns are taken in the order of
-- their ids, so that two statements cannot wait for each other here.
CREATE FUNCTION count_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    change record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR change IN
            SELECT campaign_id, shop_id, sum(status_delta) AS n, status FROM (
                SELECT campaign_id, shop_id, status, 1 AS status_delta FROM new_rows
            ) d WHERE campaign_id IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 4
        LOOP
            PERFORM add_to_campaign_count(change.campaign_id, change.shop_id, change.status,
                                          change.n::integer);
        END LOOP;
    ELSE
        FOR change IN
            SELECT campaign_id, shop_id, status, sum(delta) AS n FROM (
                SELECT n.campaign_id, n.shop_id, n.status, 1 AS delta
                FROM new_rows n JOIN old_rows o USING (id) WHERE n.status <> o.status
                UNION ALL
                SELECT n.campaign_id, n.shop_id, o.status, -1
                FROM new_rows n JOIN old_rows o USING (id) WHERE n.status <> o.status
            ) d WHERE campaign_id IS NOT NULL
            GROUP BY 1, 2, 3 HAVING sum(delta) <> 0 ORDER BY 1, 3
        LOOP
            PERFORM add_to_campaign_count(change.campaign_id, change.shop_id, change.status,
                                          change.n::integer);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION add_to_campaign_count(campaign bigint, shop bigint, status text, n integer)
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO campaign_count AS c (campaign_id, shop_id, %1$I) VALUES ($1, $2, $3)
         ON CONFLICT (campaign_id) DO UPDATE SET %1$I = c.%1$I + $3', status)
    USING campaign, shop, n;
END $$;
REVOKE ALL ON FUNCTION add_to_campaign_count(bigint, bigint, text, integer) FROM public;

CREATE TRIGGER count_inserted AFTER INSERT ON message
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_messages();
CREATE TRIGGER count_updated AFTER UPDATE ON message
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_messages();

-- LIKE is not leakproof, so under the policy it may not use the trigram index. This
-- function runs as the owner and checks the shop itself; it can only ever answer ids of
-- the shop that the transaction was opened for.
CREATE FUNCTION contact_search_ids(pattern text, at_most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM contact
    WHERE shop_id = nullif(current_setting('app.shop_id', true), '')::bigint
      AND search LIKE pattern
    LIMIT at_most
$$;
REVOKE ALL ON FUNCTION contact_search_ids(text, integer) FROM public;
GRANT EXECUTE ON FUNCTION contact_search_ids(text, integer) TO astronote_app;
"""


def upgrade() -> None:
    op.execute(PREAMBLE)
    op.create_table(
        "global_suppression",
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone_hash", name=op.f("pk_global_suppression")),
    )
    op.create_table(
        "job_fire",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "scheduled_for", name=op.f("pk_job_fire")),
    )
    op.create_table(
        "link_miss",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_link_miss")),
    )
    op.create_table(
        "shop",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("color", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("sender_approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("support_contact", sa.String(), nullable=False),
        sa.Column("quiet_start", sa.Time(), nullable=True),
        sa.Column("quiet_end", sa.Time(), nullable=True),
        sa.Column("require_known_age", sa.Boolean(), nullable=False),
        sa.Column("offer_label", sa.String(), nullable=False),
        sa.Column("unsubscribe_label", sa.String(), nullable=False),
        sa.Column("allow_public_redeem", sa.Boolean(), nullable=False),
        sa.Column("double_opt_in", sa.Boolean(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("vat_number", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("privacy_url", sa.String(), nullable=False),
        sa.Column("logo", sa.String(), nullable=True),
        sa.Column("on_hold_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_reason", sa.String(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('el', 'en')", name=op.f("ck_shop_locale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'applied', 'ignored', 'waiting', 'parked')",
            name=op.f("ck_webhook_event_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
        sa.UniqueConstraint(
            "provider", "kind", "body_hash", name=op.f("uq_webhook_event_provider_kind_body_hash")
        ),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "ix_webhook_event_open",
        "webhook_event",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index(
        "ix_webhook_event_waiting",
        "webhook_event",
        ["retry_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_api_key_shop_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_api_key_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_api_key_shop_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_audit_event_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_table(
        "automation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("message_body", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("offer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("send_hour", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "type IN ('welcome_message', 'birthday_message')", name=op.f("ck_automation_type")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_automation_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_automation_shop_id_id")),
        sa.UniqueConstraint("shop_id", "type", name=op.f("uq_automation_shop_id_type")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("message_text", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("offer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("schedule_mode", sa.String(), nullable=False),
        sa.Column("local_time", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ignore_quiet_hours", sa.Boolean(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_token", sa.String(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("variant", sa.String(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("encoding IN ('auto', 'gsm')", name=op.f("ck_campaign_encoding")),
        sa.CheckConstraint(
            "status IN ('draft', 'scheduled', 'sending', 'paused', 'completed', 'cancelled', 'missed', 'failed')",
            name=op.f("ck_campaign_status"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_campaign_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_campaign_shop_id_id")),
    )
    op.create_index(
        "ix_campaign_due",
        "campaign",
        ["scheduled_at"],
        unique=False,
        postgresql_where=sa.text("status = 'scheduled'"),
    )
    op.create_index(
        "ix_campaign_running",
        "campaign",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'sending'"),
    )
    op.create_index("ix_campaign_shop", "campaign", ["shop_id", "id"], unique=False)
    op.create_table(
        "consent_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_consent_event_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index(
        "ix_consent_event_contact", "consent_event", ["shop_id", "contact_id", "id"], unique=False
    )
    op.create_table(
        "consent_wording",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_consent_wording_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_wording")),
        sa.UniqueConstraint("shop_id", "version", name=op.f("uq_consent_wording_shop_id_version")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("is_subscribed", sa.Boolean(), nullable=False),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gdpr_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gdpr_consent_source", sa.String(), nullable=True),
        sa.Column("gdpr_consent_version", sa.String(), nullable=True),
        sa.Column("sms_consent_status", sa.String(), nullable=False),
        sa.Column("sms_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sms_consent_source", sa.String(), nullable=True),
        sa.Column("consent_evidence", sa.String(), nullable=True),
        sa.Column("opted_out_by", sa.String(), nullable=True),
        sa.Column("import_job_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "search",
            sa.Text(),
            sa.Computed(
                "search_fold(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(email, '') || ' ' || phone)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "sort_name",
            sa.Text(collation="C"),
            sa.Computed(
                "search_fold(coalesce(last_name, '') || ' ' || coalesce(first_name, ''))",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "gender IS NULL OR gender IN ('male', 'female', 'other')",
            name=op.f("ck_contact_gender"),
        ),
        sa.CheckConstraint(
            "sms_consent_status IN ('opted_in', 'opted_out', 'pending', 'unknown')",
            name=op.f("ck_contact_sms_consent_status"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_contact_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_contact_shop_id_id")),
        sa.UniqueConstraint("shop_id", "phone", name=op.f("uq_contact_shop_id_phone")),
    )
    op.create_index(
        "ix_contact_audience",
        "contact",
        ["shop_id", "id"],
        unique=False,
        postgresql_where=sa.text("is_subscribed"),
    )
    op.create_index("ix_contact_last_name", "contact", ["shop_id", "sort_name", "id"], unique=False)
    op.create_index(
        "ix_contact_newest",
        "contact",
        ["shop_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_contact_phone_hash", "contact", ["phone_hash"], unique=False)
    op.create_index(
        "ix_contact_search",
        "contact",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "contact_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_contact_list_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_list")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_contact_list_shop_id_id")),
    )
    op.create_index(
        "uq_contact_list_name",
        "contact_list",
        ["shop_id", sa.literal_column("lower(name)")],
        unique=True,
    )
    op.create_table(
        "credit_transaction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("settles", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('included', 'purchase', 'grant', 'commit', 'adjustment')",
            name=op.f("ck_credit_transaction_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_credit_transaction_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_transaction")),
        sa.UniqueConstraint(
            "shop_id", "kind", "settles", name=op.f("uq_credit_transaction_shop_id_kind_settles")
        ),
    )
    op.create_index(
        "ix_credit_transaction_shop", "credit_transaction", ["shop_id", "id"], unique=False
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_idempotency_key_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint(
            "shop_id", "route", "key", name=op.f("uq_idempotency_key_shop_id_route_key")
        ),
    )
    op.create_table(
        "import_job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_path", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total_rows", sa.Integer(), nullable=False),
        sa.Column("processed_rows", sa.Integer(), nullable=False),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'completed', 'failed')",
            name=op.f("ck_import_job_status"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_import_job_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_import_job_shop_id_id")),
    )
    op.create_index(
        "ix_import_job_open",
        "import_job",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'processing')"),
    )
    op.create_index("ix_import_job_shop", "import_job", ["shop_id", "id"], unique=False)
    op.create_table(
        "link_day",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("short_link_id", sa.BigInteger(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("bots", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_link_day_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_day")),
        sa.UniqueConstraint(
            "shop_id",
            "day",
            "link",
            "campaign_id",
            "short_link_id",
            name=op.f("uq_link_day_shop_id_day_link_campaign_id_short_link_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'staff')", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_membership_shop_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "shop_id", name=op.f("uq_membership_user_id_shop_id")),
    )
    op.create_table(
        "public_link_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('join', 'nfc')", name=op.f("ck_public_link_token_kind")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_public_link_token_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_link_token")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_public_link_token_shop_id_id")),
        sa.UniqueConstraint("token", name=op.f("uq_public_link_token_token")),
    )
    op.create_table(
        "subscription",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("current_period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('none', 'active', 'past_due', 'cancelled')",
            name=op.f("ck_subscription_status"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_subscription_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_subscription")),
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_suppression_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint(
            "shop_id", "phone_hash", name=op.f("uq_suppression_shop_id_phone_hash")
        ),
    )
    op.create_table(
        "suppression_lift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_suppression_lift_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_lift")),
        sa.UniqueConstraint(
            "shop_id", "phone_hash", name=op.f("uq_suppression_lift_shop_id_phone_hash")
        ),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_user_session_shop_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_user_session_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "wallet",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= reserved AND reserved <= posted", name=op.f("ck_wallet_solvent")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_wallet_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_wallet")),
    )
    op.create_table(
        "campaign_count",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("queued", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sending", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("delivered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unknown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expired", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["campaign.shop_id", "campaign.id"],
            name=op.f("fk_campaign_count_shop_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_campaign_count_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_count")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "credit_reservation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'settled')", name=op.f("ck_credit_reservation_state")
        ),
        sa.CheckConstraint(
            "0 <= committed AND 0 <= released AND committed + released <= amount",
            name=op.f("ck_credit_reservation_sums"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["campaign.shop_id", "campaign.id"],
            name=op.f("fk_credit_reservation_shop_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_credit_reservation_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reservation")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_credit_reservation_shop_id_id")),
    )
    op.create_index("ix_credit_reservation_batch", "credit_reservation", ["batch_id"], unique=False)
    op.create_index(
        "ix_credit_reservation_held",
        "credit_reservation",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "uq_credit_reservation_campaign",
        "credit_reservation",
        ["campaign_id"],
        unique=True,
        postgresql_where=sa.text("campaign_id IS NOT NULL AND state = 'held'"),
    )
    op.create_table(
        "import_row",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('created', 'updated', 'skipped', 'rejected')",
            name=op.f("ck_import_row_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "job_id"],
            ["import_job.shop_id", "import_job.id"],
            name=op.f("fk_import_row_shop_id_job_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_import_row_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "row_number", name=op.f("pk_import_row")),
    )
    op.create_table(
        "list_membership",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "contact_id"],
            ["contact.shop_id", "contact.id"],
            name=op.f("fk_list_membership_shop_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "list_id"],
            ["contact_list.shop_id", "contact_list.id"],
            name=op.f("fk_list_membership_shop_id_list_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_list_membership_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "contact_id", name=op.f("pk_list_membership")),
    )
    op.create_index("ix_list_membership_contact", "list_membership", ["contact_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("automation_id", sa.BigInteger(), nullable=True),
        sa.Column("occasion", sa.String(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("billing_status", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("tracking_id", sa.String(), nullable=False),
        sa.Column("short_code", sa.String(), nullable=False),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "billing_status IN ('none', 'reserved', 'committed', 'released')",
            name=op.f("ck_message_billing_status"),
        ),
        sa.CheckConstraint(
            "kind IN ('campaign', 'welcome', 'birthday', 'direct', 'test', 'confirmation', 'help')",
            name=op.f("ck_message_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'expired', 'skipped')",
            name=op.f("ck_message_status"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "automation_id"],
            ["automation.shop_id", "automation.id"],
            name=op.f("fk_message_shop_id_automation_id"),
            ondelete="SET NULL (automation_id)",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["campaign.shop_id", "campaign.id"],
            name=op.f("fk_message_shop_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "contact_id"],
            ["contact.shop_id", "contact.id"],
            name=op.f("fk_message_shop_id_contact_id"),
            ondelete="SET NULL (contact_id)",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_message_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_message_shop_id_id")),
        postgresql_with={"fillfactor": 60},
    )
    op.create_index("ix_message_batch", "message", ["batch_id"], unique=False)
    op.create_index("ix_message_contact", "message", ["contact_id"], unique=False)
    op.create_index("ix_message_phone_hash", "message", ["phone_hash", "id"], unique=False)
    op.create_index(
        "uq_message_automation_phone",
        "message",
        ["automation_id", "phone_hash", "occasion"],
        unique=True,
        postgresql_where=sa.text("automation_id IS NOT NULL"),
    )
    op.create_index(
        "uq_message_campaign_phone",
        "message",
        ["campaign_id", "phone_hash"],
        unique=True,
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.create_index(
        "uq_message_provider_message_id",
        "message",
        ["provider_message_id"],
        unique=True,
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.create_index("uq_message_short_code", "message", ["short_code"], unique=True)
    op.create_index("uq_message_tracking_id", "message", ["tracking_id"], unique=True)
    op.create_table(
        "message_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("unresolved", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'dispatched', 'done')",
            name=op.f("ck_message_batch_state"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["campaign.shop_id", "campaign.id"],
            name=op.f("fk_message_batch_shop_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_message_batch_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_batch")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_message_batch_shop_id_id")),
    )
    op.create_index(
        "ix_message_batch_campaign", "message_batch", ["campaign_id", "state"], unique=False
    )
    op.create_index(
        "ix_message_batch_in_hand",
        "message_batch",
        ["claimed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'dispatched')"),
    )
    op.create_index(
        "ix_message_batch_unresolved",
        "message_batch",
        ["checked_at"],
        unique=False,
        postgresql_where=sa.text("unresolved > 0"),
    )
    op.create_index(
        "ix_message_batch_waiting",
        "message_batch",
        ["shop_id", "priority", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "nfc_scan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "link_id"],
            ["public_link_token.shop_id", "public_link_token.id"],
            name=op.f("fk_nfc_scan_shop_id_link_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_nfc_scan_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nfc_scan")),
    )
    op.create_table(
        "public_signup_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "link_id"],
            ["public_link_token.shop_id", "public_link_token.id"],
            name=op.f("fk_public_signup_event_shop_id_link_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"],
            ["shop.id"],
            name=op.f("fk_public_signup_event_shop_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_signup_event")),
    )
    op.create_table(
        "short_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("automation_id", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("short_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target_url", sa.String(), nullable=False),
        sa.Column("original_url", sa.String(), nullable=False),
        sa.Column("long_url_normalized", sa.String(), nullable=False),
        sa.Column("long_url_hash", sa.LargeBinary(), nullable=False),
        sa.Column("click_count", sa.Integer(), nullable=False),
        sa.Column("last_clicked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["campaign.shop_id", "campaign.id"],
            name=op.f("fk_short_link_shop_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_short_link_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_short_link")),
        sa.UniqueConstraint(
            "shop_id",
            "campaign_id",
            "kind",
            "long_url_hash",
            name=op.f("uq_short_link_shop_id_campaign_id_kind_long_url_hash"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_short_link_shop_id_id")),
        sa.UniqueConstraint("short_code", name=op.f("uq_short_link_short_code")),
    )
    op.create_table(
        "conversation_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("marked", sa.String(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "contact_id"],
            ["contact.shop_id", "contact.id"],
            name=op.f("fk_conversation_message_shop_id_contact_id"),
            ondelete="SET NULL (contact_id)",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "message_id"],
            ["message.shop_id", "message.id"],
            name=op.f("fk_conversation_message_shop_id_message_id"),
            ondelete="SET NULL (message_id)",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"],
            ["shop.id"],
            name=op.f("fk_conversation_message_shop_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_message")),
    )
    op.create_index(
        "ix_conversation_message_phone",
        "conversation_message",
        ["shop_id", "phone_hash", "id"],
        unique=False,
    )
    op.create_table(
        "link_click",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("short_link_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "link IN ('offer', 'unsubscribe', 'free')", name=op.f("ck_link_click_link")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "message_id"],
            ["message.shop_id", "message.id"],
            name=op.f("fk_link_click_shop_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_link_click_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_click")),
    )
    op.create_index("ix_link_click_message", "link_click", ["message_id"], unique=False)
    op.create_index("ix_link_click_shop", "link_click", ["shop_id", "at"], unique=False)
    op.create_table(
        "message_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "message_id"],
            ["message.shop_id", "message.id"],
            name=op.f("fk_message_event_shop_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_message_event_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_event")),
    )
    op.create_index("ix_message_event_message", "message_event", ["message_id"], unique=False)
    op.create_table(
        "offer_view_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "message_id"],
            ["message.shop_id", "message.id"],
            name=op.f("fk_offer_view_event_shop_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_offer_view_event_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_view_event")),
    )
    op.create_index(
        "ix_offer_view_event_campaign", "offer_view_event", ["campaign_id", "at"], unique=False
    )
    op.create_index("ix_offer_view_event_message", "offer_view_event", ["message_id"], unique=False)
    op.create_table(
        "redemption",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("automation_id", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("by IN ('staff', 'shopper')", name=op.f("ck_redemption_by")),
        sa.ForeignKeyConstraint(
            ["shop_id", "message_id"],
            ["message.shop_id", "message.id"],
            name=op.f("fk_redemption_shop_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_redemption_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint(
            "message_id", "sequence", name=op.f("uq_redemption_message_id_sequence")
        ),
    )
    op.create_index("ix_redemption_campaign", "redemption", ["campaign_id", "at"], unique=False)
    op.create_index("ix_redemption_shop", "redemption", ["shop_id", "at"], unique=False)
    op.execute(POLICIES.format(table="shop", key="id"))
    for table in TENANT_TABLES:
        op.execute(POLICIES.format(table=table, key="shop_id"))
    op.execute(EPILOGUE)


def downgrade() -> None:

    for trigger in ("count_inserted", "count_updated"):
        op.execute(f"DROP TRIGGER {trigger} ON message")
    op.drop_index("ix_redemption_shop", table_name="redemption")
    op.drop_index("ix_redemption_campaign", table_name="redemption")
    op.drop_table("redemption")
    op.drop_index("ix_offer_view_event_message", table_name="offer_view_event")
    op.drop_index("ix_offer_view_event_campaign", table_name="offer_view_event")
    op.drop_table("offer_view_event")
    op.drop_index("ix_message_event_message", table_name="message_event")
    op.drop_table("message_event")
    op.drop_index("ix_link_click_shop", table_name="link_click")
    op.drop_index("ix_link_click_message", table_name="link_click")
    op.drop_table("link_click")
    op.drop_index("ix_conversation_message_phone", table_name="conversation_message")
    op.drop_table("conversation_message")
    op.drop_table("short_link")
    op.drop_table("public_signup_event")
    op.drop_table("nfc_scan")
    op.drop_index(
        "ix_message_batch_waiting",
        table_name="message_batch",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(
        "ix_message_batch_unresolved",
        table_name="message_batch",
        postgresql_where=sa.text("unresolved > 0"),
    )
    op.drop_index(
        "ix_message_batch_in_hand",
        table_name="message_batch",
        postgresql_where=sa.text("state IN ('claimed', 'dispatched')"),
    )
    op.drop_index("ix_message_batch_campaign", table_name="message_batch")
    op.drop_table("message_batch")
    op.drop_index("uq_message_tracking_id", table_name="message")
    op.drop_index("uq_message_short_code", table_name="message")
    op.drop_index(
        "uq_message_provider_message_id",
        table_name="message",
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_message_campaign_phone",
        table_name="message",
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_message_automation_phone",
        table_name="message",
        postgresql_where=sa.text("automation_id IS NOT NULL"),
    )
    op.drop_index("ix_message_phone_hash", table_name="message")
    op.drop_index("ix_message_contact", table_name="message")
    op.drop_index("ix_message_batch", table_name="message")
    op.drop_table("message")
    op.drop_index("ix_list_membership_contact", table_name="list_membership")
    op.drop_table("list_membership")
    op.drop_table("import_row")
    op.drop_index(
        "uq_credit_reservation_campaign",
        table_name="credit_reservation",
        postgresql_where=sa.text("campaign_id IS NOT NULL AND state = 'held'"),
    )
    op.drop_index(
        "ix_credit_reservation_held",
        table_name="credit_reservation",
        postgresql_where=sa.text("state = 'held'"),
    )
    op.drop_index("ix_credit_reservation_batch", table_name="credit_reservation")
    op.drop_table("credit_reservation")
    op.drop_table("campaign_count")
    op.drop_table("wallet")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_table("suppression_lift")
    op.drop_table("suppression")
    op.drop_table("subscription")
    op.drop_table("public_link_token")
    op.drop_table("membership")
    op.drop_table("link_day")
    op.drop_index("ix_import_job_shop", table_name="import_job")
    op.drop_index(
        "ix_import_job_open",
        table_name="import_job",
        postgresql_where=sa.text("status IN ('pending', 'processing')"),
    )
    op.drop_table("import_job")
    op.drop_table("idempotency_key")
    op.drop_index("ix_credit_transaction_shop", table_name="credit_transaction")
    op.drop_table("credit_transaction")
    op.drop_index("uq_contact_list_name", table_name="contact_list")
    op.drop_table("contact_list")
    op.drop_index(
        "ix_contact_search",
        table_name="contact",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_contact_phone_hash", table_name="contact")
    op.drop_index("ix_contact_newest", table_name="contact")
    op.drop_index("ix_contact_last_name", table_name="contact")
    op.drop_index(
        "ix_contact_audience", table_name="contact", postgresql_where=sa.text("is_subscribed")
    )
    op.drop_table("contact")
    op.drop_table("consent_wording")
    op.drop_index("ix_consent_event_contact", table_name="consent_event")
    op.drop_table("consent_event")
    op.drop_index("ix_campaign_shop", table_name="campaign")
    op.drop_index(
        "ix_campaign_running", table_name="campaign", postgresql_where=sa.text("status = 'sending'")
    )
    op.drop_index(
        "ix_campaign_due", table_name="campaign", postgresql_where=sa.text("status = 'scheduled'")
    )
    op.drop_table("campaign")
    op.drop_table("automation")
    op.drop_table("audit_event")
    op.drop_table("api_key")
    op.drop_index(
        "ix_webhook_event_waiting",
        table_name="webhook_event",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(
        "ix_webhook_event_open",
        table_name="webhook_event",
        postgresql_where=sa.text("state = 'received'"),
    )
    op.drop_table("webhook_event")
    op.drop_table("user_account")
    op.drop_table("shop")
    op.drop_table("link_miss")
    op.drop_table("job_fire")
    op.drop_table("global_suppression")
    op.execute("""
        DROP FUNCTION contact_search_ids(text, integer);
        DROP FUNCTION count_messages();
        DROP FUNCTION add_to_campaign_count(bigint, bigint, text, integer);
        DROP FUNCTION refuse_change();
        DROP FUNCTION search_fold(text);
    """)
