"""A file to look at: an invented pole answers an invented call, both flagged « exemple fictif »."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.calls import document, form_rules, loading
from terreau.calls.models import Call, FormVersion, Programme
from terreau.dossiers import actions
from terreau.dossiers.models import Dossier, Writer
from terreau.poles import book
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

FLAG: Final = "exemple fictif"
PROGRAMME, CALL = "programme-exemple-fictif", "appel-exemple-fictif"
#: The shipped call of which the demonstration takes the form: its questions are real, nothing else is.
_FORM: Final = "ami-2025.yaml"
#: Days since the call opened, and until it closes.
_OPENED, _LEFT = 20, 25


def fill(pole: Pole, by: User) -> None:
    """Begin the file of an invented pole in the invented call; nothing when it has one already."""
    call = call_of_trial()
    if Dossier.objects.filter(call=call, pole=pole).exists():
        return
    begun = actions.Begun(pole.actor, pole, kind="pole", title=f"Conserverie de quartier ({FLAG})")
    dossier = actions.start(call, begun, by=by, example=True)
    for key, value in _answers(dossier).items():
        actions.answer(dossier, key, value, base_version=None, by=by)
    _partners(dossier, pole, by)


def call_of_trial() -> Call:
    """Return the invented call, made when it is not there: open for some weeks, signed by each partner."""
    held = Call.objects.filter(slug=CALL).first()
    if held is not None:
        return held
    programme = Programme.objects.filter(slug=PROGRAMME).first() or Programme.objects.create(
        subject=subjects.create(Subject.Kind.PROGRAMME, public=True),
        slug=PROGRAMME,
        name=f"Programme d'essai ({FLAG})",
        name_en="Trial programme (fictional example)",
        owner_name=f"Porteur d'essai ({FLAG})",
        state=Programme.State.PUBLISHED,
        example=True,
    )
    today = timezone.localdate()
    noon = datetime.combine(today, time(12), timezone.get_current_timezone())
    call = Call.objects.create(
        subject=subjects.create(Subject.Kind.CALL, public=True),
        programme=programme,
        slug=CALL,
        title=f"Appel d'essai ({FLAG})",
        title_en="Trial call (fictional example)",
        summary="Un appel inventé, pour essayer : rien n'y est financé.",
        summary_en="An invented call, to try things out: nothing is funded.",
        state=Call.State.OPEN,
        opens_at=noon - timedelta(days=_OPENED),
        closes_at=noon + timedelta(days=_LEFT),
        stages=[{"code": "committee", "label": "Comité", "label_en": "Committee", "opinion": "none"}],
        ranking={"by": "instructed", "tie": "asked"},
        deposit={"channels": ["online", "paper", "email"], "both": False, "signed": True},
        example=True,
    )
    content = document.read(loading.SHIPPED / _FORM).form
    FormVersion.objects.create(call=call, number=1, content=content, published_at=timezone.now())
    return call


def _answers(dossier: Dossier) -> dict[str, Any]:
    """Return an invented answer to some of the questions that nothing answered: a draft is half written."""
    held = actions.values_of(dossier)
    texts = {
        "text": f"Conserverie de quartier ({FLAG})",
        "long_text": f"Transformer les invendus du marché, avec les membres du pôle ({FLAG}).",
        "euro": 4_500_000,
        "integer": 3,
        "yes_no": True,
    }
    asked = [placed for placed in form_rules.fields(dossier.form.content) if placed.key not in held]
    fitting = [one for one in asked if one.field["kind"] in texts and not _limited(one.field)]
    return {one.key: texts[one.field["kind"]] for one in fitting[: max(3, len(fitting) // 2)]}


def _limited(one: Any) -> bool:
    """Say whether an invented answer may pass the limits of a question: it is then left empty."""
    return one.get("min") is not None or (one["kind"] in {"integer", "euro"} and one.get("max") is not None)


def _partners(dossier: Dossier, pole: Pole, by: User) -> None:
    """Name two members as partners who were invited and have not answered: nobody receives anything."""
    members = [one.pk for one in book.parties(pole, on=timezone.localdate()) if one.pk != pole.pk][:2]
    for rank, actor in enumerate(Actor.objects.filter(pk__in=members).order_by("sort_key", "pk"), start=1):
        Writer.objects.create(
            dossier=dossier,
            actor=actor,
            email=f"membre-{rank}@exemple.invalid",
            role=Writer.Role.SIGNATORY,
            invited_by=by,
        )
