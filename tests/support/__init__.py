"""What tests share: storage, shops, the API, the simulator, the running product."""
