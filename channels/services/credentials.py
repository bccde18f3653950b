"""Store credentials under the newest key (ADR 9)."""

from django.db.models import TextField, Value
from django.db.models.functions import Cast

from channels.models import Channel
from inventory_sync.lib.secrets import rotate


def rotate_credentials() -> int:
    """Re-encrypt all credentials under the newest of CREDENTIAL_KEYS; how many. Raises SecretUnreadable.

    Credentials that somebody changes meanwhile are under the newest key already and are left as they are.
    """
    tokens = Channel.objects.annotate(token=Cast("credentials", TextField())).exclude(token="")
    rotated = 0
    for pk, token in tokens.values_list("pk", "token"):
        renewed = Value(rotate(token), output_field=TextField())
        rotated += tokens.filter(pk=pk, token=token).update(credentials=renewed)
    return rotated
