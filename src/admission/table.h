/*
 * The images of an update that policy denies. A denial holds only for those that the old object does not
 * have, which comes later in the review. So each distinct image needs a slot here, and each finding about it
 * a few dozen bytes, up to a limit: further findings are only counted.
 *
 * Images are compared by a hash of 64 bits. Without its key, no one can make two with the same hash.
 */
#ifndef SHELFLIFE_ADMISSION_TABLE_H
#define SHELFLIFE_ADMISSION_TABLE_H

#include "base/base.h"

enum {
    /* The most distinct images. Objects have 1.5 MiB at most, the limit of etcd: fewer images than this. */
    ADMISSION_TABLE_IMAGES_MAX = 7 << 16,
    ADMISSION_TABLE_RECORDS_MAX = 5 << 19, /* bytes for the findings of all images */
    ADMISSION_TABLE_RECORDS_EACH = 64,     /* findings about one image */
};

/* Findings about one image that differ in nothing but their place in the text. */
struct admission_record {
    uint32_t next;  /* about the same image, see shelflife_admission_table_record() */
    uint32_t index; /* the first place in the text */
    int32_t date;
    uint32_t repeats;
    uint16_t text_len, where_len;
    unsigned char phase;
    bool is_container;
    char bytes[]; /* the text, and the container's name or the path */
};

struct admission_slot {
    uint64_t hash;
    uint32_t record;     /* the newest one; 0: none */
    uint32_t count : 30; /* of findings */
    uint32_t used : 1, is_old : 1;
};

struct admission_table {
    struct admission_slot *slots;
    size_t capacity; /* 0 or a power of 2 */
    size_t count;
    char **chunks; /* the memory of the records */
    size_t chunk_count, chunk_capacity;
    size_t newest_size, newest_used; /* bytes of the newest chunk */
};

void shelflife_admission_table_free(struct admission_table *t);
size_t shelflife_admission_table_memory(const struct admission_table *t);

/* Finds the image with this hash. Returns NULL if there is none. */
struct admission_slot *shelflife_admission_table_find(const struct admission_table *t, uint64_t hash);

/* Finds the image, or adds it. Slots move when one is added. Returns NULL if memory runs out or there are too
 * many. */
struct admission_slot *shelflife_admission_table_add(struct admission_table *t, uint64_t hash, error *err);

/* The record with this number, which is not 0. It moves when another one is added. */
struct admission_record *shelflife_admission_table_record(const struct admission_table *t, uint32_t number);

/* Counts a finding about the image, and records it as far as the limits allow. `finding` is without its
 * bytes. */
bool shelflife_admission_table_note(struct admission_table *t, struct admission_slot *slot,
                                    const struct admission_record *finding, str text, str where, error *err);

#endif
