"""What is said to small talk: short, friendly, in the language of the message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ragtenancy.domain.languages import Language
from ragtenancy.domain.small_talk import SmallTalk, SmallTalkKind

MAX_NAMES = 10
_EXCLAMATION = re.compile("[^!\uff01]+[!\uff01]")


class Sentences(Struct, frozen=True, kw_only=True):
    """The sentences of one language; the English ones stand in for those it lacks."""

    greeting: str
    thanks: str
    goodbye: str
    acknowledgement: str = ""
    identity: str = ""
    ability: str = ""
    documents: str = ""
    no_documents: str = ""
    more: str = ""


def reply(
    said: SmallTalk,
    *,
    greeting: str | None = None,
    documents: Sequence[str] = (),
    total: int | None = None,
    default: Language = Language.ENGLISH,
) -> str:
    """Return the answer to small talk, in Markdown.

    `greeting` is the tenant's own, where set. `documents` are the names of active documents, of
    which ten are listed, and `total` is their number where more exist than are given. `default`
    is the language where the message has none.
    """
    language = said.language or default
    if said.kind is SmallTalkKind.GREETING and greeting:
        return greeting
    if said.kind is SmallTalkKind.DOCUMENTS:
        return _documents(documents, total=total or len(documents), language=language)
    own: str = getattr(_SENTENCES[language], said.kind) or getattr(_ENGLISH, said.kind)
    if said.kind is SmallTalkKind.GOODBYE and said.thanks:
        return " ".join([*_EXCLAMATION.findall(_SENTENCES[language].thanks)[:1], own])
    return own


def _documents(names: Sequence[str], *, total: int, language: Language) -> str:
    sentences = _SENTENCES[language] if _SENTENCES[language].documents else _ENGLISH
    if not names:
        return sentences.no_documents
    shown = names[:MAX_NAMES]
    listed = "\n".join(f"- {' '.join(name.split())}" for name in shown)
    rest = total - len(shown)
    more = f"\n\n{sentences.more.format(count=rest)}" if rest > 0 else ""
    return f"{sentences.documents}\n\n{listed}{more}"


_ENGLISH = Sentences(
    greeting="Hello! What would you like to know about your documents?",
    thanks="You're welcome! Just ask if there is anything else.",
    goodbye="Goodbye! Have a nice day.",
    acknowledgement="Great! Just ask if there is anything else.",
    identity=(
        "I'm an automatic assistant that answers questions about the documents here. "
        "I name the source of every answer."
    ),
    ability=(
        "I can help you find answers in your documents: facts, steps, prices, dates and rules, "
        "each with its source. Just ask a question in your own words."
    ),
    documents="I can answer questions about these documents:",
    no_documents="I have no documents yet, so I can't answer questions until some are added.",
    more="… and {count} more.",
)

_SENTENCES: Mapping[Language, Sentences] = {
    Language.ENGLISH: _ENGLISH,
    Language.GERMAN: Sentences(
        greeting="Hallo! Was möchten Sie über Ihre Dokumente wissen?",
        thanks="Gern geschehen! Fragen Sie einfach, wenn Sie noch etwas wissen möchten.",
        goodbye="Auf Wiedersehen! Einen schönen Tag noch.",
        acknowledgement="Sehr gut! Fragen Sie einfach, wenn Sie noch etwas wissen möchten.",
        identity=(
            "Ich bin ein automatischer Assistent und beantworte Fragen zu den Dokumenten hier. "
            "Zu jeder Antwort nenne ich die Quelle."
        ),
        ability=(
            "Ich helfe Ihnen, Antworten in Ihren Dokumenten zu finden: Fakten, Anleitungen, "
            "Preise, Fristen und Regeln, jeweils mit Quelle. Fragen Sie einfach in Ihren Worten."
        ),
        documents="Zu diesen Dokumenten kann ich Fragen beantworten:",
        no_documents="Mir liegen noch keine Dokumente vor, deshalb kann ich noch nichts beantworten.",
        more="… und {count} weitere.",
    ),
    Language.FRENCH: Sentences(
        greeting="Bonjour ! Que souhaitez-vous savoir sur vos documents ?",
        thanks="Avec plaisir ! N'hésitez pas si vous avez d'autres questions.",
        goodbye="Au revoir ! Bonne journée.",
        acknowledgement="Parfait ! N'hésitez pas si vous avez d'autres questions.",
        identity=(
            "Je suis un assistant automatique qui répond aux questions sur les documents "
            "disponibles ici. J'indique la source de chaque réponse."
        ),
        ability=(
            "Je peux vous aider à trouver des réponses dans vos documents : faits, étapes, prix, "
            "dates et règles, avec leur source. Posez simplement votre question."
        ),
        documents="Je peux répondre aux questions sur ces documents :",
        no_documents="Je n'ai encore aucun document : je ne peux pas répondre pour l'instant.",
        more="… et {count} de plus.",
    ),
    Language.SPANISH: Sentences(
        greeting="¡Hola! ¿Qué le gustaría saber sobre sus documentos?",
        thanks="¡De nada! Pregunte con confianza si necesita algo más.",
        goodbye="¡Hasta luego! Que tenga un buen día.",
        acknowledgement="¡Perfecto! Pregunte con confianza si necesita algo más.",
        identity=(
            "Soy un asistente automático que responde preguntas sobre los documentos disponibles "
            "aquí. Indico la fuente de cada respuesta."
        ),
        ability=(
            "Puedo ayudarle a encontrar respuestas en sus documentos: datos, pasos, precios, "
            "fechas y normas, con su fuente. Pregunte con sus propias palabras."
        ),
        documents="Puedo responder preguntas sobre estos documentos:",
        no_documents="Todavía no tengo documentos, así que aún no puedo responder preguntas.",
        more="… y {count} más.",
    ),
    Language.ITALIAN: Sentences(
        greeting="Salve! Che cosa desidera sapere sui suoi documenti?",
        thanks="Prego! Chieda pure se le serve altro.",
        goodbye="Arrivederci! Buona giornata.",
        acknowledgement="Perfetto! Chieda pure se le serve altro.",
        identity=(
            "Sono un assistente automatico che risponde a domande sui documenti disponibili qui. "
            "Di ogni risposta indico la fonte."
        ),
        ability=(
            "Posso aiutarla a trovare risposte nei suoi documenti: dati, procedure, prezzi, date "
            "e regole, con la fonte. Faccia pure una domanda con parole sue."
        ),
        documents="Posso rispondere a domande su questi documenti:",
        no_documents="Non ho ancora documenti, quindi non posso ancora rispondere a domande.",
        more="… e altri {count}.",
    ),
    Language.PORTUGUESE: Sentences(
        greeting="Olá! O que gostaria de saber sobre os seus documentos?",
        thanks="De nada! É só perguntar se precisar de mais alguma coisa.",
        goodbye="Até logo! Tenha um bom dia.",
        acknowledgement="Ótimo! É só perguntar se precisar de mais alguma coisa.",
        identity=(
            "Sou um assistente automático que responde a perguntas sobre os documentos "
            "disponíveis aqui. Indico a fonte de cada resposta."
        ),
        ability=(
            "Posso ajudar a encontrar respostas nos seus documentos: factos, passos, preços, "
            "datas e regras, com a fonte. Pergunte com as suas próprias palavras."
        ),
        documents="Posso responder a perguntas sobre estes documentos:",
        no_documents="Ainda não tenho documentos, por isso ainda não posso responder a perguntas.",
        more="… e mais {count}.",
    ),
    Language.DUTCH: Sentences(
        greeting="Hallo! Wat wilt u weten over uw documenten?",
        thanks="Graag gedaan! Vraag gerust als u nog iets wilt weten.",
        goodbye="Tot ziens! Nog een fijne dag.",
        acknowledgement="Mooi! Vraag gerust als u nog iets wilt weten.",
        identity=(
            "Ik ben een automatische assistent die vragen over de documenten hier beantwoordt. "
            "Bij elk antwoord noem ik de bron."
        ),
        ability=(
            "Ik help u antwoorden te vinden in uw documenten: feiten, stappen, prijzen, data en "
            "regels, met de bron erbij. Stel gewoon een vraag in uw eigen woorden."
        ),
        documents="Ik kan vragen over deze documenten beantwoorden:",
        no_documents="Ik heb nog geen documenten en kan daarom nog geen vragen beantwoorden.",
        more="… en nog {count}.",
    ),
    Language.POLISH: Sentences(
        greeting="Dzień dobry! W czym mogę pomóc?",
        thanks="Nie ma za co! Chętnie odpowiem na kolejne pytania.",
        goodbye="Do widzenia! Miłego dnia.",
    ),
    Language.SWEDISH: Sentences(
        greeting="Hej! Vad vill du veta om dina dokument?",
        thanks="Varsågod! Fråga gärna om det är något mer.",
        goodbye="Hej då! Ha en bra dag.",
    ),
    Language.DANISH: Sentences(
        greeting="Hej! Hvad vil du gerne vide om dine dokumenter?",
        thanks="Selv tak! Spørg endelig, hvis der er mere.",
        goodbye="Farvel! Hav en god dag.",
    ),
    Language.CZECH: Sentences(
        greeting="Dobrý den! Co byste chtěli vědět o svých dokumentech?",
        thanks="Není zač! Klidně se ptejte dál.",
        goodbye="Na shledanou! Hezký den.",
    ),
    Language.ROMANIAN: Sentences(
        greeting="Bună ziua! Ce doriți să știți despre documentele dumneavoastră?",
        thanks="Cu plăcere! Întrebați oricând dacă mai aveți nevoie de ceva.",
        goodbye="La revedere! O zi bună.",
    ),
    Language.TURKISH: Sentences(
        greeting="Merhaba! Belgeleriniz hakkında ne öğrenmek istersiniz?",
        thanks="Rica ederim! Başka bir sorunuz olursa sormanız yeterli.",
        goodbye="Hoşça kalın! İyi günler.",
    ),
    Language.VIETNAMESE: Sentences(
        greeting="Xin chào! Bạn muốn biết điều gì về tài liệu của mình?",
        thanks="Không có gì! Bạn cứ hỏi nếu cần thêm thông tin.",
        goodbye="Tạm biệt! Chúc bạn một ngày tốt lành.",
    ),
    Language.RUSSIAN: Sentences(
        greeting="Здравствуйте! Что вы хотите узнать о ваших документах?",
        thanks="Пожалуйста! Спрашивайте, если нужно что-то ещё.",
        goodbye="До свидания! Хорошего дня.",
    ),
    Language.GREEK: Sentences(
        greeting="Γεια σας! Τι θα θέλατε να μάθετε για τα έγγραφά σας;",
        thanks="Παρακαλώ! Ρωτήστε με αν χρειάζεστε κάτι άλλο.",
        goodbye="Αντίο! Καλή συνέχεια.",
    ),
    Language.ARABIC: Sentences(
        greeting="مرحبًا! ماذا تود أن تعرف عن مستنداتك؟",
        thanks="على الرحب والسعة! اسألني إن احتجت إلى أي شيء آخر.",
        goodbye="مع السلامة! أتمنى لك يومًا سعيدًا.",
    ),
    Language.HINDI: Sentences(
        greeting="नमस्ते! आप अपने दस्तावेज़ों के बारे में क्या जानना चाहेंगे?",
        thanks="आपका स्वागत है! कुछ और जानना हो तो ज़रूर पूछें।",
        goodbye="नमस्ते! आपका दिन शुभ हो।",
    ),
    Language.THAI: Sentences(
        greeting="สวัสดี! คุณอยากทราบอะไรเกี่ยวกับเอกสารของคุณ",
        thanks="ยินดีช่วยเหลือ! ถามได้เสมอหากต้องการข้อมูลเพิ่มเติม",
        goodbye="ลาก่อน! ขอให้เป็นวันที่ดี",
    ),
    Language.KOREAN: Sentences(
        greeting="안녕하세요! 문서에 대해 무엇이 궁금하신가요?",
        thanks="천만에요! 더 궁금한 점이 있으면 언제든지 물어보세요.",
        goodbye="안녕히 가세요! 좋은 하루 보내세요.",
    ),
    Language.CHINESE: Sentences(
        greeting="您好！您想了解文档中的哪些内容？",
        thanks="不客气！如果还有其他问题，请随时提问。",
        goodbye="再见！祝您愉快。",
    ),
    Language.JAPANESE: Sentences(
        greeting="こんにちは！文書について何をお調べしましょうか。",
        thanks="どういたしまして！ほかにもご質問があればお気軽にどうぞ。",
        goodbye="さようなら！よい一日をお過ごしください。",
    ),
}
