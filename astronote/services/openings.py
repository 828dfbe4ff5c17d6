"""Opening short links: what a code leads to, and the click that stays.

Many openings are settled by one statement, because requests that arrive together are
collected: it finds each code's target and appends its click. All of it is committed before
anybody is redirected.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import sqlalchemy as sa

from astronote import clock
from astronote.errors import Invalid
from astronote.security import sign
from astronote.services import unsubscribe_tokens
from astronote.services.web_addresses import normal_address
from astronote.statements import Plan

Door = Literal["s", "o"]

_CODE: Final = re.compile(r"([A-Za-z0-9_-]{1,64})(?:\.([1-9][0-9]{0,5}))?")


@dataclass(frozen=True, slots=True)
class Opening:
    """A request for ``/s/CODE`` or ``/o/CODE``; ``code`` as written, with its ``.n``."""

    door: Door
    code: str
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an opening leads: a path of our own, or a free URL's whole address."""

    link: Literal["offer", "unsubscribe", "free"]
    location: str
    shop_id: int
    campaign_id: int | None


def open_links(openings: Sequence[Opening]) -> Plan[list[Destination | None]]:
    """Settle ``openings`` as the system; None where nobody has the code.

    A click is written by the statement that finds where it leads.
    """
    asked = [_CODE.fullmatch(opening.code) for opening in openings]
    places = [place for place, match in enumerate(asked) if match]
    matches = [match for match in asked if match]
    rows: dict[int, Any] = {}
    if places:
        found = yield (
            _OPEN,
            {
                "places": places,
                "codes": [match[1] for match in matches],
                "ordinals": [int(match[2]) if match[2] else None for match in matches],
                "doors": [openings[place].door for place in places],
                "programs": [openings[place].is_program for place in places],
                "now": clock.now(),
            },
        )
        rows = {row.place: row for row in found}
    settled = [_destination(rows.get(place)) for place in range(len(openings))]
    misses = Counter(
        re.sub(r"[^A-Za-z0-9_.-]", "?", opening.code)[:64]
        for opening, destination in zip(openings, settled, strict=True)
        if destination is None
    )
    if misses:
        # In the order of the codes, so that two processes cannot wait for each other.
        codes = sorted(misses)
        counts = [misses[code] for code in codes]
        yield _MISS, {"codes": codes, "counts": counts, "now": clock.now()}
    return settled


def _destination(row: Any) -> Destination | None:
    if row is None:
        return None
    if row.link == "offer":
        location = f"/tracking/offer/{row.tracking_id}"
    elif row.link == "unsubscribe":
        token = unsubscribe_tokens.make(
            row.shop_id,
            contact_id=row.contact_id,
            campaign_id=row.campaign_id,
            message_id=row.message_id,
        )
        location = f"/unsubscribe/{token}"
    else:
        try:
            location = normal_address(cast("str", row.target_url))
        except Invalid:
            # Made when the rules were others; the page can still name the shop.
            location = f"/link-not-available?at={sign('shop page', {'shop': row.shop_id})}"
    return Destination(row.link, location, row.shop_id, row.campaign_id)


# A message's code with an ordinal is one of its campaign's free links (or, without a
# campaign, the shop's); a code that no message has may be a free link's own.
_OPEN: Final = sa.text("""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:places AS int[]), CAST(:codes AS text[]),
                         CAST(:ordinals AS int[]), CAST(:doors AS text[]),
                         CAST(:programs AS bool[]))
        AS a (place, code, ordinal, door, is_program)
), of_messages AS MATERIALIZED (
    SELECT a.*, m.id AS message_id, m.shop_id, m.campaign_id, m.contact_id, m.tracking_id
    FROM asked a JOIN message m ON m.short_code = a.code
), found AS MATERIALIZED (
    SELECT place, is_program, message_id, shop_id, campaign_id, contact_id, tracking_id,
           CASE door WHEN 'o' THEN 'offer' ELSE 'unsubscribe' END AS link,
           NULL::bigint AS short_link_id, NULL AS target_url
    FROM of_messages WHERE ordinal IS NULL
    UNION ALL
    SELECT m.place, m.is_program, m.message_id, m.shop_id, m.campaign_id, m.contact_id,
           m.tracking_id, 'free', l.id, l.target_url
    FROM of_messages m JOIN short_link l
      ON l.shop_id = m.shop_id AND l.campaign_id = m.campaign_id AND l.ordinal = m.ordinal
    UNION ALL
    SELECT m.place, m.is_program, m.message_id, m.shop_id, m.campaign_id, m.contact_id,
           m.tracking_id, 'free', l.id, l.target_url
    FROM of_messages m JOIN short_link l
      ON m.campaign_id IS NULL AND l.shop_id = m.shop_id AND l.campaign_id IS NULL
         AND l.ordinal = m.ordinal
    UNION ALL
    SELECT a.place, a.is_program, NULL, l.shop_id, l.campaign_id, NULL, NULL, 'free', l.id,
           l.target_url
    FROM asked a JOIN short_link l ON l.short_code = a.code
    WHERE a.ordinal IS NULL
      AND NOT EXISTS (SELECT FROM of_messages m WHERE m.code = a.code)
), clicked AS (
    INSERT INTO link_click (shop_id, message_id, short_link_id, campaign_id, link, at, is_bot)
    SELECT shop_id, message_id, short_link_id, campaign_id, link, :now, is_program
    FROM found
), locked AS MATERIALIZED (
    -- In the order of ids, so that two processes cannot wait for each other.
    SELECT id FROM short_link
    WHERE id IN (SELECT short_link_id FROM found WHERE short_link_id IS NOT NULL)
    ORDER BY id FOR NO KEY UPDATE
), counted AS (
    UPDATE short_link l
    SET click_count = l.click_count + c.people, last_used_at = :now,
        last_clicked_at = CASE WHEN c.people > 0 THEN :now ELSE l.last_clicked_at END
    FROM (SELECT short_link_id AS id, count(*) FILTER (WHERE NOT is_program) AS people
          FROM found GROUP BY 1) c
    JOIN locked USING (id)
    WHERE l.id = c.id
)
SELECT place, link, shop_id, message_id, campaign_id, contact_id, tracking_id, target_url
FROM found
""")

_MISS: Final = sa.text("""
INSERT INTO link_miss AS m (code, count, last_at)
SELECT code, n, :now FROM unnest(CAST(:codes AS text[]), CAST(:counts AS int[])) AS a (code, n)
ON CONFLICT (code) DO UPDATE SET count = m.count + excluded.count, last_at = :now
""")
