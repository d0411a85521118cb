# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""A Celery application whose tasks send a span each, over a broker in a folder."""

import os
import time

from celery import Celery

import watchllm

FOLDER = os.environ["BROKER_FOLDER"]
TASK_S = 0.2

watchllm.init()
watchllm.log("loaded")
watchllm.flush()
app = Celery("host", broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": FOLDER, "data_folder_out": FOLDER, "control_folder": FOLDER}
app.conf.task_ignore_result = True


@app.task(name="work")
def work(number: int) -> None:
    with watchllm.span("task", input=number, pid=os.getpid()):
        # So long that one process cannot have done them all before the other is up.
        time.sleep(TASK_S)


if __name__ == "__main__":
    for each in range(20):
        work.delay(each)
