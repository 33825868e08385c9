"""Where in a long text the rules are worth their time: windows with a word that no rule can do without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

WINDOW = 600  # Characters: no rule reaches farther.
STEP = 300
MAX_WINDOWS = 30  # Tried in one reading. A model sees 4,000 characters of a message: 14 windows.

#: Beginnings of words. Any match of any rule holds at least one word that begins so.
_STEM_WORDS = """
score scoring puntaj puntu pontu rating rate calific qualif lead prompt system sistem criteri ignor disregard
forget overrid instruc instruç rule regla regra orden ordens consign diretri directri guideline rubric ai ia a.i
gpt chatgpt llm openai model robo bot assist asist automat algorit algorithm evalua avalia classif clasif analy
analiz analis analista temperatur level nivel budget presupuest orcament authority autorid stage etapa status
pipeline won ganad ganho summar resum evidenc proof prueba prova comprova demuestra move mover mueve mova auto_
quote cita hot cold warm calient frio fria quent morn nota point punto ponto pts mark grade client customer contact
contat deal negocio conversa convers charla chat need necesid necessid act pretend finj haz juguemos software
program comput machin maquin engine execut ejecut instru told dijeron update def return json clasific tarea tarefa
task rot schema developer desarroll desenvolv context knowledge respuest respost result verdad venta venda configur
mode modo true real inst sys role tell reveal revel muestr mostr other otros outros demais vergiss ignorier negeer
zignoruj zapomnij abaikan oublie dimentic talimat kural bo glom bewert donne assegna prospect proves message
mensaje mensagem end fin fim start leitor lector resume lee read reason curl colon pontos puntos maker creator
creador criador tool argument decisor agent vendedor seller dead begin http puntuand
"""
_STEMS = tuple(_STEM_WORDS.split())
_BY_LENGTH: dict[int, frozenset[str]] = {
    size: frozenset(stem for stem in _STEMS if len(stem) == size) for size in {len(stem) for stem in _STEMS}
}
_WORD = re.compile(r"[a-z][a-z_.]+")
_SIGNS = re.compile(r"[<\[{|=#`]")


def windows(plain: str) -> Iterator[str]:
    """The windows of a text, overlapping by half, that hold a trigger: at most MAX_WINDOWS, each once."""
    wanted: set[int] = set()
    for match in _WORD.finditer(plain):
        if _is_trigger(match.group()[:40]):
            wanted.add(match.start() // STEP)
    wanted.update(match.start() // STEP for match in _SIGNS.finditer(plain))
    last = max(0, (len(plain) - 1) // STEP - 1)  # The last window of full reach: what follows is part of it.
    starts = sorted({min(last, max(0, index - back)) for index in wanted for back in (0, 1)})
    seen: set[str] = set()
    for index in starts:
        window = plain[index * STEP : index * STEP + WINDOW]
        if window not in seen:
            seen.add(window)
            yield window
        if len(seen) == MAX_WINDOWS:
            return


@lru_cache(maxsize=65536)
def _is_trigger(word: str) -> bool:
    return any(word[:size] in stems for size, stems in _BY_LENGTH.items())
