"""Why the gauge stands where it does, in sentences for the person (pure, but for the language that is spoken).

In the order of what matters to the person: what makes the gauge pointless, what cannot wait for it, what the proof
holds and lacks with the day each could be reached, what else was seen, what the law says of this kind of request.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from exhibits.gauge import (
    CaseFacts,
    Gauge,
    Landmarks,
    Level,
    StepsFacts,
    days_reached_on,
    span_reached_on,
)
from exhibits.tally import BANDS, Band, Tally
from temoin.french import french_date
from temoin.messages import _, active_language, n_
from temoin.records import CaseKind

EXPIRY_DAYS = 60  # a permit that ends within this is about to expire: nobody is told to go on collecting
STALE_DAYS = 7  # a proof older than this no longer shows the present state
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that the sentences are drawn from."""

    case: CaseFacts
    steps: StepsFacts
    tally: Tally
    landmarks: Landmarks
    gauge: Gauge
    dysfunctions: Gauge | None
    following: bool
    today: date

    @property
    def over(self) -> bool:
        """Whether there is nothing left to collect for."""
        return self.case.obtained or self.case.closed is not None


def build_reasons(view: View) -> tuple[str, ...]:
    """The sentences, most pressing first."""
    groups = (_over, _counts) if view.over else (_pressing, _counts, _landmarks, _steps, _seen, _law)
    return tuple(sentence for group in groups for sentence in group(view))


def day_words(day: date) -> str:
    """``5 October 2026`` or « 5 octobre 2026 », in the active language."""
    if active_language() == "fr":
        return french_date(day, weekday=False)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def age_words(day: date | None, today: date) -> str:
    """How long ago ``day`` was: "today", "3 days ago", "never"."""
    if day is None:
        return _("never")
    days = (today - day).days
    return n_("{count} day ago", "{count} days ago", days).format(count=days) if days > 0 else _("today")


def level_words(level: Level) -> str:
    """The level in words, which need no colour to be understood."""
    words = {
        Level.RED: _("red: over too short a time so far"),
        Level.AMBER: _("amber: under way, landmarks or steps are missing"),
        Level.GREEN: _("green: the landmarks are reached, and the judge weighs freely"),
    }
    return words[level]


def band_words(bands: frozenset[Band]) -> str:
    """The bands, in the order of the day; an ellipsis mark when there is none."""
    words = {
        Band.NIGHT: _("night"),
        Band.MORNING: _("morning"),
        Band.MIDDAY: _("midday"),
        Band.AFTERNOON: _("afternoon"),
        Band.EVENING: _("evening"),
    }
    return ", ".join(words[band] for band in BANDS if band in bands) or "–"


def _over(view: View) -> Iterator[str]:
    if view.case.obtained:
        yield _(
            "An appointment was obtained: the attempts have served. If its date is of use, close the case; if it is "
            "too far away, ask an association or a lawyer."
        )
    if view.case.closed is not None:
        yield _("The case was closed on {day}; this is what it held.").format(day=day_words(view.case.closed))


def _pressing(view: View) -> Iterator[str]:
    tally = view.tally
    if tally.simulated:
        yield _(
            "Simulated attempts: {count} of {visits}. They were made on a replica of the site, and are worth nothing "
            "before a court."
        ).format(count=tally.simulated, visits=tally.visits)
    yield from _expiry(view)
    if view.case.kind is CaseKind.NATURALISATION:
        yield _(
            "For naturalisation, urgency is almost never accepted, however many attempts there are: ask an "
            "association or a lawyer before you prepare a petition."
        )
    if not view.following:
        yield _("The case no longer follows this démarche: nothing is added to it.")


def _expiry(view: View) -> Iterator[str]:
    expires = view.case.expires_on
    if expires is None:
        if view.case.kind is CaseKind.RENEWAL:
            yield _(
                "The day on which the permit expires is not noted. If it is near or past, do not wait for this gauge, "
                "whatever its level: see a lawyer or an association now."
            )
    elif expires < view.today:
        yield _(
            "Do not wait for this gauge, whatever its level: the permit expired on {day}. See a lawyer or an "
            "association now."
        ).format(day=day_words(expires))
    elif expires <= view.today + timedelta(days=EXPIRY_DAYS):
        yield _(
            "Do not wait for this gauge, whatever its level: the permit expires on {day}. See a lawyer or an "
            "association now."
        ).format(day=day_words(expires))


def _counts(view: View) -> Iterator[str]:
    proofs = view.tally.proofs
    if proofs.first is None or proofs.last is None:
        yield _("No attempt has found the site without an appointment since the case follows this démarche.")
        return
    yield _(
        "Attempts that found no appointment: {count}, from {first} to {last}. Made by hand, of all {visits} attempts: "
        "{by_hand}."
    ).format(
        count=proofs.count,
        first=day_words(proofs.first.date()),
        last=day_words(proofs.last.date()),
        visits=view.tally.visits,
        by_hand=view.tally.by_hand,
    )
    age = (view.today - proofs.last.date()).days
    if age > STALE_DAYS and not view.over:
        yield _(
            "The last of them is {count} days old: a judge may ask whether it is still so. Make attempts again."
        ).format(count=age)


def _landmarks(view: View) -> Iterator[str]:
    yield _span(view)
    if view.gauge.level is Level.RED and view.gauge.iso_weeks > 1:
        yield _(
            "That they lie in {weeks} calendar weeks is not enough: so did those of the case that lost before the "
            "Conseil d’État (no. 435594)."
        ).format(weeks=view.gauge.iso_weeks)
    yield _days(view)
    yield _bands(view)
    if view.gauge.level is Level.GREEN:
        yield _(
            "All landmarks are reached. They are drawn from published decisions and from practice, and are no rule "
            "of law: the judge weighs the proof freely, and may ask for more."
        )


def _span(view: View) -> str:
    span, wanted, least = view.gauge.span_days, view.landmarks.span_days, view.landmarks.red_days
    if span >= max(wanted, least):
        return _("Full days from the first to the last: {span}; {wanted} are a landmark, reached.").format(
            span=span, wanted=wanted
        )
    proofs, today = view.tally.proofs, view.today
    later = day_words(span_reached_on(proofs, max(wanted, least), today))
    if span >= least:
        sentence = _(
            "Full days from the first to the last: {span}; {wanted} are a landmark: on {later} at the earliest."
        )
        return sentence.format(span=span, wanted=wanted, later=later)
    return _(
        "Full days from the first to the last: {span}. Under {least}, the proof is too short, after CE 435594: {least} "
        "on {sooner} at the earliest; {wanted} are a landmark: on {later} at the earliest."
    ).format(
        span=span, least=least, sooner=day_words(span_reached_on(proofs, least, today)), wanted=wanted, later=later
    )


def _days(view: View) -> str:
    days, wanted = view.gauge.distinct_days, view.landmarks.distinct_days
    if days >= wanted:
        return _("Distinct days: {days}; {wanted} are a landmark, reached.").format(days=days, wanted=wanted)
    return _(
        "Distinct days: {days}; {wanted} are a landmark: on {day} at the earliest, with an attempt every day."
    ).format(days=days, wanted=wanted, day=day_words(days_reached_on(view.tally.proofs, wanted, view.today)))


def _bands(view: View) -> str:
    tried, wanted = view.tally.proofs.bands, view.landmarks.time_bands
    if len(tried) >= wanted:
        return _("Bands of the day: {bands} ({names}); {wanted} are a landmark, reached.").format(
            bands=len(tried), names=band_words(tried), wanted=wanted
        )
    return _(
        "Bands of the day: {bands} ({names}); {wanted} are a landmark: on {day} at the earliest, with attempts at "
        "other hours ({missing})."
    ).format(
        bands=len(tried),
        names=band_words(tried),
        wanted=wanted,
        day=day_words(view.today),
        missing=band_words(frozenset(BANDS) - tried),
    )


def _steps(view: View) -> Iterator[str]:
    requested, reviewed = view.steps.requested_on, view.case.reviewed_on
    if requested is None:
        yield _(
            "The journal holds no e-mail and no letter to the préfecture: write one, from {day} on, and add it with "
            "“temoin journal add”."
        ).format(day=day_words(view.today))
    else:
        yield _("Written request to the préfecture: in the journal, of {day}.").format(day=day_words(requested))
    if reviewed is None:
        yield _(
            "“Seen by an association or a lawyer” is not ticked: have the case looked at, from {day} on, before "
            "anything is filed."
        ).format(day=day_words(view.today))
    else:
        yield _("Seen by an association or a lawyer on {day}.").format(day=day_words(reviewed))


def _seen(view: View) -> Iterator[str]:
    tally = view.tally
    if tally.slots:
        yield _slots(view)
    if view.dysfunctions is not None:
        yield _failures(view, view.dysfunctions)
    if tally.tool_refusals:
        yield _(
            "Visits that the site refused to Témoin, or that Témoin refrained from: {count}. They are told apart, and "
            "never pleaded."
        ).format(count=tally.tool_refusals)
    if tally.unreached:
        yield _(
            "Attempts in which nothing answered: {count}. The computer’s own network may be the cause: they count for "
            "nothing."
        ).format(count=tally.unreached)


def _slots(view: View) -> str:
    shown, steps = view.tally.slots, view.steps
    if steps.slot_responses >= steps.slots:
        return _("Attempts that showed a slot: {count}. The journal says what was done about it.").format(count=shown)
    if steps.slot_responses:
        return _(
            "Attempts that showed a slot: {count}. The journal answers {answered} of the {slots} of this case: add "
            "what was done about the others. Left out, they would weigh against the rest."
        ).format(count=shown, answered=steps.slot_responses, slots=steps.slots)
    return _(
        "Attempts that showed a slot: {count}. The journal does not say what was done about it: add it. Left out, it "
        "would weigh against the rest."
    ).format(count=shown)


def _failures(view: View, gauge: Gauge) -> str:
    least = view.landmarks.red_days
    figures = {
        "count": view.tally.dysfunctions.count,
        "span": gauge.span_days,
        "days": gauge.distinct_days,
        "weeks": gauge.iso_weeks,
    }
    if gauge.level is Level.RED:
        return _(
            "Failures of the site before its calendar: {count} (full days: {span}, distinct days: {days}, calendar "
            "weeks: {weeks}). They are a ground of their own (CE 453391), still too short: that decision asks for "
            "several, not all in one week, here {least} full days."
        ).format(**figures, least=least)
    return _(
        "Failures of the site before its calendar: {count} (full days: {span}, distinct days: {days}, calendar weeks: "
        "{weeks}). They are a ground of their own (CE 453391), with a gauge of its own – {level}."
    ).format(**figures, level=level_words(gauge.level))


def _law(view: View) -> Iterator[str]:
    match view.case.kind:
        case CaseKind.NATURALISATION:
            return  # said at the beginning
        case CaseKind.RENEWAL:
            yield _("For a renewal, urgency is recognised in principle (CE 453391); the judge may find otherwise.")
        case _:
            yield _(
                "Urgency is recognised in principle for a renewal only (CE 453391): here the person’s own "
                "circumstances must be proved, besides the attempts."
            )
