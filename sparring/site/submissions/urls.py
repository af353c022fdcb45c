from django.urls import path

from sparring.site.submissions import views

app_name = "submissions"
urlpatterns = [
    path("submit/", views.submit, name="submit"),
    path("submissions/", views.mine, name="mine"),
    path("submissions/rows/", views.rows, name="rows"),
    path("agents/", views.agents, name="agents"),
    path("agents/<int:pk>/", views.agent, name="agent"),
    path("agents/<int:pk>/<int:number>/", views.version, name="version"),
]
