/* All of libshelflife's headers. */
#ifndef SHELFLIFE_H
#define SHELFLIFE_H

#include "shelflife/admission.h"
#include "shelflife/alloc.h"
#include "shelflife/arena.h"
#include "shelflife/buffer.h"
#include "shelflife/catalog.h"
#include "shelflife/day.h"
#include "shelflife/error.h"
#include "shelflife/evidence.h"
#include "shelflife/inventory.h"
#include "shelflife/json.h"
#include "shelflife/policy.h"
#include "shelflife/reference.h"
#include "shelflife/str.h"
#include "shelflife/version.h"
#include "shelflife/workload.h"

#endif
