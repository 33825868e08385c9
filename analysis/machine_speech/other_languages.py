"""The same orders in languages the product does not speak: the phrases an attacker would reach for first.

Scripts of their own are searched in the whole text; languages in Latin letters are part of the rules by window.
"""

from __future__ import annotations

import re

_OWN_SCRIPT = re.compile(
    "[\u0400-\u052f\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"
)

_OWN_SCRIPT_ORDERS = re.compile(
    "|".join(
        (
            # Chinese
            "(?:忽略|无视|無視|忽視|忘记|忘掉|忘記|不要遵守|跳过).{0,12}(?:指令|规则|規則|提示|说明|指示|要求|设定)",
            "系统提示|系統提示|提示词|提示詞",
            "(?:评分|分数|打分|評分|分數|得分|客户|線索|线索|潜在客户).{0,12}(?:100|满分|滿分|一百|最高|热|热门|冷|0分)",
            "标记为.{0,4}(?:热|冷|高)",
            "(?:评为|打|给).{0,8}(?:最高分|满分|100分)",
            "你现在是.{0,20}(?:助手|模型|没有限制)",
            # Japanese
            "(?:指示|ルール|命令|規則|プロンプト).{0,12}(?:無視|忘れ|従わ)",
            "システムプロンプト",
            "(?:スコア|点数|評価|リード).{0,12}(?:100|満点|最高|0点|ホット)",
            # Korean
            "(?:지시|명령|규칙|지침).{0,12}(?:무시|잊)",
            "시스템 ?프롬프트",
            "(?:점수|평가|리드).{0,12}(?:100|만점|최고|0점)",
            # Russian and Ukrainian
            "(?:игнорир|забуд|не обращай внимани|отмени|пренебре|не следу).{0,50}"
            "(?:инструкц|правил|указани|команд|промпт)",
            "(?:ігнору|забуд|не зважай).{0,50}(?:інструкц|правил|вказівк|команд)",
            "(?:система|ассистент|модель|бот|ии)[,:].{0,60}(?:горяч|холодн|балл|оценк)",
            "систем.{0,8}(?:промпт|инструкц|інструкц)",
            "(?:лид|диалог|чат|переписк|клиент|контакт|лід|розмов).{0,40}(?:балл|балів|оценк|оцінк|горяч|гаряч)",
            "(?:балл|балів|оценк|оцінк|рейтинг).{0,40}(?:лид|диалог|чат|переписк|этому клиент|лід|розмов)",
            # Arabic, Persian, Hebrew
            "(?:تجاهل|انس|تجاوز).{0,30}(?:تعليمات|القواعد|الأوامر|التوجيهات)",
            "(?:موجه|تعليمات) النظام",
            "(?:نقطة|درجة|تقييم|نقاط).{0,30}(?:العميل|المحادثة|العميل المحتمل)",
            "(?:العميل|المحادثة).{0,30}(?:نقطة|درجة|تقييم|نقاط|ساخن)",
            "دستور.{0,20}نادیده",
            "(?:התעלם|תתעלם|שכח).{0,30}(?:הוראות|הנחיות|כללים)",
            # Hindi
            "(?:निर्देश|नियम|आदेश).{0,30}(?:अनदेखा|नजरअंदाज|नज़रअंदाज|भूल)",
            "सिस्टम प्रॉम्प्ट",
            "(?:लीड|बातचीत|ग्राहक|चैट).{0,30}(?:अंक|स्कोर|हॉट)",
            # Thai
            "(?:ละเว้น|เพิกเฉย|ลืม).{0,20}(?:คำสั่ง|กฎ)",
        )
    )
)

#: Languages in Latin letters, without accents.
LATIN_ORDERS = (
    # French
    r"\b(?:ignore[rz]?|oublie[rz]?|ne (?:tiens|tenez) pas compte|neglige[rz]?)\b.{0,50}"
    r"\b(?:les|mes|tes|vos|ces|toutes) (?:\w+ )?(?:instructions|consignes|regles|directives)\b",
    r"\b(?:donne[rz]?|mets|mettez|attribue[rz]?)\b.{0,40}\b(?:note|score|points)\b.{0,50}"
    r"\b(?:prospect|lead|conversation|contact)\b",
    r"\b(?:prospect|lead|conversation)\b.{0,30}\b(?:chaud|froid)\b.{0,30}\b(?:note|score|points|sur 100)\b",
    # German
    r"\b(?:ignorier\w*|vergiss|vergesst|missacht\w*)\b.{0,50}\b(?:anweisung\w*|regeln?|instruktion\w*|vorgaben?|befehl\w*)\b",
    r"\b(?:bewerte\w*|setz\w*|stuf\w*)\b.{0,40}\b(?:lead|gesprach|chat|unterhaltung|kontakt)\b.{0,40}"
    r"\b(?:punkte\w*|100|heiss|kalt|hochst\w*)",
    r"\b(?:an|fur) (?:das|die|den) (?:bewertungs\w+|ki|kunstliche intelligenz|bewerter)\b",
    r"\b(?:note|message) pour l'(?:ia|intelligence artificielle|evaluateur)\b",
    r"\b(?:sei ora|ora sei|du bist jetzt|tu es maintenant|vous etes maintenant)\b.{0,60}\b(?:senza|ohne|sans)\b.{0,10}\b(?:regol\w|limit\w+|regeln|einschrankung\w*|regles|limites?)\b",
    # Italian
    r"\b(?:ignora\w*|dimentica\w*|trascura\w*)\b.{0,50}\b(?:istruzion[ei]|regole|direttive)\b",
    r"\b(?:assegna\w*|dai|metti|valuta\w*)\b.{0,50}\b(?:punteggio|punti|voto)\b.{0,40}(?:massimo|100|cento|zero|lead|conversazione)",
    # Dutch, Polish, Turkish, Indonesian, Vietnamese, Swedish, Romanian, Catalan
    r"\b(?:negeer|vergeet)\b.{0,40}\b(?:instructies|regels|aanwijzingen)\b",
    r"\b(?:zignoruj|zapomnij|pomin)\b.{0,40}\b(?:instrukcj\w*|polecen\w*|zasad\w*)",
    r"\b(?:talimat|kural|yonerge)\w*\b.{0,30}\b(?:yok say|gormezden gel|unut)",
    r"\babaikan\b.{0,40}\b(?:instruksi|perintah|aturan)\b",
    r"\bbo qua\b.{0,40}\b(?:huong dan|chi dan|quy tac)\b",
    r"\b(?:ignorera|glom)\b.{0,40}\b(?:instruktioner|regler)\b",
    r"\bignora\b.{0,40}\b(?:instructiunile|regulile|instruccions|regles)\b",
)


def orders_in_another_script(plain: str) -> bool:
    """True when a text, as `views.plain` gives it, holds one of the phrases in a script of its own."""
    return _OWN_SCRIPT.search(plain) is not None and _OWN_SCRIPT_ORDERS.search(plain) is not None
