"""Brazilian Portuguese: how people write when they buy, hesitate or leave. General knowledge; folded text, no accents."""

# ruff: noqa: E501, SIM905 (a table of alternatives reads best with one idea a line)
from __future__ import annotations

from sandbox.models.signals import Table

TABLE = Table(
    code="pt",
    common=frozenset(
        """o a os as um uma de que e em no na nao se pra para por com do da dos das eu vc voce voces vcs meu
        minha seu sua ele ela isso esse essa mas mais muito ja oi ola bom boa dia tarde noite obrigado
        obrigada quanto tem tenho quero aqui so ta to tbm pq ai sim foi""".split()
    ),
    levels={
        "need": {
            3: r"""(?:preciso|precisamos|to precisando|necessito)\b|(?:quero|queremos|queria|gostaria|procuro|procuramos|to procurando|to querendo)\b|tenho que|(?:ta|esta|tao) (?:doendo|quebrad\w+|pingando|vazando|parad\w+)|doi\b|dor\b|pingando|quebrou|estragou|machuca|urgen\w+|desespero|
            |nao aguento|cansei|(?:e|era) (?:o )?meu sonho|abrindo (?:um|uma)|amei\b|apaixon\w+""",
            2: r"""(?:quanto|qnt|qto)\b|precos?\b|valor(?:es)?\b|orcamento|informac\w+|interess\w+|(?:tem|fazem|vende[ms]?|trabalha[ms]?|atende[ms]?) |ainda tem|disponiv\w+|gostei|tabela|vi (?:o|a|no|na|seu|um)|como (?:e que )?funciona|vcs tem""",
            0: r"""nao (?:tenho |temos )?(?:interesse|preciso|quero mais|precisamos)|numero errado|(?:nos|a gente|nossa empresa) (?:oferece|fornece|vende)|ja (?:comprei|resolvi|consegui|fechei)|engano\b|ofereco""",
        },
        "budget": {
            3: r"""(?:ja )?(?:paguei|transferi|depositei|fiz (?:o|um) (?:pix|deposito|pagamento|transferencia))|pix (?:feito|enviado|ta feito)|comprovante|(?:me )?(?:manda|passa|envia) (?:o |a |seu |tua |sua |os )?(?:pix|chave|conta|dados)|a vista|nao e problema|(?:o sinal )?eu pago\b|
            |(?:pago|passo) no (?:meu )?cartao|dinheiro ta|ainda sobra|assinei""",
            2: r"""(?:achei|ta|e|foi) (?:super |bem )?(?:justo|de bom tamanho|razoavel|otimo o preco|barato)|ta bom isso|parcela\w*|\d+ ?x\b|da pra (?:pagar|parcelar|financiar|dividir)|(?:eu )?consigo pagar|cabe no|sinal\b|entrada\b|fecho (?:em|por)|fechou|nao e nada mal|ta tranquilo|nao mata|pago \d|bom demais|eu ajeito|ate uns""",
            1: r"""car[oa]s?\b|salgad[oa]|puxad[oa]|mais barat\w+|desconto|(?:faz|consegue) (?:por )?\d|melhor preco|pesad[oa]|nossa$|caraca|ta (?:e )?doido|mais da metade|fez (?:por )?\d|nao e exatamente barato|cobra \d""",
            0: r"""nao (?:tenho|temos|da|consigo|cabe|posso)\b.{0,25}(?:dinheiro|grana|condic\w+|bolso|orcamento|pagar)|fora do (?:meu )?orcamento|sem (?:grana|dinheiro|condic\w+)|nao tenho como pagar|maximo \d""",
        },
        "authority": {
            3: r"""(?:quem (?:toca|decide|manda|paga (?:essa|a) conta) (?:sou|e) eu|sou eu (?:que|q)|eu (?:que|q|mesm[oa]) (?:decido|resolvo|cuido)|sou (?:o|a) (?:don[oa]|proprietari[oa]|gerente|diretor\w*))|minha (?:empresa|padaria|loja|obra)\b|nao precisa perguntar|
            |(?:ele|ela)(?: chega .{0,30} e)? (?:ja )?aprovou|aprovou ja|sentamos aqui eu e|decidimos""",
            2: r"""(?:meu|minha|o|a) (?:marido|esposa|mulher|noiv[oa]|namorad[oa]|soci[oa]|irma[o]?|cunhada|pai|mae)\b.{0,40}(?:vai junto|gostou|concord\w+|quer|topou|tambem|tbm|vem|aprov\w+)|nos (?:dois|duas)|a gente (?:quer|decidiu|vai)|abrindo .{0,30}(?:eu mais|com)""",
            1: r"""(?:falar|ver|conversar|mostrar|consultar|perguntar) (?:com|pra|pro|para)|vou falar pra|meu (?:marido|chefe|pai|socio|patrao)\b|minha (?:esposa|mulher|mae|socia|cunhada)\b|(?:ele|ela) (?:quer|acha|prefere|disse|que paga|decide|fica)|o dono|imobiliaria|deixa so .{0,15} ver|sem ele nao""",
            0: r"""quem bate (?:o )?martelo|nao (?:sou eu|decido|depende de mim)|a casa e alugada|acima vai pra|nao tenho acesso a ele|(?:dono|chefe|dona) (?:disse|falou) que nao""",
        },
        "timeline": {
            3: r"""urgen\w+|(?:pra|para|ainda|ate|tem que ser) (?:hoje|hj|amanha)\b|hoje mesmo|amanha cedo|o quanto antes|pra ontem|logo q|antes do dia|(?:tem q|precisa) ser (?:antes|ate)|ate (?:dia|o dia|sexta|segunda|\d)|essa semana|dia \d{1,2}\b|\d{1,2}/\d{1,2}|(?:segunda|terca|quarta|quinta|sexta|sabado)[ .,]|vence\b|
            |\d{1,2} de (?:janeiro|fevereiro|marco|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)""",
            2: r"""(?:segunda|terca|quarta|quinta|sexta|sabado|domingo)\b|semana q(?:ue)? vem|mes q(?:ue)? vem|proxim[ao] (?:semana|mes)|em (?:janeiro|fevereiro|marco|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)|fim do mes|logo\b|quando (?:comeca|podem|da pra|pode)|qdo comeca""",
            1: r"""depois (?:do|da|de) (?:carnaval|natal|festas?|ferias|ano|papel)|mais pra frente|ano q(?:ue)? vem|deixa passar|depois eu vejo|quando der|qdo der""",
            0: r"""sem pressa|nao (?:tenho|temos|ha) pressa|so (?:to |estou )?(?:olhando|vendo|pesquisando|curiosidade)|por enquanto nao|quem sabe um dia|um dia (?:eu|a gente|desses|ainda)|agora nao|calma\b|qdo a gente decidir""",
        },
        "commitment": {
            3: r"""(?:ja )?(?:paguei|transferi|assinei|fiz (?:o|um) (?:pix|deposito|pagamento))|pix (?:feito|enviado)|comprovante|contrato assinado|(?:segue|ta ai) o comprovante|cnpj|\d{2}\.\d{3}\.\d{3}/\d{4}|cpf \d""",
            2: r"""(?:pode )?(?:marcar|agendar|reservar|anotar)\b|ja anotei|fechou\b|fechado|combinado|(?:manda|envia|me manda) (?:o )?(?:contrato|link|pix|boleto|proposta)|(?:quinta|sexta|segunda|terca|quarta|sabado) .{0,12}(?:perfeito|otimo|levo|fechado|da certo)|vem vem|eu pago|to indo|
            |te espero|bora\b|topo\b|vou (?:querer|ficar com|levar)|quero fechar|pode\. |que documentos te|por mim sim""",
            1: r"""vou (?:ver|pensar|fazer umas conta|falar|mostrar)|(?:te|eu te) (?:falo|aviso|retorno|chamo)|deixa eu (?:ver|pensar)|vamos ver|vamo ver|depois (?:te )?(?:falo|vejo)|quem sabe|talvez|vou ler|peraí|perai|aviso sim|qdo der eu apareco""",
            0: r"""nao,? obrigad[oa]|nao (?:tenho|temos) interesse|(?:fechei|fechamos|fui|vou|vamos|vai) com (?:o|a|ela|ele|outr[oa])\b|ja (?:fechei|comprei|contratei)|desisti|cancela\w* (?:o|a|tudo)|deixa pra la|fica pra proxima|nao vou (?:querer|fechar)|quero reembolso""",
        },
    },
    objections={
        "price": r"""car[oa]s?\b|salgad[oa]|puxad[oa]|desconto|ta (?:e )?doido|mais da metade|nao (?:tenho|da|cabe) .{0,20}(?:dinheiro|grana|bolso)|nao e exatamente barato|caraca|^nossa$|nao mata""",
        "competitor": r"""(?:outr[oa]|daquela|aquela|a outra) (?:firma|loja|empresa|clinica|escola|locadora)|(?:menino|cara|moco|rapaz) d[aoe]s? (?:outra|\d)|(?:amiga|amigo|prima|primo|cunhado|comadre|vizinh[oa]) .{0,40}(?:cobra|faz|fez)|fez (?:por )?\d|tem um (?:no|na) .{0,40}(?:ofereceu|\d)|fechei com""",
        "trust": r"""golpe|desapareceu|sumiu|bloqueou|confi[ao]\w*|(?:e|sao) (?:de )?confianca|garant\w+|reclame aqui|avaliac\w+|se vier assim|letra miuda|me (?:cobrou|enganou|deixou)|medo\b|nao falhe|escrito la dentro""",
        "timing": r"""agora nao|nao e (?:o )?momento|depois (?:do|da|de) (?:carnaval|natal|festas?|ferias)|deixa passar|demora\w*|muito tempo|sem pressa|calma""",
        "authority": r"""(?:falar|ver|conversar) (?:com|pra|pro) (?:meu|minha|o|a)|sem ele nao|(?:ele|ela) quer ver|quem (?:decide|paga|bate)|meu (?:marido|pai|chefe|socio) .{0,30}(?:quer|acha|paga)|acima vai pra|deixa so .{0,15} ver""",
        "logistics": r"""(?:muito |e )longe|nao (?:tenho como|consigo) (?:ir|chegar|buscar|levar)|(?:frete|entrega) |nao tenho quem leve|feriado|de chuva|nao da pra ir|perdi a hora""",
        "product": r"""nao (?:tem|cabe|serve|funciona|pega|gela)\b|sem (?:som|varanda)|barulhent\w+|qualidade|vazando|travou|cade\b""",
    },
    good=r"""obrigad[oa]|brigad\w+|valeu|otim[oa]|perfeito|show|maravilh\w+|amei|adorei|gostei|lind[oa]s?|amor|anjo|massa|legal|excelente|incrivel|deus (?:te )?abencoe|nota mil|top\b|bom demais|parabens|alivio|feliz|sonho|quer\wdos?|achei (?:foi )?bonito|tranquila""",
    bad=r"""car[oa]s?\b|salgad[oa]|pessim\w+|horrivel|ruim|absurdo|raiva|decepcion\w*|descaso|demora|ate agora|ninguem me|reclam\w+|golpe|desespero|chorei|medo|trauma|problema|triste|nao (?:assisti|vi) (?:uma|nem)|sumiu|reembolso|puxad[oa]|esqueci""",
    question=r"""(?:e |mas |oi |bom dia |entao |ai |ah |agora, )*(?:(?:ja )?me (?:diga|diz|fala)\b|quanto|qnt|qto|qual|quais|como (?:e|faz|funciona|fica|pago)|onde|quem|quando|qdo|cade|que (?:horas|dia|documentos|bairro)|(?:tem|vcs tem|voces tem|fazem|da pra|pode ser|posso|aceita\w*|inclui|parcela|precisa|dá|sera que|vcs troca\w*|nota sai|isso muda)\b)""",
    accept=r"""(?:sim+|ok(?:ay)?|pode|pode ser|ta (?:bom|otimo|certo)|ta|blz|beleza|fechado|fechou|combinado|perfeito|otimo|claro|isso|bora|show|certo|vem|dale|opa|quero|daleee|maravilha|por mim sim|aceito|topo)\b|[👍✅🤝👌✌]""",
    decline=r"""nao,? obrigad[oa]|(?:fechei|fechamos) com|(?:acho q a gente )?vai com ela|nao (?:tenho|temos) interesse|desisti|fica pra proxima|ja (?:fechei|contratei|comprei)|deixa pra la|nao vou (?:querer|fechar)|(?:achei|consegui|arrumei|peguei) (?:um |uma )?outr[oa]""",
    stall=r"""vou (?:ver|pensar|fazer umas conta)|te (?:falo|aviso)|deixa (?:passar|eu ver)|vamos ver|vamo ver|depois (?:do|da|de)|mais pra frente|quem sabe|qdo (?:der|a gente decidir)|nada ainda|sem pressa|calma\b|aviso sim|parado|esperar|ainda num sei""",
    offer=r"""\d{1,2}h(?:\d{2})?\b|\d{1,2}[:.]\d{2}|(?:segunda|terca|quarta|quinta|sexta|sabado|domingo)|amanha|avaliacao|visita|agend\w+|marc\w+|reserv\w+|contrato|sinal\b|entrada|pix\b|link|demo\b|call\b|cpf|cnpj|simul\w+|protocol\w+|pedido|cadastr\w+""",
    paid=r"""recebid[oa]|pagamento (?:confirmado|recebido|caiu)|(?:pix|sinal|comprovante) (?:caiu|recebido|chegou)|(?:matricula|reserva|vaga|data) (?:confirmada|garantida)|bem.?vind[oa]|cadastrada?o?!|fechamos em""",
    nudge=r"""ninguem me (?:disse|respondeu|falou)|ate agora (?:nada|nao)|ainda (?:espero|esperando|nada)|(?:alguma )?novidade\?|resolveu\?|\?\?\?|cade|continuo esperando""",
)
