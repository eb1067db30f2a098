"""An HTTP server that speaks OpenAI's chat completions: each answer comes from a policy of the test."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""The assistant message for a request; what it raises is a status 500."""


class Endpoint(ThreadingHTTPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base_url."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Endpoint

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            assert self.path == "/v1/chat/completions"
            message = {"role": "assistant", **self.server.answer(request)}
            choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
            status, body = (
                200,
                {"id": "c", "object": "chat.completion", "created": 0, "model": request["model"], "choices": [choice]},
            )
        except Exception as error:
            status, body = 500, {"error": {"message": str(error)}}
        data = json.dumps(body).encode()
        kind = "application/json"
        if status == 200 and request.get("stream"):
            # The whole message as one chunk, then the end.
            delta = {"index": 0, "delta": choice["message"], "finish_reason": choice["finish_reason"]}
            chunk = {**body, "object": "chat.completion.chunk", "choices": [delta]}
            data, kind = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream"
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def endpoint(answer: Answer) -> Iterator[str]:
    """A running endpoint; gives its base URL."""
    server = Endpoint(answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.base_url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
