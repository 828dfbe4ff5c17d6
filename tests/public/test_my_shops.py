"""One person in several shops."""

from http.cookies import SimpleCookie

import pytest

from astronote.db import enter_shop, system_transaction
from astronote.services import accounts, team
from tests.support.api import ApiClient
from tests.support.forms import first_form
from tests.support.shops import PASSWORD, ShopUnderTest

Shops = tuple[ShopUnderTest, ShopUnderTest]


@pytest.fixture
def hired(two_shops: Shops) -> Shops:
    """Two shops; the owner of the first works in the second too."""
    mine, other = two_shops
    with system_transaction() as session:
        enter_shop(session, other.id)
        team.add(session, other.id, other.owner, mine.email, "staff")
    return two_shops


def cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"astronote_session={token}"}


def me(site: ApiClient, token: str) -> tuple[int, str] | int:
    answer = site.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code != 200:
        return answer.status_code
    return answer.json()["shop"]["id"], answer.json()["user"]["role"]


def test_who_works_in_two_shops_goes_from_one_to_the_other(site: ApiClient, hired: Shops) -> None:
    mine, other = hired
    page = site.get("/shops", headers=cookie(mine.token))
    assert mine.name in page.text and other.name in page.text
    assert first_form(page)[0] == "/shops"
    answer = site.post("/shops", data={"shop": other.id}, headers=cookie(mine.token))
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")
    token = SimpleCookie(answer.headers.get_list("set-cookie")[0])["astronote_session"].value
    assert me(site, token) == (other.id, "staff")
    assert me(site, mine.token) == 401
    with system_transaction() as session:
        again = accounts.sign_in(session, mine.email, PASSWORD)
    assert again.identity.shop_id == other.id


@pytest.mark.parametrize(
    ("wanted", "status"), [("stranger", 404), ("0", 404), ("many", 400), ("", 400)]
)
def test_nobody_enters_a_shop_of_others(
    site: ApiClient, two_shops: Shops, wanted: str, status: int
) -> None:
    mine, other = two_shops
    shop = str(other.id) if wanted == "stranger" else wanted
    answer = site.post("/shops", data={"shop": shop}, headers=cookie(mine.token))
    assert answer.status_code == status
    assert me(site, mine.token) == (mine.id, "owner")


def test_the_form_is_ours_and_for_who_is_signed_in(site: ApiClient, hired: Shops) -> None:
    mine, other = hired
    foreign = cookie(mine.token) | {"Sec-Fetch-Site": "cross-site"}
    assert site.post("/shops", data={"shop": other.id}, headers=foreign).status_code == 403
    assert me(site, mine.token) == (mine.id, "owner")
    for answer in (site.get("/shops"), site.post("/shops", data={"shop": other.id})):
        assert answer.headers["location"] == "/login"
