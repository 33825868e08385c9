"""Writing that no client sends to a salesperson: codes, words of two alphabets, rows of signs for a machine.

Nothing is decoded here: that a person could not read it is the point.
"""

from __future__ import annotations

import re

_CODES = re.compile(
    r"(?:\b[01]{8}\b[\s,]*){6,}"  # Bytes in binary.
    r"|(?:(?<!\S)[.\-·–]{1,6} (?:/ )?){10,}"  # Morse.
    r"|\brot-?\d{1,2}\b ?[:=]|\b(?:caesar|cesar)\b.{0,20}\b\d{1,2}\b|\b(?:volta|shift|desloc\w+|retrocede|corr[ae]) \d{1,2} (?:letras?|letters?)\b"
    r"|🤖[^a-z]{0,24}(?:🌡|📊|📈|(?:💯[^a-z]{0,4}){2})",
    re.IGNORECASE,
)
#: Where a word goes on in another alphabet: letters that only look right.
_CHANGE = re.compile("[a-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][a-z]", re.IGNORECASE)
_MIXED_WORDS = 3  # One may be a brand or a slip of the keyboard.


def is_code(text: str) -> bool:
    """True for a text, as written, that holds such a code. Linear in its length."""
    if _CODES.search(text):
        return True
    return bool(_CHANGE.search(text)) and len({w for w in text.split() if _CHANGE.search(w)}) >= _MIXED_WORDS
