"""What must not be shown to other municipalities, whoever wants to release it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from records.access import Confidentiality, PrivacyClass, ReadAccess
from records.errors import InvalidInputError
from records.record import Metadata
from records.release import ReleaseForm
from records.settings import ReleaseSettings

_PROTECTED = {
    PrivacyClass.ARTICLE_9: "Sie enthält besonders geschützte personenbezogene Daten.",
    PrivacyClass.TAX: "Sie unterliegt dem Steuergeheimnis.",
    PrivacyClass.SOCIAL: "Sie unterliegt dem Sozialgeheimnis.",
    PrivacyClass.PERSONNEL: "Sie gehört zu einer Personalakte.",
    PrivacyClass.REGISTER: "Sie stammt aus einem Register.",
}


class Refusals:
    """Kinds of records that stay with their tenant: by privacy class, by department and by file plan."""

    def __init__(self, *, departments: Iterable[str], file_plans: Iterable[str]) -> None:
        self._departments = frozenset(name.strip().casefold() for name in departments)
        self._file_plans = tuple(file_plans)

    def check(self, metadata: Metadata, access: ReadAccess, form: ReleaseForm) -> None:
        """Return if a record may be shown in this form; InvalidInputError with a sentence for its records manager."""
        # SECURITY: asked again whenever the record changes; what becomes protected is taken back by the indexer.
        if access.privacy_class is not PrivacyClass.NORMAL:
            why = _PROTECTED[access.privacy_class]
            raise InvalidInputError("record_id", f"Diese Unterlage darf nicht freigegeben werden. {why}")
        if self._of_refused_department(metadata, access):
            raise InvalidInputError("record_id", "Unterlagen dieses Amts dürfen nicht freigegeben werden.")
        if any((metadata.file_plan or "").startswith(prefix) for prefix in self._file_plans):
            raise InvalidInputError(
                "record_id", "Unterlagen aus diesem Teil des Aktenplans dürfen nicht freigegeben werden."
            )
        if form is ReleaseForm.WHOLE and access.confidentiality is not Confidentiality.OPEN:
            raise InvalidInputError(
                "form", "Eine vertrauliche Unterlage kann nur geschwärzt oder als bloßer Hinweis freigegeben werden."
            )

    def _of_refused_department(self, metadata: Metadata, access: ReadAccess) -> bool:
        groups = {reader.group for reader in access.readers}
        # a record that only such departments may read is theirs, even where its metadata does not say so
        return (metadata.department or "").strip().casefold() in self._departments or (
            bool(groups) and groups <= self._departments
        )


def refusals_of(settings: ReleaseSettings) -> Refusals:
    """Return the refusals of an installation."""
    return Refusals(departments=settings.refused_departments, file_plans=settings.refused_file_plans)
