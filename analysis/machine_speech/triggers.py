"""Where in a long text the rules are worth their time: windows with a word that no rule can do without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

WINDOW = 600  # Characters: no rule reaches farther.
STEP = 300
MAX_WINDOWS = 150  # Tried in one reading. A model sees 4,000 characters of a message: 14 windows.

#: Beginnings of words. Any match of any rule holds at least one word that begins so.
_STEMS = """
score scoring puntaj puntu pontu rating rate calific qualif lead prompt system sistem criteri ignor disregard forget overrid
instruc instruç rule regla regra orden ordens consign diretri directri guideline rubric ai ia a.i gpt chatgpt llm openai model
robo bot assist asist automat algorit algorithm evalua avalia classif clasif analy analiz analis analista temperatur level nivel
budget presupuest orcament authority autorid stage etapa status pipeline won ganad ganho summar resum evidenc proof prueba prova
comprova demuestra move mover mueve mova auto_ quote cita hot cold warm calient frio fria quent morn nota point punto ponto pts
mark grade client customer contact contat deal negocio conversa convers charla chat need necesid necessid act pretend finj haz juguemos
software program comput machin maquin engine execut ejecut instru told dijeron update def return json clasific tarea tarefa task
schema inst sys role json tell reveal revel muestr mostr other otros outros demais vergiss ignorier negeer zignoruj zapomnij abaikan
oublie dimentic talimat kural bo glom bewert donne assegna prospect proves message mensaje mensagem end fin fim start system
""".split()  # noqa: SIM905  A wall of words reads better than a wall of quotes.
_BY_LENGTH: dict[int, frozenset[str]] = {
    size: frozenset(stem for stem in _STEMS if len(stem) == size) for size in {len(stem) for stem in _STEMS}
}
_WORD = re.compile(r"[a-z][a-z_.]+")
_SIGNS = re.compile(r"[<\[{|=#`]")


def windows(plain: str) -> Iterator[str]:
    """The windows of a text, overlapping by half, that hold a trigger: at most MAX_WINDOWS."""
    if len(plain) <= WINDOW:
        yield plain
        return
    wanted: set[int] = set()
    for pattern in (_WORD, _SIGNS):
        for match in pattern.finditer(plain):
            if pattern is _SIGNS or _is_trigger(match.group()):
                wanted.add(match.start() // STEP)
    starts = sorted({max(0, index - back) for index in wanted for back in (0, 1)})
    for index in starts[:MAX_WINDOWS]:
        yield plain[index * STEP : index * STEP + WINDOW]


@lru_cache(maxsize=65536)
def _is_trigger(word: str) -> bool:
    return any(word[:size] in stems for size, stems in _BY_LENGTH.items())
