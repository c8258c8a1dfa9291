/* Digests as bytes: "sha256:" and 64 digits are one byte for the algorithm, and 32 more. */
#ifndef SHELFLIFE_INVENTORY_DIGEST_H
#define SHELFLIFE_INVENTORY_DIGEST_H

#include "base/base.h"
#include "shelflife/inventory.h"

enum { INVENTORY_DIGEST_BYTES = 1 + 64 };

/* The value of a lower-case hexadecimal digit, or -1. */
int shelflife_inventory_digest_digit(char c);

/* Reads a digest into `bytes`, and sets *out to them. False if it is not a digest: an algorithm that
   references may have, and lower-case digits. */
bool shelflife_inventory_digest_pack(str text, char bytes[INVENTORY_DIGEST_BYTES], str *out);

/* Writes it as text, with a NUL; of an empty one, an empty text. */
void shelflife_inventory_digest_unpack(str packed, char text[SHELFLIFE_DIGEST_TEXT + 1]);

#endif
