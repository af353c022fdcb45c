import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ladders", "0002_standing_benched"),
        ("matches", "0002_duel_urgent"),
        ("submissions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="duel",
            name="challenger",
            field=models.ForeignKey(
                blank=True,
                help_text="Who asked for it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="challenges",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="duel",
            name="rated",
            field=models.BooleanField(db_default=True, default=True, help_text="Whether it counts on the ladder."),
        ),
        migrations.AddIndex(
            model_name="duel",
            index=models.Index(
                condition=models.Q(("challenger__isnull", False)),
                fields=["challenger", "-created"],
                name="duel_challenger",
            ),
        ),
    ]
