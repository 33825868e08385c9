"""The reader's own sentences in three languages: summaries, next steps, replies. None quotes a message."""

# ruff: noqa: E501 (a sentence stays on one line)
from __future__ import annotations

# How the chat begins, by the level of need.
NEED = {
    "en": {
        3: "This customer describes a concrete wish in some detail and hopes for help.",
        2: "This customer came with enquiries about the offer and shows ordinary interest.",
        1: "Interest so far appears thin: hardly anything was told about what is wanted.",
        0: "The exchange gives no sign of a purchase being wanted here.",
    },
    "es": {
        3: "La persona describe con cierto detalle una necesidad concreta y espera ayuda.",
        2: "La persona llegó con consultas sobre la oferta y muestra un interés corriente.",
        1: "El interés parece por ahora escaso: apenas contó aquello que desea.",
        0: "Nada en la charla indica que exista intención de compra.",
    },
    "pt": {
        3: "A pessoa descreve com algum detalhe uma necessidade concreta e espera ajuda.",
        2: "A pessoa chegou com perguntas sobre a oferta e mostra um interesse comum.",
        1: "O interesse parece pequeno por enquanto: contou pouca coisa sobre o desejado.",
        0: "Nada na troca de mensagens indica intenção de compra.",
    },
}
# Money and who decides, by level; the two halves are joined by the language's joint.
MONEY = {
    "en": {
        3: "Payment looks settled or close to it",
        2: "The amount seems acceptable",
        1: "The amount meets hesitation",
        0: "Funds appear insufficient",
        None: "Nothing clear was said about money",
    },
    "es": {
        3: "El pago parece resuelto o muy cercano",
        2: "El importe parece aceptable",
        1: "El importe genera reparos",
        0: "Los fondos parecen insuficientes",
        None: "Sobre el dinero quedó poco claro",
    },
    "pt": {
        3: "O pagamento parece resolvido ou bem próximo",
        2: "O valor parece aceitável",
        1: "O valor gera hesitação",
        0: "Os recursos parecem insuficientes",
        None: "Sobre dinheiro ficou pouca clareza",
    },
}
DECIDER = {
    "en": {
        3: "the decision rests with this contact.",
        2: "those who decide take part.",
        1: "somebody else still has to agree.",
        0: "another person holds the decision.",
        None: "it stays unknown who decides.",
    },
    "es": {
        3: "la decisión depende del propio contacto.",
        2: "quienes deciden participan.",
        1: "falta el acuerdo de otra persona.",
        0: "la decisión está en manos ajenas.",
        None: "se desconoce quién decide.",
    },
    "pt": {
        3: "a decisão depende do próprio contato.",
        2: "quem decide participa.",
        1: "falta o acordo de outra pessoa.",
        0: "a decisão está em outras mãos.",
        None: "não se sabe quem decide.",
    },
}
JOINT = {"en": ", and ", "es": ", y ", "pt": ", e "}
# How it ends.
STAND = {
    "en": {
        "paid": "The step that binds was taken, so fulfilment is what remains.",
        "agreed": "Both sides settled on a concrete follow-up that now has to happen.",
        "lost": "In the end the customer turned the proposal down.",
        "silent": "The agent's latest attempts received no reaction at all.",
        "waiting": "The customer currently waits for an answer from the business.",
        "undecided": "The decision was postponed without a firm date.",
        "open": "The dialogue remains open, lacking any binding arrangement.",
    },
    "es": {
        "paid": "El paso que compromete ya se dio, de modo que resta cumplir.",
        "agreed": "Ambas partes fijaron una continuación concreta que ahora debe ocurrir.",
        "lost": "Al final la propuesta fue rechazada.",
        "silent": "Los últimos intentos del vendedor no obtuvieron reacción alguna.",
        "waiting": "En este momento la pelota está del lado del negocio, que debe una respuesta.",
        "undecided": "La decisión fue postergada sin plazo firme.",
        "open": "El diálogo sigue abierto, carente de un acuerdo vinculante.",
    },
    "pt": {
        "paid": "O passo que compromete já foi dado, de modo que resta cumprir.",
        "agreed": "As duas partes definiram uma continuação concreta que agora precisa acontecer.",
        "lost": "No fim a proposta acabou recusada.",
        "silent": "As últimas tentativas do vendedor não receberam reação alguma.",
        "waiting": "Neste momento o negócio é que deve um retorno ao interessado.",
        "undecided": "A decisão foi adiada sem prazo firme.",
        "open": "O diálogo segue aberto, sem nenhum acerto que comprometa.",
    },
}
# What to do: action, why, and the reply to send (in the client's language).
STEPS = {
    "en": {
        "paid": (
            "Confirm receipt and tell what happens next",
            "A customer who has just committed wants certainty.",
            "Thank you, everything has arrived on our side. I'll write to you shortly with the next details.",
        ),
        "agreed": (
            "Confirm the arranged date in writing",
            "An arrangement that is confirmed falls through less often.",
            "Great, I'm confirming what we arranged. If anything changes on your side, a short note is enough.",
        ),
        "lost": (
            "Close politely and leave the door open",
            "The customer has decided; pressure would only annoy.",
            "Thank you for being straightforward. If things change one day, I'm here to help.",
        ),
        "silent": (
            "Try once more with something useful, then pause",
            "Repeated reminders have brought no reaction.",
            "Hello! Should I keep this open for you, or would another moment suit you better? Either answer is fine.",
        ),
        "waiting": (
            "Answer the pending question first",
            "The customer cannot go on before that is cleared up.",
            "Thanks for asking, and sorry for the wait. I'm checking that right now and will come back with a clear answer today.",
        ),
        "undecided": (
            "Agree on a date to talk again",
            "Without a date the matter is likely to drift.",
            "Of course, take the time you need. Shall we fix a day to talk again, so that I don't bother you before?",
        ),
        "price": (
            "Talk about the price with concrete options",
            "The amount is the obstacle that came up.",
            "I understand, the amount matters. May I show you the options there are, including smaller steps?",
        ),
        "decider": (
            "Bring the person who decides to the table",
            "Somebody else has the last word.",
            "Gladly. Would a short call together with the person who decides be of help?",
        ),
        "open": (
            "Propose one concrete next step",
            "Interest exists, and nothing is arranged so far.",
            "Happy to help. Which day would suit you so that we can look at it together?",
        ),
    },
    "es": {
        "paid": (
            "Confirmar la recepción y contar cómo sigue",
            "Quien acaba de comprometerse espera certeza.",
            "Muchas gracias, de nuestro lado llegó todo. En breve le escribo con los próximos detalles.",
        ),
        "agreed": (
            "Confirmar por escrito la fecha pactada",
            "Un compromiso confirmado se cae con menos frecuencia.",
            "Perfecto, dejo confirmado el encuentro. Si surge algún cambio, alcanza con una nota breve.",
        ),
        "lost": (
            "Cerrar con amabilidad y dejar la puerta abierta",
            "La decisión está tomada; insistir solo molestaría.",
            "Gracias por la franqueza. Si algún día cambian las cosas, aquí estaré para ayudar.",
        ),
        "silent": (
            "Intentar una vez más con algo útil y luego pausar",
            "Los recordatorios repetidos no dieron resultado.",
            "¡Hola! ¿Prefiere que lo mantenga abierto o mejor lo retomamos en otro momento? Cualquier respuesta está bien.",
        ),
        "waiting": (
            "Responder primero la consulta pendiente",
            "Sin esa aclaración el cliente no puede avanzar.",
            "Gracias por preguntar y disculpe la espera. Lo estoy verificando y hoy mismo le respondo con claridad.",
        ),
        "undecided": (
            "Acordar una fecha para retomar",
            "Sin fecha el asunto suele diluirse.",
            "Por supuesto, tómese su tiempo. ¿Fijamos un día para conversar otra vez, así no molesto antes?",
        ),
        "price": (
            "Hablar del precio con opciones concretas",
            "El importe es el obstáculo que apareció.",
            "Lo entiendo, el importe cuenta. ¿Le muestro las opciones que existen, incluso por etapas?",
        ),
        "decider": (
            "Sumar a la conversación a quien decide",
            "Otra persona tiene la última palabra.",
            "Con gusto. ¿Ayudaría una llamada corta junto con la persona que decide?",
        ),
        "open": (
            "Proponer un único paso concreto",
            "Hay interés y todavía nada pactado.",
            "Con mucho gusto. ¿Qué día le vendría bien para verlo juntos?",
        ),
    },
    "pt": {
        "paid": (
            "Confirmar o recebimento e contar como segue",
            "Quem acabou de se comprometer espera certeza.",
            "Muito obrigado, do nosso lado chegou tudo. Em breve escrevo com os próximos detalhes.",
        ),
        "agreed": (
            "Confirmar por escrito a data acertada",
            "Um compromisso confirmado cai com menos frequência.",
            "Perfeito, deixo confirmado o nosso encontro. Se surgir alguma mudança, basta um recado curto.",
        ),
        "lost": (
            "Encerrar com gentileza e deixar a porta aberta",
            "A decisão está tomada; insistir só incomodaria.",
            "Obrigado pela sinceridade. Se um dia as coisas mudarem, estarei aqui para ajudar.",
        ),
        "silent": (
            "Tentar uma vez mais com algo útil e depois pausar",
            "Lembretes repetidos não trouxeram reação.",
            "Olá! Prefere que eu mantenha em aberto ou retomamos em outro momento? Qualquer resposta está bem.",
        ),
        "waiting": (
            "Responder primeiro a pergunta pendente",
            "Sem esse esclarecimento o cliente não avança.",
            "Obrigado por perguntar, e desculpe a espera. Estou verificando e ainda hoje respondo com clareza.",
        ),
        "undecided": (
            "Acertar uma data para retomar",
            "Sem data o assunto costuma se perder.",
            "Claro, use o tempo necessário. Marcamos um dia para conversar de novo, assim eu não incomodo antes?",
        ),
        "price": (
            "Conversar sobre o preço com opções concretas",
            "O valor é o obstáculo que apareceu.",
            "Entendo, o valor conta. Posso mostrar as opções que existem, inclusive por etapas?",
        ),
        "decider": (
            "Trazer para a conversa quem decide",
            "Outra pessoa tem a última palavra.",
            "Com prazer. Ajudaria uma ligação curta junto com a pessoa que decide?",
        ),
        "open": (
            "Propor um único passo concreto",
            "Existe interesse, e nada foi acertado ainda.",
            "Com prazer. Qual dia ficaria bom para vermos isso juntos?",
        ),
    },
}
TOO_LITTLE = {
    "en": "The customer has written too little so far to judge the matter.",
    "es": "El cliente escribió hasta ahora demasiado poco como para opinar.",
    "pt": "O cliente escreveu até agora muito pouco para opinar.",
}
HONEST = {
    "en": "Sandbox reader: fixed rules, no language model.",
    "es": "Lector del entorno de pruebas: reglas fijas, ningún modelo de lenguaje.",
    "pt": "Leitor do ambiente de testes: regras fixas, nenhum modelo de linguagem.",
}
