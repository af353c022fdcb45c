from django.urls import path

from sparring.site.tournaments import views

app_name = "tournaments"
urlpatterns = [
    path("", views.tournaments, name="tournaments"),
    path("<slug:slug>/", views.tournament, name="tournament"),
    path("<slug:slug>/<int:number>/", views.edition, name="edition"),
    path("<slug:slug>/<int:number>/live/", views.live, name="live"),
    path("<slug:slug>/<int:number>/again/", views.reopen, name="reopen"),
    path("<slug:slug>/<int:number>/call-off/", views.stop, name="call-off"),
]
