#include "feeds/read.h"
#define STUB(name)                                                                                           \
    bool name(const struct feeds_input *input, struct feeds_facts *facts, error *err)                        \
    {                                                                                                        \
        (void)facts;                                                                                         \
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: this format cannot be read yet",              \
                              input->origin);                                                                \
    }
STUB(shelflife_feeds_read_aws_dlc)
