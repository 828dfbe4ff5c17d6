"""The Mitto simulator: a program of its own that speaks Mitto's API over real HTTP.

It accepts messages, posts delivery receipts back, shows what arrived as shoppers' phones and
can be told to misbehave.  It shares no code with the product, so what runs against it is the
product's own client and webhooks.
"""

from astronote.simulator.app import create_app
from astronote.simulator.behaviour import Behaviour, BehaviourError
from astronote.simulator.config import SimulatorConfig
from astronote.simulator.server import run

__all__ = ["Behaviour", "BehaviourError", "SimulatorConfig", "create_app", "run"]
