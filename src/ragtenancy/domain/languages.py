"""Language identification of questions and documents by script, function words and letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

MAX_CHARACTERS = 2_000
"""How much of a text is looked at: a page says as much about its language as a book."""

_FUNCTION_WORD = 1.0
_WITHOUT_ACCENTS = 0.6
_LETTER = 0.4
_ENDING = 0.25
_MIN_SHARE = 0.4
_SURE = 1.5
"""What Latin words must weigh beside those of another script, where they may be names."""
_MARGIN = 1.15


class Language(StrEnum):
    """A natural language by its ISO 639-1 code."""

    ARABIC = "ar"
    CHINESE = "zh"
    CZECH = "cs"
    DANISH = "da"
    DUTCH = "nl"
    ENGLISH = "en"
    FRENCH = "fr"
    GERMAN = "de"
    GREEK = "el"
    HINDI = "hi"
    ITALIAN = "it"
    JAPANESE = "ja"
    KOREAN = "ko"
    POLISH = "pl"
    PORTUGUESE = "pt"
    ROMANIAN = "ro"
    RUSSIAN = "ru"
    SPANISH = "es"
    SWEDISH = "sv"
    THAI = "th"
    TURKISH = "tr"
    VIETNAMESE = "vi"


def detect(text: str) -> Language | None:
    """Return the language that a text is written in, None when its words do not tell.

    Words with a digit (E021, DSP-4180) are names, and say nothing. The evidence is summed over
    the words: a function word counts for every language that has it, shared by their number.
    """
    shown = unicodedata.normalize("NFC", text[:MAX_CHARACTERS])
    words = _WORD.findall(_NAMES.sub(" ", shown))
    other = _OTHER_SCRIPT.findall("".join(words))
    if not other:
        return _by_words(words, shown, least=_MIN_SHARE)
    return _by_words(words, shown, least=_SURE) or _by_script("".join(other))


@cache
def function_words(language: Language) -> frozenset[str]:
    """Return the commonest function words of a language, lower case; none for an unspaced one."""
    return frozenset(_WORDS.get(language, "").split())


def without_function_words(text: str) -> str:
    """Return a text in Chinese or Japanese with a space for each run of its function words."""
    language = detect(text)
    words = _UNSPACED_WORDS.get(language) if language else None
    return words.sub(" ", text) if words else text


def _by_script(letters: str) -> Language | None:
    """Return the language of the commonest script other than Latin; kana make Han Japanese."""
    if _KANA.search(letters) and len(_KANA.findall(letters)) * 10 >= len(_HAN.findall(letters)):
        return Language.JAPANESE
    found = {language: len(letter.findall(letters)) for language, letter in _SCRIPTS.items()}
    language = max(found, key=found.__getitem__)
    foreign = _FOREIGN.get(language)
    if not found[language] or (foreign and foreign.search(letters)):
        return None
    return language


def _by_words(words: list[str], shown: str, *, least: float) -> Language | None:
    scores = dict.fromkeys(_WORDS, 0.0)
    evidence = _evidence()
    for word in map(str.lower, words):
        for language, weight in (evidence.get(word) or _shape(word)).items():
            scores[language] += weight
    if "¿" in shown or "¡" in shown:
        scores[Language.SPANISH] += _FUNCTION_WORD
    (best, most), (_, second) = sorted(scores.items(), key=lambda each: -each[1])[:2]
    return best if most >= least and most >= _MARGIN * second else None


def _shape(word: str) -> Mapping[Language, float]:
    """Return what the letters and the ending of a word that is no function word tell."""
    told: dict[Language, float] = {}
    if not word.isascii():
        for letter in sorted(set(word)):
            _share(told, _LETTERS.get(letter, ()), _LETTER)
        if _VIETNAMESE.search(word):
            _share(told, (Language.VIETNAMESE,), _LETTER)
    for length in (5, 4, 3, 2):
        if len(word) > length + 1 and word[-length:] in _ENDINGS:
            _share(told, _ENDINGS[word[-length:]], _ENDING)
            break
    return told


def _share(told: dict[Language, float], languages: tuple[Language, ...], weight: float) -> None:
    for language in languages:
        told[language] = told.get(language, 0.0) + weight / len(languages)


@cache
def _evidence() -> Mapping[str, Mapping[Language, float]]:
    """Return what each function word tells, as typed and without its accents."""
    having: dict[str, dict[Language, float]] = {}
    for language, listed in _WORDS.items():
        for word in listed.split():
            having.setdefault(word, {})[language] = _FUNCTION_WORD
            bare = without_accents(word)
            having.setdefault(bare, {}).setdefault(language, _WITHOUT_ACCENTS)
    return {
        word: {language: weight / len(told) for language, weight in told.items()}
        for word, told in having.items()
    }


def without_accents(word: str) -> str:
    """Return a word without the accents of Latin letters; ß becomes ss, ø becomes o."""
    decomposed = unicodedata.normalize("NFD", word.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae"})
_NAMES = re.compile(r"[!-~]*\d[!-~]*|https?://[!-~]+|[!-~]+@[!-~]+")
_MARKS = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u064b-\u0652"
_WORD = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+")
_OTHER_SCRIPT = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2e80-\U0003ffff]")
_KANA = re.compile("[\u3041-\u30ff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_VIETNAMESE = re.compile("[\u1ea0-\u1ef9ơư]")
_SCRIPTS: Mapping[Language, re.Pattern[str]] = {
    Language.ARABIC: re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    Language.CHINESE: _HAN,
    Language.GREEK: re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    Language.HINDI: re.compile("[\u0900-\u097f]"),
    Language.KOREAN: re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]"),
    Language.RUSSIAN: re.compile("[\u0400-\u04ff]"),
    Language.THAI: re.compile("[\u0e00-\u0e7f]"),
}
_FOREIGN: Mapping[Language, re.Pattern[str]] = {
    Language.ARABIC: re.compile("[پچژگکیټډړںےہ]"),  # Persian, Urdu, Pashto
    Language.RUSSIAN: re.compile("[іїєґўјљњћђџѓќѕәғқңөұүһ]", re.IGNORECASE),
}
"""Letters of other languages of the script: better no answer than the wrong one."""

_EN, _DE, _FR, _ES, _IT = (
    Language.ENGLISH,
    Language.GERMAN,
    Language.FRENCH,
    Language.SPANISH,
    Language.ITALIAN,
)
_PT, _NL, _PL, _TR, _VI = (
    Language.PORTUGUESE,
    Language.DUTCH,
    Language.POLISH,
    Language.TURKISH,
    Language.VIETNAMESE,
)
_RO, _SV, _DA, _CS = Language.ROMANIAN, Language.SWEDISH, Language.DANISH, Language.CZECH

_LETTERS: Mapping[str, tuple[Language, ...]] = {
    "ß": (_DE,),
    "ä": (_DE, _SV),
    "ö": (_DE, _SV, _TR),
    "ü": (_DE, _TR),
    "å": (_SV, _DA),
    "æ": (_DA,),
    "ø": (_DA,),
    "ñ": (_ES,),
    "ç": (_FR, _PT, _TR),
    "ã": (_PT, _VI),
    "õ": (_PT, _VI),
    "ê": (_FR, _PT, _VI),
    "ô": (_FR, _PT, _VI),
    "è": (_FR, _IT),
    "é": (_FR, _ES, _PT, _CS),
    "à": (_FR, _IT, _VI),
    "ù": (_IT, _FR),
    "ò": (_IT, _VI),
    "ì": (_IT, _VI),
    "û": (_FR,),
    "œ": (_FR,),
    "ë": (_NL, _FR),
    "ó": (_PL, _ES, _PT),
    "í": (_ES, _CS, _PT),
    "á": (_ES, _CS, _PT),
    "ú": (_ES, _PT, _CS),
    "ą": (_PL,),
    "ę": (_PL,),
    "ł": (_PL,),
    "ń": (_PL,),
    "ś": (_PL,),
    "ź": (_PL,),
    "ż": (_PL,),
    "ć": (_PL,),
    "ě": (_CS,),
    "ř": (_CS,),
    "ů": (_CS,),
    "č": (_CS,),
    "š": (_CS,),
    "ž": (_CS,),
    "ý": (_CS, _VI),
    "ğ": (_TR,),
    "ş": (_TR, _RO),
    "ı": (_TR,),
    "ă": (_RO, _VI),
    "â": (_RO, _FR, _PT, _VI),
    "î": (_RO, _FR),
    "ș": (_RO,),
    "ț": (_RO,),
    "ţ": (_RO,),
    "đ": (_VI,),
}

_ENDINGS: Mapping[str, tuple[Language, ...]] = {
    ending: languages
    for languages, endings in {
        (_EN,): "ing ness ship ght ould ck ly ty ys th ies ees wn ed",
        (_DE,): "ung keit heit lich isch icht ungen enz zt chen sch ieren eit ft cht ierte",
        (_DE, _NL, _SV, _DA): "en",
        (_DE, _EN, _NL, _SV, _DA): "er",
        (_FR,): "aux eur euse ique eux ment ants ées aient elle ont ais ait ez",
        (_EN, _FR): "tion tions",
        (_ES,): "ción ciones dad ando iendo aron ieron dos nte",
        (_ES, _PT): "ado ada ados adas ar",
        (_IT,): "zione zioni tà ità ando endo ato ata ati ello elli eggi otto ggio zza gli",
        (_PT,): "ção ções dade agem ão ões inho eiro",
        (_NL,): "heid ijk ijke tie ties eren aan aat oor uur ond ij ingen isch",
        (_PL,): "ość ości owanie anie enie ego ych ów nia cie wać nej ski",
        (
            _TR,
        ): "lar ler dır dir ları leri nın nin lık lik mak mek yor dan ması mesi miştir mıştır muştur müştür ında inde unda tır tir lere lara",
        (_RO,): "ului ilor elor ești ează escu ții ție ul ea lui",
        (_SV,): "het ning ande ade orna arna ornas else ling",
        (_DA,): "hed ning ende erne ede else eren",
        (_CS,): "ost ání ení ého ých ují ství ovat ní",
    }.items()
    for ending in endings.split()
}

_WORDS: Mapping[Language, str] = {
    _EN: """
        the of and to is are was were be been does did do has have had can could should would
        will may must what which who whom whose when where why how many much long often far old
        a an this that these those there it its he she his her they their them we our us you
        your i my me not no for with from by at on in about into after before between during
        than then if or but as any all some each other also please tell show give explain
        describe list name isn doesn don didn t s out up off over under per only
        get use make need work know find new more most first last during within without year
        called called type kind people time
        hello hi hey thanks thank yes shows cost costs still today""",
    _DE: """
        der die das den dem des ein eine einen einem einer eines und oder ist sind war waren
        wird werden wurde wurden worden hat haben hatte hatten kann können konnte muss müssen
        soll darf dürfen gibt was wer wen wem wessen wann wo warum wieso weshalb wie wohin woher
        welche welcher welches welchen welchem viel viele vielen lange oft hoch ich mich mir
        mein meine meinen meinem meiner du dich dir dein deine er sie es wir uns unser unsere
        ihr ihre ihren sich nicht kein keine keinen auf aus bei mit nach von vom vor zu zum zur
        für gegen ohne über unter um an am im in bis durch als wenn dass ob auch noch nur mehr
        man bitte steht stehen bedeutet kostet heißt welch sein seine seinen dieser diese dieses
        ja gilt brauche muß bekommt bekomme mache macht darüber davon dafür wofür womit woran worauf worin wieviel wieviele lautet lauten wollte sollte nachdem
        zeige nenne gib alle aller waren liegt befindet
        hallo guten danke ja nein""",
    _FR: """
        le la les l un une des du de d et ou est sont était étaient être a ont avait avoir fait
        peut peuvent doit quel quelle quels quelles que quoi qui qu quand où pourquoi comment
        combien lequel laquelle je j me m mon ma mes tu te ton ta tes il elle on nous notre nos
        vous votre vos ils elles se s son sa ses leur leurs ce c cette ces cet ça ne n pas plus
        sans avec dans en au aux par pour sur sous entre chez depuis pendant avant après vers
        si mais donc comme aussi très faut dois puis y quelqu lorsque été sera dont
        moi toi lui eux t donne veut dire montre liste
        bonjour bonsoir salut merci oui""",
    _ES: """
        el la los las lo un una unos unas de del al y o es son era eran fue fueron ser está están
        estaba estar hay ha han había tiene tienen tenía puede pueden puedo debe debo hace qué
        que quién quiénes quien cuál cuáles cual cuándo cuando dónde donde cómo como cuánto
        cuánta cuántos cuántas por para con sin en sobre entre desde hasta durante antes después
        según yo me mi mis tú te tu tus él ella usted nosotros nuestro nuestra ellos se su sus
        le les esto este esta estos estas ese esa no ni más menos muy también si pero porque
        cuesta hizo tipo qué años año nombre adónde llama dime ya todo todos todas toda tuvo dame
        lista fecha acuerdo además cada
        hola gracias sí""",
    _IT: """
        il lo la i gli le l un uno una di del dello della dei degli delle dell da dal dalla dai
        dalle in nel nello nella nei nelle nell su sul sulla sui sulle a al allo alla ai alle all
        con per tra fra e ed o è sono era erano essere sia ha hanno ho aveva può possono posso
        deve devo che cosa cos chi quale quali qual quando dove dov perché come com quanto quanta
        quanti quante c ci si mi ti vi ne io tu lui lei noi voi loro mio mia miei tuo suo sua
        suoi nostro nostra questo questa questi queste quello quella non né più meno anche ma se
        quindi prima dopo durante senza fu stato stata stati viene furono costa si fa fatto
        anni anno chiama quell ogni sia tutti tutte dammi mostrami
        ciao grazie buongiorno sì""",
    _PT: """
        o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às pelo pela pelos
        pelas por para com sem sobre entre desde até durante antes depois e ou é são era eram foi
        foram ser está estão estava há tem têm tinha pode podem posso deve devo faz que quê quem
        qual quais quando onde como quanto quanta quantos quantas porque eu me meu minha meus
        minhas tu te teu você vocês seu sua seus suas ele ela eles elas nós nosso nossa se lhe
        isto este esta estes estas esse essa isso aquele não nem mais menos muito também já mas
        custa ter qualquer num numa anos ano nome ainda fica mim todos todas liste
        mostre
        olá obrigado obrigada sim sou cada aqui""",
    _NL: """
        de het een en of is zijn was waren wordt worden werd werden heeft hebben had hadden kan
        kunnen kon moet moeten mag mogen zal zou zouden wat wie wanneer waar waarom hoe welke
        welk hoeveel hoelang wiens ik mij me mijn jij je jouw u uw hij zij ze hem haar wij we ons
        onze hun dit dat deze die niet geen van voor met naar bij uit op in aan te om tot door
        over onder tussen tegen zonder tijdens na als dan dus maar ook nog al er daar veel meer
        meest vaak lang kost noem geef alle waarin waarop waarvan waarmee waardoor ben doe doet
        jaar door hoog heet toon geef
        hallo bedankt dank ja nee""",
    _PL: """
        i w we z ze na do od dla o u po przez przed przy pod nad bez między jest są był była było
        były być będzie ma mają miał może mogą można trzeba należy musi muszę co kto kogo komu
        kim czego czym kiedy gdzie dlaczego czemu jak jaki jaka jakie jaką jakich jakim jakiego
        jakiej który która które którzy którego której których którym ile czy ja mnie mi mój moja
        moje ty ci twój on ona ono my nas nasz wy oni się siebie nie tak to ten ta te tego tej
        tych tym jego jej ich oraz lub albo ale że żeby jeśli gdy jako także też tylko już
        bardzo więcej został została zostały mogę kosztuje dni skąd rok roku lat ilu za
        cześć dziękuję dzień dobry""",
    _TR: """
        ve ile bir bu şu o için gibi kadar göre sonra önce de da ki ne nedir neden niçin niye kim
        kimdir kimin kime hangi hangisi hangileri nasıl nerede nereye nereden nere kaç kaçtır
        zaman mi mı mu mü midir mıdır var vardır yok ben benim bana sen siz sizin biz bizim onun
        onlar değil daha en çok az her hiç olarak olan oldu olur olduğu oluyor olmuştur eder
        etti edilir yapılır yapmak kullanılır gerekir ama veya ya çünkü eğer sadece bütün tüm
        ilk miktar lazım ettiği tarafından tarihinde hakkında arasında ise idi denir nelerdir neydi kimdi neyi kimi
        son tür
        merhaba teşekkürler evet""",
    _VI: """
        là của và có không được cho với trong ngoài trên dưới ở tại từ đến về như để bằng do bởi
        các những một hai này đó kia gì nào ai đâu sao bao nhiêu mấy khi lúc thế tôi bạn anh chị
        em chúng ta họ nó mình ông bà đã đang sẽ phải cần nên thể rất nhiều hơn nhất cũng chỉ
        còn nhưng hoặc hay nếu thì mà vì theo sau trước giữa người năm tên loại điều việc lâu
        làm cách hãy ra vào lại bị nước đầu tiên thông hát nhà tin báo người
        công làm
        xin chào cảm ơn""",
    _RO: """
        și sau dar de la în din pe cu fără pentru prin despre între până după înainte sub spre
        este sunt era erau fost fi a au am are avea avut poate pot trebuie ce cine cui care cărei
        cărui cărora când unde cum cât câtă câți câte cât de o un unei unui unor ale al ai cel
        cea cei cele eu mă mi tu te ți el ea noi voi ei ele se își lui lor meu mea mei mele
        nostru său sa săi acest această acești aceste acel acea nu mai foarte tot toate doar dacă
        că să ca decât costă fel numit numește numele anul ani într dintre timpul putea
        ați s
        bună mulțumesc da""",
    _SV: """
        och eller i på av till från med för om under över mellan efter före utan vid hos är var
        vara blir blev har hade kan kunde ska skall skulle måste får fick vad vem vems vilka
        vilken vilket när var vart varför hur många mycket länge ofta jag mig min mitt mina du
        dig din ditt han hon den det de dem vi oss vår vårt ni er sin sitt sina sig en ett som
        att inte ingen inget inga men också bara mer mest än så där här denna detta dessa finns
        kostar gör göra gäller heter hette år ut
        hej tack ja nej""",
    _DA: """
        og eller i på af til fra med for om under over mellem efter før uden ved hos er var være
        bliver blev har havde kan kunne skal skulle må måtte får fik hvad hvem hvis hvilke
        hvilken hvilket hvornår hvor hvorfor hvordan mange meget længe ofte jeg mig min mit mine
        du dig din dit han hun den det de dem vi os vores i jer sin sit sine sig en et som at
        ikke ingen intet men også kun mere mest end så der her denne dette disse findes koster
        gør gøre gælder hedder år ud ad
        hej tak ja nej""",
    _CS: """
        a i v ve z ze na do od pro o u po před při pod nad bez mezi s se k je jsou byl byla bylo
        byli byly být bude má mají měl může mohou mohu musí musím lze co kdo koho komu kým čeho
        čím kdy kde proč jak jaký jaká jaké jakou jakým jakých který která které kteří kterého
        kterou kterých kolik zda já mě mně mi můj moje ty tě ti tvůj on ona my nás náš vy vás oni
        si ne ano to ten ta tento tato tyto toto toho jeho její jejich nebo ale že aby pokud když
        jako také jen už velmi více za let roku rok dlouho stojí často kam odkud čem
        dobrý den děkuji ahoj""",
}

_UNSPACED_WORDS: Mapping[Language, re.Pattern[str]] = {
    language: re.compile("|".join(sorted(listed.split(), key=len, reverse=True)))
    for language, listed in {
        Language.CHINESE: """
            什么时候 什麼時候 哪一年 哪年 什么 什麼 何时 何時 多少 多久 几 幾 哪里 哪裡 哪儿 哪些 哪个 哪 谁 誰 怎么 怎麼
            怎样 怎樣 如何 为什么 為什麼 为何 是否 是不是 有没有 吗 嗎 呢 吧 请问 請問 请 請 告诉 我们 我們 我
            你们 你 您 他们 他 她 它 的 了 在 是 有 被 把 和 与 與 及 或 这 這 那 可以 能 会 會 需要 应该 要""",
        Language.JAPANESE: """
            いつ どこ だれ 誰 なに 何 なぜ どうして どう どの どれ どんな いくら いくつ ですか でしょうか ますか
            ました ません です ます でき ください 教えて とは には では から まで より という について は を が
            に の も と で へ や か""",
    }.items()
}
