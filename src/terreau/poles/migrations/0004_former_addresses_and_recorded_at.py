"""Addresses that poles left; when stages and recognitions were recorded (unknown for those already there)."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def recorded(model, **options):
    field = models.DateTimeField(editable=False, null=True, verbose_name="enregistré le", **options)
    operation = migrations.AlterField if options else migrations.AddField
    return operation(model_name=model, name="recorded_at", field=field)


class Migration(migrations.Migration):
    dependencies = [
        ("poles", "0003_place_of_a_listing"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerSlug",
            fields=[
                (
                    "slug",
                    models.SlugField(
                        max_length=80, primary_key=True, serialize=False, verbose_name="adresse"
                    ),
                ),
                ("left_at", models.DateTimeField(verbose_name="quittée le")),
                (
                    "pole",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_slugs",
                        to="poles.pole",
                    ),
                ),
            ],
            options={
                "verbose_name": "ancienne adresse d'un pôle",
                "verbose_name_plural": "anciennes adresses des pôles",
                "ordering": ["slug"],
            },
        ),
        recorded("stagemove"),
        recorded("recognition"),
        recorded("stagemove", default=django.utils.timezone.now),
        recorded("recognition", default=django.utils.timezone.now),
        migrations.AddIndex(
            model_name="stagemove", index=models.Index(fields=["recorded_at"], name="poles_stage_recorded")
        ),
        migrations.AddIndex(
            model_name="recognition",
            index=models.Index(fields=["recorded_at"], name="poles_recognition_recorded"),
        ),
    ]
