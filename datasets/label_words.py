"""What people call anomalies and what they call the rest: labels of tables, folders of images."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

ANOMALOUS, NORMAL = 1, 0

_NORMAL = """
normal normals norm nominal
good ok okay benign healthy inlier inliers legit legitimate genuine pass passed regular ordinary
valid authentic verified approved acceptable stable undamaged
usual typical clean intact sane ham conform conforming compliant accept accepted nonanomalous faultless
gut ordnung normale conforme correcto correct gesund sain sano unauffällig einwandfrei fehlerfrei normaal goed bon buono
bueno bom aprobado aprovado légitime legítimo legitimo benigno норма нормально годен исправен 正常 良品 合格 정상 양품
"""
_ANOMALOUS = """
anomaly anomalies anomalous anormal abnormal abnormality abnormalities anomalie anomalia anomaliya attack attacks fraud
frauds fraudulent fail fails failed failure failures fault faults faulty defect defects defective outlier outliers
malignant
bad ng reject rejected rejects error errors malicious malware intrusion intruder spam scam phishing suspicious damaged
damage broken invalid fake forged counterfeit unacceptable unstable unauthorized unauthorised
diseased disease sick unhealthy bot deviant deviating novelty unusual irregular illegitimate illegit
schlecht ausschuss defekt fehler fehlerhaft mangelhaft krank betrug störung mauvais malo fraude défaut défectueux panne
malade avería fallo falla defectuoso enfermo reprobado anómalo difetto difetti difettoso guasto malato falha defeito
reprovado anômalo ruim doente fout wadliwy awaria usterka аномалия аномальный брак дефект неисправен
异常 異常 不良 不良品 不合格 불량 비정상
"""
_NOT = frozenset(
    "no non not without kein keine nicht ohne sans sin não nao sem senza niet geen nie bez не без".split()  # noqa: SIM905
)
_BETWEEN = frozenset({"in", "im", "a", "an", "the"})
"""What may stand between `not` and its word."""
_OPPOSITES = {"nok": ANOMALOUS, "nio": ANOMALOUS, "io": NORMAL, "noncompliant": ANOMALOUS}
_WORDS = dict.fromkeys(_NORMAL.split(), NORMAL) | dict.fromkeys(_ANOMALOUS.split(), ANOMALOUS) | _OPPOSITES
_NO = "não nao нет nie nee 否 无 無 falsch faux falso 假 negativ négatif negatif negativo negativa"
_YES = "si sí sì sim да tak 是 有 wahr vrai vero verdadero verdadeiro 真 positiv positif positivo positiva"
_PLAIN = {
    "0": NORMAL, "false": NORMAL, "no": NORMAL, "negative": NORMAL, "neg": NORMAL, "absent": NORMAL, "off": NORMAL,
    "f": NORMAL, "n": NORMAL, "-": NORMAL, "nein": NORMAL, "non": NORMAL,
    "1": ANOMALOUS, "true": ANOMALOUS, "yes": ANOMALOUS, "positive": ANOMALOUS, "pos": ANOMALOUS,
    "present": ANOMALOUS, "on": ANOMALOUS, "t": ANOMALOUS, "y": ANOMALOUS, "+": ANOMALOUS, "ja": ANOMALOUS,
    "oui": ANOMALOUS, **dict.fromkeys(_NO.split(), NORMAL), **dict.fromkeys(_YES.split(), ANOMALOUS),
}  # fmt: skip
_QUOTED = re.compile(r"b?(['\"])(.*)\1")
_PAIRED = frozenset(
    "0 1 t f y n - + on off no non si sim tak nie nee 是 有 无 無".split()  # noqa: SIM905
)
"""What says something only beside its opposite: 1 beside 2 is a number, n beside a is the first letter of a word."""


class Strength(Enum):
    """How much a word says of itself: `anomaly` says it all, `positive` and 1 are a convention."""

    NONE = 0
    CONVENTION = 1
    WORD = 2


UNSURE = frozenset({"unsure", "uncertain", "undefined", "unclear", "background"})
"""Labels that do not say whether a row is normal, nor that nobody has looked."""
_UNLABELLED = """
unknown, unlabeled, unlabelled, not labeled, not labelled, no label, none yet, pending, tbd, to be determined,
to be checked, to check, todo, to do, not checked, not yet checked, unchecked, not reviewed, unreviewed, to review,
not inspected, uninspected, not tested, untested, not verified, unverified, undetermined, not determined, unclassified,
not classified, not assessed, not evaluated, na, n a, k a,
unbekannt, ungeprüft, nicht geprüft, noch nicht geprüft, nicht bewertet, unbewertet, ohne label, ausstehend,
inconnu, non vérifié, non contrôlé, non étiqueté, en attente, à vérifier,
desconocido, sin etiqueta, sin revisar, no revisado, sin verificar, no verificado, pendiente, por revisar,
sconosciuto, non verificato, non controllato, senza etichetta, in attesa, da verificare,
desconhecido, não verificado, não revisado, sem rótulo, pendente,
onbekend, niet gecontroleerd, ongecontroleerd, nieznany, nieznane, niesprawdzone, nie sprawdzono,
неизвестно, не проверено, без метки, ожидает проверки,
未知, 未标注, 未標註, 未检查, 未檢查, 未检测, 待定, 待检, 不明, 未確認, 未検査, 未判定, 미확인, 미검사, 알 수 없음
"""
_UNLABELLED_WORDS = frozenset(word.strip() for word in _UNLABELLED.split(","))


def folded(text: str) -> str:
    """What is the same for all spellings of a label: case, blanks, 1 and 1.0, 'yes' and b'yes' with their quotes."""
    inside = _QUOTED.fullmatch(text.strip())
    plain = " ".join((inside[2] if inside else text).split()).casefold()
    try:
        number = float(plain)
    except ValueError:
        return plain
    return f"{number:.17g}" if number == number else plain


def is_unlabelled(text: str) -> bool:
    """Whether a label says that the row has none yet: unknown, not checked, pending, ???, in several languages."""
    plain = folded(text)
    return bool(re.fullmatch(r"\?+", plain)) or re.sub(r"[\W_]+", " ", plain).strip() in _UNLABELLED_WORDS


def negates(text: str, other: str) -> bool:
    """Whether a label is another one with `not`, `non` or `no` before it."""
    joined = [re.sub(r"[\W_]+", "", folded(one)) for one in (text, other)]
    return joined[0] in {f"{negation}{joined[1]}" for negation in ("not", "non", "no")}


def names_labels(text: str) -> bool:
    """Whether a word for anomalies or for normal rows is in a name, whatever it says."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    return bool({*re.findall(r"[^\W\d_]+", apart)} & _WORDS.keys()) or _by_words(text) is not None


def speaks(text: str, beside: Iterable[str] = ()) -> tuple[int | None, Strength]:
    """Whether a label speaks of anomalies or of normal rows, and how clearly.

    Parameters
    ----------
    text : str
        As it stands in the table, or the name of a folder or column.
    beside : iterable of str
        The other labels.

    Returns
    -------
    int or None
        `ANOMALOUS`, `NORMAL`; None where it says neither, or both.
    Strength
    """
    meaning = _by_words(text)
    if meaning is not None:
        return meaning, Strength.WORD
    plain = folded(text)
    meaning = _PLAIN.get(plain)
    opposites = {_PLAIN.get(folded(other)) for other in beside} - {None, meaning}
    if meaning is None or (plain in _PAIRED and not opposites):
        return None, Strength.NONE
    return meaning, Strength.CONVENTION


def _by_words(text: str) -> int | None:
    """What the words of a label say, `not` before one turned round; None where they say nothing or both."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    joined = re.sub(r"[\W_]+", "", apart)
    if joined in _OPPOSITES:
        return _OPPOSITES[joined]
    found, turned = set(), False
    for word in re.findall(r"[^\W\d_]+", re.sub(r"([^\W\d_]+)[\W_]?(?:free|frei)\b", r"not \1", apart)):
        if word in _NOT:
            turned = True
        if word in _NOT | _BETWEEN:
            continue
        meaning = _WORDS.get(word)
        for start, turns in (("non", True), ("not", True), ("is", False)):
            if meaning is None and word.startswith(start) and word[len(start) :] in _WORDS:
                meaning = abs(_WORDS[word[len(start) :]] - turns)
        if meaning is not None:
            found.add(1 - meaning if turned else meaning)
        turned = False
    return found.pop() if len(found) == 1 else None
