"""Forms of the house: errors beside the field and in a summary, hints tied to their field."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class BaseForm(forms.Form):
    """A form whose fields carry what assistive technology needs, before and after an error."""

    template_name = "design/components/form.html"
    required_css_class = "required"
    error_css_class = "has-error"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False

    @property
    def summary_title(self) -> str:
        """Return the sentence above the list of what is wrong."""
        count = sum(len(messages) for messages in self.errors.values())
        return ngettext(
            "%(count)d point à corriger", "%(count)d points à corriger", count
        ) % {"count": count}  # fmt: skip


def describe(bound: forms.BoundField) -> str:
    """Return the sentence that says how a field must be filled: its hint, or that it is optional."""
    if bound.help_text:
        return str(bound.help_text)
    return "" if bound.field.required else _("facultatif")
