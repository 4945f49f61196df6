"""Every command that could be pressed now, by name: read from the same bindings as footer and help."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider


class Keys(Provider):
    """The active bindings of the screen below the palette."""

    def named(self) -> list[tuple[str, str, str]]:
        """Name, what it does and the action, of each binding that is enabled, once."""
        found: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.description and binding.action != "command_palette":
                key = self.app.get_key_display(binding)
                found.setdefault(binding.action, (f"{binding.description}  {key}", binding.tooltip, binding.action))
        return list(found.values())

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for name, help_text, action in self.named():
            yield DiscoveryHit(name, partial(self.screen.run_action, action), help=help_text)

    async def search(self, query: str) -> Hits:
        """Those whose name or explanation fits."""
        matcher = self.matcher(query)
        for name, help_text, action in self.named():
            score = max(matcher.match(name), matcher.match(help_text))
            if score:
                yield Hit(score, matcher.highlight(name), partial(self.screen.run_action, action), help=help_text)
