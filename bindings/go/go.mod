module unstructured-jobs/unstructuredjobs

// Debian 12's Go is the floor
go 1.19
