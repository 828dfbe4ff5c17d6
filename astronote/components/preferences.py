"""How the app looks to one person: the language of his account, this browser's colours."""

import reflex as rx
from reflex.style import set_color_mode

from astronote.components.words import t
from astronote.state.shell import ShellState
from astronote.words import LANGUAGES

_APPEARANCES = (
    ("light", "sun", t("Light")),
    ("dark", "moon", t("Dark")),
    ("system", "monitor", t("Auto")),
)


def preferences() -> rx.Component:
    """Both switches in one line."""
    return rx.el.div(language_switch(), appearance_switch(), class_name="a-preferences")


def language_switch() -> rx.Component:
    """EL and EN; what is chosen is kept with the account."""
    return rx.el.div(
        *[
            rx.el.button(
                code.upper(),
                type="button",
                lang=code,
                title=name,
                aria_pressed=ShellState.language == code,
                on_click=ShellState.speak(code),
                custom_attrs={"data-testid": f"language-{code}"},
            )
            for code, name in reversed(LANGUAGES.items())
        ],
        class_name="a-segments",
        role="group",
        aria_label=t("Language"),
    )


def appearance_switch() -> rx.Component:
    """Light, dark, or as the device; kept by this browser."""
    return rx.el.div(
        *[
            rx.el.button(
                rx.icon(icon, size=15, aria_hidden=True),
                type="button",
                title=name,
                aria_label=name,
                aria_pressed=rx.color_mode == mode,
                on_click=set_color_mode(mode),
                custom_attrs={"data-testid": f"appearance-{mode}"},
            )
            for mode, icon, name in _APPEARANCES
        ],
        class_name="a-segments",
        role="group",
        aria_label=t("Appearance"),
    )
