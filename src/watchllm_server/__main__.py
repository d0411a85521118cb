"""`python -m watchllm_server`: the same as the command `watchllm`."""

from watchllm_server.cli import main

main()
