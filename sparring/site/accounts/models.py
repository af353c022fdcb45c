"""People and their API tokens."""

from __future__ import annotations

import hashlib
import secrets
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models.functions import Now

TOKEN_PREFIX = "spar_"


class User(AbstractUser):
    """Someone who signs in. The organiser is a superuser."""


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(self, user: User, name: str) -> tuple[ApiToken, str]:
        """Make a token; its text is returned once and never stored."""
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        return self.create(user=user, name=name, digest=digest(text)), text

    def user_of(self, text: str) -> User | None:
        """Whose token this is; None for a text that is no valid token."""
        token = self.select_related("user").filter(digest=digest(text), user__is_active=True).first()
        if token is None:
            return None
        self.filter(pk=token.pk).update(used=Now())
        return token.user


class ApiToken(models.Model):
    """Lets a program act for its owner. Only a digest of the token is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField(null=True)

    objects: ClassVar[ApiTokenManager] = ApiTokenManager()

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"


def digest(text: str) -> str:
    """What is stored of a token. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def organiser() -> User:
    """The organiser: the first superuser, made on first use, without a password."""
    with transaction.atomic():
        user = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if user is None:
            user = User(username="organiser", is_staff=True, is_superuser=True)
            user.set_unusable_password()
            user.save()
        return user
