"""Seeded tables of the shapes that office files have, each with what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from msgspec import Struct, structs
from table_truth import Triple, Truth


class Cell(Struct, frozen=True):
    """A cell; it covers `down` rows and `across` columns."""

    row: int
    column: int
    text: str
    down: int = 1
    across: int = 1
    is_header: bool = False

    @property
    def is_merged(self) -> bool:
        """Whether it covers several rows or columns."""
        return self.down * self.across > 1


class Made(Struct, frozen=True, kw_only=True):
    """A table: its cells, its caption, its truth."""

    title: str
    cells: Sequence[Cell]
    truth: Truth
    caption: str = ""

    @property
    def height(self) -> int:
        """The number of rows."""
        return max(cell.row + cell.down for cell in self.cells)

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(cell.column + cell.across for cell in self.cells)

    def texts(self) -> list[list[str]]:
        """Return the rows, a merged cell's text in its first place."""
        rows = [[""] * self.width for _ in range(self.height)]
        for cell in self.cells:
            rows[cell.row][cell.column] = cell.text
        return rows


class Words(Struct, frozen=True, kw_only=True):
    """The words of one language that the tables are made of."""

    places: Sequence[str]
    regions: Sequence[str]
    measures: Sequence[str]
    things: Sequence[str]
    kinds: Sequence[str]
    fields: Sequence[str]
    answers: Sequence[str]
    place: str
    region: str
    unit: str
    total: str
    note: str
    lines: Sequence[str]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


LANGUAGES: Mapping[str, Words] = {
    "en": Words(
        places=_words("Bergen, Tromso, Bari, Lecce, Graz, Linz, Leeds, Derry, Cork, Galway, Riga"),
        regions=_words("North, South, Alps, Isles"),
        measures=_words("Staff, Orders, Complaints, Returns, Visits, Costs, Income, Hours, Seats"),
        things=_words("Meter rental, Standing charge, Repair visit, Late fee, Cable set, Support"),
        kinds=_words("Business customers, Residential customers, Public bodies"),
        fields=_words("Company, VAT number, Payment term, Contact, Start date, Contract number"),
        answers=_words("Nordwind Ltd, GB812345678, 45 days, Ms Alder, 2024-03-01, K-2207-B"),
        place="City",
        region="Region",
        unit="in thousand EUR",
        total="Total",
        note="Remarks",
        lines=_words("closed on Mondays, by appointment only, new since May, under repair"),
    ),
    "de": Words(
        places=_words("Köln, Münster, Görlitz, Füssen, Würzburg, Gießen, Lübeck, Jülich, Uelzen"),
        regions=_words("Nord, Süd, Mitte, Küste"),
        measures=_words(
            "Umsatz, Kosten, Aufträge, Rückgaben, Beschäftigte, Stunden, Fläche, Größe"
        ),
        things=_words("Zählermiete, Grundgebühr, Prüfung, Mahnung, Kabelsatz, Anfahrt"),
        kinds=_words("Geschäftskunden, Privatkunden, Behörden"),
        fields=_words("Firma, USt-IdNr., Zahlungsziel, Ansprechpartner, Beginn, Vertragsnummer"),
        answers=_words("Nordwind GmbH, DE812345678, 45 Tage, Frau Erle, 01.03.2024, K-2207-B"),
        place="Ort",
        region="Gebiet",
        unit="in Tausend Euro",
        total="Summe",
        note="Bemerkung",
        lines=_words("montags geschlossen, nur nach Anmeldung, neu seit Mai, wird saniert"),
    ),
    "fr": Words(
        places=_words("Nîmes, Sète, Épinal, Angoulême, Besançon, Mâcon, Évreux, Thionville, Alès"),
        regions=_words("Nord, Sud, Est, Littoral"),
        measures=_words("Recettes, Dépenses, Commandes, Retours, Salariés, Heures, Clients, Stock"),
        things=_words(
            "Location du compteur, Abonnement, Dépannage, Frais de retard, Câble, Visite"
        ),
        kinds=_words("Clients professionnels, Particuliers, Collectivités"),
        fields=_words("Société, Numéro de TVA, Délai de paiement, Contact, Début, Contrat"),
        answers=_words(
            "Vent du Nord SARL, FR12345678901, 45 jours, Mme Aulne, 01/03/2024, K-2207-B"
        ),
        place="Ville",
        region="Zone",
        unit="en milliers EUR",
        total="Total",
        note="Remarques",
        lines=_words("fermé le lundi, sur rendez-vous, nouveau depuis mai, en travaux"),
    ),
    "zh": Words(
        places=_words("苏州, 无锡, 常州, 扬州, 镇江, 泰州, 绍兴, 嘉兴, 湖州"),
        regions=_words("北区, 南区, 东区, 西区"),
        measures=_words("收入, 成本, 订单, 退货, 员工, 工时, 客户, 库存"),
        things=_words("仪表租金, 基本费, 维修, 滞纳金, 电缆, 上门服务"),
        kinds=_words("企业客户, 居民客户, 公共机构"),
        fields=_words("公司, 税号, 付款期限, 联系人, 开始日期, 合同编号"),
        answers=_words("北风有限公司, 91320500MA1X, 45天, 王女士, 2024年3月1日, K-2207-B"),
        place="城市",
        region="区域",
        unit="单位：千元",  # noqa: RUF001 - as Chinese is written
        total="合计",
        note="备注",
        lines=_words("周一休息, 仅限预约, 五月新开, 维修中"),
    ),
}


class _Sheet:
    """Places cells and notes what they say."""

    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self.triples: list[Triple] = []

    def put(
        self,
        row: int,
        column: int,
        text: str,
        *,
        down: int = 1,
        across: int = 1,
        header: bool = False,
    ) -> None:
        """Place a cell; an empty one takes its place, too."""
        self.cells.append(Cell(row, column, text, down, across, header))

    def header(self, row: int, names: Iterable[str], *, start: int = 0) -> None:
        """Place a header row."""
        for column, name in enumerate(names, start=start):
            self.put(row, column, name, header=True)

    def say(self, value: str, *column: str, row: tuple[str, ...] = (), label: str = "") -> None:
        """Note a triple."""
        if value:
            self.triples.append(Triple(row=row, column=column, value=value, label=label))

    def made(self, shape: str, title: str, *, caption: str = "", corner: str = "") -> Made:
        """Return the table."""
        truth = Truth(shape=shape, triples=self.triples, corner=corner)
        return Made(title=title, cells=self.cells, truth=truth, caption=caption)


def _number(random: Random) -> str:
    return str(random.randint(11, 9999))


def _simple(random: Random, words: Words, *, rows: int = 5, columns: int = 4) -> _Sheet:
    sheet = _Sheet()
    names = [f"{name}{n or ''}" for n in range(4) for name in words.measures][:columns]
    sheet.header(0, [words.place, *names])
    places = [f"{place} {n or ''}".strip() for n in range(9) for place in words.places][:rows]
    for y, place in enumerate(places, start=1):
        sheet.put(y, 0, place)
        for x, name in enumerate(names, start=1):
            value = _number(random)
            sheet.put(y, x, value)
            sheet.say(value, name, row=(place,))
    return sheet


def simple(random: Random, words: Words) -> Made:
    """Return names across and down."""
    return _simple(random, words).made("simple", "A", corner=words.place)


def long(random: Random, words: Words) -> Made:
    """Return more rows than a chunk holds."""
    return _simple(random, words, rows=20).made("long", "B", corner=words.place)


def wide(random: Random, words: Words) -> Made:
    """Return many columns."""
    return _simple(random, words, columns=14, rows=4).made("wide", "C", corner=words.place)


def unit(random: Random, words: Words) -> Made:
    """Return a table whose caption holds the unit."""
    sheet = _simple(random, words, rows=24, columns=2)
    sheet.triples = [
        Triple(row=t.row, column=t.column, value=t.value, label=words.unit) for t in sheet.triples
    ]
    caption = f"{words.measures[0]} ({words.unit})"
    return sheet.made("caption with unit", "D", caption=caption, corner=words.place)


def years(random: Random, words: Words) -> Made:
    """Return years as column names."""
    sheet = _Sheet()
    names = ["2021", "2022", "2023", "2024"]
    sheet.header(0, [words.place, *names])
    for y, place in enumerate(words.places[:4], start=1):
        sheet.put(y, 0, place)
        for x, name in enumerate(names, start=1):
            value = _number(random)
            sheet.put(y, x, value)
            sheet.say(value, name, row=(place,))
    return sheet.made("years", "E", corner=words.place)


def two_headers(random: Random, words: Words) -> Made:
    """Return years above quarters."""
    sheet = _Sheet()
    sheet.put(0, 0, words.place, down=2, header=True)
    for n, year in enumerate(("2023", "2024")):
        sheet.put(0, 1 + 2 * n, year, across=2, header=True)
        sheet.header(1, ["Q1", "Q2"], start=1 + 2 * n)
    for y, place in enumerate(words.places[2:6], start=2):
        sheet.put(y, 0, place)
        for x in range(4):
            value = _number(random)
            sheet.put(y, x + 1, value)
            sheet.say(value, ("2023", "2024")[x // 2], ("Q1", "Q2")[x % 2], row=(place,))
    return sheet.made("two headers", "F", corner=words.place)


def merged_down(random: Random, words: Words) -> Made:
    """Return a label that stands beside three rows."""
    sheet = _Sheet()
    names = words.measures[3:5]
    sheet.header(0, [words.region, words.place, *names])
    for n, region in enumerate(words.regions[:3]):
        sheet.put(1 + 3 * n, 0, region, down=3)
        for y, place in enumerate(words.places[:3], start=1 + 3 * n):
            sheet.put(y, 1, place)
            for x, name in enumerate(names, start=2):
                value = _number(random)
                sheet.put(y, x, value)
                sheet.say(value, name, row=(region, place))
    return sheet.made("merged down", "G", corner=f"{words.region} {words.place}")


def sections(random: Random, words: Words) -> Made:
    """Return full-width rows that say what the next rows are about."""
    sheet = _Sheet()
    names = [words.measures[5], words.measures[1]]
    sheet.header(0, [words.note, *names])
    y = 1
    for kind in words.kinds:
        sheet.put(y, 0, kind, across=3)
        for thing in words.things[:3]:
            y += 1
            sheet.put(y, 0, thing)
            for x, name in enumerate(names, start=1):
                value = f"{random.randint(1, 99)}.{random.randint(10, 99)} EUR"
                sheet.put(y, x, value)
                sheet.say(value, name, row=(thing,), label=kind)
        y += 1
    return sheet.made("section rows", "H", corner=words.note)


def form(random: Random, words: Words) -> Made:
    """Return names in the first column and values in the second."""
    sheet = _Sheet()
    for y, (name, value) in enumerate(zip(words.fields, words.answers, strict=True)):
        told = f"{value}-{random.randint(100, 999)}"
        sheet.put(y, 0, name)
        sheet.put(y, 1, told)
        sheet.say(told, name)
    return sheet.made("form", "I")


def form_pairs(random: Random, words: Words) -> Made:
    """Return two names and two values a row."""
    sheet = _Sheet()
    for n, (name, value) in enumerate(zip(words.fields, words.answers, strict=True)):
        told = f"{value}/{random.randint(100, 999)}"
        sheet.put(n // 2, n % 2 * 2, f"{name}:")
        sheet.put(n // 2, n % 2 * 2 + 1, told)
        sheet.say(told, name)
    return sheet.made("form of two pairs", "J")


def headerless(random: Random, words: Words) -> Made:
    """Return records without names."""
    sheet = _Sheet()
    for y, place in enumerate(words.places[3:8]):
        cells = [place, words.things[y % 5], _number(random), words.lines[y % 4]]
        for x, text in enumerate(cells):
            sheet.put(y, x, text)
        for text in cells[1:]:
            sheet.say(text, row=(place,))
    return sheet.made("headerless", "K")


def empty_cells(random: Random, words: Words) -> Made:
    """Return a table with holes."""
    sheet = _Sheet()
    names = words.measures[2:6]
    sheet.header(0, [words.place, *names])
    for y, place in enumerate(words.places[1:6], start=1):
        sheet.put(y, 0, place)
        for x, name in enumerate(names, start=1):
            value = "" if (x + y) % 3 == 0 else _number(random)
            sheet.put(y, x, value)
            sheet.say(value, name, row=(place,))
    return sheet.made("empty cells", "L", corner=words.place)


def several_lines(random: Random, words: Words) -> Made:
    """Return cells of two lines."""
    sheet = _Sheet()
    sheet.header(0, [words.place, words.note, words.measures[0]])
    for y, place in enumerate(words.places[4:8], start=1):
        note = f"{words.lines[y % 4]}\n{words.things[y % 5]}"
        value = _number(random)
        for x, text in enumerate((place, note, value)):
            sheet.put(y, x, text)
        sheet.say(note.replace("\n", " "), words.note, row=(place,))
        sheet.say(value, words.measures[0], row=(place,))
    return sheet.made("cells of two lines", "M", corner=words.place)


def cross(random: Random, words: Words) -> Made:
    """Return an empty corner, names on both sides and a total."""
    sheet = _Sheet()
    sheet.put(0, 0, "", header=True)
    sheet.header(0, words.kinds, start=1)
    for y, thing in enumerate([*words.things[:3], words.total], start=1):
        sheet.put(y, 0, thing, header=True)
        for x, kind in enumerate(words.kinds, start=1):
            value = f"{random.randint(2, 98)} %"
            sheet.put(y, x, value)
            sheet.say(value, kind, row=(thing,))
    return sheet.made("cross table", "N")


def side_by_side(random: Random, words: Words) -> Made:
    """Return two tables beside each other, parted by an empty column."""
    sheet = _Sheet()
    left, right = words.measures[0], words.measures[4]
    sheet.header(0, [words.place, left])
    sheet.header(0, [words.note, right], start=3)
    for y, (place, thing) in enumerate(zip(words.places[5:9], words.things, strict=False), start=1):
        for x, name, about in ((0, left, place), (3, right, thing)):
            value = _number(random)
            sheet.put(y, x, about)
            sheet.put(y, x + 1, value)
            sheet.say(value, name, row=(about,))
    return sheet.made("side by side", "O", corner=f"{words.place} {words.note}")


def title_rows(random: Random, words: Words) -> Made:
    """Return facts about a report above the table."""
    sheet = _simple(random, words, rows=4, columns=3)
    sheet.cells = [structs.replace(cell, row=cell.row + 3) for cell in sheet.cells]
    for y, at in enumerate((0, 4)):
        sheet.put(y, 0, words.fields[at])
        sheet.put(y, 1, words.answers[at])
        sheet.say(words.answers[at], words.fields[at])
    return sheet.made("title rows", "P", corner=words.place)


Shape = Callable[[Random, Words], Made]
EVERYWHERE: Sequence[Shape] = (
    simple,
    long,
    wide,
    unit,
    years,
    two_headers,
    merged_down,
    sections,
    form,
    form_pairs,
    headerless,
    empty_cells,
    several_lines,
    cross,
)
SHEETS: Sequence[Shape] = (*EVERYWHERE, side_by_side, title_rows)


def tables(seed: int, language: str, shapes: Iterable[Shape] = EVERYWHERE) -> list[Made]:
    """Return a table of each shape in one language."""
    random = Random(f"{seed} {language}")
    return [shape(random, LANGUAGES[language]) for shape in shapes]
