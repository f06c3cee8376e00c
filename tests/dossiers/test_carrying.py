"""A new version of a form: the files still written follow it, and what they would lose is said before."""

import copy

import pytest

from terreau.accounts.models import User
from terreau.calls import versions
from terreau.dossiers.models import Answer, Dossier
from tests.dossiers import making


@pytest.mark.django_db
def test_open_files_follow_their_form_and_say_what_they_lose() -> None:
    owner = User.objects.create_user("porteur@people.example.org")
    asked = making.call()
    row = making.dossier(asked, answers={"title": "Halle", "jobs": 3})
    closed = making.dossier(asked, state="deposited", answers={"jobs": 5})
    old = row.form

    def without_jobs(content: object) -> dict[str, object]:
        made = copy.deepcopy(content)
        fields = made["pages"][1]["sections"][0]["fields"]  # type: ignore[index]
        fields[:] = [one for one in fields if one["key"] != "jobs"]
        return made  # type: ignore[return-value]

    versions.edit(asked, without_jobs, by=owner)
    (told,) = versions.would_lose(asked)
    assert [one.key for one in told.lost] == ["jobs"]
    assert Answer.objects.filter(dossier=row, key="jobs").exists()
    form, lost = versions.publish(asked, by=owner)
    assert [len(one.lost) for one in lost] == [1]
    assert Dossier.objects.get(pk=row.pk).form_id == form.pk
    assert set(Answer.objects.filter(dossier=row).values_list("key", flat=True)) == {"title"}
    assert Dossier.objects.get(pk=closed.pk).form_id == old.pk
