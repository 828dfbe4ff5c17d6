"""What is written by the hundred thousand asks once a statement whose it is.

A foreign key asks for every row by a statement of its own, which was two fifths of what
starting a campaign costs PostgreSQL, and of rows of one shop and one campaign it is the
same question again and again. A trigger asks once for all that a statement has written,
with the same locks and the same refusal; what hangs on a deleted row is dealt with as the
key did it, and no row is moved to another shop, campaign or contact.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BULK = ("contact", "consent_event", "message")

FUNCTIONS = """
CREATE FUNCTION need_shop() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named bigint[] := ARRAY(SELECT DISTINCT shop_id FROM new_rows);
    there integer;
BEGIN
    PERFORM FROM shop WHERE id = ANY (named) ORDER BY id FOR KEY SHARE;
    GET DIAGNOSTICS there = ROW_COUNT;
    IF there < cardinality(named) THEN
        RAISE EXCEPTION '% names a shop that is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION need_campaign() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named record;
BEGIN
    FOR named IN
        SELECT DISTINCT shop_id, campaign_id FROM new_rows
        WHERE campaign_id IS NOT NULL ORDER BY campaign_id
    LOOP
        PERFORM FROM campaign
        WHERE shop_id = named.shop_id AND id = named.campaign_id FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION '% names a campaign that its shop does not have', TG_TABLE_NAME
                USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- Planned at every call: for a campaign of a whole shop another plan is right than for one
-- message, and a plan that is kept would serve both.
CREATE FUNCTION need_contact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named integer;
    there integer;
BEGIN
    SELECT count(contact_id) INTO named FROM new_rows;
    EXECUTE 'SELECT FROM new_rows n JOIN contact c ON c.shop_id = n.shop_id AND c.id = n.contact_id'
            ' ORDER BY c.id FOR KEY SHARE OF c';
    GET DIAGNOSTICS there = ROW_COUNT;
    IF there < named THEN
        RAISE EXCEPTION '% names a contact that its shop does not have', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % stays where it was made', TG_TABLE_NAME
        USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
END $$;

CREATE FUNCTION delete_with_shop() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM message WHERE shop_id = OLD.id;
    DELETE FROM contact WHERE shop_id = OLD.id;
    DELETE FROM consent_event WHERE shop_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER delete_bulk_rows AFTER DELETE ON shop
    FOR EACH ROW EXECUTE FUNCTION delete_with_shop();

CREATE FUNCTION delete_with_campaign() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM message WHERE shop_id = OLD.shop_id AND campaign_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER delete_messages AFTER DELETE ON campaign
    FOR EACH ROW EXECUTE FUNCTION delete_with_campaign();

CREATE FUNCTION forget_contact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE message SET contact_id = NULL WHERE shop_id + 0 = OLD.shop_id AND contact_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_in_messages AFTER DELETE ON contact
    FOR EACH ROW EXECUTE FUNCTION forget_contact();

CREATE TRIGGER need_campaign AFTER INSERT ON message
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION need_campaign();
CREATE TRIGGER need_contact AFTER INSERT ON message
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION need_contact();
CREATE TRIGGER stay_in_campaign BEFORE UPDATE OF campaign_id ON message
    FOR EACH ROW WHEN (OLD.campaign_id IS DISTINCT FROM NEW.campaign_id)
    EXECUTE FUNCTION refuse_move();
CREATE TRIGGER stay_with_contact BEFORE UPDATE OF contact_id ON message
    FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL AND OLD.contact_id IS DISTINCT FROM NEW.contact_id)
    EXECUTE FUNCTION refuse_move();
"""

TRIGGERS = """
CREATE TRIGGER need_shop AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION need_shop();
CREATE TRIGGER stay_in_shop BEFORE UPDATE OF shop_id ON {table}
    FOR EACH ROW WHEN (OLD.shop_id IS DISTINCT FROM NEW.shop_id)
    EXECUTE FUNCTION refuse_move();
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    for table in BULK:
        op.execute(TRIGGERS.format(table=table))
        op.drop_constraint(op.f(f"fk_{table}_shop_id"), table, type_="foreignkey")
    for parent in ("campaign", "contact"):
        op.drop_constraint(op.f(f"fk_message_shop_id_{parent}_id"), "message", type_="foreignkey")


def downgrade() -> None:
    for parent, action in (("campaign", "CASCADE"), ("contact", "SET NULL (contact_id)")):
        op.create_foreign_key(
            op.f(f"fk_message_shop_id_{parent}_id"),
            "message",
            parent,
            ["shop_id", f"{parent}_id"],
            ["shop_id", "id"],
            ondelete=action,
        )
    for table in BULK:
        op.create_foreign_key(
            op.f(f"fk_{table}_shop_id"), table, "shop", ["shop_id"], ["id"], ondelete="CASCADE"
        )
        op.execute(f"DROP TRIGGER need_shop ON {table}; DROP TRIGGER stay_in_shop ON {table}")
    op.execute("""
        DROP TRIGGER need_campaign ON message;
        DROP TRIGGER need_contact ON message;
        DROP TRIGGER stay_in_campaign ON message;
        DROP TRIGGER stay_with_contact ON message;
        DROP TRIGGER forget_in_messages ON contact;
        DROP TRIGGER delete_messages ON campaign;
        DROP TRIGGER delete_bulk_rows ON shop;
        DROP FUNCTION need_shop();
        DROP FUNCTION need_campaign();
        DROP FUNCTION need_contact();
        DROP FUNCTION refuse_move();
        DROP FUNCTION forget_contact();
        DROP FUNCTION delete_with_shop();
        DROP FUNCTION delete_with_campaign();
    """)
