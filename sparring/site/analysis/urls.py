from django.urls import path

from sparring.site.analysis import views

app_name = "analysis"
urlpatterns = [
    path("<slug:slug>/beside/", views.beside, name="beside"),
    path("<slug:slug>/authors/", views.authors, name="authors"),
]
