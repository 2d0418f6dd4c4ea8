module unstructured-jobs/examples

go 1.19

require unstructured-jobs/unstructuredjobs v0.0.0

replace unstructured-jobs/unstructuredjobs => ../../bindings/go
