"""What JSON:API 1.1 says of creating, updating and deleting, as a table, and actions on one and on many."""

import json
from typing import Any

from packages.mxc.tests.integration.jsonapi.cases import ABSENT, Case, at, error, failures
from packages.mxc.tests.integration.jsonapi.world import MEDIA, World

HOME = {"site": {"data": {"type": "sites", "id": "{home}"}}}


def lamp(row: str = "", relationships: Any = None, **attributes: Any) -> dict[str, Any]:
    """A document of a lamp: a new one at home, or the row of that name."""
    data: dict[str, Any] = {"type": "lamps", "attributes": attributes}
    if row:
        data["id"] = "{" + row + "}"
    if relationships is not None or not row:
        data["relationships"] = HOME if relationships is None else relationships
    return {"data": data}


def one(row: str, **attributes: Any) -> dict[str, Any]:
    """A document that shows this row with these attributes."""
    return {"data": {"type": "lamps", "id": "{" + row + "}", "attributes": attributes}}


def to(kind: str, row: str) -> dict[str, Any]:
    """Linkage to a row."""
    return {"data": {"type": kind, "id": "{" + row + "}"}}


CREATE = [
    Case("a new row", "POST /lamps", 201, {
        "data": {
            "type": "lamps", "id": ...,
            "attributes": {"name": "new", "watts": 7, "light": "off", "revision": 1},
            "relationships": {"site": to("sites", "home")},
        },
        "links": {"self": ...},
    }, lamp(name="new", watts=7), answered={"location": ..., "etag": ...}),
    Case("with what it includes", "POST /lamps?include=site&fields[lamps]=name", 201,
         {"data": {"attributes": {"watts": ABSENT}}, "included": [{"id": "{home}"}]}, lamp(name="another")),
    Case("an id of a client", "POST /lamps", 403, error(403, "client-id", source=at("/data/id")),
         {"data": {"type": "lamps", "id": "{a}", "attributes": {"name": "n"}}}),
    Case("a local id is no id", "POST /lamps", 201, ...,
         {"data": {"type": "lamps", "lid": "1", "attributes": {"name": "l"}, "relationships": HOME}}),
    Case("members nobody knows are ignored", "POST /lamps", 201, ..., lamp(name="i") | {"other": 1}),
    Case("another type", "POST /lamps", 409, error(409, "type-mismatch", source=at("/data/type")),
         {"data": {"type": "sites", "attributes": {"name": "n"}}}),
    Case("no type", "POST /lamps", 400, error(400, "bad-document", source=at("/data/type")),
         {"data": {"attributes": {"name": "n"}}}),
    Case("no data", "POST /lamps", 400, error(400, "bad-document", source=at("/data")), {"meta": {}}),
    Case("data of several", "POST /lamps", 400, error(400, "bad-document", source=at("/data")), {"data": []}),
    Case("no body", "POST /lamps", 400, error(400, "bad-document", source=at("/data"))),
    Case("no JSON", "POST /lamps", 400, error(400, "malformed"), b'{"data": '),
    Case("no object", "POST /lamps", 400, error(400, "malformed"), b"[]"),
    Case("attributes that are none", "POST /lamps", 400,
         error(400, "bad-document", source=at("/data/attributes")),
         {"data": {"type": "lamps", "attributes": 3}}),
    Case("an unknown attribute", "POST /lamps", 422,
         error(422, "invalid", source=at("/data/attributes/wats"),
         detail="is not known: did you mean watts?"),
         lamp(name="n", wats=3)),
    Case("an attribute that only actions change", "POST /lamps", 422,
         error(422, "invalid", source=at("/data/attributes/light"), detail="cannot be set"),
         lamp(name="n", light="on")),
    Case("a column that is a relationship", "POST /lamps", 422,
         error(422, "invalid", source=at("/data/attributes/site_id")), lamp(name="n", site_id="{home}")),
    Case("the tenant is nobody's to say", "POST /lamps", 422,
         error(422, "invalid", source=at("/data/attributes/tenant_id")), lamp(name="n", tenant_id="{home}")),
    Case("every mistake has its place", "POST /lamps", 422,
         {"errors": [{"source": at("/data/attributes/name")}, {"source": at("/data/attributes/watts")}]},
         lamp(name="", watts=-1)),
    Case("what is required and missing", "POST /lamps", 422,
         {"errors": [{"source": at("/data/attributes/name"), "detail": "is required"},
                     {"source": at("/data/relationships/site"), "detail": "is required"}]},
         lamp(relationships={})),
    Case("a name with a slash is escaped in the pointer", "POST /lamps", 422,
         error(422, "invalid", source=at("/data/attributes/a~1b~0c")),
         {"data": {"type": "lamps", "attributes": {"name": "n", "a/b~c": 1}, "relationships": HOME}}),
    Case("what is related is not there", "POST /lamps", 404,
         error(404, "not-found", source=at("/data/relationships/site/data")),
         lamp(name="n", relationships={"site": to("sites", "a")})),
    Case("what is related is another organisation's", "POST /lamps", 404,
         error(404, "not-found", source=at("/data/relationships/site/data")),
         lamp(name="n", relationships={"site": to("sites", "abroad")})),
    Case("what is related is of another type", "POST /lamps", 409,
         error(409, "type-mismatch", source=at("/data/relationships/site/data/type")),
         lamp(name="n", relationships={"site": to("lamps", "a")})),
    Case("linkage that is none", "POST /lamps", 400,
         error(400, "bad-document", source=at("/data/relationships/site/data")),
         lamp(name="n", relationships={"site": {"data": "home"}})),
    Case("an unknown relationship", "POST /lamps", 422,
         error(422, "invalid", source=at("/data/relationships/owner")),
         lamp(name="n", relationships={"owner": {"data": None}})),
    Case("the other side of a relationship", "POST /sites", 403,
         error(403, "not-supported", source=at("/data/relationships/lamps")),
         {"data": {"type": "sites", "attributes": {"name": "n"}, "relationships": {"lamps": {"data": []}}}}),
    Case("one like that is there", "POST /sites", 409, error(409, "already-exists"),
         {"data": {"type": "sites", "attributes": {"name": "home"}}}),
    Case("the name of another organisation's is free", "POST /sites", 201, ...,
         {"data": {"type": "sites", "attributes": {"name": "abroad"}}}),
    Case("without the role", "POST /lamps", 403, error(403, "forbidden"), lamp(name="n"), who="viewer"),
    Case("with a token that only reads", "POST /lamps", 403, error(403, "forbidden"), lamp(name="n"),
         who="reader"),
    Case("a guarded field without the role", "PATCH /lamps/{a}", 403, error(403, "forbidden"),
         lamp("a", price=3), who="viewer"),
    Case("without a token", "POST /lamps", 401, error(401, "no-token"), lamp(name="n"), who=""),
]  # fmt: skip
MEDIA_TYPES = [
    Case("JSON is not enough", "POST /lamps", 415, error(415, "unsupported-media-type"), lamp(name="n"),
         headers={"Content-Type": "application/json"}),
    Case("nothing said", "POST /lamps", 415, error(415, "unsupported-media-type"), lamp(name="n"),
         headers={"Content-Type": ""}),
    Case("a parameter", "POST /lamps", 415, error(415, "unsupported-media-type"), lamp(name="n"),
         headers={"Content-Type": f"{MEDIA};charset=utf-8"}),
    Case("an extension", "PATCH /lamps/{a}", 415, error(415, "unsupported-media-type"), lamp("a", watts=4),
         headers={"Content-Type": f'{MEDIA};ext="https://example.org/ext"'}),
    Case("a profile", "POST /lamps", 201, ..., lamp(name="p"),
         headers={"Content-Type": f'{MEDIA};profile="https://example.org/profile"'}),
]  # fmt: skip
UPDATE = [
    Case("some attributes", "PATCH /lamps/{a}", 200, one("a", watts=4, name="a", revision=2),
         lamp("a", watts=4)),
    Case("nothing", "PATCH /lamps/{a}", 200, one("a", watts=4, revision=2), lamp("a")),
    Case("what JSON:API names otherwise", "PATCH /lamps/{a}", 200, one("a", lamp_type="arc"),
         lamp("a", lamp_type="arc")),
    Case("a relationship", "PATCH /lamps/{a}", 200,
         {"data": {"relationships": {"spare_for": to("lamps", "b")}}},
         lamp("a", relationships={"spare_for": to("lamps", "b")})),
    Case("no id", "PATCH /lamps/{a}", 400, error(400, "bad-document", source=at("/data/id")),
         {"data": {"type": "lamps", "attributes": {}}}),
    Case("another's id", "PATCH /lamps/{a}", 409, error(409, "id-mismatch", source=at("/data/id")),
         lamp("b")),
    Case("another type", "PATCH /lamps/{a}", 409, error(409, "type-mismatch", source=at("/data/type")),
         {"data": {"type": "sites", "id": "{a}"}}),
    Case("not valid", "PATCH /lamps/{a}", 422, error(422, "invalid", source=at("/data/attributes/watts")),
         lamp("a", watts="many")),
    Case("a relationship that must be", "PATCH /lamps/{a}", 422,
         error(422, "invalid", source=at("/data/relationships/site")),
         lamp("a", relationships={"site": {"data": None}})),
    Case("of another organisation", "PATCH /lamps/{x}", 404, error(404, "not-found"), lamp("x", watts=1)),
    Case("an older revision", "PATCH /lamps/{a}", 412, error(412, "outdated"), lamp("a", watts=9),
         headers={"If-Match": '"1"'}),
    Case("this revision", "PATCH /lamps/{b}", 200, one("b", watts=13, revision=2), lamp("b", watts=13),
         headers={"If-Match": '"1"'}),
    Case("a tag that is none", "PATCH /lamps/{b}", 422, error(422, "bad-etag"), lamp("b", watts=9),
         headers={"If-Match": "W/3"}),
]  # fmt: skip
RELATE = [
    Case("to one", "PATCH /lamps/{c}/relationships/spare_for", 200, to("lamps", "d"), to("lamps", "d")),
    Case("to none", "PATCH /lamps/{c}/relationships/spare_for", 200, {"data": None}, {"data": None}),
    Case("to none where one must be", "PATCH /lamps/{c}/relationships/site", 422, error(422, "invalid"),
         {"data": None}),
    Case("to what is not there", "PATCH /lamps/{c}/relationships/spare_for", 404, error(404, "not-found"),
         to("lamps", "x")),
    Case("to another type", "PATCH /lamps/{c}/relationships/spare_for", 409, error(409, "type-mismatch"),
         to("sites", "home")),
    Case("to what is not said", "PATCH /lamps/{c}/relationships/spare_for", 400, error(400, "bad-document"),
         {}),
    Case("to many: replace", "PATCH /sites/{home}/relationships/lamps", 403, error(403, "not-supported"),
         {"data": []}),
    Case("to many: add", "POST /sites/{home}/relationships/lamps", 403, error(403, "not-supported"),
         {"data": []}),
    Case("to many: take away", "DELETE /sites/{home}/relationships/lamps", 403, error(403, "not-supported"),
         {"data": []}),
]  # fmt: skip
ACT = [
    Case("a transition", "POST /lamps/{b}/switch_on", 200, one("b", light="on", watts=13), {}),
    Case("with arguments in attributes", "POST /lamps/{c}/switch_on", 200, one("c", light="on", watts=20),
         {"data": {"type": "lamps", "attributes": {"watts": 20}}}),
    Case("with arguments in meta", "POST /lamps/{d}/switch_on", 200, one("d", watts=21),
         {"meta": {"watts": 21}}),
    Case("with arguments in both", "POST /lamps/{a}/switch_on", 400,
         error(400, "bad-document", source=at("/meta")),
         {"data": {"type": "lamps"}, "meta": {"watts": 21}}),
    Case("not from this state, and what can be done", "POST /lamps/{b}/switch_on", 409, error(
        409, "transition-refused", meta={"status": "on", "allowed": [], "from": ["off"], "hint": ...}), {}),
    Case("an argument that is not valid", "POST /lamps/{a}/switch_on", 422,
         error(422, "invalid", source=at("/meta/watts")), {"meta": {"watts": -1}}),
    Case("an argument that nobody knows", "POST /lamps/{a}/switch_on", 422,
         error(422, "invalid", source=at("/data/attributes/volts")),
         {"data": {"type": "lamps", "attributes": {"volts": 1}}}),
    Case("an action nobody knows", "POST /lamps/{a}/explode", 404, error(404, "no-such-path"), {}),
    Case("an action on a row of another organisation", "POST /lamps/{x}/switch_on", 404,
         error(404, "not-found"), {}),
    Case("without saying which revision, where one must", "POST /lamps/{a}/note_down", 428,
         error(428, "precondition-required"), {"meta": {"note": "n"}}),
    Case("saying any will do", "POST /lamps/{a}/note_down", 200, one("a", note="n"), {"meta": {"note": "n"}},
         headers={"If-Match": "*"}),
    Case("without the role", "POST /lamps/{a}/switch_on", 403, error(403, "forbidden"), {}, who="viewer"),
]  # fmt: skip


def several(*names: str, **meta: Any) -> dict[str, Any]:
    """Lamps to do something to at once."""
    data = [{"type": "lamps", "id": "{" + name + "}"} for name in names]
    return {"data": data} | ({"meta": meta} if meta else {})


def outcome(row: str, *codes: str) -> dict[str, Any]:
    """What became of one."""
    errors = [{"code": code} for code in codes]
    done = {"type": "lamps", "id": "{" + row + "}", "status": "refused" if codes else "done"}
    return done | ({"errors": errors} if codes else {"errors": ABSENT})


MANY = [
    Case("all or nothing", "POST /lamps/-/switch_on", 409, error(409, "bulk-refused", meta=...),
         several("a", "b")),
    Case("of which nothing was done", "GET /lamps/{a}", 200, one("a", light="off")),
    Case("another organisation's among them", "POST /lamps/-/switch_on", 409,
         error(409, "bulk-refused", meta={"refused": {"{x}": {"code": "not-found"}}}), several("a", "x")),
    Case("what can be done", "POST /lamps/-/switch_on", 200, {
        "data": [{"id": "{a}", "attributes": {"light": "on", "watts": 30}}],
        "meta": {"outcomes": [outcome("a"), outcome("b", "transition-refused"), outcome("x", "not-found")]},
    }, several("a", "b", "x", mode="each", arguments={"watts": 30})),
    Case("arguments that are not valid", "POST /lamps/-/switch_on", 422,
         error(422, "invalid", source=at("/meta/arguments/watts")), several("e", arguments={"watts": -1})),
    Case("a mode that is none", "POST /lamps/-/switch_on", 400,
         error(400, "bad-document", source=at("/meta/mode")),
         several("e", mode="some")),
    Case("none at all", "POST /lamps/-/switch_on", 422, error(422, "invalid", source=at("/data")), several()),
    Case("others among them", "POST /lamps/-/switch_on", 409,
         error(409, "type-mismatch", source=at("/data/0/type")),
         {"data": [{"type": "sites", "id": "{home}"}]}),
    Case("what is no id", "POST /lamps/-/switch_on", 400, error(400, "bad-document", source=at("/data/0/id")),
         {"data": [{"type": "lamps", "id": "a"}]}),
]  # fmt: skip
DELETE = [
    Case("one that others name", "DELETE /sites/{home}", 409, error(409, "in-use")),
    Case("an older revision", "DELETE /lamps/{e}", 412, error(412, "outdated"), headers={"If-Match": '"7"'}),
    Case("without the role", "DELETE /lamps/{e}", 403, error(403, "forbidden"), who="viewer"),
    Case("of another organisation", "DELETE /lamps/{x}", 404, error(404, "not-found")),
    Case("one", "DELETE /lamps/{e}", 204),
    Case("which is gone", "GET /lamps/{e}", 404, error(404, "not-found")),
    Case("and cannot go again", "DELETE /lamps/{e}", 404, error(404, "not-found")),
    Case("several", "POST /lamps/-/delete", 200,
         {"data": [], "meta": {"outcomes": [outcome("d"), outcome("c")]}},
         several("d", "c")),
    Case("theirs is still there", "GET /lamps/{x}", 200, ..., who="stranger"),
]  # fmt: skip


async def test_writing_is_as_the_tables_say(world: World) -> None:
    tables = (CREATE, MEDIA_TYPES, UPDATE, RELATE, ACT, MANY, DELETE)
    assert "\n".join(await failures(world, [case for table in tables for case in table])) == ""


async def test_what_was_made_is_where_it_is_said_to_be(world: World) -> None:
    made = await world.send("POST", "/lamps", world_filled(world, lamp(name="made")))
    shown = await world.http.get(
        world.url + made.headers["location"], headers={"Authorization": f"Bearer {world.tokens['admin']}"}
    )
    assert (shown.status_code, shown.json()["data"]) == (200, made.json()["data"])
    assert shown.headers["etag"].startswith('"1-')


def world_filled(world: World, body: Any) -> Any:
    """The body with ids in place of names."""

    return json.loads(world.filled(json.dumps(body)))
