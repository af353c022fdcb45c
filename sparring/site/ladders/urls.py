from django.urls import path

from sparring.site.ladders import views

app_name = "ladders"
urlpatterns = [
    path("", views.ladders, name="ladders"),
    path("<slug:slug>/", views.ladder, name="ladder"),
    path("<slug:slug>/table/", views.table, name="table"),
]
