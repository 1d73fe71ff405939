/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dies in each hypercall that can end a guest: by itself, in the ring, or amid other calls in it.
 */
/* paging: 2level */
/* expect: dead "^(SHUTDOWN|LOAD_|SET_|hypercall 20 |second LGU|page table|NOTIFY 0xf)" */
/* guest-line: mem=3M */
/* cases: 39 */
#include "test/guests/lib/test.h"

static const struct lguest_hcall_args fatal[] = {
	{LHCALL_SHUTDOWN, 0, 3, 0, 0},
	{LHCALL_LOAD_IDT_ENTRY, 256, 0, 0, 0},
	{LHCALL_LOAD_IDT_ENTRY, 77, 0x00610000, 0x00008500, 0}, /* a task gate */
	{LHCALL_SET_STACK, 0x58, 0, 1, 0},
	{LHCALL_SET_STACK, LGUEST_DS, 0x100000, 3, 0},
	{LHCALL_LOAD_TLS, 0xFFFFFFF0, 0, 0, 0},
	{LHCALL_LOAD_GDT_ENTRY, 32, 0, 0, 0},
	{20, 0, 0, 0, 0},
	{LHCALL_LGUEST_INIT, 0x1000, 0, 0, 0},
	{LHCALL_NEW_PGTABLE, 0xFFFFF000, 0, 0, 0},
	{LHCALL_SET_PGD, 0, 1024, 0, 0},
	{LHCALL_SET_PMD, 0, 0, 0, 0},
	{LHCALL_NOTIFY, 0xFFFFFFF0, 0, 0, 0},
};

#define FATAL ARRAY_SIZE(fatal)

static void in_ring(unsigned before, const struct lguest_hcall_args *a)
{
	for (unsigned n = 0; n < before; n++)
		hcall_async(LHCALL_FLUSH_TLB, 1, 0, 0, 0);
	hcall_async(a->eax, a->ebx, a->ecx, a->edx, a->esi);
	while (hcall_async_next()) /* what comes after its end */
		hcall_async(LHCALL_NOTIFY, 0xFFFFFFF4, 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
}

void test_main(void)
{
	const struct lguest_hcall_args *a = &fatal[test_case() % FATAL];

	switch (test_case() / FATAL) {
	case 0:
		hcall4(a->eax, a->ebx, a->ecx, a->edx, a->esi);
		break;
	case 1:
		in_ring(0, a);
		break;
	default:
		in_ring(31, a);
	}
	test_failure("survived hypercall %u", a->eax);
}
