"""This app's own refusals, each a leaf of the tree in `convailens/lib/errors.py`.

Codes are outcomes: what a transcription that failed with one is called in its row, in the API and in the widget.
"""

from __future__ import annotations

from convailens.lib.errors import NotFound, ServiceRateLimited, ServiceRefused, ServiceUnavailable, UnexpectedReply


class AudioRefused(ServiceRefused):
    """This recording cannot be transcribed.

    Codes: `audio_host_not_allowed` (also no https, a port or a user in the address), `audio_address_refused` (leads to
    an address that is not public), `audio_too_many_redirects`, `audio_too_large`, `audio_too_long`, `audio_too_slow`,
    `audio_empty`, `audio_wrong_type` (the bytes are no audio that we know), `audio_unreadable` (they are, but damaged).
    """

    code = "audio_refused"
    http_status = 422


class AudioGone(NotFound):
    """The recording is no longer where Kommo says it is."""

    code = "audio_gone"


class AudioUnavailable(ServiceUnavailable):
    """The recording's host does not answer now; it is tried again."""

    code = "audio_unavailable"


class AudioBusy(AudioUnavailable):
    """Another large recording is being worked on in this process; this one takes its turn after it."""


class VoiceUnavailable(ServiceUnavailable):
    """The transcription service does not answer now; it is tried again.

    Codes: `voice_unavailable`, `voice_timeout`; and `voice_account`, when it refuses our own account (key, credits).
    """

    code = "voice_unavailable"


class VoiceRateLimited(ServiceRateLimited):
    """The transcription service asked us to slow down; it is tried again."""

    code = "voice_rate_limited"


class VoiceRefused(ServiceRefused):
    """The transcription service cannot read this recording."""

    code = "voice_refused"


class VoiceUnexpected(UnexpectedReply):
    """The transcription service answered in a way we cannot read."""

    code = "voice_unexpected"
