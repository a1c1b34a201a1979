"""What people are sent: what happened, then what to do; codes and addresses, and no name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.alert_words import Message, Reader, build_test, line_of, messages_of
from scheduler.alerts import (
    Alert,
    AlertKind,
    Facts,
    GreenFacts,
    InvitationFacts,
    KeptFacts,
    ProcedureFacts,
    Seen,
    SlotFacts,
    StopFacts,
    WeekFacts,
    find_alerts,
)
from scheduler.telling import Due
from temoin.messages import use_language
from temoin.records import Mode, Outcome

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
DAY = timedelta(days=1)
READER = Reader(now=NOW, zone="Europe/Paris")
URL = "https://www.exemple.invalid/booking/create/4963?a=1&b=2"
THEN = "Then say what came of it: “temoin journal add slot_response --case A1 --attempt 7 --on 2026-11-23 --result …”."


def slot(*, sequence: int = 7, waiting: tuple[str, ...] = ("A1",), simulated: bool = False) -> SlotFacts:
    return SlotFacts(
        sequence=sequence, at=NOW, procedure="creteil", url=URL, simulated=simulated, waiting=waiting, followed=True
    )


def procedure(name: str = "creteil", *outcomes: Outcome, reason: str | None = None) -> ProcedureFacts:
    recent = tuple(
        Seen(sequence=90 - place, at=NOW - place * DAY, mode=Mode.UNATTENDED, outcome=outcome, reason=reason)
        for place, outcome in enumerate(outcomes)
    )
    last, proof = recent[0].at if recent else None, NOW - 5 * DAY
    return ProcedureFacts(id=name, url=URL, simulated=False, recent=recent, last_visit=last, last_proof=proof)


def invitation(**changes: Any) -> InvitationFacts:
    given = {"procedure": "a", "url": URL, "simulated": False, "due": NOW, "closes": NOW + timedelta(hours=1)}
    return InvitationFacts(**{**given, "cases": ("A1",), **changes})


def told(facts: Facts, times: int = 0) -> tuple[Message, ...]:
    return messages_of([Due(alert=alert, times=times) for alert in find_alerts(facts)], READER)


def one(facts: Facts, times: int = 0) -> Message:
    (message,) = told(facts, times)
    return message


def test_a_slot_is_told_with_its_address_and_what_to_say_afterwards() -> None:
    message = one(Facts(now=NOW, slots=(slot(),)))
    assert message == Message(
        keys=("slot:7",),
        title="An appointment may be free",
        body=f"creteil: seen on 2026-11-23 at 10:05. Open it now:\n{URL}\n{THEN}",
        urgent=True,
    )


def test_a_slot_of_several_cases_names_their_codes() -> None:
    body = one(Facts(now=NOW, slots=(slot(waiting=("A1", "B2")),))).body
    assert body.endswith(f"{THEN}\nFor these cases: A1, B2.")


def test_a_slot_that_nobody_follows_asks_for_no_answer() -> None:
    assert messages_of(
        [Due(alert=Alert(key="slot:7", kind=AlertKind.SLOT_SEEN, subject=slot(waiting=())), times=0)], READER
    )[0].body.endswith(URL)


def test_a_slot_is_reminded_of_on_the_first_hour_and_asked_after_later() -> None:
    facts = Facts(now=NOW, slots=(slot(),))
    assert [one(facts, times).title for times in range(4)] == [
        "An appointment may be free",
        "Reminder: an appointment may be free",
        "Reminder: an appointment may be free",
        "What came of the appointment that was seen?",
    ]
    later = "creteil: an appointment was seen on 2026-11-23 at 10:05. Nobody has said what came of it."
    assert one(facts, 3).body == f"{later}\n{THEN}"


def test_new_slots_are_messages_of_their_own_and_old_ones_go_together_behind_them() -> None:
    alerts = find_alerts(Facts(now=NOW, slots=tuple(slot(sequence=number) for number in (7, 8, 9, 10))))
    due = [Due(alert=alert, times=times) for alert, times in zip(alerts, (5, 0, 3, 1), strict=True)]
    assert [message.keys for message in messages_of(due, READER)] == [("slot:8",), ("slot:10",), ("slot:7", "slot:9")]


def test_what_is_simulated_says_so() -> None:
    assert one(Facts(now=NOW, slots=(slot(simulated=True),))).title == "SIMULATION: An appointment may be free"
    stop = StopFacts(host="127.0.0.1:9", procedure=None, until=NOW, simulated=True)
    assert one(Facts(now=NOW, stops=(stop,))).title == "SIMULATION: A site refused the visit"


def test_failures_of_many_procedures_are_one_message() -> None:
    names = [f"p{number:02}" for number in range(13)]
    failing = tuple(procedure(name, *[Outcome.UNREACHABLE] * 3) for name in names)
    message = one(Facts(now=NOW, procedures=failing))
    lines = message.body.splitlines()
    assert (message.title, len(message.keys), len(lines)) == ("Attempts fail", 13, 12)
    assert lines[0] == (
        "p00: 3 attempts in a row, since 2026-11-21 at 10:05. Last visit: today. "
        "Last one that found no appointment: 5 days ago."
    )
    assert lines[10] == "… and 3 more."
    assert "“temoin photo” photographs what it shows" in lines[11]
    assert "“temoin journal add screenshot” takes a screenshot of your own" in lines[11]


SINGLE = {
    "a closed case": (
        Facts(now=NOW, kept=(KeptFacts(month="2026-11", mark="5a5a", sentence="Case A1 has been closed."),)),
        "A closed case is still kept",
        "Case A1 has been closed.",
    ),
    "a changed page": (
        Facts(now=NOW, procedures=(procedure("a", *[Outcome.UNRECOGNISED] * 2),)),
        "A page is no longer recognised",
        "a: 2 attempts in a row, since 2026-11-22 at 10:05.",
    ),
    "a hidden sentence": (
        Facts(now=NOW, procedures=(procedure("a", Outcome.UNRECOGNISED, reason="sentence_covered"),)),
        "A picture lacks its sentence",
        "a: 1 attempt, on 2026-11-23 at 10:05.",
    ),
    "a site that led on": (
        Facts(now=NOW, procedures=(procedure("a", Outcome.UNRECOGNISED, reason="stopped_at_boundary"),)),
        "Look at the site yourself",
        f"a: on 2026-11-23 at 10:05 the site led past the question. An appointment may be free. Open it now:\n{URL}",
    ),
    "missed visits": (
        Facts(now=NOW, procedures=(procedure("a", *[Outcome.MISSED] * 2),)),
        "Planned visits were missed",
        "a: 2 planned visits did not take place, since 2026-11-22 at 10:05.",
    ),
    "an assisted try": (
        Facts(now=NOW, invitations=(invitation(),)),
        "A try waits for you",
        (
            f"a: on 2026-11-23 at 10:05, until 11:05. “temoin tour a” opens the window.\n{URL}\n"
            "An hour later: “temoin tour --later”. Not today: “temoin tour --decline”."
        ),
    ),
    "an assisted try of several cases": (
        Facts(now=NOW, invitations=(invitation(cases=("A1", "B2")),)),
        "A try waits for you",
        f"a: on 2026-11-23 at 10:05, until 11:05. “temoin tour a” opens the window.\nFor these cases: A1, B2.\n{URL}\n",
    ),
    "assisted tries that nobody made": (
        Facts(now=NOW, procedures=(procedure("a", *[Outcome.MISSED] * 2, reason="invitation_not_followed"),)),
        "Invitations were not followed",
        "a: 2 invitations in a row were not followed, since 2026-11-22 at 10:05.",
    ),
    "nobody watching": (
        Facts(now=NOW, procedures=(ProcedureFacts(id="a", url=URL, simulated=False, overdue=(NOW - DAY,)),)),
        "Témoin is not running",
        "a: 1 planned visit did not take place, on 2026-11-22 at 10:05. Last visit: never.",
    ),
    "a host that refused": (
        Facts(now=NOW, stops=(StopFacts(host="rdv.exemple.invalid", procedure=None, until=NOW + DAY),)),
        "A site refused the visit",
        "rdv.exemple.invalid: no visit before 2026-11-24 at 10:05.\nTémoin leaves it alone for that long.",
    ),
    "an assisted try that was refused": (
        Facts(now=NOW, stops=(StopFacts(host="rdv.exemple.invalid", procedure="a", until=NOW + DAY),)),
        "A site refused the visit",
        "a, rdv.exemple.invalid: no visit before 2026-11-24 at 10:05.",
    ),
    "a full disk": (
        Facts(now=NOW, free_bytes=123_456_789),
        "The disk is nearly full",
        "123 MB are left where the evidence is kept.",
    ),
    "a clock": (
        Facts(now=NOW, clock_offset=timedelta(seconds=61)),
        "This computer’s clock is wrong",
        "It is 61 seconds off.",
    ),
    "authorities": (
        Facts(now=NOW, authorities_silent_since=NOW - 2 * DAY),
        "No timestamp is had",
        "No authority has answered since 2026-11-21 at 10:05.",
    ),
    "a green level": (
        Facts(now=NOW, greens=(GreenFacts(case="A1", mark="5a5a", procedure="a"),)),
        "The proof of attempts is green",
        "Case A1, a: the landmarks are reached, and the judge weighs freely.",
    ),
    "a week": (
        Facts(now=NOW, weeks=(WeekFacts(week="2026-W47", case="A1", mark="5a5a", attempts=1, proofs=1),)),
        "The past week",
        "Case A1, week 2026-W47: 1 attempt; 1 without an appointment, by your own hand: 0.\nOne try a week by your own",
    ),
    "a week of all kinds": (
        Facts(
            now=NOW,
            weeks=(
                WeekFacts(
                    week="2026-W47",
                    case="A1",
                    mark="5a5a",
                    attempts=9,
                    proofs=5,
                    dysfunctions=2,
                    refusals=1,
                    slots=1,
                    missed=3,
                    by_hand=2,
                ),
            ),
        ),
        "The past week",
        (
            "Case A1, week 2026-W47: 9 attempts; 5 without an appointment, failures of the site: 2, refusals: 1, "
            "slots seen: 1, planned and missed: 3, by your own hand: 2."
        ),
    ),
}


@pytest.mark.parametrize(("facts", "title", "begins"), SINGLE.values(), ids=SINGLE.keys())
def test_each_kind_says_what_happened(facts: Facts, title: str, begins: str) -> None:
    message = one(facts)
    assert (message.title, message.body[: len(begins)]) == (title, begins)


def test_every_kind_is_among_these_tests() -> None:
    assert {alert.kind for facts, _title, _begins in SINGLE.values() for alert in find_alerts(facts)} == set(
        AlertKind
    ) - {AlertKind.SLOT_SEEN, AlertKind.FAILING}


def test_a_week_in_which_everybody_tried_by_hand_suggests_nothing() -> None:
    week = WeekFacts(week="2026-W47", case="A1", mark="5a5a", attempts=9, proofs=5, by_hand=1)
    assert "\n" not in one(Facts(now=NOW, weeks=(week,))).body


def test_it_is_said_in_french() -> None:
    use_language("fr")
    message = one(Facts(now=NOW, slots=(slot(),)))
    assert message.title == "Un rendez-vous est peut-être libre"
    assert message.body.splitlines()[0] == "creteil\u00a0: vu le 23/11/2026 à 10:05. Ouvrez la page maintenant\u00a0:"
    assert build_test().title == "Témoin\u00a0: essai"


def test_a_reader_who_knows_a_label_is_told_that_one() -> None:
    labelled = Reader(now=NOW, zone="Europe/Paris", names={"creteil": "Titre de séjour"})
    every = (
        Facts(now=NOW, procedures=(procedure("creteil", *[Outcome.UNREACHABLE] * 3),)),
        Facts(now=NOW, procedures=(procedure("creteil", *[Outcome.UNRECOGNISED] * 2),)),
        Facts(now=NOW, stops=(StopFacts(host="rdv.exemple.invalid", procedure="creteil", until=NOW + DAY),)),
        Facts(now=NOW, greens=(GreenFacts(case="A1", mark="5a5a", procedure="creteil"),)),
    )
    lines = [line_of(alert, labelled) for facts in every for alert in find_alerts(facts)]
    assert len(lines) == len(every)
    assert all("Titre de séjour" in line and "creteil" not in line for line in lines)
