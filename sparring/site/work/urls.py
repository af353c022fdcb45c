from django.urls import path

from sparring.site.work import views

app_name = "work"
urlpatterns = [
    path("", views.work, name="work"),
    path("<str:kind>/<int:pk>/", views.decide, name="decide"),
]
