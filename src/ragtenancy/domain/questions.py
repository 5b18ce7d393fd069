"""The questions in a message, and the kind of answer that each expects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from ragtenancy.domain.sentences import sentences

MAX_PARTS = 3
RAMBLING_WORDS = 40
FEWEST_WORDS_OF_A_PART = 3


class Kind(StrEnum):
    """The kind of answer that a question expects."""

    AMOUNT = "amount"
    CONTACT = "contact"
    COUNT = "count"
    DATE = "date"
    DEFINITION = "definition"
    DIFFERENCE = "difference"
    DURATION = "duration"
    EXTREME = "extreme"
    FACT = "fact"
    LIST = "list"
    MEASURE = "measure"
    PERSON = "person"
    PLACE = "place"
    SHARE = "share"
    STEPS = "steps"
    YEAR = "year"
    YES_NO = "yes_no"


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


_SUPERLATIVE = (
    r"cheapest", r"dearest", (r"(?:high|low|long|short|larg|small|bigg|fast|slow|heavi|light|loud"
    r"|quiet|old|new|young|tall|deep|wide|strong|weak|few|great|hott|cold|warm|cool|earli|late"
    r"|near|close|thick|thin|narrow|rich|simpl|safe|lean|full)est"),
    r"(?:the |is )?(?<!at )(?:most|least)(?! of| recent)(?= \w+)", r"which .{0,40} (?:the )?(?:best|worst)",
    (r"(?:am|der|die|das|den) (?:\w*(?:günstig|billig|teuer|niedrig|läng|kürz|größ|klein|schnell"
    r"|langsam|schwer|leicht|laut|leis|ält|neu|hoh|höch|wenig|meist)\w*st(?:e|en|er|es)?)"),
    (r"(?:teuerste|günstigste|billigste|höchste|niedrigste|längste|kürzeste|größte|kleinste"
    r"|schnellste|leichteste|schwerste|leiseste|lauteste|meisten|wenigsten)[nrs]?"),
    r"(?:le|la|les) (?:plus|moins) \w+", r"(?:el|la|los|las|lo) (?:\w+ )?(?:más|menos) \w+",
)  # fmt: skip
_COMPARATIVE = (
    (r"how (?:much|many) (?:more|less|fewer|longer|shorter|heavier|lighter|higher|lower|larger"
    r"|bigger|smaller|faster|slower|dearer|cheaper|older|wider|taller|louder|quieter)"),
    r"by how (?:much|many)(?: \w+)?", r"how (?:much|many) .{1,40} (?:more|less|fewer|\w{3,}er) (?:than|is|are|does|do)",
    r"(?:what(?:'s| is)|tell me) the difference", r"difference (?:between|in \w+ between)",
    r"wie ?viel (?:mehr|weniger|teurer|billiger|günstiger|länger|kürzer|schwerer|leichter|größer)",
    r"unterschied zwischen", r"combien de plus", r"différence entre", r"cuánto más",
    r"diferencia entre",
)  # fmt: skip
_BEFORE_AN_AMOUNT = (  # after "how much": no noun, or one of money
    r"an?|are|can|could|did|do|does|extra|for|had|has|have|he|i|is|it|may|must|my|of|our|per|shall|she|should|that|the|they|this|total|was|we|were|will|would|you|your"
    r"|assets|bonus|budget|capital|cash|commission|compensation|credit|damages|debt|deposit|discount|dividends?|funding"
    r"|income|insurance|interest|money|pay|pension|premium|profit|rent|revenue|salary|sales|savings|tax|turnover|wages"
)  # fmt: skip
_KINDS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    (Kind.DIFFERENCE, _words(*_COMPARATIVE)),
    (Kind.EXTREME, _words(*_SUPERLATIVE)),
    (Kind.DEFINITION, _words(
        r"^\W*(?:and )?what(?:'s| is| are) (?:an? |the )?(?:\w+ ){0,1}\w+(?=\W*\Z)", r"define", r"definition of", r"what does .{1,60} (?:mean|stand for)", r"meaning of",
        r"what (?:is|are|'s) meant by", r"was (?:bedeutet|heißt|versteht man unter|ist mit)",
        r"que (?:signifie|veut dire)", r"qué significa", r"what (?:is|are|'s) .{1,40} for\b\W*\Z")),
    (Kind.DATE, _words(
        r"(?:in|on|since|from|until|by|till) (?:which|what) (?:dates?|days?|months?)",
        r"an welchen tagen", r"zu welchen zeiten", r"quels jours", r"qué días")),
    (Kind.CONTACT, _words(
        r"(?:phone|telephone|mobile|fax|hotline|emergency|contact) ?numbers?", r"numbers? (?:can|do|should) i (?:call|ring|dial)",
        r"e-?mail address(?:es)?", r"web ?(?:site|page|address)", r"(?:who|whom|where|what number) (?:do|can|should|must) (?:i|we) (?:call|ring|phone)",
        r"how (?:do|can) (?:i|we) (?:reach|contact|get in touch)", r"telefonnummer", r"e-?mail-?adresse", r"numéro de téléphone",
        r"número de teléfono")),
    (Kind.STEPS, _words(
        r"how (?:do|can|could|should|would|must|does|might|will) (?:i|we|you|one|somebody|someone|users?"
        r"|customers?|staff|employees?|members?|a|an|the)\b(?! (?:often|much|many|long|far|big|old"
        r"|high|fast|soon|quickly)\b)(?! \w+ (?:cost|weigh|last)\b)", r"how to", r"steps", r"step by step",
        r"how (?:is|are) (?:a|an|the|my|our|your)? ?.{1,40} (?:\w{3,}ed|made|done|begun|built|set up|carried out)(?= |\W*\Z)",
        r"instructions?", r"procedure", r"walk me through", r"what do i (?:have|need) to do (?:to|for|in order)",
        r"what (?:are|is) the (?:steps|process|procedure)", r"wie (?:kann|muss|soll|melde|mache?|bekomme|"
        r"beantrage|stelle|reinige|tausche|wechsle|gehe|funktioniert|lege|setze|buche|kündige|installiere"
        r"|richte) (?:ich|man|wir)?", r"wie geht das", r"comment (?:puis-je|faire|dois-je|peut-on|est-ce que)",
        r"cómo (?:puedo|debo|se|hago|tengo)")),
    (Kind.LIST, _words(
        r"^\W*(?:please )?list\b", r"list (?:all|the|every\w*|our|your|my|any)", r"which (?:\w+ ){0,3}?\w+(?<!ss|us|is)s (?:are|do|does|can|have|were|must"
        r"|may|should|will|exist|count)", r"what (?:\w+ ){0,2}?\w+(?<!ss|us|is)s (?:are|do|can|must|have|exist)",
        r"what are (?:the|my|our|your|all)", r"what(?:'s| is) (?:new|included|excluded|covered|changed|different)",
        r"what (?:changed|comes with)", r"what (?:do|must|should) (?:i|we|you|the \w+) (?:have to|need to)? ?(?:bring|check|observe|know)",
        r"what (?:do|does|must) (?:i|we|you|the \w+) (?:have|need) to do", r"name (?:all|the|three|some)", r"(?:was|welche) (?:\w+ ){0,5}"
        r"(?:ausgeschlossen|ausgenommen|enthalten|inbegriffen|gehört|gibt es)", r"welche \w+(?:en|er|e|n)",
        r"qu(?:els|elles) (?:sont|\w+s)", r"qu'est-ce qui est (?:exclu|inclus)", r"cuáles son",
        r"qué (?:está|incluye|excluye)")),
    (Kind.YEAR, _words(
        r"(?:in |since |from |until |by )?(?:which|what) year", r"(?:in |seit |bis |ab )?welche[mns]? jahr",
        r"(?:en |depuis )?quelle année", r"(?:en |desde )?qué año")),
    (Kind.DATE, _words(
        r"when(?! (?:i|you|we|it|the|a|an|my|your|somebody|there|one)\b.{0,60}\?)", r"what (?:date|day|year|month|time)",
        r"(?:in|on|since|from|until|by|till) (?:which|what) (?:date|day|year|month)", r"which (?:date|day|year|month)",
        r"(?:until|till|by|since) when", r"wann", r"welche[mnrs]? (?:datum|tag|jahr|monat)", r"quand", r"quelle date",
        r"cuándo", r"qué (?:fecha|día|año)", r"horaires?", r"opening hours", r"öffnungszeiten")),
    (Kind.DURATION, _words(
        r"how (?:long|soon|quick(?:ly)?|fast|often|frequently)", r"how many (?:minutes|hours|days|weeks|months|years)",
        r"wie (?:lange|oft|schnell|bald|häufig)", r"(?:notice|probation|support|waiting|cooling-off|payment) period",
        r"deadline", r"time limit", r"frist", r"laufzeit", r"combien de temps", r"(?:dans )?quel délai", r"durée",
        r"à quelle fréquence", r"cuánto (?:tiempo|dura)", r"con qué frecuencia", r"plazo")),
    (Kind.AMOUNT, _words(
        rf"how much(?! does .{{1,40}} weigh)(?: \([^)]*\))? (?:{_BEFORE_AN_AMOUNT})", r"how much(?=\W*\Z)", r"how expensive",
        r"(?:what|which) (?:\w+ )?(?:price|cost|fee|rate|charge|amount|salary|bonus|deposit|fine|penalty|budget|discount|credit)s?"
        r"(?! (?:card|limit|list|period|plan|polic|range|schedule|tag|type)\w*)",
        r"what(?:'s| is| are| was| were) (?:(?!by|for|if|in|of|with)\w+ ){0,4}?(?:price|cost|fee)s?",
        r"what (?:does|do|would|will|did) .{1,60}(?<! in) (?:cost|pay|charge)", r"wie ?viel (?:kostet|kosten|zahle|bezahle|beträgt)", r"was kostet",
        r"wie hoch", r"kostet", r"combien (?:coûte|ça coûte|coûtent)", r"quel est le (?:prix|tarif|montant)", r"coûte",
        r"cuánto (?:cuesta|cuestan|vale|pago)", r"cuesta", r"(?:total|gross|net|overall) (?:amount|sum|price|cost)",
        r"(?:gesamt|rechnungs|end)betrag", r"montant (?:total|ttc|ht)", r"importe total")),
    (Kind.AMOUNT, re.compile(  # named without a question word
        r"\A(?:(?!\b(?:what(?! about)|which|who\w*|when|where|why|how(?! about)|was|wie|welche\w*|we[rmn]|wessen|wo|wann|warum|wieso"
        r"|quel\w*|qui|quand|où|comment|combien|pourquoi|qué|cuál\w*|cuándo|cuánt\w*|cómo|quién\w*|dónde)\b).)*?\b(?:costs?|prices?|fees?|preis|precio)\b", re.IGNORECASE)),
    (Kind.SHARE, _words(
        r"(?:what|which) (?:per ?cent|percentage|share|proportion|interest|rate of interest|(?:\w+ )?interest rate)",
        r"how many per ?cent", r"wie ?viel prozent", r"welche[mnrs]? (?:prozentsatz|anteil|zinssatz)",
        r"quel(?:le)? (?:pourcentage|part|proportion|taux)", r"qué (?:porcentaje|proporción)")),
    (Kind.COUNT, _words(
        r"how many", r"what number", r"wie ?viele?", r"combien", r"cuánt[oa]s?")),
    (Kind.MEASURE, _words(
        r"how (?:big|large|heavy|tall|high|wide|deep|far|old|hot|cold|warm|loud|strong|thick|powerful|much)",
        r"(?:what|which) (?:\w+ )?(?:temperature|weight|size|height|width|length|depth|speed|power|voltage|capacity"
        r"|volume|distance|range|pressure|age|level|percentage)", r"wie (?:groß|schwer|hoch|tief|breit|weit|alt|warm"
        r"|laut|stark|viel)", r"quel(?:le)? (?:taille|poids|température)", r"qué (?:tamaño|peso|temperatura)")),
    (Kind.PERSON, _words(r"who(?:m|se)?", r"wer", r"wem", r"wen", r"wessen", r"qui", r"quién(?:es)?")),
    (Kind.PLACE, _words(
        r"where", r"(?:which|what) (?:country|city|town|state|place|region|address|room|building|floor|street)",
        r"wo", r"wohin", r"woher", r"où", r"dónde", r"adónde")),
)  # fmt: skip
_YES_NO = re.compile(
    r"\s*(?:(?:and|but|so|also|or|then|even|if \w+,) )*"
    r"(?:is|are|was(?! (?:ist|sind|kostet|bedeutet|muss|darf|soll|kann|wird|passiert|gilt|gehört|macht|gibt|heißt))|were|am|do|does|did|can|could|may|might|must|shall|should|will|would|has|have|had"
    r"|isn't|aren't|don't|doesn't|can't|won't"
    r"|ist|sind|war|kann|können|darf|dürfen|muss|müssen|soll|hat|haben|gibt|wird|werden|gilt|bekomme|brauche"
    r"|est-ce|est-il|puis-je|peut-on|dois-je|y a-t-il|faut-il|avez-vous"
    r"|¿?(?:es|son|está|están|puedo|puede|hay|tengo|debo|tienen))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|is it|are (?:those|these|they|there)|do (?:i|we|you)|does|"
    r"can (?:i|we|you)|may (?:i|we)|should (?:i|we)|must (?:i|we)|will (?:i|it)|could (?:i|you)|"
    r"was|wie|wann|wer|wo|welche[mnrs]?|warum|wieso|quels?|quelles?|combien|comment|quand|où|pourquoi|"
    r"qué|cuál(?:es)?|cuándo|cuánt[oa]s?|cómo|dónde|quién)\b",
    re.IGNORECASE,
)
_NEXT_PART = re.compile(
    r"(?:\?\s*|,\s*|\s+)(?:(?:and|und|et|y) (?:also )?)(?=(?:(?:from|at|in|on|to|for|by|until|with|under|ab|bis|von|zu|mit"
    r"|für|auf|de|à|en|pour|a|para) )?"
    r"(?:what|which|who|when|where|why|how|is|are|do|does|can|may|must|should|will"
    r"|was|wie|wann|wer|wo|welche[mnrs]?|kann|darf|muss|gibt"
    r"|quels?|quelles?|combien|comment|quand|où|est-ce"
    r"|qué|cuál|cuándo|cuánt[oa]s?|cómo|dónde)\b)|\?\s+(?=\S)",
    re.IGNORECASE,
)


_UNSPACED_KINDS: Sequence[tuple[Kind, str]] = (  # Chinese and Japanese, the longest first
    (Kind.YEAR, "哪一年|哪年|何年"),
    (Kind.AMOUNT, "多少钱|多少錢|价格|價格|费用|費用|いくら|料金|値段"),
    (
        Kind.DURATION,
        "多久|多长时间|多長時間|几天|幾天|几年|幾年|几个月|多少天|どのくらい|何日間|何年間",
    ),
    (Kind.DATE, "什么时候|什麼時候|何时|何時|哪天|几点|幾點|几号|幾號|いつ|何時|何日"),
    (Kind.COUNT, "多少|几|幾|いくつ|何人|何個"),
    (Kind.PERSON, "谁|誰|だれ"),
    (Kind.PLACE, "哪里|哪裡|哪儿|哪个城市|在哪|どこ"),
    (Kind.STEPS, "怎么|怎麼|怎样|怎樣|如何|どうやって"),
)


def kind_of(question: str) -> Kind:
    """Return the kind of answer that a question expects; its first words count most."""
    for kind, words in _UNSPACED_KINDS:
        if re.search(words, question):
            return kind
    if _YES_NO.match(question) and not _words(*_SUPERLATIVE, *_COMPARATIVE).search(question):
        return Kind.YES_NO
    found = [
        (match.start(), rank, kind)
        for rank, (kind, pattern) in enumerate(_KINDS)
        if (match := pattern.search(question))
    ]
    firm = [kind for _, _, kind in found if kind in _FIRM]
    if firm:
        return firm[0]
    return min(found)[2] if found else Kind.FACT


_FIRM = (Kind.DIFFERENCE, Kind.EXTREME, Kind.CONTACT, Kind.DEFINITION)


def parts(message: str) -> list[str]:
    """Return a message's questions, at most three, in order; the whole message if it asks none.

    A message of several sentences is reduced to its questions; `and how …`, `, and which …` begin a
    new part if both sides can stand alone.
    """
    said = [clause for each in sentences(message) for clause in each.split("; ")]
    asking = [each for each in said if each.rstrip().endswith(("?", "\uff1f"))]
    found: list[str] = []
    for sentence in asking or [message.strip()]:
        start = 0
        for match in [] if rambles(sentence) else _NEXT_PART.finditer(sentence):
            head, tail = sentence[start : match.start()], sentence[match.end() :]
            if min(len(head.split()), len(tail.split())) >= FEWEST_WORDS_OF_A_PART and _ASKS.search(
                head
            ):
                found.append(head.strip())
                start = match.end()
        found.append(sentence[start:].strip())
    return [part for part in found if part][:MAX_PARTS] or [message]


def rambles(message: str) -> bool:
    """Return whether a message tells a story around its question."""
    return len(message.split()) > RAMBLING_WORDS


def focus(question: str) -> str:
    """Return the asking clause of a long question; a short question itself."""
    if len(question.split()) <= RAMBLING_WORDS // 2:
        return question
    clauses = [c.strip() for c in re.split(r"[,;:]\s+", question) if c.strip()]
    for at in range(len(clauses) - 1, -1, -1):
        if _ASKS.search(clauses[at]) and len(clauses[at].split()) >= FEWEST_WORDS_OF_A_PART:
            return ", ".join(clauses[at:])
    return question
