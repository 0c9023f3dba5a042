"""The workers as a Django app: site logs are loaded when Django is ready."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from workers import siteparsers


class WorkersConfig(AppConfig):
    name = "workers"

    def ready(self) -> None:
        wrong = siteparsers.load(settings.INSTANCE.var)
        for words in wrong:
            siteparsers.log.error("site log left out: %s", words)

        @register
        def site_logs(app_configs: Any, **_: Any) -> Sequence[CheckMessage]:
            return [Warning(f"site log left out: {words}", id="workers.W001") for words in wrong]
