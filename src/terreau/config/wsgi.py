"""WSGI entry point."""

import atexit
import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "terreau.config.settings")
_django = get_wsgi_application()

# What follows reads the settings.
from django.urls import get_resolver  # noqa: E402

from terreau.config.front import PageFront  # noqa: E402

application = PageFront(_django)

# The addresses and all that they import are read before the processes part. What is read stays for ever: the
# collector looks at it no more, where looking at it again stopped a page for a fifth of a second.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
# Templates and tables read later stay too: with the usual thresholds they are looked at every few pages.
gc.set_threshold(10_000, 20, 50)
atexit.register(gc.unfreeze)
