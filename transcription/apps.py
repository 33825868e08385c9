"""The transcription app."""

from django.apps import AppConfig


class TranscriptionConfig(AppConfig):
    """Voice in, a Kommo note out; numbers kept, words never."""

    name = "transcription"
