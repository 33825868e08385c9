"""What WhatsApp and Telegram write into a chat themselves, in English, Spanish and Portuguese.

`read_body` tells it from what people wrote. Source: exports of WhatsApp for Android and iOS and copies from WhatsApp
Web and Telegram Desktop; there is no published format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.conversation import Kind

#: WhatsApp for iOS puts it before whatever it says itself.
MARK = "\u200e"
#: Marks of writing direction: around names and numbers, never part of them.
DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_BLANKS = " \t\u00a0\u202f"
_EDGE = MARK + "\ufeff" + _BLANKS  # Nothing of it is said, at either end of a text.

_NOUNS = {
    Kind.IMAGE: ("image", "photo", "imagen", "foto", "imagem", "gif", "sticker gif"),
    Kind.VOICE: (
        "audio", "áudio", "voice message", "view once voice message", "nota de voz", "mensaje de voz",
        "mensagem de voz",
    ),
    Kind.STICKER: ("sticker", "animated sticker", "sticker animado", "figurinha", "figurinha animada"),
    Kind.FILE: (
        "video", "vídeo", "video note", "video message", "nota de video", "mensaje de video", "mensagem de vídeo",
        "document", "documento", "file", "archivo", "arquivo", "contact card", "contact", "contacto", "contato",
        "tarjeta de contacto", "cartão do contato", "cartão de contato", "media", "multimedia", "mídia",
        "archivo multimedia", "arquivo de mídia", "view once message", "mensaje de visualización única",
        "mensagem de visualização única",
    ),
}  # fmt: skip
_KIND_OF_NOUN = {noun: kind for kind, nouns in _NOUNS.items() for noun in nouns}
_NOUN = "|".join(sorted((re.escape(noun) for noun in _KIND_OF_NOUN), key=len, reverse=True))
_OMITTED = re.compile(rf"<?({_NOUN}) (?:omitted|omitid[oa]|ocult[oa]|ocultad[oa])\.?>?", re.IGNORECASE)
# Telegram Desktop copies these in square brackets.
_TELEGRAM = re.compile(
    r"\[ ?(?:(photo|foto|imagen|imagem|gif)|(voice message|mensaje de voz|mensagem de voz|audio|áudio)"
    r"|(sticker|figurinha)"
    r"|(video|vídeo|video message|file|archivo|arquivo|document|documento|contact|contacto|contato)) ?\]",
    re.IGNORECASE,
)
_TELEGRAM_KINDS = (Kind.IMAGE, Kind.VOICE, Kind.STICKER, Kind.FILE)

_ATTACHED_AFTER = ("(file attached)", "(archivo adjunto)", "(arquivo anexado)", "(ficheiro anexado)")
_ATTACHED_AROUND = re.compile(r"<(?:attached|adjunto|anexado|anexo): ([^<>\n]{1,255})>", re.IGNORECASE)

_EXTENSIONS = {
    Kind.IMAGE: ("jpg", "jpeg", "png", "gif", "heic"),
    Kind.VOICE: ("opus", "ogg", "m4a", "mp3", "aac", "amr", "wav"),
    Kind.STICKER: ("webp",),
}
_KIND_OF_EXTENSION = {extension: kind for kind, group in _EXTENSIONS.items() for extension in group}

_EDITED = re.compile(
    r"[ \u200e]*<(?:this message was edited|se editó este mensaje|mensaje editado|editado|mensagem editada"
    r"|esta mensagem foi editada)\.?>$",
    re.IGNORECASE,
)
_MAX_EDITED = 60  # Characters at a text's end; searching all of a long text for blanks would cost its square.
_DELETED = re.compile(
    r"(?:this message was deleted(?: by admin [^\n]{1,128})?|you deleted this message|se eliminó este mensaje"
    r"|este mensaje fue eliminado|eliminaste este mensaje|mensaje eliminado|mensagem apagada|esta mensagem foi apagada"
    r"|você apagou esta mensagem|apagou esta mensagem)\.?",
    re.IGNORECASE,
)
_LOCATION = re.compile(
    r"(?:location|live location shared|ubicación(?: en tiempo real compartida)?|localização(?: em tempo real)?)"
    r"(?:: ?([^\n]*))?",
    re.IGNORECASE,
)

# Lines that stand under a contact's name on iOS and in copies: only what nobody would type word for word.
_NOTICE = re.compile(
    r"(?:messages and calls are end-to-end encrypted|messages to this (?:chat|group) and calls are now secured"
    r"|los mensajes y las llamadas están cifrados|los mensajes y llamadas están cifrados"
    r"|las llamadas y los mensajes enviados a este"
    r"|as mensagens e (?:as )?(?:chamadas|ligações) (?:são|estão) protegidas"
    r"|(?:missed|declined|unanswered) (?:voice|video|group)(?: voice| video)? call\b"
    r"|(?:llamada|videollamada)(?: de voz| de video| grupal)? (?:perdida|rechazada|sin respuesta)\b"
    r"|(?:chamada|ligação)(?: de voz| de vídeo| em grupo)? (?:perdida|recusada|não atendida)\b"
    r"|waiting for this message\. |esperando el mensaje\. |aguardando mensagem\. "
    r"|your security code with |tu código de seguridad con |(?:o )?seu código de segurança com )[^\n]*",
    re.IGNORECASE,
)
# Within what looks like a sender's name, they show that WhatsApp itself is speaking ("Ana changed the subject to: …").
_SPEAKS_ITSELF = re.compile(
    r" (?:created (?:this |the )?group|changed (?:the|this|their|to|from)|added|removed|joined using|left\b|pinned a"
    r"|turned (?:on|off)|updated the|security code"
    r"|creó (?:el|este) grupo|cambió (?:el|la|su|de|a)|añadió a|agregó a|eliminó a|se unió|salió|fijó un|activó los"
    r"|desactivó los|código de seguridad"
    r"|criou (?:o|este) grupo|mudou (?:o|a|de|para|seu)|alterou (?:o|a)|adicionou|removeu|entrou usando|saiu\b"
    r"|fixou uma|ativou as|desativou as|código de segurança) ?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Body:
    """What stands behind a sender: its kind, its text, and whether the program wrote it and no person."""

    kind: Kind
    text: str
    is_system: bool = False


def is_said_by_the_program(name: str) -> bool:
    """Whether what stands before a colon is the start of a notice rather than a name."""
    return bool(_SPEAKS_ITSELF.search(name) or _NOTICE.match(name))


def clean_name(name: str) -> str:
    """A name without marks that nobody sees and without the tilde of people who are not in the address book."""
    if not name.isascii():
        name = name.translate(_WITHOUT_UNSEEN)
    name = name.strip(_BLANKS)
    return name.removeprefix("~").strip(_BLANKS)


#: With them, two names that look the same would be two people. Joiners stay: emoji are made with them.
_UNSEEN = DIRECTIONS + "\u200b\u2060\u00ad"
_WITHOUT_UNSEEN = {ord(mark): None for mark in _UNSEEN}


def read_body(body: str, *, is_android: bool, is_ios: bool) -> Body:
    """Kind and text of what a sender's line and the lines after it hold.

    A media's caption is the text; a document's name is (with the caption on the next line). Media that the export left
    out without saying what it was is a file without a name.
    """
    body = body.rstrip()
    if edited := _EDITED.search(body[-_MAX_EDITED:]):
        body = body[: len(body) - len(edited.group())]
    is_marked = body.startswith(MARK)
    body = body.strip(_EDGE)
    first, _, rest = body.partition("\n")
    first = first.strip(_EDGE)
    if is_android and body == "null":
        return Body(Kind.FILE, "")  # What Android writes for a message to be seen once.
    if attached := _attached(first, rest):
        return attached
    # Android writes what it left out in angle brackets only; without them somebody typed it.
    omitted = _OMITTED.fullmatch(first)
    if omitted and (not is_android or (first.startswith("<") and first.endswith(">"))):
        return Body(_KIND_OF_NOUN[omitted.group(1).lower()], rest)
    if telegram := _TELEGRAM.fullmatch(first):
        return Body(_TELEGRAM_KINDS[(telegram.lastindex or 1) - 1], rest)
    if MARK in body and (behind := _behind_a_mark(body)):
        return behind
    if _DELETED.fullmatch(body):
        return Body(Kind.TEXT, body)
    if (is_marked or first.lower().startswith(_PLACES)) and (location := _LOCATION.fullmatch(body)):
        return Body(Kind.LOCATION, (location.group(1) or "").strip())
    if _NOTICE.fullmatch(body) or (is_marked and is_ios):
        return Body(Kind.TEXT, body, is_system=True)
    return Body(Kind.TEXT, body)


# Without iOS's mark, a link has to follow before we believe that a place was shared.
_PLACES = tuple(
    f"{word}: {link}"
    for word in ("location", "ubicación", "localização")
    for link in ("https://maps.google.com/", "https://maps.app.goo.gl/", "https://foursquare.com/")
)


def _attached(first: str, rest: str) -> Body | None:
    for words in _ATTACHED_AFTER:
        if first.endswith(words):
            return _file(first.removesuffix(words).strip(_EDGE), rest)
    if first.endswith(">") and (around := _ATTACHED_AROUND.search(first[-300:])) and first.endswith(around.group()):
        before = first.removesuffix(around.group()).strip(_EDGE)
        return _file(around.group(1), "\n".join(part for part in (before, rest) if part))
    return None


def _behind_a_mark(body: str) -> Body | None:
    """A caption or a document's name, then a mark and what was left out ("Quote.pdf • 2 pages document omitted")."""
    before, _, after = body.rpartition(MARK)
    if around := _ATTACHED_AROUND.fullmatch(after):
        return _file(around.group(1), before.strip(_EDGE + "\n"))
    omitted = _OMITTED.fullmatch(after)
    if not omitted:
        return None
    kind = _KIND_OF_NOUN[omitted.group(1).lower()]
    before = before.strip(_EDGE + "\n")
    return Body(kind, before.partition(" • ")[0] if kind is Kind.FILE else before)


def _file(name: str, caption: str) -> Body:
    kind = _KIND_OF_EXTENSION.get(name.rpartition(".")[2].lower(), Kind.FILE)
    if kind is Kind.FILE:
        return Body(kind, f"{name}\n{caption}" if caption else name)
    return Body(kind, caption)
