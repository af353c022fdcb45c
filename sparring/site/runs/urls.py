from django.urls import path

from sparring.site.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("<str:name>/", views.run, name="run"),
    path("<str:name>/live/", views.live, name="run-live"),
]
