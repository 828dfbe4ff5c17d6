"""Countries to choose from at registration, in their own names, with their usual zone."""

from typing import Final, NamedTuple


class Country(NamedTuple):
    """An ISO 3166 code, the country's own name for itself, an IANA time zone."""

    code: str
    name: str
    timezone: str


COUNTRIES: Final = tuple(
    Country(*line.split("|"))
    for line in (
        "GR|Ελλάδα|Europe/Athens",
        "CY|Κύπρος|Asia/Nicosia",
        "AL|Shqipëria|Europe/Tirane",
        "AT|Österreich|Europe/Vienna",
        "BE|België · Belgique|Europe/Brussels",
        "BG|България|Europe/Sofia",
        "CH|Schweiz · Suisse|Europe/Zurich",
        "CZ|Česko|Europe/Prague",
        "DE|Deutschland|Europe/Berlin",
        "DK|Danmark|Europe/Copenhagen",
        "EE|Eesti|Europe/Tallinn",
        "ES|España|Europe/Madrid",
        "FI|Suomi|Europe/Helsinki",
        "FR|France|Europe/Paris",
        "GB|United Kingdom|Europe/London",
        "HR|Hrvatska|Europe/Zagreb",
        "HU|Magyarország|Europe/Budapest",
        "IE|Ireland|Europe/Dublin",
        "IT|Italia|Europe/Rome",
        "LT|Lietuva|Europe/Vilnius",
        "LU|Luxembourg|Europe/Luxembourg",
        "LV|Latvija|Europe/Riga",
        "MT|Malta|Europe/Malta",
        "NL|Nederland|Europe/Amsterdam",
        "NO|Norge|Europe/Oslo",
        "PL|Polska|Europe/Warsaw",
        "PT|Portugal|Europe/Lisbon",
        "RO|România|Europe/Bucharest",
        "RS|Srbija|Europe/Belgrade",
        "SE|Sverige|Europe/Stockholm",
        "SI|Slovenija|Europe/Ljubljana",
        "SK|Slovensko|Europe/Bratislava",
        "TR|Türkiye|Europe/Istanbul",
        "AU|Australia|Australia/Sydney",
        "CA|Canada|America/Toronto",
        "US|United States|America/New_York",
    )
)

TIMEZONES: Final = tuple(
    sorted(
        {country.timezone for country in COUNTRIES}
        | {
            "America/Chicago",
            "America/Denver",
            "America/Los_Angeles",
            "America/Vancouver",
            "Atlantic/Azores",
            "Atlantic/Canary",
            "Australia/Perth",
            "UTC",
        }
    )
)


def timezone_of(country: str) -> str:
    """The usual time zone of a country; Athens's where it is not listed."""
    return next((c.timezone for c in COUNTRIES if c.code == country), "Europe/Athens")
