/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gatehouse's library under gh_ names, to test it beside the host's. The
 * library's own sources get it by -include, the test includes it.
 */
#ifndef GATEHOUSE_TEST_UNIT_GH_LIB_H
#define GATEHOUSE_TEST_UNIT_GH_LIB_H

#define memmove   gh_memmove
#define memcmp    gh_memcmp
#define strlen    gh_strlen
#define strnlen   gh_strnlen
#define strcmp    gh_strcmp
#define strncmp   gh_strncmp
#define strchr    gh_strchr
#define vsnprintf gh_vsnprintf
#define snprintf  gh_snprintf

#include "core/lib.h"

/* These two are macros there. */
#undef memcpy
#undef memset
#define memcpy gh_memcpy
#define memset gh_memset

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memset(void *dst, int byte, size_t n);

#endif
