from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0005_container_images")]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="options",
            field=models.JSONField(
                blank=True, db_default={}, default=dict, help_text="Of the game, where they are not its defaults."
            ),
        ),
    ]
