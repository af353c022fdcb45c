from django.urls import path

from sparring.site.play import views

app_name = "play"
urlpatterns = [
    path("", views.choose, name="play"),
    path("against/<int:version_id>/", views.begin, name="begin"),
    path("<uuid:key>/", views.match, name="match"),
    path("<uuid:key>/act/", views.act, name="act"),
]
