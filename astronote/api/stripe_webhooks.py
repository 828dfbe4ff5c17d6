"""What Stripe calls: signed events, stored as they came and applied by a worker."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from astronote import jobs
from astronote.api.webhooks import read_whole
from astronote.db import system_transaction
from astronote.integrations import stripe
from astronote.services import stripe_events

LARGEST_BODY = 1024 * 1024
APPLY = "billing.apply_stripe_events"

router = APIRouter(tags=["webhooks"])


@router.post("/webhooks/stripe")
async def events(request: Request) -> dict[str, bool]:
    """One event; the signature is proved over the body as it came."""
    body = await read_whole(request, LARGEST_BODY)
    return {"new": await run_in_threadpool(_keep, body, request.headers.get("stripe-signature"))}


def _keep(body: bytes, signature: str | None) -> bool:
    event = stripe.read_event(body, signature)
    with system_transaction() as session:
        new = stripe_events.store(session, event)
    if new:
        jobs.ring(jobs.QUEUES[APPLY], APPLY)
    return new
