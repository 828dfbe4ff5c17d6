"""Every page can be made of its components, without building the front end."""

import pytest

from astronote.pages import ROUTES, Route


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_page_can_be_made(route: Route) -> None:
    assert route.view().render()
