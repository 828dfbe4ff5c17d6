"""HTTP for integrators and webhooks: parse, call a service, answer."""
