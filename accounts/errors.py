"""This app's own refusals, each a leaf of the tree in `convailens/lib/errors.py`."""

from __future__ import annotations

from convailens.lib.errors import NotAllowed, ServiceRefused


class NotConnected(NotAllowed):
    """This Kommo account is not connected to ConvAI Lens."""

    code = "not_connected"


class NotAdministrator(NotAllowed):
    """Only an administrator of the Kommo account may do that."""

    code = "not_admin"


class ReconnectNeeded(ServiceRefused):
    """Kommo no longer accepts the connection; an administrator has to connect the account again."""

    code = "reconnect_needed"
    # What the asker is told is a state of their account, not a fault of a gateway.
    http_status = 403


class TalksUnavailable(ServiceRefused):
    """This account's plan or permissions do not let us read chats from Kommo."""

    code = "talks_unavailable"


class NotesRefused(ServiceRefused):
    """Kommo does not let us read or write notes on this lead."""

    code = "note_refused"


class CodeRefused(ServiceRefused):
    """Kommo did not accept the authorisation code; it has expired or was used before."""

    code = "code_refused"


class GrantRevoked(ServiceRefused):
    """Kommo says that the refresh token is spent, expired or revoked."""

    code = "grant_revoked"


class ClientRefused(ServiceRefused):
    """Kommo does not know this integration by the id and secret we have."""

    code = "client_refused"
