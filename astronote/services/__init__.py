"""The rules: modules of verbs over a session. No web framework, no queue library."""
