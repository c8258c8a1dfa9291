/* What every unit test includes: cmocka with what it needs before it, and the base types. */
#ifndef SHELFLIFE_TEST_H
#define SHELFLIFE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

#define assert_str_equal(s, literal)                                                                         \
    do {                                                                                                     \
        str shelflife_s_ = (s), shelflife_l_ = shelflife_str_of(literal);                                    \
        if (!shelflife_str_equal(shelflife_s_, shelflife_l_))                                                \
            fail_msg("\"%.*s\" is not \"%.*s\"", STR_PRINT(shelflife_s_), STR_PRINT(shelflife_l_));          \
    } while (0)

#endif
