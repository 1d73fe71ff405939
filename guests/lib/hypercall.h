/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls, the shared lguest_data and the asynchronous ring. */
#ifndef GATEHOUSE_GUESTS_LIB_HYPERCALL_H
#define GATEHOUSE_GUESTS_LIB_HYPERCALL_H

#include "gatehouse/lguest.h"
#include "guests/lib/types.h"

/*
 * What LGUEST_INIT hands to the host, in layout v2. It lies in an object file
 * of its own (data.c), so a guest that wants another layout defines its own.
 */
extern struct lguest_data lguest_data;

/* Set by the linker: virtual minus physical address (0 in linear guests). */
extern char guest_link_offset[];
/* The addresses lguest_data needs; noirq_iret is the iret between the others. */
extern char guest_noirq_start[], guest_noirq_end[], guest_noirq_iret[], guest_kernel_address[];

static inline uint32_t virt_to_phys(const void *p)
{
	return addr32(p) - addr32(guest_link_offset);
}

static inline void *phys_to_virt(uint32_t gpa)
{
	return (void *)(uintptr_t)(gpa + addr32(guest_link_offset));
}

/* True in guests without page tables. The compiler, which takes no symbol's address for 0, must not
 * see through it. */
static inline bool guest_is_linear(void)
{
	uint32_t offset = addr32(guest_link_offset);

	__asm__("" : "+r"(offset));
	return !offset;
}

static inline uint32_t hcall4(uint32_t call, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	__asm__ volatile("int %1"
			 : "+a"(call)
			 : "i"(LGUEST_TRAP_ENTRY), "b"(a), "c"(b), "d"(c), "S"(d)
			 : "memory", "cc");
	return call;
}

static inline uint32_t hcall3(uint32_t call, uint32_t a, uint32_t b, uint32_t c)
{
	return hcall4(call, a, b, c, 0);
}

static inline uint32_t hcall2(uint32_t call, uint32_t a, uint32_t b)
{
	return hcall4(call, a, b, 0, 0);
}

static inline uint32_t hcall1(uint32_t call, uint32_t a)
{
	return hcall4(call, a, 0, 0, 0);
}

static inline uint32_t hcall0(uint32_t call)
{
	return hcall4(call, 0, 0, 0, 0);
}

/* Queues a call for the next synchronous one, which is made at once if the ring is full. */
void hcall_async(uint32_t call, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

/* The slot the next hcall_async() uses. */
unsigned hcall_async_next(void);

/* Ends the guest: text appears in the host's log. */
__attribute__((noreturn)) void shutdown(uint32_t how, const char *reason);

#endif
