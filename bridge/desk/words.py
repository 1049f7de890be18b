"""What a customer is told of the desk, in their language."""

from typing import Literal

from bridge.desk import parcels
from bridge.desk.handoff import Handoff
from bridge.desk.office import Office
from bridge.ports import Colleague, Parcel

What = Literal["told", "callback", "joined", "returned", "closed", "under_way"]
_PHRASES: dict[What, str] = {
    "told": "desk_waiting",
    "callback": "desk_callback",
    "joined": "desk_joined",
    "returned": "desk_returned",
    "closed": "desk_closed",
    "under_way": "under_way",
}
_WITH_TICKET = ("callback", "under_way")


def told(office: Office, handoff: Handoff, what: What) -> str:
    """The sentences."""
    names = [_PHRASES[what]]
    if what == "closed" and handoff.rating == "asked":
        names.append("desk_rating")
    if what in _WITH_TICKET and handoff.ticket:
        names.append("reference")
    text = office.say(handoff.language, *names)
    if names[-1] == "reference":
        text = f"{text} **{handoff.ticket}**"
    if what in _WITH_TICKET and office.there() is False:
        text = f"{text}\n\n{office.say(handoff.language, 'closed')}"
    return text


def tell(office: Office, handoff: Handoff, what: What) -> list[Parcel]:
    """What brings them to the customer. `handoff.news` tells this time from others."""
    text = told(office, handoff, what)
    id = f"{what}:{handoff.news}"
    rating = what == "closed" and handoff.rating == "asked"
    sent = [parcels.tell(handoff, id, text, rating=rating)]
    if what == "callback":
        # The assistant goes on from here: it has to know what the customer was asked.
        us = Colleague("desk", office.voice.business.name)
        sent.append(parcels.notice(handoff, parcels.SAID, id, text=text, by=us))
    return sent
