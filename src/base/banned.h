/* Functions nobody here may call: they trust their input, or hide an error. */
#ifndef SHELFLIFE_BASE_BANNED_H
#define SHELFLIFE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime

#endif
