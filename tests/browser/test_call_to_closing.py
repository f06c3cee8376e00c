"""A call that nobody knew, loaded from its file, goes to its closing by the pages alone.

An intercommunality owns it; partners sign before the deposit; one file comes online, two on paper; a tie is
broken by a draw; the complementary list serves.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_espace_tender import PASSWORD, signed_in
from tests.hands import PDF

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FILE = Path(__file__).parents[1] / "procedures" / "content" / "relais-du-val.yaml"
CALL, BUILD = "/appels/relais-du-val/", "/appels/relais-du-val/construire/"
SEED = "Délibération 2026-31"
#: People as they are before anybody named them; all but the officer have just proved who they are.
_MAKE = f"""
import json, os, time
from pathlib import Path
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as PROOFS
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.test import Client
from django.utils import timezone
from terreau.accounts.models import GlobalRole, User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.pieces.actions import declaration
from terreau.poles.models import Carrier, Pole
from terreau.subjects.models import Subject
made, kept = {{}}, {{"cookie": settings.SESSION_COOKIE_NAME}}
for name in ("site", "ola", "ines", "remi", "dana", "lou", "camille"):
    user = User.objects.create_user(f"{{name}}@people.example.org", {PASSWORD!r}, name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
    if name == "ines":
        continue
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.force_login(user)
    session = client.session
    session[PROOFS] = [dict(method="mfa", type="totp", at=time.time() + 3600, reauthenticated=True)]
    session[PROOFS + "_user"] = str(user.pk)
    session.save()
    kept[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
GlobalRole.objects.create(user=made["site"], role="officer", valid_from=timezone.localdate())
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
carrier = create_actor("Association des essais", source=None, public=True)
said = declaration(made["camille"], timezone.localdate())
Carrier.objects.create(pole=pole, actor=carrier, source=said, status="declare")
belonging.found(made["camille"], actor, by=made["camille"])
belonging.found(made["camille"], carrier, by=made["camille"])
(Path(os.environ["TERREAU_DATA_DIR"]) / "sessions.json").write_text(json.dumps(kept))
"""


class Site:
    """The site, and its people before their screens, each of their own width."""

    def __init__(self, address: str, sessions: dict[str, str], browser: Browser) -> None:
        self.address, self.sessions, self.browser = address, sessions, browser

    def opened(self, name: str = "", width: int = 1280) -> Page:
        """Open the site as one of these people, or as a stranger."""
        viewport = {"width": width, "height": 900}
        context = self.browser.new_context(base_url=self.address, viewport=viewport, locale="fr-FR")  # type: ignore[arg-type]
        if name:
            cookie = {"name": self.sessions["cookie"], "value": self.sessions[name], "url": self.address}
            context.add_cookies([cookie])  # type: ignore[list-item]
        return context.new_page()


@pytest.fixture(scope="module")
def site_of_call(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A site where the file was just loaded: a draft that nobody owns."""
    folder = tmp_path_factory.mktemp("closing")
    commands = (["grids_load", "--save"], ["procedures_load_call", str(FILE)], ["shell", "-c", _MAKE])
    with running_site.serve(folder, *commands) as address:
        yield Site(address, json.loads((folder / "sessions.json").read_text()), browser)


def test_a_call_that_nobody_knew_goes_from_its_file_to_its_closing(site_of_call: Site) -> None:
    site = site_of_call
    ola, camille = site.opened("ola"), site.opened("camille", 360)
    _named(site.opened("site"), ola)
    _published(ola)
    ines = _enrolled(site)
    _announced(ines)
    _wondered(site.opened(width=360))
    file = _written(camille)
    _signed_and_deposited(camille, file)
    _received(ines)
    ola.goto(BUILD)
    ola.get_by_role("button", name="Clore l'appel maintenant").click()
    _instructed(ines, site)
    _drawn(ines)
    _decided(site.opened("lou", 768))
    _told(ines, ola, site.opened())
    _called_up(ola, ines)
    _agreed(ines, ola, camille, file)
    _paid(ines, camille, file)
    _reported(ines, camille, file)
    _concluded(ines, camille, file)
    _closed(ines, ola, camille, file)


def _name(page: Page, email: str, role: str, sponsor: str = "") -> None:
    """Give a role to somebody, on a page that names people."""
    page.get_by_label("Adresse électronique de son compte").fill(f"{email}@people.example.org")
    page.get_by_label("Rôle", exact=True).select_option(role)
    if sponsor:
        page.locator("#id_sponsor").select_option(label=sponsor)
    page.get_by_role("button", name="Nommer").click()
    expect(page.get_by_text("Cette personne a le rôle, et le sait.")).to_be_visible()


def _named(officer: Page, ola: Page) -> None:
    """Who keeps the site names who owns the programme; before, its draft is nobody's."""
    assert ola.goto(BUILD).status == 404  # type: ignore[union-attr]
    officer.goto("/programmes/fonds-du-val/personnes/")
    _name(officer, "ola", "porteur du programme")
    officer.context.close()


def _published(ola: Page) -> None:
    """The owner reads the call as the file says it, names its people and council, opens its envelope."""
    ola.goto(BUILD)
    expect(ola.locator("#parties")).to_contain_text("2 critères")
    fits(ola)
    ola.get_by_role("link", name="Personnes", exact=True).first.click()
    _name(ola, "ines", "instruction")
    _name(ola, "remi", "relecture")
    _name(ola, "dana", "financeur", "Département de l'Essai")
    ola.goto("/comite/relais-du-val/composition/")
    ola.get_by_label("Nom du comité").fill("Conseil communautaire")
    ola.get_by_role("button", name="Enregistrer le comité").click()
    ola.get_by_label("Nom", exact=True).fill("Lou")
    ola.get_by_label("Au titre de").fill("Présidence")
    ola.get_by_label("Adresse électronique du compte").fill("lou@people.example.org")
    ola.get_by_role("button", name="Donner ce siège").click()
    ola.get_by_role("button", name="Publier la liste des membres").click()
    ola.goto("/programmes/fonds-du-val/enveloppe/")
    ola.get_by_label("Nom de l'enveloppe").fill("Relais 2027")
    ola.get_by_label("Montant en euros").first.fill("30 000")
    ola.locator("#open-call").select_option(label="Relais du Val 2027")
    ola.get_by_role("button", name="Ouvrir", exact=True).click()
    expect(ola.locator(".lede")).to_contain_text("Il reste 30")
    ola.goto(BUILD)
    ola.get_by_role("button", name="Publier l'appel").click()
    expect(ola.get_by_text("L'appel est publié")).to_be_visible()


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def _enrolled(site: Site) -> Page:
    """The officer has a role and no second factor: their pages lead to it, then open."""
    ines = signed_in(site.browser, site.address, "ines")
    ines.goto("/instruction/relais-du-val/")
    expect(ines.locator("h1")).to_have_text("Un second facteur")
    ines.get_by_role("link", name="Utiliser une application").click()
    if ines.get_by_label("Mot de passe").count():
        ines.get_by_label("Mot de passe").fill(PASSWORD)
        ines.get_by_role("button", name="Confirmer").click()
    secret = ines.locator(".account-panel code").inner_text()
    ines.get_by_label("Code").fill(_code(secret))
    ines.get_by_role("button", name="Activer").click()
    expect(ines.locator("h1")).to_have_text("Codes de secours")
    # What binds asks for the factor again: once, for what follows.
    ines.goto("/instruction/relais-du-val/tirage/")
    ines.get_by_label("Pourquoi tirer au sort").fill("Départager deux lieux de même note.")
    ines.get_by_label("Places tirées").fill("1")
    ines.get_by_label("D'où vient la graine").fill("Le numéro de la délibération.")
    ines.locator("#announce-seed").fill(SEED)
    ines.get_by_role("button", name="Annoncer").click()
    ines.get_by_label("Code").fill(_code(secret))
    ines.get_by_role("button", name="Confirmer").click()
    return ines


def _announced(ines: Page) -> None:
    """The draw is announced while nobody knows who will apply."""
    expect(ines.get_by_text("Le tirage est annoncé")).to_be_visible()
    fits(ines)


def _wondered(stranger: Page) -> None:
    """Anybody reads the call, in what is asked and who decides, and whether they may answer."""
    stranger.goto(CALL)
    expect(stranger.locator("#financeurs")).to_contain_text("Département de l'Essai")
    expect(stranger.locator("#etapes")).to_contain_text("Bureau communautaire")
    fits(stranger)
    stranger.get_by_role("link", name="Puis-je répondre ?").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Puis-je répondre ?")
    fits(stranger)
    stranger.context.close()


def _written(page: Page) -> str:
    """The pole answers on a telephone: questions open as it answers, two budgets balance."""
    page.goto(CALL)
    page.get_by_role("link", name="Répondre à cet appel").click()
    page.get_by_label("Au nom de").select_option(label="Pôle des essais, porté par Association des essais")
    page.get_by_label("En tant que").select_option("pole")
    page.get_by_label("Volet").select_option(label="Ouvrir un lieu")
    page.get_by_role("button", name="Commencer").click()
    path = page.url
    page.get_by_role("link", name="Continuer à écrire").click()
    _place(page)
    _years(page)
    page.get_by_label("Le lieu est ouvert à tous.").check()
    page.get_by_label("Ce que nous écrivons est exact.").check()
    page.get_by_role("button", name="Enregistrer et relire").click()
    return path


def _place(page: Page) -> None:
    """The place, where, with whom; a large place with works asks for its plan."""
    page.get_by_label("Nom du lieu").fill("La Grange aux outils")
    page.get_by_label("Le lieu est…").select_option(label="loué")
    expect(page.get_by_label("Début des travaux")).to_have_count(0)
    page.get_by_role("radio", name="oui").check()
    page.get_by_label("Surface").fill("120")
    page.get_by_label("Début des travaux").fill("2027-03-01")
    page.get_by_label("Distance du bourg").fill("2,5")
    plan = {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("Plan du lieu").set_input_files(plan)  # type: ignore[arg-type]
    rows = page.locator("#q-members").get_by_role("group", name="Ligne")
    for rank, name in enumerate(("Association des essais", "Commune du Val")):
        rows.nth(rank).get_by_role("textbox").first.fill(name)
    page.get_by_label("Comment ce territoire s'appelle").fill("Le Val")
    page.get_by_label("Communes, intercommunalités").fill("21231")
    page.locator("#q-neighbour").get_by_label("Nom").fill("Association des essais")
    fits(page)
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.wait_for_url("**/ecrire/annees/*")


def _years(page: Page) -> None:
    """What will be done in two years, and what it costs."""
    page.get_by_label("un poste").check()
    page.get_by_label("Le poste", exact=True).fill("Une personne, trois jours par semaine.")
    step = page.locator("#q-calendar").get_by_role("group", name="Ligne").first
    step.get_by_label("Étape").fill("Ouvrir")
    step.get_by_label("Quand").fill("2027-05-01")
    step.get_by_label("Comment").select_option(label="ensemble")
    step.get_by_label("C'est sûr").select_option(label="oui")
    for key in ("budget_first", "budget_second"):
        rows = page.locator(f"#q-{key}").get_by_role("group", name="Ligne")
        for rank, (side, post) in enumerate((("dépense", "Un poste"), ("ressource", "Aide et cotisations"))):
            rows.nth(rank).get_by_label("Dépense ou ressource").select_option(label=side)
            rows.nth(rank).get_by_label("Poste").fill(post)
            rows.nth(rank).get_by_label("Montant en euros").fill("32 000")
    line = page.locator("#q-financing").get_by_role("group", name="Ligne").first
    line.get_by_role("textbox").first.fill("Commune du Val")
    line.get_by_label("Montant en euros").fill("12 000")
    line.get_by_role("combobox").first.select_option(index=1)
    page.get_by_label("Aide demandée").fill("20 000")
    fits(page)
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.wait_for_url("**/ecrire/fin/*")


def _signed_and_deposited(page: Page, path: str) -> None:
    """The call wants each partner's signature: the deposit waits for it, then one click gives a receipt."""
    expect(page.get_by_role("heading", name="Signatures attendues")).to_be_visible()
    page.get_by_role("link", name="Voir les signatures").click()
    page.get_by_label("J'ai lu le dossier et je le signe au nom de").check()
    page.get_by_role("button", name="Signer au nom de").click()
    expect(page.get_by_text("C'est signé au nom de Association des essais.")).to_be_visible()
    page.goto(f"{path}deposer/")
    page.get_by_role("button", name="Déposer le dossier").click()
    expect(page.get_by_text("RELAIS-DU-VAL-0001-1", exact=True)).to_be_visible()
    fits(page)


def _received(ines: Page) -> None:
    """Two files come by post: the officer enters them as they are."""
    for who, title in (("Amicale du bourg", "Le Café du bourg"), ("Ferme du haut", "La Laiterie")):
        ines.goto(f"{CALL}saisir/")
        ines.get_by_label("Qui demande").fill(who)
        ines.get_by_label("Intitulé du projet").fill(title)
        ines.get_by_label("Sa région").select_option(label="Bourgogne-Franche-Comté")
        ines.get_by_label("Sorte de candidat").select_option(
            label="entreprise de l'économie sociale et solidaire"
        )
        ines.get_by_label("Volet de l'appel").select_option(label="Ouvrir un lieu")
        ines.get_by_label("Cachet de la poste").fill(timezone.localdate().isoformat())
        ines.get_by_role("button", name="Ouvrir le dossier").click()
        ines.get_by_role("button", name="Enregistrer le dossier comme il est arrivé").click()
        expect(ines.get_by_text("Le dossier est enregistré")).to_be_visible()
    fits(ines)


def _in_bulk(ines: Page, act: str) -> None:
    ines.goto("/instruction/relais-du-val/")
    ines.get_by_label("Sur quels dossiers").select_option("tous")
    ines.get_by_label("Que faire").select_option(label=act)
    ines.get_by_role("button", name="Voir ce qui serait fait").click()
    ines.get_by_role("button", name="Le faire pour 3 dossiers").click()
    expect(ines.get_by_text("C'est fait pour 3 dossiers.")).to_be_visible()


def _instructed(ines: Page, site: Site) -> None:
    """All are admitted, read, given the two opinions that the call demands, sent to the council."""
    _in_bulk(ines, "Déclarer recevable")
    fits(ines)
    _in_bulk(ines, "Confier la relecture, en parts égales")
    _in_bulk(ines, "Transmettre à la région")
    remi, dana = site.opened("remi"), site.opened("dana")
    scores = {"La Grange aux outils": "4", "Le Café du bourg": "4", "La Laiterie": "1"}
    for name, score in scores.items():
        remi.goto("/instruction/")
        remi.get_by_role("link", name=name).click()
        remi.get_by_label("Note sur 4").select_option(score)
        remi.get_by_label("Appréciation").first.fill("Lu.")
        remi.get_by_label("Note sur 10").select_option("6")
        remi.get_by_role("button", name="Rendre ma relecture").click()
        expect(remi.get_by_text("Votre relecture est rendue").first).to_be_visible()
        dana.goto("/instruction/")
        dana.locator("#avis").get_by_role("link", name=name).click()
        _opinion(dana, "Département de l'Essai")
        ines.goto("/instruction/relais-du-val/")
        ines.get_by_role("link", name=name).click()
        ines.get_by_role("link", name="Donner ou revoir un avis").click()
        _opinion(ines, "Bureau communautaire")
    _in_bulk(ines, "Transmettre au comité")
    for page in (remi, dana):
        page.context.close()


def _opinion(page: Page, who: str) -> None:
    """Give the opinion of somebody."""
    part = page.locator("section", has=page.get_by_role("heading", name=who))
    part.get_by_label("favorable", exact=True).check()
    part.get_by_role("button", name="Rendre l'avis").click()
    expect(page.get_by_text("L'avis est enregistré.")).to_be_visible()


def _drawn(ines: Page) -> None:
    """Two files have one score: the list is fixed, drawn, and the page does the draw again."""
    ines.goto("/instruction/relais-du-val/tirage/")
    ines.get_by_text("Fixer la liste", exact=True).click()
    for number in (1, 2):
        ines.get_by_label(f"RELAIS-DU-VAL-000{number}").check()
    ines.get_by_role("button", name="Fixer et publier la liste").click()
    ines.get_by_role("button", name="Tirer au sort").click()
    expect(ines.get_by_text("Refait à l'instant : même ordre")).to_be_visible()
    expect(ines.get_by_role("row", name="RELAIS-DU-VAL-0001")).to_contain_text("tiré")
    fits(ines)


def _decided(lou: Page) -> None:
    """The council reads the order that scores and draw give: one retained, one in reserve, one not."""
    lou.goto("/comite/")
    lou.get_by_role("link", name="Relais du Val 2027").click()
    names = ["La Grange aux outils", "Le Café du bourg", "La Laiterie"]
    expect(lou.locator(".committee-name")).to_have_text(names)
    fits(lou)
    why = ("", "Une place, deux notes égales : le tirage dit l'autre.", "Le lieu n'est pas décrit.")
    for rank, choice in enumerate(("Retenu", "Liste complémentaire", "Non retenu")):
        one = lou.locator(".committee-file").nth(rank)
        if why[rank]:
            one.get_by_text("Motif", exact=True).click()
            one.get_by_label("Ce que le candidat lira").fill(why[rank])
        one.get_by_role("button", name=choice, exact=True).click()
        expect(lou.locator(".committee-file").nth(rank)).to_contain_text("proposé")
    lou.get_by_role("link", name="Passer à la décision").click()
    lou.get_by_role("button", name="Prendre ces 3 décisions").click()
    expect(lou.get_by_text("3 décisions sont prises")).to_be_visible()
    lou.context.close()


def _told(ines: Page, ola: Page, stranger: Page) -> None:
    """The results name who was retained, and nobody else; then each has a letter."""
    ola.goto(f"{CALL}resultats/")
    ola.get_by_role("button", name="Publier les résultats").click()
    expect(ola.get_by_text("Les résultats sont publiés.")).to_be_visible()
    _in_bulk(ines, "Écrire aux candidats ce qui est décidé")
    stranger.goto(f"{CALL}resultats/")
    expect(stranger.locator("#laureats")).to_contain_text("Association des essais")
    expect(stranger.locator("main")).not_to_contain_text("Ferme du haut")
    fits(stranger)
    stranger.context.close()


def _called_up(ola: Page, ines: Page) -> None:
    """The reserve is called up with what is left, then gives up: the money comes back."""
    ola.goto("/comite/relais-du-val/decisions/")
    ola.get_by_text("Remplacer une décision").click()
    change = ola.locator("#changer")
    change.get_by_label("Dossier").select_option(label="RELAIS-DU-VAL-0002 – Le Café du bourg")
    change.get_by_label("Décision", exact=True).select_option(label="retenu")
    change.get_by_label("Montant en euros").fill("10 000")
    change.get_by_label("Pourquoi").fill("Il reste de quoi.")
    change.get_by_role("button", name="Remplacer la décision").click()
    expect(ola.locator("#enveloppe")).to_contain_text("Reste 0")
    ines.goto("/instruction/relais-du-val/")
    ines.get_by_role("link", name="Le Café du bourg").click()
    ines.get_by_text("Retirer le dossier", exact=True).first.click()
    part = ines.locator("#retirer")
    part.get_by_label("Motif").fill("Lettre de l'Amicale : le local est vendu.")
    part.get_by_role("button", name="Retirer le dossier").click()
    expect(ines.locator(".badge", has_text="retiré")).to_be_visible()
    ola.goto("/comite/relais-du-val/decisions/")
    expect(ola.locator("#enveloppe")).to_contain_text("Reste 10")


def _agreed(ines: Page, ola: Page, camille: Page, file: str) -> None:
    """The agreement: an advance and a balance, frozen, signed on paper by the department, then by both."""
    ines.goto(f"{file}convention/")
    ines.get_by_role("button", name="Préparer la convention").click()
    for rank, (kind, cents) in enumerate((("advance", "8 000"), ("balance", "12 000"))):
        row = ines.locator(".money-row").nth(rank)
        row.get_by_label("Nature").select_option(kind)
        row.get_by_label("Montant").fill(cents)
    ines.get_by_role("button", name="Enregistrer le texte").click()
    ines.get_by_role("button", name="Figer le texte et proposer la signature").click()
    line = ines.locator("#signataires li", has_text="Département de l'Essai")
    line.get_by_text("A signé sur papier").click()
    line.get_by_label("Signé le").fill(timezone.localdate().isoformat())
    paper = {"name": "signe.pdf", "mimeType": "application/pdf", "buffer": PDF}
    line.get_by_label("Exemplaire signé").set_input_files(paper)  # type: ignore[arg-type]
    line.get_by_role("button", name="Enregistrer la signature").click()
    for page in (ola, camille):
        page.goto(f"{file}convention/")
        page.get_by_label("J'ai lu ce document").check()
        page.get_by_role("button", name="Signer", exact=True).click()
    expect(camille.locator(".lede")).to_contain_text("Signée de tous : 20\u202f000\u00a0€")
    fits(camille)


def _paid(ines: Page, camille: Page, file: str) -> None:
    """Each instalment is asked on a telephone, accepted and paid; then all the steps are behind."""
    for rank in (1, 2):
        camille.goto(f"{file}versements/")
        part = camille.locator(f"#versement-{rank}")
        part.locator("summary", has_text="Demander ce versement").click()
        part.get_by_label("Ce qui a été fait").fill("Le lieu ouvre trois jours par semaine.")
        part.get_by_role("button", name="Envoyer la demande").click()
        ines.goto("/versements/")
        ines.get_by_role("link", name="RELAIS-DU-VAL-0001").click()
        part = ines.locator(f"#versement-{rank}")
        part.get_by_role("button", name="Accepter la demande").click()
        part.get_by_label("Référence du virement").fill(f"VIR-{rank}")
        part.get_by_role("button", name="Enregistrer le versement").click()
        expect(part).to_contain_text(f"référence VIR-{rank}")
    camille.reload()
    expect(camille.locator(".lede")).to_contain_text("Toutes les étapes sont passées.")
    fits(camille)


def _reported(ines: Page, camille: Page, file: str) -> None:
    """The reports that the agreement dated are written, sent, accepted: one for the year and the last one."""
    for left in (1, 0):
        camille.goto(f"{file}suivi/")
        camille.get_by_role("link", name="Écrire ce rapport").click()
        camille.get_by_label("Ce qui a été fait").fill("Cent vingt visites, deux ateliers.")
        camille.get_by_role("button", name="Enregistrer et envoyer").click()
        expect(camille.locator("#envoi")).to_contain_text("Cent vingt visites")
        ines.goto(camille.url)
        ines.get_by_label("Accepter le rapport").check()
        ines.get_by_role("button", name="Envoyer la réponse").click()
        expect(ines.locator(".badge", has_text="accepté")).to_be_visible()
        ines.goto(f"{file}suivi/")
        expect(ines.get_by_role("link", name="Voir ce rapport")).to_have_count(left)
    fits(ines)


def _concluded(ines: Page, camille: Page, file: str) -> None:
    """Each side says what it finds; they meet, conclude, sign one text."""
    page = f"{file}evaluation/"
    ines.goto(page)
    ines.get_by_label("Grille de l'évaluation").select_option(label="sans grille, par écrit")
    ines.get_by_role("button", name="Ouvrir et prévenir").click()
    for one in (ines, camille):
        one.goto(page)
        one.get_by_label("Ce que vous constatez").fill("Un lieu tenu à plusieurs.")
        one.get_by_role("button", name="Enregistrer", exact=True).click()
    ines.goto(f"{file}suivi/")
    ines.locator("summary", has_text="Prévoir une réunion").click()
    ines.locator("#meet-kind").select_option("contradictory")
    at = timezone.localtime() - timedelta(minutes=5)
    ines.get_by_label("Quand").fill(f"{at:%Y-%m-%dT%H:%M}")
    ines.get_by_role("button", name="Prévoir et prévenir").click()
    ines.get_by_role("link", name="Réunion contradictoire").click()
    ines.get_by_label("Compte rendu").fill("Chacun a dit ce qu'il constate.")
    ines.get_by_role("button", name="Enregistrer le compte rendu").click()
    ines.goto(page)
    ines.get_by_label("Résultats constatés").fill("Le lieu est ouvert.")
    ines.get_by_label("Ce que les deux parties recommandent").select_option("go_on")
    ines.get_by_role("button", name="Enregistrer la conclusion").click()
    for one, quality in ((camille, "présidente"), (ines, "chargée de mission")):
        one.goto(page)
        one.get_by_label("En quelle qualité").fill(quality)
        one.get_by_role("button", name="Signer la conclusion").click()
    expect(ines.locator(".lede")).to_contain_text("Elle ne change plus.")
    fits(camille)


def _closed(ines: Page, ola: Page, camille: Page, file: str) -> None:
    """The agreement is settled, the file closed, the call archived: its page stays, and says so."""
    ines.goto(f"{file}convention/")
    ines.get_by_text("Solder : tout est fait").click()
    part = ines.locator("details", has_text="Solder : tout est fait")
    part.get_by_label("Pourquoi").fill("Le lieu est ouvert.")
    part.get_by_role("button", name="Solder la convention").click()
    ines.goto(f"{file}evaluation/")
    ines.get_by_role("button", name="Clôturer le dossier").click()
    expect(ines.get_by_text("Le dossier est clôturé.")).to_be_visible()
    camille.goto(file)
    expect(camille.get_by_role("heading", name="Clôturé")).to_be_visible()
    fits(camille)
    ola.goto(BUILD)
    ola.get_by_role("button", name="Archiver l'appel").click()
    expect(ola.get_by_text("L'appel a changé d'état.")).to_be_visible()
    ola.goto("/programmes/fonds-du-val/pilotage/")
    expect(ola.locator("main")).to_contain_text("Relais du Val 2027")
    fits(ola)
    for page in (ines, ola, camille):
        page.context.close()
