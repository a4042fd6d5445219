from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import px6
from handlers.ground.proxy_buttons import AskComment, AskDelete, Check, Picked, Protocols, SetProtocol, View
from handlers.ground.screen import button
from handlers.ground.typed import read as typed
from handlers.proxies import comment, protocol
from handlers.proxies.check_run import CheckRun
from handlers.proxies.check_screens import check_ended_screen, progress_screen, summary_screen
from handlers.proxies.comment_meanings import CommentOnIds, RenameEverywhere
from handlers.proxies.delete import (
    Delete,
    gone_screen,
    late_outcome_screen,
    meanings_screen,
    no_such_comment,
    none_yours_screen,
    outcome_screen,
    question_screen,
    unreadable_screen,
)
from handlers.proxies.partial_changes import NotAllowed, NotListed, failed_lines, try_again_row
from handlers.proxies.selection_view import PickedProxies
from model.deletions import Deletion, DeletionProxy
from model.errors import StorageError
from px6 import PartOutcome, Protocol, Proxy
from services.account.accounts import NoKey
from services.account.rights import AccessEnded, AccessShrunk
from tests.approved.approving import EN, RU, State, approve
from tests.sample_proxies import NOW, a_proxy

FROM_CARD = View(state="z", page=2)


def some(count: int, **changes: Any) -> list[Proxy]:
    return [a_proxy(15 + nth, **changes) for nth in range(count)]


def run(good: int = 0, dead: int = 0, silent: int = 0, whole: int = 10, **given: Any) -> CheckRun:
    """A checking of so many, with so many that work, do not, and were asked in vain."""
    proxies = some(whole)
    made = CheckRun(proxies, given.pop("unknown", []), **given)
    made.good, made.dead = proxies[:good], proxies[good : good + dead]
    made.silent = proxies[good + dead : good + dead + silent]
    return made


def checking() -> Iterator[State]:
    for good, dead in ((0, 0), (1, 0), (0, 1), (1, 1), (2, 2), (5, 0)):
        yield f"checking: {good} work, {dead} do not", progress_screen(EN, run(good, dead))
    yield "checking: one is unknown", progress_screen(EN, run(1, unknown=[99]))
    yield "checking: two were asked in vain", progress_screen(EN, run(1, 1, 2))
    yield "Russian: checking, 21 work and 2 do not", progress_screen(RU, run(21, 2, whole=1_000))
    ticked = Check(ticks="tik")
    yield "checked: all work", summary_screen(EN, ticked, run(10), "result", {})
    for w in (EN, RU):
        for good in (1, 2):
            told = summary_screen(w, ticked, run(good, 1, whole=good + 1), "result", {})
            yield f"checked: {good} to export, {w.language}", told
    yield "checked: one", summary_screen(EN, ticked, run(1, whole=1), "result", {})
    yield "checked: one does not", summary_screen(EN, ticked, run(9, 1), "result", {})
    for dead in (2, 5, 6, 45, 46, 47):
        yield f"checked: {dead} do not", summary_screen(EN, ticked, run(3, dead, whole=3 + dead), "result", {})
    stopped = run(3, 1)
    stopped.stopped = True
    yield "checked: stopped", summary_screen(EN, ticked, stopped, "result", {})
    late = run(10)
    late.stopped = True
    yield "checked: stopped after the last", summary_screen(EN, ticked, late, "result", {})
    for silent in (1, 2):
        failed = run(8 - silent, 2, silent)
        failed.error = px6.Unreachable()
        yield f"checked: {silent} without an answer", summary_screen(EN, ticked, failed, "result", {})
    yield "checked: one is unknown", summary_screen(EN, Check(), run(8, 1, unknown=[24]), "result", {})
    yield "Russian: checked, 21 do not", summary_screen(RU, Check(), run(1, 21, whole=43), "result", {})
    yield "checked: none works", summary_screen(EN, ticked, run(0, 2, whole=2), "result", {})
    nothing = run(0, 0, 3)
    nothing.error = px6.Unreachable()
    yield "checked: px6 does not answer", summary_screen(EN, ticked, nothing, "result", {})


def deleting() -> Iterator[State]:
    data = AskDelete(ticks="tik")
    for hours in (-1, 0, 1, 47, 48, 24 * 30):
        pick = PickedProxies(some(1, ends_in=timedelta(hours=hours)), [])
        yield f"delete: ends in {hours} hours", question_screen(EN, data, pick, "kept", NOW)
    for count in (2, 5, 6, 35, 36, 37):
        yield f"delete: {count}", question_screen(EN, data, PickedProxies(some(count), []), "kept", NOW)
    yield (
        "delete: from a card",
        question_screen(EN, FROM_CARD.to(AskDelete, proxy=15), PickedProxies(some(1), []), "kept", NOW),
    )
    yield "delete: some are unknown", question_screen(EN, data, PickedProxies(some(2), [98, 99]), "kept", NOW)
    yield "Russian: delete 21", question_screen(RU, data, PickedProxies(some(21), []), "kept", NOW)
    refused: list[PartOutcome[None]] = [PartOutcome((20, 21), error=px6.WrongIds(230, ""))]
    for done in (0, 1, 2):
        yield f"deleted: {done}", outcome_screen(EN, done, [], [])
        yield f"deleted: {done}, one unsure, two refused", outcome_screen(EN, done, [30], refused)
    rest = [button("Continue with 2 proxies", AskDelete(ticks="tik"))]
    kept_back: list[PartOutcome[None]] = [PartOutcome((20, 21), error=px6.NotTried())]
    before: list[PartOutcome[None]] = [
        PartOutcome((20,), error=NotListed()),
        PartOutcome((21,), error=px6.NotFound(404, "")),
    ]
    for w in (EN, RU):
        yield f"deleted: two kept back, {w.language}", outcome_screen(w, 2, [], kept_back, rest=rest)
        yield f"deleted: one gone before, {w.language}", outcome_screen(w, 0, [], before, rest=rest)
        yield f"deleted: some unreadable, {w.language}", outcome_screen(w, 1, [], [], unread=[30, 31])
        yield f"delete: unreadable, {w.language}", unreadable_screen(w, [30, 31], Delete(selection="kept"))
    for looked in (True, False):
        for gone in ((True, True), (True, False), (False, False)):
            yield f"found, looked {looked}: {gone}", late_outcome_screen(EN, a_deletion(gone), looked=looked)
    for w in (EN, RU):
        yield f"none is theirs, {w.language}", none_yours_screen(w, [98, 99])
        yield f"already gone, {w.language}", gone_screen(w)
        for ids, commented in ((1, 2), (2, 1)):
            shown = meanings_screen(w, "24", (ids, AskDelete(proxy=24)), (commented, AskDelete(ticks="tik")))
            yield f"ids or a comment: {ids}, {commented}, {w.language}", shown
    yield "no such comment", no_such_comment(EN, "<shop>")


def a_deletion(gone: Sequence[bool]) -> Deletion:
    listed = tuple(
        DeletionProxy(id=15 + nth, host="10.0.0.1", days_left=3, gone=each) for nth, each in enumerate(gone)
    )
    return Deletion(id=7, telegram_id=1001, px6_user_id="7", deleted_at=NOW, certain=True, proxies=listed)


def parts() -> Iterator[State]:
    unknown, refused = px6.OutcomeUnknown("settype", "?"), px6.TooManyCalls()
    several: dict[str, list[PartOutcome[Any]]] = {
        "all done": [PartOutcome((15, 16), result=None)],
        "one of two failed": [PartOutcome((15,), result=None), PartOutcome((16,), error=refused)],
        "unknown": [PartOutcome((15, 16), error=unknown)],
        "already so": [PartOutcome((15,), error=px6.ErrorUnknown(30, ""))],
        "some already so": [PartOutcome((15,), result=None), PartOutcome((16, 17), error=px6.ErrorUnknown(30, ""))],
        "eight failed": [PartOutcome(tuple(range(8)), error=refused)],
        "nine failed": [PartOutcome(tuple(range(9)), error=refused)],
        "ten failed": [PartOutcome(tuple(range(10)), error=refused)],
    }
    for name, made in several.items():
        yield f"type: {name}", [protocol.outcome(EN, Protocol.SOCKS, made), try_again_row(EN, made, Check())]
        yield f"comment: {name}", comment.outcome(EN, "shop", made)
    yield "comment: taken away", comment.outcome(EN, "", several["all done"])
    yield "comment: of one", comment.changed_line(EN, "shop", 1)
    for w in (EN, RU):
        for reason in (AccessEnded(), AccessShrunk(), NoKey(), StorageError()):
            stopped = [PartOutcome[Any]((15, 16), error=NotAllowed(reason))]
            told = [failed_lines(w, stopped), try_again_row(w, stopped, Check())]
            yield f"kept back: {type(reason).__name__}, {w.language}", told
    yield (
        "Russian: failed",
        failed_lines(RU, [PartOutcome(tuple(range(21)), error=unknown), PartOutcome((5,), error=refused)]),
    )
    yield "comment: nobody has it", comment.nobody_has(EN, "old\ntext " * 10)
    yield "comment: empty refused", str(comment.empty_refused(EN, px6.WrongComment(250, "")))


def comments() -> Iterator[State]:
    card, ticked = FROM_CARD.to(AskComment, proxy=15), AskComment(ticks="tik")
    for w in (EN, RU):
        for texts in (["shop"], ["shop", "shop"], ["shop", ""], [""], ["", ""], ["<b>", "x"]):
            proxies = [a_proxy(15 + nth, comment=text) for nth, text in enumerate(texts)]
            yield f"asks for a comment: {texts}, {w.language}", comment.comment_question(w, ticked, proxies)
        yield f"asks for a comment: from a card, {w.language}", comment.comment_question(w, card, some(1))
        for data in (Picked(ticks="tik"), Picked(country="de")):
            note = comment.changed_line(w, "shop", 2)
            yield f"comment set: {data.ticks}, {w.language}", comment.outcome_screen(w, note, data, [])
        yield f"renamed, {w.language}", comment.renamed_screen(w, "shop", Counter(shop=21))
        others = Counter({str(nth): 9 - nth for nth in range(6)} | {"": 12})
        yield f"renamed, and others listed, {w.language}", comment.renamed_screen(w, "shop", others)
        for given in ("1", "1 2 3", "1 2 3 4"):
            words = typed(f"/comment {given}").words
            meant = [CommentOnIds(words, None), CommentOnIds(words, "a comment of many words")]
            yield f"could mean {given}, {w.language}", [comment.meaning_label(w, each) for each in meant]
        rename = RenameEverywhere("old and long enough", "new and long enough")
        yield f"could mean a new name, {w.language}", comment.meaning_label(w, rename)
        yield f"what is meant, {w.language}", comment.meanings_screen(w, [])
        yield f"check ended, {w.language}", check_ended_screen(w)


def protocols() -> Iterator[State]:
    ticked = Protocols(ticks="tik")
    for kinds in (["http"], ["socks"], ["auto"], ["http", "http", "socks"], ["http", "auto"], []):
        proxies = [a_proxy(15 + nth, type=kind) for nth, kind in enumerate(kinds)]
        yield f"protocols: {kinds}", protocol.protocols_screen(EN, ticked, proxies)
    for ticks in ("", "tik"):
        data = SetProtocol(ticks=ticks, protocol=Protocol.SOCKS)
        note = protocol.outcome(RU, Protocol.SOCKS, [PartOutcome((15, 16), result=None)])
        yield f"protocol set, ticked {ticks!r}", protocol.outcome_screen(RU, note, data, [])
    card = FROM_CARD.to(Protocols, proxy=15)
    yield "protocols: from a card", protocol.protocols_screen(RU, card, some(1))


def states() -> Iterator[State]:
    for table in (checking, deleting, parts, comments, protocols):
        yield from table()


def test_every_change_of_proxies_reads_as_approved() -> None:
    approve(__file__, states())
