"""The WSGI application, for gunicorn: ``gunicorn sparring.site.wsgi --worker-class gthread --threads 8``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sparring.site.settings")

application = get_wsgi_application()
