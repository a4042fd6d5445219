"""Reading all proxies, whatever the server does with pages."""

from __future__ import annotations

from services.orders.quoting import new_id, read_all
from tests.px6.conftest import quick_client
from tests.px6.server import PROXY, Reply, Request, said, serving


def listed(ids: range) -> Reply:
    return said(list=[PROXY | {"id": one} for one in ids])


async def test_a_server_that_gives_its_last_page_for_ever_is_read_to_its_end() -> None:
    def page(request: Request) -> Reply:
        limit, number = int(request.params["limit"]), min(int(request.params["page"]), 2)
        return listed(range((number - 1) * limit, number * limit))

    async with serving() as px6, quick_client([px6.url]) as client:
        px6.otherwise = page
        seen = await read_all(client)
        assert [request.params["page"] for request in px6.requests] == ["1", "2", "3"]
        assert len(seen.proxies) == 2 * int(px6.requests[0].params["limit"])


async def test_a_full_page_with_odd_items_is_not_the_last_one() -> None:
    async with serving() as px6, quick_client([px6.url]) as client:

        def page(request: Request) -> Reply:
            limit = int(request.params["limit"])
            if request.params["page"] == "2":
                return said(list=[None, PROXY | {"id": limit}])
            return said(list=[None, *(PROXY | {"id": one} for one in range(1, limit))])

        px6.otherwise = page
        seen = await read_all(client)
        assert (len(seen.proxies), seen.unreadable) == (int(px6.requests[0].params["limit"]), 2)
        all_ = await client.proxies()
        assert (len(all_.proxies), all_.unreadable) == (1000, 2)


async def test_no_two_reads_at_once_ask_for_one_page_size_and_none_for_more_than_px6_gives() -> None:
    async with serving() as px6, quick_client([px6.url]) as client:
        px6.otherwise = listed(range(0))
        for _ in range(101):
            await read_all(client)
        sizes = [int(request.params["limit"]) for request in px6.requests]
    assert (min(sizes), max(sizes)) == (901, 1000)
    assert len(set(sizes)) == 100, "each comes again only after all others"
    assert {request.params.get("nokey") for request in px6.requests} == {"1"}


def test_the_name_of_a_quote_fits_a_button_and_is_not_to_be_guessed() -> None:
    names = [new_id() for _ in range(100)]
    assert {len(name) for name in names} == {12}
    assert len(set(names)) == 100
