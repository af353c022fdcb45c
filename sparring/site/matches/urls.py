from django.urls import path

from sparring.site.matches import challenge_views, views

app_name = "matches"
urlpatterns = [
    path("matches/", views.matches, name="matches"),
    path("matches/<int:pk>/", views.match, name="match"),
    path("matches/<int:pk>/board.svg", views.board, name="board"),
    path("matches/<int:pk>/record", views.record, name="record"),
    path("duels/<int:pk>/", views.duel, name="duel"),
    path("ladders/<slug:slug>/pairings/", views.ledger, name="ledger"),
    path("challenges/<slug:slug>/", challenge_views.challenge_page, name="challenge"),
]
