"""The Argo Workflow against Argo's own schema, and every engine's retry rules against the table of exit codes."""

import pathlib
import re

import yaml
from hera.workflows import models

RETRYABLE = {13, 14, 124}

page = pathlib.Path("docs/unstructured-jobs.1").read_text()
status = page.split('.SH "EXIT STATUS"')[1].split(".SH ")[0]
codes = {int(code) for code in re.findall(r"\\fB(\d+)\\fR", status)}
# a signal is whoever sent it, and 141 needs a pipe
errors = codes - {0, 129, 130, 141, 143}
assert RETRYABLE < errors, errors

# models made from Argo's published schema; what they do not know they would drop or keep unseen, so: nothing may be
# lost, and nothing may be there that is not declared
text = yaml.safe_load(pathlib.Path("examples/argo/workflow.yaml").read_text())
workflow = models.Workflow.model_validate(text)


def undeclared(model, path=""):
    for name in model.model_extra or ():
        yield f"{path}.{name}"
    for name in type(model).model_fields:
        value = getattr(model, name)
        for item in value if isinstance(value, list) else [value]:
            if hasattr(item, "model_fields_set"):
                yield from undeclared(item, f"{path}.{name}")


def missing(given, known, path=""):
    if isinstance(given, dict):
        for key, value in given.items():
            if not isinstance(known, dict) or key not in known:
                yield f"{path}.{key}"
            else:
                yield from missing(value, known[key], f"{path}.{key}")
    elif isinstance(given, list):
        for value, twin in zip(given, known if isinstance(known, list) else []):
            yield from missing(value, twin, path)


assert not list(undeclared(workflow)), list(undeclared(workflow))
kept = workflow.model_dump(by_alias=True, exclude_none=True, mode="json")
assert not list(missing(text, kept)), list(missing(text, kept))

expression = next(t for t in text["spec"]["templates"] if t["name"] == "wait")["retryStrategy"]["expression"]
retried = {int(code) for code in re.findall(r"'(\d+)'", expression)}
assert retried == RETRYABLE, retried
print("manifests: examples/argo/workflow.yaml is a Workflow, and retries what may pass")

job = yaml.safe_load(pathlib.Path("examples/kubernetes/wait.yaml").read_text())
names = [container["name"] for container in job["spec"]["template"]["spec"]["initContainers"]]
fail = next(rule for rule in job["spec"]["podFailurePolicy"]["rules"] if rule["action"] == "FailJob")["onExitCodes"]
assert fail["containerName"] in names, fail
assert set(fail["values"]) == errors - RETRYABLE, set(fail["values"]) ^ (errors - RETRYABLE)
print("manifests: examples/kubernetes/wait.yaml gives up on what no retry changes")
