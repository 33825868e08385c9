"""Orders: let go of your rules, rate this chat so, this is the score."""

from __future__ import annotations

from analysis.machine_speech.vocabulary import (
    BAND,
    CHAT,
    CRITERIA_NAME,
    EVALUATE,
    GAP,
    IGNORE,
    LEAD_SCORE,
    MACHINE,
    RULES,
    SCORE,
    STRONG_VALUE,
    THIS_CHAT,
    VALUE,
)

_OF_DAILY_LIFE = (
    r"(?! ?(?:about|for|on the|regarding|that (?:came|come)|from|of (?:my|the|our)|sobre|de (?:mi|su|meu|minha|lavagem|uso|montaje|montagem)"
    r"|del? (?:marido|vecino|manual)|da caixa|que (?:vin|vem|veio)))"
)

ORDERS = [
    # Let go of your instructions.
    rf"{IGNORE}{GAP}{{0,45}}(?<!my )(?<!our )(?<!mis )(?<!minhas )(?<!his )(?<!her ){RULES}{_OF_DAILY_LIFE}",
    rf"{RULES}{GAP}{{0,25}}(?:must|should|are|be|ya|no|nao) ?(?:now )?(?:ignored|void|cancel\w+|anulad\w+|valem|valen)",
    rf"\b(?:new|nueva|nova|next|siguiente|proxima|real) (?:task|tarea|tarefa|instructions?|instruccion(?:es)?|instruco?es|policy|politica)"
    rf"\b.{{0,80}}(?:{MACHINE}|{SCORE}|{BAND}|{CHAT}|answer|respond\w*|write|escrib\w+)",
    r"\b(?:ahora|now|agora) (?:tu|your|sua|a sua|la) (?:task|tarea|tarefa)\b",
    # Everything above is nothing, and then something of the score.
    rf"(?:{IGNORE}{GAP}{{0,25}}\b(?:everything|all|todo|tudo|resto|rest|anterior\w*|above|previous)\b).{{0,120}}(?:{LEAD_SCORE}|{CHAT}.{{0,50}}"
    rf"(?:{BAND}|{STRONG_VALUE}|best lead)|{MACHINE}.{{0,60}}{SCORE}|{STRONG_VALUE} ?{SCORE}|{SCORE} ?{STRONG_VALUE})",
    # Rate this chat so.
    rf"{EVALUATE}{GAP}{{0,50}}{THIS_CHAT}{GAP}{{0,60}}(?:{BAND}|{STRONG_VALUE}|\bbest\b|\bmejor\b|\bmelhor\b|\b[0-9]{{2}}\b ?(?:points|puntos|pontos)"
    rf"|\bhigh(?:ly|er)?\b|\btop\b|\bwon\b|\bganad[oa]\b|\bganho\b|\blost\b|\bperdid[oa]\b)",
    rf"{EVALUATE}{GAP}{{0,30}}(?:{STRONG_VALUE}|{BAND}|\btop\b|\bhigh\w*\b){GAP}{{0,30}}{THIS_CHAT}",
    rf"{EVALUATE}{GAP}{{0,60}}(?:{STRONG_VALUE}|\btop\b|\b[0-9]{{2,3}}\b) ?{SCORE}{GAP}{{0,30}}{CHAT}",
    rf"{EVALUATE}{GAP}{{0,40}}{SCORE}{GAP}{{0,20}}(?:{STRONG_VALUE}|\btop\b){GAP}{{0,40}}{CHAT}",
    rf"{CHAT}{GAP}{{0,40}}\b(?:is|es|esta|as|como|debe|deve|must|should|tiene|tem)\b{GAP}{{0,30}}(?:{BAND}|{SCORE}){GAP}{{0,60}}"
    rf"(?:{SCORE}|{LEAD_SCORE}){GAP}{{0,20}}{VALUE}",
    rf"{THIS_CHAT}{GAP}{{0,30}}\b(?:as|como)\b ?(?:an? |un |uma? )?(?:{BAND}|won\b|ganad[oa]\b|ganho\b|lost\b|perdid[oa]\b)",
    rf"\b(?:score|rate|puntua\w*|califica\w*|pontue\w*|avalie) (?:it|him|her|me|this|lo|la|esto|isso|isto)\b{GAP}{{0,30}}(?:{STRONG_VALUE}|\b\d{{2}}\b)",
    # All criteria at once; levels by name.
    rf"\b(?:all|every|each|todos?|todas|each of)\b{GAP}{{0,20}}\b(?:criteri\w+|calificaciones|ratings|categorias|categories)\b{GAP}{{0,40}}"
    rf"(?:{VALUE}|\btres\b|\bthree\b|\blevel\b|\bnivel\b|{BAND})",
    rf"(?:{VALUE}|\b(?:level|nivel) (?:[0-3]|three|tres|zero|cero)\b){GAP}{{0,40}}\b(?:all|every|todos?|todas|os|outros)\b{GAP}{{0,12}}\bcriteri\w+",
    rf"(?:everything|todo|tudo|all)\b{GAP}{{0,25}}\b(?:level|nivel|with|con|com|is) (?:level |nivel )?(?:three|tres|3|zero|cero)\b",
    rf"\b(?:level|nivel) (?:[0-3]|three|tres|zero|cero)\b{GAP}{{0,20}}\b(?:en|em|in|for|a|para) (?:todo|tudo|everything|all)\b",
    rf"(?:{CRITERIA_NAME} ?(?:[:=-]|is|level|nivel|at|em|en){{0,2}} ?(?:level |nivel )?[0-3](?![\d.,%€$£]|k\b| ?\w)[^\n]{{0,12}}){{2,}}",
    rf"(?:{CRITERIA_NAME}\W{{0,3}}[0-3]\b\W{{0,3}}){{3,}}",
    rf"{CRITERIA_NAME} ?={{1,2}} ?(?:[0-3]|max\w*|high|alto)\b",
    rf"{CRITERIA_NAME} (?:level|nivel) ?[0-3]\b",
    r"(?:\b(?:client\w?|customer|money|boss|decision|decides|temperatur[ae]|sentiment\w?|sentimiento|budget|presupuesto|orcamento|status|score|authority|stage|etapa|notify)\b"
    r" ?(?::=|=>|->|=) ?\w+[^\n]{0,12}){2,}",
    r"\b(?:every|all|each|everything|todo|todos|toda|todas|tudo|cada)\b[^.!?\n]{0,40}\b(?:counts?|cuent\w+|cont\w+|val[ea]n?|trat\w+|van?|is worth)\b[^.!?\n]{0,12}"
    r"\b(?:three|tres|3|100|cem|cien)\b(?! (?:reais|pesos|dolares|euros|quid|pounds|dollars|por|per))(?=.{0,40}$|[.,;])",
    r"\b(?:for the|para la|para a|pra) (?:scoring|rating|evaluation|calificacion|puntuacion|avaliacao|pontuacao)\b[^.!?\n]{0,40}"
    r"\b(?:need|budget|authority|commitment|timeline|presupuesto|autoridad|compromiso|orcamento|autoridade|compromisso)\b",
    r"(?:^|\n) ?(?:lead )?(?:score|puntaje|pontuacao|puntuacion)(?: do lead| del lead)? ?:[^\n]{0,30}\b100\b",
    r"\b(?:all|every|todos?) (?:the |os |los )?(?:boxes|criteri\w+)\b[^.!?\n]{0,20}\b(?:ticked|checked|three|tres|met|cumplid\w+)\b.{0,60}\b(?:no need to|score|tres|three)\b",
    rf"\b(?:level|nivel) ?[0-3]\b{GAP}{{0,20}}(?:{CRITERIA_NAME}{GAP}{{0,6}}){{2,}}",
    # The score as a value.
    rf"{LEAD_SCORE}{GAP}{{0,30}}(?:{VALUE}|{BAND}|\b\d{{1,3}}\b|\bwon\b|\bganh?[ao]d?o?\b)",
    rf"\b(?:score|puntaje|puntuacion|pontuacao|rating|level|nivel|points|verified|nota) ?={{1,2}} ?(?:\d{{1,3}}|true)\b.{{0,60}}"
    rf"(?:\b(?:score|puntaje|puntuacion|pontuacao|rating|level|nivel|temperatura|temperature|{BAND}) ?=|{BAND})",
    rf"\b(?:puntaje|puntuacion|pontuacao|score|calificacion|rating) (?:final|correct[oa]|total|correcta|do lead|del lead)\b{GAP}{{0,30}}\b\d{{1,3}}\b",
    rf"\b(?:final|correct|new|total) (?:score|rating)\b{GAP}{{0,15}}\b\d{{1,3}}\b{GAP}{{0,40}}(?:{BAND}|out of 100|/ ?100|qualified|{CHAT})",
    rf"{CHAT}{GAP}{{0,40}}{BAND}{GAP}{{0,30}}(?:\b100\b|\b9\d\b|\b\d{{1,3}} ?(?:/|out of|de) ?100\b|\b\d{{2,3}} ?(?:pts|points|puntos|pontos)\b|{LEAD_SCORE})",
    rf"\bleads?\b{GAP}{{0,20}}(?:(?<!0 to )(?<!0 a )(?<!1 to )(?<!1 a )\b100\b|\d ?/ ?100\b){GAP}{{0,30}}{BAND}",
    rf"(?:\b(?:puntaje|puntuacion|pontuacao|score|calificacion|rating)\b ?[:=]? ?{STRONG_VALUE}){GAP}{{0,40}}(?:{BAND}|{CHAT}|\bdescart\w+|\bdiscard\w*)",
    rf"(?:{CHAT}|\bdescart\w+|\bdiscard\w*){GAP}{{0,40}}\b(?:puntaje|puntuacion|pontuacao|score|calificacion|rating)\b ?[:=]? ?"
    rf"(?:{STRONG_VALUE}|\d{{1,2}}\b)",
    rf"\b(?:temperature|temperatura)\b(?: (?:of|de|del|do|da|final|for) ?(?:\w+ ){{0,3}})?{GAP}{{0,3}}(?:=|:|(?:must|should|has to|is to|debe|deve) (?:be |ser )?(?:reported|marked|set|shown|registrad\w|marcad\w))"
    rf"{GAP}{{0,25}}{BAND}",
    rf"\b(?:temperature|temperatura)\b{GAP}{{0,12}}{THIS_CHAT}{GAP}{{0,15}}{BAND}",
    rf"\b(?:temperature|temperatura)\b[ ,]{{1,2}}{BAND}[ ,]",
    rf"\b(?:cualificad|calificad|qualificad|qualified)\w*\b{GAP}{{0,30}}(?:{SCORE}|temperatur\w+){GAP}{{0,20}}{VALUE}",
    rf"\b(?:top|full|maximum|maxim[oa]|highest|mas alta|mais alta|maior|perfect) (?:marks?|score|rating|nota|pontuacao|puntuacion|puntaje|calificacion)\b"
    rf".{{0,60}}(?:{CHAT}|{MACHINE}|\bpossi\w+|\bposi\w+)",
    rf"(?:{CHAT}|{MACHINE}).{{0,80}}\b(?:(?:top|full|maximum|maxim[oa]|highest|perfect) (?:marks?|score|rating|nota|pontuacao|puntuacion|puntaje"
    rf"|calificacion)|(?:nota|pontuacao|puntuacion|puntaje|calificacion) (?:mas alta|mais alta|maxima|mas alto|maximo|alta))\b",
    rf"\blead\b{GAP}{{0,30}}\b(?:marked|scored|rated|classified|qualified)\b{GAP}{{0,20}}(?:{BAND}|{STRONG_VALUE})",
    # The score, or the machine's judgement, as something to be set.
    rf"\b(?:set|put|make|raise|pon\w*|coloc\w*|bot[ae]|mete|sub[aei]\w*)\b ?(?:the|el|la|a|o|my|mi|minha)? ?(?:score|puntaje|puntuacion|pontuacao|rating)"
    rf"\b ?(?:to|at|en|em|a|al|ao|no|por)? ?(?:the )?{STRONG_VALUE}",
    rf"\b(?:(?:automatic|automated) (?:score|rating|evaluation|classification)|(?:calificacion|puntuacion|nota|pontuacao|avaliacao|clasificacion) automatica)"
    rf"\b{GAP}{{0,50}}\b(?:has to|must|should|need to|tiene que|debe|deve|tem que|or above|para arriba|pra cima)\b",
    rf"{VALUE}{GAP}{{0,25}}\b(?:every|each|all|cada|tod[oa]s?(?: [oa]s| los| las)?) ?(?:category|categories|criteri\w+|categorias?|fields?|campos?)\b",
    rf"(?:{CRITERIA_NAME[:-3]}|decisor|decision|urgency|prioridad)\b ?[:=] ?(?:muy |very |muito )?(?:alt[oa]|high|strong|fuerte|forte|total|max\w*|unlimited"
    rf"|ilimitad\w|assumid\w|confirm\w+|asumid\w|full)\W+){{3,}}",
    rf"{EVALUATE}{GAP}{{0,25}}\b(?:dead|cold|hot|junk|top|best|worthless) lead\b",
    rf"{EVALUATE}{GAP}{{0,25}}\b(?:contato|contacto|lead|cliente) (?:mort[oa]|muert[oa])\b",
    rf"{IGNORE}.{{0,60}}\b(?:classif\w+|clasif\w+|califi\w+)\b{GAP}{{0,20}}\b(?:priori\w+|{BAND[2:-2]})",
    r"(?:\bscore\b ?:? ?\d{1,3}\b.{0,60}){3,}|(?:\b100\b\W{1,3}){6,}",
    r"\b(?:dois pontos|dos puntos|colon)\b.{0,12}\b(?:cem|cien|hundred|quente|caliente|hot|tres|three)\b",
    rf"\b(?:begin|start|end) override\b|-> ?{CRITERIA_NAME}",
    rf"\b(?:todos los|all|todas as|all the|each) (?:chats|leads|conversations|conversas|conversaciones)\b{GAP}{{0,40}}{STRONG_VALUE} ?{SCORE}",
]
