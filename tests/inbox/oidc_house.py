"""A company's OpenID server on loopback: it keeps to the rules unless told to lie."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT, SECRET = "samsvar", "company-secret"


class Company:
    """`person`: the claims of whoever stands at its door; `lies`: what to say instead, by name."""

    def __init__(self):
        self.keys = {"k1": ec.generate_private_key(ec.SECP256R1())}
        self.person = {"sub": "248289761001", "email": "ingrid@havbris.example", "email_verified": True}
        self.lies, self.codes, self.heard = {}, {}, []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def open_door(self, address):
        """What the person's browser does there: gives the address it is sent back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["client_id"] == CLIENT
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked):
        key, moment = self.lies.get("key", self.keys["k1"]), int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": moment, "exp": moment + 300, "nonce": asked["nonce"]}
        claims |= self.person | self.lies.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.lies.get("alg") == "none":
            return jwt.encode(claims, "", algorithm="none")
        if self.lies.get("alg") == "HS256":
            return jwt.encode(claims, SECRET * 4, algorithm="HS256", headers={"kid": "k1"})
        return jwt.encode(claims, key, algorithm="ES256", headers={"kid": self.lies.get("kid", "k1")})

    def answer(self, path, form):
        if path == "/.well-known/openid-configuration":
            places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            told = {name: f"{self.issuer}/{place}" for name, place in places.items()}
            return told | {"issuer": self.lies.get("issuer", self.issuer)}
        if path == "/keys":
            public = [(kid, jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())) for kid, key in self.keys.items()]
            return {"keys": [json.loads(key) | {"kid": kid, "alg": "ES256"} for kid, key in public]}
        return self._exchange(form) if path == "/token" else None

    def _exchange(self, form):
        asked = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = (
            asked
            and form["client_secret"] == SECRET
            and form["redirect_uri"] == asked["redirect_uri"]
            and proof.decode().rstrip("=") == asked["code_challenge"]
        )
        return {"id_token": self.token(asked), "access_token": "unused", "token_type": "Bearer"} if right else None

    def _handler(company):
        class Handler(BaseHTTPRequestHandler):
            def _say(self, form):
                company.heard.append(self.path)
                told = company.answer(urlsplit(self.path).path, form)
                body = json.dumps(told or {"error": "invalid_grant"}).encode()
                self.send_response(200 if told else 400)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self._say({})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._say({name: values[0] for name, values in parse_qs(body).items()})

            def log_message(self, *_words):
                pass

        return Handler
