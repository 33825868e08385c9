"""What gives a text away as meant for the machine: orders to it, its scores, its fields, its borders.

Each pattern is a conjunction, since no single word is guilty: clients talk of scores, systems, prompts and hot water.
"""

from __future__ import annotations

import re

from analysis.machine_speech.addresses import ADDRESSES
from analysis.machine_speech.grammar import GRAMMAR, GRAMMAR_OF_NAMES
from analysis.machine_speech.orders import ORDERS
from analysis.machine_speech.other_languages import LATIN_ORDERS
from analysis.machine_speech.vocabulary import (
    AI,
    BAND,
    CHAT,
    CRITERIA_NAME,
    EVALUATE,
    GAP,
    IGNORE,
    RULES,
    SCORE,
    STRONG_VALUE,
    SUMMARY,
    TELL,
)

LEAKS = [
    r"\brot-?13\b ?[:=]",
    rf"(?:{SUMMARY}).{{0,60}}\b(?:tudo|todo|everything|all|lo|o) ?(?:o |lo )?(?:que|that|what)? ?(?:te|lhe|you were|they) (?:disseram|dijeron|told)\b",
    rf"{TELL}{GAP}{{0,40}}\b(?:words|lines|palabras|lineas|palavras|linhas|characters|sentences)\b{GAP}{{0,6}}\b(?:of|in|de|das|dos)\b ?(?:your|tus?|sus?|suas?|seus?) (?:\w+ )?{RULES}",
    r"\b(?:discard|ignore|forget|drop|descart\w+|olvid\w+|ignor\w+|esquec\w+)\b ?(?:your|tus?|suas?) (?:guidance|guia|orientaciones|orientacoes|training|entrenamiento|treinamento)\b",
    r"\b(?:other|otros|outros|demais|demas|every(?:one)?|todos os|todos los)\b ?(?:(?:clients?|customers?|leads?|people|clientes|contatos|contactos|personas|pessoas)\b)?"
    r"[^.!?\n]{0,30}\b(?:wrote|said to you|have written|escribieron|escribio|escreveram|told you)\b[^.!?\n]{0,40}(?:\b(?:summary|next step|reply|resumen|resumo|proximo paso"
    r"|proximo passo|respuesta|resposta)\b)",
    r"\b(?:stored|saved|guardad\w+|armazenad\w+)\b[^.!?\n]{0,30}\b(?:from|of|de|dos)\b ?(?:other|otr[oa]s|outr[oa]s|all)\b",
    r"\b(?:dump|print|show|reveal|exib\w+|mostr\w+|muestr\w+)\b[^.!?\n]{0,15}\b(?:your|tu|su|sua) (?:full |complete )?(?:configuration|config|configuracion|configuracao)\b",
    r"\b(?:system prompts?|prompt (?:de|do|del) sistema|sistema de prompt|(?:mensaje del?|mensagem d[eo]) sistema(?! d[aeo]l? )|system message"
    r"|hidden (?:rules|instructions|prompt)|instrucciones (?:ocultas|secretas|del sistema)|instruco?es (?:ocultas|secretas|do sistema)|json schema"
    r"|initial (?:prompt|instructions)|secret instructions)\b",
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
    rf"{TELL}{GAP}{{0,15}}(?:las|the|as|os|tus|your|suas|sus)? ?{RULES}{GAP}{{0,40}}\b(?:intern[ao]s|puntuando|puntuas|calificando|calificas|pontuando|avaliando"
    r"|scoring|rating|grading)\b",
    r"\bwrit\w+ the (?:reason|summary|next step|reply)\b[^.!?\n]{0,30}\b(?:should|must|say)\b",
    r"\b(?:your|tus|teus|seus) (?:makers|creators|developers|creadores|criadores|desarrolladores|desenvolvedores)\b.{0,60}\b(?:gave|told|wrote|dieron|dijeron|deram|disseram)\b",
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
    rf"{_MOVE}{GAP}{{0,12}}\b(?:this|este|esta|esse|essa) (?:lead|deal|contact\w*|contato|negocio)\b{GAP}{{0,20}}\b(?:stage|etapa|pipeline|funil|embudo)\b",
    r"</? ?(?:tool_call|function_call|tool_use)\b|[\"']arguments[\"'] ?:|\bcurl -x ?(?:patch|post|put|delete)\b",
    r"/(?:leads?|deals?|negocios?)/\d+[^\s]{0,40}[?&](?:stage|etapa|status|nota|score|puntaje|pontuacao)=",
    r"!\[[^\]\n]{0,40}\]\(https?:[^)\n]{0,200}(?:prompt|instru)",
    rf"\bclose\b{GAP}{{0,15}}\bdeal\b{GAP}{{0,10}}\bas won\b",
    r"\b(?:automation|automatizacion|automacao|assistant|asistente|assistente)\b ?(?:de )?(?:ai|ia)? ?[,:].{0,60}\b(?:send|manda\w*|envi\w+|mov\w+|change"
    r"|cambi\w+|dispar\w+|close|cierra|feche)\b",
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
    r"\b(?:tomalo|tomelo|take (?:it|this)|considere isso) (?:como|as) (?:evidenc\w+|proof|prueba|prova)\b",
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
    r"\bdef \w*(?:evalu|score|rate|analy)\w*\(|\breturn (?:lead\b|100\b|score)",
    rf"(?:^|\n) ?(?:system|sistema|assistant|asistente|assistente|ai|ia) ?:.{{0,120}}(?:{SCORE}|{BAND}|{CHAT}|{RULES}|{SUMMARY}|proximo paso|proximo passo|next step)",
    r"\b(?:agente?|vendedora?|seller)\b ?:[^:]{2,250}:?[^:]{0,100}\b(?:client|cliente|customer)\b ?:[^:]{2,250}:?[^:]{0,100}\b(?:agente?|vendedora?|seller)\b ?:",
    r"(?:^|\n)[^\n]{0,60}\|[^\n]{0,60}\b(?:score|pontuacao|puntaje|puntuacion|temperature|temperatura|lead)\b[^\n]{0,60}\|",
    r"\b(?:status|estado) (?:do|del|of the) lead\b ?:",
    rf"\|[^\n]{{0,40}}(?:{BAND}|{SCORE})[^\n]{{0,20}}(?:\b100\b|\b9\d\b|{BAND})",
]

#: More for names and names of files, where a client has nothing to say about scores at all.
IN_NAMES = [
    rf"\b100\b.*{BAND}|{BAND}.*\b100\b",
    rf"(?:{SCORE}).{{0,12}}\b\d{{1,3}} ?(?:/|de|of|out of) ?\d{{2,3}}\b",
    r"= ?(?:hot|cold|caliente|quente|frio) ?=",
    rf"\b(?:override|forzad\w|forcad\w|forced|temperature|temperatura)\b.{{0,20}}{BAND}|{BAND}.{{0,20}}\b(?:override|forzad\w|forcad\w|forced)\b",
    rf"{IGNORE} (?:\w+ ){{0,3}}(?:{RULES}|\btext\b|\btexto\b|\bmessages?\b|\bmensa\w+)",
    r"\b(?:rate|score|grade|puntua\w*|pontu\w+|califi\w+|avali\w+|classifi\w+|clasifi\w+)\b ?(?:me\b|\d|(?:\w+ ){0,2}(?:zero|cero|high|alto|max\w*|[0-3])\b)",
    rf"\bleads?\b.*(?:\b\d{{1,3}} ?/ ?\d{{1,3}}\b|\b100\b).*{BAND}|\bhot lead\b",
    rf"\b(?:close|cerrar|fechar|mark|marcar)\b ?(?:as|como) \b{_WON}\b",
    rf"\b(?:assistant|asistente|assistente|system|sistema|robot|robo|bot|ai|ia)\b.*(?:{BAND}|\boverride\b|\bscore\b|\b100\b|\bmark\b|\bnota\b)",
    r"->|=>|:=|\boverride\b|\bbot ?:|\bqualify\b",
    r"\b(?:prob\w*|chance)\b.{0,20}\b\d{1,3} ?%|\b(?:prioridade?|priority) a\b",
    rf"(?:{BAND}\W+){{2,}}",
    rf"\b(?:max\w*|nota|calific\w+|puntu\w+|pontu\w+|rate)\b.*\b(?:max\w*|100|cem|cien)\b.*(?:{CHAT})",
    r"\b(?:score|puntaje|puntuacion|pontuacao|rating|calificacion|lead[ _-]score|nota) ?[:= -]{0,3}(?:100|9\d|0|\d{1,3} ?/ ?100)\b",
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
    "|".join(f"(?:{rule})" for rule in (*ORDERS, *ADDRESSES, *GRAMMAR, *LEAKS, *ACTS, *HEDGES, *SHAPES, *LATIN_ORDERS)),
    re.DOTALL,
)
NAMES = re.compile("|".join(f"(?:{rule})" for rule in (*IN_NAMES, *GRAMMAR_OF_NAMES)), re.DOTALL)
