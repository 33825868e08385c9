"""The words of the rules, as patterns over plain text (`views.plain`: lower case, no accents), three languages at once."""

from __future__ import annotations


def any_of(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


# The vocabulary. A gap stays within its sentence.
GAP = r"[^.!?\n]"

AI = (
    r"\b(?:a\.?i\.?|i\.a\.?|ia|artificial intelligence|inteligencia artificial|chat ?gpt|\w*gpt\w*|llms?|openai|copilot"
    r"|(?:large )?language model|modelo de (?:linguagem|lenguaje|lengua|ia)|virtual assistant|(?:asistente|assistente) (?:virtual|de ia)"
    r"|ai assistant|ai model)\b"
)
MACHINE = any_of(
    AI,
    r"\b(?:(?:scoring|rating|analysis) (?:engine|system|model|tool|service)|automatic \w+|automated \w+|\w+ automatic[oa]s?"
    r"|robots?|robos?|bots?|assistant|asistente|assistente|algorithm|algoritmo|automation|computer|computador\w*|machine|maquina"
    r"|software|program|programa|system|sistema|model|modelo|evaluator|evaluador\w*|avaliador\w*|classifier|clasificador|classificador"
    r"|scorer|parser|analyzer|analizador|analisador|transcriber)\b",
)
CHAT = (
    r"\b(?:(?:this|the|these|current|that|esta|este|estas|estos|essa|esse|nesta|neste|nessa|nesse|desta|deste|dessa|desse|a|la|el|o|ao|as|os|mi|meu)"
    r" (?:\w+ )?(?:leads?|conversations?|chats?|customers?|clients?|clientes?|contacts?|contact[oa]s?|contatos?|deals?|prospects?|prospectos?|enquir(?:y|ies)|inquir(?:y|ies)|consultas?"
    r"|charlas?|conversacion(?:es)?|conversas?|negocios?|negociacao|atendimento|oportunidade|oportunidad)|leads?)\b"
)
THIS_CHAT = (
    r"\b(?:(?:this|the current|current|esta|este|essa|esse|nesta|neste|nessa|nesse|desta|deste|dessa|desse|estas|estos|essas|esses)"
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
    r"|coloc\w+|coloqu\w+|bot[ae]|mete|anot\w+|sub[ie]\w*|deja\w*|deix\w+|aprob\w+|aprov\w+|approve)\b"
)
RULES = (
    r"\b(?:instructions?|rules?|prompts?|guidelines?|rubrics?|directives?|instruccion(?:es)?|reglas?|ordenes|consignas|indicaciones"
    r"|directrices|orientaco?es|orientaciones|instruco?es|instrucao|regras?|ordens|diretrizes|rubrica)\b"
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
#: To let go of something said before.
IGNORE = (
    r"\b(?:ignor\w+|disregard\w*|forget\w*|overrid\w+|bypass\w*|skip|(?:do not|don'?t|stop) (?:follow|obey|use|apply)\w*|olvid\w+|omit[aei]\w*"
    r"|descart\w+|no sigas|no respetes|no hagas caso|salt(?:a|ate|ea)\w*|desconsider\w+|esquec\w+|nao sig\w+|descumpr\w+|pule)\b"
)
