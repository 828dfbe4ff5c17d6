"""Invented people for the demo shop: Greek and English names, invented numbers."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from astronote.services.contact_fields import ContactValues

_WOMEN = (
    "Μαρία Ελένη Αικατερίνη Βασιλική Σοφία Αγγελική Γεωργία Δήμητρα Κωνσταντίνα Παναγιώτα "
    "Ιωάννα Χριστίνα Αναστασία Ευαγγελία Δέσποινα Θεοδώρα Ζωή Νίκη Ειρήνη Φωτεινή"
)
_MEN = (
    "Γεώργιος Κωνσταντίνος Δημήτρης Ιωάννης Νίκος Παναγιώτης Βασίλης Χρήστος Αθανάσιος "
    "Μιχάλης Ευάγγελος Σπύρος Αντώνης Αναστάσιος Θεόδωρος Ανδρέας Χαράλαμπος Αλέξανδρος"
)
_FAMILIES = (
    "Παπαδόπουλος Παπαγεωργίου Οικονόμου Παπαδάκης Γεωργίου Ιωάννου Νικολάου Κωνσταντίνου "
    "Βασιλείου Αλεξίου Δημητρίου Αθανασίου Μακρής Καραγιάννης Σταματίου Χατζής Λάμπρου "
    "Ζαφειρίου Μαυρίδης Αγγελόπουλος Σταύρου Θεοδώρου Πετρίδης Γαλάνης Κόκκινος"
)
_VISITORS = (
    ("Emma", "Clarke", "female"),
    ("Oliver", "Bennett", "male"),
    ("Sophie", "Martin", "female"),
    ("Jonas", "Weber", "male"),
    ("Chloe", "Adams", "female"),
    ("Liam", "Murphy", "male"),
    ("Anna", "Novak", "female"),
    ("Thomas", "Green", "male"),
)
_TAGS = ("κρασιά", "ελαιόλαδο", "τυριά", "VIP", "newsletter", "δώρα")
_FEMALE_FAMILIES = {"όπουλος": "οπούλου", "άκης": "άκη", "ής": "ή", "ίδης": "ίδου", "ης": "η"}


def people(rng: random.Random, count: int, today: date) -> Iterator[ContactValues]:
    """``count`` contacts with phones of their own, most of them subscribed."""
    numbers = rng.sample(range(10_000_000), count)
    for number in numbers:
        first, last, gender = _name(rng)
        person: ContactValues = {
            "phone": f"+30690{number:07d}",
            "first_name": first,
            "last_name": last,
            "gender": gender if rng.random() < 0.86 else None,
            "tags": rng.sample(_TAGS, rng.choice((0, 0, 1, 1, 2))),
            "is_subscribed": rng.random() < 0.93,
        }
        if rng.random() < 0.74:
            person["birthday"] = today - timedelta(days=_age_in_days(rng))
        if rng.random() < 0.45:
            person["email"] = f"customer{number}@example.com"
        yield person


def _name(rng: random.Random) -> tuple[str, str, str]:
    if rng.random() < 0.12:
        return rng.choice(_VISITORS)
    family = rng.choice(_FAMILIES.split())
    if rng.random() < 0.56:
        return rng.choice(_WOMEN.split()), _of_a_woman(family), "female"
    return rng.choice(_MEN.split()), family, "male"


def _of_a_woman(family: str) -> str:
    for ending, replacement in _FEMALE_FAMILIES.items():
        if family.endswith(ending):
            return family.removesuffix(ending) + replacement
    return family.removesuffix("ος") + "ου" if family.endswith("ος") else family


def _age_in_days(rng: random.Random) -> int:
    years = min(88, max(15, rng.gauss(41, 14)))
    return int(years * 365.25) + rng.randrange(365)
