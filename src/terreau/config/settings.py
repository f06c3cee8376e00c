"""Settings of Terreau. Everything that changes from one machine to another is a TERREAU_* variable."""

import os
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from terreau.config import environment
from terreau.config.logs import logging_settings

PACKAGE_DIR = Path(__file__).resolve().parent.parent
env = environment.Environment(os.environ)
#: Read by the page of settings (docs/reference/settings.md).
ENVIRONMENT_VARIABLES = environment.VARIABLES

DATA_DIR = env.folder("TERREAU_DATA_DIR", PACKAGE_DIR.parent.parent / "donnees")
PIECES_DIR = DATA_DIR / "pieces"
PIECES_MAX_BYTES = 20_000_000
#: What scans pieces; without it they are accepted by their type alone.
CLAMD = env.read("TERREAU_CLAMD", environment.scanner, "")
#: Published dumps of the open data (sheets.dumps).
DUMPS_DIR = DATA_DIR / "donnees-ouvertes"
#: Ledgers of all poles as files, for the worker to count on: private.
SNAPSHOTS_DIR = DATA_DIR / "instantanes"
#: Where official registers are read and compared (directory).
DIRECTORY_DIR = DATA_DIR / "repertoires"
#: Asked when nothing is held here; empty: nothing leaves the machine (directory.outside).
OUTSIDE_DIRECTORY = env.read("TERREAU_OUTSIDE_DIRECTORY", environment.public_url, "")
SECRET_KEY = env.read("TERREAU_SECRET_KEY", str, None) or environment.secret_key(DATA_DIR)
DEBUG = env.flag("TERREAU_DEBUG")
ALLOWED_HOSTS = env.read("TERREAU_HOSTS", environment.hosts, ["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.read("TERREAU_URL", environment.public_url, "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    # Before allauth, whose templates it replaces.
    "terreau.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_tasks",
    "django_tasks_db",
    "terreau.common",
    "terreau.design",
    "terreau.subjects",
    "terreau.pieces",
    "terreau.notices",
    "terreau.journal",
    "terreau.search",
    "terreau.jobs",
    "terreau.imports",
    "terreau.territories",
    "terreau.directory",
    "terreau.actors",
    "terreau.facts",
    "terreau.grids",
    "terreau.flows",
    "terreau.publication",
    "terreau.poles",
    "terreau.census",
    "terreau.governance",
    "terreau.cooperations",
    "terreau.exchanges",
    "terreau.means",
    "terreau.projects",
    "terreau.indicators",
    "terreau.billing",
    "terreau.fees",
    "terreau.trade",
    "terreau.netting",
    "terreau.bookkeeping",
    "terreau.economics",
    "terreau.forecast",
    "terreau.calls",
    "terreau.dossiers",
    "terreau.envelopes",
    "terreau.instruction",
    "terreau.selection",
    "terreau.agreements",
    "terreau.followup",
    "terreau.labels",
    "terreau.procedures",
    "terreau.snapshot",
    "terreau.charters",
    "terreau.reviews",
    "terreau.sheets",
    "terreau.api",
    "terreau.web",
]

MIDDLEWARE = [
    "terreau.config.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "terreau.web.caching.PageCacheMiddleware",
    "terreau.api.reads.PublicReadMiddleware",
    "terreau.api.errors.ApiErrorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "terreau.api.limits.RateLimitMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "terreau.accounts.open_sessions.OpenSessionMiddleware",
    "terreau.accounts.second_factor.SecondFactorMiddleware",
    "terreau.design.errors.DomainErrorMiddleware",
]

ROOT_URLCONF = "terreau.config.urls"
WSGI_APPLICATION = "terreau.config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "terreau.design.context.design",
                "terreau.census.context.moderates",
                "terreau.notices.context.unread",
                "terreau.procedures.context.procedures",
            ],
        },
    },
]

DATABASES = {
    "default": env.read(
        "TERREAU_DATABASE_URL", environment.database, environment.sqlite(DATA_DIR / "terreau.sqlite3")
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "terreau.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "terreau.accounts.entrance.Entrance",
    "signup": "terreau.accounts.entrance.Opening",
}
ACCOUNT_SIGNUP_FORM_CLASS = "terreau.accounts.forms.SignupForm"
#: A field that people do not see and machines fill.
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "site_web"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
#: One address at a time: a new one takes the place of the other when it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Terreau – "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
#: Seconds that a link to a new password opens: an hour. It opens once, and not after a new password.
PASSWORD_RESET_TIMEOUT = 3_600
#: Attempts, in the file that the processes share (``CACHES``).
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/300s/key",
    "signup": "20/h/ip",
    "reset_password": "20/h/ip,5/h/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 0
MFA_ADAPTER = "terreau.accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {"add_webauthn": "terreau.accounts.forms.PasskeyForm"}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
#: An address that waits for its confirmation does not enter; one with a factor may still be changed.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "terreau.accounts.adapter.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "terreau.accounts.oidc.Provider", "APPS": env.identity_providers()},
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "arrival"

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

STATIC_URL = "/statique/"
STATIC_ROOT = DATA_DIR / "statique"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 600

CACHES = {
    "default": {
        # Limits of sign-in hold whatever process answers.
        "BACKEND": "terreau.common.file_cache.FileCache",
        "LOCATION": str(DATA_DIR / "run" / "limites-connexion"),
    },
}

#: Keep public pages in memory until anything is written (web.caching).
PAGE_CACHE = env.flag("TERREAU_PAGE_CACHE", default=True)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        # Signing in leads to the provider of identity by a form.
        "form-action": [SELF, *environment.origins(SOCIALACCOUNT_PROVIDERS)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []
TRUST_PROXY = env.flag("TERREAU_TRUST_PROXY")
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

# The largest body the API reads (a perimeter of every commune of France is 350 kB).
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Requests a minute to the API; the file is shared by the processes of this machine (api.limits).
RATE_LIMIT = env.read("TERREAU_RATE_LIMIT", environment.rate_limit, environment.RateLimit())
RATE_LIMIT_FILE = DATA_DIR / "run" / "limites-api"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "ENQUEUE_ON_COMMIT": True}}

vars().update(env.read("TERREAU_EMAIL_URL", environment.email, environment.email("console:")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.read("TERREAU_EMAIL_FROM", str, "terreau@localhost")

LOGGING = logging_settings(env.read("TERREAU_LOG", environment.choice("texte", "json"), "texte"))
SILENCED_SYSTEM_CHECKS: list[str] = []

#: COG year of the embedded base.
COG_YEAR = 2026
