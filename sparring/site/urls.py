"""Every address of the site, by app."""

from django.contrib import admin
from django.urls import include, path

from sparring.site import home
from sparring.site.accounts import views as accounts
from sparring.site.api.endpoints import api

admin.site.site_header = admin.site.site_title = "Sparring"
admin.site.index_title = "The organiser's desk"

urlpatterns = [
    path("", home.home, name="home"),
    path("live/", home.live, name="home-live"),
    path("", include("sparring.site.accounts.urls")),
    path("games/", include("sparring.site.games.urls")),
    path("ladders/", include("sparring.site.ladders.urls")),
    path("ladders/", include("sparring.site.analysis.urls")),
    path("ladders/", include("sparring.site.seasons.urls")),
    path("tournaments/", include("sparring.site.tournaments.urls")),
    path("", include("sparring.site.submissions.urls")),
    path("", include("sparring.site.matches.urls")),
    path("runs/", include("sparring.site.runs.urls")),
    path("play/", include("sparring.site.play.urls")),
    path("api/", api.urls),
    path("desk/login/", accounts.desk_login),
    path("desk/work/", include("sparring.site.work.urls")),
    path("desk/", admin.site.urls),
]

handler400 = "sparring.site.problems.bad_request"
handler403 = "sparring.site.problems.forbidden"
handler404 = "sparring.site.problems.not_found"
handler500 = "sparring.site.problems.server_error"
