"""Every shipped call, from its file to its closing, by nothing but what its pages show.

The call is loaded by the command, copied to a new year, published, answered by two, instructed, decided,
published, agreed, paid, reported, evaluated, closed. One file is retained and one is not; others are written
whole, so that every choice of the form was taken by somebody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from terreau.accounts.models import GlobalRole, User
from terreau.actors import belonging
from terreau.calls import document, form_rules, loading
from terreau.dossiers.models import Dossier
from terreau.grids import loading as grids
from terreau.pieces.actions import declaration
from terreau.poles.models import Carrier
from tests.dossiers import making
from tests.hands import Filling, Hands, words

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TITLE = "Appel des essais"
WHY = "Le projet est moins avancé que l'autre."
#: More than any list of choices holds.
LAST = 99
ADDRESS, PAPER = "Adresse électronique de son compte", "Enregistrer la signature"
#: What a call gives to each, where it leaves no choice.
EXACT = {"ami-2023-phase-2": "100 000"}


@dataclass
class Walk:
    """A call that is walked through: its people before their pages, its files."""

    said: document.Said
    euros: str
    owner: Hands
    officer: Hands
    reviewer: Hands
    chair: Hands
    lead: Hands
    other: Hands
    slug: str = field(default="", init=False)
    files: list[str] = field(default_factory=list, init=False)
    speakers: dict[str, Hands] = field(default_factory=dict, init=False)

    @property
    def pays(self) -> bool:
        """Whether the call asks how much is wanted."""
        return "asked" in {one.key for one in form_rules.fields(self.said.form)}

    @property
    def between(self) -> range:
        """Which choices of its questions are neither the first nor the last: each opens other questions."""
        asked = [one.field for one in form_rules.fields(self.said.form)]
        counts = [len(one["options"]) for one in asked if one["kind"] == "choice"]
        return range(1, max(counts, default=0) - 1)

    @property
    def grids(self) -> set[str]:
        """The grids that the call looks at."""
        asked = {str(one.field.get("grid")) for one in form_rules.fields(self.said.form)}
        return {*self.said.call["grids"], *asked}

    @property
    def build(self) -> str:
        """Where the call is built."""
        return f"/appels/{self.slug}/construire/"


def person(name: str) -> User:
    """Make an account."""
    user = making.person(name)
    User.objects.filter(pk=user.pk).update(name=name)
    user.refresh_from_db()
    return user


def cast() -> dict[str, Hands]:
    """Make those whom the pages will name, and two who apply: a pole that is carried, a cooperative."""
    staff = {name: Hands(person(name), proved=True) for name in ("owner", "officer", "reviewer", "chair")}
    lead = person("Camille")
    pole, carrier = making.pole("Pôle des essais"), making.actor("Association des essais", ess="oui")
    said = declaration(lead, timezone.localdate())
    Carrier.objects.create(pole=pole, actor=carrier, source=said, status="declare")
    belonging.found(lead, pole.actor, by=lead)
    return staff | {"lead": Hands(lead, proved=True), "other": somebody("Coopérative du val")}


def somebody(name: str) -> Hands:
    """Make who applies for an organisation."""
    user = person("Sacha")
    belonging.found(user, making.actor(name, ess="oui"), by=user)
    return Hands(user, proved=True)


@pytest.mark.parametrize("path", loading.files(), ids=lambda path: path.stem)
def test_a_shipped_call_runs_to_its_closing_by_its_pages(path: Path) -> None:
    walk = Walk(document.read(path), EXACT.get(path.stem, "50 000"), **cast())
    making.region("27")
    making.region("11")
    grids.sync(save=True, paths=[one for one in grids.shipped() if one.stem in walk.grids])
    call_command("procedures_load_call", str(path), verbosity=0)
    named(walk)
    copied(walk)
    built(walk)
    published(walk)
    for hands, rank in ((walk.lead, 0), (walk.other, LAST)):
        walk.files.append(written(walk, hands, rank))
        hands.press("Déposer le dossier").shows("Récépissé de dépôt")
    for rank in walk.between:
        written(walk, somebody(f"Organisation {rank}"), rank)
    walk.owner.open(walk.build).press("Clore l'appel maintenant")
    instructed(walk)
    decided(walk)
    told(walk)
    agreed(walk)
    paid(walk)
    reported(walk)
    evaluated(walk)
    closed(walk)


def mail(hands: Hands) -> str:
    """Return the address by which somebody is named."""
    assert hands.user is not None
    return hands.user.email


def named(walk: Walk) -> None:
    """An officer of the site names who owns the programme."""
    site = person("site")
    GlobalRole.objects.create(user=site, role="officer", valid_from=timezone.localdate())
    hands = Hands(site, proved=True).open(f"/programmes/{walk.said.programme['slug']}/")
    hands.follow("Personnes").press("Nommer", {ADDRESS: mail(walk.owner), "Rôle": "porteur du programme"})


def copied(walk: Walk) -> None:
    """The owner copies the example to a call of their own, and says when it opens."""
    owner = walk.owner.open(f"/appels/{walk.said.call['slug']}/").follow("Construire cet appel")
    owner.follow("Copier vers l'année suivante").press(
        "Copier", {"Titre du nouvel appel": "Appel des essais"}
    )
    walk.slug = owner.path.split("/")[2]
    now = timezone.localtime()
    owner.follow("Cadre et calendrier")
    owner.press(
        "Enregistrer",
        {
            "Ouvre le, heure de Paris": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}",
            "Ferme le, heure de Paris": f"{now + timedelta(days=9):%Y-%m-%dT%H:%M:%S}",
        },
    )
    owner.shows("Le cadre est enregistré.")


def built(walk: Walk) -> None:
    """What the sources leave to the owner is said: weights, people, the committee, the envelope."""
    owner = walk.owner.open(walk.build)
    criteria = walk.said.call["review"].get("criteria", [])
    if criteria:
        owner.follow("Grille de relecture")
        weights = {
            f"l{rank}-{name}": value
            for rank in range(len(criteria))
            for name, value in (("weight", 2), ("max", 5))
        }
        owner.press("Enregistrer", {"Relectures par dossier": 1, **weights})
    owner.open(f"{walk.build}personnes/")
    for role, hands in (("instruction", walk.officer), ("relecture", walk.reviewer)):
        owner.press("Nommer", {ADDRESS: mail(hands), "Rôle": role})
    owner.open(f"/comite/{walk.slug}/composition/").press(
        "Enregistrer le comité", {"Nom du comité": "Le comité"}
    )
    seat = {"Nom": "Présidence", "Au titre de": "Porteur", "Adresse électronique du compte": mail(walk.chair)}
    owner.press("Donner ce siège", seat).press("Publier la liste des membres")
    if walk.pays:
        envelope = {
            "Nom de l'enveloppe": "Enveloppe des essais",
            "Montant en euros": "400 000",
            "Appel": "Appel des essais",
        }
        owner.open(f"/programmes/{walk.said.programme['slug']}/enveloppe/").press("Ouvrir", envelope)


def published(walk: Walk) -> None:
    """The call is published: anybody reads it and wonders whether they may answer."""
    walk.owner.open(walk.build).press("Publier l'appel").shows("L'appel est publié")
    stranger = Hands().open("/appels/").follow(TITLE).follow("Puis-je répondre ?")
    stranger.shows(TITLE)


def written(walk: Walk, hands: Hands, rank: int) -> str:
    """Somebody answers each question that must be, page after page, until all is ready; return the file."""
    fill = Filling(euros=walk.euros, rank=rank)
    hands.open(f"/appels/{walk.slug}/").follow("Répondre à cet appel").press("Commencer", fill=fill)
    path = hands.path
    hands.follow("Continuer à écrire")
    onwards = ("Enregistrer et continuer", "Enregistrer et relire")
    for _page in range(30):
        if not (found := [one for one in hands.buttons() if one in onwards]):
            break
        hands.press(found[0], fill=fill)
    hands.shows("Tout est prêt")
    return path


def instructed(walk: Walk) -> None:
    """Both are admitted at once, read, given the opinions that the call asks, sent on to the end."""
    officer = walk.officer.open("/instruction/").follow(TITLE)
    officer.press(
        "Voir ce qui serait fait", {"Sur quels dossiers": "tous", "Que faire": "Déclarer recevable"}
    )
    officer.press("Le faire pour 2 dossiers")
    if walk.said.call["review"].get("criteria"):
        reviewed(walk)
    for path in walk.files:
        officer.open(f"/instruction{path}")
        opinions(walk, path)
        officer.open(f"/instruction{path}")
        while steps := officer.buttons("Transmettre"):
            officer.press(steps[0])


def reviewed(walk: Walk) -> None:
    """Each file is given to a reviewer, who gives their review."""
    walk.officer.open(f"/instruction/{walk.slug}/relectures/").press("Confier ces relectures")
    for path, score in zip(walk.files, (LAST, 0), strict=True):
        walk.reviewer.open(f"/instruction{path}relecture/")
        walk.reviewer.press("Rendre ma relecture", fill=Filling(rank=score))


def opinions(walk: Walk, path: str) -> None:
    """Who may gives each opinion that waits; a sponsor speaks by somebody whom the owner names."""
    speakers = [speaker(walk, one["name"]) for one in walk.said.sponsors if one["opinion"] == "mandatory"]
    for hands in (walk.officer, *speakers):
        hands.open(f"/instruction{path}avis/")
        while waiting := [
            one for one in hands.parts("section", "Pas encore rendu.") if hands.buttons("Rendre l'avis", one)
        ]:
            hands.press("Rendre l'avis", {"Avis": "favorable"}, within=waiting[0])


def speaker(walk: Walk, sponsor: str) -> Hands:
    """Return who speaks for a sponsor, named by the owner when nobody is."""
    if sponsor not in walk.speakers:
        hands = walk.speakers[sponsor] = Hands(person("Financement"), proved=True)
        told = {ADDRESS: mail(hands), "Rôle": "financeur", "Financeur": sponsor}
        walk.owner.open(f"{walk.build}personnes/").press("Nommer", told)
    return walk.speakers[sponsor]


def decided(walk: Walk) -> None:
    """The committee retains one file and not the other, and says why."""
    chair, (first, second) = walk.chair, walk.files
    chair.open("/comite/").follow(TITLE)
    chair.press("Retenu", within=f"d-{key(first)}")
    chair.press("Non retenu", {"Ce que le candidat lira": WHY}, within=f"d-{key(second)}")
    chair.follow("Passer à la décision").press("Prendre ces 2 décisions").shows("2 décisions sont prises")


def key(path: str) -> str:
    """Return the identifier of a file."""
    return path.split("/")[2]


def told(walk: Walk) -> None:
    """The results are published, letters leave: who is retained is named, who is not reads why, alone."""
    walk.owner.open(f"/appels/{walk.slug}/resultats/").press("Publier les résultats")
    chosen = {"Sur quels dossiers": "tous", "Que faire": "Écrire aux candidats ce qui est décidé"}
    walk.officer.open(f"/instruction/{walk.slug}/").press("Voir ce qui serait fait", chosen)
    walk.officer.press("Le faire pour 2 dossiers")
    page = Hands().open(f"/appels/{walk.slug}/").follow("Résultats")
    page.shows("1 dossier retenu.", "2 dossiers avaient été déposés.", "Association des essais")
    assert "Coopérative du val" not in page.text()
    walk.lead.open(walk.files[0]).follow("Échanges avec l'instruction").shows("est lauréat")
    assert ("Montant accordé" in walk.lead.text()) == walk.pays
    walk.other.open(walk.files[1]).shows("Non retenu", WHY)
    walk.other.follow("Échanges avec l'instruction").shows(WHY)


def agreed(walk: Walk) -> None:
    """The agreement is written, frozen, signed: by each sponsor on paper, by the owner, by who applied."""
    officer, page = walk.officer, f"{walk.files[0]}convention/"
    officer.open(page).press("Préparer la convention")
    officer.press("Enregistrer le texte", {"Dernier jour": f"{timezone.localdate().year + 2}-12-31"})
    officer.press("Figer le texte et proposer la signature")
    today = timezone.localdate().isoformat()
    mine = {walk.said.programme["owner_name"], "Association des essais"}
    for name in dict.fromkeys(one["name"] for one in walk.said.sponsors if one["name"] not in mine):
        line = next(one for one in officer.parts("li", name) if words(one.find(".//strong")) == name)
        officer.press(PAPER, {"Signé le": today, "Exemplaire signé": "signe.pdf"}, within=line)
    for hands in (walk.owner, walk.lead):
        hands.open(page).press("Signer", {"J'ai lu ce document et je le signe pour cette organisation": True})
    walk.lead.shows("Signée de tous")


def paid(walk: Walk) -> None:
    """Each instalment is asked, accepted and paid; a call that gives no money has none."""
    page, count = f"{walk.files[0]}versements/", 0
    while walk.lead.open(page).buttons("Envoyer la demande"):
        walk.lead.press("Envoyer la demande", {"Ce qui a été fait": "Le poste est pourvu."})
        walk.officer.open("/versements/").follow("APPEL-DES-ESSAIS-0001").press("Accepter la demande")
        count += 1
        walk.officer.press("Enregistrer le versement", {"Référence du virement": f"VIR-{count}"})
    assert bool(count) == walk.pays
    if walk.pays:
        walk.lead.shows("Toutes les étapes sont passées.")


def reported(walk: Walk) -> None:
    """The reports are dated from the agreement; each is written, sent, accepted."""
    page = f"{walk.files[0]}suivi/"
    walk.officer.open(page).press("Dater les rapports")
    while walk.lead.open(page).links("Écrire ce rapport"):
        walk.lead.follow("Écrire ce rapport").press(
            "Enregistrer et envoyer", {"Ce qui a été fait": "Deux ateliers."}
        )
        walk.officer.open(walk.lead.path).press("Envoyer la réponse", {"Réponse": "Accepter le rapport"})


def evaluated(walk: Walk) -> None:
    """Each side says what it finds, they meet, conclude, and sign the same text."""
    officer, lead, page = walk.officer, walk.lead, f"{walk.files[0]}evaluation/"
    officer.open(page).press("Ouvrir et prévenir", {"Grille de l'évaluation": "sans grille, par écrit"})
    for hands in (officer, lead):
        hands.open(page).press("Enregistrer", {"Ce que vous constatez": "Trois emplois."})
    at = timezone.localtime() - timedelta(minutes=5)
    officer.open(f"{walk.files[0]}suivi/")
    officer.press("Prévoir et prévenir", {"Nature": "contradictory", "Quand": f"{at:%Y-%m-%dT%H:%M}"})
    officer.follow("Réunion contradictoire").press(
        "Enregistrer le compte rendu", {"Compte rendu": "Chacun a parlé."}
    )
    conclusion = {"Résultats constatés": "Trois emplois.", "Ce que les deux parties recommandent": "go_on"}
    officer.open(page).press("Enregistrer la conclusion", conclusion)
    for hands in (lead, officer):
        hands.open(page).press("Signer la conclusion", {"En quelle qualité": "responsable"})
    officer.shows("Elle ne change plus.")


def closed(walk: Walk) -> None:
    """The agreement is settled, the file closed, the call archived; everybody reads where it ended."""
    settled = walk.officer.open(f"{walk.files[0]}convention/")
    settled.press("Solder la convention", {"Pourquoi": "Tout est fait."})
    walk.officer.open(f"{walk.files[0]}evaluation/").press("Clôturer le dossier")
    walk.lead.open(walk.files[0]).shows("Clôturé")
    walk.owner.open(walk.build).press("Archiver l'appel")
    Hands().open(f"/appels/{walk.slug}/resultats/").shows("1 dossier retenu.")
    rows = Dossier.objects.filter(call__slug=walk.slug).exclude(state="draft")
    assert dict(rows.values_list("number", "state")) == {1: "closed", 2: "refused"}
