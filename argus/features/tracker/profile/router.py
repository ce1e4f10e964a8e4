"""The profile page and its forms, served by FastAPI (docs/contract/pages.md#the-profile)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from argus.features.tracker.profile import service
from argus.lanes.fastapi import FormBody, LoggedIn, RuntimeDep, SessionDep, Shell, send

router = APIRouter(prefix="/profile", tags=["profile"])


def _values(request: Request, form: FormBody) -> dict[str, str]:
    return {**form.fields, **request.query_params}


@router.get("/", summary="The profile page")
async def profile(user: LoggedIn, runtime: RuntimeDep, session: SessionDep, shell: Shell) -> Response:
    return shell(await service.profile_page(runtime, session, user))


@router.post("/update/name", summary="Change the full name")
async def update_full_name(user: LoggedIn, runtime: RuntimeDep, session: SessionDep, request: Request, form: FormBody) -> Response:
    return send(await service.change_name(runtime, session, user, _values(request, form)))


@router.post("/update/username", summary="Change the user name")
async def update_user_name(user: LoggedIn, runtime: RuntimeDep, session: SessionDep, request: Request, form: FormBody) -> Response:
    return send(await service.change_username(runtime, session, user, _values(request, form)))


@router.post("/update/email", summary="Change the e-mail address")
async def update_email(user: LoggedIn, runtime: RuntimeDep, session: SessionDep, request: Request, form: FormBody) -> Response:
    return send(await service.change_email(runtime, session, user, _values(request, form)))


@router.post("/update/password", summary="Change the password")
async def update_password(user: LoggedIn, runtime: RuntimeDep, session: SessionDep, request: Request, form: FormBody) -> Response:
    return send(await service.change_password(runtime, session, user, _values(request, form)))


@router.post("/update/picture", summary="Change the picture")
async def upload_file(user: LoggedIn, runtime: RuntimeDep, session: SessionDep, form: FormBody) -> Response:
    return send(await service.change_picture(runtime, session, user, form.files.get("filedata")))
