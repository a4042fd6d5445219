"""The client against the project's own px6, in every profile."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

import px6
import sandbox
from px6 import Protocol, Px6Client, Throttle, Version
from sandbox.px6 import Profile
from tests.px6.conftest import no_pause


def methods(running: sandbox.Running) -> list[str]:
    return [call.method for call in running.px6.calls]


@pytest.mark.parametrize("profile", get_args(Profile))
async def test_a_proxy_lives_from_its_purchase_to_its_deletion(profile: Profile) -> None:
    comment = "shop & «co» #1 🙂"
    async with (
        sandbox.running(profile) as running,
        Px6Client(running.key, urls=[running.px6_url], throttle=Throttle(99)) as client,
    ):
        running.px6.rules.limit = 99
        before = await client.account()
        price = await client.price(2, 30, Version.IPV4)
        bought = await client.buy(2, 30, "de", Version.IPV4, comment=comment)
        assert (bought.count, bought.price, bought.balance) == (2, price.price, before.balance - price.price)
        ids = [proxy.id for proxy in bought.proxies]
        listed = await client.proxies(comment=comment)
        assert sorted(proxy.id for proxy in listed.proxies) == sorted(ids)
        assert {proxy.comment for proxy in listed.proxies} == {comment}
        prolonged = await client.prolong(7, ids)
        assert all(prolonged.ends[proxy.id] > proxy.ends_at for proxy in listed.proxies)
        if profile == "newest":
            assert {proxy.type for proxy in listed.proxies} == {Protocol.AUTO}
        else:
            await client.set_type(ids, Protocol.SOCKS)
        with pytest.raises(px6.WrongMethod if profile == "newest" else px6.ErrorUnknown):
            await client.set_type(ids, Protocol.SOCKS)
        assert client.lacks("settype") == (profile == "newest")
        assert (await client.check(ids[0])).proxy_id == ids[0]
        assert (await client.set_comment("new", old=comment)).count == 2
        assert (await client.delete(comment="new")).count == 2
        assert (await client.proxies(comment="new")).proxies == ()
        assert isinstance(bought.price, Decimal)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "500_after", "html_after", "broken_json_after"])
async def test_whatever_befalls_a_purchase_px6_sees_it_once(fault: str) -> None:
    async with (
        sandbox.running() as running,
        Px6Client(running.key, urls=[running.px6_url], sleep=no_pause) as client,
    ):
        await client.account()
        running.px6.fault(fault, "buy")
        with pytest.raises(px6.OutcomeUnknown):
            await client.buy(1, 30, "de")
        assert methods(running) == ["", "buy"]


async def test_four_quick_calls_draw_no_refusal() -> None:
    async with sandbox.running() as running, Px6Client(running.key, urls=[running.px6_url]) as client:
        for _ in range(4):
            await client.account()
        assert [call.status for call in running.px6.calls] == [200] * 4
