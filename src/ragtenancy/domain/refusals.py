"""Refusals: the documents do not hold the answer, said by us, or by a model in its own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from ragtenancy.domain.languages import Language
from ragtenancy.domain.sentences import sentences

FIRST_SENTENCE = 200


def built_in_refusal(
    language: Language | None = None, *, missing_identifiers: Sequence[str] = ()
) -> str:
    """Return a refusal, in English where the language is not known.

    `missing_identifiers` are named, as typed, instead of the question as a whole.
    """
    whole, missing = _REFUSALS[language or Language.ENGLISH]
    if not missing_identifiers:
        return whole
    return missing.format(missing=", ".join(missing_identifiers))


def is_refusal(text: str) -> bool:
    """Return whether a sentence says that the passages, or the speaker, do not hold the answer.

    A sentence of a document may read alike ("The manual does not cover repairs"): who asks looks
    first whether a passage bears it out.
    """
    shown = re.sub(r"[*_`#]|\[[S\d,;\s\u2013-]+\]", "", unicodedata.normalize("NFKC", text))
    shown = re.sub(r"\s+", " ", shown.replace("\u2019", "'")).strip()
    return bool(_SHORT.fullmatch(shown) or _SAYS_NO.search(shown))


def only_refuses(text: str) -> bool:
    """Return whether a text does nothing but ask questions and refuse to answer them."""
    if not any(mark in text for mark in _QUESTION_MARKS):  # most texts end here, at no cost
        return False
    said = [sentence.rstrip() for sentence in sentences(text) if _WORD.search(sentence)]
    telling = [sentence for sentence in said if not sentence.endswith(_QUESTION_MARKS)]
    return 0 < len(telling) < len(said) and all(map(is_refusal, telling))


_QUESTION_MARKS = ("?", "\uff1f", "\u061f")
_WORD = re.compile(r"[^\W_]")
_SOURCES = (
    r"(?:documents?|passages?|sources?|contexts?|excerpts?|extracts?|snippets?|materials?|texts?|files?|records"
    r"|information|manuals?|handbooks?|guides?|polic(?:y|ies)|agreements?|contracts?|pages?|notes?|knowledge base"
    r"|what (?:i've|i have|i was|you)(?: been)?)"
)
_NO = r"(?:not|n't|never|no|none|neither|nor|nothing|nowhere|hardly|without|lacks?|lacking|fails? to|unable)"
_SAYING = (
    r"(?:say|says|said|mention\w*|contain\w*|includ\w*|specif\w+|provid\w+|stat(?:e|es|ed)|cover\w*|address\w*|tell\w*"
    r"|describ\w+|discuss\w*|giv(?:e|es|en)|list\w*|defin\w+|explain\w*|refer\w*|indicat\w+|answer\w*|hold|holds|show\w*"
    r"|help\w*|have|touch\w*|speak\w*|reveal\w*|detail\w*|name|names|offer\w*|appear\w*|written|found|find|stand\w*|go(?:es)? into|insight|hint|clue|guidance)"
)
_QUESTION = (
    r"(?:question|this|that|it|so|answer|query|information|details?|anything|topic|matter|subject)"
)

_SHORT = re.compile(
    r"(?:n/?a|none|unknown|no(?:t)? (?:idea|clue|answer|data|information|results?|matches|match|mention|stated|specified"
    r"|mentioned|given|found|provided|available|known|listed|documented|covered|included|sure|applicable|dice)"
    r"(?: (?:found|available|given))?|(?:insufficient|no (?:relevant|such|further)|not enough|missing) (?:information|data|context|details?|evidence)"
    r"|(?:i )?(?:don't|do not|can't|cannot) (?:know|say|tell|answer)(?: (?:that|this|it))?"
    r"|unbekannt|keine (?:angaben?|antwort|informationen|ahnung|treffer)(?: (?:gefunden|vorhanden|verfügbar))?"
    r"|nicht (?:angegeben|bekannt|gefunden|erwähnt|enthalten)|inconnu|non (?:précisé|mentionné|indiqué|trouvé)"
    r"|aucune (?:information|réponse|idée)|desconocido|sin (?:información|respuesta|datos)|no (?:especificado|se sabe|(?:lo )?sé)"
    r"|sconosciuto|non (?:specificato|lo so)|nessuna (?:informazione|risposta)|onbekend|geen (?:informatie|antwoord|idee)"
    r"|desconhecido|sem (?:informação|resposta)|não (?:sei|especificado)|nieznane|nie wiem|brak (?:informacji|danych|odpowiedzi))\W*",
    re.IGNORECASE,
)
_SAYS_NO = re.compile(
    "|".join(
        [
            # English: the sources do not say; nothing in the sources; I cannot find or answer
            rf"\b{_SOURCES}\b(?! of )[^.!?]{{0,60}}?(?:\b{_NO}|n't)\b[^.!?]{{0,40}}?\b{_SAYING}\b",
            (
                rf"\b(?:nothing|none|neither|nor|no (?:information|mention|details?|data|answers?|reference|trace|sign|indication|record"
                rf"|evidence|explanation))\b[^.!?]{{0,80}}\b(?:{_SOURCES}|(?:about|on|of|regarding|for) (?:that|this|it|your question)|here\b|says?|said|mentions?)"
            ),
            (
                rf"\b(?:could|can|do|does|did|was|were|am|is|are)(?: not|n't)\b[^.!?]{{0,30}}\b(?:find|found|see|locate|have|know|answer\w*|tell|"
                rf"determine|say|confirm|infer)\b[^.!?]{{0,40}}\b(?:{_QUESTION}|{_SOURCES}|about|which|what|when|who|how|whether)\b"
            ),
            (
                r"\b(?:cannot|can't|could not|couldn't|unable to|not able to|not possible to|impossible to)\b[^.!?]{0,20}"
                r"\b(?:answer|find|determine|confirm|tell|say|provide|help|locate|infer|be (?:answered|determined|found))"
            ),
            r"\b(?:can|could|able to) neither (?:confirm|say|answer|tell)",
            (
                rf"\b(?:is|are|was|were)(?: not|n't)\b (?:\w+ )?(?:mentioned|specified|stated|found|given|provided|covered|addressed|described"
                rf"|discussed|listed|included|contained|available|answered|documented|written|explained|known)\b[^.!?]{{0,30}}\b"
                rf"(?:in|by|within|from|among|anywhere|here)\b(?: (?:the|your|these|any|my|our|this|those|provided|given|available))*(?: (?:provided|given|"
                rf"available|retrieved|supplied))?(?: {_SOURCES}| here|\W*\Z)"
            ),
            (
                r"\bno (?:relevant|specific|further|such|direct|clear|explicit|matching)? ?(?:information|mention|details?|data|answer|reference)\b"
                r"[^.!?]{0,30}(?:\bfound|\bavailable|\bgiven|\bprovided|\bis there|\W*\Z)"
            ),
            rf"\bthere(?:'s| is| are|'re) (?:no|not|nothing)\b[^.!?]{{0,60}}\b(?:mention|information|details?|answer|in (?:the|your|these|any|my) (?:\w+ )?{_SOURCES})",
            r"\b(?:don't|do not|doesn't|does not|not) have (?:enough|any|sufficient|the|access|that|this)\b[^.!?]{0,60}\b(?:information|details?|data|context|answer|passages?|documents?)",
            r"\b(?:not|isn't|aren't) enough (?:information|context|detail)|\binsufficient (?:information|context|detail|data)",
            rf"(?:\b(?:not|never|nowhere)\b|n't)[^.!?]{{0,12}}\b(?:appear|occur|feature|stand|exist|be found|come up)\w*\b[^.!?]{{0,30}}\b{_SOURCES}",
            rf"(?:\bnot\b|n't)[^.!?]{{0,30}}\b(?:in|from|by|among) (?:the|your|these|any|my|our|those|this) (?:\w+ )?{_SOURCES}",
            rf"(?:\bnot|n't) something\b[^.!?]{{0,40}}\b{_SOURCES}|\b(?:can't|cannot|couldn't|don't) (?:see|spot|make out) (?:it|that|this|any)",
            # the sources are silent, lack it, deal with other things
            (
                rf"\b{_SOURCES}\b[^.!?]{{0,60}}\b(?:silent|mute|quiet|(?:shed|throw)s? no light|lacks?|lacking|leaves?\b[^.!?]{{0,20}}\b(?:open|unanswered"
                rf"|unclear)|(?:with|about|of|on|cover|discuss|concern) (?:\w+ )?(?:other|different|unrelated)|are of no (?:help|use)|unrelated|irrelevant)"
            ),
            rf"\b(?:missing|absent|lacking|omitted) (?:from|in)\b[^.!?]{{0,30}}\b{_SOURCES}|\b(?:beyond|outside|out of)\b(?: of)?(?: the)?(?: scope)?[^.!?]{{0,20}}\b{_SOURCES}",
            rf"\b{_SOURCES}\b[^.!?]{{0,40}}\banyone's guess|\bi(?: have|'ve)? (?:no|not the faintest|not a) (?:idea|clue)|\bi (?:do not|don't) know\b",
            r"\b(?:not|n't|isn't) (?:written|mentioned|stated|said|found|covered|specified)\b[^.!?]{0,20}\b(?:anywhere|here)",
            # German
            (
                r"\b(?:dazu|hierzu|darüber|davon|hierüber|diese[rsn]?|das|die|den|der|es|leider|ich|mir|in)\b[^.!?]{0,80}\b(?:nichts|keine[rn]?|nicht)\b"
                r"[^.!?]{0,60}?\b(?:finden|gefunden|hervor\w*|beantwort\w+|entnehmen|enthalten|erwähnt|angegeben|Angaben?|Informationen|Hinweise?|Auskunft"
                r"|Antwort|sagen|ersichtlich|aufgeführt|genannt|bekannt|vermerkt|dokumentiert|vor)\b"
            ),
            (
                r"\b(?:steht|steht\w*|sagen|sagt|findet sich|findet man|geben|gibt|enthält|enthalten|liegen|liefern|nennen|nennt|erwähn\w+|beantworten)\b[^.!?]{0,60}"
                r"\b(?:nichts|keine[rn]?|nicht)\b(?=[^.!?]{0,60}\Z|[^.!?]{0,60}[.!?]|[^.!?]{0,40}\b(?:dazu|darüber|Antwort|Angaben?|Informationen|Auskunft))"
            ),
            (
                r"\bkeine[rsn]?\b[^.!?]{0,40}\b(?:Quellen?|Dokumente?n?|Textstellen?|Passagen?|Unterlagen)|\b(?:Quellen?|Dokumente?n?|Textstellen?"
                r"|Passagen?|Unterlagen)\b[^.!?]{0,40}\b(?:nichts|keine?\w*)\b"
            ),
            r"\bweiß (?:ich )?(?:\w+ )?nicht",
            # French
            (
                r"\b(?:ne|n')\s?(?:\w+ ){0,2}?(?:permet\w*|trouv\w+|figur\w+|mentionn\w+|contien\w+|précis\w+|indiqu\w+|dispos\w+|parl\w+|di[ts]\w*|donn\w+|sai[st]"
                r"|peu[xt] (?:pas )?(?:rép\w+|trouv\w+|dire)|fourni\w*|ai|répond\w*|abord\w+)\b[^.!?]{0,40}\b(?:pas|rien|aucune?|point)\b"
            ),
            r"\bn'(?:est|a|ont) (?:pas |rien )(?:\w+ )?(?:mentionn\w+|trouv\w+|précis\w+|indiqu\w+|fourni\w*|dit|abord\w+)",
            r"\b(?:rien|aucune?) [^.!?]{0,60}\b(?:documents?|extraits?|passages?|sujet|information|réponse|sources?)",
            # Spanish
            (
                r"\bno (?:\w+ )?(?:encuentr\w+|encontr\w+|permit\w+|mencion\w+|dic\w+|contien\w+|indic\w+|especific\w+|figur\w+|aparec\w+|dispon\w+|tengo|hay|consta|"
                r"puedo|incluy\w+|ofrec\w+|proporcion\w+|respond\w+|habl\w+|aborda\w*|sé)\b[^.!?]{0,60}\b(?:información|respuesta|responder|pregunta|nada|documentos?|"
                r"pasajes?|textos?|fuentes?|fragmentos?|respecto|dato|eso|esto|ello)"
            ),
            r"\b(?:documentos?|pasajes?|textos?|fuentes?|fragmentos?)\b[^.!?]{0,40}\bno (?:lo )?(?:mencion\w+|dic\w+|contien\w+|indic\w+|especific\w+|permit\w+|habl\w+|inclu\w+)",
            # Italian
            r"\bnon\b (?:ne |lo |ci |è |ho |sono |vi )*(?:parla\w*|trov\w+|menzion\w+|conten\w+|specific\w+|dic\w+|indica\w*|forni\w+|posso (?:rispondere|trovare|aiutar\w+)|permett\w+ di rispondere|disponi\w+|rispond\w+|riporta\w*|presente?i?|disponibil\w+|so)\b",
            # Dutch
            (
                r"\b(?:documenten|passages|bronnen|teksten|tekst|context|bestanden|ik|hier|er|dit|dat)\b[^.!?]{0,60}\b(?:geen|niets?)\b[^.!?]{0,60}\b(?:antwoord\w*|informatie|vermeld\w*|genoemd|"
                r"gevonden|vinden|staat|zeggen|gegevens|over|vermelding|beantwoord\w*)"
            ),
            r"\b(?:staat|staan|vind|vermeld\w*|genoemd|weet)\b[^.!?]{0,20}\bniet\b",
            # Portuguese
            r"\bnão (?:\w+ )?(?:mencion\w+|encontr\w+|contém|contêm|diz\w*|indic\w+|especific\w+|const\w+|há (?:informa\w+|resposta|nada)|permit\w+ responder|tenho (?:informa\w+|acesso)|posso (?:responder|encontrar|ajudar)|respond\w+|fal\w+|inform\w+|fornec\w+|sei)\b",
            # Polish
            (
                r"\bnie (?:\w+ )?(?:zawiera\w*|znalaz\w+|znalezion\w+|znajduj\w+|ma|wspomina\w*|podaj\w+|mówi\w*|określa\w*|wiem|mogę|wynika|odpowiada\w*)\b[^.!?]{0,60}"
                r"\b(?:informacj\w+|odpowied\w+|dokument\w+|pytani\w+|tym|tego|fragment\w+|temat\w*|nic|źród\w+)|\b(?:dokumenty?|fragmenty?|źródła)\b[^.!?]{0,30}\bnie\b"
            ),
            r"\bbrak (?:informacji|danych|odpowiedzi)",
            # Swedish, Danish, Czech, Romanian, Turkish, Russian, Greek
            r"\b(?:hitta\w*|finns|säger|nämn\w+|fandt|finder|findes|nævn\w+|står)\b[^.!?]{0,30}\b(?:inget|ingen|inte|ikke|intet|ingenting)\b",
            r"\bnení\b[^.!?]{0,40}\binformac|\bdokument\w*\b[^.!?]{0,40}\b(?:neobsahuj|nezmiňuj|neuvád|nenach)|\bnu (?:\w+ )?(?:găs\w+|conțin\w*|mențion\w+|există|pot)\b",
            r"bulamıyorum|bulamadım|bulunm(?:uyor|amaktadır)|yer alm(?:ıyor|amaktadır)|bilgi yok|belirtilmem",
            r"(?:нет|не найден\w*|не наш[её]л|не содерж\w+|не упомин\w+|не указан\w*)[^.!?]{0,60}(?:информац|документ|ответ|данны)|документ\w*[^.!?]{0,40}(?:не |нет)",
            r"δεν (?:βρ\w+|αναφέ\w+|περιέχ\w+|υπάρχ\w+)",
            # Vietnamese, Thai, Hindi, Arabic
            r"không (?:tìm thấy|đề cập|có thông tin|chứa)|ไม่พบ(?:ข้อมูล)?|ไม่มีข้อมูล|नहीं मिल|जानकारी नहीं|उल्लेख नहीं|لم (?:أجد|يتم العثور)|لا (?:تذكر|تحتوي|توجد معلومات)",
            # Chinese, Japanese, Korean
            r"(?:没有|沒有|未|无法|無法|不包含|找不到|不知道)[^。]{0,12}(?:信息|資訊|提及|提到|回答|答案|找到|内容|相关)",
            r"(?:記載|情報|言及|回答|説明|内容)[^。]{0,10}(?:ありません|ない|できません|見つかりません|ございません)|見つかりません|わかりません|分かりません",
            r"(?:정보|내용|답변|언급)[^.]{0,14}(?:없|찾을 수)|찾을 수 없",
        ]
    ),
    re.IGNORECASE,
)


_REFUSALS: Mapping[Language, tuple[str, str]] = {
    Language.ENGLISH: (
        "I couldn't find that in your documents.",
        "I couldn't find {missing} in your documents.",
    ),
    Language.GERMAN: (
        "Das habe ich in Ihren Dokumenten nicht gefunden.",
        "{missing} habe ich in Ihren Dokumenten nicht gefunden.",
    ),
    Language.FRENCH: (
        "Je n'ai pas trouvé cela dans vos documents.",
        "Je n'ai pas trouvé {missing} dans vos documents.",
    ),
    Language.SPANISH: (
        "No encuentro nada sobre eso en sus documentos.",
        "No encuentro {missing} en sus documentos.",
    ),
    Language.ITALIAN: (
        "Non ho trovato nulla al riguardo nei suoi documenti.",
        "Non ho trovato {missing} nei suoi documenti.",
    ),
    Language.PORTUGUESE: (
        "Não encontrei nada sobre isso nos seus documentos.",
        "Não encontrei {missing} nos seus documentos.",
    ),
    Language.DUTCH: (
        "Ik heb daar niets over gevonden in uw documenten.",
        "Ik heb {missing} niet gevonden in uw documenten.",
    ),
    Language.POLISH: (
        "W dokumentach nie znaleziono nic na ten temat.",
        "W dokumentach nie znaleziono {missing}.",
    ),
    Language.RUSSIAN: (
        "В ваших документах ничего об этом не найдено.",
        "В ваших документах не найдено: {missing}.",
    ),
    Language.TURKISH: (
        "Belgelerinizde bununla ilgili bir bilgi bulamadım.",
        "Belgelerinizde {missing} bulamadım.",
    ),
    Language.CHINESE: (
        "我在您的文档中没有找到相关内容。",
        "我在您的文档中没有找到 {missing}。",
    ),
    Language.JAPANESE: (
        "お手元の文書には該当する情報が見つかりませんでした。",
        "お手元の文書には {missing} が見つかりませんでした。",
    ),
    Language.KOREAN: (
        "문서에서 관련 내용을 찾을 수 없습니다.",
        "문서에서 {missing} 항목을 찾을 수 없습니다.",
    ),
    Language.ARABIC: (
        "لم أجد ما يتعلق بذلك في مستنداتك.",
        "لم أجد {missing} في مستنداتك.",
    ),
    Language.HINDI: (
        "आपके दस्तावेज़ों में इसके बारे में कुछ नहीं मिला।",
        "आपके दस्तावेज़ों में {missing} नहीं मिला।",
    ),
    Language.THAI: (
        "ไม่พบข้อมูลเกี่ยวกับเรื่องนี้ในเอกสารของคุณ",
        "ไม่พบ {missing} ในเอกสารของคุณ",
    ),
    Language.VIETNAMESE: (
        "Tôi không tìm thấy thông tin này trong tài liệu của bạn.",
        "Tôi không tìm thấy {missing} trong tài liệu của bạn.",
    ),
    Language.GREEK: (
        "Δεν βρήκα κάτι σχετικό στα έγγραφά σας.",
        "Δεν βρήκα το {missing} στα έγγραφά σας.",
    ),
    Language.ROMANIAN: (
        "Nu am găsit nimic despre asta în documentele dumneavoastră.",
        "Nu am găsit {missing} în documentele dumneavoastră.",
    ),
    Language.SWEDISH: (
        "Jag hittade inget om det i dina dokument.",
        "Jag hittade inte {missing} i dina dokument.",
    ),
    Language.DANISH: (
        "Jeg fandt ikke noget om det i dine dokumenter.",
        "Jeg fandt ikke {missing} i dine dokumenter.",
    ),
    Language.CZECH: (
        "Ve vašich dokumentech o tom není žádná informace.",
        "{missing} se ve vašich dokumentech nevyskytuje.",
    ),
}
