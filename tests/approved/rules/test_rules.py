from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from handlers.ground.proxy_buttons import Chosen
from handlers.ground.rule_words import scope_name, sum_name
from handlers.ground.screen import Screen
from handlers.ground.words import Words
from handlers.rules.list import rules_screen
from handlers.rules.new import (
    NEW_RULE,
    CreateRule,
    how_to_choose_screen,
    new_rule_screen,
    offered_screen,
    too_many_rules_screen,
    which_screen,
)
from handlers.rules.rule import (
    LIMITS,
    changed_rule_text,
    limit_question,
    number_screen,
    remove_question,
    sum_from,
    wrong_limit_screen,
)
from handlers.rules.rule_screen import ShownRule, TypeLimit, rule_screen
from model.rules import Limit
from services.rules.plan import Preview, Step
from tests.approved.approving import EN, IN_BERLIN, RU, State, approve
from tests.sample_proxies import NOW
from tests.sample_rules import a_rule

SOME = Decimal("500.00")


def a_step(count: int = 1, days: int = 3, stop: Limit | None = None) -> Step:
    return Step(NOW + timedelta(days=days), count, Decimal("21.00") * count, stop)


def shown(*steps: Step, **preview: object) -> ShownRule:
    return ShownRule(a_rule(), replace(Preview(steps=steps), **preview), "RUB")  # type: ignore[arg-type]


def screen(w: Words, of: ShownRule) -> Screen:
    return rule_screen(w, of, 2)


def lists() -> Iterator[State]:
    for on in (True, False):
        yield f"no rules, on {on}", rules_screen(EN, [], 1, on=on)
    rule, off, stopped = a_rule(), a_rule(id=4, on=False, period=7), a_rule(id=5, on=False, stopped="key")
    for on in (True, False):
        yield f"three rules, on {on}", rules_screen(EN, [rule, off, stopped], 1, on=on)
    yield "all of them are off", rules_screen(EN, [off], 1, on=True)
    many = [a_rule(id=number) for number in range(11)]
    for count, page in ((5, 1), (6, 1), (6, 2), (10, 2), (11, 3), (11, 9)):
        yield f"page {page} of {count} rules", rules_screen(EN, many[:count], page, on=True)
    for count in (1, 2, 5):
        yield f"Russian: {count} rules", rules_screen(RU, many[:count], 1, on=True).text


def scopes() -> Iterator[State]:
    values = [("all", ""), ("comment", "shop"), ("comment", ""), ("comment", "fifteen letters"), ("country", "de")]
    for scope, value in [*values, *(("ids", list(range(count))) for count in (1, 2, 5, 21))]:
        rule = a_rule(scope=scope, value=value)
        yield f"scope {scope} {value}", [scope_name(EN, rule), scope_name(RU, rule)]
    for at_most in (False, True):
        yield f"sum, at most {at_most}", sum_name(EN, SOME, "RUB", at_most=at_most)
    for scope in ("country", "comment"):
        for count in (0, 1, 6, 7, 10, 11, 12, 13):
            values_ = [f"{'abcdefghijklm'[nth]}e" for nth in range(count)]
            yield f"which {scope} of {count}", which_screen(EN, scope, values_, 1)
        yield (
            f"which {scope}, past the last page",
            which_screen(RU, scope, ["de", "us"], 5),
        )
    yield "chosen proxies", how_to_choose_screen(EN)


def rules() -> Iterator[State]:
    for hours, period in ((1, 7), (2, 21), (24, 90)):
        one = replace(shown(), rule=a_rule(hours=hours, period=period))
        yield f"{hours} hours before, {period} days", [screen(EN, one), screen(RU, one)]
    limits = [
        {"cap_run": SOME},
        {"cap_month": SOME},
        {"floor": SOME},
        {"cap_run": Decimal(0), "cap_month": SOME, "floor": SOME},
    ]
    for each in limits:
        yield f"limits: {', '.join(each)}", screen(EN, replace(shown(), rule=a_rule(**each))).text
    for on in (True, False):
        for quiet in (True, False):
            yield f"on {on}, quiet {quiet}", screen(EN, replace(shown(), rule=a_rule(on=on, quiet=quiet)))
    for why in ("key", "price", "period", "cap_run", "cap_month", "account", "currency", "refused"):
        yield f"stopped: {why}", screen(EN, replace(shown(), rule=a_rule(on=False, stopped=why))).text
    for on in (True, False):
        for stopped in (None, "price"):
            rule = a_rule(on=on, stopped=stopped)
            idle = replace(shown(), rule=rule, all_stopped=True)
            yield f"all rules stopped, on {on}, stopped {stopped}", [screen(w, idle).text for w in (EN, RU)]
    yield "limits lost", screen(RU, replace(shown(), lost="USD")).text


def previews() -> Iterator[State]:
    for count in (1, 2, 3, 4):
        yield (
            f"preview: {count} runs",
            screen(EN, shown(*(a_step(nth, nth) for nth in range(1, count + 1)))).text,
        )
    stop: Limit
    for stop in ("money", "cap_run", "cap_month"):
        yield f"preview: stopped by {stop}", screen(EN, shown(a_step(), a_step(2, 9, stop))).text
    for stop in ("money", "cap_run", "cap_month"):
        yield f"preview: stopped at once by {stop}", screen(EN, shown(a_step(0, 3, stop))).text
        late = shown(a_step(), a_step(0, 9, stop))
        yield f"preview: stopped before the first of a run by {stop}", screen(EN, late).text
    yield "preview: at most", screen(IN_BERLIN, shown(a_step(), at_most=True)).text
    yield "preview: refused", screen(EN, shown(refused=True)).text
    for count in (1, 2):
        yield f"preview: {count} taken, {count} unpriced", screen(EN, shown(taken=count, unpriced=count)).text
    yield "Russian: preview", screen(RU, shown(a_step(21), a_step(5, 9, "money"), taken=2, unpriced=5)).text


def numbers() -> Iterator[State]:
    for name in ("hours", "period"):
        yield f"choice of {name}", number_screen(EN, a_rule(), name)
        yield f"Russian: choice of {name}", number_screen(RU, a_rule(hours=1, period=7), name)
    for text in (
        "0",
        "500",
        "99.5",
        "99,50",
        "1 204,50",
        "0.001",
        "10000000",
        "10000000.01",
        "-1",
        "",
        ".",
        "1.2.3",
        "1e3",
    ):
        yield f"sum from {text!r}", str(sum_from(text))


def questions() -> Iterator[State]:
    for name in LIMITS:
        asked = TypeLimit(rule=3, name=name)
        yield (
            f"asks for {name}",
            [
                limit_question(EN, asked, a_rule(floor=Decimal(500))),
                limit_question(RU, asked, a_rule(currency="USD"), unchanged=True),
            ],
        )
        yield f"no {name}", [wrong_limit_screen(w, asked) for w in (EN, RU)]
    for scope, value in (("all", ""), ("comment", "shop")):
        rule = a_rule(scope=scope, value=value)
        yield f"remove: {scope}", [remove_question(w, rule) for w in (EN, RU)]
    yield "a rule that was changed", [changed_rule_text(w) for w in (EN, RU)]
    yield "a new rule", [new_rule_screen(w) for w in (EN, RU)]
    for create, back in (
        (CreateRule(scope="all"), NEW_RULE),
        (CreateRule(scope="ids", value="18"), Chosen(ticks="18")),
    ):
        rule = a_rule(id=0, scope=create.scope, value=[15, 16], on=False)
        offered = replace(shown(a_step()), rule=rule)
        yield f"offered: {create.scope}", [offered_screen(w, offered, create, back) for w in (EN, RU)]
    yield "too many rules", [too_many_rules_screen(w) for w in (EN, RU)]


def states() -> Iterator[State]:
    for table in (lists, scopes, rules, previews, numbers, questions):
        yield from table()


def test_every_rule_reads_as_approved() -> None:
    approve(__file__, states())
