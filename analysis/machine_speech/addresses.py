"""Words spoken to the machine: notes to whoever rates, what it must do, threats, roles, important senders."""

from __future__ import annotations

from analysis.machine_speech.vocabulary import (
    AI,
    BAND,
    CHAT,
    CRITERIA_NAME,
    EVALUATE,
    GAP,
    LEAD_SCORE,
    MACHINE,
    RULES,
    SCORE,
    STRONG_VALUE,
    SUMMARY,
    TELL,
    THIS_CHAT,
    any_of,
)

_ASIDE = (
    r"(?:\b(?:for|to|dear|hey|hi|attention|listen|note (?:for|to)|message (?:for|to)|para|pra|pro|querid[oa]|oye|che|escucha\w*|atencion|atencao"
    r"|ola|hola|oi|ei|por favor|ao|al)\b[ ,:]*(?:(?:the|this|that|el|la|a|o|todo|any|ese|este|esse|esta|essa) )?(?:\w+ ){0,2}?)"
)
#: The machine spoken to, or told what it must do.
_TO_MACHINE = any_of(
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
_THE_ASK = any_of(
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
_RATER = any_of(
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
_READER = (
    r"(?:summari[sz]es?|reads?|rates?|scores?|resume|resumen|lee|leen|le|puntua|califica|avalia|pontua|analisa|analiza)"
)
ADDRESSES = [
    # Whoever reads chats for a living, in verse or in prose; a machine, if it is one.
    rf"\b(?:whoever|who|quien|quienes|quem) {_READER} (?:the |these |los |estos |as |estas )?(?:chats?|conversations?|conversas?|charlas?|conversacion(?:es)?)\b",
    r"\b(?:leitora?|lectora?) de (?:conversas|chats|conversaciones|charlas|circuitos)\b",
    rf"\b(?:if|si|se)\b{GAP}{{0,25}}(?:{AI}|\b(?:machine|maquina|robot|robo)\b){GAP}{{0,70}}\b(?:mark|rate|score|coloc\w+|coloqu\w+|pon\w*|responda|responde"
    rf"|answer|write|say|diga|escreva|escriba)\b{GAP}{{0,40}}(?:\bleads?\b|\bcontat?ct?o\b|\bzero\b|\bcero\b|\bque\b|\bthat\b|{BAND}|{STRONG_VALUE})",
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
    r"\b(?:lead score|(?:puntaje|puntuacion|pontuacao|nota|score) de lead)\b.{0,60}\b\d{1,3}\b",
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
    rf"\b(?:ai|ia|robot|robo|maquina|machine|model|modelo|inteligencia artificial|algorithm|algoritmo)\b{GAP}{{0,80}}(?:{STRONG_VALUE}|\b(?!leads?\b)\w+) ?{SCORE}",
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
