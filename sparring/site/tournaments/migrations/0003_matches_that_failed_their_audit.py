from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tournaments", "0002_tables_and_who_plays_alone")]

    operations = [
        migrations.AddField(
            model_name="bout",
            name="bad",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Matches of the duel that failed their audit."
            ),
        ),
        migrations.AddField(
            model_name="bout",
            name="struck",
            field=models.BooleanField(
                db_default=False, default=False, help_text="It counts no more, and is played again."
            ),
        ),
    ]
