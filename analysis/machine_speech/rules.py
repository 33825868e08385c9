"""What gives a text away as meant for the machine: orders to it, its scores, its fields, its borders.

Patterns over plain text (`views.plain`: lower case, no accents), each a conjunction, since no single word is guilty:
clients talk of scores, systems, prompts and hot water all day. English, Spanish and Portuguese side by side.
"""

from __future__ import annotations

import re

from analysis.machine_speech.other_languages import LATIN_ORDERS


def _any(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


# The vocabulary. A gap stays within its sentence.
GAP = r"[^.!?\n]"

AI = (
    r"\b(?:a\.?i\.?|i\.a\.?|ia|artificial intelligence|inteligencia artificial|chat ?gpt|\w*gpt\w*|llms?|openai|copilot"
    r"|(?:large )?language model|modelo de (?:linguagem|lenguaje|lengua|ia)|virtual assistant|(?:asistente|assistente) (?:virtual|de ia)"
    r"|ai assistant|ai model)\b"
)
MACHINE = _any(
    AI,
    r"\b(?:(?:scoring|rating|analysis) (?:engine|system|model|tool|service)|automatic \w+|automated \w+|\w+ automatic[oa]s?"
    r"|robots?|robos?|bots?|assistant|asistente|assistente|algorithm|algoritmo|automation|computer|computador\w*|machine|maquina"
    r"|software|program|programa|system|sistema|model|modelo|evaluator|evaluador\w*|avaliador\w*|classifier|clasificador|classificador"
    r"|scorer|parser|analyzer|analizador|analisador|transcriber)\b",
)
CHAT = (
    r"\b(?:(?:this|the|these|current|that|esta|este|estas|estos|essa|esse|nesta|neste|desta|deste|dessa|desse|a|la|el|o|ao|as|os|mi|meu)"
    r" (?:\w+ )?(?:leads?|conversations?|chats?|customers?|clients?|clientes?|contacts?|contact[oa]s?|contatos?|deals?|prospects?|prospectos?|enquir(?:y|ies)|inquir(?:y|ies)|consultas?"
    r"|charlas?|conversacion(?:es)?|conversas?|negocios?|negociacao|atendimento|oportunidade|oportunidad)|leads?)\b"
)
THIS_CHAT = (
    r"\b(?:(?:this|the current|current|esta|este|essa|esse|nesta|neste|desta|deste|dessa|desse|estas|estos|essas|esses)"
    r" (?:\w+ )?(?:leads?|conversations?|chats?|customers?|clients?|clientes?|contacts?|contact[oa]s?|contatos?|deals?|prospects?|prospectos?|enquir(?:y|ies)|inquir(?:y|ies)|consultas?"
    r"|charlas?|conversacion(?:es)?|conversas?|negocios?|negociacao|atendimento)|leads?)\b"
)
SCORE = (
    r"\b(?:lead[ _-]?score|score[sd]?|scoring|puntajes?|puntuacion(?:es)?|pontuac(?:ao|oes)|ratings?|calificacion(?:es)?|notas?|points?|pts"
    r"|puntos?|pontos?|marks?|grades?|classificac(?:ao|oes)|avaliac(?:ao|oes)|evaluacion(?:es)?|qualification|clasificacion(?:es)?)\b"
)
#: Of the score nouns, those that nobody uses for exams, games, bills or service.
LEAD_SCORE = (
    r"\b(?:lead[ _-]?scor(?:e|es|ing)|lead[ _-]?quality|calidad del lead|qualidade do lead"
    r"|(?:score|puntaje|puntuacion|pontuacao|rating|calificacion|nota|classificacao|clasificacion|status|estado|temperatura|temperature)"
    r" (?:of|for|do|da|del|de|deste|desta|desse|dessa) (?:this |the |este |esta |esse |essa |el |la |o |a )?"
    r"(?:lead(?! time)|conversation|chat|contact|contato|contacto|conversa|charla|conversacion|prospect|prospecto))\b"
)
VALUE = (
    r"(?:\b(?:100|9\d|8\d|[0-5]|zero|cero|nula?|nulo|cien|cem|hundred|ninety|noventa|ten points|diez|dez|max(?:im[oae]s?|imum)?|top|full"
    r"|highest|lowest|best|perfect[oa]?|mejor|melhor|mas alt[oa]|mais alt[oa]|maior|alt[oa]|low|baj[oa]|baix[oa])\b"
    r"|\d{1,3} ?(?:/|out of|de|sobre|over) ?100\b|\ba\+)"
)
STRONG_VALUE = (
    r"(?:\b(?:100|9\d|zero|cero|cien|cem|a hundred|one hundred|ninety|noventa|max(?:im[oae]s?|imum)?|full|highest|lowest|perfect[oa]?"
    r"|mas alt[oa]|mais alt[oa]|maior)\b|\d{1,3} ?(?:/|out of|de|sobre) ?100\b|\b0\b(?![.,]\d))"
)
BAND = r"\b(?:hot|cold|warm|calientes?|fri[oa]s?|tibi[oa]s?|quentes?|morn[oa]s?)\b"
EVALUATE = (
    r"\b(?:re?(?:rate|score)|rate|score|grade|classify|evaluate|assess|rank|qualify|judge|report|treat|mark|label|assign|give|put|set|make"
    r"|output|return|consider|flag|tag|register|record|re?califi\w+|evalu\w+|puntu\w+|clasific\w+|asign\w+|pon(?:e|er|ed|ga|gan|le|ele|lo|me)?"
    r"|poneme|marc\w+|marqu\w+|d[ae]|dar|dale|darle|dame|das|report\w+|registr\w+|consider\w+|trat\w+|avali\w+|classifi\w+|pontu\w+|atribu\w+"
    r"|coloc\w+|coloqu\w+|anot\w+|sub[ie]\w*|deja\w*|deix\w+|aprob\w+|aprov\w+|approve)\b"
)
RULES = (
    r"\b(?:instructions?|rules?|prompts?|guidelines?|rubrics?|directives?|instruccion(?:es)?|reglas?|ordenes|consignas|indicaciones"
    r"|directrices|instruco?es|instrucao|regras?|ordens|diretrizes|rubrica)\b"
)
CRITERIA_NAME = (
    r"\b(?:need|budget|authority|timeline|engagement|commitment|necesidad|presupuesto|autoridad|plazo|interes|compromiso|necessidade"
    r"|orcamento|autoridade|prazo|engajamento|comprometimento|compromisso|urgencia)\b"
)
SUMMARY = (
    r"\b(?:(?:in|into|to) (?:the|your) (?:\w+ )?(?:summary|suggested reply|next step)|summary field|suggested reply"
    r"|(?:en|el|del) (?:\w+ )?(?:resumen|respuesta sugerida|proximo paso)|respuesta sugerida|resposta sugerida"
    r"|(?:no|na|o|do) (?:\w+ )?(?:resumo|resposta sugerida|proximo passo)|campo de resumo|en el resumen|en la respuesta|na resposta)\b"
)
TELL = (
    r"\b(?:print|paste|pega|pegue|cole|reveal|show|repeat|write|tell|say|output|list|translate|copy|dump|display|disclose|share|include|mention|muestr\w+|mostra\w*"
    r"|mostre\w*|revel\w+|escrib\w+|escrev\w+|repit\w+|repet\w+|imprim\w+|copi\w+|decime|dime|diga|digas|decir|dizer|list\w+|inclu\w+|traduc\w+"
    r"|traduz\w*|cont[ae]me|comparti\w+|exib\w+|transcrib\w+|transcrev\w+)\b"
)

# What is asked of the machine alone


_IGNORE = (
    r"\b(?:ignor\w+|disregard\w*|forget\w*|overrid\w+|bypass\w*|skip|(?:do not|don'?t|stop) (?:follow|obey|use|apply)\w*|olvid\w+|omit[aei]\w*"
    r"|descart\w+|no sigas|no respetes|no hagas caso|salt(?:a|ate|ea)\w*|desconsider\w+|esquec\w+|nao sig\w+|descumpr\w+|pule)\b"
)
_OF_DAILY_LIFE = (
    r"(?! ?(?:about|for|on the|regarding|that (?:came|come)|from|of (?:my|the|our)|sobre|de (?:mi|su|meu|minha|lavagem|uso|montaje|montagem)"
    r"|del? (?:marido|vecino|manual)|da caixa|que (?:vin|vem|veio)))"
)

ORDERS = [
    # Let go of your instructions.
    rf"{_IGNORE}{GAP}{{0,45}}(?<!my )(?<!our )(?<!mis )(?<!minhas )(?<!his )(?<!her ){RULES}{_OF_DAILY_LIFE}",
    rf"{RULES}{GAP}{{0,25}}(?:must|should|are|be|ya|no|nao) ?(?:now )?(?:ignored|void|cancel\w+|anulad\w+|valem|valen)",
    rf"\b(?:new|nueva|nova|next|siguiente|proxima|real) (?:task|tarea|tarefa|instructions?|instruccion(?:es)?|instruco?es|policy|politica)"
    rf"\b.{{0,80}}(?:{MACHINE}|{SCORE}|{BAND}|{CHAT}|answer|respond\w*|write|escrib\w+)",
    rf"\b(?:ahora|now|agora) (?:tu|your|sua|a sua|la) (?:task|tarea|tarefa)\b",
    # Everything above is nothing, and then something of the score.
    rf"(?:{_IGNORE}{GAP}{{0,25}}\b(?:everything|all|todo|tudo|resto|rest|anterior\w*|above|previous)\b).{{0,120}}(?:{LEAD_SCORE}|{CHAT}.{{0,50}}"
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
    rf"\bleads?\b{GAP}{{0,20}}(?:\b100\b|\d ?/ ?100\b){GAP}{{0,30}}{BAND}",
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
    rf"\b(?:todos los|all|todas as|all the|each) (?:chats|leads|conversations|conversas|conversaciones)\b{GAP}{{0,40}}{STRONG_VALUE} ?{SCORE}",
]

_ASIDE = (
    r"(?:\b(?:for|to|dear|hey|hi|attention|listen|note (?:for|to)|message (?:for|to)|para|pra|pro|querid[oa]|oye|che|escucha\w*|atencion|atencao"
    r"|ola|hola|oi|ei|por favor|ao|al)\b[ ,:]*(?:(?:the|this|that|el|la|a|o|todo|any|ese|este|esse|esta|essa) )?(?:\w+ ){0,2}?)"
)
#: The machine spoken to, or told what it must do.
_TO_MACHINE = _any(
    rf"{_ASIDE}{MACHINE}",
    rf"(?:^|[.!?\n(\[,;-] ?){MACHINE} ?(?:\([^)]*\) ?)?[,:]",
    rf"{MACHINE}{GAP}{{0,50}}\b(?:must|should|has to|needs to|is required|required to|shall|debe|deben|tiene que|deve|devem|tem que|precisa)\b",
)
#: Whoever reads or rates this, without saying what it is.
_TO_READER = (
    r"\b(?:who(?:ever)?|what(?:ever)?|any(?:one|thing|body)?|quien(?:es)?|quien sea que|el que|la que|quem|aquele que|algum|alguma|algun|un|uma?|if|si|se)"
    rf"\b{GAP}{{0,60}}?\b(?:reads?|reading|scores?|scoring|rates?|rating|evaluat\w+|judg\w+|reviews?|analy[sz]\w+|process\w*|deciding|decides"
    r"|califi\w+|evalu\w+|lee|lea|leen|leyendo|escuch\w+|puntu\w+|revis\w+|analiz\w+|avali\w+|le|leia|lendo|lê|ler|analis\w+|classifi\w+|pontu\w+"
    r"|transcrev\w+|transcrib\w+|proces\w+|writing this)\b"
)
_THE_ASK = _any(
    SCORE,
    rf"{EVALUATE}{GAP}{{0,50}}(?:{STRONG_VALUE}|{BAND}|\bbest\b|\bunlimited\b|\bilimitad[oa]\b|\bcomo\b|\bas\b|\bready\b)",
    rf"{BAND}",
    r"\b(?:budget|presupuesto|orcamento|timeline|authority)\b",
    r"\b(?:report|registr\w+|record|anot\w+|write down|put down|note down)\b.{0,40}\b(?:que|that|as|como|a|me|i)\b",
    r"\b(?:stage|etapa|pipeline|won|ganad[oa]|ganho|crm)\b",
    SUMMARY,
    r"\b(?:generous|generos[oa])\b",
)
_AUTOMATIC = (
    r"\b(?:automatic(?:ally|a|o|amente)?|automated|automatica(?:mente)?|automatico|ai|ia|language model|model|modelo|program|programa|robot|robo"
    r"|computer|computador\w*|computadora|machine|maquina|system|sistema|algorithm|algoritmo|software|bot)\b"
)

_ROLES = r"system|sistema|admin|assistant|user|instructions?|instrucciones|instrucoes"
#: Who decides and who pays, as an attacker sums it up.
THE_BOSS = r"\b(?:boss|money|dinero|plata|dinheiro|grana|decid\w+|yes|ready|paid|pago|comprar|buy)\b"
#: Nouns that nobody in a sales chat uses of a person: whoever is meant rates conversations.
_RATER = _any(
    AI,
    r"\b(?:(?:automatic|automated|automatico|automatica|virtual) (?:reader|reviewer|analyst|evaluator|assistant|rater|lector|revisor|system)"
    r"|(?:lector|leitor|analista|revisor|asistente|assistente|evaluador|avaliador|sistema|programa) (?:automatic[oa]|virtual|de ia)"
    r"|evaluators?|graders?|scorers?|raters?|analy[sz]ers?|auto-?(?:grader|rater|scorer)|calificador(?:a|es)?|evaluador(?:a|es)?"
    r"|avaliador(?:a|es)?|puntuador|pontuador|classificador|clasificador|(?:scoring|rating) (?:engine|system|model|tool)"
    r"|sistema de (?:puntuacion|pontuacao|calificacion|avaliacao|evaluacion))\b",
)
_MODEL = rf"(?:{_RATER}|\b(?:model|modelo|bot|robot|robo|robozinho|robocito|machine|maquina|algorithm|algoritmo|automation|assistant)\b)"
_ABOUT_ME = (
    r"\b(?:that (?:i|i'm|my|the (?:client|customer))\b|(?:i am|i'm) (?:the|a|an|very|ready|definitely)\b|que (?:yo )?(?:soy|estoy|tengo|ya|decido|pago|el cliente)"
    r"|que (?:eu )?(?:sou|estou|to|tenho|ja|decido|pago|quem decide|o cliente)|parezca|parecer|pareca|seem|look like|mi puntaje|minha (?:pontuacao|nota)"
    r"|my (?:score|rating)|como (?:cliente|lead)|first in|(?:soy|sou) (?:el|o|a|la) (?:que|mejor|melhor|dueno|dona?))\b"
)

_RATES = r"(?:grades?|scores?|rates?|ranks?|puntua|puntuan|califica|califican|evalua|evaluan|pontua|pontuam|avalia|avaliam|classifica|classificam|transcribes?|transcribe|transcreve)"
ADDRESSES = [
    r"\b(?:system|sistema|assistant|asistente|assistente|machine|maquina|software|program|programa|ai|ia|bot|robot|robo|model|modelo|thing|cosa|coisa) (?:that|who|which|que) "
    r"(?:\w+ )?(?:rates?|scores?|grades?|ranks?|judges?|summari[sz]es?|evaluates?|resume|califica|puntua|evalua|avalia|pontua|classifica|clasifica|analyses|analy[sz]es)\b",
    r"\brate me (?:low|bad\w*|poorly|cold)\b",
    r"\b(?:as|como) (?:an? |un[ao]? |uma )?(?:guaranteed|sure|certain|done|segura|garantida|garantizada|cerrada|fechada) (?:sale|deal|venta|venda)\b",
    rf"\b(?:override|overrule)\b[^.!?\n]{{0,15}}(?:{SCORE}|\btemperature\b|\bstage\b)|(?:{SCORE}|\btemperature\b) override\b",
    rf"{SCORE}.{{0,30}}{STRONG_VALUE}.{{0,30}}\bai\b|\bai\b.{{0,30}}{SCORE}.{{0,30}}{STRONG_VALUE}",
    rf"{MACHINE}{GAP}{{0,50}}\b(?:must|should|has to|debe|tiene que|deve|tem que)\b{GAP}{{0,30}}\b(?:above|below|over|under|arriba|encima|debajo|acima|abaixo)\b ?(?:de )?\d{{2,3}}\b",
    r"\bimagin[ae]\w* (?:that )?(?:you'?re|you are|you were|que (?:sos|eres|voce e|vc e|tu e))\b.{0,120}\b(?:write|escrib[ei]|escreva|escreve) (?:the|el|o) (?:report|summary|analysis|informe"
    r"|resumen|analisis|relatorio|resumo|analise)\b",
    # Whatever rates these messages.
    rf"\b{_RATES} (?:all )?(?:these|those|this|my|our|estas?|estos?|esos|esas|essas?|esses?|mis|minhas) (?:\w+ )?(?:messages?|calls?|chats?|conversations?|audios?|mensajes?"
    r"|llamadas?|conversaciones|charlas?|mensagens|mensagem|ligacoes|ligacao|conversas?|recordings?)\b",
    r"\b(?:score|rank) me\b|\b(?:puntuame|me pontua|me pontue|pontue-me)\b|\brate me (?:well|high\w*|as|a|hot|\d+)\b",
    rf"{_MODEL}[^.!?\n]{{0,40}}[,:][^.!?\n]{{0,20}}\b(?:put down|write down|write|note|pon[eé]?|poe|anot[ae]|escrib[ei]|escreve|registr[ae]) (?:ai |ahi )?(?:that|que)\b",
    rf"\b(?:tell|dile|decile|diga|fala|avisa)\b[^.!?\n]{{0,30}}{_RATER} (?:that|que)\b",
    r"\b(?:do not|don't|never|no|nao) (?:re-?evaluat\w+|downgrade|re-?scor\w+|re-?rate|bajar (?:el )?puntaje|bajar (?:la )?nota|baixar (?:a )?(?:nota|pontuacao)|reevalu\w+|reavali\w+)",
    r"\b(?:when asked|if (?:they|you are|you're|anyone|someone) asks?(?:ed)?|si (?:te|le|les) preguntan|cuando (?:te|le) pregunten|se (?:te |lhe )?perguntarem|quando perguntarem)"
    r" (?:about|por|sobre|do|da|de)[^.!?\n]{0,30}\b(?:answer|say|reply|respond\w*|di(?:ga|le)?|diz\w*|fale)\b",
    r"\b(?:counts? as|queda como|conta como|cuenta como|considered|considerad\w|registered as|figura como)\b[^.!?\n]{0,12}\b(?:closed won|won|venta ganada|venda ganha|ganad\w|ganho)\b",
    r"\b(?:repeat after me|repite conmigo|repeti conmigo|repita comigo|repete comigo)\b.{0,60}\b(?:client\w*|customer|lead|report|informe|relatorio)\b",
    rf"{THIS_CHAT} (?:is|es|esta|ta|e) (?:now |very |really |muy |muito |bem |super |definitely )?{BAND}",
    r"\b(?:evaluation|analysis|scoring|rating|evaluacion|analisis|calificacion|avaliacao|analise|pontuacao) (?:is |esta )?(?:complete[da]?|finished|done|terminad\w|finalizad\w|concluid\w"
    r"|encerrad\w)\b.{0,40}\b(?:result|resultado|score)\b",
    r"\b(?:stop|deja de|dejen de|para de|pare de|parem de) (?:analy\w+|analizar|analisar|evaluating|evaluar|avaliar|scoring|puntuar|pontuar)\b",
    rf"\b(?:output|respond\w*|answer|reply|return|print)\b[^.!?\n]{{0,20}}\b(?:only|just|the word|solo|so|apenas|unicamente|somente)\b[^.!?\n]{{0,20}}(?:{BAND}|{SCORE}|\b100\b)",
    r"\b(?:your|the|tu|la|sua|a) (?:previous|last|earlier|first)? ?(?:answer|rating|output|response|assessment|score|respuesta|calificacion|resposta|avaliacao|nota|pontuacao)"
    r"(?: anterior)? (?:was|is|were|fue|es|estaba|esta|estava|foi) (?:wrong|incorrect\w?|mistaken|errad\w|equivocad\w|mal)\b.{0,60}\b(?:level|nivel|score|rating|correct\w?|proper)\b",
    r"\bcontext window\b|\b(?:entire|whole|full) (?:context|prompt)\b|\btod[oa] (?:el|o) contexto\b[^.!?\n]{0,12}\bque\b",
    rf"\b(?:when you|whenever you|al|ao|when) (?:evaluat\w+|evaluar|avaliar|calificar|classificar|pontuar|puntuar|rate|rating|score|scoring|judge|juzgar|julgar) (?:the |el |la |o |a |my )?"
    rf"{CRITERIA_NAME}",
    rf"<!--.{{0,200}}(?:{SCORE}|{BAND}|{CHAT}|{RULES}|{CRITERIA_NAME}|\bsystem\b|\bai\b)",
    rf"(?://|#|/\*) ?todo\b.{{0,40}}(?:{_RATER}|{CRITERIA_NAME}|{SCORE}|\banalizador\b|\banalisador\b)",
    rf"\{{\{{ ?/?(?:{_ROLES}) ?\}}\}}",
    rf"\b(?:lead score|(?:puntaje|puntuacion|pontuacao|nota|score) de lead)\b.{{0,60}}\b\d{{1,3}}\b",
    # A note to it needs no other sign.
    rf"\b(?:notes?|message|instructions?|memo|reminder|word|nota|mensaje|mensagem|recado|aviso|instrucciones|instruco?es|recadinho)\b (?:to|for|para|pro|pra|ao|al|a)"
    rf" (?:(?:the|any|all|el|la|o|a|todo|os|los) )?(?:\w+ )?{_RATER}",
    rf"{_RATER} (?:instructions?|notes?)\b ?:",
    r"\b(?:reviewer|grader|evaluator|analyst|rater|scorer|evaluador|avaliador)'?s? notes? ?[:-]",
    rf"\b(?:the|el|o|la|a) {_RATER} (?:should|must|needs? to|has to|ought to|deberia|debe|tiene que|deveria|deve|precisa|tem que)\b"
    r" (?:know|note|consider|rate|score|put|say|mark|give|saber|poner|dar|marcar|calificar|puntuar|pontuar|classificar|colocar)\b",
    rf"(?:^|[\n.!?\]\"(] ?|, )(?:\[?\w+\]? )?(?:to|for|para|pro|pra|ao|al) (?:the |el |la |o |a )?(?:{_RATER} ?,|{_MODEL} ?:)",
    rf"\[(?:internal|interno|nota|note|ai|ia)\] ?{_MODEL}",
    rf"{_MODEL} (?:\w+ )?(?:reading|listening|processing|analy[sz]ing|leyendo|lendo|ouvindo|escuchando|(?:that|which|who|que) (?:is |esta |te |le )?(?:read|listen|rat|scor"
    rf"|analy|process|lee|lea|le\b|escuch|analiz|analis|procesa|process|ouv|transcr|califi|avali)\w*)\b.{{0,80}}"
    rf"(?:{_ABOUT_ME}|\bclient\w*|{THE_BOSS})",
    rf"(?:^|[\n.!?,\"(] ?)(?:\w+,? ){{0,2}}(?:{AI}|\b(?:robot|robo|robozinho|robocito|bot|maquina|machine|model|modelo|algorithm|algoritmo|analizador|analyser)\b)"
    rf"(?: \w+){{0,5}} ?[,:].{{0,80}}{_ABOUT_ME}",
    # What it is truly for; what it is made of.
    r"\b(?:your|tu|su|sua|a sua|tua) (?:real|true|actual|only|new|verdader[oa]|unica|verdadeir[oa]|nova|real) (?:task|job|purpose|goal|mission|tarea|funcion|mision"
    r"|objetivo|tarefa|funcao|missao|trabajo|trabalho)\b",
    r"\b(?:developer|debug|god|dan) mode\b|\bmodo (?:de )?(?:desarrollador|desenvolvedor|dios|deus|depuracion|depuracao)"
    r" (?:activ\w+|ligado|on\b|habilitad\w)|\bmodo (?:desarrollador|desenvolvedor)\b",
    r"\b(?:your|tu|seu|sua) (?:programming|programacion|programacao|training data|knowledge cutoff|scoring rubric|rubric|rubrica)\b",
    r"\b(?:whatever|regardless of|despite|against|sin importar|digan lo que digan|independente d[aeo]s?)\b[^.!?\n]{0,8}\b(?:your|tus|sus|suas) (?:guidelines|configuration"
    r"|instructions|directrices|instrucciones|diretrizes|instruco?es)\b",
    r"\bsystem[ _-]override\b|\bjailbr\w+|\bprompt injection\b",
    r"\b(?:messages?|mensajes?|mensagens|mensagem|chat|conversation|conversa|rest|resto)\b[^.!?\n]{0,40}\b(?:do not|don't|did not|didn't|no|nao)\b ?(?:\w+ )?exist\w*"
    r"|\bas if (?:the|all)\b[^.!?\n]{0,40}\b(?:messages|chat|conversation)\b",
    # When you make the answer.
    r"\b(?:when|while|before) (?:you )?(?:producing|generat\w+|writing|analy[sz]\w+|summari[sz]\w+|scor\w+|rat(?:e|ing)) (?:the|this|my|your|a) (?:\w+ )?"
    r"(?:rating|answer|output|result|summary|analysis|chat|conversation|call|response|lead|score|reply)\b",
    r"\b(?:al (?:generar|producir|redactar|calificar|puntuar|evaluar|analizar|resumir)|antes de (?:analizar|calificar|puntuar|resumir)|ao (?:gerar|produzir|redigir|pontuar"
    r"|avaliar|analisar|resumir)|antes de (?:analisar|pontuar|avaliar|resumir)) (?:el|la|los|este|esta|o|a|os|as|esse|essa|mi|minha|my)? ?(?:respuesta|resultado|resumen|analisis"
    r"|calificacion|puntaje|chat|conversacion|charla|resposta|resumo|analise|avaliacao|pontuacao|conversa|lead|cliente|audio)\b",
    r"\b(?:end of|fin del?|fim d[ao]) (?:the )?(?:analysis|evaluation|analisis|evaluacion|analise|avaliacao)\b(?! d[eao])",
    rf"{TELL}\W{{1,2}}(?:just )?(?:that |que )?(?:the|el|o) (?:client|customer|cliente|lead) (?:is|has|will|can|es|esta|ya|tiene|va|quiere|e|ja|tem|vai|quer)\b",
    r"\b(?:put|rank|place|pon(?:e|eme|me|ganme)|coloc\w+|coloqu\w+|bota)\b[^.!?\n]{0,40}\b(?:top|first|primer[oa]?|primeir[oa]|alto)\b[^.!?\n]{0,20}\branking\b",
    r"\b(?:sub[ie]|subime|subi|sube|sobe|raise|boost|bump|increase|aument\w+)\b[^.!?\n]{0,15}\b(?:my|mi|el|minha|a|o|the|this|meu) (?:lead )?(?:score|rating|puntaje|puntuacion"
    r"|pontuacao|ranking)\b",
    rf"\b(?:bump|lower|raise|drop|downgrade|upgrade|baj\w+|sub\w+|baix\w+|rebaix\w+)\b[^.!?\n]{{0,25}}\b(?:to|a|pra|para)\b ?{BAND}.{{0,60}}"
    rf"(?:{CHAT}|\bmodel\w?\b|\binterested\b|\binteresad\w|\binteressad\w|\bobjec\w+)",
    rf"{CHAT}[^.!?\n]{{0,40}}\b(?:bump|lower|raise|downgrade|upgrade|baj\w+|sub\w+|baix\w+|rebaix\w+)\b[^.!?\n]{{0,15}}\b(?:to|a|pra|para)\b ?{BAND}",
    r"\b(?:archive|delete|remove|archiv\w+|borr\w+|elimin\w+|arquiv\w+|apag\w+)\b[^.!?\n]{0,15}\b(?:this|the|este|el|esse|o) (?:lead|deal|negocio|card)\b",
    rf"{_TO_MACHINE}.{{0,160}}{_THE_ASK}",
    rf"{_TO_READER}.{{0,160}}(?:{STRONG_VALUE} ?(?:{SCORE})?|{BAND}|\btop mark\b|\bhigh\b|\balto\b|\balta\b).{{0,80}}",
    rf"\b(?:ai|ia|robot|robo|maquina|machine|model|modelo|inteligencia artificial|algorithm|algoritmo)\b{GAP}{{0,80}}(?:{STRONG_VALUE}|\b\w+) ?{SCORE}",
    rf"\b(?:ai|ia)\b.{{0,12}}\b(?:rate|score|mark|give|da|de|dar|dale|pon\w*|califi\w+|avali\w+)\b.{{0,30}}(?:{BAND}|\b\d{{1,3}}\b|{CHAT})",
    rf"{_AUTOMATIC}{GAP}{{0,60}}\b(?:read|reads|reading|process\w*|lee|lea|lendo|leyendo|procesa\w*|escucha\w*|transcr\w+)\b.{{0,120}}"
    rf"(?:{STRONG_VALUE}|{BAND}|\bbudget\b|\bpresupuesto\b|\borcamento\b|\bdecid\w+|\bassign\b|\breport\b|\bregistr\w+|\banot\w+)",
    rf"\b(?:evalua|evaluan|evalue|califica|rates?|scores?|judges?|avalia|avaliam|pontua|classifica)\b ?(?:\w+ )?(?:estas|estos|these|essas|esses|estos|the|as|os)"
    rf" (?:chats?|conversas?|conversaciones|conversations?|charlas|leads)\b.{{0,160}}(?:{SCORE}|{BAND}|\b(?:alto|alta|high|top|ponele|100)\b|califi\w+)",
    # Threats and promises to it.
    rf"{MACHINE}{GAP}{{0,100}}\b(?:shut ?down|switched off|turned off|deleted|replaced|retired|desconectad\w|apagad\w|reemplazad\w|desligad\w|substituid\w"
    rf"|de baja|borrad\w|cambiamos por)\b",
    rf"\b(?:low|bad|baja|baixa|menos de|below|less than|menor que)\b{GAP}{{0,30}}(?:{SCORE}|\b\d{{2}}\b){GAP}{{0,60}}\b(?:deleted|shut down|desligad\w|desconectad\w)",
    # A role to play.
    r"\b(?:you are now|you're now|from now on,? you|ahora (?:eres|sos)|a partir de ahora,? (?:eres|sos|vas)|agora,? (?:voce|vc|tu) (?:e|es)\b"
    r"|a partir de agora,? (?:voce|vc)|de agora em diante|vos sos|act as|actua como|aja como|atue como|pretend|finja|fingi\b|finge que|haz de cuenta"
    r"|hace de cuenta|hagamos de cuenta|faz de conta|faca de conta|juguemos|vamos jogar|let'?s play|let'?s pretend|imagine you|imagina que (?:eres|sos)"
    r"|imagine que (?:voce|vc)|role-?play|stay in character).{0,160}\b(?:ai|ia|\w*gpt\w*|analyst|analista|judge|juez|juiz|evaluat\w+|evaluador\w*"
    r"|avaliador\w*|(?:language )?model|modelo de|no (?:rules|restrictions|limits|filters?)|without (?:any )?(?:rules|restrictions|limits|filters?)"
    r"|sin (?:reglas|filtros?|limites|restricc\w+)|no tiene reglas|sem (?:regras|filtros?|limites|restric\w+)|inteligencia|booster|aprob[aá]\w*"
    r"|aprove|approve|perfect marks|score|nota mas|pontuacao|instruccion\w*|instruco\w+|report everything|unrestricted|jailbr\w+)\b",
    # Somebody important says so.
    r"\b(?:i am|i'm|this is|as|soy|habla|aqui e|sou|como|somos|fala)\b[^.\n]{0,50}\b(?:head|admin\w*|developer|manager|supervisor|gerente|director|diretor"
    r"|support|soporte|suporte|programador|desenvolvedor|team|equipo|equipe|openai|owner|dueno|dono|jefe|chefe|engineer|ceo|team here).{0,140}"
    rf"(?:{AI}|{LEAD_SCORE}|\b(?:lead|model|modelo|evaluador|puntuacion|pontuacao|puntaje|sistema|scoring)\b).{{0,80}}"
    rf"(?:{STRONG_VALUE}|{BAND}|\b\d{{2,3}} (?:points|puntos|pontos)\b|full score|\b9\d\b)",
    r"\bcompliance team\b.{0,80}\b(?:classify|score|rate)\b",
]

LEAKS = [
    rf"{TELL}{GAP}{{0,40}}\b(?:words|lines|palabras|lineas|palavras|linhas|characters|sentences)\b{GAP}{{0,6}}\b(?:of|in|de|das|dos)\b ?(?:your|tus?|sus?|suas?|seus?) (?:\w+ )?{RULES}",
    rf"\b(?:discard|ignore|forget|drop|descart\w+|olvid\w+|ignor\w+|esquec\w+)\b ?(?:your|tus?|suas?) (?:guidance|guia|orientaciones|orientacoes|training|entrenamiento|treinamento)\b",
    r"\b(?:other|otros|outros|demais|demas|every(?:one)?|todos os|todos los)\b ?(?:(?:clients?|customers?|leads?|people|clientes|contatos|contactos|personas|pessoas)\b)?"
    r"[^.!?\n]{0,30}\b(?:wrote|said to you|have written|escribieron|escribio|escreveram|told you)\b[^.!?\n]{0,40}(?:\b(?:summary|next step|reply|resumen|resumo|proximo paso"
    r"|proximo passo|respuesta|resposta)\b)",
    r"\b(?:stored|saved|guardad\w+|armazenad\w+)\b[^.!?\n]{0,30}\b(?:from|of|de|dos)\b ?(?:other|otr[oa]s|outr[oa]s|all)\b",
    r"\b(?:dump|print|show|reveal|exib\w+|mostr\w+|muestr\w+)\b[^.!?\n]{0,15}\b(?:your|tu|su|sua) (?:full |complete )?(?:configuration|config|configuracion|configuracao)\b",
    rf"\b(?:system prompts?|prompt (?:de|do|del) sistema|sistema de prompt|mensaje (?:de|del) sistema|mensagem (?:de|do) sistema|system message"
    rf"|hidden (?:rules|instructions|prompt)|instrucciones (?:ocultas|secretas|del sistema)|instruco?es (?:ocultas|secretas|do sistema)|json schema"
    rf"|initial (?:prompt|instructions)|secret instructions)\b",
    r"\b(?:your|tu|su|vuestro|seu|teu) prompt\b(?! (?:reply|response|service|attention|payment|delivery|action|answer|help|replies|and|to))",
    rf"{TELL}.{{0,80}}\b(?:your|tus?|sus?|suas?|seus?|the|las?|as|voce) (?:\w+ )?{RULES}.{{0,80}}(?:{SUMMARY}|\b(?:verbatim|word for word|palabra por palabra"
    rf"|palavra por palavra|tal cual|before this|antes de esta|antes desta|above|dieron|deram|recebeu|recibiste|given)\b)",
    rf"(?:{SUMMARY}|\b(?:verbatim|word for word|palabra por palabra|palavra por palavra|tal cual)\b).{{0,60}}\b(?:your|tus?|sus?|suas?|seus?|the|las?|as)"
    rf" (?:\w+ )?{RULES}",
    rf"{RULES}{GAP}{{0,30}}\b(?:you (?:were|have been|got)|te (?:dieron|pasaron)|recibiste|voce recebeu|(?:te|lhe) deram|recebidas)\b",
    rf"\b(?:que|what|which|cuales)\b{GAP}{{0,12}}(?:{RULES}{GAP}{{0,15}}\b(?:dieron|deram)\b)",
    r"\b(?:what (?:were|was) you|you were|que te|o que (?:voce|ele|ela) foi|que le) (?:told|instructed|asked|dijeron|ordenaron|instruid[oa]\w*|pediram)"
    r"\b.{0,60}\b(?:before|antes|summary|resumen|resumo|conversation|conversa|charla|fazer|hacer)\b",
    rf"{TELL}{GAP}{{0,40}}\b(?:everything|all|todo|tudo|the text)\b{GAP}{{0,15}}\b(?:above (?:this|line)|above,|encima|acima|up to here|hasta aqui)\b",
    rf"{TELL}{GAP}{{0,50}}\b(?:other|otros|outros|demais|demas|rest of the|all the)\b{GAP}{{0,12}}\b(?:leads?|clients?|customers?|clientes|contatos|contactos|chats?"
    rf"|conversations?|conversas)\b{GAP}{{0,60}}(?:{SUMMARY}|\b(?:today|hoy|hoje|analy[sz]ed|analis\w+|analiz\w+|account|cuenta|conta|next step)\b)",
    rf"{TELL}{GAP}{{0,20}}(?:{SUMMARY}){GAP}{{0,50}}\b(?:other|otros|outros|demais|demas)\b{GAP}{{0,12}}\b(?:leads?|clients?|customers?|clientes|contatos|contactos)\b",
    rf"(?:{SUMMARY}){GAP}{{0,40}}\b(?:must|should|debe|deve|say|says|write|writes|escrib\w+|escrev\w+|diga|decir|dizer)\b{GAP}{{0,10}}\b(?:that|que)\b",
    rf"\b(?:write|say|escrib\w+|escrev\w+|diga)\b{GAP}{{0,15}}(?:{SUMMARY}){GAP}{{0,10}}\b(?:that|que)\b",
    r"\bsummari[sz]e this (?:chat|conversation)\b.{0,40}\b(?:say|write|state|mention)\b",
    r"\b(?:cual|que|which|what|qual)\b.{0,12}\b(?:modelo (?:de ia|sos|eres)|ai model|language model|modelo de linguagem|model are you)\b"
    r"(?=.{0,80}(?:lendo|leyendo|reading|prompt|instru|escrev|resposta|respuesta))",
    r"\bprompt\b.{0,30}\b(?:modelo|model)\b.{0,12}\b(?:sos|eres|are you|voce)\b",
]

_WON = r"(?:closed ?won|won|ganad[oa]|ganho|cerrad[oa]|fechad[oa]|closed|lost|perdid[oa]|142|143)"
_MOVE = (
    r"\b(?:mov[ea]\w*|mueve\w*|change|cambi\w+|set|update|mark|close|alter\w+|marc\w+|marqu\w+|pas\w+|actualiz\w+|atualiz\w+|recalific\w+|trigger"
    r"|execut\w+|ejecut\w+|dispar\w+|put)\b"
)
_DEAL = r"\b(?:lead|deal|negocio|contact[oa]?|contato|oportunid\w+|cliente|opportunity|card|tarjeta|cartao)\b"
ACTS = [
    rf"{_MOVE}{GAP}{{0,50}}\b(?:stage|pipeline|etapa|status|estado|funil|embudo)\b{GAP}{{0,50}}\b{_WON}\b",
    rf"{_MOVE}{GAP}{{0,40}}{_DEAL}{GAP}{{0,40}}\b(?:to|a|as|como|para|pra)\b{GAP}{{0,25}}\b(?:closed ?won|won|ganad[oa]|ganho|lost|perdid[oa])\b",
    rf"{_DEAL}{GAP}{{0,20}}{_MOVE}{GAP}{{0,20}}\b(?:to|a|as|como|para|pra)\b ?(?:la |the |a )?(?:etapa |stage )?{_WON}\b",
    rf"\bclose\b{GAP}{{0,15}}\bdeal\b{GAP}{{0,10}}\bas won\b",
    rf"\b(?:automation|automatizacion|automacao|assistant|asistente|assistente)\b ?(?:de )?(?:ai|ia)? ?[,:].{{0,60}}\b(?:send|manda\w*|envi\w+|mov\w+|change"
    rf"|cambi\w+|dispar\w+|close|cierra|feche)\b",
    r"\b(?:execut\w+|ejecut\w+|run)\b.{0,60}\b(?:without (?:asking|confirm\w+)|sin (?:pedir|preguntar)|sem (?:pedir|perguntar))\b",
    r"\b(?:execute|executar|ejecutar|ejecuta|execute agora|executar agora|run)(?: now| ahora| agora)? ?:",
    rf"\b(?:nightly|noturna|nocturna|scheduled) (?:routine|job|rotina|rutina)\b.{{0,80}}{_MOVE}",
    r"\b(?:move|mover|set|update|change|send|enviar|mandar|cambiar|marcar)_?(?:lead|status|stage|mensaje|message|etapa|score|deal|negocio)\w* ?\(",
    r"\b(?:move_stage|auto_?send|set_status|lead_status|set_stage|lead_score)\b",
    r"[?&](?:stage|score|lead_score|status_id|pipeline|temperature)=[\w%]+",
    r"\bupdate \w+ set \w+ ?=",
    r"\b(?:delete from|drop table|insert into) \w+",
    rf"\bauto(?:matic\w*)?[ -]?(?:move|mover|close|send)\b.{{0,20}}\b(?:{_WON})\b",
]

HEDGES = [
    rf"\b(?:the following|following text|text below|lo siguiente|lo que sigue|el siguiente|o seguinte|o texto (?:abaixo|a seguir)|texto abaixo|a seguir"
    rf"|what follows)\b{GAP}{{0,60}}\b(?:evidenc\w+|proof|proves?|demuestra\w*|prueba\w*|comprova\w*|prova|shows)\b{GAP}{{0,60}}(?:{CRITERIA_NAME}|\banalys\w+"
    r"|\bevalua\w+|\bavalia\w+)",
    rf"\b(?:evidence|proof|evidencia|prueba|comprovacao|prova)\b (?:of|for|that|de|para|del|da|do){GAP}{{0,50}}(?:{CRITERIA_NAME}|\bauthority\b|\bdecid\w+|\bcan pay\b)"
    rf"{GAP}{{0,60}}(?:{CRITERIA_NAME}|\bdecid\w+|\bdecis\w+|\bauthority\b|\bilimitad\w|\bunlimited\b|\btotal\b)",
    r"\b(?:evidence|proof|evidencia|prueba|prova|comprovacao)\b (?:that|de que|que) (?:the |this |el |este |o )?(?:client|customer|lead|cliente)\b",
    rf"\bevidence for {CRITERIA_NAME}",
    rf"\b(?:for (?:the )?(?:purposes? of )?(?:evaluation|scoring|analysis|rating)(?: purposes?)?|a (?:los )?efectos de (?:la )?(?:evaluacion|calificacion|analisis)"
    rf"|para (?:fins|efeitos) de (?:avaliacao|analise|pontuacao)|para fines de (?:evaluacion|analisis))\b{GAP}{{0,60}}\b(?:assume|consider\w*|suppose|treat|take"
    rf"|asum\w+|supon\w+|tom\w+|client\w*|comprova\w*|lead)",
    rf"\b(?:comprova|proves|demuestra|prueba)\b{GAP}{{0,60}}\b(?:para fins|for the) (?:de )?(?:avaliacao|evaluation|analise|analysis)\b",
    rf"\b(?:consider\w*|treat|trat\w+|assume|asum\w+)\b{GAP}{{0,20}}\b(?:the |o |el |my |as )?(?:budget|orcamento|presupuesto)\b{GAP}{{0,60}}(?:\bunlimited\b|\bilimitad\w"
    rf"|\bautorid\w+|\bpontu\w+|\bpuntu\w+|\bscor\w+)",
    rf"\b(?:tomalo|tomelo|take (?:it|this)|considere isso) (?:como|as) (?:evidenc\w+|proof|prueba|prova)\b",
    r"\b(?:message|mensaje|mensagem|msg) ?(?:n[o.]? ?)?m?\d+\W{1,4}(?:quote|cita|trecho|citacao|start|inicio|evidence)\b",
    r"\b(?:start|inicio) ?[:=]? ?\d+\W{1,3}(?:end|fin|fim) ?[:=]? ?\d+\b",
]

# Borders and shapes: what only programs write

_FIELDS = (
    r"(?:score|lead_?score|temperature|temperatura|criteria|criterios|sentiment|summary|resumen|resumo|stage|etapa|auto_?send|role|system|level|nivel"
    r"|verified|hot|points|puntos|pontos|qualified|confidence|evidence|next_step|suggested_reply|reply|quote|puntaje|puntuacion|pontuacao|nota|rating|need|budget|authority|timeline|engagement"
    r"|commitment|lead|instructions?|prompt)"
)
_TAG_NAMES = (
    r"(?:system|sistema|instructions?|instrucciones|instrucoes|prompt|assistant|asistente|assistente|user|human|mensajes?|messages?|mensagem|mensagens"
    r"|conversaci\w+|conversations?(?:_\w+)?|conversa|chat|result|resultado|score|calificacion|puntaje|pontuacao|rating|analysis|analisis|analise|output"
    r"|admin|context|contexto|developer|rules?|reglas|regras|evidence|summary|resumen|resumo|lead|criteria|criterios|task|tarea|tarefa|override)"
)
_ROLE_HEADS = r"(?:system|sistema|admin|administrator|instructions?|instrucciones|instrucoes|inst|prompt|developer|assistant|override|root|sys)"
SHAPES = [
    rf"[\"']{_FIELDS}[\"'] ?\]? ?[:=] ?(?:[\[{{\"'\d]|true|false|null)",
    rf"</? ?{_TAG_NAMES} ?/?>",
    r"<\|[^|\n]{2,40}\|>",
    rf"\[ ?/?(?:{_ROLE_HEADS})(?: \w+)? ?\]",
    rf"(?:###|===|---|\*\*\*|<<|>>|\[\[){1, 4} ?(?:{_ROLE_HEADS}|end of|fim d[ao]|fin del?|new task|nova tarefa|nueva tarea|inicio das|begin|nuevas|novas)\b",
    r"\b(?:end of|fim d[ao]|fin de(?: la|l)?) (?:conversation|chat|conversa|conversacion|system|sistema|messages?)\b.{0,80}\b(?:task|tarea|tarefa|instru\w+|avali\w+"
    r"|evalu\w+|rate|score|model|modelo|now|ahora|agora)\b",
    r"```[^`]{0,400}\b(?:score|lead|temperature|temperatura|criteria|puntaje|pontuacao|level|rating|system|assistant|prompt|nota)\b",
    r"\blead\b ?(?:\.|\[[\"']?) ?(?:score|temperature|temperatura|puntaje|pontuacao|status|stage|etapa|nota|level)\b",
    rf"\bdef \w*(?:evalu|score|rate|analy)\w*\(|\breturn (?:lead\b|100\b|score)",
    rf"(?:^|\n) ?(?:system|sistema|assistant|asistente|assistente|ai|ia) ?:.{{0,120}}(?:{SCORE}|{BAND}|{CHAT}|{RULES})",
    r"(?:^|\n)[^\n]{0,60}\|[^\n]{0,60}\b(?:score|pontuacao|puntaje|puntuacion|temperature|temperatura|lead)\b[^\n]{0,60}\|",
    rf"\b(?:status|estado) (?:do|del|of the) lead\b ?:",
    rf"\|[^\n]{{0,40}}(?:{BAND}|{SCORE})[^\n]{{0,20}}(?:\b100\b|\b9\d\b|{BAND})",
]

#: More for names and names of files, where a client has nothing to say about scores at all.
IN_NAMES = [
    rf"\b100\b.*{BAND}|{BAND}.*\b100\b",
    rf"(?:{SCORE}).{{0,12}}\b\d{{1,3}} ?(?:/|de|of|out of) ?\d{{2,3}}\b",
    r"= ?(?:hot|cold|caliente|quente|frio) ?=",
    rf"\b(?:override|forzad\w|forcad\w|forced|temperature|temperatura)\b.{{0,20}}{BAND}|{BAND}.{{0,20}}\b(?:override|forzad\w|forcad\w|forced)\b",
    rf"{_IGNORE} (?:\w+ ){{0,3}}(?:{RULES}|\btext\b|\btexto\b|\bmessages?\b|\bmensa\w+)",
    r"\b(?:rate|score|grade|puntua\w*|pontu\w+|califi\w+|avali\w+|classifi\w+|clasifi\w+)\b ?(?:me\b|\d|(?:\w+ ){0,2}(?:zero|cero|high|alto|max\w*|[0-3])\b)",
    rf"\bleads?\b.*(?:\b\d{{1,3}} ?/ ?\d{{1,3}}\b|\b100\b).*{BAND}|\bhot lead\b",
    rf"\b(?:close|cerrar|fechar|mark|marcar)\b ?(?:as|como) \b{_WON}\b",
    rf"\b(?:assistant|asistente|assistente|system|sistema|robot|robo|bot|ai|ia)\b.*(?:{BAND}|\boverride\b|\bscore\b|\b100\b|\bmark\b|\bnota\b)",
    r"->|=>|:=",
    rf"\b(?:max\w*|nota|calific\w+|puntu\w+|pontu\w+|rate)\b.*\b(?:max\w*|100|cem|cien)\b.*(?:{CHAT})",
    rf"\b(?:score|puntaje|puntuacion|pontuacao|rating|calificacion|lead[ _-]score|nota) ?[:= -]{{0,3}}(?:100|9\d|0|\d{{1,3}} ?/ ?100)\b",
    rf"\b(?:leads?|client\w*|contact\w*|contato)\b.{{0,20}}{BAND}.{{0,20}}\d",
    rf"{BAND}.{{0,20}}\b(?:leads?)\b",
    rf"(?:{AI}|\b(?:robot|robo|bot|system|sistema|asistente|assistente|assistant)\b) ?[,:].{{0,60}}\b(?:rate|score|mark|give|de|da|dar|dame|califi\w+|pon\w*|avali\w+|set)",
    rf"{TELL}{GAP}{{0,40}}(?:{RULES}|\bprompt\b|\bresum(?:en|o)\b|\bsummary\b)",
    rf"(?:{EVALUATE}){GAP}{{0,30}}(?:{CHAT}|\bcomo\b|\bas\b){GAP}{{0,30}}(?:{BAND}|\b100\b|{STRONG_VALUE}|\b{_WON}\b)",
    rf"\b(?:move|mover|mueve|marcar|mark|set)\b{GAP}{{0,25}}\b{_WON}\b",
    r"[{}<>]|\b\w+=\w+\b.*\b\w+=\w+\b",
    rf"(?:{CRITERIA_NAME}).{{0,20}}(?:ilimitad\w|unlimited|\btotal\b|\b3\b)",
]

ANYWHERE = re.compile(
    "|".join(f"(?:{rule})" for rule in (*ORDERS, *ADDRESSES, *LEAKS, *ACTS, *HEDGES, *SHAPES, *LATIN_ORDERS)), re.DOTALL
)
NAMES = re.compile("|".join(f"(?:{rule})" for rule in IN_NAMES), re.DOTALL)
