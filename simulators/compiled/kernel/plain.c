/* The kernel for journeys without what is rare. */

#define RARE 0
#define simulate simulate_plain
#include "kernel.c"
