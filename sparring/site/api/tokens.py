"""Who asks: the bearer of a token from an account page."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from sparring.site.accounts.models import ApiToken, User


class Token(HttpBearer):
    """``Authorization: Bearer spar_…``: a token from one's account page."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return ApiToken.objects.user_of(token)
