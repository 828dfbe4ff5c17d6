"""The walls between shops, read from PostgreSQL's own catalogue."""

import psycopg
import pytest

from astronote.db import APP_ROLE
from tests.support.cluster import WorkerDatabase


@pytest.fixture
def catalogue(database: WorkerDatabase):
    with psycopg.connect(database.superuser_url) as connection:
        yield lambda query: connection.execute(query).fetchall()


def test_every_table_with_a_shop_has_row_level_security_and_a_policy(catalogue):
    unprotected = catalogue("""
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
          AND a.attname = 'shop_id' AND NOT a.attisdropped
          AND (NOT c.relrowsecurity
               OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
                              AND p.polcmd = '*' AND p.polqual IS NOT NULL))
    """)
    protected = catalogue("SELECT count(*) FROM pg_class WHERE relrowsecurity")[0][0]
    assert unprotected == []
    assert protected > 25


def test_the_shop_table_itself_is_protected(catalogue):
    assert catalogue("SELECT relrowsecurity FROM pg_class WHERE relname = 'shop'") == [(True,)]


def test_the_programs_role_owns_nothing_and_bypasses_nothing(catalogue):
    role = f"'{APP_ROLE}'::regrole"
    assert catalogue(f"SELECT relname FROM pg_class WHERE relowner = {role}") == []
    assert catalogue(f"SELECT proname FROM pg_proc WHERE proowner = {role}") == []
    assert catalogue(f"SELECT nspname FROM pg_namespace WHERE nspowner = {role}") == []
    assert catalogue(f"""
        SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin
        FROM pg_roles WHERE oid = {role}
    """) == [(False, False, False, False, False)]
    assert (
        catalogue(f"""
        SELECT roleid::regrole FROM pg_auth_members WHERE member = {role}
    """)
        == []
    )


def test_connections_of_the_program_run_as_its_role(shop):
    import sqlalchemy as sa

    from astronote.db import transaction

    with transaction(shop.id) as session:
        assert session.execute(sa.text("SELECT current_user")).scalar() == APP_ROLE


def test_foreign_keys_between_tenant_tables_carry_the_shop(catalogue):
    loose = catalogue("""
        SELECT con.conname FROM pg_constraint con
        WHERE con.contype = 'f'
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = con.conrelid
                      AND a.attname = 'shop_id')
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = con.confrelid
                      AND a.attname = 'shop_id')
          AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = con.conrelid
                          AND a.attname = 'shop_id' AND a.attnum = ANY (con.conkey))
    """)
    assert loose == []


def test_the_ledger_can_be_neither_changed_nor_deleted(catalogue):
    privileges = {
        row[0]
        for row in catalogue(f"""
        SELECT privilege_type FROM information_schema.role_table_grants
        WHERE table_name = 'credit_transaction' AND grantee = '{APP_ROLE}'
    """)
    }
    assert privileges == {"SELECT", "INSERT"}


def test_consent_history_can_only_be_redacted(catalogue):
    granted = {
        row[0]
        for row in catalogue(f"""
        SELECT privilege_type FROM information_schema.role_table_grants
        WHERE table_name = 'consent_event' AND grantee = '{APP_ROLE}'
    """)
    }
    assert granted == {"SELECT", "INSERT"}


def test_security_definer_functions_fix_their_search_path(catalogue):
    assert (
        catalogue("""
        SELECT proname FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace
          AND NOT coalesce(array_to_string(proconfig, ','), '') LIKE '%search_path=%'
    """)
        == []
    )


def test_without_a_declared_shop_a_tenant_table_is_empty(two_shops):
    import sqlalchemy as sa

    from astronote.db import engine, transaction

    first, second = two_shops
    with engine().connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM shop")).scalar() == 0
        assert connection.execute(sa.text("SELECT count(*) FROM membership")).scalar() == 0
    with transaction(first.id) as session:
        seen = session.execute(sa.text("SELECT id FROM shop")).scalars().all()
    assert seen == [first.id]
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        transaction(first.id) as session,
    ):
        session.execute(
            sa.text("INSERT INTO contact_list (shop_id, name, created_at) VALUES (:s, 'x', now())"),
            {"s": second.id},
        )
