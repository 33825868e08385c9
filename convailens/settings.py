"""Every setting, read from the environment in this one file. `docs/configuration.md` lists each variable.

Secrets have no default outside DEBUG; what is unsafe in production is refused by the system checks in `checks.py`.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from convailens.admin_theme import UNFOLD as _ADMIN_THEME
from convailens.lib import log as _log

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.3.0"


def env(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def env_bool(name: str, default: bool = False) -> bool:
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_int(name: str, default: int) -> int:
    return int(env(name) or default)


def env_float(name: str, default: float) -> float:
    return float(env(name) or default)


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


# --- Who and where -----------------------------------------------------------------------------------------------
DEBUG = False  # Django's debug pages show local variables: conversation text. Never on, not even in the demo.
#: The demo and the tests say so; it relaxes what needs TLS or a real domain, and is refused on Railway.
DEMO = env_bool("CONVAILENS_DEMO")
SECRET_KEY = env("SECRET_KEY") or ("demo-only-" + "0" * 50 if DEMO else "")
PUBLIC_URL = env("PUBLIC_URL", "http://127.0.0.1:8000" if DEMO else "").rstrip("/")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver" if DEMO else "") or [
    urlsplit(PUBLIC_URL).hostname or ""
]
if not DEMO:
    ALLOWED_HOSTS.append("healthcheck.railway.app")  # Railway's health check comes under this name.
CSRF_FAILURE_VIEW = "convailens.lib.problems.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
#: Exact scheme://host:port list: the only exemption from "https, Kommo's hosts, public addresses".
SANDBOX_ORIGINS = env_list("SANDBOX_ORIGINS")

# --- Applications ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "convailens.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "convailens",
    "accounts",
    "billing",
    "transcription",
    "analysis",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "convailens.urls"
ASGI_APPLICATION = "convailens.asgi.application"
UNFOLD = _ADMIN_THEME
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- The web process: threads, bounds --------------------------------------------------------------------------------
REQUEST_THREADS = env_int("REQUEST_THREADS", 8)
REQUEST_QUEUE = env_int("REQUEST_QUEUE", 64)
RUN_DATABASE_THREADS = env_int("RUN_DATABASE_THREADS", 4)
RUN_OUTGOING_THREADS = env_int("RUN_OUTGOING_THREADS", 8)
RUN_QUEUE = env_int("RUN_QUEUE", 400)
DRAIN_S = env_float(
    "DRAIN_S", 25
)  # Railway's draining time is set to 30 s; what is left after this is recorded as interrupted.
BODY_LIMIT_BYTES = 4 * 1024 * 1024
BODY_TIMEOUT_S = env_float("BODY_TIMEOUT_S", 60)  # For a whole body to arrive: 4 MB at half a megabit a second.
# Above our own cap, since Django spools what exceeds these to a temporary file: text would reach the disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_BYTES + 1024 * 1024

# --- Postgres and Redis ------------------------------------------------------------------------------------------
DATABASE_URL = env("DATABASE_URL")
_dsn = conninfo_to_dict(DATABASE_URL) if DATABASE_URL else {}
#: Threads that finish Kommo's install hooks beside the requests.
HOOK_THREADS = 4
_pool_size = REQUEST_THREADS + RUN_DATABASE_THREADS + RUN_OUTGOING_THREADS + HOOK_THREADS
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": str(_dsn.pop("dbname", "convailens")),
        "USER": str(_dsn.pop("user", "")),
        "PASSWORD": str(_dsn.pop("password", "")),
        "HOST": str(_dsn.pop("host", "")),
        "PORT": str(_dsn.pop("port", "")),
        "CONN_MAX_AGE": 0,
        # A transaction pooler keeps no server-side cursor between two transactions.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "pool": {"min_size": 0, "max_size": env_int("DATABASE_POOL", _pool_size), "timeout": 5},
            **_dsn,
        },
    }
}
REDIS_URL = env("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cl",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,  # Only ever a cache: without Redis each answer is fetched anew.
        },
    }
}

# --- Secrets and outside services ------------------------------------------------------------------------------------
#: Fernet keys, newest first; `manage.py rotate_keys` re-encrypts with the first.
TOKEN_KEYS = env_list("TOKEN_KEYS", "A" * 43 + "=" if DEMO else "")
KOMMO_CLIENT_ID = env("KOMMO_CLIENT_ID")
KOMMO_CLIENT_SECRET = env("KOMMO_CLIENT_SECRET")
KOMMO_REDIRECT_URI = env("KOMMO_REDIRECT_URI") or f"{PUBLIC_URL}/oauth/kommo/callback"
KOMMO_OAUTH_URL = env("KOMMO_OAUTH_URL", "https://www.kommo.com/oauth")
KOMMO_REQUESTS_PER_SECOND = env_int("KOMMO_REQUESTS_PER_SECOND", 7)
OPENAI_API_KEY = env("OPENAI_API_KEY")
OPENAI_BASE_URL = env("OPENAI_BASE_URL", "https://api.openai.com/v1")
OPENAI_MODEL = env("OPENAI_MODEL", "gpt-4o-mini")
OPENAI_SUCCESSOR_MODEL = env("OPENAI_SUCCESSOR_MODEL", "gpt-6-luna")
ANALYSIS_DEADLINE_S = env_float("ANALYSIS_DEADLINE_S", 60)
MODEL_TIMEOUT_S = env_float("MODEL_TIMEOUT_S", 25)  # Without a byte from the model.
DEEPGRAM_API_KEY = env("DEEPGRAM_API_KEY")
DEEPGRAM_BASE_URL = env("DEEPGRAM_BASE_URL", "https://api.deepgram.com").rstrip("/")
DEEPGRAM_MODEL = env("DEEPGRAM_MODEL", "nova-3")
#: `multi` (any of many languages, also mixed), `detect` (found out by Deepgram), or one language tag for everybody.
DEEPGRAM_LANGUAGE = env("DEEPGRAM_LANGUAGE", "multi")
DEEPGRAM_LANGUAGE_HINTS = env_list("DEEPGRAM_LANGUAGE_HINTS", "en,es,pt")
DEEPGRAM_TIMEOUT_S = env_float("DEEPGRAM_TIMEOUT_S", 30)  # For a short recording; longer ones get more.
AUDIO_MAX_BYTES = env_int("AUDIO_MAX_BYTES", 40 * 1024 * 1024)
AUDIO_MAX_S = env_float("AUDIO_MAX_S", 90 * 60)
AUDIO_TIMEOUT_S = env_float("AUDIO_TIMEOUT_S", 60)  # For a whole download.
NOTE_WAIT_S = env_float("NOTE_WAIT_S", 10)  # Before the notes are looked through for one that may have been written.
LEASE_S = env_float("LEASE_S", 30)
LEASE_RENEWAL_S = env_float("LEASE_RENEWAL_S", 10)

# --- Privacy -------------------------------------------------------------------------------------------------------
#: Who runs the service, as the policy page names it: the company, its address, its country.
LEGAL_ENTITY = env("LEGAL_ENTITY", "ConvAI Lens")

# --- Throttles (calls a minute) ------------------------------------------------------------------------------------
THROTTLE_ANALYSES_ACCOUNT = env_int("THROTTLE_ANALYSES_ACCOUNT", 60)
THROTTLE_ANALYSES_USER = env_int("THROTTLE_ANALYSES_USER", 10)
THROTTLE_ANALYSES_ADDRESS = env_int("THROTTLE_ANALYSES_ADDRESS", 30)
THROTTLE_VOICE_USER = env_int("THROTTLE_VOICE_USER", 30)
THROTTLE_VOICE_ACCOUNT = env_int("THROTTLE_VOICE_ACCOUNT", 120)
THROTTLE_SESSION_ADDRESS = env_int("THROTTLE_SESSION_ADDRESS", 30)
THROTTLE_READS_USER = env_int("THROTTLE_READS_USER", 120)
MIN_WIDGET_VERSION = env("MIN_WIDGET_VERSION", "0.1.0")

# --- API -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.WidgetSessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["convailens.lib.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "convailens.lib.problems.as_problem",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ConvAI Lens API",
    "DESCRIPTION": "What the widget on a Kommo lead card calls: open a session, analyse, have recordings transcribed.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_NAME_OVERRIDES": {
        "AskedSourceEnum": ["auto", "card", "pasted"],
        "SourceEnum": ["talks", "card", "pasted"],
        "MessageKindEnum": ["text", "voice", "image", "file", "sticker", "location"],
        "RecordingKindEnum": "transcription.models.Kind",
        "RunStateEnum": ["running", "done", "failed"],
        "TranscriptionStateEnum": "transcription.models.State",
    },
}
CORS_ORIGIN_PATTERN = r"https://[a-z0-9-]+\.(kommo\.com|amocrm\.com|amocrm\.ru)"

# --- Languages, time, static files -----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("pt", "Português")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["convailens.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # Nothing is ever uploaded or kept in files.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEMO

# --- Security ------------------------------------------------------------------------------------------------------
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # Railway's edge always sets it.
SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # Kommo's redirect back to us is a top-level GET.
SESSION_COOKIE_AGE = 8 * 3600
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
#: How many proxies of ours stand before the service; the client's address is read that far from the right.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0 if DEMO else 1)

# --- Logs and checks -----------------------------------------------------------------------------------------------
LOG_LEVEL = env("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env("LOG_FORMAT", "auto")
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = _log.configuration(
    level=LOG_LEVEL,
    as_json=LOG_FORMAT == "json" or (LOG_FORMAT == "auto" and not os.isatty(2)),
)
#: Days from disconnecting to the erasure of all data, as the policy page says.
GRACE_PERIOD_DAYS = env_int("GRACE_PERIOD_DAYS", 30)
#: Every app with tenant data has an eraser, a module with `count` and `erase`; they run in this order, children first.
PRIVACY_ERASERS = ["accounts.traces", "analysis.eraser", "transcription.eraser", "billing.eraser", "accounts.eraser"]
#: What each app shows on an account's page in the admin.
ACCOUNT_PANELS = [
    "accounts.admin.connection_panel",
    "billing.admin.usage_panel",
    "analysis.admin.latest_panel",
    "transcription.admin.latest_panel",
    "accounts.admin.audit_panel",
]
#: Jobs of no app; apps' `tasks` modules are found by themselves.
PROCRASTINATE_IMPORT_PATHS = ["convailens.jobs"]
#: Modules whose `begin` coroutine runs when the web process starts; it returns the coroutine that closes it.
WEB_PROCESS_PARTS = ["analysis.web_process"]
