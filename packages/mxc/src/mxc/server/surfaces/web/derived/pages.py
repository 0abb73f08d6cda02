"""Which pages are derived: four paths for each resource, where no domain has a page of its own."""

from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any, Final

from mxc.server.hosting.display import Display, MenuGroup
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.page import PAGES, Page, Visit, row_id
from mxc.server.kernel.access.actor import SUPER_ADMIN
from mxc.server.kernel.resource import Journal, catalogue
from mxc.server.surfaces.web.derived.detail_page import draw_detail
from mxc.server.surfaces.web.derived.form_page import draw_creation, draw_edition
from mxc.server.surfaces.web.derived.list_page import draw_list
from mxc.server.surfaces.web.derived.offers import creation_offer, edition_offer
from mxc.server.surfaces.web.derived.reading import may_look
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

INSTALLATION: Final = MenuGroup("Installation", "admin_panel_settings", 800)
ICON: Final = "list_alt"


def subjects_of(pages: Sequence[ModuleType], exposures: Sequence[Exposure]) -> Subjects:
    """Every resource of the catalogue, with what page modules and the API say of it."""
    displays = {each.display.resource: each.display for each in pages if hasattr(each, "display")}
    homes = {each.display.resource: each.__name__ for each in pages if hasattr(each, "display")}
    exposed = {each.resource: each for each in exposures}
    return Subjects(
        [
            Subject(
                spec,
                exposed.get(spec.resource) or Exposure(spec.resource),
                displays.get(spec.resource) or Display(spec.resource),
                _domain(homes.get(spec.resource, spec.resource.__module__)),
            )
            for spec in catalogue()
        ]
    )


def declare(subjects: Subjects, pages: Sequence[ModuleType]) -> None:
    """Adds the derived pages to the declared ones; what is there at a path stays."""
    groups = {_domain(each.__name__): each.menu_group for each in pages if hasattr(each, "menu_group")}
    for subject in subjects:
        for page in _pages(subject, subjects, groups):
            PAGES.setdefault(page.path, page)


def _pages(subject: Subject, subjects: Subjects, groups: dict[str, MenuGroup]) -> list[Page]:
    group = _group(subject, groups)
    path, noun = subject.path, subject.noun
    menu = "" if issubclass(subject.spec.resource, Journal) else subject.title
    order = group.order + subject.display.order / 1000
    icon = subject.display.icon or ICON

    def page(at: str, title: str, draw: Any, in_menu: str = "") -> Page:
        return Page(at, title, in_menu, icon, order, draw, group.title, _for_whom(subject))

    found = [
        page(path, subject.title, partial(_list, subject, subjects), menu),
        page(f"{path}/{{id}}", noun.capitalize(), partial(_detail, subject, subjects)),
    ]
    if creation_offer(subject) is not None:
        found.append(page(f"{path}/new", f"New {noun}", partial(_new, subject, subjects)))
    if edition_offer(subject) is not None:
        found.append(page(f"{path}/{{id}}/edit", f"Edit {noun}", partial(_edit, subject, subjects)))
    return found


def _group(subject: Subject, groups: dict[str, MenuGroup]) -> MenuGroup:
    """By domain; what is of the whole installation stands apart."""
    if subject.spec.policy.read == SUPER_ADMIN:
        return INSTALLATION
    return groups.get(subject.domain) or MenuGroup(subject.domain.capitalize(), ICON)


def _for_whom(subject: Subject) -> Any:
    return lambda visit: may_look(visit, subject)


def _domain(module: str) -> str:
    return module.split(".domains.", 1)[-1].split(".", 1)[0]


async def _list(subject: Subject, subjects: Subjects, visit: Visit) -> None:
    await draw_list(visit, subject, subjects)


async def _detail(subject: Subject, subjects: Subjects, visit: Visit, **path: str) -> None:
    await draw_detail(visit, subject, subjects, row_id(path["id"]))


async def _new(subject: Subject, subjects: Subjects, visit: Visit) -> None:
    await draw_creation(visit, subject, subjects)


async def _edit(subject: Subject, subjects: Subjects, visit: Visit, **path: str) -> None:
    await draw_edition(visit, subject, subjects, row_id(path["id"]))
