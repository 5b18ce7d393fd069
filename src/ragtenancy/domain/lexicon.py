"""Synonyms of words that documents use, as data."""

from __future__ import annotations

from collections.abc import Sequence

# Each line lists synonyms: a question with one of them may find a label with another.
SAME_THING: Sequence[str] = (
    (
        "price cost costs fee fees charge charged rate tariff amount pay paid expensive cheap eur usd gbp"
        " preis kosten kostet gebühr entgelt pauschale prix coût tarif coûte precio coste cuesta tarifa"
    ),
    "payment payments pay pays paid paying payable settle zahlung zahlungsarten bezahlen paiement payer pago pagar",
    "rent rental hire lease leased renting monthly miete mieten leasing location alquiler",
    "buy purchase sale kauf kaufen acheter achat comprar compra",
    "weight weigh weighs heavy heavier heaviest light lighter lightest kg gewicht schwer poids lourd peso",
    "noise loud quiet loudest quietest louder quieter sound db lautstärke laut leise bruit ruido",
    "length long longer longest short shorter shortest länge longueur longitud cm mm",
    "height tall taller tallest high low höhe hauteur altura",
    "width wide wider widest breite largeur anchura",
    "speed fast faster fastest slow slower slowest quick quickly geschwindigkeit schnell vitesse velocidad",
    "power powerful strong stronger strongest rated watt watts leistung puissance potencia",
    (
        "capacity volume size big bigger biggest large larger largest small smaller smallest holds hold fits fit"
        " litres liters größe volumen taille capacidad"
    ),
    "temperature hot hotter warm cold colder degrees temperatur température temperatura",
    "duration time takes take last lasts long hours minutes days dauer zeit durée duración",
    "frequency often interval every daily weekly monthly yearly regularly häufig oft fréquence frecuencia",
    (
        "replace replaced change changed swap swapped exchange renew wechseln tauschen austauschen ersetzen"
        " remplacer changer reemplazar cambiar"
    ),
    "repair repaired fix fixed mend mended reparatur reparieren réparation reparación",
    "react respond response reply reaction answer reaktionszeit",
    "fault error problem defect failure broken broke damage störung fehler mangel panne avería",
    "leave holiday holidays vacation off urlaub urlaubstage congé congés vacaciones",
    "phone telephone call ring number hotline telefon téléphone teléfono",
    "email e-mail mail",
    "employee employees staff worker workers colleague personnel mitarbeiter",
    "customer client clients kunde kunden",
    "start begin begins started beginning beginn anfang début inicio",
    (
        "end ends terminate terminated termination cancel cancelled cancellation finish notice quit kündigen"
        " kündigung kündigungsfrist résilier résiliation rescindir"
    ),
    "allowed allow permitted permit may forbidden prohibited erlaubt gestattet verboten zulässig",
    "warranty guarantee guaranteed garantie gewährleistung garantía",
    "deliver delivery delivered ship shipping shipped postage send lieferung liefern versand livraison envío",
    "return returned returns bring back give rückgabe zurückgeben retour devolución",
    "open opened opening hours öffnungszeiten horaires ouverture horario",
    "contact reach desk ansprechpartner",
    "boss manager lead supervisor head vorgesetzter chef",
    "salary salaries pay wage wages gehalt lohn salaire salario",
    "laptop notebook computer machine pc",
    (
        "grandmother grandfather grandparent mother father mum mom dad parent brother sister relative bereavement"
        " death died passed funeral dead"
    ),
    "dad mum father mother parent parents parental newborn birth baby maternity paternity",
    "wedding marriage marry married heirat hochzeit",
    "moving move house relocation umzug",
    "dispose disposal recycle recycled recycling scrap entsorgen entsorgung recyclage reciclaje",
    "store stored keep kept retain retained archive delete deleted forget speichern aufbewahren",
    "minimum least min mindestens",
    "maximum most max limit highest höchstens maximal limite límite",
    "version release update upgrade",
    "support supported unterstützt unterstützung",
    "deposit kaution caution depósito fianza",
    "visit visite visita besuch",
    "inspection inspección inspektion wartung maintenance service entretien mantenimiento",
    "filter filtre filtro",
    "yearly annual annually year jährlich annuel annuelle anual",
    "hotel room accommodation unterkunft hôtel",
    "express exprés expresse",
    "car vehicle auto wagen voiture coche",
    "founded founder established set-up gründer gegründet",
    "wear-and-tear wear consumables verschleiß verschleißteile",
    "carry carries load loads loaded payload capacity tragen traglast charge",
    "owe pay charged bill due",
    "charge charging charger charges loading laden aufladen ladezeit recharge",
    "person people rider riders user users passenger passengers personen",
    "late overdue delay delayed verspätet retard retraso",
    "loan lend borrow borrowed lending keep loans ausleihen leihfrist prêt préstamo",
    "child children kid kids kind kinder enfant enfants niño niños",
    "dog dogs pet pets animal animals hund haustier",
    "wifi wlan wi-fi wireless network internet",
    "rule rules policy terms regulation",
    "theft stolen steal diebstahl vol robo",
    "obligation obligations duty duties responsibilities pflichten obligations obligaciones",
    "make makes build builds manufacture sell sells offer offers produce",
    "training course courses schulung formation curso",
    "renew renewed extend extended extension verlängern prolonger renovar",
    "lost lose loses loss missing verloren perdu perdido",
    "method methods way ways means mode option options art arten möglichkeit moyen moyens manera maneras",
    "technician repairman engineer fitter mechanic serviceman techniker monteur technicien técnico",
    "entrance entry door gate access zugang eingang tür accès entrée acceso entrada puerta",
    "colour colours color colors farbe farben couleur couleurs",
    "mistake accidentally wrong wrongly error",
    "confidential privacy personal data gdpr datenschutz",
    "fire brand incendie incendio",
    "1 one first",
    "2 two second twice",
    "3 three third",
    "4 four fourth",
    "5 five fifth",
    "6 six sixth",
    "7 seven seventh",
    "8 eight eighth",
    "9 nine ninth",
    "10 ten tenth",
    "11 eleven eleventh",
    "12 twelve twelfth",
)
# Words in nearly every question, which do not distinguish passages.
WEAK: frozenset[str] = frozenset(
    """
    amount best cheapest dearest earliest fast fastest fewest greatest heaviest highest
    kind largest latest least lightest long longest lot lowest most often oldest quick quickest
    quietest shortest slowest smallest soon strongest type worst youngest
    able actually allowed anybody anyone anything ask back bad become bit bring bought call called
    come comes day days different do does doing done else even ever everybody exactly exist far
    feel find fine first follow get gets getting give given gives go goes going good got great
    guess had handed happen happens happy have having hear help hold holds honestly hope idea
    inside instead just keep kind know last least left let like likes little long look looks lot
    made make makes many matter may maybe mean means might much must name named need needed needs
    new next nice nobody now ok okay old one ones open own pay people perhaps permitted please
    possible provide put question quite rather ready really receive right said same say says
    sell sells offer offers produce see seem seems send set should show since somebody someone something soon sort start stand
    stay still stop such sure take taken takes tell thank thanks thing things think time today told
    too tried try turn two type up us use used useful uses using usually want wants way week well
    went whole wish wonder wondering work works write wrong year yes yet
    bitte brauche darf dürfen eigentlich einfach etwas geben gibt geht gerne gilt haben hallo heißt
    kann können machen macht man mehr möchte muss müssen nach noch sagen schon sein sind soll viel
    viele wenn werden wird wissen zum
    aller avez avoir bien bonjour combien comment dans est être faire faut merci peut pour puis
    quel quelle quels quelles savoir sont votre vos
    cómo cuál cuánto cuesta dónde es está hay hacer muchas para por puede puedo qué tengo tiene
    """.split()  # noqa: SIM905 - a list of 250 lines reads worse
)
