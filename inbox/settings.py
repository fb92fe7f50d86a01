"""Django's settings. Production is the default; SAMSVAR_DEMO relaxes what a laptop without TLS needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from inbox.environment import read_environment
from inbox.house_mail import read_mail_url
from inbox.logs import logging_config
from inbox.production import refuse_unsafe

BASE_DIR = Path(__file__).resolve().parent.parent
_env = read_environment(os.environ)
refuse_unsafe(_env)

DEMO: bool = _env["SAMSVAR_DEMO"]
DEBUG = False
SECRET_KEY: str = _env["SAMSVAR_SECRET_KEY"]
KEY_RING: str = _env["SAMSVAR_KEYS"]
HASH_KEY: bytes = _env["SAMSVAR_HASH_KEY"].encode()
HOME: Path = _env["SAMSVAR_HOME"]
COMPANY: str = _env["SAMSVAR_COMPANY"]
PORT: int = _env["PORT"]
HOST: str = _env["HOST"]
LISTEN_FD: int = _env["SAMSVAR_LISTEN_FD"]
REQUIRE_SECOND_FACTOR: list[str] = _env["SAMSVAR_REQUIRE_SECOND_FACTOR"]
OIDC_ISSUER: str = _env["SAMSVAR_OIDC_ISSUER"].rstrip("/")
OIDC_CLIENT_ID: str = _env["SAMSVAR_OIDC_CLIENT_ID"]
OIDC_CLIENT_SECRET: str = _env["SAMSVAR_OIDC_CLIENT_SECRET"]
UNDO_SECONDS: int = _env["SAMSVAR_UNDO_SECONDS"]
BEAT_SECONDS: int = _env["SAMSVAR_BEAT_SECONDS"]
FILE_MAX_BYTES: int = _env["SAMSVAR_FILE_MAX_BYTES"]
SCAN_COMMAND: str = _env["SAMSVAR_SCAN_COMMAND"]
REVEAL_MINUTES: int = _env["SAMSVAR_REVEAL_MINUTES"]
REVEALS_PER_HOUR: int = _env["SAMSVAR_REVEALS_PER_HOUR"]
API_RATE_PER_MINUTE: int = _env["SAMSVAR_API_RATE_PER_MINUTE"]
DELIVERY_DAYS: int = _env["SAMSVAR_DELIVERY_DAYS"]
WEBHOOK_MAX_BYTES: int = _env["SAMSVAR_WEBHOOK_MAX_BYTES"]
WEBHOOK_BUFFER: int = _env["SAMSVAR_WEBHOOK_BUFFER"]
SANDBOX_FILE: str = _env["SAMSVAR_SANDBOX_FILE"]
PLATFORM_URLS: dict[str, str] = _env["SAMSVAR_PLATFORM_URLS"]
METRICS_TOKEN: str = _env["SAMSVAR_METRICS_TOKEN"]
ALIVE_FILE: str = _env["SAMSVAR_ALIVE_FILE"]

ALLOWED_HOSTS: list[str] = _env["SAMSVAR_ALLOWED_HOSTS"] or ["localhost", "127.0.0.1", "[::1]", HOST]
ROOT_URLCONF = "inbox.urls"
ASGI_APPLICATION = "inbox.asgi.application"
CELERY_APPLICATION = "inbox.celery.app"  # loaded when the first hint is sent, see core.jobs
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "lucide",
    "core.keys",
    "core.users",
    "core.audit",
    "tickets",
    "connectors",
    "privacy",
    "inbox.live",
    "inbox",
]
MIDDLEWARE = [
    "inbox.metrics.request_metrics",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "inbox.middleware.PersonLocaleMiddleware",
    "inbox.middleware.PersonZoneMiddleware",
    "inbox.middleware.SignedOutMiddleware",
    "inbox.middleware.LastSeenMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "inbox.middleware.RefusalMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "inbox.context.house",
            ],
            "builtins": [
                "lucide.templatetags.lucide",
                "inbox.templatetags.samsvar",
                "inbox.templatetags.thread",
                "inbox.templatetags.keys",
                "inbox.templatetags.furniture",
            ],
        },
    }
]

DATABASES: dict[str, Any] = {"default": dj_database_url.parse(_env["DATABASE_URL"], engine="core.pool")}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("application_name", "samsvar")
REDIS_URL: str = _env["REDIS_URL"]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "samsvar",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True

_mail = read_mail_url(_env["SAMSVAR_MAIL_URL"], demo=DEMO)
MAIL_ON = _mail.on
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _mail.backend, _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = _mail.starttls, _mail.tls, 20
DEFAULT_FROM_EMAIL: str = _env["SAMSVAR_MAIL_FROM"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 0 if DEMO else 60 * 60 * 24 * 365
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEMO
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # whether browsers preload the domain is its owner's to decide
SECURE_PROXY_SSL_HEADER = None if DEMO else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE: str = _env["SAMSVAR_LANGUAGE"]
LANGUAGES = [
    ("en", _("English")),
    ("nb", _("Norsk bokmål")),
    ("sv", _("Svenska")),
    ("da", _("Dansk")),
    ("fi", _("Suomi")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE: str = _env["SAMSVAR_TIME_ZONE"]
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT: Path = _env["SAMSVAR_STATIC_ROOT"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "inbox.storage.HashedStaticFiles"},
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "inbox.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["inbox.api.parsers.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "inbox.api.errors.answer",
    "DEFAULT_SCHEMA_CLASS": "inbox.api.schema.HouseSchema",
    "DEFAULT_METADATA_CLASS": None,
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Samsvar",
    "DESCRIPTION": "The inbox as programs use it. Texts are masked, as on the pages.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "TicketStatus": "tickets.models.ticket.Status",
        "MessageState": "tickets.models.message.MessageState",
        "DeliveryState": "tickets.models.message.PartState",
        "ActionState": "connectors.models.ActionState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "inbox.api.schema.describe_refusals",
    ],
}

LOG_LEVEL: str = _env["SAMSVAR_LOG_LEVEL"]
LOGGING = logging_config(demo=DEMO, level=LOG_LEVEL)
