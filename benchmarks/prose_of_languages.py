"""Business prose of seventeen languages, and the encodings of the Web in which each is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# ruff: noqa: RUF001 - as these languages are written

PROSE: Mapping[str, str] = {
    "German": (
        "Die Prüfung der Förderbänder erfolgt jährlich im März. Für Schäden außerhalb der Gewährleistung "
        "übernimmt der Käufer die Kosten. Größere Mängel müssen innerhalb von fünf Werktagen schriftlich "
        "gemeldet werden. Die Wärmepumpe läuft auch bei tiefen Temperaturen zuverlässig."
    ),
    "French": (
        "Le délai de paiement est fixé à trente jours après réception de la facture. Les pièces "
        "défectueuses sont remplacées gratuitement pendant la première année. Le contrat a été signé à "
        "Besançon par le gérant de la société. Veuillez vérifier le numéro de série avant de téléphoner."
    ),
    "Spanish": (
        "El plazo de devolución es de quince días después de la recepción. La garantía no cubre daños por "
        "manipulación o instalación errónea. El técnico llamará mañana para concretar la inspección de la "
        "máquina. Ningún año se había fabricado más que en España."
    ),
    "Portuguese": (
        "A manutenção da máquina é feita a cada três meses. As peças não estão incluídas no preço da "
        "revisão. O pagamento será efetuado após a aprovação do orçamento. A reunião ficou marcada para "
        "amanhã às nove horas na sede de São João."
    ),
    "Polish": (
        "Gwarancja na pompę wynosi trzy lata od daty sprzedaży. Usterki należy zgłaszać pisemnie w ciągu "
        "siedmiu dni. Części zużywające się nie są objęte gwarancją. Przegląd urządzenia wykonuje "
        "upoważniony serwis w każdą środę."
    ),
    "Czech": (
        "Záruční lhůta čerpadla činí tři roky ode dne převzetí. Závady je třeba nahlásit písemně do pěti "
        "dnů. Opotřebené součásti nejsou předmětem záruky. Údržbu zařízení provádí každý měsíc příslušný "
        "technik."
    ),
    "Russian": (
        "Договор поставки вступает в силу с момента подписания. Оплата производится в течение десяти "
        "рабочих дней после получения товара. Претензии по качеству принимаются в письменной форме. "
        "Склад закрыт по воскресеньям и праздничным дням."
    ),
    "Ukrainian": (
        "Гарантійний строк насоса становить три роки. Оплата здійснюється протягом десяти днів після "
        "отримання товару. Претензії щодо якості приймаються у письмовій формі. Її можна надіслати "
        "поштою або через сайт підприємства."
    ),
    "Greek": (
        "Η εγγύηση της αντλίας ισχύει για τρία έτη από την αγορά. Η πληρωμή γίνεται εντός τριάντα ημερών. "
        "Τα ανταλλακτικά δεν περιλαμβάνονται στην τιμή. Ο έλεγχος του μηχανήματος γίνεται κάθε άνοιξη "
        "από εξουσιοδοτημένο τεχνικό."
    ),
    "Turkish": (
        "Pompanın garanti süresi üç yıldır. Ödeme, faturanın alınmasından sonra otuz gün içinde yapılır. "
        "Yıpranan parçalar garanti kapsamında değildir. Bakım çalışmaları için müşteri hizmetlerini "
        "arayınız. Şikâyetler yazılı olarak bildirilmelidir."
    ),
    "Hebrew": (
        "האחריות על המשאבה היא לשלוש שנים מיום הרכישה. התשלום יבוצע תוך שלושים יום מקבלת החשבונית. "
        "חלקים מתכלים אינם כלולים באחריות. יש להודיע בכתב על כל תקלה בתוך חמישה ימים."
    ),
    "Arabic": (
        "مدة ضمان المضخة ثلاث سنوات من تاريخ الشراء. يتم الدفع خلال ثلاثين يوما من استلام الفاتورة. "
        "لا يشمل الضمان القطع المستهلكة. يجب إبلاغ الشركة كتابيا عن أي عيب في غضون خمسة أيام."
    ),
    "Thai": (
        "ปั๊มน้ำมีการรับประกันสามปีนับจากวันที่ซื้อ การชำระเงินต้องทำภายในสามสิบวันหลังจากได้รับใบแจ้งหนี้ "
        "อะไหล่ที่สึกหรอไม่รวมอยู่ในการรับประกัน กรุณาแจ้งปัญหาเป็นลายลักษณ์อักษร"
    ),
    "Chinese": (
        "供应商应当在合同签订后三十日内交付全部设备。买方收到货物以后应及时检验,发现质量问题须"
        "书面通知供应商。"
        "易损件不在保修范围之内。每年春季由授权人员对机器进行维护。付款方式为银行转账。"
    ),
    "Traditional Chinese": (
        "供應商應當在合約簽訂後三十日內交付全部設備。買方收到貨物以後應及時檢驗,發現品質問題須書面通知供應商。"
        "易損件不在保固範圍之內。每年春季由授權人員對機器進行維護。付款方式為銀行轉帳。"
    ),
    "Japanese": (
        "ポンプの保証期間はご購入日から三年間です。お支払いは請求書を受け取ってから三十日以内にお願いします。"
        "消耗部品は保証の対象になりません。故障のときは販売店まで書面でご連絡ください。点検は毎年春に行います。"
    ),
    "Korean": (
        "펌프의 보증 기간은 구입일로부터 삼 년입니다. 대금은 청구서를 받은 후 삼십 일 이내에 지급해야 합니다. "
        "소모성 부품은 보증 대상에서 제외됩니다. 고장이 발생하면 서면으로 알려 주십시오."
    ),
}

ENCODINGS: Mapping[str, Sequence[str]] = {
    "German": ("windows-1252", "iso-8859-15", "macintosh"),
    "French": ("windows-1252", "iso-8859-15", "macintosh"),
    "Spanish": ("windows-1252", "iso-8859-15", "macintosh"),
    "Portuguese": ("windows-1252", "iso-8859-15"),
    "Polish": ("windows-1250", "iso-8859-2"),
    "Czech": ("windows-1250", "iso-8859-2"),
    "Russian": ("windows-1251", "koi8-r", "iso-8859-5", "ibm866", "x-mac-cyrillic"),
    "Ukrainian": ("windows-1251", "koi8-u"),
    "Greek": ("windows-1253", "iso-8859-7"),
    "Turkish": ("windows-1254",),
    "Hebrew": ("windows-1255", "iso-8859-8"),
    "Arabic": ("windows-1256", "iso-8859-6"),
    "Thai": ("windows-874",),
    "Chinese": ("gbk", "gb18030"),
    "Traditional Chinese": ("big5",),
    "Japanese": ("shift_jis", "euc-jp", "iso-2022-jp"),
    "Korean": ("euc-kr",),
}
