"""Django with one view and nothing else, as uvicorn serves it: what the cold start is divided by.

python -m bench.floors.bare PORT
"""

from __future__ import annotations

import sys

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def hello(_request: HttpRequest) -> HttpResponse:
    """The one page."""
    return HttpResponse("ready")


urlpatterns = [path("sign-in", hello)]

if __name__ == "__main__":
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="floor", DEBUG=False)  # noqa: S106
    uvicorn.run(get_asgi_application(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
