"""Three clients with ten documents each, and a question for each document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from tests.factories_docx import docx_bytes, paragraph
from tests.factories_files import Words, email_of, epub_bytes, pdf_bytes, pptx_bytes, xlsx_bytes


class Note(Struct, frozen=True, kw_only=True):
    """A document of one topic; `fact` stands in it and answers `question`."""

    filename: str
    title: str
    text: str
    question: str
    fact: str

    @property
    def body(self) -> bytes:
        """The file, made in the format of its name."""
        return FORMATS[self.filename.rpartition(".")[2]](self.title, self.text)


class Customer(Struct, frozen=True, kw_only=True):
    """A client to make: its configuration, documents, and a conversation about them."""

    client_id: str
    name: str
    config: Mapping[str, Any]
    notes: Sequence[Note]


def docx(title: str, text: str) -> bytes:
    heading = paragraph(title, '<w:pStyle w:val="Heading1"/>')
    return docx_bytes(heading + "".join(paragraph(line) for line in text.split("\n")))


def html(title: str, text: str) -> bytes:
    lines = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    page = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{lines}"
    return f"{page}</body></html>".encode()


def pdf(title: str, text: str) -> bytes:
    lines = [
        Words(text=line, y=680 - 20 * number, size=11)
        for number, line in enumerate(text.split("\n"))
    ]
    return pdf_bytes([Words(text=title, y=720, size=18, font="F2"), *lines])


FORMATS: Mapping[str, Callable[[str, str], bytes]] = {
    "docx": docx,
    "md": lambda title, text: f"# {title}\n\n{text.replace(chr(10), 2 * chr(10))}\n".encode(),
    "txt": lambda title, text: f"{title}\n\n{text}\n".encode(),
    "html": html,
    "csv": lambda _, text: f"{text}\n".encode(),
    "pdf": pdf,
    "pptx": pptx_bytes,
    "xlsx": lambda _, text: xlsx_bytes(*[line.split(",") for line in text.split("\n")]),
    "epub": lambda title, text: epub_bytes(one=f"<h1>{title}</h1><p>{text}</p>"),
    "eml": lambda title, text: email_of(text, subject=title).as_bytes(),
}


def english(name: str, values: Sequence[str]) -> Sequence[Note]:
    """Ten documents whose facts hold one value each."""
    a, b, c, d, e, f, g, h, i, j = values
    return [
        Note(
            filename="Refunds.docx",
            title=f"Refunds at {name}",
            text=f"Customers may send back what they bought.\n"
            f"The refund period at {name} is {a} days from the date of purchase.\n"
            "Shipping is paid by the customer.",
            question="How long is the refund period?",
            fact=f"{a} days",
        ),
        Note(
            filename="Support.md",
            title="Support hours",
            text=f"Support is open from {b} on working days.\nOn public holidays nobody answers.",
            question="When is support open?",
            fact=b,
        ),
        Note(
            filename="Vault.txt",
            title="The vault",
            text=f"The code of the vault is {c}.\nIt is changed every spring.",
            question="What is the code of the vault?",
            fact=c,
        ),
        Note(
            filename="Warranty.html",
            title="Warranty",
            text=f"The warranty on pumps lasts {d} months.\nValves have no warranty.",
            question="How long does the warranty on pumps last?",
            fact=f"{d} months",
        ),
        Note(
            filename="Hotels.csv",
            title="Hotels",
            text=f"Country,Hotel limit in euros,Breakfast\nNorway,{e},included\nItaly,95,extra",
            question="What is the hotel limit in Norway?",
            fact=e,
        ),
        Note(
            filename="Backups.pdf",
            title="Backups",
            text=f"Backups of the servers are kept for {f} weeks.\nThey lie in a second building.",
            question="How long are backups kept?",
            fact=f"{f} weeks",
        ),
        Note(
            filename="Parking.pptx",
            title="Parking",
            text=f"Parking permits are issued by {g}.",
            question="Who issues parking permits?",
            fact=g,
        ),
        Note(
            filename="Parts.xlsx",
            title="Parts",
            text=f"Part,Weight in kg,Shelf\nGearbox,{h},A1\nFlywheel,61,B2",
            question="What is the weight of the gearbox?",
            fact=h,
        ),
        Note(
            filename="Handbook.epub",
            title="Handbook",
            text=f"New employees receive their laptop on day {i} of their first month.",
            question="On which day do new employees receive their laptop?",
            fact=f"day {i}",
        ),
        Note(
            filename="Message.eml",
            title="Alarm test",
            text=f"The fire alarm is tested on {j} at noon.\nPlease stay calm.",
            question="When is the fire alarm tested?",
            fact=j,
        ),
    ]


def german() -> Sequence[Note]:
    """Ten documents in German."""
    return [
        Note(
            filename="Rückgabe.docx",
            title="Rückgabe",
            text="Die Rückgabefrist bei Birke beträgt 21 Tage ab dem Kaufdatum.\n"
            "Den Versand zahlt der Kunde.",
            question="Wie lang ist die Rückgabefrist?",
            fact="21 Tage",
        ),
        Note(
            filename="Kantine.md",
            title="Kantine",
            text="Die Kantine ist von 11:15 bis 14:00 Uhr geöffnet.\nFreitags gibt es Fisch.",
            question="Wann ist die Kantine geöffnet?",
            fact="11:15",
        ),
        Note(
            filename="Tresor.txt",
            title="Tresor",
            text="Der Code des Tresors lautet BK-2207.\nEr wird jedes Frühjahr geändert.",
            question="Wie lautet der Code des Tresors?",
            fact="BK-2207",
        ),
        Note(
            filename="Garantie.html",
            title="Garantie",
            text="Die Garantie auf Pumpen dauert 30 Monate.\nVentile haben keine Garantie.",
            question="Wie lange dauert die Garantie auf Pumpen?",
            fact="30 Monate",
        ),
        Note(
            filename="Hotels.csv",
            title="Hotels",
            text="Land,Hotelgrenze in Euro,Frühstück\nNorwegen,185,enthalten\nItalien,95,extra",
            question="Wie hoch ist die Hotelgrenze in Norwegen?",
            fact="185",
        ),
        Note(
            filename="Sicherungen.pdf",
            title="Sicherungen",
            text="Sicherungen der Server werden 9 Wochen aufbewahrt.\nSie liegen im Nebenhaus.",
            question="Wie lange werden Sicherungen aufbewahrt?",
            fact="9 Wochen",
        ),
        Note(
            filename="Parken.pptx",
            title="Parken",
            text="Parkausweise werden von Frau Lindner ausgestellt.",
            question="Wer stellt Parkausweise aus?",
            fact="Lindner",
        ),
        Note(
            filename="Teile.xlsx",
            title="Teile",
            text="Teil,Gewicht in kg,Regal\nGetriebe,73,A1\nSchwungrad,61,B2",
            question="Wie hoch ist das Gewicht des Getriebes?",
            fact="73",
        ),
        Note(
            filename="Handbuch.epub",
            title="Handbuch",
            text="Neue Mitarbeiter erhalten ihren Laptop am dritten Tag.",
            question="Wann erhalten neue Mitarbeiter ihren Laptop?",
            fact="dritten Tag",
        ),
        Note(
            filename="Nachricht.eml",
            title="Probealarm",
            text="Der Feueralarm wird am Dienstag um zwölf Uhr getestet.\nBitte bleiben Sie ruhig.",
            question="Wann wird der Feueralarm getestet?",
            fact="Dienstag",
        ),
    ]


CUSTOMERS: Sequence[Customer] = [
    Customer(
        client_id="acme",
        name="Acme",
        config={},
        notes=english(
            "Acme",
            ["30", "08:00 to 17:00", "AC-4711", "24", "140", "6", "Ms Okafor", "73", "3", "Monday"],
        ),
    ),
    Customer(
        client_id="birke",
        name="Birke",
        config={
            "prompts": {"greeting": "Guten Tag!", "no_context_response": "Das weiß ich nicht."},
            "search_settings": {
                "language": "german",
                "semantic_weight": 0.5,
                "bm25_weight": 0.5,
                "top_k": 7,
            },
            "llm_settings": {"temperature": 0.3, "max_tokens": 700},
        },
        notes=german(),
    ),
    Customer(
        client_id="cedar",
        name="Cedar",
        config={
            "prompts": {"system_prompt": "You answer for Cedar.", "greeting": "Hello from Cedar."},
            "search_settings": {"similarity_threshold": 0.2},
            "chunking": {"target_tokens": 64, "overlap_tokens": 8},
            "limits": {"max_documents": 500, "max_upload_bytes": 5_000_000},
        },
        notes=english(
            "Cedar",
            [
                "14",
                "09:30 to 16:00",
                "CD-9034",
                "36",
                "155",
                "11",
                "Mr Haugen",
                "88",
                "5",
                "Friday",
            ],
        ),
    ),
]
DISCARDED = b"# Old prices\n\nA pump cost 410 euros in the former price list."
DISCARDED_QUESTION = "What did a pump cost in the former price list?"
FORMER = b"# Former version\n\nThis version was replaced before anybody read it."
REPLACED = 1  # which of a client's documents was another before
GONE = "gone"  # a client that was deleted
INTERRUPTED = "cedar"  # the client whose jobs are under way
MINUTES = Note(
    filename="Minutes.md",
    title="Minutes",
    text="The board ordered 17 rowing boats for the lake.",
    question="How many rowing boats did the board order?",
    fact="17 rowing boats",
)
VISITORS = Note(
    filename="Visitors.md",
    title="Visitors",
    text="Visitors sign in at the north gate.",
    question="Where do visitors sign in?",
    fact="north gate",
)


def minutes() -> bytes:
    """The minutes, so long that their worker can be killed while they are embedded."""
    items = [
        f"Item {n}: the board heard report number {n} and took note of it." for n in range(240)
    ]
    items.insert(120, MINUTES.text)
    return ("# Minutes\n\n" + "\n\n".join(items)).encode()
