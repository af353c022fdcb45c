from django.urls import path

from sparring.site.seasons import views

app_name = "seasons"
urlpatterns = [
    path("<slug:slug>/seasons/", views.seasons, name="seasons"),
    path("<slug:slug>/seasons/<int:number>/", views.season, name="season"),
]
