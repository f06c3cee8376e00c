"""The tag that an edit page writes once: who else is on this sheet."""

from typing import Any

from django import template

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census.presence import others

register = template.Library()


@register.inclusion_tag("census/presence.html", takes_context=True)
def presence(context: template.Context, actor: Actor) -> dict[str, Any]:
    """Show who else changes this sheet, renewed every twenty seconds where JavaScript is there."""
    user = context["request"].user
    there = others(actor.subject, user) if isinstance(user, User) else []
    return {"actor": actor, "others": there, "csrf_token": context.get("csrf_token", "")}
