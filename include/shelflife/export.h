/* Macros for declarations. The library exports only functions that are marked SHELFLIFE_API. */
#ifndef SHELFLIFE_EXPORT_H
#define SHELFLIFE_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define SHELFLIFE_API __attribute__((visibility("default")))
#define SHELFLIFE_PRINTF(format_at, first) __attribute__((__format__(__printf__, format_at, first)))
#define SHELFLIFE_MUST_CHECK __attribute__((__warn_unused_result__))
#else
#define SHELFLIFE_API
#define SHELFLIFE_PRINTF(format_at, first)
#define SHELFLIFE_MUST_CHECK
#endif

/* Enclose the declarations of each header, so that C++ programs can include it. */
#ifdef __cplusplus
#define SHELFLIFE_BEGIN_DECLS extern "C" {
#define SHELFLIFE_END_DECLS }
#else
#define SHELFLIFE_BEGIN_DECLS
#define SHELFLIFE_END_DECLS
#endif

#endif
