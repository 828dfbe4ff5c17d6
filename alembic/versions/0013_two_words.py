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
# found by one of them, tens of thousands of rows would have to be read. It is planned at
# every call: the index for a rare word, one row after another for what nearly all have.
TWO_WORDS = """
DROP FUNCTION contact_search_ids(text, integer);
CREATE FUNCTION contact_search_ids(pattern text, also text, at_most integer)
RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT id FROM contact
    WHERE shop_id = nullif(current_setting('app.shop_id', true), '')::bigint
      AND search LIKE pattern AND search LIKE also
    LIMIT at_most
$$;
REVOKE ALL ON FUNCTION contact_search_ids(text, text, integer) FROM public;
GRANT EXECUTE ON FUNCTION contact_search_ids(text, text, integer) TO astronote_app;
"""

ONE_WORD = """
DROP FUNCTION contact_search_ids(text, text, integer);
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
