"""Languages by name, in the languages that notes are written in. Source: CLDR's names, those without a region."""

from __future__ import annotations

from transcription.languages import tag_of

_WRITTEN_IN = ("en", "es", "pt")
#: Those that Deepgram finds out by itself and that people in our markets speak; any other is called by its tag.
_NAMES = {
    "ar": ("Arabic", "árabe", "árabe"),
    "ca": ("Catalan", "catalán", "catalão"),
    "cs": ("Czech", "checo", "tcheco"),
    "da": ("Danish", "danés", "dinamarquês"),
    "de": ("German", "alemán", "alemão"),
    "el": ("Greek", "griego", "grego"),
    "en": ("English", "inglés", "inglês"),
    "es": ("Spanish", "español", "espanhol"),
    "fi": ("Finnish", "finés", "finlandês"),
    "fr": ("French", "francés", "francês"),
    "gl": ("Galician", "gallego", "galego"),
    "he": ("Hebrew", "hebreo", "hebraico"),
    "hi": ("Hindi", "hindi", "híndi"),
    "hu": ("Hungarian", "húngaro", "húngaro"),
    "id": ("Indonesian", "indonesio", "indonésio"),
    "it": ("Italian", "italiano", "italiano"),
    "ja": ("Japanese", "japonés", "japonês"),
    "ko": ("Korean", "coreano", "coreano"),
    "nl": ("Dutch", "neerlandés", "holandês"),
    "no": ("Norwegian", "noruego", "norueguês"),
    "pl": ("Polish", "polaco", "polonês"),
    "pt": ("Portuguese", "portugués", "português"),
    "ro": ("Romanian", "rumano", "romeno"),
    "ru": ("Russian", "ruso", "russo"),
    "sv": ("Swedish", "sueco", "sueco"),
    "th": ("Thai", "tailandés", "tailandês"),
    "tr": ("Turkish", "turco", "turco"),
    "uk": ("Ukrainian", "ucraniano", "ucraniano"),
    "vi": ("Vietnamese", "vietnamita", "vietnamita"),
    "zh": ("Chinese", "chino", "chinês"),
}


def language_name(tag: str, written_in: str) -> str:
    """The name of a language, without its region; its tag if we have no name for it, empty for no tag."""
    tag = tag_of(tag)
    names = _NAMES.get(tag.partition("-")[0])
    if names is None:
        return tag
    return names[_WRITTEN_IN.index(written_in) if written_in in _WRITTEN_IN else 0]
