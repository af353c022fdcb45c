"""Signing up, in and out; the organiser's link; tokens."""

from __future__ import annotations

import pytest
from django.core import signing

from sparring.site.accounts import links
from sparring.site.accounts.links import make_token, organiser_link
from sparring.site.accounts.models import ApiToken, User, organiser

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def sign_up(client, name="carol", password=PASSWORD):
    return client.post("/account/sign-up/", {"username": name, "password1": password, "password2": password})


def test_a_person_signs_up_with_a_name_and_a_password_and_is_signed_in(client):
    assert sign_up(client).status_code == 302
    assert client.get("/account/").status_code == 200
    assert "carol" in client.get("/").content.decode()


def test_a_person_signs_out_and_in_again(client):
    sign_up(client)
    client.post("/account/sign-out/")
    assert client.get("/account/").status_code == 302
    client.post("/account/sign-in/", {"login": "carol", "password": PASSWORD})
    assert client.get("/account/").status_code == 200


def test_a_wrong_password_is_a_sentence_in_the_form(client):
    sign_up(client)
    client.post("/account/sign-out/")
    page = client.post("/account/sign-in/", {"login": "carol", "password": "wrong"}).content.decode()
    assert "password you specified" in page


@pytest.mark.parametrize("name", ["house", "learner", "organiser"])
def test_names_of_the_house_cannot_be_taken(client, name):
    assert sign_up(client, name).status_code == 200
    assert not User.objects.filter(username=name).exists()


def test_a_weak_password_is_refused(client):
    assert sign_up(client, password="12345").status_code == 200
    assert not User.objects.exists()


def test_after_signing_in_one_is_where_one_wanted_to_go(client):
    answer = client.get("/submit/")
    assert answer.url == "/account/sign-in/?next=/submit/"


def test_the_organisers_link_signs_in_once(client):
    path = organiser_link("http://127.0.0.1:8000").removeprefix("http://127.0.0.1:8000")
    assert client.get(path, follow=True).status_code == 200
    assert client.get("/desk/").status_code == 200
    client.logout()
    again = client.get(path)
    assert again.status_code == 400
    assert "has been used" in again.content.decode()
    assert client.get("/account/").status_code == 302


def test_looking_at_the_link_without_following_it_does_not_use_it_up(client):
    path = f"/sign-in/{make_token(organiser())}/"
    client.head(path)
    assert client.get(path).status_code == 302


def test_a_forged_link_is_refused(client):
    user = organiser()
    token = signing.dumps([user.pk, ""], key="another key", salt=links.SALT)
    assert client.get(f"/sign-in/{token}/").status_code == 400


def test_an_old_link_is_refused(client, monkeypatch):
    token = make_token(organiser())
    monkeypatch.setattr(links, "VALID_SECONDS", -1)
    page = client.get(f"/sign-in/{token}/")
    assert page.status_code == 400
    assert "no longer valid" in page.content.decode()


def test_there_is_one_organiser_without_a_password():
    assert organiser() == organiser()
    assert not organiser().has_usable_password()
    assert User.objects.filter(is_superuser=True).count() == 1


def test_a_token_is_shown_once_and_kept_as_a_digest(as_alice, alice):
    page = as_alice.post("/account/tokens/", {"name": "laptop"}).content.decode()
    text = page.partition('<code class="token">')[2].partition("<")[0]
    assert ApiToken.objects.user_of(text) == alice
    assert text not in as_alice.get("/account/").content.decode()
    assert not ApiToken.objects.filter(digest=text).exists()


def test_a_revoked_token_no_longer_works(as_alice, alice):
    token, text = ApiToken.objects.issue(alice, "laptop")
    as_alice.post(f"/account/tokens/{token.pk}/revoke/")
    assert ApiToken.objects.user_of(text) is None


def test_nobody_revokes_the_token_of_another(as_alice, bob):
    token, text = ApiToken.objects.issue(bob, "laptop")
    assert as_alice.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.user_of(text) == bob


def test_the_desk_is_for_the_organiser(as_alice):
    answer = as_alice.get("/desk/", follow=True)
    assert answer.status_code == 403
    assert "The desk is for the organiser." in answer.content.decode()
    as_alice.logout()
    assert as_alice.get("/desk/", follow=True).redirect_chain[-1][0] == "/account/sign-in/?next=%2Fdesk%2F"
