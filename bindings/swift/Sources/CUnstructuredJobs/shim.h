/* The header is found through pkg-config. */
#include <unstructured_jobs.h>
