"""Spanish of several countries: how people write when they buy, hesitate or leave. General knowledge; folded text, no accents."""

# ruff: noqa: E501, SIM905 (a table of alternatives reads best with one idea a line)
from __future__ import annotations

from sandbox.models.signals import Table

TABLE = Table(
    code="es",
    common=frozenset(
        """el la los las un una de que y a en es por para con no si se lo me te tu su al del como pero mas muy
        esta este esto hola gracias buenas buenos dias tardes cuanto yo ya le les nos hay tiene tengo quiero
        puede cuando donde usted ustedes vos porque""".split()
    ),
    levels={
        "need": {
            3: r"""(?:necesito|necesitamos|preciso|ocupo|me urge|urge)\b|(?:quiero|queremos|quisiera|busco|buscamos|ando buscando)\b|tengo que|(?:me|nos) duele|dolor|rot[ao]s?\b|gotea|se (?:me |nos )?(?:rompio|cayo|dano|descompuso|malogro)|
            |hay que operar|me enamore|me (?:encanta|muero)|ya no (?:aguanto|puedo|sirve)|llevo (?:un|dos|tres|\d+|anos|meses|semanas)|hart[ao]\b|mi sueno|es su sueno|estamos buscando|me lo sueno""",
            2: r"""(?:cuanto|cuantos|cuantas)\b|precios?\b|informacion|info\b|me interesa|interesad[ao]s?|(?:tienen|tenes|tienes|hacen|venden|trabajan|manejan|sois)\b|sigue disponible|disponib\w+|cotiza\w*|presupuesto|me gusta|averigu\w+|consulta\b|vi (?:el|la|tu|su)|que incluye""",
            0: r"""no (?:me |nos )?(?:interesa|necesit\w+|hace falta)|ya no (?:me |nos )?(?:interesa|necesit\w+)|numero equivocado|(?:le|les) (?:ofrezco|ofrecemos)|nosotros (?:damos|ofrecemos|vendemos)|ya (?:compre|lo compre|consegui)|me equivoque de""",
        },
        "budget": {
            3: r"""(?:ya )?(?:pague|deposite|transferi|abone|hice (?:la|el) (?:transferencia|deposito|pago))|(?:ahi|ya) (?:estan|esta|van|va) (?:los|las|el|la) ?(?:\d|sena|deposito|transferencia|pago|anticipo|comprobante)|comprobante|
            |(?:pas[ae](?:me|nos)?|mand[ae](?:me|nos)?|dame|deme) (?:tu|su|la|el|los datos de (?:la )?)? ?(?:cuenta|cbu|alias|clabe|datos)|de contado|(?:pago|pagamos) (?:al contado|en efectivo|hoy|manana)|(?:le digo) .{0,30}(?:transfer|haga)|tengo (?:la plata|el dinero|el efectivo)|la plata (?:esta|no es problema)""",
            2: r"""(?:me parece|esta|es|lo veo) (?:bien el precio|justo|barbaro|razonable|accesible|buen precio)|asi si me cuadra|me cuadra|(?:va|vale|listo|dale),? (?:en |a |por )?\d|pense que salia|(?:en|a) (?:cuotas|plazos|mensualidades|meses)|con credito|la mitad (?:en|y)|te (?:doy|pago)|
            |le llego|cerramos|quincena|puedo pagar|sena\b|anticipo|ya,? \d+|ya,? (?:setecientos|seiscientos|quinientos|ochocientos|mil)""",
            1: r"""car[oa]s?\b|carisim\w+|salad[oa]|mucho dinero|mucha plata|mas barat\w+|descuento|rebaja|lo (?:menos|ultimo)|mejor precio|se me va|es mas guita|me sale mas|\d+ mil\b|baratit\w+|voy justa|chuta""",
            0: r"""no (?:los |lo |la )?(?:tengo|tenemos|me alcanza|nos alcanza|llego|puedo pagar)\b(?! (?:que|duda|problema))|(?:hasta|maximo|como mucho) \d+ (?:millones|mil|euros|pesos|dolares|lucas)|fuera de (?:mi|nuestro) presupuesto|no hay plata|no dispongo|sin (?:plata|dinero)""",
        },
        "authority": {
            3: r"""(?:nadie me tiene que autorizar|yo (?:decido|soy (?:el|la) (?:duen\w+|encargad\w+|jef\w+|titular)))|soy (?:el|la) (?:duen\w+|propietari\w+|gerente|director\w*)|lo decido yo|(?:ya )?lo (?:hablamos|charlamos) y|mi (?:negocio|empresa|estudio|taller)\b|decidimos|
            |(?:tengo|somos) un[ao]? (?:taller|local|empresa|negocio|tienda|restaurante)""",
            2: r"""(?:mi|con) (?:mujer|marido|espos[oa]|novi[oa]|pareja|hermano|hermana|socio|mama|papa|hij[oa])\b.{0,40}(?:esta de acuerdo|quiere|le gusto|encant\w+|tambien|viene|va a venir|hace las|me dijo (?:uy|que si))|nosotros\b|vamos los dos|lo charle con""",
            1: r"""(?:le (?:pregunto|consulto|digo|comento)|consultar(?:lo)? con|hablar(?:lo)? con|lo (?:hablo|consulto|veo) con|se lo (?:muestro|comento|paso|digo)) ?(?:a|con)? ?(?:mi|el|la)?|mi (?:jefe|jefa|suegra|contador|gerente|marido|esposo|mujer|esposa|papa|mama)\b|
            |(?:el|la) prefiere|lo tiene que (?:aprobar|ver)|el directorio|mitad (?:mio|de)""",
            0: r"""(?:la plata|el dinero) .{0,30}(?:la pone|lo pone|es de)|no (?:decido|depende de mi|soy quien)|yo no (?:decido|firmo|puedo decidir)|(?:esta|pone) pagando (?:casi )?tod[oa]|dijo que no\b""",
        },
        "timeline": {
            3: r"""urgent\w*|urge\b|(?:para|puede\w* ser|ya|antes de|tiene que ser) hoy\b|hoy mismo|manana (?:mismo|temprano)|cuanto antes|lo antes posible|ya mismo|(?:antes|tope) (?:del?|de la|que) (?:\d|lunes|martes|miercoles|jueves|viernes|sabado|fin)|esta (?:semana|tarde)|el (?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)|
            |vence\b|\d{1,2} de (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre)|\d{1,2}/\d{1,2}|si o si""",
            2: r"""(?:lunes|martes|miercoles|jueves|viernes|sabado)\b|proxim[ao] (?:semana|mes)|en (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)|(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|octubre|noviembre|diciembre)\b|
            |fin de mes|quincena|pronto|cuando (?:pueden|puede|empiezan|podria|seria)""",
            1: r"""despues de(?:l)? (?:carnaval|las fiestas|vacaciones|verano|semana santa|ano)|mas adelante|(?:el )?ano que viene|el proximo ano|depende como venga|en cuanto (?:sepa|pueda|tenga)|cuando (?:cobre|tenga|se pueda)|despues del \d""",
            0: r"""sin (?:ninguna )?prisa|no (?:hay|tengo|tenemos) (?:prisa|apuro|urgencia)|sin apuro|solo (?:estoy )?(?:mirando|viendo|averiguando|preguntaba)|por ahora (?:viendo|no|solo)|algun dia|no por ahora|viendo como""",
        },
        "commitment": {
            3: r"""(?:ya )?(?:pague|deposite|transferi|abone|firme|reserve|hice (?:la|el) (?:transferencia|deposito|pago))|(?:ahi|ya) (?:estan|esta|van|va) (?:los|las|el|la) ?(?:\d|sena|deposito|transferencia|pago|anticipo|comprobante)|contrato firmado|comprobante|ya (?:lo )?firmamos""",
            2: r"""apunt[ea](?:me|nos)|agend[aeo](?:me|nos|lo|la)?\b|dale,? agend\w+|reserv[ae](?:me|nos|lo|la)?\b|anot[ae](?:me|nos|lo)?\b|(?:lo|la|los|las) (?:quiero|tomo|llevo|compro)\b|(?:mand[ae]|pas[ae]|envi[ae])(?:me|nos) (?:el |la |su |tu |los )?(?:contrato|cuenta|datos|factura|link|ubicacion)|
            |nos vemos|ahi (?:estare|estamos|voy|nos)|trato hecho|hecho\b|cerramos|confirm\w+|(?:jueves|viernes|lunes|martes|miercoles|sabado) (?:por la \w+ )?(?:perfecto|esta bien|mejor)|vamos de una|factura a nombre""",
            1: r"""(?:lo|la) (?:pienso|vemos|reviso|miro|consulto)|(?:yo )?(?:te|le|les) (?:aviso|digo|confirmo|escribo)|deja(?:me|nos) (?:pensar|ver)|vere\b|ya veremos|voy a (?:ver|pensar)|me fijo|no me compromete|capaz\b|quizas?|tal vez|a lo mejor|si se tercia""",
            0: r"""no,? (?:muchas )?gracias|no (?:me|nos) interesa|(?:ya )?(?:contrate|compre|elegi|fui|cerre|cerramos) con (?:otr[oa]|la otra|el otro)|me (?:voy|quedo) con (?:otr[oa]|el otro|la otra)|no hace falta|decidimos (?:no|que no)|lo dejamos|mejor no\b|cancel\w+ (?:la|el|mi)|muy amable, pero""",
        },
    },
    objections={
        "price": r"""car[oa]s?\b|carisim\w+|salad[oa]|mucha plata|mucho dinero|descuento|rebaja|no (?:me|nos) alcanza|no los tengo|es mas guita|hasta \d+ (?:millones|mil)|\d{2,3} mil$|baratit\w+|no me alcanza""",
        "competitor": r"""(?:otr[oa]|la otra) (?:empresa|clinica|tienda|lado|agencia|inmobiliaria|vete|compania)|(?:compadre|vecin[oa]|amig[oa]|prim[oa]|cunad[oa])\b.{0,30}(?:cobr|sale|pag|dej|tiene)|me (?:cobra|pasaron|paso otra|ofrecen|ofrecieron) |mas barat\w+ en|en otro (?:lado|lugar|sitio)""",
        "trust": r"""quien responde|garantia\b|estafa\w*|(?:es|son) (?:de )?confianza|confiable|desconfi\w+|me (?:dejo|dejaron) (?:tirad\w+|plantad\w+)|resenas|referencias|no vaya a ser que|me rompieron|seguro que""",
        "timing": r"""ahora no|no es (?:buen )?momento|despues de(?:l)? (?:carnaval|fiestas|vacaciones)|mas adelante|sin (?:ninguna )?prisa|tarda\w* mucho|mucho tiempo|prefiere esperar|si llueve|esperar""",
        "authority": r"""(?:consultar(?:lo)?|hablar(?:lo)?|ver(?:lo)?) con (?:mi|el|la)|mi (?:suegra|jefe|marido|esposo|mujer|esposa|socio|hermano) .{0,30}(?:paga|decide|prefiere|dice|dijo|pone)|(?:la plata|el dinero) .{0,30}(?:la|lo) pone|el prefiere""",
        "logistics": r"""(?:muy |esta )lejos|no (?:puedo|tengo como) (?:ir|llegar|pasar)|(?:envio|flete|traslado) (?:me lo|es|cuesta|sale|aparte)|sin ascensor|no tengo (?:coche|carro|auto)|vencido""",
        "product": r"""(?:no|si) (?:tiene|trae|incluye|cubre|sirve)\b.{0,30}no\b|calidad|se (?:me )?(?:cae|afloja|rompe)|muy (?:oscur|pequen|chic|ruidos)\w+|no me (?:gusta|convence)|convenceme|no es lo que""",
    },
    good=r"""gracias|excelente|perfecto|genial|buenisim\w+|barbaro|me encant\w+|enamore|amo\b|lindo|hermos\w+|divino|joya|crack|super|estupendo|feliz|bendicion\w*|que bueno|tranquil\w+|preciosa|un placer|geni[ao]|maravill\w+|muy amable|bacano|10 puntos|chevere""",
    bad=r"""car[oa]s?\b|salad[oa]|molest\w+|enojad\w+|mal[oa]?\b|pesim\w+|horrible|desastre|nunca mas|queja|reclamo|estafa\w*|todavia (?:nada|no)|llevo esperando|llorar|miedo|preocup\w+|no la aguanto|verguenza|harta?o?\b|decepcion\w*|problema|que pena|triste|uuuy|chuta""",
    question=r"""(?:y |pero |oye |oiga |hola |che |una (?:duda|consulta|cosilla)[ ,:]*|otra[ ,:]*|ya\. ?)*[¿]?(?:(?:dime|digame|decime|me dice)\b|cuanto|cuantos|cuantas|cuanta|cual|cuales|como (?:es|hago|se|seria|funciona|pago)|donde|quien|cuando|que (?:incluye|marca|dia|dias|horario|precio|documentos|porcentaje|pasa|necesit\w+)|(?:tienen|tenes|tienes|hay|hacen|venden|se puede|puedo|puedes|podria\w*|aceptan|incluye|entra|es posible|sigue|siguen|trabajan|inyecta|cubre)\b)""",
    accept=r"""(?:si+|ok(?:ay)?|vale|dale+|listo|perfecto|bueno|va|claro|de una|hecho|ya|por supuesto|me parece bien|apunteme|genial|excelente|de acuerdo|joya|super+|esta bien|acepto|confirmo|quedamos|barbaro|buenisimo)\b|[👍✅🤝👌🙌]""",
    decline=r"""no,? (?:muchas )?gracias|(?:ya )?(?:contrate|compre|elegi|cerre|cerramos|reserve) con (?:otr|la otra|el otro)|no (?:me|nos) interesa|muy amable, pero|no hace falta|lo dejamos|en otra (?:ocasion|oportunidad)|no (?:me )?(?:escriba|contacte)n? mas|decidimos no|nos fuimos con|me salio otr[oa]|ya (?:le )?(?:di|dimos) (?:un |el |la )?(?:adelanto|sena|anticipo) (?:al|a la|a otr)|entonces (?:no|nada)\b|encontre otr[oa]""",
    stall=r"""(?:yo )?(?:te|le|les) (?:aviso|digo)|lo (?:pienso|vemos|consulto)|deja(?:me|nos) (?:pensar|ver)|ya veremos|mas adelante|despues de|por ahora|sin prisa|quizas?|si se tercia|cualquier cosita|me fijo|todavia no|prefiere esperar|no alcance|depende como venga""",
    offer=r"""\d{1,2}[:.]\d{2}|\d{1,2} ?(?:am|pm|hs|hrs|h)\b|(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)|manana|cita|visita|agend\w+|reserv\w+|contrato|deposito|sena\b|anticipo|apunto|separ\w+|video ?llamada|cuenta\b|llamada|\d+ ?%""",
    paid=r"""recibid[oa]|ya (?:me |nos )?(?:llego|cayo|entro|quedo) (?:el|la|tu|su)|pago (?:confirmado|recibido)|quedo? (?:confirmad|agendad|reservad)\w+|es suyo|bienvenid[oa]""",
    nudge=r"""(?:no|nadie) me (?:ha |han )?(?:respond|contest|dij)\w+|sigo esperando|todavia (?:nada|espero)|alguna novedad|hay novedades|y\?+$|\?\?\?|me quede esperando|no me contestaron""",
)
