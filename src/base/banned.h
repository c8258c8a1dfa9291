/* Functions that must not be called here, as they trust their input, hide errors or have hidden state. A call
 * fails to compile, with a name that says what to use instead. */
#ifndef SHELFLIFE_BASE_BANNED_H
#define SHELFLIFE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#define strcpy(...) banned_strcpy_use_str
#undef strcat
#define strcat(...) banned_strcat_use_buffer
#undef strncpy
#define strncpy(...) banned_strncpy_use_str
#undef strncat
#define strncat(...) banned_strncat_use_buffer
#undef sprintf
#define sprintf(...) banned_sprintf_use_snprintf
#undef vsprintf
#define vsprintf(...) banned_vsprintf_use_vsnprintf
#undef strtok
#define strtok(...) banned_strtok_use_str
#undef strtok_r
#define strtok_r(...) banned_strtok_r_use_str
#undef atoi
#define atoi(...) banned_atoi_use_strtol
#undef atol
#define atol(...) banned_atol_use_strtol
#undef atoll
#define atoll(...) banned_atoll_use_strtoll
#undef atof
#define atof(...) banned_atof_use_strtod
#undef gmtime
#define gmtime(...) banned_gmtime_use_gmtime_r
#undef localtime
#define localtime(...) banned_localtime_use_gmtime_r
#undef ctime
#define ctime(...) banned_ctime_use_strftime
#undef asctime
#define asctime(...) banned_asctime_use_strftime

#endif
