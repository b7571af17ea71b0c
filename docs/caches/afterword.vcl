# Varnish 7 in front of Afterword, with `keys = "xkey"` in [cache] of blog.toml. It needs the module xkey
# (Debian: apt install varnish varnish-modules).
vcl 4.1;

import std;
import xkey;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
    .first_byte_timeout = 60s;
    .probe = {
        .url = "/readyz";
        .interval = 2s;
        .timeout = 6s;
        .window = 3;
        .threshold = 2;
    }
}

# Who may say that pages have changed: the machine on which Afterword runs.
acl purgers {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(403, "Not allowed"));
        }
        if (!req.http.xkey-purge) {
            return (synth(400, "No keys"));
        }
        set req.http.purged = xkey.purge(req.http.xkey-purge);
        return (synth(200, "Purged " + req.http.purged));
    }

    # Only the site's own cookies matter. Those of others neither reach it nor split the cache.
    if (req.http.Cookie ~ "(^|;\s*)(reader|session)=") {
        return (pass);
    }
    unset req.http.Cookie;

    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }

    # Marks of advertisements and mailings make no other page.
    if (req.url ~ "[?&](utm_[a-z]+|fbclid|gclid|mc_[a-z]+)=") {
        set req.url = regsuball(req.url, "([?&])(utm_[a-z]+|fbclid|gclid|mc_[a-z]+)=[^&]*", "\1");
        set req.url = regsuball(req.url, "&+", "&");
        set req.url = regsub(req.url, "\?&", "?");
        set req.url = regsub(req.url, "[?&]+$", "");
    }

    # A stale page is for when the site does not answer, and only then.
    if (req.restarts == 0) {
        set req.grace = 0s;
        if (!std.healthy(req.backend_hint)) {
            set req.grace = 7d;  # at most what the page allows, see below
        }
    }
    return (hash);
}

sub vcl_backend_response {
    unset beresp.http.Surrogate-Control;
    if (beresp.http.CDN-Cache-Control ~ "max-age=[0-9]+") {
        set beresp.ttl = std.duration(
            regsub(beresp.http.CDN-Cache-Control, ".*max-age=([0-9]+).*", "\1s"), 0s);
        set beresp.grace = std.duration(
            regsub(beresp.http.CDN-Cache-Control, ".*stale-if-error=([0-9]+).*", "\1s"), 0s);
        set beresp.keep = 1h;  # to ask whether the page is still the same
        return (deliver);
    }
    if (beresp.http.Cache-Control ~ "public" && beresp.http.Cache-Control ~ "immutable") {
        return (deliver);  # files with hashed names
    }
    # Everything else is the site's to answer each time.
    set beresp.ttl = 60s;
    set beresp.uncacheable = true;
    return (deliver);
}

sub vcl_deliver {
    # The site failed just now, before the probe has noticed: show a stale page if there is one.
    if (resp.status >= 502 && req.restarts == 0 && (req.method == "GET" || req.method == "HEAD")) {
        set req.grace = 7d;
        return (restart);
    }
    unset resp.http.xkey;
    unset resp.http.CDN-Cache-Control;
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
