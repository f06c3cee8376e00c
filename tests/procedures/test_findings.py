"""What a published penetration test of the nearest peer found (Hypha, docs/references/security.md): not here.

One elevated, five moderate and thirteen low findings, numbered as in that page; a test or more for each.
"""

import io
import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django import forms
from django.core import mail
from django.core.management.utils import get_random_secret_key
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import now

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.config import environment
from terreau.design.forms import BaseForm
from terreau.instruction import assigning
from terreau.pieces.actions import attach
from terreau.subjects import actions as subjects
from tests.dossiers import making
from tests.instruction import conftest as office
from tests.people import enrol

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "terreau"
PASSWORD = "une phrase assez longue"
PAYLOAD = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
ROOMS = ("calls", "dossiers", "envelopes", "instruction", "selection", "agreements", "followup", "labels",
         "procedures")  # fmt: skip


@pytest.fixture
def person(db: None) -> User:
    user = User.objects.create_user("camille@example.org", PASSWORD, name="Camille")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def signed_in(user: User, *, seconds_ago: int = 3_600) -> Client:
    """Return a session opened some time ago: nothing was proved since."""
    client = Client()
    client.force_login(user)
    session = client.session
    record = {"method": "password", "at": time.time() - seconds_ago, "email": user.email}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session.save()
    return client


def templates() -> list[Path]:
    return [path for room in ROOMS for path in sorted((SOURCE / room).rglob("*.html"))]


# Elevated


def test_e1_what_is_typed_is_text_everywhere() -> None:
    """No rich text is taken, so that none must be cleaned: templates of the procedures escape everything."""
    assert templates()
    raw = re.compile(r"\|\s*safe\b|autoescape off|safeseq")
    # The drawing to scan is made by us of a token of ours.
    drawn = "{{ drawing|safe }}"
    assert [str(path) for path in templates() if raw.search(path.read_text().replace(drawn, ""))] == []


def test_e1_words_of_a_form_built_by_its_owner_are_escaped() -> None:
    """Labels and helps of fields come from calls: the components that draw them escape both."""

    class Built(BaseForm):
        answer = forms.CharField(label=PAYLOAD, help_text=PAYLOAD, initial=PAYLOAD)

    drawn = str(Built())
    assert "<script>" not in drawn
    assert "<img src=x" not in drawn
    assert drawn.count("&lt;script&gt;") >= 3


# Moderate


def test_m1_m2_l1_operators_are_told_which_tls_and_ciphers() -> None:
    """Terreau ends no TLS: what it asks of the proxy is written, and cookies and HSTS follow HTTPS."""
    said = (ROOT / "SECURITY.md").read_text()
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in said
    assert "no TLS 1.0 nor 1.1" in said
    assert "no 3DES, no CBC" in said


def test_m1_https_brings_secure_cookies_and_hsts(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECRET_KEY")
    script = f"from django.conf import settings as s; print(*(getattr(s, name) for name in {names!r}))"
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TERREAU_")},
        "TERREAU_DATA_DIR": str(tmp_path),
        "TERREAU_URL": "https://terreau.example",
        "DJANGO_SETTINGS_MODULE": "terreau.config.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, env=variables, capture_output=True, text=True, check=True)
    session, csrf, hsts, key = done.stdout.split()
    assert (session, csrf) == ("True", "True")
    assert int(hsts) >= 31_536_000
    assert len(key) >= 64


def test_m3_an_address_changes_after_a_proof_only(person: User) -> None:
    client = signed_in(person)
    answer = client.post("/compte/adresse/", {"email": "voleur@example.org", "action_add": ""})
    assert answer["Location"].startswith("/compte/confirmer-acces/")
    assert list(EmailAddress.objects.values_list("email", flat=True)) == [person.email]
    assert mail.outbox == []


@pytest.mark.parametrize("path", ["securite/application/desactiver/", "securite/codes/nouveaux/"])
def test_m4_a_second_factor_goes_after_a_proof_only(person: User, path: str) -> None:
    enrol(person)
    client = signed_in(person)
    answer = client.get(f"/compte/{path}")
    assert answer["Location"].startswith("/compte/confirmer-acces/code/")
    answer = client.post(f"/compte/{path}")
    assert answer["Location"].startswith("/compte/confirmer-acces/code/")
    assert person.authenticator_set.filter(type="totp").exists()


def test_m5_no_script_runs_that_is_not_ours(client: Client, db: None) -> None:
    """Were anything let through, the browser would not run it."""
    policy = client.get("/compte/connexion/")["Content-Security-Policy"]
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    assert rules["base-uri"] == "'none'"


# Low (1, on CBC ciphers, is with the moderate ones)


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:a"]
)
def test_l2_no_address_given_leads_elsewhere(person: User, away: str) -> None:
    client = Client()
    answer = client.post(f"/compte/connexion/?next={away}", {"login": person.email, "password": PASSWORD,
                                                             "next": away})  # fmt: skip
    assert answer["Location"] == "/compte/arrivee/"
    client.get("/compte/securite/obligatoire/", {"next": away})
    assert "after_enrolment" not in client.session


def test_l2_pages_of_procedures_redirect_to_names_not_to_what_is_given() -> None:
    given = re.compile(r"(redirect|HttpResponseRedirect)\(\s*request\.(GET|POST|META|headers)")
    files = [path for room in ROOMS for path in (SOURCE / room).rglob("*.py")]
    assert [str(path) for path in files if given.search(path.read_text())] == []


def test_l3_a_link_to_a_new_password_opens_an_hour_and_once(person: User, settings: Any) -> None:
    assert settings.PASSWORD_RESET_TIMEOUT <= 3_600
    Client().post("/compte/mot-de-passe/oublie/", {"email": person.email})
    body = str(mail.outbox[0].body)
    assert "une heure" in body
    link = re.search(r"/compte/mot-de-passe/nouveau/\S+/", body)
    assert link
    other = "encore une autre phrase"
    client = Client()
    form = client.get(link.group(), follow=True)
    client.post(form.request["PATH_INFO"], {"password1": other, "password2": other})
    again = Client().get(link.group(), follow=True).content.decode()
    assert 'name="password1"' not in again


def test_l3_the_link_is_another_after_a_sign_in(person: User) -> None:
    Client().post("/compte/mot-de-passe/oublie/", {"email": person.email})
    link = re.search(r"/compte/mot-de-passe/nouveau/\S+/", str(mail.outbox[0].body))
    assert link
    Client().post("/compte/connexion/", {"login": person.email, "password": PASSWORD})
    assert 'name="password1"' not in Client().get(link.group(), follow=True).content.decode()


def test_l4_a_flood_of_requests_does_not_flood_a_mailbox(person: User, settings: Any, tmp_path: Path) -> None:
    del settings.ACCOUNT_RATE_LIMITS
    backend = "terreau.common.file_cache.FileCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path / "limits")}}
    answers = [Client().post("/compte/mot-de-passe/oublie/", {"email": person.email}) for _ in range(40)]
    assert len(mail.outbox) <= 5
    assert answers[-1].status_code == 429


def test_l5_the_foot_of_pages_holds_nothing_that_was_typed() -> None:
    foot = (SOURCE / "design" / "templates" / "design" / "footer.html").read_text()
    assert "|safe" not in foot
    assert set(re.findall(r"{{ *([a-z_]+)", foot)) <= {"language_prefix"}


def test_l6_there_is_no_administration_by_the_side(client: Client, db: None) -> None:
    """No page purges a cache, none is Django's own administration: whatever decides is a page with a role."""

    def walk(patterns: Any, before: str = "") -> Any:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, f"{before}{one.pattern}")
            elif isinstance(one, URLPattern):
                yield f"{before}{one.pattern}"

    addresses = list(walk(get_resolver().url_patterns))
    assert len(addresses) > 200
    assert [one for one in addresses if re.search(r"\b(admin|purge|cache)\b", one)] == []
    assert client.get("/admin/").status_code == 404


@pytest.mark.parametrize("who", ["owner", "reviewer", "lead"])
def test_e1_l7_l8_l10_words_of_staff_are_escaped_in_every_page(db: None, who: str) -> None:
    """Titles, questions, helps, criteria and names of people that hold a script are shown as words."""
    field = {"key": "title", "kind": "text", "label": PAYLOAD, "help": PAYLOAD, "required": True}
    content = {"pages": [{"code": "projet", "title": PAYLOAD, "sections": [
        {"code": "s", "title": PAYLOAD, "fields": [field]}]}]}  # fmt: skip
    grid = {"criteria": [{"code": "a", "label": PAYLOAD, "weight": 1, "max": 5, "text": True}]}
    call = making.call(slug="appel", title=PAYLOAD, summary=PAYLOAD, review=grid, content=content,
                       opens_at=now() - timedelta(days=1), closes_at=now() + timedelta(days=1))  # fmt: skip
    people = {name: making.person(name) for name in ("owner", "reviewer", "lead")}
    User.objects.update(name=PAYLOAD)
    for kind in ("owner", "reviewer"):
        making.role(people[kind], call, kind)
    draft = making.dossier(call, lead=people["lead"], answers={"title": PAYLOAD})
    given = making.dossier(call, lead=people["lead"], state="deposited", deposited_at=now(), title=PAYLOAD)
    assigning.give(assigning.Plan("reviewer", ((given.pk, people["reviewer"].pk),)), by=None)
    client = office.sign_in(Client(), people[who]) if who != "lead" else Client()
    if who == "lead":
        client.force_login(people[who])
    pages = {
        "owner": ["/appels/", "/appels/appel/", "/appels/appel/construire/", "/instruction/appel/",
                  "/instruction/appel/relectures/", "/appels/appel/controle/?partie=personnes",
                  f"/instruction/dossiers/{given.pk}/"],
        "reviewer": [f"/instruction/dossiers/{given.pk}/relecture/", "/instruction/"],
        "lead": [f"/dossiers/{draft.pk}/", f"/dossiers/{draft.pk}/ecrire/projet/", "/mes-dossiers/"],
    }  # fmt: skip
    for path in pages[who]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        body = answer.content.decode()
        assert "<script>alert" not in body, path
        assert "<img src=x" not in body, path
        assert "alert(1)" in body, path


def test_l9_a_new_address_does_not_say_who_has_an_account(person: User) -> None:
    User.objects.create_user("prise@example.org", PASSWORD)
    EmailAddress.objects.create(user=User.objects.get(email="prise@example.org"), email="prise@example.org",
                                verified=True, primary=True)  # fmt: skip
    client = signed_in(person)
    client.post("/compte/confirmer-acces/", {"password": PASSWORD})
    pages = []
    for email in ("prise@example.org", "libre@example.org"):
        answer = client.post("/compte/adresse/", {"email": email, "action_add": ""}, follow=True)
        said = re.sub(r'(nonce|value|content)="[^"]*"', "", answer.content.decode()).replace(email, "…")
        pages.append((answer.status_code, said))
    assert pages[0] == pages[1]


def test_l11_the_secret_key_is_drawn_and_kept_for_its_owner(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("a", "b"))
    for folder in (first, second):
        folder.mkdir()
    key = environment.secret_key(first)
    assert key != environment.secret_key(second)
    assert key == environment.secret_key(first)
    assert len(key) > len(get_random_secret_key())
    assert (first / "cle-secrete").stat().st_mode & 0o077 == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [("programme.exe", b"MZ\x90\0\x03\0\0\0"), ("budget.pdf", b"MZ\x90\0\x03\0\0\0"),
     ("page.html", b"<html><script>alert(1)</script>"), ("logo.svg", b"<svg onload='alert(1)'/>")],
)  # fmt: skip
def test_l12_a_file_that_runs_is_refused(settings: Any, tmp_path: Path, name: str, content: bytes) -> None:
    settings.PIECES_DIR = tmp_path / "pieces"
    with pytest.raises(DomainError) as refused:
        attach(subjects.create("call"), io.BytesIO(content), name, by=None)
    assert refused.value.status == 415


def test_l13_every_package_is_pinned_with_its_digest() -> None:
    lines = (ROOT / "requirements" / "run.txt").read_text()
    pinned = re.findall(
        r"^([a-z0-9][a-z0-9._-]*)(\[[^]]*\])?==\S+( ; .*)? \\\n\s+--hash=sha256:", lines, re.M
    )
    named = re.findall(r"^[a-z0-9][a-z0-9._\[\],-]*==", lines, re.M)
    assert len(pinned) == len(named) > 40
