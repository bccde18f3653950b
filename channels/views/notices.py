"""Where stores send their notices."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels.errors import SignatureInvalid
from channels.services.intake import LARGEST_BODY, NoSuchAddress, receive_notice
from inventory_sync.lib.access import public


@csrf_exempt
@public("Stores send notices without log-in; each is verified by the channel's own secret.")
@require_POST
def receive(request: HttpRequest, platform: str, token: str) -> HttpResponse:
    """Empty answers: 200 taken, 401 not from the store, 404 no such channel, 413 too large to be a notice."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return HttpResponse(status=413)
    try:
        receive_notice(platform, token=token, headers=request.headers, body=request.body, now=timezone.now())
    except NoSuchAddress:
        return HttpResponse(status=404)
    except SignatureInvalid:
        return HttpResponse(status=401)
    return HttpResponse(status=200)
