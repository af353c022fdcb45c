"""Requests as views see them once the middleware and ``login_required`` have done their part. For type checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from sparring.site.accounts.models import User


class ArenaRequest(HttpRequest):
    """Any request to the site."""

    htmx: HtmxDetails


class PersonalRequest(ArenaRequest):
    """A request of somebody who has signed in."""

    user: User


class TokenRequest(HttpRequest):
    """A request to the API that carries a valid token."""

    auth: User
