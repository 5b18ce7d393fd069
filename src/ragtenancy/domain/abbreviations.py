"""Abbreviations by language: which of them the sentence goes on after.

Sources: the sentence break suppressions of Unicode CLDR (`common/segments/*.xml`: de, en, es, fr,
it, pt, ru), without those that are ordinary words as well (`all.`, `so.`, `Test.`); for the other
languages, and for the terms of law, trade and technology that CLDR lacks, lists of our own.

An entry in lower case matches any case; one with a capital matches as written (`MM.`, not `mm.`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ragtenancy.domain.languages import Language


class Abbreviations(Struct, frozen=True):
    """What may follow an abbreviation: always a word, a number, or the next sentence as well."""

    before_a_word: frozenset[str]
    before_a_number: frozenset[str]
    maybe_last: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """All of them."""
        return self.before_a_word | self.before_a_number | self.maybe_last

    def continues(self, word: str, *, number_next: bool, opener_next: bool) -> bool:
        """Return whether a sentence goes on after a word with a full stop."""
        if word in self.before_a_word or (number_next and word in self.before_a_number):
            return True
        return not opener_next and word in self.maybe_last


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _of(before_a_word: str, before_a_number: str, maybe_last: str) -> Abbreviations:
    return Abbreviations(_words(before_a_word), _words(before_a_number), _words(maybe_last))


# Abbreviations that are no words in another language.
COMMON = _of(
    """
    Mr Mrs Ms messrs dr drs prof st sgt capt lt col gov hon rev mt maj vs cf e.g i.e viz approx incl
    excl fn resp
    bspw bzgl bzw ca d.h dipl dipl.-ing einschl entspr evtl exkl fa fr frl gebr ggf ggfs ggü hr hrn
    hrsg inkl insb insbes lfd av mio mrd o.g sog tsd u.a v.a vgl z.b z.t zgl zzgl abzgl mtl tägl
    jährl ehem eigtl näml ausschl
    MM mme mmes mlle mlles p.ex env
    sr sra sras sres srta srtas dra dña lic licdo excmo excma exmo exma ilmo ilma p.ej avda aprox
    vda sig dott avv geom cfr p.es ad.es on.le c.so v.le dott.ssa sig.ra sig.na sigg prof.ssa
    dhr mevr mw bijv d.w.z m.b.t o.a t.a.v i.v.m zgn drs ir ong ing eng profa
    mgr inż ul zob np tj tzn m.in woj mec hab mjr gen
    डॉ प्रो श्री श्रीमती सं नं रु पं मो कि मी
    г-н г-жа ст стр пп см рис табл ок тыс млн млрд ул пр пер пл просп корп проф инж акад гл разд ср
    напр прим макс тел обл адм им отд и.о св доц канд чл
    """,
    """
    fig figs eq rd sect paras arts vol vols pp p eds chap nos avg tel ref temp art abs no nr para max
    min sec tab pag abschn anm anl anlage az bd kap mind pos rn s.o s.u ziff buchst abb std str zul
    gem lit ext cl subsec
    éd obs réf tél núm núms pág págs cap párr pár máx mín sez séc sect rif alin chp
    blz hfdst jan feb mar apr jun jul aug sep sept okt oct nov dez dec mrz févr fév janv avr juil déc
    dic abr ago fev gg sett genn febbr ott lug giu
    ust pkt rys rozdz godz ok wrz paź lis sty lut kwi maj cze lip sie gru
    янв февр апр авг сент окт нояб дек кв мин макс руб долл коп
    """,
    """
    jr u.s u.k u.n e.u u.s.a d.c ph.d b.c a.d p.o n.y l.a inc ltd co corp bros s.a s.l s.p.a s.r.l
    b.v n.v mwst ust usw u.ä e.v gmbh sp z.o.o o.o ltda cía s.à.r.l s.a.r.l et.al
    """,
)

BY_LANGUAGE: Mapping[Language, Abbreviations] = {
    Language.ENGLISH: _of(
        "gen col dept Ft Mar misc Sen Rep Adm Cdr Pvt Supt Pres",
        "ch ed al p Op Ex Exh sched app ann reg c",
        "al",
    ),
    Language.GERMAN: _of(
        """
        abs rd lt gem mind Max Min max min Abt abt Mo Di Mi Do So Sa Fam fam frz dtzd stck Stk
        geb verh gest allg amtl österr schweiz ges Kfm Kfr Reg.-Bez Hbf kath ev röm südd
        Hl hl urspr ursprüngl spez versch wg betr sämtl monatl wöchentl pers techn kaufm jur gesetzl
        vorl zust zw zus dt engl franz ital europ staatl städt stellv Gesch Geschf Inh Vors Vert
        Verf nachf Nachf Hptst Bez Kr Prot i.d.r i.h.v i.v.m i.s.d gem i.a
        """,
        "s ab bl sp ausg aufl Best best Kl Abt jg jahrg Ca zi zt heft",
        "etc ff usf Std std Wo Jh Jhd Jahrh n.chr v.chr",
    ),
    Language.FRENCH: _of(
        "Me Mgr Dr Pr av bd boul bât dir env Sté sté ing Cie préf dép c.-à-d anc adj gouv ap ch",
        "al ann chap par sec cf mod n col coll mai juin mars p.j pl append niv quart",
        "",
    ),
    Language.SPANISH: _of(
        "ud uds EE ej dpto depto dptos deptos dtor Da Dª Lcdo Lcda Ldo Sto Sta ntra ntro prov Mons"
        " hnos vid pza ctra",
        "n ene set inc apdo fr ap col ed doc disp",
        "ee.uu rr.hh",
    ),
    Language.ITALIAN: _of(
        "ing arch rag on ad es spett egr gent mitt all dest dr uff prov",
        "n nn all ag set gen mag lett co par tav mod int liv ver div s rep",
        "",
    ),
    Language.PORTUGUESE: _of(
        "av ex depto dept Pe Sto Sta End Dir eng R",
        "n set out fl fls apt cx al inc col ed cód doc mai",
        "",
    ),
    Language.DUTCH: _of(
        "mr ing afd gem burg wed hr mej ca evt resp v.a t.o.v m.u.v m.i.v tgv i.p.v i.o.m n.a.v",
        "par nr lid hfst mrt pag zie sub bijl jrg afl dl",
        "o.g btw excl",
    ),
    Language.POLISH: _of(
        "p os im pl al św ws lek adw kpt por ds wg ww tzw zw ks red dyr kier",
        "r m dn poz dz par zał cz tab ryc str",
        "",
    ),
    Language.CZECH: _of(
        "např sv tzv tj mj popř resp vč č čl odst písm ing mgr bc judr mudr ul nám gen",
        "str obr tab kap tel hod min kč sb",
        "",
    ),
    Language.SWEDISH: _of("t.ex bl.a dvs ca s.k m.fl f.d resp fr.o.m t.o.m", "kap nr st s tel", ""),
    Language.DANISH: _of("f.eks bl.a dvs ca s.k m.fl hhv fx pga ifm inkl ekskl", "kap nr stk s tlf kl", ""),
    Language.TURKISH: _of("vb örn av sn doç yrd sok cad mah blv", "md no sf tel", ""),
    Language.ROMANIAN: _of("dl dna str bd nr alin art lit cca", "nr pag alin art cap", ""),
    Language.ARABIC: _of("د أ م ص ط إلخ الخ ج أ.د", "", ""),
}  # fmt: skip

UNITS = _words(
    """
    mm cm km ms min sec sek std st s h l m g kg t r y hr hrs mb gb kb rd gg г ч м л с т
    """
)
"""Units that a full stop after their number ends a sentence behind."""
LETTERED = _words(
    """
    hall room table annex appendix exhibit schedule type class option plan group line team
    gate part step vitamin grade category section item version level zone block building model
    halle raum tabelle anlage anhang typ klasse gruppe linie teil stufe gebäude modell option
    plan salle annexe tableau type classe groupe ligne bât bâtiment sala anexo tabla tipo
    clase grupo allegato tabella tipo classe gruppo anexo tabela classe zaal bijlage tabel
    klasse groep sala załącznik tabela typ klasa grupa зал приложение таблица тип класс группа
    корпус
    """
)
"""Words that a single letter names: `Hall B.` ends a sentence, `J. B.` does not."""
NUMBERED = _words(
    """
    art artikel article artículo articolo artigo artykuł статья ст § sec section sect
    abschnitt clause klausel ziffer ziff chapter chap kapitel kap chapitre capítulo capitolo
    step schritt étape paso passo krok шаг part teil
    """
)
"""Words that a number follows at the head of a clause: `Art. 2. The price …`."""
PARTICLES = _words(
    """
    van von de di del da du do dos das o ten te el mac may will an den
    """
)
"""Function words that begin a surname as well."""
OPENERS = _words(
    """
    after before but then there please see all each danach dann hier bitte siehe alle außerdem
    sie ensuite puis ici veuillez después luego aquí véase poi dopo qui vedi depois daarna dan
    zie potem затем потом
    """
)
"""More words that, capitalised, begin a sentence rather than a name."""
