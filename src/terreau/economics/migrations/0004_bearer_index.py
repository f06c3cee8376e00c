from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("economics", "0003_waiting_index")]

    operations = [
        migrations.RemoveIndex(model_name="line", name="economics_line_bearer"),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(
                fields=["book", "bearer", "on", "level", "borne", "nature", "side", "cents"],
                name="economics_line_bearer",
            ),
        ),
    ]
