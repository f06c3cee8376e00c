"""People who sign in. What they may do within a pole or a territory lives in those rooms."""

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password the account can only be opened by a link."""
        if not email:
            raise ValueError("an e-mail address is needed")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an administrator of the site."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address. The journal names people by ``id`` only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("adresse électronique"), max_length=254, unique=True)
    name = models.CharField(_("nom affiché"), max_length=120, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    is_active = models.BooleanField(_("actif"), default=True)
    is_staff = models.BooleanField(_("équipe du site"), default=False)
    joined_at = models.DateTimeField(_("inscrit le"), default=timezone.now)
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)
    erasure_told_at = models.DateTimeField(_("effacement annoncé le"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_once",
                violation_error_message=_("Un compte existe déjà avec cette adresse."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class GlobalRoleQuerySet(models.QuerySet["GlobalRole"]):
    def held_on(self, day: date) -> "GlobalRoleQuerySet":
        """Roles in force on a day."""
        return self.filter(models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=day), valid_from__lte=day)


class GlobalRole(models.Model):
    """A dated role on the whole site. Roles within a pole or a territory are in their own room."""

    class Role(models.TextChoices):
        MODERATOR = "moderator", _("modération")
        OFFICER = "officer", _("instruction")
        ADMINISTRATOR = "administrator", _("administration")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="global_roles")
    role = models.CharField(_("rôle"), max_length=20, choices=Role.choices)
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[GlobalRoleQuerySet] = GlobalRoleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rôle sur le site")
        verbose_name_plural = _("rôles sur le site")
        constraints = [
            # Ended the day it began: never held. An end is at once.
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="accounts_role_ends_after_start",
                violation_error_message=_("La fin ne peut pas précéder le début."),
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(valid_to__isnull=True),
                name="accounts_role_once",
                violation_error_message=_("Cette personne tient déjà ce rôle."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class OpenSession(models.Model):
    """A session of a person, as its owner is shown it. It goes with the session itself."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="open_sessions")
    device = models.CharField(_("appareil"), max_length=60, blank=True)
    opened_at = models.DateTimeField(_("ouverte le"), default=timezone.now)

    class Meta:
        verbose_name = _("session ouverte")
        verbose_name_plural = _("sessions ouvertes")

    def __str__(self) -> str:
        return f"{self.user_id} {self.opened_at:%Y-%m-%d} {self.device}"


class CalendarKey(models.Model):
    """The digest of the secret in the address of a person's calendar; one in force at a time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_keys")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("faite le"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("finie le"), null=True, blank=True)

    objects: ClassVar[models.Manager["CalendarKey"]] = models.Manager()

    class Meta:
        verbose_name = _("clé de calendrier")
        verbose_name_plural = _("clés de calendriers")
        ordering = ["user", "made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at=None), name="accounts_one_calendar_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"
