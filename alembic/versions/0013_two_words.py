"""The search asks its index for two words at once

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# A first and a last name that many have, but few have together, are found by both at once;
# found by one of them, tens of thousands of rows would have to be read. How many are enough
# is for the asking statement to say: the function stops where its LIMIT does.
TWO_WORDS = """
DROP FUNCTION contact_search_ids(text, integer);
CREATE FUNCTION contact_search_ids(pattern text, also text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM contact
    WHERE shop_id = nullif(current_setting('app.shop_id', true), '')::bigint
      AND search LIKE pattern AND search LIKE also
$$;
REVOKE ALL ON FUNCTION contact_search_ids(text, text) FROM public;
GRANT EXECUTE ON FUNCTION contact_search_ids(text, text) TO astronote_app;
"""

ONE_WORD = """
DROP FUNCTION contact_search_ids(text, text);
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
    op.execute(TWO_WORDS)


def downgrade() -> None:
    op.execute(ONE_WORD)
