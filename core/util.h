/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small macros with no state. */
#ifndef GATEHOUSE_CORE_UTIL_H
#define GATEHOUSE_CORE_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + ((a)-1), a)
/* a: a power of two; the mask is as wide as x. */
#define ALIGN_DOWN(x, a)  ((x) & ~((__typeof__((x) + 0))(a)-1))
#define MIN(a, b)         ((a) < (b) ? (a) : (b))
#define MAX(a, b)         ((a) > (b) ? (a) : (b))
#define likely(x)         __builtin_expect(!!(x), 1)
#define unlikely(x)       __builtin_expect(!!(x), 0)
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN          __attribute__((noreturn))
/* Arguments on the stack, for assembly: the others are in registers (-mregparm=3). */
#define STACK_ARGUMENTS               __attribute__((regparm(0)))
#define NOINLINE                      __attribute__((noinline))
#define ALWAYS_INLINE                 inline __attribute__((always_inline))
#define PACKED                        __attribute__((packed))
#define ALIGNED(n)                    __attribute__((aligned(n)))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

/* One read of memory somebody else may change: guest memory, a device. */
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#endif
