"""Demo data by command: the application in this process, over the store that the settings name."""

from __future__ import annotations

from argus.auth.session import SessionCodec
from argus.cli.accounts import hashed
from argus.cli.stores import open_configured
from argus.cli.terminal import Failure, progress
from argus.features.tracker.demo.generate import generate
from argus.features.tracker.demo.play import QUIET, NotEmpty, Unplayable, begin, perform
from argus.features.tracker.demo.story import Story
from argus.kit import clock
from argus.kit.settings import load_settings
from argus.web.fastapi_app import create_fastapi_app
from argus.web.worker import Worker


async def load_demo(seed: int, runs: int, password: str) -> Story:
    """Generate a story that ends now and play it.

    Raises:
        Failure: the database already holds releases, or a call was refused.
    """
    story = generate(seed, clock.now(), runs)
    settings = load_settings(**QUIET)
    worker = Worker(settings)
    app = create_fastapi_app(settings, worker.open, worker.close, SessionCodec(settings.SECRET_KEY))
    try:
        async with open_configured() as store:
            tokens, known = await begin(store, story, password, (await hashed([password]))[0])
        async with app.router.lifespan_context(app):
            with progress() as bar:
                task = bar.add_task("Playing", total=story.calls)
                await perform(app, story, tokens, known, lambda: bar.advance(task))
    except NotEmpty as refused:
        raise Failure(f"{refused}, as by: argus --storage sqlite:///demo.sqlite demo load") from None
    except Unplayable as refused:
        raise Failure(str(refused)) from None
    return story
