"""Settings: one class, read from the environment and ``.env``.

Secrets have no working default. With the embedded storage they are generated once
into ``secrets.env`` in the data directory; with a ``DATABASE_URL`` of one's own the
program refuses to start without them and names what is missing.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

STRIPE = "https://api.stripe.com"


class Settings(BaseSettings):
    """Everything that can be set; a field's name in capitals is its variable."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True, env_ignore_empty=True)

    astronote_data_dir: Path = Field(
        Path(".astronote"), description="Where the embedded storage, uploads and secrets live."
    )
    astronote_embedded: bool = Field(
        False, description="Set by `astronote up` for its parts: the storage is the embedded one."
    )

    astronote_run: str = Field(
        "", description="Set by `astronote up` for its parts: which start they belong to."
    )

    # SMS
    mitto_api_base: str = Field(
        "https://messaging.mittoapi.com", description="Base address of the SMS provider's API."
    )
    mitto_api_key: SecretStr = Field(
        SecretStr(""), description="Key for the SMS provider; unset, the simulator is started."
    )
    mitto_sender: str = Field("Astronote", description="Sender name where a shop has none.")
    sms_traffic_account_id: str = Field(
        "demo",
        description="The provider's traffic account.",
        validation_alias=AliasChoices("sms_traffic_account_id", "mitto_traffic_account_id"),
    )
    sms_batch_size: int = Field(200, ge=1, le=1000, description="Messages in one provider call.")
    sms_send_debug: bool = Field(False, description="Log provider calls (masked).")
    debug_send_logs: bool = Field(False, description="Log the steps of the send pipeline (masked).")

    # Secrets
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Proves a webhook's caller; several, comma-separated, to rotate."
    )
    unsubscribe_token_secret: SecretStr = Field(
        SecretStr(""), description="Signs links in messages; several, newest first, to rotate."
    )
    jwt_secret: SecretStr = Field(SecretStr(""), description="Signs session tokens.")
    phone_hash_secret: SecretStr = Field(
        SecretStr(""), description="Keys the phone HMAC of suppression lists. Never change it."
    )
    stripe_secret_key: SecretStr = Field(SecretStr(""), description="Stripe's API key.")
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Stripe's signing secret; several, comma-separated, to rotate."
    )
    stripe_api_base: str = Field(
        STRIPE, description="Base address of Stripe's API; `astronote up` names its stand-in."
    )

    # Public addresses
    public_web_base_url: str = Field(
        "http://127.0.0.1:3000",
        description="Origin of short links and public pages.",
        validation_alias=AliasChoices(
            "public_web_base_url",
            "public_retail_base_url",
            "retail_api_base_url",
            "next_public_retail_api_base_url",
            "next_public_public_base_url",
        ),
    )
    frontend_url: str = Field("", description="Origin of the app; the public origin when empty.")

    # Storage
    database_url: str = Field("", description="PostgreSQL 15+; unset: the embedded one.")
    redis_url: str = Field("", description="Redis or Valkey; unset: the embedded one.")
    redis_host: str = Field("", description="Used with the next four where REDIS_URL is unset.")
    redis_port: int = Field(6379, description="Port of the Redis server.")
    redis_username: str = Field("", description="User at the Redis server.")
    redis_password: SecretStr = Field(SecretStr(""), description="Password at the Redis server.")
    redis_tls: bool = Field(False, description="Speak TLS to the Redis server.")
    db_pool_size: int = Field(20, ge=1, description="Database connections of one process.")

    # Queues
    queue_disabled: bool = Field(False, description="No queue; `astronote work --once` drains.")
    queue_rate_max: int = Field(
        0, ge=0, description="Messages in a window, all workers; 0: no limit."
    )
    queue_rate_duration_ms: int = Field(1000, ge=1, description="Length of that window.")
    queue_attempts: int = Field(5, ge=1, description="Tries of a job that is safe to repeat.")
    queue_backoff_ms: int = Field(1000, ge=1, description="First pause between such tries.")
    scheduler_concurrency: int = Field(1, ge=1, description="Scheduler jobs at once in a process.")
    status_refresh_concurrency: int = Field(2, ge=1, description="Status look-ups at once.")
    worker_threads: int = Field(4, ge=1, description="Jobs at once in one worker process.")

    # Scheduling
    schedule_sweep_interval_ms: int = Field(5000, ge=100, description="Pause between sweeps.")
    schedule_sweep_limit: int = Field(25, ge=1, description="Campaigns started in one sweep.")
    send_claim_stale_minutes: float = Field(
        2.0, gt=0, description="Age at which a claim without a result is settled."
    )

    # Credits
    credits_included_monthly: int = Field(500, ge=0, description="Credits with a paid month.")
    credits_included_yearly: int = Field(7500, ge=0, description="Credits with a paid year.")
    credit_reservation_ttl_minutes: int = Field(60, ge=1, description="Life of a reservation.")
    credit_reservation_reconcile_cron: str = Field("*/10 * * * *", description="When to reconcile.")
    credit_price_eur: float = Field(0.045, ge=0, description="Price of one credit.")
    credit_vat_rate: float = Field(0.24, ge=0, description="VAT on credits.")
    plan_price_monthly_eur: float = Field(
        29.0, ge=0, description="Price of a month's subscription, before VAT."
    )
    plan_price_yearly_eur: float = Field(
        290.0, ge=0, description="Price of a year's subscription, before VAT."
    )
    credit_unit: Literal["message", "part"] = Field(
        "message", description="What one credit pays for."
    )

    # Mail
    smtp_url: SecretStr = Field(SecretStr(""), description="smtp://user:password@host:port")
    mail_from: str = Field("", description="Sender of e-mails.")

    # Web
    trusted_proxy_hops: int = Field(0, ge=0, description="Reverse proxies in front.")
    session_days: int = Field(30, ge=1, description="Life of a sign-in.")
    metrics_token: SecretStr = Field(SecretStr(""), description="Bearer token for /metrics.")
    require_sender_approval: bool | None = Field(
        None, description="Operators approve sender names; on in production, off when embedded."
    )
    webhook_retention_days: int = Field(30, ge=1, description="Raw webhooks are kept.")
    import_retention_days: int = Field(30, ge=1, description="Import files and rows are kept.")
    public_event_retention_days: int = Field(
        180, ge=1, description="Addresses and agents are kept."
    )
    idempotency_retention_days: int = Field(3, ge=1, description="Finished keys are kept.")

    # Links
    shortener: Literal["custom", "bitly", "tinyurl"] = Field(
        "custom",
        description="Who shortens a text's own addresses; with another shortener their clicks "
        "are counted by link, no longer by person.",
    )
    short_code_length: int = Field(10, ge=8, le=24, description="Characters of a short code.")
    bitly_token: SecretStr = Field(SecretStr(""), description="Bitly's access token.")
    tinyurl_token: SecretStr = Field(SecretStr(""), description="TinyURL's API token.")

    @property
    def missing_shortener_token(self) -> str:
        """The name of the token that the chosen shortener lacks; '' where nothing is missing."""
        tokens = {"bitly": self.bitly_token, "tinyurl": self.tinyurl_token}
        token = tokens.get(self.shortener)
        lacks = token is not None and not token.get_secret_value().strip()
        return f"{self.shortener}_token".upper() if lacks else ""

    @property
    def production(self) -> bool:
        """A storage of one's own, so no secret is made up."""
        return bool(self.database_url) and not self.astronote_embedded

    @property
    def payments_possible(self) -> bool:
        """Whether Stripe can be asked: keys of its own, or made-up ones for a stand-in."""
        key = self.stripe_secret_key.get_secret_value()
        if not key or not self.stripe_webhook_secret.get_secret_value():
            return False
        return self.stripe_api_base != STRIPE or key.startswith(("sk_", "rk_"))

    @property
    def sender_approval_required(self) -> bool:
        """Whether an operator must approve a sender name before real sends."""
        if self.require_sender_approval is None:
            return self.production
        return self.require_sender_approval

    @property
    def redis_address(self) -> str:
        """``REDIS_URL``, or one made of the single ``REDIS_*`` settings; '' when neither is set."""
        if self.redis_url or not self.redis_host:
            return self.redis_url
        scheme = "rediss" if self.redis_tls else "redis"
        password = self.redis_password.get_secret_value()
        login = f"{self.redis_username}:{password}@" if password or self.redis_username else ""
        return f"{scheme}://{login}{self.redis_host}:{self.redis_port}"

    @property
    def public_base(self) -> str:
        """Origin of public links, without a slash at its end."""
        return self.public_web_base_url.rstrip("/")

    @property
    def secure_cookies(self) -> bool:
        """Whether the app is reached over https."""
        return (self.frontend_url or self.public_web_base_url).startswith("https://")

    def missing_secrets(self) -> list[str]:
        """Names of secrets that are needed and not set."""
        needed = ("webhook_secret", "unsubscribe_token_secret", "jwt_secret", "phone_hash_secret")
        return [n.upper() for n in needed if not getattr(self, n).get_secret_value()]


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once.

    The environment wins over ``.env``, which wins over the data directory's
    ``secrets.env``.
    """
    data_dir = Path(os.environ.get("ASTRONOTE_DATA_DIR") or ".astronote")
    return Settings(_env_file=(data_dir / "secrets.env", ".env"))
