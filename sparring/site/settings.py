"""Django's settings. Everything that an organiser may change comes from the environment; docs/site.md lists it."""

from __future__ import annotations

import os
from pathlib import Path

from django.utils.functional import lazy

from sparring.engine import home
from sparring.site.database import database_settings
from sparring.site.secret_key import secret_key

HERE = Path(__file__).parent

DEBUG = os.environ.get("SPARRING_DEBUG") == "1"
SECRET_KEY = lazy(secret_key, str)()
ALLOWED_HOSTS = [host for host in os.environ.get("SPARRING_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("SPARRING_ORIGINS", "").split(",") if origin]
BEHIND_TLS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "ninja",
    "sparring.site.accounts",
    "sparring.site.games",
    "sparring.site.submissions",
    "sparring.site.publications",
    "sparring.site.ladders",
    "sparring.site.matches",
    "sparring.site.audits",
    "sparring.site.analysis",
    "sparring.site.seasons",
    "sparring.site.tournaments",
    "sparring.site.work",
    "sparring.site.runs",
    "sparring.site.play",
    "sparring.site.api",
]

MIDDLEWARE = [
    "sparring.site.security.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "sparring.site.security.UploadLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sparring.site.security.SparringErrors",
]

ROOT_URLCONF = "sparring.site.urls"
WSGI_APPLICATION = "sparring.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sparring.site.context.navigation",
            ],
            "builtins": [
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
                "sparring.site.templatetags.arena",
            ],
        },
    }
]

DATABASES = {"default": database_settings(os.environ.get("DATABASE_URL"), home())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "arena"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_USERNAME_BLACKLIST = ["house", "organiser", "learner", "admin", "sparring"]
ACCOUNT_SESSION_REMEMBER = True
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sparring.site.static_files.StampedStaticFiles"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "sparring.site.problems.csrf_failure"

LEASE_SECONDS = float(os.environ.get("SPARRING_LEASE_SECONDS", "30"))
SANDBOX_DRIVERS = os.environ.get("SPARRING_SANDBOX", "bubblewrap,docker").split(",")
SUBMISSION_MAX_MIB = int(os.environ.get("SPARRING_SUBMISSION_MIB", "64"))
PUBLISH_GIT = os.environ.get("SPARRING_PUBLISH_GIT", "")
PUBLISH_LINK = os.environ.get("SPARRING_PUBLISH_LINK", "")
PACKAGE_INDEX = os.environ.get("SPARRING_PACKAGE_INDEX", "")
PACKAGE_HOSTS = os.environ.get("SPARRING_PACKAGE_HOSTS", "")
BUILD_SECONDS = float(os.environ.get("SPARRING_BUILD_SECONDS", "600"))
BUILD_MIB = int(os.environ.get("SPARRING_BUILD_MIB", "2048"))
BUILD_MEMORY_MIB = int(os.environ.get("SPARRING_BUILD_MEMORY_MIB", "2048"))
IMAGES = os.environ.get("SPARRING_IMAGES", "")
IMAGE_BASES = os.environ.get("SPARRING_IMAGE_BASES", "")
IMAGE_PULL = os.environ.get("SPARRING_IMAGE_PULL", "") == "1"
IMAGE_MIB = int(os.environ.get("SPARRING_IMAGE_MIB", "1024"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:7} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"sparring": {"level": os.environ.get("SPARRING_LOG", "INFO")}},
}
