"""What each row is worth and when the register learnt of it; moves of the register status."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import terreau.common.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("actors", "0004_people"),
        ("pieces", "0001_initial"),
        ("poles", "0005_counts_of_facets"),
        ("territories", "0003_provenance_of_perimeters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisterMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "before",
                    models.CharField(
                        choices=[("repere", "repéré"), ("declare", "déclaré"), ("verifie", "vérifié")],
                        max_length=8,
                        verbose_name="avant",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("repere", "repéré"), ("declare", "déclaré"), ("verifie", "vérifié")],
                        max_length=8,
                        verbose_name="après",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="motif")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="enregistré le"
                    ),
                ),
            ],
            options={
                "verbose_name": "changement d'état au registre",
                "verbose_name_plural": "changements d'état au registre",
                "ordering": ["pole", "id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="carrier",
            name="poles_carrier_no_overlap",
        ),
        migrations.RemoveConstraint(
            model_name="membership",
            name="poles_membership_no_overlap",
        ),
        migrations.RemoveConstraint(
            model_name="placelink",
            name="poles_place_once",
        ),
        migrations.AddField(
            model_name="carrier",
            name="end_recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="fin enregistrée le"),
        ),
        migrations.AddField(
            model_name="carrier",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="enregistré le"),
        ),
        migrations.AddField(
            model_name="carrier",
            name="status",
            field=models.CharField(
                choices=[
                    ("verifie", "vérifié"),
                    ("justifie", "justifié"),
                    ("declare", "déclaré"),
                    ("calcule", "calculé"),
                    ("estime", "estimé"),
                ],
                default="declare",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AddField(
            model_name="carrier",
            name="struck_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="rayé le"),
        ),
        migrations.AddField(
            model_name="membership",
            name="end_recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="fin enregistrée le"),
        ),
        migrations.AddField(
            model_name="membership",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="enregistré le"),
        ),
        migrations.AddField(
            model_name="membership",
            name="status",
            field=models.CharField(
                choices=[
                    ("verifie", "vérifié"),
                    ("justifie", "justifié"),
                    ("declare", "déclaré"),
                    ("calcule", "calculé"),
                    ("estime", "estimé"),
                ],
                default="declare",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="struck_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="rayé le"),
        ),
        migrations.AddField(
            model_name="placelink",
            name="end_recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="fin enregistrée le"),
        ),
        migrations.AddField(
            model_name="placelink",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="enregistré le"),
        ),
        migrations.AddField(
            model_name="placelink",
            name="status",
            field=models.CharField(
                choices=[
                    ("verifie", "vérifié"),
                    ("justifie", "justifié"),
                    ("declare", "déclaré"),
                    ("calcule", "calculé"),
                    ("estime", "estimé"),
                ],
                default="declare",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AddField(
            model_name="placelink",
            name="struck_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="rayé le"),
        ),
        migrations.AddField(
            model_name="recognition",
            name="end_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="motif de la fin"),
        ),
        migrations.AddField(
            model_name="recognition",
            name="end_recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="fin enregistrée le"),
        ),
        migrations.AddField(
            model_name="recognition",
            name="ended_on",
            field=models.DateField(blank=True, null=True, verbose_name="terminée le"),
        ),
        migrations.AddField(
            model_name="recognition",
            name="status",
            field=models.CharField(
                choices=[
                    ("verifie", "vérifié"),
                    ("justifie", "justifié"),
                    ("declare", "déclaré"),
                    ("calcule", "calculé"),
                    ("estime", "estimé"),
                ],
                default="declare",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AddField(
            model_name="stagemove",
            name="status",
            field=models.CharField(
                choices=[
                    ("verifie", "vérifié"),
                    ("justifie", "justifié"),
                    ("declare", "déclaré"),
                    ("calcule", "calculé"),
                    ("estime", "estimé"),
                ],
                default="declare",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="end_recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="fin enregistrée le"),
        ),
        migrations.AddField(
            model_name="statement",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="enregistré le"),
        ),
        migrations.AddField(
            model_name="statement",
            name="status",
            field=models.CharField(
                choices=[
                    ("verifie", "vérifié"),
                    ("justifie", "justifié"),
                    ("declare", "déclaré"),
                    ("calcule", "calculé"),
                    ("estime", "estimé"),
                ],
                default="declare",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="struck_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="rayé le"),
        ),
        migrations.AddConstraint(
            model_name="carrier",
            constraint=terreau.common.constraints.NoOverlap(
                end="valid_to",
                fields=["pole", "actor"],
                name="poles_carrier_no_overlap",
                start="valid_from",
                unless="struck_at",
                violation_error_message="Cette structure porte déjà le pôle à ces dates.",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=terreau.common.constraints.NoOverlap(
                end="valid_to",
                fields=["pole", "actor", "role"],
                name="poles_membership_no_overlap",
                start="valid_from",
                unless="struck_at",
                violation_error_message="Cet acteur tient déjà ce rôle dans le pôle à ces dates.",
            ),
        ),
        migrations.AddConstraint(
            model_name="placelink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("struck_at__isnull", True)),
                fields=("pole", "place"),
                name="poles_place_once",
                violation_error_message="Ce lieu est déjà un lieu du pôle.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recognition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("end_reason", ""), ("end_recorded_at__isnull", True), ("ended_on__isnull", True)
                    ),
                    models.Q(
                        ("end_recorded_at__isnull", False),
                        ("ended_on__isnull", False),
                        models.Q(("end_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="poles_recognition_end_has_reason",
                violation_error_message="La fin d'une reconnaissance a une date et un motif.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recognition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("on__isnull", True),
                    ("ended_on__isnull", True),
                    ("ended_on__gt", models.F("on")),
                    _connector="OR",
                ),
                name="poles_recognition_ends_after",
                violation_error_message="La fin doit suivre le début.",
            ),
        ),
        migrations.AddField(
            model_name="registermove",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="registermove",
            name="pole",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="register_moves", to="poles.pole"
            ),
        ),
        migrations.AddConstraint(
            model_name="registermove",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="poles_register_move_has_reason",
                violation_error_message="Un changement d'état a un motif.",
            ),
        ),
        migrations.AddConstraint(
            model_name="registermove",
            constraint=models.CheckConstraint(
                condition=models.Q(("before", models.F("status")), _negated=True),
                name="poles_register_move_changes",
                violation_error_message="C'est déjà son état.",
            ),
        ),
        migrations.AddConstraint(
            model_name="registermove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "verifie"), _negated=True), ("by__isnull", False), _connector="OR"
                ),
                name="poles_verified_by_a_person",
                violation_error_message="« Vérifié » se dit par une personne.",
            ),
        ),
        migrations.AlterField(
            model_name="carrier",
            name="recorded_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, null=True, verbose_name="enregistré le"
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="recorded_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, null=True, verbose_name="enregistré le"
            ),
        ),
        migrations.AlterField(
            model_name="placelink",
            name="recorded_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, null=True, verbose_name="enregistré le"
            ),
        ),
        migrations.AlterField(
            model_name="statement",
            name="recorded_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, null=True, verbose_name="enregistré le"
            ),
        ),
    ]
