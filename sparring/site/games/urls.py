from django.urls import path

from sparring.site.games import views

app_name = "games"
urlpatterns = [
    path("", views.games, name="games"),
    path("<str:name>/", views.game, name="game"),
    path("<str:name>/picture.svg", views.picture, name="picture"),
]
