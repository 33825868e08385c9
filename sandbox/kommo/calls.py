"""Calls as Kommo keeps them: notes of a lead with a link to the recording."""

from __future__ import annotations

from sandbox.kommo.files import derived_uuid, store_sample
from sandbox.kommo.world import Account, Lead, Note, World
from sandbox.shelf import sample_call

# In each account a lead of each language, where the chat speaks of a call; and whether the client called.
SAMPLE_CALLS = {
    "acme": {"en-o-05": "call_out", "es-o-11": "call_out", "pt-o-15": "call_in"},
    "stranger": {"en-o-18": "call_in", "es-o-20": "call_out", "pt-o-19": "call_out"},
}
PHONES = {"en": "+44 7700 900142", "es": "+52 55 5000 0142", "pt": "+55 11 5000-0142"}
SOURCE = "Sandbox Telephony"
AFTER_CHAT_S = 3_600


def add_sample_calls(world: World, account: Account, base_url: str) -> None:
    """One call an hour after the chat of each of SAMPLE_CALLS, its recording on the drive."""
    for conversation, note_type in SAMPLE_CALLS[account.key].items():
        lead = next(one for one in account.leads.values() if one.conversation_id == conversation)
        sample = sample_call(conversation[:2], conversation)
        key = f"call {account.id} {lead.id}"
        path, _name = store_sample(world.shelf, account, key, sample)
        add_call(
            world,
            account,
            lead,
            note_type=note_type,
            link=f"{base_url}{path}",
            duration=round(sample.seconds) if sample else 0,
            uniq=derived_uuid(key),
            at=lead.updated_at + AFTER_CHAT_S,
        )


def add_call(
    world: World, account: Account, lead: Lead, *, note_type: str, link: str, duration: int, uniq: str, at: int
) -> Note:
    """The note that a telephony provider's integration writes after a call."""
    note = Note(
        id=world.next_id(),
        lead_id=lead.id,
        note_type=note_type,
        params={
            "uniq": uniq,
            "duration": duration,
            "source": SOURCE,
            "link": link,
            "phone": PHONES.get(lead.conversation_id[:2], PHONES["en"]),
            "call_responsible": lead.responsible_user_id,
        },
        created_by=lead.responsible_user_id,
        responsible_user_id=lead.responsible_user_id,
        created_at=at,
        updated_at=at,
    )
    account.notes[note.id] = note
    return note
