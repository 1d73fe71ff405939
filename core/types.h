/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address kinds and page constants used everywhere. */
#ifndef GATEHOUSE_CORE_TYPES_H
#define GATEHOUSE_CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t hpa_t; /* host-physical; everything Gatehouse uses lies below 4 GiB */
typedef uint32_t gpa_t; /* guest-physical */
typedef uint32_t gva_t; /* guest-virtual */

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096u
#define PAGE_MASK  0xFFFFF000u

#define KIB(n) ((uint32_t)(n) << 10)
#define MIB(n) ((uint32_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define NSEC_PER_USEC 1000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

#endif
