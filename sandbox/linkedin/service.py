"""The simulated LinkedIn as one thing to build in: its site, its routes, its carrier and its town."""

from __future__ import annotations

from functools import partial
from random import Random

import httpx
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.linkedin.api import Api
from sandbox.linkedin.control import LinkedInControl
from sandbox.linkedin.delivery import LinkedInCarrier
from sandbox.linkedin.site import Site
from sandbox.linkedin.stage import LinkedInStage
from sandbox.outbox import Outbox
from sandbox.store import Store
from sandbox.town.life import Town
from sandbox.town.runs import Pace, Runs

_PACE = Pace(at_first=20.0, later=60.0)  # fewer write here than on Facebook


class LinkedInService:
    """Everything of LinkedIn over one store."""

    def __init__(self, store: Store, outbox: Outbox, clock: Clock, seed: int, http: httpx.AsyncClient) -> None:
        self.site = Site(store, outbox, clock, Random(seed))
        self.carrier = LinkedInCarrier(self.site)
        stage = LinkedInStage(self.site)
        self.runs = Runs(store, stage, clock, seed, partial(Town, stage), _PACE)
        self._http = http

    def routes(self) -> list[Route]:
        """What clients call, and how it is steered."""
        return [*LinkedInControl(self.site, self._http).routes(), *Api(self.site, self._http).routes()]
