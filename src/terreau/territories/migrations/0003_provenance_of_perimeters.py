"""What each perimeter is worth, and when the register learnt of it."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("territories", "0002_base_load"),
    ]

    operations = [
        migrations.AddField(
            model_name="perimeter",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="enregistré le"),
        ),
        migrations.AddField(
            model_name="perimeter",
            name="status",
            field=models.CharField(default="declare", max_length=10, verbose_name="état"),
        ),
        migrations.AlterField(
            model_name="perimeter",
            name="recorded_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, null=True, verbose_name="enregistré le"
            ),
        ),
    ]
