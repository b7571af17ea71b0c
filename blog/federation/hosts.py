"""Hosts under which many people have their sites: there one honest mention says nothing about the next one."""

from functools import cache

from publicsuffixlist import PublicSuffixList

# Sites whose people differ in the path, or whose subdomains the Public Suffix List does not have.
SHARED = frozenset(
    (
        *("brid.gy", "bsky.app", "dev.to", "dreamwidth.org", "facebook.com", "fed.brid.gy", "hashnode.dev"),
        *("instagram.com", "linkedin.com", "livejournal.com", "mastodon.social", "mataroa.blog", "medium.com"),
        *("micro.blog", "mstdn.social", "neocities.org", "omg.lol", "pixelfed.social", "posthaven.com", "prose.sh"),
        *("reddit.com", "sites.google.com", "squarespace.com", "substack.com", "threads.net", "tilde.club"),
        *("tumblr.com", "twitter.com", "webmention.io", "weebly.com", "wixsite.com", "wordpress.com", "write.as"),
        *("x.com", "youtube.com"),
    )
)


def is_shared(host: str) -> bool:
    """Tell whether many people have sites under a host, or beside it under the same suffix."""
    name = host.removeprefix("www.")
    if any(name == each or name.endswith(f".{each}") for each in SHARED):
        return True
    suffix = _all().publicsuffix(name, accept_unknown=False)
    return suffix is not None and suffix != _registries().publicsuffix(name, accept_unknown=False)


@cache
def _all() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _registries() -> PublicSuffixList:
    """Return the suffixes of registries alone, without those of companies that give names to their customers."""
    return PublicSuffixList(only_icann=True)
