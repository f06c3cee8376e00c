"""What a pole asks of its members by personal links: the page of who asks, and that of who answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import invitations, mail, spam, tokens
from terreau.census.models import Invitation
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.design.forms import BaseForm
from terreau.facts import catalogue
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.models import Fact
from terreau.facts.read import display_of
from terreau.journal.actions import refuse
from terreau.poles.models import Pole
from terreau.web.entry_pages import person

#: How often one connection may try links in a day; nobody guesses one, this only spares the machine.
_TRIES_A_DAY = 300
_QUESTIONS = 3


#: What may be asked, as addresses say it.
KINDS = {"donnee": "datum", "signature": "signature", "reponse": "answer"}


class AskForm(BaseForm):
    """What to ask, of whom: the fields are those of its purpose."""

    about = forms.ChoiceField(label=gettext_lazy("À propos de qui ?"), required=False)
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}))
    email = forms.EmailField(
        label=gettext_lazy("Adresse électronique de la personne"),
        help_text=gettext_lazy("Elle reçoit un lien personnel et répond sans compte."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    message = forms.CharField(
        label=gettext_lazy("Un mot de vous"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Le lien reste bon"),
        choices=[
            (7, gettext_lazy("une semaine")),
            (30, gettext_lazy("un mois")),
            (90, gettext_lazy("trois mois")),
        ],
        coerce=int,
        initial=invitations.USUAL,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Langue du courriel"), choices=[("fr", "Français"), ("en", "English")]
    )

    def __init__(self, pole: Pole, purpose: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose
        self.actors = {str(one.pk): one for one in invitations.who_may_be_asked(pole)}
        names = [(pk, one.name) for pk, one in self.actors.items()]
        self.fields["about"].choices = [("", _("Le pôle lui-même")), *names]  # type: ignore[attr-defined]
        if purpose == Invitation.Purpose.DATUM:
            del self.fields["text"]
            self._ask_codes()
        else:
            signed = purpose == Invitation.Purpose.SIGNATURE
            self.fields["text"].label = _("Le texte à signer") if signed else _("La question")
        self.order_fields(["about", "code1", "code2", "code3", "text"])

    def _ask_codes(self) -> None:
        choices = [("", "—"), *_codes()]
        for number in range(1, _QUESTIONS + 1):
            label = _("Donnée %(number)d") % {"number": number}
            field = forms.ChoiceField(label=label, choices=choices, required=number == 1)
            self.fields[f"code{number}"] = field

    @property
    def asks(self) -> list[str]:
        """What is asked, in the shape of its purpose."""
        if self.purpose != Invitation.Purpose.DATUM:
            return [self.cleaned_data["text"]]
        return [self.cleaned_data[f"code{number}"] for number in range(1, _QUESTIONS + 1)]

    @property
    def about_actor(self) -> Actor | None:
        """The organisation chosen; None for the pole itself."""
        return self.actors.get(self.cleaned_data["about"])


def _codes() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the data that can be asked, those of an organisation and those of the pole, by label."""
    lang = get_language() or "fr"

    def lines(kind: str, *, but: set[str]) -> list[tuple[str, str]]:
        found = [one for one in invitations.askable(kind) if one.code not in but]
        return sorted(((one.code, one.label(lang)) for one in found), key=lambda pair: pair[1].casefold())

    of_actor = {one.code for one in invitations.askable("actor")}
    return [
        (_("D'une organisation"), lines("actor", but=set())),
        (_("Du pôle lui-même"), lines("pole", but=of_actor)),
    ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Ask by a personal link, and see what was answered: for who animates the pole or moderates it."""
    pole = _pole(request, slug, "invitation.ask")
    kind = request.GET.get("quoi", "")
    kind = kind if kind in KINDS else next(iter(KINDS))
    form = AskForm(pole, KINDS[kind], request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _asked(request, pole, form)
        except DomainError as error:
            field = {"codes": "code1"}.get(error.facts.get("field", ""), error.facts.get("field"))
            form.add_error(field if field in form.fields else None, str(error.message))
    rows = [_line(row) for row in invitations.of_pole(pole)]
    context = {
        "pole": pole,
        "form": form,
        "rows": rows,
        "kind": kind,
        "action": f"{request.path}?quoi={kind}",
    }
    return render(request, "web/link/ask.html", context, status=422 if form.errors else 200)


def _asked(request: HttpRequest, pole: Pole, form: AskForm) -> HttpResponseBase:
    values = form.cleaned_data
    invitations.ask(
        pole,
        purpose=form.purpose,
        asks=form.asks,
        email=values["email"],
        about=form.about_actor,
        message=values["message"],
        days=values["days"],
        language=values["language"],
        by=_signed_in(request),
        link=_link(request, values["language"]),
    )
    messages.success(request, _("La demande est partie à %(email)s.") % {"email": values["email"]})
    return redirect("ask", slug=pole.slug)


def _pole(request: HttpRequest, slug: str, verb: str) -> Pole:
    """Fetch the pole for who asks in its name: 404 to a stranger, 403 (counted) to a reader."""
    pole = Pole.objects.filter(slug=slug).select_related("actor__subject").first()
    user, today = person(request), timezone.localdate()
    if pole is None or user is None or not invitations.known_of(user, pole, on=today):
        message = _("Cette page n'existe pas, ou il faut se connecter pour la voir.")
        raise NotFoundError("not_found", message)
    allowed = invitations.can_ask(user, pole, on=today)
    if not allowed:
        refuse(pole.actor.subject, verb, by=user, reason=allowed.reason)
        raise RefusedError("may_not_ask", allowed.reason)
    return pole


def _signed_in(request: HttpRequest) -> User:
    """Return who signed in; pages that come here have let nobody else pass."""
    user = person(request)
    if user is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    return user


def _link(request: HttpRequest, language: str) -> invitations.Link:
    """Return what makes a whole address of a secret, in the language of who will read."""

    def address(token: str) -> str:
        return request.build_absolute_uri(mail.localized(f"/lien/{token}/", language))

    return address


def _line(row: Invitation) -> dict[str, Any]:
    """Return something asked as the list shows it."""
    lang = get_language() or "fr"
    return {
        "row": row,
        "state": invitations.state(row, timezone.now()),
        "about": row.about.actor.name if row.about else row.subject.actor.name,
        "labels": invitations.labels(row, lang),
        "answers": _answers(row, lang),
        "waits": _waits(row, lang),
        "seen": invitations.seen_of(row),
        "may_remind": row.reminders < tokens.MOST_REMINDERS,
    }


def _waits(row: Invitation, lang: str) -> list[tuple[str, str]]:
    """Return what was given and waits to be accepted, with its label, as it was typed."""
    entries = catalogue.load()
    given = invitations.waiting_values(row)
    return [(entries[code].label(lang), _typed(entries[code], text)) for code, text in given.items()]


def _typed(entry: CatalogueEntry, text: str) -> str:
    """Return a term by its label, anything else as it was typed."""
    if entry.type == "code":
        terms = catalogue.vocabulary(entry.choices).terms
        return terms[text].labels[get_language() or "fr"] if text in terms else text
    return text


def _answers(row: Invitation, lang: str) -> list[tuple[str, str]]:
    """Return each datum that was given with its label, as it is read."""
    given = row.answer.get("facts", {})
    facts = {
        fact.pk.hex: fact for fact in Fact.objects.filter(pk__in=given.values()).select_related("source")
    }
    entries = catalogue.load()
    return [
        (entries[code].label(lang), display_of(facts[pk], lang))
        for code, pk in given.items()
        if pk in facts and code in entries
    ]


@never_cache
@require_POST
def act(request: HttpRequest, slug: str, pk: Any) -> HttpResponseBase:
    """Remind, take back what was asked, accept or set aside what was answered."""
    pole = _pole(request, slug, "invitation.change")
    user = _signed_in(request)
    row = invitations.find(pole, pk)
    try:
        if request.POST.get("faire") == "rappeler":
            invitations.remind(row, by=user, link=_link(request, row.language))
            messages.success(request, _("Le rappel est parti ; le lien précédent ne marche plus."))
        elif request.POST.get("faire") == "retirer":
            invitations.revoke(row, by=user)
            messages.success(request, _("La demande est retirée ; son lien ne marche plus."))
        elif request.POST.get("faire") == "accepter":
            invitations.accept(row, by=user, seen=request.POST.get("vu"))
            messages.success(request, _("La réponse est sur la fiche, avec la mention « déclaré »."))
        elif request.POST.get("faire") == "ecarter":
            invitations.set_aside(row, by=user, seen=request.POST.get("vu"))
            messages.success(request, _("La réponse est écartée ; la fiche n'a pas changé."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("ask", slug=pole.slug)


# Who answers


class SignForm(BaseForm):
    """A signature: who, in which capacity, and that it is meant."""

    name = forms.CharField(
        label=gettext_lazy("Vos prénom et nom"), widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    role = forms.CharField(
        label=gettext_lazy("En quelle qualité"),
        help_text=gettext_lazy("Par exemple : présidente de l'association."),
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    agreed = forms.BooleanField(label=gettext_lazy("J'ai lu ce texte et je le signe"), required=False)


class AnswerForm(BaseForm):
    """The words that answer a question."""

    text = forms.CharField(label=gettext_lazy("Votre réponse"), widget=forms.Textarea(attrs={"rows": 6}))


def datum_form(entries: list[CatalogueEntry], lang: str, data: Any = None, initial: Any = None) -> BaseForm:
    """Return the form of the data asked: a field for each, in the words of the catalogue, and their year."""
    form = BaseForm(data, initial=initial)
    for entry in entries:
        form.fields[entry.code] = _field(entry, lang, needed=len(entries) == 1)
    if any(entry.period != "none" for entry in entries):
        help_text = _("Une année (2025), un mois (2025-09) ou un jour (2025-09-30).")
        form.fields["year"] = forms.CharField(
            label=_("De quand ?"), help_text=help_text, required=False, initial=str(timezone.localdate().year)
        )
    return form


def _field(entry: CatalogueEntry, lang: str, *, needed: bool) -> forms.Field:
    label, hint = entry.label(lang), entry.definition(lang)
    common: dict[str, Any] = {"label": label, "help_text": hint, "required": needed}
    if entry.type == "code":
        terms = catalogue.vocabulary(entry.choices).terms.values()
        return forms.ChoiceField(choices=[("", "—"), *((t.code, t.labels[lang]) for t in terms)], **common)
    if entry.type == "bool":
        return forms.ChoiceField(choices=[("", "—"), ("oui", _("oui")), ("non", _("non"))], **common)
    if entry.type == "text":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **common)
    if entry.unit:
        unit = catalogue.load().unit(entry.unit).label(lang)
        common["label"] = label if unit.casefold() in label.casefold() else f"{label} ({unit})"
    mode = {"inputmode": "decimal"} if entry.type in {"number", "money"} else {}
    return forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off", **mode}), **common)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show who asks, what for and what will be done with it; take the answer."""
    row = _opened(request, token)
    lang = get_language() or "fr"
    form = _form(row, lang, request.POST if request.method == "POST" else None)
    found = invitations.state(row, timezone.now())
    closed = _closed(row, found)
    if request.method == "POST" and not closed and form.is_valid():
        try:
            _answer(token, row, form)
            return redirect("link_done", token=token)
        except DomainError as error:
            field = error.facts.get("field")
            form.add_error(field if field in form.fields else None, str(error.message))
    context = {"row": row, "form": form, "pole": row.subject.actor, "closed": closed, "state": found}
    context |= {"about": row.about.actor if row.about else None, "labels": invitations.labels(row, lang)}
    status = 410 if closed else 422 if form.errors else 200
    return _private(render(request, "web/link/link.html", context, status=status))


def _opened(request: HttpRequest, token: str) -> Invitation:
    """Find what a link asks; who tries many that do not exist is asked to come back tomorrow."""
    try:
        return invitations.of_link(token)
    except NotFoundError:
        spam.count(request, "link", most=_TRIES_A_DAY)
        raise


def _closed(row: Invitation, found: str) -> str:
    """Return why nothing can be answered; a datum or a text may be corrected until the link expires."""
    if (
        found == "answered"
        and row.purpose != Invitation.Purpose.SIGNATURE
        and row.expires_at > timezone.now()
    ):
        return ""
    return "" if found in {"waiting", "unsent"} else invitations.closed_because(row, found)


def _form(row: Invitation, lang: str, data: Any) -> BaseForm:
    if row.purpose == Invitation.Purpose.SIGNATURE:
        return SignForm(data)
    if row.purpose == Invitation.Purpose.ANSWER:
        return AnswerForm(data, initial={"text": row.answer.get("text", "")})
    entries = catalogue.load()
    initial = {"year": row.answer.get("year")} if row.answer.get("year") else {}
    return datum_form([entries[code] for code in row.asks if code in entries], lang, data, initial)


def _answer(token: str, row: Invitation, form: BaseForm) -> None:
    values = form.cleaned_data
    if row.purpose == Invitation.Purpose.SIGNATURE:
        invitations.sign(token, name=values["name"], role=values["role"], agreed=values["agreed"])
    elif row.purpose == Invitation.Purpose.ANSWER:
        invitations.answer_text(token, values["text"])
    else:
        invitations.answer_datum(token, values, year=values.get("year", ""))


@never_cache
@require_http_methods(["GET", "HEAD"])
def link_done(request: HttpRequest, token: str) -> HttpResponseBase:
    """Thank, say what was kept and how to correct it."""
    row = _opened(request, token)
    if not row.answered_at:
        return redirect("link", token=token)
    lang = get_language() or "fr"
    again = row.purpose != Invitation.Purpose.SIGNATURE and row.expires_at > timezone.now()
    context = {"row": row, "pole": row.subject.actor, "again": again}
    context["answers"] = _waits(row, lang) or _answers(row, lang)
    context["url"] = reverse("link", args=[token])
    return _private(render(request, "web/link/done.html", context))


def _private(response: Any) -> HttpResponseBase:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response  # type: ignore[no-any-return]
