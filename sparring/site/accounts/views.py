"""A person's account: API tokens, and the organiser's way in. Signing in and up is django-allauth's."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from sparring.site.accounts.links import redeem
from sparring.site.accounts.models import ApiToken
from sparring.site.accounts.requests import PersonalRequest

MOST_TOKENS = 20


class TokenForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="What it is for: laptop, notebook, CI.")


@never_cache
@require_GET
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whoever holds a valid link; it works once."""
    user = redeem(token)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    messages.success(request, f"Welcome, {user.username}.")
    return redirect("home")


@never_cache
@login_required
@require_safe
def account(request: PersonalRequest) -> HttpResponse:
    return _page(request, TokenForm())


@never_cache
@login_required
@require_POST
def issue_token(request: PersonalRequest) -> HttpResponse:
    """Make a token and show it this one time."""
    form = TokenForm(request.POST)
    if request.user.tokens.count() >= MOST_TOKENS:
        form.add_error(None, f"You have {MOST_TOKENS} tokens; revoke one that you no longer use.")
    if not form.is_valid():
        return _page(request, form, status=400)
    _, text = ApiToken.objects.issue(request.user, form.cleaned_data["name"])
    return _page(request, TokenForm(), new_token=text)


@login_required
@require_POST
def revoke_token(request: PersonalRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    token.delete()
    messages.success(request, f"The token '{token.name}' no longer works.")
    return redirect("accounts:account")


def desk_login(request: HttpRequest) -> HttpResponse:
    """The desk has no sign-in page of its own. Raises PermissionDenied for who has signed in and may not sit there."""
    if request.user.is_authenticated:
        raise PermissionDenied("The desk is for the organiser.")
    return redirect(f"{reverse('account_login')}?{urlencode({'next': request.GET.get('next', '/desk/')})}")


def _page(request: PersonalRequest, form: TokenForm, new_token: str = "", status: int = 200) -> HttpResponse:
    context = {"form": form, "tokens": request.user.tokens.all(), "new_token": new_token}
    return render(request, "accounts/account.html", context, status=status)
