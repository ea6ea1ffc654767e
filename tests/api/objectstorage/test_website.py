"""Buckets as web sites, for browsers without a signature."""

from __future__ import annotations

import httpx
import pytest

from tests.api.objectstorage.conftest import People

pytestmark = pytest.mark.api
HOST = "pages.s3-website-de.localhost:4668"
PAGES = (
    "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
    "<ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules><RoutingRule>"
    "<Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition>"
    "<Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules>"
    "</WebsiteConfiguration>"
)


async def browse(people: People, path: str, method: str = "GET") -> httpx.Response:
    """Look at a page of the site."""
    return await people.nobody.http.request(method, path, headers={"Host": HOST})


@pytest.fixture
async def site(people: People) -> People:
    """A public bucket with pages."""
    owner = people.owner
    await owner.done("PUT", "/pages")
    await owner.done("PUT", "/pages?website", PAGES)
    public = {"x_amz_acl": "public-read", "content_type": "text/html"}
    for key in ("index.html", "error.html", "docs/index.html", "page.html"):
        await owner.done("PUT", f"/pages/{key}", f"this is {key}", **public)
    await owner.done("PUT", "/pages/private.html", "secret")
    await owner.done("PUT", "/pages/moved", "", x_amz_website_redirect_location="/page.html", **public)
    return people


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/", 200, "this is index.html"),
        ("/page.html", 200, "this is page.html"),
        ("/docs/", 200, "this is docs/index.html"),
        ("/missing", 403, "this is error.html"),  # who may not list does not learn what is missing
        ("/private.html", 403, "this is error.html"),
    ],
)
async def test_pages(site: People, path: str, status: int, text: str) -> None:
    answer = await browse(site, path)
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["content-type"] == "text/html"


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/docs", 302, "/docs/"),
        ("/moved", 301, "/page.html"),
        ("/old/a", 301, f"http://{HOST}/new/a"),
    ],
)
async def test_redirects(site: People, path: str, status: int, location: str) -> None:
    answer = await browse(site, path)
    assert (answer.status_code, answer.headers["location"]) == (status, location)


async def test_a_site_only_shows(site: People) -> None:
    assert (await browse(site, "/page.html", "PUT")).status_code == 405
    assert (await browse(site, "/page.html", "DELETE")).status_code == 405


async def test_a_redirect_of_everything(site: People) -> None:
    everything = (
        "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>example.com</HostName><Protocol>https</Protocol>"
        "</RedirectAllRequestsTo></WebsiteConfiguration>"
    )
    await site.owner.done("PUT", "/pages?website", everything)
    assert (await browse(site, "/a/b")).headers["location"] == "https://example.com/a/b"


@pytest.mark.parametrize(
    "document",
    [
        "<WebsiteConfiguration/>",
        "<WebsiteConfiguration><IndexDocument><Suffix>a/b</Suffix></IndexDocument></WebsiteConfiguration>",
        "<WebsiteConfiguration><IndexDocument/></WebsiteConfiguration>",
    ],
)
async def test_what_is_no_site_is_refused(site: People, document: str) -> None:
    assert await site.owner.refused("PUT", "/pages?website", document) in ("InvalidArgument", "MalformedXML")


async def test_pages_of_other_origins(site: People) -> None:
    rules = (
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://*.example.com"
        "</AllowedOrigin><AllowedHeader>x-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>"
    )
    await site.owner.done("PUT", "/pages?cors", rules)
    assert "<ID>1</ID>" in (await site.owner.done("GET", "/pages?cors")).text
    asked = {"access_control_request_method": "GET", "access_control_request_headers": "X-One"}
    told = await site.nobody.done("OPTIONS", "/pages/page.html", origin="https://a.example.com", **asked)
    assert told.headers["access-control-allow-origin"] == "https://a.example.com"
    assert told.headers["access-control-allow-headers"] == "x-one"
    for wrong in ({"origin": "https://example.org"}, {"access_control_request_method": "PUT"},
                  {"access_control_request_headers": "content-type"}):  # fmt: skip
        given = {"origin": "https://a.example.com", **asked, **wrong}
        assert (await site.nobody("OPTIONS", "/pages/page.html", **given)).status_code == 403
    read = await site.nobody.done("GET", "/pages/page.html", origin="https://a.example.com")
    assert read.headers["access-control-expose-headers"] == "ETag"
    other = await site.nobody.done("GET", "/pages/page.html", origin="https://example.org")
    assert "access-control-allow-origin" not in other.headers
