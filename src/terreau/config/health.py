"""What a supervisor asks: is the process alive, is it ready to serve?"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from terreau.territories.models import Zone


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process runs; touches nothing."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, is migrated and holds the territories; 503 otherwise."""
    checks = {"database": False, "migrations": False, "territories": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = True
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["territories"] = checks["migrations"] and Zone.objects.exists()
    except DatabaseError:
        pass
    ready = all(checks.values())
    return JsonResponse({"status": "ok" if ready else "wait", "checks": checks}, status=200 if ready else 503)
