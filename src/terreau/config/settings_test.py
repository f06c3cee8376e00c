"""Settings of the test session, stricter than production."""

import os
import tempfile

os.environ.setdefault("TERREAU_DATA_DIR", tempfile.mkdtemp(prefix="terreau-tests-"))

from terreau.config.settings import *  # noqa: F403
from terreau.config.settings import DATABASES, TEMPLATES, env


class UndefinedVariable(str):
    """Makes a template that names an unknown variable fail."""

    __slots__ = ()

    def __contains__(self, item: object) -> bool:
        return item == "%s" or super().__contains__(str(item))

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"undefined template variable: {name}")


SECRET_KEY = "only-for-tests"  # noqa: S105
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable("%s")  # type: ignore[index]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # Tests with two connections need a file.
    name = env.read("TERREAU_TEST_DATABASE_FILE", str, str(DATA_DIR / "tests.sqlite3"))  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": name}
RATE_LIMIT = None
# Tests of the page cache turn it on; elsewhere a page is made each time.
PAGE_CACHE = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
# Tests of the limits turn them on; elsewhere people of tests sign in as often as they like.
ACCOUNT_RATE_LIMITS = False  # type: ignore[assignment]
MFA_RATE_LIMITS = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
