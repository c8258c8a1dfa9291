#include "policy/glob.h"

struct shelflife_policy_glob_head {
    str text;
    size_t state; /* the first one of the pattern */
};

/* The words of all blocks. In a block, all patterns have as many words as the longest one, so at most as many
 * as each pattern of the block before it. The longest pattern of all has a state for each byte. */
enum { WORDS_MAX = SHELFLIFE_POLICY_GLOB_STATES_MAX / 64 + 1 + SHELFLIFE_POLICY_GLOB_MAX };

static void set_bit(uint64_t *set, size_t bit)
{
    set[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* ---- Compiling ---- */

static str head_of(str pattern)
{
    return shelflife_str_first(pattern, shelflife_str_find(pattern, '*'));
}

size_t shelflife_policy_glob_states(str pattern)
{
    size_t states = 1;
    for (size_t i = head_of(pattern).len; i < pattern.len; i++)
        states += pattern.at[i] != '*';
    return states;
}

/* Numbers the bytes that patterns have after their heads. Returns the number of classes. */
static size_t classify(const struct shelflife_policy_glob *patterns, size_t count,
                       struct shelflife_policy_globs *globs)
{
    size_t classes = 1;
    for (size_t i = 0; i < count; i++) {
        str text = patterns[i].text;
        for (size_t k = head_of(text).len; k < text.len; k++) {
            uint8_t *class = &globs->class_of[(unsigned char)text.at[k]];
            if (text.at[k] != '*' && !*class)
                *class = (uint8_t)classes++;
        }
    }
    return classes;
}

/* Writes the states of a pattern: `state`, and every 64th after it. Returns the last one. */
static size_t write_states(struct shelflife_policy_globs *globs, str rest, size_t state)
{
    for (size_t i = 0; i < rest.len;) {
        size_t stars = 0;
        while (i + stars < rest.len && rest.at[i + stars] == '*')
            stars++;
        if (stars > 0)
            set_bit(globs->keep, state);
        if (stars > 1)
            set_bit(globs->keep_past, state);
        if (stars == 0) {
            set_bit(globs->match + globs->class_of[(unsigned char)rest.at[i]] * globs->width, state);
            state += 64;
        }
        i += stars ? stars : 1;
    }
    return state;
}

static int compare_heads(const void *a, const void *b)
{
    const struct shelflife_policy_glob_head *x = a, *y = b;
    return shelflife_str_compare(x->text, y->text);
}

static int compare_states(const void *a, const void *b)
{
    const struct shelflife_policy_glob *x = a, *y = b;
    size_t states = shelflife_policy_glob_states(x->text), others = shelflife_policy_glob_states(y->text);
    return (states < others) - (states > others);
}

/* The first word of the block that follows the one which pattern i begins at `word`. */
static size_t next_block(const struct shelflife_policy_glob *patterns, size_t i, size_t word)
{
    return word + shelflife_policy_glob_states(patterns[i].text);
}

static void write_patterns(const struct shelflife_policy_glob *patterns, struct shelflife_policy_globs *globs)
{
    size_t word = 0, next = 0;
    for (size_t i = 0; i < globs->count; i++) {
        str text = patterns[i].text, head = head_of(text);
        if (i % 64 == 0) {
            word = next;
            next = next_block(patterns, i, word);
        }
        size_t first = word * 64 + i % 64;
        size_t last = write_states(globs, shelflife_str_after(text, head.len), first);
        globs->heads[i] = (struct shelflife_policy_glob_head){head, first};
        set_bit(globs->accept, last);
        globs->list_at[last] = (uint16_t)patterns[i].list;
    }
    shelflife_sort(globs->heads, globs->count, sizeof(*globs->heads), compare_heads);
}

bool shelflife_policy_globs_compile(struct shelflife_policy_glob *patterns, size_t count, arena *a,
                                    struct shelflife_policy_globs *out)
{
    *out = (struct shelflife_policy_globs){.count = count};
    size_t classes = classify(patterns, count, out), lists = 1;
    shelflife_sort(patterns, count, sizeof(*patterns), compare_states);
    for (size_t i = 0; i < count; i++) {
        if (i % 64 == 0)
            out->width = next_block(patterns, i, out->width);
        lists = patterns[i].list < lists ? lists : patterns[i].list + 1;
    }
    out->list_width = (lists + 63) / 64;
    out->heads = shelflife_arena_array(a, count, sizeof(*out->heads));
    out->list_at = shelflife_arena_array(a, out->width * 64, sizeof(*out->list_at));
    uint64_t *sets = shelflife_arena_array(a, (3 + classes) * out->width, sizeof(*sets));
    if (!out->heads || !out->list_at || !sets)
        return false;
    out->keep = sets;
    out->keep_past = out->keep + out->width;
    out->accept = out->keep_past + out->width;
    out->match = out->accept + out->width;
    write_patterns(patterns, out);
    return true;
}

/* ---- Matching ---- */

/* The states that have been reached. */
struct run {
    const struct shelflife_policy_globs *globs;
    size_t from, to;                      /* the heads that begin with the text read so far */
    uint64_t live[(WORDS_MAX + 63) / 64]; /* the words of `states` that are not zero */
    uint64_t states[WORDS_MAX];
};

static size_t last_bit(uint64_t word)
{
    return 63 - (size_t)__builtin_clzll(word);
}

static void reach(struct run *r, size_t word, uint64_t states)
{
    r->states[word] |= states;
    set_bit(r->live, word);
}

/* Starts the patterns whose head is the first `read` bytes of the text. They are the first ones left, as a
 * text sorts before those that it is the beginning of. */
static void start(struct run *r, size_t read)
{
    for (; r->from < r->to && r->globs->heads[r->from].text.len == read; r->from++) {
        size_t state = r->globs->heads[r->from].state;
        reach(r, state / 64, UINT64_C(1) << state % 64);
    }
}

/* The first of the heads left whose byte i is at least `byte`. */
static size_t first_from(const struct run *r, size_t i, unsigned byte)
{
    size_t low = r->from, high = r->to;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((unsigned char)r->globs->heads[middle].text.at[i] < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Drops the heads that have another byte at i. */
static void narrow(struct run *r, size_t i, unsigned char byte)
{
    if (r->from == r->to)
        return;
    r->from = first_from(r, i, byte);
    r->to = first_from(r, i, byte + 1u);
}

/* Reads a byte in all live states. Begins with the last word, so that no state is moved twice. Returns false
 * if no state is left. */
static bool step(struct run *r, unsigned char byte)
{
    const struct shelflife_policy_globs *g = r->globs;
    const uint64_t *match = g->match + g->class_of[byte] * g->width;
    const uint64_t *keep = byte == '/' ? g->keep_past : g->keep;
    uint64_t any = 0;
    for (size_t group = (g->width + 63) / 64; group-- > 0;) {
        for (uint64_t left = r->live[group]; left;) {
            size_t bit = last_bit(left), word = group * 64 + bit;
            uint64_t matched = r->states[word] & match[word], kept = r->states[word] & keep[word];
            r->states[word] = kept;
            left ^= UINT64_C(1) << bit;
            if (!kept)
                r->live[group] ^= UINT64_C(1) << bit;
            if (matched)
                reach(r, word + 1, matched);
            any |= matched | kept;
        }
    }
    return any;
}

/* Adds the lists of the patterns whose last state is reached. */
static void accept(const struct run *r, uint64_t *lists)
{
    for (size_t word = 0; word < r->globs->width; word++)
        for (uint64_t left = r->states[word] & r->globs->accept[word]; left;) {
            size_t bit = last_bit(left);
            set_bit(lists, r->globs->list_at[word * 64 + bit]);
            left ^= UINT64_C(1) << bit;
        }
}

void shelflife_policy_globs_match(const struct shelflife_policy_globs *globs, str text, uint64_t *lists)
{
    struct run r UNINITIALIZED;
    set_bit(lists, SHELFLIFE_POLICY_GLOB_LIST_OF_ALL);
    if (!text.len)
        return;
    r.globs = globs;
    r.from = 0;
    r.to = globs->count;
    memset(r.live, 0, (globs->width + 63) / 64 * sizeof(*r.live));
    memset(r.states, 0, globs->width * sizeof(*r.states));
    start(&r, 0);
    for (size_t i = 0; i < text.len; i++) {
        narrow(&r, i, (unsigned char)text.at[i]);
        bool any = step(&r, (unsigned char)text.at[i]);
        if (!any && r.from == r.to)
            return;
        start(&r, i + 1);
    }
    accept(&r, lists);
}
