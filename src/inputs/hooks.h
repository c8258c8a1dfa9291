/* Helm's hooks: objects of a chart that are created at certain times only. */
#ifndef SHELFLIFE_INPUTS_HOOKS_H
#define SHELFLIFE_INPUTS_HOOKS_H

#include "inputs/inputs.h"

enum { SHELFLIFE_INPUT_HOOK_MAX = 128 };

/* Sets way, hint and `unused` of an image in an object with the annotation helm.sh/hook. The text of the way
   is written into `room`. */
void shelflife_input_hook_describe(str hook, struct shelflife_input_image *image,
                                   char room[SHELFLIFE_INPUT_HOOK_MAX]);

#endif
