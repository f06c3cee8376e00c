"""WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "terreau.config.settings")
_django = get_wsgi_application()

# What follows reads the settings.
from terreau.config.front import PageFront  # noqa: E402

application = PageFront(_django)
