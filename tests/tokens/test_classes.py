"""The class of a content: languages, scripts and formats, alone and mixed."""

from __future__ import annotations

import json
from itertools import cycle, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.tokens import latin
from costcalc.tokens.classes import CLASSES, composition, content_class, samples

SENTENCES = {
    "english": "The invoice is ready, and you can pay it with your card or from the app.",
    "german": "Die Rechnung ist fertig, und Sie können sie mit der Karte oder in der App zahlen.",
    "dutch": "De rekening is klaar en je kunt het bedrag met een kaart of via de app betalen.",
    "french": "La facture est prête et vous pouvez la payer par carte ou dans l'application.",
    "spanish": "La factura está lista y puede pagarla con su tarjeta o en la aplicación.",
    "portuguese": "A fatura está pronta e você não precisa do cartão: pode pagar com o aplicativo.",
    "italian": "La fattura è pronta e può essere pagata con la carta o nella applicazione.",
    "catalan": "La factura està a punt i la podeu pagar amb la targeta o amb aquesta aplicació.",
    "romanian": "Factura este gata și se poate plăti cu cardul sau din aplicație, pentru că nu.",
    "indonesian": "Tagihan sudah siap dan Anda dapat membayar dengan kartu atau dari aplikasi ini.",
    "vietnamese": "Hóa đơn đã có và bạn có thể trả bằng thẻ hoặc với ứng dụng này cho người khác.",
    "turkish": "Fatura hazır ve bu tutar için kart ile ya da uygulama ile ödeme yapılabilir.",
    "polish": "Faktura jest gotowa i można się nią zająć przez aplikację lub kartą, nie inaczej.",
    "czech": "Faktura je hotová a můžete ji zaplatit kartou nebo v aplikaci, pokud to jde.",
    "croatian": "Račun je spreman i može se platiti karticom ili u aplikaciji, što nije teško.",
    "hungarian": "A számla kész, és kártyával vagy az alkalmazásban is ki lehet fizetni, ha kell.",
    "scandinavian": "Fakturan är klar och du kan betala den med kort eller i appen på telefonen.",
    "finnish": "Lasku on valmis ja sen voi maksaa kortilla tai sovelluksessa, jos se ei ole sama.",
    "russian": "Счёт готов, и вы можете оплатить его картой или в приложении на телефоне.",
    "ukrainian": "Рахунок готовий, і ви можете оплатити його карткою або в застосунку.",
    "cyrillic": "Рачун је спреман и можете да га платите картицом или у апликацији.",
    "arabic": "الفاتورة جاهزة ويمكنك الدفع بالبطاقة أو من خلال التطبيق على الهاتف",
    "persian": "صورتحساب آماده است و می‌توانید آن را با کارت یا در برنامه پرداخت کنید",
    "urdu": "بل تیار ہے اور آپ اسے کارڈ سے یا ایپ میں ادا کر سکتے ہیں۔ یہ بہت آسان ہے",
    "chinese": "发票已经准备好了，您可以用银行卡或者在手机应用里付款，这个过程很简单。",
    "chinese-traditional": "發票已經準備好了，您可以用信用卡或在手機應用程式裡付款，這個過程很簡單。",
    "japanese": "請求書の準備ができましたので、カードまたはアプリでお支払いください。",
    "korean": "청구서가 준비되었으며 카드나 앱에서 결제할 수 있습니다.",
    "hebrew": "החשבונית מוכנה, ואפשר לשלם אותה בכרטיס או באפליקציה.",
    "greek": "Το τιμολόγιο είναι έτοιμο και μπορείτε να το πληρώσετε με κάρτα.",
    "armenian": "Հաշիվը պատրաստ է, և դուք կարող եք վճարել այն քարտով։",
    "devanagari": "बिल तैयार है और आप इसे कार्ड से या ऐप में चुका सकते हैं।",
    "bengali": "বিল প্রস্তুত এবং আপনি কার্ড দিয়ে বা অ্যাপে পরিশোধ করতে পারেন।",
    "gurmukhi": "ਬਿੱਲ ਤਿਆਰ ਹੈ ਅਤੇ ਤੁਸੀਂ ਇਸਨੂੰ ਕਾਰਡ ਨਾਲ ਅਦਾ ਕਰ ਸਕਦੇ ਹੋ।",
    "gujarati": "બિલ તૈયાર છે અને તમે તેને કાર્ડથી ચૂકવી શકો છો.",
    "tamil": "பில் தயாராக உள்ளது, அட்டை மூலம் செலுத்தலாம்.",
    "telugu": "బిల్లు సిద్ధంగా ఉంది మరియు మీరు కార్డుతో చెల్లించవచ్చు.",
    "kannada": "ಬಿಲ್ ಸಿದ್ಧವಾಗಿದೆ ಮತ್ತು ನೀವು ಕಾರ್ಡ್ ಮೂಲಕ ಪಾವತಿಸಬಹುದು.",
    "malayalam": "ബിൽ തയ്യാറാണ്, കാർഡ് ഉപയോഗിച്ച് പണമടയ്ക്കാം.",
    "sinhala": "බිල්පත සූදානම්, ඔබට කාඩ්පතෙන් ගෙවිය හැකිය.",
    "thai": "ใบแจ้งหนี้พร้อมแล้ว คุณสามารถชำระเงินด้วยบัตรหรือในแอปได้",
    "lao": "ໃບແຈ້ງໜີ້ພ້ອມແລ້ວ ທ່ານສາມາດຈ່າຍດ້ວຍບັດໄດ້",
    "tibetan": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས་",
    "burmese": "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် မွေးဖွားလာသူများ ဖြစ်သည်။",
    "georgian": "ანგარიში მზადაა და შეგიძლიათ ბარათით გადაიხადოთ.",
    "ethiopic": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "khmer": "វិក្កយបត្រត្រៀមរួចហើយ អ្នកអាចបង់ដោយកាត",
    "emoji": "🎉🔥😀👍🚀❤️",
    "other": "ᐃᓄᓕᒫᑦ ᐊᓂᖅᑎᕆᔪᓕᒫᑦ ᐃᓅᓚᐅᕐᒪᑕ",
    "hex": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "csv": "id,price\n1001,12.50\n1002,8.99\n1003,104.00\n",
    "json": json.dumps({"id": "a1", "items": ["x", "y"], "open": True, "total": "9.50"}),
    "code": "def total(items):\n    return sum(item.price for item in items)\n",
    "markdown": "# Notes\n\n- one thing\n- **another** thing\n\nSee [here](there) and `this`.\n",
    "combining": "Ho\u0301a \u0111o\u031bn \u0111a\u0303 co\u0301, ba\u0323n tra\u0309 ba\u0306\u0300ng the\u0309",
    "words": "garden chair oak brown",
    "capitals": "MAX_RETRIES, TIMEOUT AND HOST ARE OPTIONAL",
    "latin": "Ụlọ akwụkwọ dị nso",
}  # fmt: skip


@pytest.mark.parametrize(("expected", "text"), SENTENCES.items(), ids=SENTENCES)
def test_a_sentence_is_of_its_class(expected: str, text: str) -> None:
    assert content_class(text) == expected


def test_every_class_has_a_sentence_here() -> None:
    assert set(SENTENCES) == set(CLASSES)
    assert len(CLASSES) == len(set(CLASSES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "words", id="nothing"),
        pytest.param("hi", "words", id="a word that many languages have"),
        pytest.param("42", "csv", id="a number"),
        pytest.param("Привет", "russian", id="letters that several languages share"),
        pytest.param("你好", "chinese", id="characters of both ways of writing"),
        pytest.param("\ud800", "words", id="half a surrogate pair"),
        pytest.param("€ — “”", "words", id="signs of no script"),
        pytest.param("https://example.com/a/b?c=1#d", "code", id="an address"),
        pytest.param("How can I do this?", "english", id="a short question"),
        pytest.param("ｆｕｌｌ", "chinese", id="wide letters"),
        pytest.param("ﬀ ﬁ", "words", id="ligatures"),
        pytest.param("𠀀𠀁", "chinese", id="rare ideographs"),
        pytest.param("𐎀𐎁", "other", id="a script of the supplementary planes"),
    ],
)
def test_the_smallest_texts_have_a_sensible_class(text: str, expected: str) -> None:
    assert content_class(text) == expected


def test_a_mixed_text_is_told_by_its_parts() -> None:
    text = SENTENCES["japanese"] + "\n" + SENTENCES["code"]
    found = composition(text)
    assert set(found) == {"japanese", "code"}
    assert sum(found.values()) == pytest.approx(len(text))
    assert found["code"] == pytest.approx(len(SENTENCES["code"]), rel=0.3)


def test_two_languages_of_the_latin_script_share_a_text() -> None:
    german, english = SENTENCES["german"], SENTENCES["english"]
    assert composition(german)["german"] == len(german)
    assert set(composition(german + " " + english)) == {"german", "english"}
    assert set(composition(german * 6 + " " + english)) == {"german"}
    assert set(composition(english * 6 + " " + german)) == {"english"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Сметката е готова и може да я платите с карта. ", "cyrillic", id="Bulgarian"),
        pytest.param("Счёты пытались вывезти дыры, ёлы-палы, рыжики. ", "cyrillic", id="no small word"),
        pytest.param(SENTENCES["russian"], "russian", id="Russian"),
    ],
)  # fmt: skip
def test_languages_with_the_letters_of_russian_are_told_in_longer_texts(
    text: str, expected: str
) -> None:
    assert content_class(text) == "russian"
    assert content_class(text * 4) == expected


def test_few_words_beside_a_script_are_of_that_script() -> None:
    assert set(composition(SENTENCES["russian"] * 3 + " OK")) == {"russian"}


def test_accents_beside_another_script_make_no_language() -> None:
    assert set(composition(SENTENCES["greek"] + " Ụlọ akwụkwọ")) == {"greek", "latin"}


def test_a_long_text_is_told_by_samples() -> None:
    halves = SENTENCES["english"] * 1000 + "\n" + SENTENCES["csv"] * 2000
    found = composition(halves)
    assert sum(found.values()) == pytest.approx(len(halves))
    assert found["csv"] == pytest.approx(len(SENTENCES["csv"]) * 2000, rel=0.05)
    read = sum(len(sample) for sample, _ in samples(halves))
    assert read < 0.55 * len(halves)


def test_reading_a_huge_text_costs_no_more_than_a_large_one() -> None:
    large = "".join(islice(cycle(SENTENCES["english"] + "\n"), 500_000))
    pieces = [sample for sample, _ in samples(large * 4)]
    assert len(pieces) == len(list(samples(large)))
    assert sum(map(len, pieces)) < 200_000


def test_samples_begin_with_a_line() -> None:
    lines = "".join(f"line {number} of a long text\n" for number in range(5_000))
    assert all(sample.startswith("line ") for sample, _ in samples(lines))


TEXTS = st.text(max_size=300) | st.lists(st.sampled_from(list(SENTENCES.values()))).map("\n".join)


@given(TEXTS)
def test_a_composition_is_complete(text: str) -> None:
    found = composition(text)
    assert set(found) <= set(CLASSES)
    assert sum(found.values()) == pytest.approx(len(text))
    assert all(characters > 0 for characters in found.values())
    assert content_class(text) in (found or {"words": 0.0})


@given(TEXTS)
def test_samples_stand_for_the_whole_text(text: str) -> None:
    found = list(samples(text * 9))
    assert sum(stands_for for _, stands_for in found) == len(text * 9)
    assert all(sample and sample in text * 9 for sample, _ in found)


def test_no_word_is_listed_twice_for_a_language() -> None:
    for words in latin.LANGUAGES.values():
        assert len(words.split()) == len(set(words.split()))
