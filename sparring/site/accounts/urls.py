from allauth.account import views as allauth
from django.urls import include, path

from sparring.site.accounts import views

arena = [
    path("sign-in/<str:token>/", views.sign_in_link, name="sign-in-link"),
    path("account/", views.account, name="account"),
    path("account/tokens/", views.issue_token, name="issue-token"),
    path("account/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke-token"),
]

# The names are those that django-allauth looks up. Mail is not sent, so nothing that needs it is here.
urlpatterns = [
    path("account/sign-in/", allauth.login, name="account_login"),
    path("account/sign-up/", allauth.signup, name="account_signup"),
    path("account/sign-out/", allauth.logout, name="account_logout"),
    path("account/password/", allauth.password_change, name="account_change_password"),
    path("account/password/set/", allauth.password_set, name="account_set_password"),
    path("account/confirm/", allauth.reauthenticate, name="account_reauthenticate"),
    path("account/inactive/", allauth.account_inactive, name="account_inactive"),
    path("", include((arena, "accounts"))),
]
