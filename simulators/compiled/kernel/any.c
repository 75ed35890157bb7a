/* The kernel for every journey. */

#define RARE 1
#define simulate simulate_any
#include "kernel.c"
