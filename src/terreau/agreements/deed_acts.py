"""What the pages of agreements and contracts do alike with the deed that waits: write, freeze, sign."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.agreements import agreeing
from terreau.agreements.forms import DeedForm, FreezeForm
from terreau.agreements.models import Deed, Signatory, Signature
from terreau.agreements.pages import brought
from terreau.common.errors import NotFoundError
from terreau.subjects.models import Subject


class DeedActs:
    """The acts on the deed that waits. Each does what its form says and returns the words that tell it."""

    @cached_property
    def shown(self) -> Deed | None:
        """The deed that the page tells."""
        raise NotImplementedError

    @cached_property
    def waiting(self) -> Deed | None:
        """The deed that is being written or signed."""
        found = self.shown
        return found if found and found.state in {Deed.State.DRAFT, Deed.State.FROZEN} else None

    @property
    def author(self) -> User:
        """Who acts."""
        raise NotImplementedError

    @property
    def subject(self) -> Subject:
        """What the pieces that are brought are of."""
        raise NotImplementedError

    @property
    def held(self) -> Deed:
        """The deed that waits; raises ``NotFoundError`` when it no longer does."""
        if self.waiting is None:
            raise NotFoundError("no_deed", _("Cet acte n'est plus à écrire ni à signer."))
        return self.waiting

    def of_document(self, form: Any) -> Any:
        """Return a form that says which document the person reads."""
        sha = self.waiting.sha256 if self.waiting else ""
        return lambda *args, **kwargs: form(*args, initial={"sha256": sha}, **kwargs)

    def freeze_form(self, *args: Any, **kwargs: Any) -> FreezeForm:
        """Return the form that says which text the person freezes."""
        return FreezeForm(*args, initial={"seen": self.waiting.version if self.waiting else 0}, **kwargs)

    def write(self, form: DeedForm) -> str:
        """Write the text over what was seen."""
        values = form.cleaned_data
        title = values.get("title", "")
        agreeing.write(self.held, form.body(), seen=values["seen"], by=self.author, title=title)
        return _("Le texte est enregistré.")

    def annex(self, form: Any) -> str:
        """Join an annex."""
        piece = brought(self.subject, form.cleaned_data["file"], by=self.author)
        if piece is not None:
            agreeing.join(self.held, piece, name=form.cleaned_data["name"], by=self.author)
        return _("L'annexe est jointe : son empreinte sera dans le document signé.")

    def freeze(self, form: Any) -> str:
        """Freeze the text."""
        agreeing.freeze(self.held, seen=form.cleaned_data["seen"], by=self.author)
        return _("Le document est figé : chacun peut le signer.")

    def sign(self, one: Signatory) -> Any:
        """Return what signs for a signatory."""

        def sign(form: Any) -> str:
            agreeing.sign(self.held, one, sha256=form.cleaned_data["sha256"], by=self.author)
            return _("Vous avez signé pour %(name)s.") % {"name": one.name}

        return sign

    def paper(self, one: Signatory) -> Any:
        """Return what notes that a signatory signed on paper."""

        def paper(form: Any) -> str:
            values = form.cleaned_data
            piece = brought(self.subject, values["file"], by=self.author)
            told = {"how": Signature.How.PAPER, "signed_on": values["signed_on"], "piece": piece}
            agreeing.sign(self.held, one, sha256=values["sha256"], by=self.author, **told)
            return _("La signature sur papier est enregistrée.")

        return paper

    def cancel(self, form: Any) -> str:
        """Give the deed up."""
        agreeing.cancel(self.held, reason=form.cleaned_data["why"], by=self.author)
        return _("Ce texte est abandonné.")
