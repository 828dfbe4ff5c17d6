"""The ways in which people agree that a merchant can choose from."""

CONSENT_SOURCES = (
    ("", "Choose…"),
    ("In the shop", "In the shop, in person"),
    ("Paper form", "On a paper form"),
    ("Web form", "On our web site"),
    ("By phone", "By phone"),
    ("Existing customer", "As an existing customer, for similar products"),
)
"""The value that is kept, and the words of the choice."""

EXISTING_CUSTOMER = "Existing customer"
"""The one whose legal basis is not consent."""
