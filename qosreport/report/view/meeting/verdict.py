"""The answer of a meeting: who had trouble, when, and who had not."""

from collections import Counter

from qosreport.report.result import MeetingResult, Participant
from qosreport.report.view import phrases, words
from qosreport.report.view.meeting.room import POOR, Guest, Room, poor_span
from qosreport.report.view.words import Prose, name, prose, strong

THROUGHOUT_SHARE = 0.75


def verdict(room: Room) -> Prose:
    """At most two sentences: whom, where, when; then who was spared."""
    result = room.result
    if room.whole_only:
        return _of_everybody(result)
    if not result.participants:
        return prose("Zoom gave no participants for this meeting.")
    if not room.scored:
        only = len(room.guests) == 1
        return prose(
            "Nobody could be scored." if not only else "The one person could not be scored."
        )
    if not room.affected:
        return _calm(room)
    group = _biggest_group(room)
    who = _who(room, group)
    verb = " had a bad meeting" if all(g.band == "Bad" for g in group) else " had a poor meeting"
    if result.only_participant is not None:
        return prose(who, verb, _when(room, group), ".")
    return prose(who, verb, _when(room, group), ". ", _spared(room, group))


def lede(room: Room) -> Prose:
    """Scale, rule, and by what."""
    result = room.result
    if not result.classified if room.whole_only else not room.scored:
        return prose("Unscored is not good: nothing is known about how this meeting was.")
    parts: list[Prose] = []
    if result.only_participant is None:
        parts.append(_scale(room))
    by = by_what([guest.first for guest in room.affected])
    if by:
        parts.append(prose(" ", words.opening(by), "."))
    if result.harmed_minutes:
        minutes = words.plural(result.harmed_minutes, "participant-minute")
        parts.append(prose(f" {words.opening(minutes)} were harmed by the network."))
    return prose(*parts)


def by_what(affected: list[Participant]) -> str:
    """Audio loss for three, frame rate for one; commonest first."""
    counted = Counter(
        phrases.component(person.limiting, person.flags) for person in affected if person.limiting
    )
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return words.listing([f"{what} for {words.spelt(times)}" for what, times in ranked])


def _of_everybody(result: MeetingResult) -> Prose:
    """Where nobody is shown by themselves."""
    if not result.classified:
        return prose("Nobody could be scored.")
    if not result.affected:
        return prose("No scored connection was poor.")
    share = words.part_of(result.affected, result.classified)
    return prose(f"{share} of the scored connections were poor.")


def _calm(room: Room) -> Prose:
    fair = sum(1 for guest in room.scored if guest.band == "Fair")
    if room.result.only_participant is not None:
        kind = "fair" if fair else "good"
        return prose(room.scored[0].label, f" had a {kind} meeting.")
    everyone = len(room.scored) == len(room.guests)
    if not fair:
        return prose("Good for everyone" + ("." if everyone else " who could be scored."))
    who = "Nobody" if everyone else "Nobody who could be scored"
    return prose(f"{who} had a poor meeting; {words.spelt(fair)} had a fair one.")


def _biggest_group(room: Room) -> tuple[Guest, ...]:
    """The affected people of one place and network if they are most of them, else all affected."""
    places = Counter(guest.place for guest in room.affected)
    place, times = places.most_common(1)[0]
    unknown = phrases.place_and_network(None, None)
    if times >= 2 and 2 * times > len(room.affected) and place != unknown:
        return tuple(guest for guest in room.affected if guest.place == place)
    return room.affected


def _who(room: Room, group: tuple[Guest, ...]) -> Prose:
    if len(group) == 1:
        return prose(group[0].label)
    many = words.opening(words.spelt(len(group), "person", "people"))
    places = {guest.place for guest in group}
    if len(places) == 1:
        place = words.clean(group[0].first.place, 40)
        network = phrases.network(group[0].first.network)
        at = prose(" at ", name(place)) if place else ()
        return prose(many, at, f" on {network}" if network else "")
    if len(group) == len(room.scored):
        scored = "" if len(room.scored) == len(room.guests) else "scored "
        every = "Both" if len(group) == 2 else f"All {words.spelt(len(group))}"
        return prose(f"{every} {scored}people")
    return prose(
        f"{words.opening(words.spelt(len(group)))} of {words.spelt(len(room.scored))} people"
    )


def _when(room: Room, group: tuple[Guest, ...]) -> str:
    """From when to when, if the trouble had a beginning and an end."""
    span = poor_span([stay for guest in group for stay in guest.stays])
    if span is None:
        return ""
    first, last = span
    if last - first >= THROUGHOUT_SHARE * room.result.minutes:
        return ""
    return f" from {room.time(first)} to {room.time(last)}"


def _spared(room: Room, group: tuple[Guest, ...]) -> str:
    others = len(room.affected) - len(group)
    rest = len(room.scored) - len(room.affected)
    if others:
        too = f"{words.opening(words.spelt(others, 'other'))} {_was(others)} poor too"
        return f"{too}; {words.spelt(rest)} {_was(rest)} not." if rest else f"{too}."
    judged = "" if len(room.scored) == len(room.guests) else " who could be judged"
    fair = sum(1 for guest in room.scored if guest.band == "Fair")
    if rest == 1:
        other = "The other one" if len(room.scored) == 2 else "One"
        return f"{other}{judged} {'had a fair one' if fair else 'was not affected'}."
    if rest:
        none = f"None of the other {words.spelt(rest)}{judged}" if judged else "Nobody else"
        if fair:
            return f"{none} did; {words.spelt(fair)} had a fair one."
        return f"{none} was affected."
    return f"Nobody{judged} was spared." if len(room.scored) > 1 else ""


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _scale(room: Room) -> Prose:
    result = room.result
    noun = "people" if room.once else "connections"
    of = f"{words.count(result.affected)} of {words.count(result.classified)} scored {noun}"
    was = "was" if result.affected == 1 else "were"
    return prose(strong(of), f" {was} Poor or Bad{_rule(result)}.")


def _rule(result: MeetingResult) -> str:
    """What follows for the meeting: its band goes by the share of connections affected."""
    if not result.affected:
        return ""
    if result.band in POOR:
        return f", which makes it a {result.band} meeting by rule"
    return ", too few to make it a Poor meeting by rule"
