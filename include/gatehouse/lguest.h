/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface between Gatehouse and its guests: hypercalls, the shared
 * lguest_data page, the lguest device bus. Used by core/ and by guests/.
 * Facts as in Linux 2.6.31-4.13, arch/x86/include/asm/lguest_hcall.h and
 * include/linux/lguest.h, lguest_launcher.h; described in docs/interface.md.
 */
#ifndef GATEHOUSE_LGUEST_H
#define GATEHOUSE_LGUEST_H

#define LGUEST_TRAP_ENTRY 0x1F

/* eax = number, arguments in ebx, ecx, edx, esi; result in eax. */
#define LHCALL_FLUSH_ASYNC     0
#define LHCALL_LGUEST_INIT     1
#define LHCALL_SHUTDOWN        2
#define LHCALL_NEW_PGTABLE     4
#define LHCALL_FLUSH_TLB       5
#define LHCALL_LOAD_IDT_ENTRY  6
#define LHCALL_SET_STACK       7
#define LHCALL_TS              8
#define LHCALL_SET_CLOCKEVENT  9
#define LHCALL_HALT            10
#define LHCALL_SET_PMD         13
#define LHCALL_SET_PTE         14
#define LHCALL_SET_PGD         15
#define LHCALL_LOAD_TLS        16
#define LHCALL_NOTIFY          17
#define LHCALL_LOAD_GDT_ENTRY  18
#define LHCALL_SEND_INTERRUPTS 19

/* Gatehouse's own calls. CPUID runs natively, so a guest finds them by trying
 * LHCALL_GH_VERSION: other hosts end the guest or return its number. */
#define LHCALL_GH_VERSION  0x100 /* returns LGUEST_GH_SIGNATURE */
#define LHCALL_GH_DEBUGREG 0x101 /* ebx = register 0-3, 6, 7; ecx = value; edx = 1 set, 0 get */
#define LHCALL_GH_WATCHDOG 0x102 /* feeds it; returns its milliseconds, 0 without one */
#define LHCALL_GH_SYSENTER 0x103 /* ebx = handler in ring 1, 0 none; 0, or -ENODEV */
#define LHCALL_GH_TEST     0x1F0 /* only under `test`: core/audit.h */

/* "GH", interface 3: 1 had no LHCALL_GH_WATCHDOG, 2 no LHCALL_GH_SYSENTER. */
#define LGUEST_GH_SIGNATURE 0x47480003u

#define LGUEST_SHUTDOWN_POWEROFF 1
#define LGUEST_SHUTDOWN_RESTART  2

#define LHCALL_RING_SIZE    64
#define LGUEST_IRQS         32
#define LGUEST_FIRST_VECTOR 32 /* virtual interrupt n arrives at vector 32 + n */

/* GDT at boot: flat ring-1 code and data. */
#define LGUEST_GDT_ENTRIES 32
#define LGUEST_CS          0x61
#define LGUEST_DS          0x69

#define LGUEST_VRING_ALIGN 4096

#ifndef __ASSEMBLER__
#include <stdint.h>

struct lguest_hcall_args {
	uint32_t eax, ebx, ecx, edx, esi;
};

/* The front every kernel shares. */
struct lguest_data {
	uint32_t irq_enabled; /* 0x200 or 0 */
	uint32_t blocked_interrupts;
	uint32_t cr2;
	uint32_t time_sec, time_nsec;
	uint32_t irq_pending;                   /* 0x200 or 0 */
	uint8_t hcall_status[LHCALL_RING_SIZE]; /* 0 to do, 0xFF free */
	struct lguest_hcall_args hcalls[LHCALL_RING_SIZE];
	uint32_t reserve_mem; /* host writes: bytes at the top not to touch */
	uint32_t tsc_khz;     /* host writes: 0 = no usable TSC */
	union {
		struct {                /* 2.6.31, 2.6.32 */
			uint32_t pgdir; /* host writes */
			uint32_t noirq_start, noirq_end, kernel_address, syscall_vec;
		} v1;
		struct { /* 2.6.33 to 4.0 */
			uint32_t noirq_start, noirq_end, kernel_address, syscall_vec;
		} v2;
		struct { /* 4.1 and later */
			uint32_t noirq_iret, kernel_address, syscall_vec;
		} v3;
	};
};

_Static_assert(sizeof(struct lguest_hcall_args) == 20, "hypercall slot is five words");

/* The lguest bus: descriptors in the page at guest-physical = RAM size. */
struct lguest_device_desc {
	uint8_t type; /* virtio id; 0 ends the list */
	uint8_t num_vq;
	uint8_t feature_len;
	uint8_t config_len;
	uint8_t status;
} __attribute__((packed));

struct lguest_vqconfig {
	uint16_t num;
	uint16_t irq;
	uint32_t pfn;
} __attribute__((packed));

_Static_assert(sizeof(struct lguest_device_desc) == 5, "descriptor head is five bytes");
_Static_assert(sizeof(struct lguest_vqconfig) == 8, "queue description is eight bytes");
#endif
#endif
