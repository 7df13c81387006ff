from __future__ import annotations

import json
import math

import pytest

from websocket_v6.config import Config
from websocket_v6.protocol.decoder import Listed, ListReply
from websocket_v6.protocol.ledger import Ledger, Topic
from websocket_v6.protocol.session import (
    LIST_PATIENCE,
    SNAPSHOT_PATIENCE,
    Close,
    Dead,
    SendHeartbeat,
    SendList,
    SendPing,
    SendRequest,
    Session,
    Verification,
    Wait,
)
from websocket_v6.subscription import Options, StreamMode

CONFIG = Config.load({}, environ={})
BTC, ETH = ("ticker", "KRW-BTC"), ("ticker", "KRW-ETH")


class Line:
    """A session with its ledger and a clock that starts at 100."""

    def __init__(self, *codes: str, config: Config = CONFIG) -> None:
        tickets = iter(f"ticket-{number}" for number in range(1000))
        self.now = 100.0
        self.frames: dict[Topic, float] = {}
        self.received = 0
        self.answers = False
        self.session = Session(
            config,
            self.now,
            lambda: next(tickets),
            self.frames.get,
            lambda: self.received,
            lambda: self.answers,
        )
        self.ledger = Ledger()
        if codes:
            self.ledger.add("a", "ticker", codes, Options())

    def step(self) -> object:
        return self.session.step(self.now, self.ledger)

    def request(self) -> SendRequest:
        action = self.step()
        assert isinstance(action, SendRequest)
        self.session.request_sent(self.now, action.items)
        return action

    def heartbeat(self) -> None:
        assert self.step() == SendHeartbeat()
        self.session.heartbeat_sent(self.now)

    def wait(self) -> Wait:
        action = self.step()
        assert isinstance(action, Wait)
        return action

    def arrived(self, *topics: Topic) -> None:
        for topic in topics:
            self.ledger.collect(topic)
            self.session.wire.arrived(topic)

    def list(self) -> str:
        action = self.step()
        assert isinstance(action, SendList), action
        self.session.list_sent(self.now, action.ticket)
        assert json.loads(action.text)[0]["ticket"] == action.ticket
        return action.ticket

    def reply(self, ticket: str, *codes: str) -> Verification | None:
        return self.session.list_reply(ListReply(ticket, (Listed("ticker", codes),)))


def started(*codes: str) -> Line:
    """Subscribed, heartbeat on, snapshots in."""
    line = Line(*codes)
    line.request()
    line.heartbeat()
    line.arrived(*line.ledger.topics())
    return line


def unchecked(*codes: str) -> Line:
    """The same with nothing to check, so that only changes and pings are left to wait for."""
    line = started(*codes)
    line.session._verify_at = line.session._look_at = math.inf
    return line


def verified(*codes: str) -> tuple[Line, str]:
    """One verification on its way."""
    line = started(*codes)
    line.now += CONFIG.verify_delay
    return line, line.list()


def test_the_first_message_waits_for_nothing_and_the_heartbeat_follows() -> None:
    line = Line("KRW-BTC")
    text = line.request().text
    assert json.loads(text) == [
        {"ticket": "ticket-0"},
        {"type": "ticker", "codes": ["KRW-BTC"]},
    ]
    assert line.session.sends == 1
    line.heartbeat()
    assert line.wait() == Wait(100.0 + CONFIG.verify_delay)


def test_no_heartbeat_when_it_is_off_or_nothing_was_sent() -> None:
    off = Line("KRW-BTC", config=Config.load({"heartbeat_text_ping": False}, environ={}))
    off.request()
    assert isinstance(off.step(), Wait)
    assert Line().wait() == Wait(100.0 + CONFIG.linger)


def test_a_connection_nobody_wants_closes_after_the_linger_time() -> None:
    line = Line()
    line.wait()
    line.now += CONFIG.linger - 0.01
    assert line.wait().until == pytest.approx(100.0 + CONFIG.linger)
    line.now = 100.0 + CONFIG.linger
    assert line.step() == Close()


def test_a_want_ends_the_linger_time() -> None:
    line = unchecked("KRW-BTC")
    line.ledger.remove("a")
    line.wait()
    line.now += CONFIG.linger / 2
    line.ledger.add("b", "ticker", ["KRW-BTC"], Options(StreamMode.ONLY_REALTIME))
    line.step()
    line.ledger.remove("b")
    assert line.wait().until == pytest.approx(line.now + CONFIG.linger)


def test_a_new_code_ends_the_linger_time_as_well() -> None:
    line = unchecked("KRW-BTC")
    line.ledger.remove("a")
    line.wait()
    line.now += CONFIG.linger / 2
    line.ledger.add("b", "ticker", ["KRW-ETH"], Options())
    line.request()
    line.arrived(ETH)
    line.session._verify_at = math.inf
    line.ledger.remove("b")
    assert line.wait().until == pytest.approx(line.now + CONFIG.linger)


def test_an_idle_connection_is_not_verified() -> None:
    line = started("KRW-BTC")
    line.ledger.remove("a")
    line.wait()
    line.session._look_at = math.inf
    line.now += CONFIG.verify_delay
    assert line.wait().until == pytest.approx(100.0 + CONFIG.linger)


def test_a_removal_waits_for_company_and_goes_out_within_a_second() -> None:
    line = started("KRW-BTC", "KRW-ETH")
    line.ledger.remove("a", ["KRW-ETH"])
    due = line.wait().until
    assert due == pytest.approx(100.0 + CONFIG.removal_delay * 0.8)
    assert not line.wait().held
    line.now = due
    assert set(line.request().items) == {BTC}
    line.ledger.add("b", "ticker", ["KRW-ETH"], Options())
    assert set(line.request().items) == {BTC, ETH}


def test_a_removal_that_is_taken_back_is_forgotten() -> None:
    line = unchecked("KRW-BTC", "KRW-ETH")
    line.ledger.remove("a", ["KRW-ETH"])
    line.wait()
    line.now += 0.5
    line.ledger.add("b", "ticker", ["KRW-ETH"], Options(StreamMode.ONLY_REALTIME))
    line.wait()
    line.ledger.remove("b")
    assert line.wait().until == pytest.approx(100.5 + CONFIG.removal_delay * 0.8)


def test_the_rate_limit_holds_a_change_back() -> None:
    line = unchecked("KRW-BTC")
    for number in range(3):
        line.ledger.add(f"more{number}", "ticker", [f"KRW-A{number}"], Options())
        line.request()
        line.session._verify_at = math.inf
    line.ledger.add("last", "ticker", ["KRW-ETH"], Options())
    assert line.wait() == Wait(100.0 + CONFIG.second_window, held=True)
    line.now = line.wait().until
    assert ETH in line.request().items


def test_steady_changes_never_use_up_the_minute() -> None:
    line = unchecked("KRW-BTC")
    sent, longest, added_at = 0, 0.0, None
    for number in range(1000):
        line.now = 101.0 + number * 0.1
        line.session._next_ping = math.inf
        line.session._verify_at = line.session._look_at = math.inf
        if added_at is None:
            added_at = line.now
        line.ledger.add(f"more{number}", "ticker", [f"KRW-A{number}"], Options())
        line.ledger.remove(f"more{number - 20}")
        if isinstance(line.step(), SendRequest):
            longest = max(longest, line.now - added_at)
            added_at = None
            line.request()
            sent += 1
    assert longest < CONFIG.second_window
    assert 100 < sent < 200


def test_a_removal_behind_the_rate_limit_is_not_held_back() -> None:
    line = unchecked("KRW-BTC", "KRW-ETH")
    for _ in range(3):
        line.session._windows.record(line.now)
    line.ledger.remove("a", ["KRW-ETH"])
    assert line.wait() == Wait(100.0 + CONFIG.second_window)
    line.now = 100.0 + CONFIG.removal_delay * 0.8
    assert line.wait() == Wait(100.0 + CONFIG.second_window)
    line.now = 100.0 + CONFIG.second_window
    assert set(line.request().items) == {BTC}


def test_how_long_is_waited() -> None:
    assert (SNAPSHOT_PATIENCE, LIST_PATIENCE) == (5.0, 10.0)


def test_ping_and_pong() -> None:
    line = unchecked("KRW-BTC")
    line.now = 100.0 + CONFIG.ping_interval
    assert line.step() == SendPing()
    line.session.ping_sent(line.now)
    assert not line.session.pong_is_late(line.now + CONFIG.pong_timeout / 2)
    assert line.session.pong_is_late(line.now + CONFIG.pong_timeout / 2 + 0.1)
    line.session.pong()
    assert not line.session.pong_is_late(line.now + 1000)
    line.now += CONFIG.ping_interval - 0.1
    assert isinstance(line.step(), Wait)
    line.now += 0.1
    assert line.step() == SendPing()


def test_a_missing_pong_is_death_and_a_second_ping_does_not_put_it_off() -> None:
    line = started("KRW-BTC")
    line.session.ping_sent(line.now)
    line.session.ping_sent(line.now + 5)
    line.now += CONFIG.pong_timeout - 0.01
    assert not isinstance(line.step(), Dead)
    line.now = 100.0 + CONFIG.pong_timeout
    assert line.step() == Dead(f"no pong within {CONFIG.pong_timeout:g} s of a ping")


def test_everything_held_is_a_quiet_verification() -> None:
    line, ticket = verified("KRW-BTC", "KRW-ETH")
    assert line.session.lists == 1
    assert line.reply("another", "KRW-BTC") is None
    assert line.reply(ticket, "KRW-BTC", "KRW-ETH") == Verification()
    assert line.reply(ticket, "KRW-BTC", "KRW-ETH") is None
    assert isinstance(line.step(), Wait)


def test_a_topic_that_is_missing_is_repaired_once_and_then_not_served() -> None:
    line, ticket = verified("KRW-BTC", "KRW-ETH")
    assert line.reply(ticket, "KRW-BTC") == Verification(repaired=(ETH,))
    assert set(line.request().items) == {BTC, ETH}
    line.now += CONFIG.verify_delay
    assert line.reply(line.list(), "KRW-BTC") == Verification(not_served=(ETH,))
    assert set(line.session.not_served) == {ETH}
    line.now += 1
    assert isinstance(line.step(), Wait), "not sent again"
    line.session.served(ETH)
    assert set(line.session.not_served) == set()


def test_a_topic_lost_again_after_its_repair_gets_another() -> None:
    line, ticket = verified("KRW-BTC", "KRW-ETH")
    line.reply(ticket, "KRW-BTC")
    line.request()
    line.now += CONFIG.verify_delay
    assert line.reply(line.list(), "KRW-BTC", "KRW-ETH") == Verification()
    line.session._verify_at = line.now
    line.now += 1
    assert line.reply(line.list(), "KRW-BTC") == Verification(repaired=(ETH,))


def test_what_should_not_be_held_any_more_is_taken_off_by_a_whole_request() -> None:
    line, ticket = verified("KRW-BTC")
    assert line.reply(ticket, "KRW-BTC", "KRW-XRP") == Verification()
    assert set(line.request().items) == {BTC}


def test_a_reply_from_before_the_last_request_says_nothing() -> None:
    line, ticket = verified("KRW-BTC")
    line.ledger.add("b", "ticker", ["KRW-ETH"], Options())
    line.request()
    assert line.reply(ticket, "KRW-BTC") is None


def test_an_unanswered_list_is_forgotten() -> None:
    line, ticket = verified("KRW-BTC")
    line.now += LIST_PATIENCE - 0.01
    line.step()
    assert line.session._listing is not None
    line.now += 0.02
    line.step()
    assert line.session._listing is None
    assert line.reply(ticket) is None


def crowded(messages: int) -> Line:
    """The request went out, and *messages* stand in the second's window of five."""
    line = Line("KRW-BTC")
    line.request()
    line.arrived(BTC)
    for _ in range(messages - 1):
        line.session._windows.record(line.now)
    return line


def test_the_heartbeat_takes_the_last_free_place_and_waits_for_none() -> None:
    crowded(4).heartbeat()
    line = crowded(5)
    assert line.wait() == Wait(line.now + 0.25)


def test_verification_needs_two_free_places() -> None:
    line = crowded(2)
    line.heartbeat()
    line.session._verify_at = line.now
    line.list()


def test_a_list_is_forgotten_at_the_end_of_its_time() -> None:
    line, _ = verified("KRW-BTC")
    line.now += LIST_PATIENCE
    line.step()
    assert line.session._listing is None


def test_verification_leaves_room_for_changes() -> None:
    line = Line("KRW-BTC")
    for number in range(3):
        line.ledger.add(f"more{number}", "ticker", [f"KRW-A{number}"], Options())
        line.request()
    line.heartbeat()
    line.session._verify_at = line.now
    assert line.wait() == Wait(line.now + 0.25)
    line.now += CONFIG.second_window
    line.list()


def test_the_minute_leaves_room_as_well() -> None:
    line = started("KRW-BTC")
    for number in range(CONFIG.messages_per_minute - 31):
        line.session._windows.record(100.0 + number * 0.5)
    line.now = 100.0 + 33.0
    line.session._next_ping = line.session._look_at = math.inf
    line.session._verify_at = line.now
    assert line.wait() == Wait(line.now + 0.25)
    line.now = 161.01
    line.list()


@pytest.mark.parametrize(
    ("wanted", "held", "fine"),
    [
        (("myOrder", ["*"]), Listed("myOrder", ()), True),
        (("myOrder", ["*"]), Listed("myOrder", ("KRW-BTC",)), True),
        (("myOrder", ["KRW-BTC"]), Listed("myOrder", ()), True),
        (("myOrder", ["KRW-BTC"]), Listed("myAsset", ()), False),
        (("ticker", ["KRW-BTC"]), Listed("ticker", ("KRW-BTC.5",)), True),
        (("ticker", ["KRW-BTC"]), Listed("trade", ("KRW-BTC",)), False),
        (("ticker", ["KRW-BTC"]), Listed("ticker", ()), True),
    ],
)
def test_all_codes_and_chosen_ones_match(
    wanted: tuple[str, list[str]], held: Listed, fine: bool
) -> None:
    line = Line()
    line.ledger.add("a", *wanted, Options())
    line.request()
    line.heartbeat()
    line.arrived(*line.ledger.topics())
    line.now += CONFIG.verify_delay
    verification = line.session.list_reply(ListReply(line.list(), (held,)))
    assert verification is not None
    assert (verification == Verification()) is fine


def test_a_snapshot_that_does_not_come_makes_its_topic_silent_once() -> None:
    line = Line("KRW-BTC", "KRW-ETH")
    line.request()
    line.arrived(BTC)
    assert line.session.overdue_snapshots(100.0 + SNAPSHOT_PATIENCE - 0.01) == ()
    assert line.session.overdue_snapshots(100.0 + SNAPSHOT_PATIENCE) == (ETH,)
    assert set(line.session.not_served) == {ETH}
    assert line.session.overdue_snapshots(200.0) == ()


def test_a_topic_that_goes_quiet_is_looked_at() -> None:
    line = started("KRW-BTC", "KRW-ETH")
    session, bound = line.session, CONFIG.silence_suspicion
    now = 100.0 + bound
    quiet = [(BTC, 100.0, 0.0), (ETH, now - 1, 0.0)]
    assert session.suspicious(100.5, quiet) == (), "looked at once a second"
    assert session.suspicious(now - 0.1, quiet) == ()
    assert session.suspicious(now + 1, quiet) == (BTC,)
    assert session._verify_at <= now + 1
    assert session.suspicious(now + 3, quiet) == (), "already reported"
    again = [(BTC, now + 4, 0.0), (ETH, now + 4 + bound, 0.0)]
    assert session.suspicious(now + 4 + bound, again) == (BTC,)


@pytest.mark.parametrize("flowing", [True, False])
def test_a_topic_that_stays_quiet_is_looked_at_more_and_more_seldom(flowing: bool) -> None:
    session = started("KRW-BTC", "KRW-ETH").session
    looks = []
    for second in range(2000):
        now = 100.0 + second
        other = [(ETH, now, 1.0)] if flowing else []
        if session.suspicious(now, [(BTC, 100.0, 0.0), *other]):
            looks.append(second)
    assert looks == [30, 60, 120, 240, 480, 780, 1080, 1380, 1680, 1980]


def test_a_check_shows_all_topics_at_once() -> None:
    session = started("KRW-BTC", "KRW-ETH").session
    looks = []
    for second in range(240):
        now = 100.0 + second
        if session.suspicious(now, [(BTC, 100.0, 0.0), (ETH, 110.0, 0.0)]):
            looks.append(second)
    # The other one is silent for long enough ten seconds after the first, and they stay together.
    assert looks == [30, 40, 70, 130]


def test_a_frame_ends_the_quiet_and_the_next_one_is_looked_at_as_soon() -> None:
    session = started("KRW-BTC").session
    for second in range(400):
        session.suspicious(100.0 + second, [(BTC, 100.0, 0.0)])
    assert session.suspicious(529.0, [(BTC, 500.0, 0.0)]) == ()
    assert session.suspicious(530.0, [(BTC, 500.0, 0.0)]) == (BTC,)
    assert session.suspicious(560.0, [(BTC, 500.0, 0.0)]) == (BTC,)


@pytest.mark.parametrize(
    ("says_something", "has_answered_before", "dead"),
    [(False, True, True), (True, True, False), (False, False, False)],
)
def test_who_answers_pings_and_nothing_else_is_dead(
    says_something: bool, has_answered_before: bool, dead: bool
) -> None:
    line = started("KRW-BTC")
    line.received, line.answers = 7, has_answered_before
    line.now += CONFIG.verify_delay
    line.list()
    line.received += says_something
    line.now += LIST_PATIENCE - 0.1
    assert isinstance(line.step(), Wait)
    line.now += 0.1
    assert isinstance(line.step(), Dead) is dead


def test_what_has_sent_nothing_yet_is_looked_at_from_its_request_on() -> None:
    session, bound = started("KRW-BTC", "KRW-ETH").session, CONFIG.silence_suspicion
    assert session.suspicious(100.0 + bound - 0.1, [(BTC, None, 0.0)]) == ()
    assert session.suspicious(100.0 + bound + 1, [(BTC, None, 0.0)]) == (BTC,)
    assert session.suspicious(100.0 + 2 * bound, [(BTC, None, 0.0)]) == ()
    assert session.suspicious(100.0 + 2 * bound + 1, [(BTC, None, 0.0)]) == (BTC,)


def test_what_is_not_served_is_not_looked_at_for_ever() -> None:
    line = started("KRW-BTC", "KRW-ETH")
    for _ in range(2):
        line.now += CONFIG.verify_delay
        line.reply(line.list(), "KRW-ETH")
        if line.session.sends == 1:
            line.request()
    assert set(line.session.not_served) == {BTC}
    assert line.session.suspicious(1000.0, [(BTC, None, 0.0), (ETH, None, 0.0)]) == (ETH,)


@pytest.mark.parametrize(
    ("gap", "silent_for", "expected"),
    [
        (0.0, CONFIG.silence_suspicion, True),
        (4.0, CONFIG.silence_suspicion, False),
        (4.0, 40.0, True),
        (50.0, CONFIG.silence_suspicion_max, True),
        (50.0, CONFIG.silence_suspicion_max - 1, False),
    ],
)
def test_how_long_silence_may_last(gap: float, silent_for: float, expected: bool) -> None:
    session = started("KRW-BTC", "KRW-ETH").session
    now = 1000.0
    frames = [(BTC, now - silent_for, gap), (ETH, now, 0.0)]
    assert bool(session.suspicious(now, frames)) is expected


def test_nothing_is_suspicious_when_nothing_is_there() -> None:
    assert started("KRW-BTC").session.suspicious(1100.0, []) == ()


def test_a_change_is_held_back_to_the_last_moment_of_the_limit() -> None:
    line = unchecked("KRW-BTC")
    for _ in range(3):
        line.session._windows.record(line.now)
    line.ledger.add("more", "ticker", ["KRW-ETH"], Options())
    line.now = 100.0 + CONFIG.second_window - 0.1
    assert line.wait() == Wait(pytest.approx(100.0 + CONFIG.second_window), held=True)


def busy_minute(free: int) -> Line:
    """Subscribed; *free* messages are left in this minute and all of this second's."""
    line = Line("KRW-BTC")
    line.request()
    line.arrived(BTC)
    for number in range(CONFIG.messages_per_minute - free - 1):
        line.session._windows.record(100.0 + number * 0.5)
    line.now = 150.0
    line.session._next_ping = line.session._look_at = line.session._verify_at = math.inf
    return line


def test_the_heartbeat_takes_the_last_place_of_a_minute_as_well() -> None:
    busy_minute(1).heartbeat()
    line = busy_minute(0)
    assert line.wait() == Wait(line.now + 0.25)


def test_verification_needs_thirty_places_of_a_minute() -> None:
    line = busy_minute(31)
    line.heartbeat()
    line.session._verify_at = line.now
    line.list()
    line = busy_minute(30)
    line.heartbeat()
    line.session._verify_at = line.now
    assert line.wait() == Wait(line.now + 0.25)


def test_lists_and_heartbeats_count_as_messages() -> None:
    line = Line("KRW-BTC")
    line.session.heartbeat_sent(line.now)
    line.session.list_sent(line.now, "ticket")
    second, minute = CONFIG.messages_per_second, CONFIG.messages_per_minute
    assert line.session._windows.free(line.now) == (second - 2, minute - 2)
    line.session.request_sent(line.now, {})
    assert line.session._windows.free(line.now) == (second - 3, minute - 3)


def test_a_snapshot_that_is_all_that_was_wanted_is_missed_until_it_came() -> None:
    def listed_nothing(*, arrived: bool) -> Verification | None:
        line = Line()
        line.ledger.add("a", "ticker", ["KRW-BTC"], Options(StreamMode.ONLY_SNAPSHOT))
        line.ledger.add("b", "ticker", ["KRW-ETH"], Options())
        line.request()
        line.heartbeat()
        line.arrived(*([BTC, ETH] if arrived else [ETH]))
        line.session.list_sent(line.now, "list")
        return line.reply("list", "KRW-ETH")

    assert listed_nothing(arrived=False) == Verification(repaired=(BTC,))
    assert listed_nothing(arrived=True) == Verification()


def test_what_is_listed_again_is_served_again() -> None:
    line, ticket = verified("KRW-BTC", "KRW-ETH")
    line.reply(ticket, "KRW-BTC")
    line.request()
    line.arrived(BTC, ETH)
    line.session.list_sent(line.now, "second")
    assert line.reply("second", "KRW-BTC") == Verification(not_served=(ETH,))
    line.session.list_sent(line.now, "third")
    assert line.reply("third", "KRW-BTC", "KRW-ETH") == Verification()
    assert set(line.session.not_served) == set()


def test_what_is_listed_but_has_not_sent_its_snapshot_stays_silent() -> None:
    line = Line("KRW-BTC")
    line.request()
    assert line.session.overdue_snapshots(100.0 + SNAPSHOT_PATIENCE) == (BTC,)
    line.session.list_sent(line.now, "list")
    assert line.reply("list", "KRW-BTC") == Verification()
    assert set(line.session.not_served) == {BTC}


def test_a_stale_topic_is_taken_off_once_and_not_for_ever() -> None:
    line, ticket = verified("KRW-BTC")
    line.reply(ticket, "KRW-BTC", "KRW-XRP")
    line.request()
    line.arrived(BTC)
    line.session.list_sent(line.now, "second")
    assert line.reply("second", "KRW-BTC", "KRW-XRP") == Verification()
    line.session._verify_at = line.session._look_at = math.inf
    assert isinstance(line.step(), Wait)


def test_silence_is_looked_for_once_a_second() -> None:
    line = started("KRW-BTC", "KRW-ETH")
    session = line.session
    bound = CONFIG.silence_suspicion
    quiet = [(BTC, 100.0, 0.0), (ETH, 100.0 + bound, 0.0)]
    assert session.suspicious(100.0 + bound - 0.5, [(BTC, 100.0, 0.0)]) == ()
    assert session.suspicious(100.0 + bound + 0.4, quiet) == (), "not yet a second later"
    assert session.suspicious(100.0 + bound + 0.5, quiet) == (BTC,)
    session._verify_at = math.inf
    line.now = 100.0 + bound + 0.5
    session._next_ping = math.inf
    assert line.wait().until == pytest.approx(line.now + 1.0)


def test_a_verification_that_is_due_is_not_put_off_by_a_suspicion() -> None:
    session = started("KRW-BTC", "KRW-ETH").session
    session._verify_at = 900.0
    bound = CONFIG.silence_suspicion
    assert session.suspicious(1000.0, [(BTC, 1000.0 - bound, 0.0), (ETH, 1000.0, 0.0)]) == (BTC,)
    assert session._verify_at == 900.0


def test_every_quiet_topic_is_named() -> None:
    session = started("KRW-BTC", "KRW-ETH").session
    third = ("ticker", "KRW-XRP")
    frames = [(BTC, 0.0, 0.0), (ETH, 1000.0, 0.0), (third, 1.0, 0.0)]
    assert session.suspicious(1000.0, frames) == (BTC, third)


def test_each_removal_waits_anew() -> None:
    line = unchecked("KRW-BTC", "KRW-ETH", "KRW-XRP")
    line.ledger.remove("a", ["KRW-ETH"])
    line.now = line.wait().until
    line.request()
    line.ledger.remove("a", ["KRW-XRP"])
    line.session._verify_at = math.inf
    assert line.wait().until == pytest.approx(line.now + CONFIG.removal_delay * 0.8)


def test_a_suspicion_asks_for_a_check_now() -> None:
    session = started("KRW-BTC", "KRW-ETH").session
    session._verify_at = math.inf
    bound = CONFIG.silence_suspicion
    session.suspicious(1000.0, [(BTC, 1000.0 - bound, 0.0), (ETH, 1000.0, 0.0)])
    assert session._verify_at == 1000.0


@pytest.mark.parametrize(
    ("data_type", "held", "stale"),
    [
        ("myOrder", [Listed("myOrder", ())], False),
        ("myOrder", [Listed("myOrder", ("KRW-BTC", "KRW-XRP"))], True),
        ("myOrder", [Listed("myOrder", ()), Listed("myAsset", ())], True),
        ("ticker", [Listed("ticker", ("KRW-BTC",)), Listed("ticker", ())], True),
    ],
)
def test_what_is_more_than_was_wanted(data_type: str, held: list[Listed], stale: bool) -> None:
    line = Line()
    line.ledger.add("a", data_type, ["KRW-BTC"], Options())
    line.request()
    line.heartbeat()
    line.arrived(*line.ledger.topics())
    line.session.list_sent(line.now, "list")
    assert line.session.list_reply(ListReply("list", tuple(held))) == Verification()
    line.now += 0.1
    assert isinstance(line.step(), SendRequest) is stale


@pytest.mark.parametrize("gap", [0.0, 0.3, 0.7, 1.15, 1.4, 3.0])
def test_no_change_waits_longer_than_the_burst_of_a_second(gap: float) -> None:
    """However often somebody changes its mind: checks never take the place of changes."""
    line, waits, due = Line("KRW-BTC"), [], None
    line.session._next_ping = math.inf
    end, next_change, number = line.now + 300.0, line.now, 0
    while line.now < end:
        if due is None and line.now >= next_change:
            line.ledger.add(
                "change", "ticker", [f"KRW-A{number}"], Options(StreamMode.ONLY_REALTIME)
            )
            due, number = line.now, number + 1
        line.session.suspicious(line.now, ())
        match line.step():
            case SendRequest() as action:
                line.session.request_sent(line.now, action.items)
                if due is not None:
                    waits.append(line.now - due)
                    next_change, due = line.now + gap, None
                    line.ledger.remove("change")
            case SendList() as action:
                line.session.list_sent(line.now, action.ticket)
            case SendHeartbeat():
                line.session.heartbeat_sent(line.now)
            case Wait() as action:
                line.now = min(action.until, next_change if due is None else math.inf)
    assert len(waits) > 300.0 / (gap + 2.0)
    assert max(waits) <= CONFIG.second_window + 1e-6


def test_a_list_that_is_not_answered_is_asked_for_again_more_and_more_seldom() -> None:
    line, _ = verified("KRW-BTC")
    line.session._next_ping = math.inf
    asked = []
    for tenth in range(1, 9000):
        line.now = 101.0 + tenth / 10
        line.session._look_at = math.inf
        action = line.step()
        if isinstance(action, SendList):
            asked.append(line.now - 101.0)
            line.session.list_sent(line.now, action.ticket)
    assert asked == pytest.approx([10, 30, 70, 150, 310, 620])


def test_an_answer_makes_the_next_unanswered_list_the_first() -> None:
    line, ticket = verified("KRW-BTC")
    line.session._next_ping = math.inf
    for wait in (0, 10, 30):
        line.now += LIST_PATIENCE
        line.step()
        line.now += wait
        ticket = line.list()
    line.reply(ticket, "KRW-BTC")
    line.session._verify_at = line.now
    line.list()
    line.now += LIST_PATIENCE
    line.list()


def test_a_topic_that_sends_frames_is_served_without_a_snapshot() -> None:
    line = Line("KRW-BTC", "KRW-ETH")
    line.request()
    line.frames[BTC] = 101.0
    assert line.session.overdue_snapshots(100.0 + SNAPSHOT_PATIENCE) == (ETH,)
    assert line.session.is_silent(ETH)
    assert not line.session.is_silent(BTC)
    line.frames[ETH] = 100.0 + SNAPSHOT_PATIENCE
    assert line.session.is_silent(ETH)
    line.frames[ETH] += 0.01
    assert not line.session.is_silent(ETH)


def repaired_and_still_missing(last: float | None) -> tuple[Line, str]:
    """ETH was asked for again at 101 and sent its last frame at *last*; a list is on its way."""
    line, ticket = verified("KRW-BTC", "KRW-ETH")
    line.reply(ticket, "KRW-BTC")
    line.request()
    if last is not None:
        line.frames[ETH] = last
    line.now += CONFIG.verify_delay
    return line, line.list()


def test_what_is_missing_from_the_list_and_sends_frames_is_served() -> None:
    line, ticket = repaired_and_still_missing(101.5)
    assert line.reply(ticket, "KRW-BTC") == Verification()
    assert not line.session.is_silent(ETH)
    assert isinstance(line.step(), Wait), "not sent again"


@pytest.mark.parametrize("last", [None, 100.5, 101.0])
def test_frames_from_before_the_repair_prove_nothing(last: float | None) -> None:
    line, ticket = repaired_and_still_missing(last)
    assert line.reply(ticket, "KRW-BTC") == Verification(not_served=(ETH,))
    assert line.session.is_silent(ETH)


def test_what_was_served_after_its_repair_and_fell_silent_is_repaired_again() -> None:
    line, ticket = repaired_and_still_missing(101.5)
    line.reply(ticket, "KRW-BTC")
    line.now = 101.5 + CONFIG.silence_suspicion
    line.session.list_sent(line.now, "later")
    assert line.reply("later", "KRW-BTC") == Verification(repaired=(ETH,))


def test_a_list_that_lacks_what_flows_is_not_believed() -> None:
    line, ticket = verified("KRW-BTC", "KRW-ETH")
    line.reply(ticket)
    line.request()
    line.frames.update({BTC: 102.0, ETH: 140.0})
    line.now = 140.5
    line.session.list_sent(line.now, "later")
    assert line.reply("later") == Verification()


@pytest.mark.parametrize(("seconds", "may"), [(0.0, True), (5.0, True), (5.1, False)])
def test_which_errors_may_answer_a_request(seconds: float, may: bool) -> None:
    assert not Line("KRW-BTC").session.may_answer(100.0)
    assert started("KRW-BTC").session.may_answer(100.0 + seconds) is may
