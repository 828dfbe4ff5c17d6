"""What a form says of how people agreed."""

from pydantic import BaseModel, ConfigDict, field_validator

from astronote.services.consent import Evidence
from astronote.state.consent_sources import CONSENT_SOURCES, EXISTING_CUSTOMER


class Agreement(BaseModel):
    """The fields of ``components.agreement``."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, str_max_length=500)

    consentSource: str = ""
    consentText: str = ""

    @field_validator("consentSource")
    @classmethod
    def known(cls, value: str) -> str:
        """One of the choices."""
        if value not in dict(CONSENT_SOURCES):
            raise ValueError("Choose one of the list.")
        return value

    def proof(self) -> Evidence:
        """What was said of the consent."""
        customer = self.consentSource == EXISTING_CUSTOMER
        return Evidence(
            text=self.consentText,
            stated_source=self.consentSource,
            legal_basis="existing_customer" if customer else "consent",
        )
