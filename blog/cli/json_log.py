"""The log as JSON, one object a line (`BLOG_LOG=json`)."""

import json
import logging
from datetime import UTC, datetime

from blog.web import request_log


class JsonFormatter(logging.Formatter):
    """Write a log record with the id of the request that it belongs to, and its traceback if it has one."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_log.current():
            said["request"] = request
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps({**said, **getattr(record, "said", {})}, ensure_ascii=False)
