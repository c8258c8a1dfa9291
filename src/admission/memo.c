#include "admission/memo.h"

/* Bytes of a phrase. Most have about 150. */
enum { PHRASE_KEPT = 240 };

struct place {
    struct admission_known known;
    char text[PHRASE_KEPT]; /* of the phrase */
};

struct shelflife_memo {
    struct place *places; /* NULL: nothing was remembered so far */
    size_t count;
};

enum { SHARED_MAX = 256 << 10 /* bytes: see admission.h */ };
_Static_assert(ADMISSION_MEMO_SHARED * sizeof(struct place) + sizeof(struct shelflife_memo) <= SHARED_MAX,
               "");

struct shelflife_memo *shelflife_admission_memo_new(size_t places)
{
    struct shelflife_memo *memo = shelflife_calloc(1, sizeof(*memo));
    if (memo)
        memo->count = places;
    return memo;
}

struct shelflife_memo *shelflife_memo_new(void)
{
    return shelflife_admission_memo_new(ADMISSION_MEMO_SHARED);
}

void shelflife_memo_free(struct shelflife_memo *memo)
{
    if (!memo)
        return;
    shelflife_free(memo->places);
    shelflife_free(memo);
}

size_t shelflife_memo_memory(const struct shelflife_memo *memo)
{
    return sizeof(*memo) + (memo->places ? memo->count * sizeof(*memo->places) : 0);
}

struct admission_known *shelflife_admission_memo_recall(const struct shelflife_memo *memo, uint64_t hash)
{
    struct place *place = memo->places ? &memo->places[hash % memo->count] : NULL;
    return place && hash && place->known.hash == hash ? &place->known : NULL;
}

void shelflife_admission_memo_remember(struct shelflife_memo *memo, const struct admission_known *known)
{
    if (!memo->places && !(memo->places = shelflife_calloc(memo->count, sizeof(*memo->places))))
        return;
    struct place *place = &memo->places[known->hash % memo->count];
    place->known = *known;
    place->known.phrased = known->phrased && known->phrase.text.len <= PHRASE_KEPT;
    if (!place->known.phrased)
        return;
    shelflife_copy(place->text, known->phrase.text.at, known->phrase.text.len);
    place->known.phrase.text.at = place->text;
}
