"""Common names of attributes, of months and of weekdays, by language.

Weak evidence that a cell names others rather than being a value: most forms and tables of an
office have some of these words. General vocabulary, written for this purpose.
"""

from __future__ import annotations

_ENGLISH = """
mail definition meaning explanation abbreviation example insured excess cover deductible premium model rated power housing noise operator inspection manufacture installed lubricant mileage
account activity address age agent amount area article assignee attribute author authority
availability average balance bank
bic birth birthday board brand branch budget building capacity capital carrier case category
ceo chair change channel
city class client code colour color comment comments company condition conditions contact
content contract contractor
copies cost costs count country coverage creator currency customer cycle data date day deadline
debit debtor delivery department
deposit depth description destination details diameter dimensions director discount distance
district division document
due duration duty e-mail email employee employer end energy engineer entity equipment error
event expiry factor
fax feature fee fees field file firm first floor format founded founder frequency from function
gender goods grade
grade group growth guarantee head headquarters height holder hour hours iban id identifier
impact index industry
insurance insured insurer interest interval invoice issue item job keeper key kind label
language last lead
length level licence license limit line load location lot maintenance make maker manager
manufacturer margin market mass
material max maximum measure member min minimum mobile mode model month name nationality net
gross note notes notice number
no object occupation office operator option order organisation organization origin output owner
package page part partner
party passport payment people percentage performance period person phase phone place plan
policy population port position
postcode postal power premium pressure price priority product production profession profile
profit project property provider purpose
quantity qty quality quarter question rank rate rating reason receiver recipient reference
region registration reliability
remark remarks rent report representative request requester resolution responsible result
results revenue reviewer risk
role room route salary sales scope score sector seller sender serial series service session
severity share
shift ship site size sku source speed stage standard start state status stock street subject
sum supervisor supplier support
surface surname tariff task tax team telephone temperature tenant term terms test time title to tool
topic total town trainer training turnover type unit units until user usage vat valid validity value
variant vehicle vendor version voltage volume warehouse warranty website web week weight width
year years zip zone
staff capital basic inventory course instructor building speaker mileage fuel consumption
efficiency range
answer applicant approved approver attendees begin cause check consultant cover damage dose
effect evidence exam expires
holidays house incident ingredient landlord lender lessee lessor loan measures method minutes
mother father next observation
patient penalty pin plate plot prepared process program programme publisher rent requirement
residence revision school score
signature signatory skill species spouse step storage street subtotal target tel test track
trigger valid visit wage yield
"""
_GERMAN = """
idnr ust ustid mwst bedeutung definition erläuterung erklärung abkürzung beispiel ersatzteil ersatzteile nächste letzte nennleistung gehäuse schallpegel bediener wartung prüfung energie verbrauch norm bauart deckung
versicherungssumme versicherte abteilung adresse aktenzeichen aktion alter amt anbieter anfang angaben angebot anlage
anmerkung anmerkungen anrede anschrift
ansprechpartner ansprechpartnerin anteil anzahl arbeitgeber arbeitszeit art artikel aufgabe
auftrag auftraggeber auftragnehmer ausgabe
aussteller auswirkung bank bankverbindung baujahr bearbeiter befristung beginn bemerkung
bemerkungen benutzer bereich beruf beschreibung
bestand bestellung betrag betreff bewertung bezeichnung beziehung breite brutto datei datum
dauer druck durchmesser eigentümer
eigenschaft einheit einkauf einsatz empfänger ende erstellt ersteller ertrag fahrzeug farbe
fassung fax fehler feld filiale firma form
frequenz frist funktion gebiet gebühr geburtsdatum geburtsort gegenstand gehalt geld geltung
gemeinde gerät gesamt geschäftsführer
geschäftsführung geschlecht gesellschaft gesellschafter gewicht gewinn größe grund gruppe
gültig haftung halter haltestelle handy
handelsregister hersteller herkunft höhe inhaber inhalt jahr kapital kasse kategorie kaution
kennzeichen klasse klient konto kontakt
kosten kreditor kunde kundin kündigung laden lage lager land länge laufzeit leistung leiter
leitung lieferant lieferung lieferzeit
linie liter lohn maß maße marke maschine masse material menge merkmal miete mieter mindestalter
mitarbeiter mitarbeiterin mobil modell monat
monatsmiete nachname name netto nummer nr nutzer objekt ort ortsteil paket partner person
personal phase plan platz position posten
postleitzahl plz preis priorität produkt projekt provision prüfer quelle rabatt raum rechnung
rechtsform referenz region reihe
risiko rolle satz schaden schicht schulung seite selbstbehalt serie sitz skonto sparte spannung
sprache staat stadt stand standort
start status stelle steuer straße strasse strom stück stufe stückzahl summe tag tage tarif
tätigkeit teil teilnehmer telefon telefax
temperatur termin thema titel träger typ umfang umsatz uhrzeit unternehmen unterschrift urlaub
ursache vermieter vermieterin verantwortlich
verantwortliche verantwortlicher verband verbrauch verein verkauf verlag versicherer
versicherung version verteiler vertrag vertreter verwendung
volumen von bis vorgesetzter vorname vorsitz vorstand wagen währung wahl ware wert werk
widerruf wohnort woche zahlung zahlungsziel
zeit zeitraum ziel zimmer zins zinsen zinssatz zone zuständig zustand zweck e-mail antwort
frage kurs dozent ausstattung gründung
gegründet bruttopreis einzelpreis gesamtpreis kaltmiete nebenkosten verfahren rückzahlung
fälligkeit fällig
"""
_FRENCH = """
définition signification explication exemple contrôle emplacement opérateur carburant atelier bruit dernier dernière prochain prochaine assuré franchise courtier modalité mode fabrication
consommation débit pression alimentation norme salarié logement surface chantier rang version acheteur activité adresse agence âge agent année article assurance assureur auteur banque
bénéfice bureau budget capacité capital
catégorie charge chauffage chef chiffre classe client cliente code commande commentaire commune
compte conditions contact contenu
contrat couleur coût coûts date début délai département dépôt description désignation devise
directeur dirigeant document domaine domicile
durée échéance éditeur effectif email courriel employeur emploi entreprise équipe état étage
expéditeur facture fabricant fax fin
fonction forme format fournisseur fréquence garantie genre gérant hauteur heure heures horaires
identifiant indemnité intitulé jour
jours langue largeur lieu libellé livraison locataire localité logement loyer longueur marque
matériau matière mesure mobile modèle mois montant
motif nationalité nature niveau nom nombre note numéro n° objet observations option ordre
organisme origine paiement page participants
pays période personne pièce pièces place poids point poste prénom prestataire prime prix
priorité produit profession projet propriétaire
puissance qualité quantité raison référence région règlement remarque remarques remise
rendement représentant responsable résultat risque rôle
rue salaire salle secteur série service siège signature site société solde source stade statut
superficie surface tarif taux
taille tâche téléphone température temps tension thème titre titulaire total transport tva type
unité usage utilisateur valeur valable
validité vendeur version ville vitesse volume réponse question caution bailleur préavis garant
"""
_ROMANCE = """
definición significado ejemplo definizione significato valores franquicia corredor preaviso suma altura anchura apellido apellidos año años asegurado atención aviso calidad calle caudal centro clase coste cuenta diámetro energía
especificación fabricación garante hoja inspección inquilino longitud mantenimiento moneda muestra nacimiento nivel norma nombres orden
piezas planta potencia presión prueba receptor recurso revisión ruido taller tensión tienda tipos trabajo ubicación última próxima velocidad
vigencia actividad área artículo asunto autor banco barrio cantidad capacidad cargo categoría ciudad
cliente código color comentarios compañía
concepto condiciones contacto contenido contrato coste costo correo cuenta cuota departamento
depósito descripción descuento destino detalle
dirección director distrito divisa documento domicilio duración edad emisor empleado empleador
empresa encargado entrega estado estilo
etapa fabricante factura fecha fianza fin forma frecuencia función garantía gastos hora horario
idioma impacto importe inicio interés iva
jefe largo ancho lugar marca material medida mes modelo moneda monto motivo municipio
nacionalidad nif cif nivel nombre nota número objeto
observaciones origen país pago partida pedido período periodo peso plazo población precio
prioridad producto profesión propietario proveedor
provincia proyecto punto razón referencia región renta representante responsable resultado
riesgo salario sede sector servicio sexo tamaño
tarea tasa teléfono temperatura tiempo tipo título total unidad usuario valor vencimiento
versión volumen
altezza anno area articolo attività azienda banca cap capitale categoria causale cellulare
città cliente codice cognome colore comune contratto
costo data descrizione destinatario dimensioni dipendente disponibilità ditta documento durata
età euro fattura fine fornitore funzione garanzia giorno
importo indirizzo inizio lingua luogo larghezza lunghezza mese misura modello nome numero
oggetto ora ordine paese pagamento partita periodo persona peso
piano potenza prezzo priorità prodotto progetto provincia quantità regione responsabile ruolo
scadenza sede servizio settore sito società stato
stipendio telefono tipo titolo totale ufficio unità utente valore valuta versione via
aluguel ano assunto cargo cidade cnpj cpf código contato contrato cor data descrição desconto
desde duração empresa endereço entrega estado fatura fim
fornecedor função garantia hora idade início local mês morada moeda nome número observações
país pagamento peso prazo preço produto projeto
quantidade rua setor situação tamanho telefone telemóvel tipo título unidade valor vencimento
"""
_NORTHERN = """
aantal adres afdeling afzender artikel bedrag bedrijf begin beroep beschrijving betaling btw
contactpersoon datum dienst duur eenheid eigenaar einde
factuur functie geboortedatum gemeente gewicht grootte hoeveelheid hoogte huur huurder
ingangsdatum inhoud jaar klant kleur kosten kvk land
lengte leverancier locatie looptijd maand merk naam nummer omschrijving onderwerp opmerking
opmerkingen order periode plaats postcode prijs
product rekening soort stad status straat taal telefoon termijn titel totaal type verhuurder
verantwoordelijke versie waarde website woonplaats
adress antal avdelning belopp datum enhet färg företag kund land leverantör namn ort pris
storlek telefon vikt ålder år ändamål
adresse antall antal avdeling beløb beløp by dato enhed enhet farve firma kunde leverandør navn
pris sted størrelse telefon vægt vekt
adres bank cena data dział firma ilość imię jednostka język klient kod kolor kontakt kraj kwota
miasto miejsce nazwa nazwisko nip numer
okres opis osoba producent produkt projekt rozmiar stanowisko status telefon temat termin towar
typ ulica umowa uwagi waga wartość wersja
adresa částka cena datum jméno příjmení množství město název popis stav telefon země ičo dič
rok měsíc
ad adı adet adres açıklama birim fiyat firma miktar müşteri soyadı şehir tarih telefon tutar
ülke ürün
"""
_CYRILLIC_AND_OTHERS = """
адрес банк бик бюджет вес версия вид владелец возраст город год группа дата директор длина
договор должность единица заказ заказчик
имя инн исполнитель категория кпп клиент код количество контакт место модель название
наименование номер область описание оплата организация
ответственный отдел отчество период плательщик поставщик почта примечание примечания продукт
проект размер район регион сайт сотрудник сумма срок
статус страна телефон тема тип товар услуга факс фамилия фио цвет цена
назва ціна кількість дата місто адреса країна
διεύθυνση όνομα επώνυμο τηλέφωνο ημερομηνία πόλη χώρα τιμή ποσότητα σύνολο περιγραφή
الاسم العنوان الهاتف التاريخ المدينة البلد السعر الكمية المبلغ الرقم الشركة الوصف العميل النوع
الحالة
שם כתובת טלפון תאריך עיר מחיר כמות סכום
नाम पता फोन दिनांक शहर देश मूल्य मात्रा राशि
tên ngày giá lượng
"""

ATTRIBUTES = frozenset(
    f"{_ENGLISH} {_GERMAN} {_FRENCH} {_ROMANCE} {_NORTHERN} {_CYRILLIC_AND_OTHERS}".split()
)

_COMPOUND_ENDS = """
nummer nr adresse anschrift datum preis betrag summe name zeit zeitraum dauer frist satz
wert menge zahl größe gewicht höhe länge breite tiefe leistung typ firma person leiter
leitung kosten gebühr steuer miete lohn gehalt konto termin status stand klasse gruppe
bereich stufe zweck jahr monat bezeichnung beschreibung versicherung vertrag rechnung
lieferung zahlung angabe bemerkung einheit material farbe spannung druck temperatur
inhaber führer geber nehmer halter hersteller lieferant verbindung register bezug
verantwortlicher nachweis prüfung tijd plaats prijs bedrag datum naam persoon kosten
termijn adres nummer bauart wohnort geburtsort standort einsatzort zahlungsart
vertragsart wohnform rechtsform stichtag ansprechpartner sachbearbeiter nachname vorname
aufstellort pegel prüfung partij
"""
COMPOUND_ENDS = tuple(_COMPOUND_ENDS.split())
"""Last parts of German and Dutch compounds that name attributes."""

_INSIDE_CJK = """
所在地 条件 名称 姓名 名前 氏名 编号 番号 编码 代码 コード 日期 日付 年月日
地址 住所 电话 電話 手机 传真 邮箱 邮编 メール 公司 会社 单位
単位 税号 账号 帐号 账户 开户 银行 銀行 金额 金額 价格 価格 单价
単価 数量 总计 合计 合計 总额 型号 型番 规格 仕様 种类 種類 类别
类型 备注 備考 说明 説明 描述 内容 项目 項目 部门 部門 部署 职位
职务 役職 负责人 責任者 担当 联系人 連絡先 法人 代表 位置 车间 额定 检验 操作 安装 噪声 外壳 润滑 性别 性別
年龄 年齢 生年 出生 国籍 国家 国名 城市 都市 省份 地区 地域 时间
時間 期限 期間 期间 有效期 状态 状態 颜色 重量 尺寸 高度 宽度
长度 容量 功率 电压 温度 速度 材质 材料 产地 品牌 厂家 厂商
供应商 客户 顾客 用户 员工 合同 契約 订单 注文 发票 請求 付款
支払 货币 通貨 税率 折扣 割引 版本 标题 主题 作者 资本 成立 经营
利率 租金 面积 用途 销量 销售额 売上 收入 利润 产品 商品 品名
소재지 조건 기간 일자 담당 대표 이메일 이름 성명 번호 주소 전화 날짜 금액 수량 가격 회사 부서 직위 상태
국가 도시 합계 비고
"""
INSIDE_CJK = tuple(_INSIDE_CJK.split())
"""Parts of names of attributes in scripts without spaces."""

CJK_ENDS = tuple("号人率额費费价数量期型式类別别名址話话限者方点日级等项項値值码")
"""Last characters of longer names of attributes."""

_MONTHS = """
january february march april may june july august september october november december jan
feb mar apr jun jul aug sep sept oct nov dec januar jänner februar märz mai juni juli
oktober dezember mär okt dez janvier février mars avril juin juillet août septembre octobre
novembre décembre janv févr avr juil déc enero febrero marzo abril mayo junio julio agosto
septiembre octubre noviembre diciembre ene abr ago dic gennaio febbraio aprile maggio
giugno luglio settembre ottobre dicembre gen mag giu lug set ott janeiro fevereiro março
maio junho julho setembro outubro novembro dezembro fev out januari februari maart mei
augustus mrt maj styczeń luty marzec kwiecień czerwiec lipiec sierpień wrzesień październik
listopad grudzień январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь
декабрь
"""
MONTHS = frozenset(_MONTHS.split())

_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs
fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi
do fr sa so lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim
lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom lunedì martedì
mercoledì giovedì venerdì sabato domenica gio segunda terça quarta quinta sexta maandag
dinsdag woensdag donderdag vrijdag zaterdag zondag poniedziałek wtorek środa czwartek
piątek sobota niedziela понедельник вторник среда четверг пятница суббота воскресенье 星期一
星期二 星期三 星期四 星期五 星期六 星期日 周一 周二 周三 周四 周五 周六 周日
"""
WEEKDAYS = frozenset(_WEEKDAYS.split())
