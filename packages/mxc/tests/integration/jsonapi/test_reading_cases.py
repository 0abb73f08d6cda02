"""What JSON:API 1.1 says of fetching, as a table: documents, relationships, filters, order, pages, errors."""

from typing import Any

from packages.mxc.tests.integration.jsonapi.cases import ABSENT, Case, error, failures, of
from packages.mxc.tests.integration.jsonapi.world import MEDIA, World


def lamps(*names: str) -> list[dict[str, str]]:
    """The lamps of these names, in this order, as identifiers."""
    return [{"type": "lamps", "id": "{" + name + "}"} for name in names]


def sites(*names: str) -> list[dict[str, str]]:
    """The sites of these names."""
    return [{"type": "sites", "id": "{" + name + "}"} for name in names]


def listed(*names: str, **beside: Any) -> dict[str, Any]:
    """A document whose data are these lamps."""
    return {"data": lamps(*names), **beside}


A = "/api/v2/lamps/{a}"
DOCUMENTS = [
    Case("a collection is its first page", "GET /lamps", 200, listed("a", "b", "c", errors=ABSENT)),
    Case("a row has type, id, attributes, relationships and a link to itself", "GET /lamps/{a}", 200, {
        "data": {
            "type": "lamps", "id": "{a}",
            "attributes": {
                "name": "a", "lamp_type": "led", "watts": 3, "tags": ["old", "red"], "light": "off",
                "lit_at": None, "is_bright": False, "revision": 1, "price": 0,
                "id": ABSENT, "type": ABSENT, "site_id": ABSENT, "tenant_id": ABSENT,
            },
            "relationships": {
                "site": {
                    "data": {"type": "sites", "id": "{home}"},
                    "links": {"self": f"{A}/relationships/site", "related": f"{A}/site"},
                },
                "spare_for": {"data": None},
                "spares": {"data": ABSENT, "links": {"self": f"{A}/relationships/spares"}},
            },
            "links": {"self": A},
        },
        "links": {"self": A}, "included": ABSENT,
    }, answered={"vary": "Accept", "etag": ...}),
    Case("links to itself keep the query", "GET /lamps/{a}?fields[lamps]=name", 200,
         {"links": {"self": f"{A}?fields[lamps]=name"}}),
    Case("a guarded field is masked for who may not see it", "GET /lamps/{d}", 200,
         {"data": {"attributes": {"price": "•••"}}}, who="viewer"),
    Case("no field at all", "GET /lamps/{a}?fields[lamps]=", 200,
         {"data": {"attributes": ABSENT, "relationships": ABSENT, "links": ...}}),
]  # fmt: skip
MEDIA_TYPES = [
    Case("the media type itself", "GET /lamps/{a}", 200, headers={"Accept": MEDIA}),
    Case("no Accept at all", "GET /lamps/{a}", 200, headers={"Accept": "*/*"}),
    Case("any application", "GET /lamps/{a}", 200, headers={"Accept": "application/*;q=0.1, text/html"}),
    Case("one instance without parameters is enough", "GET /lamps/{a}", 200,
         headers={"Accept": f"{MEDIA};charset=utf-8, {MEDIA}"}),
    Case("a profile is ignored", "GET /lamps/{a}", 200,
         headers={"Accept": f'{MEDIA};profile="https://example.org/one https://example.org/two"'}),
    Case("every instance has parameters", "GET /lamps/{a}", 406, error(406, "not-acceptable"),
         headers={"Accept": f"{MEDIA};charset=utf-8, {MEDIA};indent=2"}),
    Case("an extension we do not have", "GET /lamps/{a}", 406, error(406, "not-acceptable"),
         headers={"Accept": f'{MEDIA};ext="https://jsonapi.org/ext/atomic"'}),
    Case("something else altogether", "GET /lamps/{a}", 406, error(406, "not-acceptable"),
         headers={"Accept": "text/html, application/json"}),
    Case("refused by weight", "GET /lamps/{a}", 406, headers={"Accept": f"{MEDIA};q=0"}),
]  # fmt: skip
SPARSE = [
    Case("some attributes and relationships", "GET /lamps/{a}?fields[lamps]=name,site", 200, {
        "data": {
            "attributes": {"name": "a", "watts": ABSENT}, "relationships": {"site": ..., "spares": ABSENT},
        },
    }),
    Case("no relationships", "GET /lamps/{a}?fields[lamps]=name", 200, {"data": {"relationships": ABSENT}}),
    Case("of what is included", "GET /lamps/{a}?include=site&fields[sites]=name", 200, {
        "data": {"attributes": {"watts": 3}},
        "included": [{"type": "sites", "id": "{home}", "attributes": {"name": "home", "labels": ABSENT}}],
    }),
    Case("an unknown field", "GET /lamps?fields[lamps]=nam", 400,
         error(400, "bad-query", source=of("fields[lamps]"), detail="nam is not known: did you mean name?")),
    Case("an unknown type", "GET /lamps?fields[lamp]=name", 400,
         error(400, "bad-query", source=of("fields[lamp]"), detail="is not known: did you mean lamps?")),
    Case("fields without a type", "GET /lamps?fields=name", 400,
         error(400, "bad-query", source=of("fields"))),
]  # fmt: skip
INCLUDE = [
    Case("a relationship to one", "GET /lamps/{a}?include=site", 200,
         {"data": {"id": "{a}"}, "included": sites("home")}),
    Case("every row once", "GET /lamps?include=site", 200,
         {**listed("a", "b", "c"), "included": sites("home")}),
    Case("a relationship to many, fully linked", "GET /sites/{cellar}?include=lamps", 200, {
        "data": {"relationships": {"lamps": {"data": ...}}}, "included": [..., ...],
    }),
    Case("to many of nothing is an empty list", "GET /sites/{cellar}?include=parts", 200,
         {"data": {"relationships": {"parts": {"data": []}}}, "included": []}),
    Case("to one of nothing", "GET /lamps/{a}?include=spare_for", 200,
         {"data": {"relationships": {"spare_for": {"data": None}}}, "included": []}),
    Case("a path, with what lies on it", "GET /lamps/{d}?include=site.parent", 200, {"included": [..., ...]}),
    Case("what is primary is not included again", "GET /lamps/{d}?include=site.lamps&fields[lamps]=name", 200,
         {"data": {"id": "{d}"}, "included": [{"type": "sites", "id": "{cellar}"}, {"id": "{e}"}]}),
    Case("nothing asked for", "GET /lamps/{a}?include=", 200, {"data": {"id": "{a}"}, "included": []}),
    Case("no relationship of that name", "GET /lamps?include=owner", 400,
         error(400, "bad-query", source=of("include"),
               detail="owner is no relationship of lamps: site, spare_for, spares")),
    Case("no relationship further on", "GET /lamps?include=site.owner", 400, error(400, "bad-query")),
    Case("too deep", "GET /sites?include=parent.parent.parent.parent", 400,
         error(400, "bad-query", detail="parent.parent.parent.parent is deeper than 3 steps")),
]  # fmt: skip
RELATED = [
    Case("what a relationship to one leads to", "GET /lamps/{a}/site", 200,
         {"data": {"type": "sites", "id": "{home}"}, "links": {"self": "/api/v2/lamps/{a}/site"}}),
    Case("nothing is null, not 404", "GET /lamps/{a}/spare_for", 200, {"data": None}),
    Case("what a relationship to many leads to is a list like any", "GET /sites/{home}/lamps?sort=-name", 200,
         listed("c", "b", "a")),
    Case("with filters and pages", "GET /sites/{home}/lamps?filter[watts][gt]=5&page[limit]=1", 200,
         listed("b")),
    Case("identifiers behind a relationship to one", "GET /lamps/{a}/relationships/site", 200, {
        "data": {"type": "sites", "id": "{home}", "attributes": ABSENT},
        "links": {"self": f"{A}/relationships/site", "related": f"{A}/site"},
    }),
    Case("null behind an empty one", "GET /lamps/{a}/relationships/spare_for", 200, {"data": None}),
    Case("identifiers behind a relationship to many", "GET /sites/{home}/relationships/lamps", 200, {
        "data": lamps("a", "b", "c"), "links": {"related": "/api/v2/sites/{home}/lamps"},
    }),
    Case("an empty list behind an empty one", "GET /lamps/{a}/relationships/spares", 200, {"data": []}),
    Case("no relationship of that name", "GET /lamps/{a}/relationships/owner", 404,
         error(404, "no-such-path")),
    Case("a row that is not there", "GET /lamps/{home}/site", 404, error(404, "not-found")),
    Case("include makes no sense there", "GET /lamps/{a}/relationships/site?include=site", 400,
         error(400, "bad-query", source=of("include"))),
]  # fmt: skip
FILTERS = [
    Case("equal", "GET /lamps?filter[name]=b", 200, listed("b")),
    Case("equal, said so", "GET /lamps?filter[name][eq]=b", 200, listed("b")),
    Case("unequal, which empty is, too",
         "GET /lamps?filter[lit_at][ne]=2026-03-01T12:00:00Z&page[limit]=9", 200,
         listed("a", "c", "d", "e")),
    Case("more than", "GET /lamps?filter[watts][gt]=12", 200, listed("d")),
    Case("at least", "GET /lamps?filter[watts][gte]=12", 200, listed("b", "c", "d")),
    Case("less than", "GET /lamps?filter[watts][lt]=5", 200, listed("a")),
    Case("at most", "GET /lamps?filter[watts][lte]=5", 200, listed("a", "e")),
    Case("between, by two", "GET /lamps?filter[watts][gt]=5&filter[watts][lt]=40", 200, listed("b", "c")),
    Case("times", "GET /lamps?filter[lit_at][gt]=2026-03-01T12:30:00Z", 200, listed("c")),
    Case("one of", "GET /lamps?filter[name][in]=a,e,x", 200, listed("a", "e")),
    Case("an enumeration, by comma", "GET /lamps?filter[light]=broken,on", 200, listed("e")),
    Case("part of a text, taken literally", "GET /lamps?filter[note][contains]=0%25 off_", 200, listed("a")),
    Case("part of a text, whatever the case", "GET /lamps?filter[note][has]=OFF_", 200, listed("a")),
    Case("beginning of a text", "GET /lamps?filter[note][starts]=50", 200, listed("a", "e")),
    Case("empty", "GET /lamps?filter[lit_at][is_null]=true", 200, listed("a", "d", "e")),
    Case("not empty", "GET /lamps?filter[lit_at][is_null]=false", 200, listed("b", "c")),
    Case("true or false", "GET /lamps?filter[is_spare]=true", 200, listed("c")),
    Case("a computed field", "GET /lamps?filter[is_bright]=true", 200, listed("b", "c", "d")),
    Case("tags, all of them", "GET /lamps?filter[tags]=red,old", 200, listed("a")),
    Case("by a relationship", "GET /lamps?filter[site]={cellar}", 200, listed("d", "e")),
    Case("by several of a relationship", "GET /lamps?filter[site]={cellar},{home}&page[limit]=9", 200,
         listed("a", "b", "c", "d", "e")),
    Case("by an attribute that JSON:API names otherwise", "GET /lamps?filter[lamp_type][starts]=l", 200,
         listed("a", "b", "c")),
    Case("by labels", "GET /sites?filter[labels]=env in (prod, test)", 200, {"data": sites("home")}),
    Case("by labels that are not there", "GET /sites?filter[labels]=!env", 200, {"data": []}),
    Case("nothing of another organisation", "GET /lamps?filter[name]=x", 200, listed()),
    Case("nothing by its ids", "GET /lamps?filter[site]={home}&filter[id]={a}", 200, listed("a")),
    Case("an unknown field", "GET /lamps?filter[nam]=a", 400,
         error(400, "bad-query", source=of("filter[nam]"), detail="is not known: did you mean name?")),
    Case("an operator that the type has not", "GET /lamps?filter[watts][contains]=1", 400, error(
        400, "bad-query", source=of("filter[watts][contains]"),
        detail="cannot be asked with 'contains': eq, ne, in, gt, gte, lt, lte")),
    Case("a value of another type", "GET /lamps?filter[watts]=many", 400,
         error(400, "bad-query", source=of("filter[watts]"))),
    Case("no member of the enumeration", "GET /lamps?filter[light]=dim", 400,
         error(400, "bad-query", source=of("filter[light]"))),
    Case("neither true nor false", "GET /lamps?filter[lit_at][is_null]=maybe", 400, error(400, "bad-query")),
    Case("a selector that is none", "GET /sites?filter[labels]=a in b", 400,
         error(400, "bad-query", source=of("filter[labels]"))),
    Case("a field that only others may see", "GET /lamps?filter[price]=7", 400,
         error(400, "bad-query", source=of("filter[price]")), who="viewer"),
    Case("the same field by who may see it", "GET /lamps?filter[price]=7", 200, listed("d")),
    Case("two mistakes are two errors", "GET /lamps?filter[nam]=a&filter[watts]=b", 400,
         {"errors": [{"source": of("filter[nam]")}, {"source": of("filter[watts]")}]}),
    Case("an unknown family", "GET /lamps?search=a", 400, error(400, "bad-query", source=of("search"))),
    Case("a name that is none", "GET /lamps?fil-ter=a", 400, error(400, "bad-query", source=of("fil-ter"))),
    Case("given twice", "GET /lamps?filter[name]=a&filter[name]=b", 400,
         error(400, "bad-query", detail="is given twice")),
    Case("lists only where there are lists", "GET /lamps/{a}?filter[name]=a", 400, error(400, "bad-query")),
]  # fmt: skip
ORDER = [
    Case("upwards", "GET /lamps?sort=watts,name", 200, listed("a", "e", "b")),
    Case("downwards", "GET /lamps?sort=-watts,-name", 200, listed("d", "c", "b")),
    Case("empty comes last", "GET /lamps?sort=-lit_at,name", 200, listed("c", "b", "a")),
    Case("by a computed field", "GET /lamps?sort=is_bright,-name", 200, listed("e", "a", "d")),
    Case("by what there is no order of", "GET /lamps?sort=tags", 400,
         error(400, "bad-query", source=of("sort"))),
    Case("by what only others may see", "GET /lamps?sort=price", 400, error(400, "bad-query"), who="viewer"),
    Case("by nothing", "GET /lamps?sort=", 400, error(400, "bad-query", source=of("sort"))),
    Case("by the same twice", "GET /lamps?sort=name,-name", 400, error(400, "bad-query")),
]  # fmt: skip
PAGES = [
    Case("a limit", "GET /lamps?page[limit]=2", 200, listed("a", "b", meta={"page": {"total": ABSENT}})),
    Case("with the number of all", "GET /lamps?page[limit]=1&page[count]=true", 200,
         listed("a", meta={"page": {"limit": 1, "total": 5}})),
    Case("the number of those that fit", "GET /lamps?filter[watts][gt]=5&page[count]=true", 200,
         listed("b", "c", "d", meta={"page": {"total": 3}})),
    Case("links of a first page", "GET /lamps?page[limit]=2", 200,
         {"links": {"first": "/api/v2/lamps?page%5Blimit%5D=2", "prev": None, "next": ...}}),
    Case("links of an only page", "GET /lamps?page[limit]=9", 200, {"links": {"prev": None, "next": None}}),
    Case("an offset", "GET /lamps?page[offset]=3", 200, listed("d", "e", links={"next": None, "prev": ...})),
    Case("an offset beyond the end", "GET /lamps?page[offset]=9", 200, listed()),
    Case("the declared most", "GET /lamps?page[limit]=400&page[offset]=4", 200, listed("e")),
    Case("more than the declared most", "GET /lamps?page[limit]=401", 400, error(
        400, "bad-query", source=of("page[limit]"), detail="must be a number from 1 to 400")),
    Case("nothing at all", "GET /lamps?page[limit]=0", 400, error(400, "bad-query")),
    Case("no number", "GET /lamps?page[offset]=-1", 400, error(400, "bad-query", source=of("page[offset]"))),
    Case("pages by number are not known", "GET /lamps?page[number]=2", 400, error(400, "bad-query")),
    Case("a cursor of nobody", "GET /lamps?page[after]=abc", 400,
         error(400, "bad-query", source=of("page[after]"))),
    Case("two ways at once", "GET /lamps?page[after]=abc&page[offset]=1", 400, {"errors": ...}),
]  # fmt: skip
REFUSED = [
    Case("without a token", "GET /lamps", 401, error(401, "no-token"), who="",
         answered={"www-authenticate": "Bearer"}),
    Case("with a token of nobody", "GET /lamps", 401, error(401, "bad-token"), who="",
         headers={"Authorization": "Bearer mxc_nobody"}),
    Case("an unknown path", "GET /lanterns", 404, error(404, "no-such-path")),
    Case("an unknown method", "PUT /lamps/{a}", 405, error(405, "no-such-method"), answered={"allow": ...}),
    Case("no id at all", "GET /lamps/a", 404, error(404, "not-found")),
    Case("the id of nothing", "GET /lamps/{home}", 404, error(404, "not-found")),
    Case("another organisation's row", "GET /lamps/{x}", 404, error(404, "not-found")),
    Case("what belongs to it", "GET /sites/{abroad}/lamps", 404, error(404, "not-found")),
    Case("its relationships", "GET /lamps/{x}/relationships/site", 404, error(404, "not-found")),
    Case("which that organisation sees", "GET /lamps/{x}?include=site", 200,
         {"data": {"id": "{x}"}, "included": sites("abroad")}, who="stranger"),
    Case("and ours it does not", "GET /lamps?page[count]=true", 200,
         listed("x", meta={"page": {"total": 1}}), who="stranger"),
]  # fmt: skip


async def test_fetching_is_as_the_tables_say(world: World) -> None:
    tables = (DOCUMENTS, MEDIA_TYPES, SPARSE, INCLUDE, RELATED, FILTERS, ORDER, PAGES, REFUSED)
    assert "\n".join(await failures(world, [case for table in tables for case in table])) == ""


async def test_pages_lead_through_the_whole_list_and_back(world: World) -> None:
    for sort in ("name", "-lit_at,name", "is_bright,-watts"):
        whole = (await world.send("GET", f"/lamps?sort={sort}&page[limit]=9")).json()["data"]
        path, forth, back = f"/lamps?sort={sort}&page[limit]=2&filter[watts][lt]=99", [], []
        pages = []
        while path:
            page = (await world.send("GET", path)).json()
            forth += page["data"]
            pages.append(page)
            path = (page["links"]["next"] or "").removeprefix("/api/v2")
        assert [each["id"] for each in forth] == [each["id"] for each in whole]
        assert len(pages) == 3
        path = pages[-1]["links"]["prev"].removeprefix("/api/v2")
        while path:
            page = (await world.send("GET", path)).json()
            back = page["data"] + back
            path = (page["links"]["prev"] or "").removeprefix("/api/v2")
        assert [each["id"] for each in back] == [each["id"] for each in whole][:4]


async def test_a_cursor_is_good_for_its_own_list_alone(world: World) -> None:
    first = (await world.send("GET", "/lamps?page[limit]=2&filter[watts][gt]=1")).json()
    following = first["links"]["next"].removeprefix("/api/v2")
    assert (await world.send("GET", following)).status_code == 200
    cursor = following.split("page%5Bafter%5D=")[1]
    for path in (
        f"/lamps?page[limit]=2&filter[watts][gt]=2&page[after]={cursor}",
        f"/lamps?page[limit]=2&page[after]={cursor}",
        f"/lamps?sort=-name&filter[watts][gt]=1&page[after]={cursor}",
        f"/lamps?filter[watts][gt]=1&page[after]={cursor[:-1]}{'A' if cursor[-1] != 'A' else 'B'}",
        f"/lamps?filter[watts][gt]=1&page[after]=!{cursor}",
    ):
        refused = await world.send("GET", path)
        assert (refused.status_code, refused.json()["errors"][0]["source"]) == (400, of("page[after]")), path


async def test_what_is_known_already_is_not_sent_again(world: World) -> None:
    for path in ("/lamps", "/lamps/{a}", "/lamps/{a}/site", "/sites/{home}/relationships/lamps"):
        first = await world.send("GET", path)
        again = await world.send("GET", path, If_None_Match=first.headers["etag"])
        assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", "Accept")
    other = await world.send("GET", "/lamps/{a}?fields[lamps]=name", If_None_Match=first.headers["etag"])
    assert other.status_code == 200
