/*
 * Finds where the facts of tables belong in a catalog: a table lists images, and the catalog's patterns say
 * which product, version and variant an image is. If a table has no image, the heading above it, the version
 * and the columns have to be enough.
 */
#ifndef SHELFLIFE_FEEDS_PLACE_H
#define SHELFLIFE_FEEDS_PLACE_H

#include "feeds/facts.h"
#include "json/document.h"

enum { FEEDS_FIELDS_MAX = 16 };

struct feeds_field {
    str name, value;
};

/* A fact, and the product of the catalog that it is about. */
struct feeds_placed {
    const struct feeds_release *fact;
    size_t product; /* its number in the catalog; SIZE_MAX: none */
    str version;    /* in the image's name or tag, with "." for all separators; absent without an image */
    struct feeds_field fields[FEEDS_FIELDS_MAX]; /* of the image */
    size_t field_count;
    bool optional; /* it is about a release only if the catalog has it already */
};

struct feeds_places {
    struct feeds_placed *at; /* owned */
    size_t count, capacity;
};

/* Finds the product of each fact, or several products of a family. `products` is the catalog's array, `root`
   the catalog. */
bool shelflife_feeds_place(const struct node *root, const struct node *products, struct feeds_facts *facts,
                           struct feeds_places *out, error *err);

/* Whether a row, by its release, other spellings and `when`, describes what the fact is about. Returns 0 if
   not; otherwise a number that is higher the more exactly it does. */
unsigned shelflife_feeds_place_fits(const struct node *row, const struct feeds_placed *placed);

/* The value of a field of the image; absent if it does not have the field. */
str shelflife_feeds_place_field(const struct feeds_placed *placed, str name);

#endif
