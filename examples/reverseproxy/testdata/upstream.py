"""A service behind WSGI, as many are: it finds header fields as HTTP_NAME, in which hyphens and underscores are one."""
import wsgiref.simple_server


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    names = ("HTTP_X_REMOTE_USER", "HTTP_AUTHORIZATION", "HTTP_API_KEY", "HTTP_REMOTE_USER")
    return ["".join("%s=%s\n" % (n, environ[n]) for n in names if n in environ).encode()]


server = wsgiref.simple_server.make_server("127.0.0.1", 0, application, handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
