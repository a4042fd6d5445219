"""What became of the proxies of a deletion."""

from __future__ import annotations

from datetime import UTC, datetime

from model.deletions import Deletion, DeletionProxy


def test_each_proxy_is_gone_kept_or_not_known() -> None:
    gone, kept, unknown = (
        DeletionProxy(id=number, host="h", days_left=1, gone=gone)
        for number, gone in ((1, True), (2, False), (3, None))
    )
    deletion = Deletion(
        id=1,
        telegram_id=1001,
        px6_user_id="1",
        deleted_at=datetime(2026, 11, 23, tzinfo=UTC),
        certain=False,
        proxies=(gone, kept, unknown),
    )
    assert (deletion.gone, deletion.kept, deletion.unknown) == ([1], [2], [3])
    assert DeletionProxy(id=1, host="h", days_left=1).gone is True
