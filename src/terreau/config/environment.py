"""Reads the ``TERREAU_*`` variables and refuses a wrong value before anything starts."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

#: Every variable that is understood, with the sentence that explains it (docs/reference/settings.md).
VARIABLES: dict[str, str] = {
    "TERREAU_DATABASE_URL": "Base de données : sqlite:///chemin ou postgresql://… "
    "(par défaut un fichier SQLite dans le dossier de données).",
    "TERREAU_DATA_DIR": "Dossier de données : base SQLite, pièces, clé secrète (par défaut ./donnees).",
    "TERREAU_SECRET_KEY": "Clé secrète (par défaut : tirée au sort une fois, gardée dans le dossier).",
    "TERREAU_HOSTS": "Noms d'hôte servis, séparés par des virgules (par défaut localhost,127.0.0.1,[::1]).",
    "TERREAU_URL": "Adresse publique du site, par exemple https://terreau.example.org.",
    "TERREAU_DEBUG": "oui ou non : pages d'erreur détaillées, jamais en production (par défaut non).",
    "TERREAU_LOG": "texte ou json : forme des journaux techniques (par défaut texte).",
    "TERREAU_EMAIL_URL": "Envoi des courriels : smtp://…, smtps://… ou console: (par défaut console:).",
    "TERREAU_EMAIL_FROM": "Adresse d'expédition des courriels (par défaut terreau@localhost).",
    "TERREAU_OIDC_URL": "Fournisseur d'identité OpenID Connect, en plus des comptes par adresse : ce qui "
    "précède /.well-known/openid-configuration. Retour à déclarer chez lui : /oidc/oidc/retour/.",
    "TERREAU_OIDC_ID": "Identifiant de client donné par ce fournisseur d'identité.",
    "TERREAU_OIDC_SECRET": "Secret de client donné par ce fournisseur d'identité.",
    "TERREAU_OIDC_NAME": "Nom de ce fournisseur sur le bouton (par défaut « votre organisation »).",
    "TERREAU_OIDC_PROCONNECT_URL": "ProConnect, à côté des autres moyens de se connecter : son adresse. "
    "Retour à déclarer chez lui : /oidc/proconnect/retour/.",
    "TERREAU_OIDC_PROCONNECT_ID": "Identifiant de client donné par ProConnect.",
    "TERREAU_OIDC_PROCONNECT_SECRET": "Secret de client donné par ProConnect.",
    "TERREAU_TRUST_PROXY": "oui ou non : croire les en-têtes X-Forwarded-Proto et X-Forwarded-For du "
    "mandataire (par défaut non).",
    "TERREAU_RATE_LIMIT": "Demandes par minute à l'API, par adresse puis par jeton, ou non pour ne rien "
    "limiter (par défaut 600/3000).",
    "TERREAU_PAGE_CACHE": "oui ou non : garder les pages publiques en mémoire jusqu'à la prochaine écriture "
    "(par défaut oui).",
    "TERREAU_CLAMD": "Antivirus des pièces jointes (clamd) : chemin de sa prise (/run/clamav/clamd.ctl) ou "
    "hôte:port (par défaut aucun).",
    "TERREAU_OUTSIDE_DIRECTORY": "Annuaire extérieur (API Recherche d'entreprises), interrogé quand rien "
    "n'est détenu ici : son adresse, par exemple https://recherche-entreprises.api.gouv.fr (par défaut "
    "aucun : rien ne sort de la machine).",
    "TERREAU_VENV": "Environnement Python du lanceur ./terreau (par défaut .venv, à côté de lui).",
    "TERREAU_SHARED": "Dossier des échantillons réels, lu par les tests seulement (par défaut ../shared).",
    "TERREAU_TEST_DATABASE_FILE": "Fichier de la base SQLite des tests (réservé aux tests).",
    "TERREAU_TEST_KEEP": "Dossier où garder d'un essai à l'autre les bases dont partent les tests "
    "(réservé aux tests ; par défaut aucun).",
}

_YES, _NO = {"oui", "1", "true", "yes"}, {"non", "0", "false", "no", ""}


class Environment:
    """The variables of one process; each reader raises ``ImproperlyConfigured`` with what to write."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        unknown = sorted(name for name in values if name.startswith("TERREAU_") and name not in VARIABLES)
        if unknown:
            known = ", ".join(sorted(VARIABLES))
            raise ImproperlyConfigured(f"Variable inconnue : {', '.join(unknown)}. Connues : {known}.")

    def read(self, name: str, parse: Callable[[str], Any], default: Any) -> Any:
        """Return ``parse(value)``, or ``default`` when the variable is absent or empty."""
        value = self.values.get(name, "").strip()
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}={value!r} n'est pas valable : {error}") from error

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no."""
        return bool(self.read(name, _flag, default))

    def folder(self, name: str, default: Path) -> Path:
        """Return a folder, made when it does not exist."""
        path = Path(self.read(name, lambda text: Path(text).expanduser(), default)).resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name} : le dossier {path} ne peut pas être créé ({error})."
            ) from error
        return path

    def identity_providers(self) -> list[dict[str, Any]]:
        """Return the providers of identity that the variables describe whole, none when none is."""
        found = [
            self._identity_provider("OIDC_PROCONNECT", "proconnect", "ProConnect", _PROCONNECT),
            self._identity_provider("OIDC", "oidc", "votre organisation", _USUAL),
        ]
        return [one for one in found if one]

    def _identity_provider(self, group: str, key: str, name: str, scope: list[str]) -> dict[str, Any] | None:
        prefix = f"TERREAU_{group}"
        values = {part: self.values.get(f"{prefix}_{part}", "").strip() for part in ("URL", "ID", "SECRET")}
        if not any(values.values()):
            return None
        if missing := [f"{prefix}_{part}" for part, value in values.items() if not value]:
            given = ", ".join(f"{prefix}_{part}" for part, value in values.items() if value)
            raise ImproperlyConfigured(f"{given} ne suffit pas : il manque {', '.join(missing)}.")
        return {
            "provider_id": key,
            "name": self.read(f"{prefix}_NAME", str, name) if key == "oidc" else name,
            "client_id": values["ID"],
            "secret": values["SECRET"],
            "settings": {"server_url": self.read(f"{prefix}_URL", public_url, ""), "scope": scope},
        }


_USUAL = ["openid", "profile", "email"]
_PROCONNECT = ["openid", "given_name", "usual_name", "email", "siret"]


def origins(providers: dict[str, Any]) -> list[str]:
    """Return the origins of providers of identity, for the policy of forms."""
    addresses = [urlsplit(app["settings"]["server_url"]) for app in providers["openid_connect"]["APPS"]]
    return sorted({f"{one.scheme}://{one.netloc}" for one in addresses})


def _flag(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError("écrire oui ou non")


def choice(*allowed: str) -> Callable[[str], str]:
    """Return a parser that accepts one of ``allowed``."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"écrire {' ou '.join(allowed)}")
        return text

    return parse


def database(url: str) -> dict[str, Any]:
    """Return Django's database settings for an ``sqlite:///`` or ``postgresql://`` address."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)
        if not path.strip("/"):
            raise ValueError("écrire sqlite:////chemin/absolu/terreau.sqlite3")
        return sqlite(Path(path))
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("écrire sqlite:///… ou postgresql://utilisateur:motdepasse@hôte:port/base")
    if not parts.path.strip("/"):
        raise ValueError("il manque le nom de la base : postgresql://hôte/base")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def sqlite(path: Path) -> dict[str, Any]:
    """Return Django's settings for an SQLite file: WAL, immediate transactions, foreign keys held."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # To open the file is to read the definitions of some four hundred tables: longer than a page takes.
        "CONN_MAX_AGE": 3_600,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456; PRAGMA cache_size=-32768"
            ),
        },
    }


def scanner(text: str) -> str:
    """Return the address of clamd: the path of its socket, or ``host:port``."""
    if text.startswith("/"):
        return text
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("écrire /chemin/de/la/prise ou hôte:port")
    return text


def email(url: str) -> dict[str, Any]:
    """Return Django's e-mail settings for ``console:``, ``smtp://…`` or ``smtps://…``."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("écrire console: ou smtp://utilisateur:motdepasse@hôte:587 ou smtps://…")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
    }


def public_url(text: str) -> str:
    """Return an ``http(s)://host`` address without a final slash."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("écrire https://nom.du.site")
    return text.rstrip("/")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Requests a minute that the API serves: to an address without a token, and to a token."""

    anonymous: int = 600
    token: int = 3000


def rate_limit(text: str) -> RateLimit | None:
    """Return the limits of ``600/3000``; ``non`` is no limit."""
    if text.lower() in _NO:
        return None
    anonymous, _, token = text.partition("/")
    if not (anonymous.isdecimal() and token.isdecimal()) or "0" in {anonymous, token}:
        raise ValueError("écrire deux nombres par minute, 600/3000, ou non")
    return RateLimit(int(anonymous), int(token))


def hosts(text: str) -> list[str]:
    """Return the host names of a comma-separated list; ``*`` is refused."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if "*" in names:
        raise ValueError("« * » accepte n'importe quel nom : écrire les noms servis")
    return names


def secret_key(folder: Path) -> str:
    """Return the key kept in ``folder``, drawn at the first start and readable by its owner only."""
    path = folder / "cle-secrete"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(64)
        file.write(key)
    return key
