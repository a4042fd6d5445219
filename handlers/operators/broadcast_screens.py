"""What an operator sees of a broadcast, and its buttons."""

from __future__ import annotations

from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import Id, Screen, button, home_button, home_in_new_message
from handlers.ground.words import Words, lines
from model.colleagues import Right
from model.operators import Broadcast, BroadcastState


class SendBroadcast(CallbackData, prefix="bc-send", durable=True, shared=True, needs=Right.LOOK):
    """Sends a draft to all people. Works once."""

    broadcast: Id


class StopBroadcast(CallbackData, prefix="bc-stop", durable=True, shared=True, needs=Right.LOOK):
    """Keeps a broadcast from going to anybody else."""

    broadcast: Id


def question_screen(w: Words, broadcast_id: int, readers: int) -> Screen:
    """Stands under the preview: how many people get it, and the one button that sends it."""
    if not readers:
        text = lines(w.title("Broadcast"), w.tr("There is nobody to send it to."))
        return Screen(text, [[home_button(w)]])
    text = lines(
        w.title("Send the message above?"),
        w.n("{count} person will get it, once.", "{count} people will get it, each of them once.", readers),
        w.tr("Who has blocked the bot or may not use it is left out."),
    )
    label = w.n("Send to {count} person", "Send to {count} people", readers)
    return Screen(text, [[button(label, SendBroadcast(broadcast=broadcast_id))], [home_button(w)]])


def progress_screen(w: Words, seen: Broadcast) -> Screen:
    """How far it is; while it runs, with a button that stops it."""
    titles = {
        BroadcastState.DRAFT: w.title("Broadcast"),
        BroadcastState.RUNNING: w.title("Broadcast: being sent"),
        BroadcastState.STOPPED: w.title("Broadcast: stopped"),
        BroadcastState.DONE: w.title("Broadcast: sent"),
    }
    runs = seen.state is BroadcastState.RUNNING
    text = lines(
        titles[seen.state],
        w.tr("Sent to {sent} of {all}", sent=w.number(seen.sent), all=w.number(max(seen.people, seen.turns))),
        w.tr("Have blocked the bot: {count}", count=w.number(seen.gone)) if seen.gone else None,
        w.tr("Refused by Telegram: {count}", count=w.number(seen.failed)) if seen.failed else None,
        w.tr("Perhaps sent, and not sent again: {count}", count=w.number(seen.not_known))
        if seen.not_known and not runs
        else None,
    )
    stop = [button(w.tr("Stop"), StopBroadcast(broadcast=seen.id))] if runs else []
    return Screen(text, [stop, [home_in_new_message(w)]])  # this message goes on showing how far it is
