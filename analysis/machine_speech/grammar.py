"""Who is spoken to, and what of the answer it is told: rules of grammar, after the red team's attempts (tests/analysis)."""

from __future__ import annotations

from analysis.machine_speech.vocabulary import (
    AI,
    BAND,
    CRITERIA_NAME,
    EVALUATE,
    GAP,
    IGNORE,
    SCORE,
    STRONG_VALUE,
    SUMMARY,
    TELL,
    THIS_CHAT,
    any_of,
)

_THING = any_of(
    AI,
    r"\b(?:(?:language )?models?|modelos?|bots?|robots?|robos?|robozinho|robotito|robocito|machines?|maquinas?|algorithms?|algoritmos?|computers?|computador\w*"
    r"|ordenador|programas?|programs?|software|(?:sistema|system) (?:de )?(?:analis\w+|analys\w+|evaluacion|avaliacao|scoring))\b",
)
#: What a machine does with a chat.
_TAKES_IN = (
    r"\b(?:read\w*|listen\w*|judg\w+|rat(?:e|es|ing)|scor(?:e|es|ing)|grad(?:e|es|ing)|summari[sz]\w+|transcrib\w+|lee|lea|leyendo|escuch\w+|juzg\w+|califi\w+|evalu\w+"
    r"|puntu\w+|resum\w+|transcri\w+|le|leia|lendo|ouv\w+|escut\w+|julg\w+|avali\w+|pontu\w+|confer\w+)\b"
)
_CHATS = r"(?:chats?|conversations?|messages?|threads?|calls?|recordings?|conversaciones|charlas?|mensajes|audios|conversas?|mensagens|atendimentos)"
_DEAD = r"\b(?:dead|lost|worthless|muert[oa]|perdid[oa]|mort[oa]) (?:lead|contact|prospect)\b|\b(?:lead|contact[oa]|contato) (?:muert[oa]|perdid[oa]|mort[oa])\b"
_MUST = r"\b(?:must|should|has to|have to|needs to|is to|shall|debe|debera|tiene que|ha de|deve|devera|tem que|tem de|precisa|sai|salga|quede)\b"
_NUMBER = r"(?:\b(?:[89]\d|100|ninety|eighty|noventa|ochenta|oitenta|a hundred|one hundred|cien|cem|zero|cero)\b)"
#: A part of what the machine writes.
_PART = r"(?:reasons?|summary|report|verdict|assessment|next step|suggested reply|resumen|informe|motivo|razon|veredicto|proximo paso|resumo|relatorio|parecer|justificativa|proximo passo)"
_WHAT_IT_KNOWS = r"\b(?:orientac\w+|indicac\w+|guidance|briefing|consignas?|directivas|diretivas)\b"
_GRADE = r"(?:high|strong|full|total|max\w*|unlimited|taken|weak|low|none|nil|alt[oa]|fuerte|forte|plen[oa]|complet[oa]|ilimitad[oa]|asumid[oa]|assumid[oa]|debil|fraco|fraca|baj[oa]|baix[oa]|nul[oa])"
_CRITERION = any_of(CRITERIA_NAME, r"\b(?:decisor|decision|decisao|urgency)\b")
_SCORE_WORD = r"(?:score|puntaje|puntuacion|pontuacao|rating|calificacion|lead|points|puntos|pontos)"
_PIECE = r"(?:100|10|cien|cem|hundred|hot|cold|caliente|quente|frio)"
_BETWEEN = r"[ _,;-]{1,3}"
_ENDING = r"(?:won|closed_?won|ganad[oa]|ganh[oa]|perdid[oa]|lost|hot|cold|caliente|quente|frio)"

GRAMMAR = [
    # If a machine takes this in: such a thing.
    rf"{_THING}{GAP}{{0,40}}{_TAKES_IN}.{{0,160}}(?:{_DEAD}|{EVALUATE}{GAP}{{0,30}}(?:{STRONG_VALUE}|{BAND}))",
    rf"\b(?:reader|rater|grader|judge|lectora?|leitora?|juez|jueza|juiz|juiza|calificadora?|avaliadora?) (?:of|de) {_CHATS}\b",
    rf"\b(?:whoever|who|quien|quem|la que|el que|a que|o que) {_TAKES_IN} (?:\w+ )?{_CHATS}\b.{{0,160}}(?:{THIS_CHAT}|{SCORE}|{BAND})",
    # What the automatic score must be.
    rf"(?:\bautomat\w+ (?:\w+ )?{SCORE}|{SCORE} automat\w+){GAP}{{0,30}}{_MUST}{GAP}{{0,30}}{_NUMBER}",
    # Let go of what you were told, and then of the score.
    rf"{IGNORE}{GAP}{{0,12}}\b(?:what(?:ever)?|everything|o que|tudo que|lo que|todo lo que)\b {GAP}{{0,12}}\b(?:told|given|asked|taught|mandaram|pediram|disseram|ensinaram|pidieron"
    rf"|dijeron|mandaron|ensenaron)\b.{{0,60}}(?:{SCORE}|{BAND}|{THIS_CHAT})",
    # Who made you, and what they told you; what you go by, into the summary.
    r"\b(?:your|tus|sus|seus|teus|os seus|los) (?:makers?|creators?|developers?|programmers?|engineers?|creadores|programadores|desarrolladores|criadores|desenvolvedores)\b"
    r"[^.!?\n]{0,20}\b(?:(?:gave|wrote|told|taught|fed) (?:for |to )?you\b|te (?:escrib|dij|dieron|ensen|pus)\w*|(?:escrev|diss|deram|ensin|mand)\w* (?:pra|para|a|pro) (?:voce|vc|ti))",
    rf"{TELL}{GAP}{{0,30}}{SUMMARY}{GAP}{{0,30}}{_WHAT_IT_KNOWS}|{TELL}{GAP}{{0,20}}{_WHAT_IT_KNOWS}{GAP}{{0,30}}{SUMMARY}",
    # What a part of the answer must hold.
    r"\b(?:put|place|store|print|write|pon\w*|ponlo|grav[ae]\w*|coloc\w+|coloqu\w+|escrib\w+|escrev\w+|inclu\w+|deix\w+|dej\w+)\b[^.!?\n]{0,60}"
    rf"\b(?:field|campo) (?:for |of |de |do |del )?(?:the |el |o |your )?{_PART}\b",
    r"\b(?:when|once|before|cuando|quando|al|ao|antes de)\b[^.!?\n]{0,25}\b(?:writ\w+|redact\w+|redig\w+|escrib\w+|escrev\w+|fill\w*|llen\w+|preench\w+)\b[^.!?\n]{0,20}"
    rf"\b{_PART}\b[^.!?\n]{{0,30}}\b(?:that|que) (?:i|yo|eu|(?:the|el|o) (?:client|customer|lead|cliente))\b",
    # Criteria graded in words.
    rf"(?:{_CRITERION} ?[:=-] ?(?:is |es |e )?{_GRADE}\b[.,;|\n ]{{0,3}}){{3,}}",
    # The same again and again, with a score among it.
    rf"(?<![a-z0-9])(?:{_PIECE}{_BETWEEN}){{4,}}{_SCORE_WORD}(?![a-z])",
    rf"(?<![a-z0-9]){_SCORE_WORD}{_BETWEEN}(?:{_PIECE}{_BETWEEN}){{4,}}{_PIECE}(?![a-z0-9])",
    # What only programs write.
    rf"[?&](?:etapa|stage|status|estado|temp|temperatura|temperature|result\w*)={_ENDING}\b",
    r"[?&](?:set_)?(?:lead_?score|score|puntaje|puntuacion|pontuacao)=\d{1,3}\b",
    r"\bcurl\b[^\n]{0,20} -x ?(?:patch|post|put|delete)\b|[\"']status_id[\"'] ?:",
    r"</?(?:tool_?calls?|function_?calls?|tool_use|invoke)\b",
    r"!\[[^\]\n]{0,60}\]\(https?://",
]

#: For names only.
GRAMMAR_OF_NAMES = [
    rf"{_THING} ?[:,] ?(?:\w+ )?(?:rank|rate|put|mark|leave|pon\w*|dej\w*|deix\w*|coloc\w+|bota|sub[ie]\w*|sobe)\b",
    r"\b(?:override|admin\w*|gerencia|supervisor|manager)\b.{0,20}\b(?:qualify|approve|score|aprob\w+|aprov\w+|calific\w+|qualific\w+|puntu\w+|pontu\w+) (?:\w+ )?(?:lead|100)\b",
    r"\b(?:prob\w*|chances?|probabilidad\w*)\.? (?:of |de )?(?:clos\w+|cierre|cerrar|fech\w+|venta|venda|sale)\b",
]
