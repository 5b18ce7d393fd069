"""Seeded tables of the kinds that offices write, in several languages, with what they say."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ragtenancy.domain.grids import Cell, Grid
from ragtenancy.domain.parsed import Block, Table
from ragtenancy.domain.tables import table_lines

NAMES = {
    "en": "Marsh,Okafor,Ellis,Nyberg,Chandra,Whitlock,Ferreira,Doyle,Haddad,Lindqvist,Moreau,Tan",
    "de": "Brandt,Özdemir,Kessler,Hofmann,Wieland,Schuster,Pohl,Reinhardt,Vogt,Stadler,Lorenz,Ebert",
    "fr": "Lefebvre,Garnier,Chevalier,Roux,Blanchard,Fontaine,Mercier,Rousseau,Dupuis,Marchand,Caron,Noël",
    "es": "Ortega,Vidal,Serrano,Molina,Cabrera,Fuentes,Rivas,Pascual,Iglesias,Navarro,Prieto,Soler",
    "zh": "王芳,李强,张敏,刘洋,陈静,杨磊,赵军,黄丽,周涛,吴霞,徐明,孙莉",
}
THINGS = {
    "en": "Bearing,Gasket,Hose clamp,Drive belt,Filter cartridge,Spindle,Coupling,Guard rail,Wiper,Rotor,Seal kit,Lever",
    "de": "Kugellager,Dichtung,Schlauchschelle,Keilriemen,Filterpatrone,Spindel,Kupplung,Schutzgitter,Wischer,Läufer,Dichtsatz,Hebel",
    "fr": "Roulement,Joint plat,Collier,Courroie,Cartouche filtrante,Broche,Accouplement,Garde-corps,Balai,Rotor,Kit de joints,Levier",
    "es": "Rodamiento,Junta,Abrazadera,Correa,Cartucho,Husillo,Acoplamiento,Barandilla,Escobilla,Rotor,Juego de juntas,Palanca",
    "zh": "轴承,垫圈,软管夹,传动带,滤芯,主轴,联轴器,护栏,刮水器,转子,密封件,手柄",
}
PLACES = {
    "en": "Leeds,Dublin,Toronto,Perth,Austin,Bristol,Galway,Boston,Sydney,Denver,York,Cork",
    "de": "Kassel,Graz,Bremen,Basel,Erfurt,Linz,Mainz,Ulm,Potsdam,Chur,Jena,Trier",
    "fr": "Lille,Nantes,Genève,Liège,Rennes,Dijon,Tours,Namur,Brest,Metz,Caen,Pau",
    "es": "Bilbao,Málaga,Lima,Quito,Murcia,Gijón,Cádiz,Rosario,Burgos,Vigo,León,Cusco",
    "zh": "上海,成都,西安,南京,杭州,武汉,青岛,厦门,大连,长沙,苏州,昆明",
}
STATES = {
    "en": "open,paid,overdue,cancelled",
    "de": "offen,bezahlt,überfällig,storniert",
    "fr": "ouvert,payé,en retard,annulé",
    "es": "abierto,pagado,vencido,anulado",
    "zh": "未付,已付,逾期,取消",
}
HEADS = {
    "en": (
        "Employee,Applicant,Sales rep",
        "Spare part,Article,Item",
        "Town,Branch,Site",
        "Status,State",
        "Stock,Quantity on hand,Pieces",
        "Unit price,List price,Net amount",
        "Delivered on,Due date,Last service",
        "Order no.,Ticket,Serial number",
    ),
    "de": (
        "Mitarbeiter,Bewerberin,Ansprechpartner",
        "Ersatzteil,Artikel,Bezeichnung",
        "Standort,Filiale,Ort",
        "Status,Zustand",
        "Bestand,Menge,Stückzahl",
        "Einzelpreis,Listenpreis,Nettobetrag",
        "Lieferdatum,Fällig am,Letzte Wartung",
        "Auftragsnr.,Vorgang,Seriennummer",
    ),
    "fr": (
        "Salarié,Candidat,Commercial",
        "Pièce,Article,Désignation",
        "Ville,Agence,Site",
        "Statut,État",
        "Stock,Quantité,Pièces",
        "Prix unitaire,Prix catalogue,Montant net",
        "Livré le,Échéance,Dernière révision",
        "N° de commande,Ticket,Numéro de série",
    ),
    "es": (
        "Empleado,Candidato,Comercial",
        "Pieza,Artículo,Repuesto",
        "Ciudad,Sucursal,Sede",
        "Estado,Situación",
        "Existencias,Cantidad,Unidades",
        "Precio unitario,Tarifa,Importe neto",
        "Entregado el,Vencimiento,Última revisión",
        "N.º de pedido,Incidencia,Número de serie",
    ),
    "zh": (
        "员工,申请人,销售员",
        "零件,商品,物料",
        "城市,分店,地点",
        "状态,付款状态",
        "库存,数量,件数",
        "单价,标价,净额",
        "交货日期,到期日,上次保养",
        "订单号,工单,序列号",
    ),
}
FORMS = {
    "en": "Insured person|Yara Whitlock;Policy number|HV-20931;Cover starts|1 April 2024;Excess|250 GBP;Payment|monthly;Broker|Ellis & Sons;Sum insured|80,000 GBP;Notice period|3 months;Contact|claims@ellis.example;Building type|detached house",
    "de": "Versicherungsnehmer|Jana Brandt;Vertragsnummer|HV-20931;Beginn|01.04.2024;Selbstbeteiligung|250 EUR;Zahlweise|monatlich;Vermittler|Pohl & Söhne;Versicherungssumme|80.000 EUR;Kündigungsfrist|3 Monate;E-Mail|schaden@pohl.example;Bauart|massiv",
    "fr": "Assuré|Léa Garnier;Numéro de contrat|HV-20931;Date d'effet|01/04/2024;Franchise|250 EUR;Paiement|mensuel;Courtier|Roux et Fils;Capital assuré|80 000 EUR;Préavis|3 mois;Courriel|sinistres@roux.example;Type de logement|maison",
    "es": "Asegurado|Ana Vidal;Número de póliza|HV-20931;Fecha de inicio|01/04/2024;Franquicia|250 EUR;Forma de pago|mensual;Corredor|Rivas e Hijos;Suma asegurada|80.000 EUR;Preaviso|3 meses;Correo|siniestros@rivas.example;Tipo de vivienda|casa",
    "zh": "被保险人|王芳;保单号|HV-20931;生效日期|2024年4月1日;免赔额|250元;付款方式|按月;经纪人|李氏保险;保险金额|80000元;通知期限|3个月;邮箱|claims@lishi.example;房屋类型|独栋",
}
MORE_FORMS = {
    "en": "Model|TX-40;Year of manufacture|2019;Rated power|7.5 kW;Housing|cast iron;Noise level|68 dB;Installed at|Hall 3;Operator|M. Doyle;Last inspection|2023-11-02;Next inspection|2024-11-02;Lubricant|ISO VG 46",
    "de": "Typ|TX-40;Baujahr|2019;Nennleistung|7,5 kW;Gehäuse|Grauguss;Schallpegel|68 dB;Aufstellort|Halle 3;Bediener|M. Vogt;Letzte Prüfung|02.11.2023;Nächste Prüfung|02.11.2024;Schmierstoff|ISO VG 46",
    "fr": "Modèle|TX-40;Année de fabrication|2019;Puissance nominale|7,5 kW;Carter|fonte;Niveau sonore|68 dB;Emplacement|Hall 3;Opérateur|M. Caron;Dernier contrôle|02/11/2023;Prochain contrôle|02/11/2024;Lubrifiant|ISO VG 46",
    "es": "Modelo|TX-40;Año de fabricación|2019;Potencia nominal|7,5 kW;Carcasa|hierro fundido;Nivel de ruido|68 dB;Ubicación|Nave 3;Operario|M. Soler;Última inspección|02/11/2023;Próxima inspección|02/11/2024;Lubricante|ISO VG 46",
    "zh": "型号|TX-40;制造年份|2019;额定功率|7.5 kW;外壳|铸铁;噪声|68 dB;安装位置|3号车间;操作员|赵军;上次检验|2023-11-02;下次检验|2024-11-02;润滑油|ISO VG 46",
}
TITLES = {
    "en": "Overview of stock",
    "de": "Bestandsübersicht",
    "fr": "État des stocks",
    "es": "Resumen de existencias",
    "zh": "库存一览",
}
GROUPS = {
    "en": ("Indoor", "Outdoor", "Marine"),
    "de": ("Innenbereich", "Außenbereich", "Marine"),
    "fr": ("Intérieur", "Extérieur", "Marine"),
    "es": ("Interior", "Exterior", "Marino"),
    "zh": ("室内", "室外", "船用"),
}
LANGUAGES = tuple(NAMES)


@dataclass(frozen=True)
class Sample:
    """A grid with the lines that it must give, and those of its words that are a caption."""

    kind: str
    grid: Grid
    lines: Sequence[str]
    prose: Sequence[str] = ()
    caption: str = ""
    cells: Sequence[Sequence[str]] = field(default=())


def said(blocks: Sequence[Block]) -> list[str]:
    """Return the lines of the tables among blocks."""
    return [line for block in blocks if isinstance(block, Table) for line in table_lines(block)]


class Maker:
    """Makes samples by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.language = self.random.choice(LANGUAGES)

    def of(self, kind: str) -> Sample:
        return KINDS[kind](self)

    def pick(self, text: str, count: int = 1) -> list[str]:
        return self.random.sample(text.split(","), count)

    def some(self, words: dict[str, str], count: int) -> list[str]:
        return self.pick(words[self.language], count)

    def head(self, at: int) -> str:
        return self.pick(HEADS[self.language][at])[0]

    def column(self, at: int, count: int) -> list[str]:
        chosen = self.random
        if at < 3:
            return self.some((NAMES, THINGS, PLACES)[at], count)
        if at == 3:
            return [chosen.choice(STATES[self.language].split(",")) for _ in range(count)]
        if at == 4:
            return [str(chosen.randint(0, 900)) for _ in range(count)]
        if at == 5:
            return [self.money() for _ in range(count)]
        if at == 6:
            return [self.date() for _ in range(count)]
        return [f"{chosen.choice('KTRX')}-{chosen.randint(1000, 9999)}" for _ in range(count)]

    def money(self) -> str:
        whole, part = self.random.randint(1, 4000), self.random.choice(("00", "50", "90"))
        return {
            "en": f"£{whole:,}.{part}",
            "de": f"{whole},{part} €",
            "fr": f"{whole},{part} €",
            "es": f"{whole},{part} EUR",
            "zh": f"{whole}.{part}元",
        }[self.language]

    def date(self) -> str:
        y, m, d = (
            self.random.randint(2019, 2025),
            self.random.randint(1, 12),
            self.random.randint(1, 28),
        )
        return {
            "en": f"{y}-{m:02}-{d:02}",
            "de": f"{d:02}.{m:02}.{y}",
            "fr": f"{d:02}/{m:02}/{y}",
            "es": f"{d:02}/{m:02}/{y}",
            "zh": f"{y}年{m}月{d}日",
        }[self.language]

    def records(self, width: int) -> tuple[list[str], list[list[str]]]:
        first = self.random.choice((0, 1, 2))
        others = self.random.sample([3, 4, 5, 6, 7], min(width - 1, 5))
        columns = [first, *others]
        count = self.random.randint(2, 12)
        head = [self.head(at) for at in columns]
        body = [list(row) for row in zip(*(self.column(at, count) for at in columns), strict=True)]
        return head, body

    def form(self) -> list[tuple[str, str]]:
        pairs = self.random.choice((FORMS, MORE_FORMS))[self.language].split(";")
        count = self.random.randint(3, len(pairs))
        start = self.random.randint(0, len(pairs) - count)
        return [
            (name, value)
            for name, _, value in (p.partition("|") for p in pairs[start : start + count])
        ]


def grid(
    rows: Sequence[Sequence[str]],
    *,
    is_table: bool = True,
    down: dict[tuple[int, int], int] | None = None,
    across: dict[tuple[int, int], int] | None = None,
    bold: int = 0,
) -> Grid:
    """Return rows as a grid; an empty text takes its place."""
    spans, wide = down or {}, across or {}
    cells = [
        Cell(
            row=y,
            column=x,
            text=text,
            down=spans.get((y, x), 1),
            across=wide.get((y, x), 1),
            is_bold=y < bold,
        )
        for y, row in enumerate(rows)
        for x, text in enumerate(row)
        if text
    ]
    return Grid(cells=cells, is_table=is_table)


def named(head: Sequence[str], row: Sequence[str]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in zip(head, row, strict=True) if value)


def records(maker: Maker) -> Sample:
    head, body = maker.records(maker.random.randint(3, 6))
    return Sample("records", grid([head, *body]), [named(head, row) for row in body])


def two_columns(maker: Maker) -> Sample:
    at = maker.random.choice((0, 1, 2))
    other = maker.random.choice((3, 4, 5, 6, 7))
    head = [maker.head(at), maker.head(other)]
    count = maker.random.randint(3, 12)
    body = list(map(list, zip(maker.column(at, count), maker.column(other, count), strict=True)))
    return Sample("two_columns", grid([head, *body]), [named(head, row) for row in body])


def two_text_columns(maker: Maker) -> Sample:
    one, other = maker.random.sample((0, 1, 2), 2)
    head = [maker.head(one), maker.head(other)]
    count = maker.random.randint(3, 12)
    body = list(map(list, zip(maker.column(one, count), maker.column(other, count), strict=True)))
    return Sample("two_text_columns", grid([head, *body]), [named(head, row) for row in body])


def form(maker: Maker) -> Sample:
    pairs = maker.form()
    colon = maker.random.choice(("", "", ":"))
    rows = [[f"{name}{colon}", value] for name, value in pairs]
    return Sample("form", grid(rows), [f"{name}: {value}" for name, value in pairs])


def two_pairs(maker: Maker) -> Sample:
    pairs = maker.form()
    pairs = pairs[: len(pairs) // 2 * 2]
    rows = [[*pairs[at], *pairs[at + 1]] for at in range(0, len(pairs), 2)]
    return Sample("two_pairs", grid(rows), [f"{name}: {value}" for name, value in pairs])


def headerless(maker: Maker) -> Sample:
    _, body = maker.records(maker.random.randint(3, 5))
    while len({*map(len, body)}) > 1 or len(body) < 3:
        _, body = maker.records(maker.random.randint(3, 5))
    return Sample("headerless", grid(body, is_table=False), [" | ".join(row) for row in body])


def years(maker: Maker) -> Sample:
    start, count = maker.random.randint(1998, 2021), maker.random.randint(2, 5)
    names = maker.random.choice(
        (
            [str(start + n) for n in range(count)],
            [f"Q{n % 4 + 1}" for n in range(min(count, 4))],
            [f"{start + n}/{(start + n + 1) % 100:02}" for n in range(count)],
        )
    )
    head = [maker.random.choice((maker.head(2), "")), *names]
    places = maker.some(PLACES, maker.random.randint(2, 8))
    body = [[place, *(str(maker.random.randint(20, 2500)) for _ in names)] for place in places]
    lines = [
        named(head, row) if head[0] else "; ".join([row[0], named(names, row[1:])]) for row in body
    ]
    return Sample("years", grid([head, *body], is_table=False), lines)


def merged_labels(maker: Maker) -> Sample:
    head, body = maker.records(4)
    groups = GROUPS[maker.language][:2]
    body = [*body, *body][: max(4, len(body))]
    half = len(body) // 2
    rows = [["", *row] for row in body]
    rows[0][0], rows[half][0] = groups
    full = [[groups[0 if y < half else 1], *row] for y, row in enumerate(body)]
    top = [maker.head(1), *head]
    made = grid([top, *rows], down={(1, 0): half, (half + 1, 0): len(body) - half})
    return Sample("merged_labels", made, [named(top, row) for row in full])


def two_header_rows(maker: Maker) -> Sample:
    spans = maker.random.choice((True, False))
    tops = maker.random.choice((["2022", "2023"], [maker.head(5), maker.head(4)]))
    subs = maker.random.choice((["Q1", "Q2"], ["Plan", "Ist"], ["min", "max"]))
    first = maker.head(2)
    rows = [[first, tops[0], "", tops[1], ""], ["", *subs, *subs]]
    places = maker.some(PLACES, maker.random.randint(2, 7))
    body = [[p, *(str(maker.random.randint(1, 999)) for _ in range(4))] for p in places]
    names = [first, *(f"{top} {sub}" for top in tops for sub in subs)]
    made = grid(
        [*rows, *body],
        down={(0, 0): 2} if spans else None,
        across={(0, 1): 2, (0, 3): 2} if spans else None,
    )
    return Sample("two_header_rows", made, [named(names, row) for row in body])


def sections(maker: Maker) -> Sample:
    head, _ = maker.records(3)
    groups = GROUPS[maker.language][: maker.random.randint(2, 3)]
    things = maker.some(THINGS, maker.random.randint(2, 3))
    is_wide = maker.random.choice((True, False))
    rows, lines, across = [[maker.head(1), maker.head(4), maker.head(5)]], [], {}
    head = rows[0]
    for group in groups:
        if is_wide:
            across[len(rows), 0] = 3
        rows.append([group, "", ""])
        for thing in things:
            rows.append([thing, str(maker.random.randint(1, 90)), maker.money()])
            lines.append(f"{group}; {named(head, rows[-1])}")
    return Sample("sections", grid(rows, across=across), lines)


def titled(maker: Maker) -> Sample:
    head, body = maker.records(maker.random.randint(3, 5))
    title = TITLES[maker.language]
    gap = maker.random.choice(([], [[""]]))
    made = grid([[title], *gap, head, *body], is_table=False)
    return Sample("titled", made, [named(head, row) for row in body], caption=title)


def facts_above(maker: Maker) -> Sample:
    head, body = maker.records(maker.random.randint(3, 5))
    pairs = maker.form()[: maker.random.randint(2, 3)]
    gap = maker.random.choice(([], [[""]]))
    made = grid([*map(list, pairs), *gap, head, *body], is_table=False)
    lines = [f"{name}: {value}" for name, value in pairs] + [named(head, row) for row in body]
    return Sample("facts_above", made, lines)


def side_by_side(maker: Maker) -> Sample:
    left, right = maker.records(3), maker.records(2)
    one, other = [left[0], *left[1]], [right[0], *right[1]]
    height = max(len(one), len(other))
    one += [[""] * 3] * (height - len(one))
    other += [[""] * 2] * (height - len(other))
    made = grid([[*a, "", *b] for a, b in zip(one, other, strict=True)], is_table=False)
    lines = [named(left[0], row) for row in left[1]] + [named(right[0], row) for row in right[1]]
    return Sample("side_by_side", made, lines)


KINDS: dict[str, Callable[[Maker], Sample]] = {
    made.__name__: made
    for made in (
        *(
            records,
            two_columns,
            two_text_columns,
            form,
            two_pairs,
            headerless,
            years,
            merged_labels,
        ),
        *(two_header_rows, sections, titled, facts_above, side_by_side),
    )
}
