"""Login, sign-on, registration and impersonation, served by FastAPI (docs/contract/auth.md)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from argus.features.tracker.auth import cloudflare, github, registration, service
from argus.features.tracker.auth.pages import login_page, registration_page, switch_page
from argus.kit.answer import redirect
from argus.lanes.fastapi import Admin, Caller, FormBody, LoggedIn, RuntimeDep, SessionDep, Shell, send

router = APIRouter(tags=["login"])


@router.get("/auth/register", summary="There is no self-registration")
@router.post("/auth/register", summary="There is no self-registration")
async def register(caller: Caller) -> Response:
    return send(redirect("/auth/login"))


@router.get("/auth/login", summary="The login page")
async def login(caller: Caller, runtime: RuntimeDep, session: SessionDep, shell: Shell) -> Response:
    if caller is not None:
        return send(redirect(service.way_back(session)))
    return shell(login_page(service.login_page_script(runtime.settings, session)))


@router.post("/auth/login", summary="Log in by password")
async def submit_login(caller: Caller, runtime: RuntimeDep, session: SessionDep, form: FormBody, shell: Shell) -> Response:
    if caller is not None:
        return send(redirect(service.way_back(session)))
    held_back = await service.log_in(runtime, session, form.need("username"), form.need("password"))
    return shell(held_back) if held_back else send(redirect("/"))


@router.post("/auth/login/cf", summary="Sign on through Cloudflare Access")
async def cf_login(
    caller: Caller,
    runtime: RuntimeDep,
    session: SessionDep,
    assertion: Annotated[str | None, Header(alias="Cf-Access-Jwt-Assertion")] = None,
) -> Response:
    return send(redirect(await cloudflare.sign_on(runtime, session, assertion)))


@router.post("/auth/logout", summary="Log out")
async def logout(caller: Caller, runtime: RuntimeDep, session: SessionDep) -> Response:
    await service.log_out(runtime, session)
    return send(redirect("/auth/login"))


@router.post("/auth/profile/api/token/generate", summary="Replace the API token")
async def generate_api_token(user: LoggedIn, runtime: RuntimeDep, session: SessionDep) -> Response:
    await service.replace_api_token(runtime, session, user)
    return send(redirect("/profile/"))


@router.get("/auth/admin/impersonate", summary="Service users to act as")
async def switch_user(user: Admin, runtime: RuntimeDep, shell: Shell) -> Response:
    return shell(switch_page(await service.service_users(runtime)))


@router.post("/auth/admin/impersonate", summary="Act as another user")
async def submit_switch_user(user: Admin, runtime: RuntimeDep, session: SessionDep, form: FormBody) -> Response:
    if user_id := form.get("user_id"):
        await service.impersonate(runtime, session, user, user_id)
    else:
        session.flash("No user id", "error")
    return send(redirect("/profile/"))


@router.post("/auth/admin/impersonate/stop", summary="Stop acting as another user")
async def stop_impersonation(user: LoggedIn, runtime: RuntimeDep, session: SessionDep) -> Response:
    await service.stop_impersonating(runtime, session)
    return send(redirect("/profile/"))


@router.get("/profile/create", summary="The registration form")
async def profile_user_create(caller: Caller, session: SessionDep, shell: Shell) -> Response:
    registration.check_allowed(session)
    return shell(registration_page(session))


@router.post("/profile/create", summary="Register after a sign-on")
async def submit_profile_user_create(caller: Caller, runtime: RuntimeDep, session: SessionDep, form: FormBody, shell: Shell) -> Response:
    feedback = await registration.register(runtime, session, form)
    return shell(registration_page(session, form.fields, feedback)) if feedback else send(redirect("/profile/"))


@router.get("/profile/oauth/github", summary="Back from GitHub")
async def profile_oauth_github_callback(
    caller: Caller, runtime: RuntimeDep, session: SessionDep, code: Annotated[str, Query()] = "", state: Annotated[str, Query()] = ""
) -> Response:
    return send(redirect(await github.sign_on(runtime, session, code, state)))
