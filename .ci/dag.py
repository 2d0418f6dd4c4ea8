"""Imports the DAG with Airflow itself, and lets its operator judge every exit code."""

import sys
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, "examples/airflow")

import wait_dag  # noqa: E402
from airflow.exceptions import AirflowException, AirflowFailException  # noqa: E402
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator  # noqa: E402

task = wait_dag.dag.get_task("wait")
assert task.retries == 4


def judged(code):
    """What becomes of a failure with this exit code; None: the pod never got to have one."""
    terminated = None if code is None else SimpleNamespace(exit_code=code)
    container = SimpleNamespace(name=task.base_container_name, state=SimpleNamespace(terminated=terminated))
    pod = SimpleNamespace(status=SimpleNamespace(container_statuses=[container]))
    with mock.patch.object(KubernetesPodOperator, "cleanup", side_effect=AirflowException("the pod failed")):
        try:
            task.cleanup(pod, pod)
        except AirflowFailException:
            return "failed for good"
        except AirflowException:
            return "tried again"
    return "nothing"


for code in (13, 14, 124, None):
    assert judged(code) == "tried again", code
for code in (1, 2, 3, 4, 5, 10, 11, 12, 15):
    assert judged(code) == "failed for good", code
print("manifests: examples/airflow/wait_dag.py loads, and retries what may pass")
