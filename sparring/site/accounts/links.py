"""One-time sign-in links: signed, valid for a day, and used up by the first sign-in after they were made."""

from __future__ import annotations

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from sparring.errors import SparringError
from sparring.site.accounts.models import User, organiser

SALT = "sparring.site.accounts.links"
VALID_SECONDS = 24 * 3600


def organiser_link(base_url: str) -> str:
    """A link that signs the organiser in, once: ``http://127.0.0.1:8000/sign-in/TOKEN/``."""
    return base_url.rstrip("/") + reverse("accounts:sign-in-link", args=[make_token(organiser())])


def make_token(user: User) -> str:
    """A token for ``user``. It carries the last sign-in: the next sign-in makes it stale."""
    return signing.dumps([user.pk, _last_sign_in(user)], salt=SALT)


def redeem(token: str) -> User:
    """Whose token this is; uses it up. Raises SparringError when it is forged, expired or used."""
    try:
        number, seen = signing.loads(token, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature as error:
        raise SparringError("This sign-in link is no longer valid; start the arena again to get a new one.") from error
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=number, is_active=True).first()
        if user is None or _last_sign_in(user) != seen:
            raise SparringError("This sign-in link has been used; start the arena again to get a new one.")
        user.last_login = timezone.now()
        user.save(update_fields=["last_login"])
    return user


def _last_sign_in(user: User) -> str:
    return user.last_login.isoformat() if user.last_login else ""
