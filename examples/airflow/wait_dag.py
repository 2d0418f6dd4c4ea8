"""Waits for an Unstructured job in a pod, then does what needs its result.

The key is in the Kubernetes secret `unstructured-api-key` (`kubectl create secret generic unstructured-api-key
--from-file=key=PATH`) and the job's id in the run's configuration: `{"job_id": "..."}`.
"""

from datetime import timedelta

from airflow import DAG
from airflow.exceptions import AirflowException, AirflowFailException
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from kubernetes.client import models as k8s

# 13 unavailable, 14 network, 124 timeout: the next try may well succeed
RETRYABLE = {13, 14, 124}


def exit_code_of(pod, container_name):
    """The exit code of the pod's container; None if it has none, as when the node went away."""
    statuses = (pod.status and pod.status.container_statuses) or []
    for status in statuses:
        if status.name == container_name and status.state and status.state.terminated:
            return status.state.terminated.exit_code
    return None


class UnstructuredWait(KubernetesPodOperator):
    """A pod whose exit code decides whether Airflow tries again.

    The stock operator retries every failure. Here what no repetition changes (the job ended badly: 3, 4, 5; key, job or
    request refused: 10, 11, 12; usage, defects, responses not understood: 1, 2, 15) fails the task for good.
    """

    def cleanup(self, pod, remote_pod, *args, **kwargs):
        try:
            super().cleanup(pod, remote_pod, *args, **kwargs)
        except AirflowException as error:
            code = exit_code_of(remote_pod, self.base_container_name) if remote_pod else None
            if code is None or code in RETRYABLE:
                raise
            raise AirflowFailException(f"unstructured-jobs exited with {code}, which no retry changes") from error


with DAG(dag_id="after_unstructured", schedule=None, catchup=False, params={"job_id": ""}) as dag:
    UnstructuredWait(
        task_id="wait",
        name="unstructured-wait",
        image="registry.example/unstructured-jobs:0.1.0",
        arguments=["wait", "--timeout", "2h", "--api-key-file", "/run/unstructured/key", "{{ params.job_id }}"],
        volumes=[
            k8s.V1Volume(
                name="api-key",
                secret=k8s.V1SecretVolumeSource(secret_name="unstructured-api-key", default_mode=0o440),
            )
        ],
        volume_mounts=[k8s.V1VolumeMount(name="api-key", mount_path="/run/unstructured", read_only=True)],
        security_context=k8s.V1PodSecurityContext(run_as_non_root=True, run_as_user=65532, fs_group=65532),
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "10m", "memory": "8Mi"}, limits={"memory": "32Mi"}
        ),
        on_finish_action="delete_pod",
        get_logs=True,
        retries=4,
        retry_delay=timedelta(seconds=30),
        retry_exponential_backoff=True,
    )
