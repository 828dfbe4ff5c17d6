"""Short codes and till codes."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astronote.grouping import Grouped
from astronote.services import gsm, links, qr
from astronote.services.till_codes import message_of, till_code
from astronote.settings import settings


def test_codes_are_different_of_one_length_and_easy_to_read() -> None:
    codes = links.new_codes(100_000)
    assert len(set(codes)) == 100_000
    assert {len(code) for code in codes} == {settings().short_code_length}
    letters = set("".join(codes))
    assert letters == set(links.ALPHABET) and len(links.ALPHABET) == 51
    assert not letters & set("0OoQD1IilLj")


def test_every_letter_is_as_likely() -> None:
    counts = dict.fromkeys(links.ALPHABET, 0)
    for letter in "".join(links.new_codes(51_000)):
        counts[letter] += 1
    # 10,000 of each expected; 6 standard deviations.
    assert all(9_400 < count < 10_600 for count in counts.values())


def test_a_links_length_is_known_before_its_code() -> None:
    (code,) = links.new_codes(1)
    assert len(links.offer_url(links.stand_in())) == len(links.offer_url(code))
    assert links.unsubscribe_url("Ab").endswith("/s/Ab")
    assert links.free_url("Ab", 12).endswith("/s/Ab.12")
    assert gsm.fits(links.ALPHABET + links.free_url("x", 1))


@given(st.integers(min_value=1, max_value=2**40 - 1))
def test_a_till_code_names_its_message(message_id: int) -> None:
    code = till_code(message_id)
    assert message_of(code) == message_id
    assert message_of(f" {code.lower().replace('-', ' ')} ") == message_id


def test_till_codes_of_neighbours_have_nothing_in_common() -> None:
    codes = [till_code(number) for number in range(1, 2_000)]
    assert len(set(codes)) == len(codes)
    assert len({code[:2] for code in codes}) > 500


@pytest.mark.parametrize("code", ["", "ABCD", "ABCD-EFG0", "ABCD-EFGHJ", "αβγδ-εζηθ", "A" * 500])
def test_what_is_no_till_code_names_nothing(code: str) -> None:
    assert message_of(code) is None


def test_a_qr_codes_name_cannot_break_out() -> None:
    assert '"><script' not in qr.svg("http://x", '"><script>')


def test_requests_that_wait_are_settled_together() -> None:
    groups: list[int] = []

    async def double(numbers: Sequence[int]) -> list[int]:
        groups.append(len(numbers))
        if 13 in numbers:
            raise ValueError("unlucky")
        return [2 * number for number in numbers]

    async def ask() -> list[int]:
        grouped = Grouped(double, at_most=40)
        answers = await asyncio.gather(*(grouped(number) for number in range(100, 200)))
        with pytest.raises(ValueError, match="unlucky"):
            await grouped(13)
        return [*answers, await grouped(1)]

    assert asyncio.run(ask()) == [2 * number for number in range(100, 200)] + [2]
    assert sum(groups) == 102 and max(groups) == 40
