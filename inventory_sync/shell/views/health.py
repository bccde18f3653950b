"""`/healthz`: does the product work, for load balancers, supervisors and monitoring (SPEC APP-6)."""

from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from inventory_sync.heartbeat import last_beat
from inventory_sync.lib.access import public
from inventory_sync.shell import queries

_WORKER_SILENT_AFTER = timedelta(minutes=5)
"""A schedule starts a job every minute, so that a working worker is never silent for long."""


@public("Asked by machines; names no data.")
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 while pages work, 503 without database; `worker` and `oldest_due_job_seconds` tell whether work gets done."""
    now = timezone.now()
    try:
        queries.database_answers()
        beat, due = last_beat(), queries.oldest_due_job(now)
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": "unavailable"}, status=503)
    worker = "unknown" if beat is None else "silent" if now - beat > _WORKER_SILENT_AFTER else "working"
    answer = {
        "status": "ok" if worker != "silent" else "degraded",
        "database": "ok",
        "worker": worker,
        "worker_last_seen_seconds": int((now - beat).total_seconds()) if beat else None,
        "oldest_due_job_seconds": int((now - due).total_seconds()) if due else 0,
    }
    response = JsonResponse(answer)
    response.headers["Cache-Control"] = "no-store"
    return response
